//! The binary as a person or a supervisor meets it: commands, exit codes, messages, signals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn snug(arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SNUG_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(env.iter().copied()).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str], env: &[(&str, &str)]) -> Output {
    snug(arguments, env).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A running server, killed when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    fn start_with(data: &Path, env: &[(&str, &str)]) -> Self {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", data.to_str().unwrap()];
        let mut child = snug(&arguments, env).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let start = seen.len();
            assert!(log.read_line(&mut seen).unwrap() > 0, "the server ended: {seen}");
            let line = serde_json::from_str::<serde_json::Value>(&seen[start..]).unwrap_or_default();
            if let Some(address) = line["listen"].as_str() {
                break address.parse().unwrap();
            }
        };
        // Whoever writes to a full pipe stands still.
        std::thread::spawn(move || drop(std::io::copy(&mut log, &mut std::io::sink())));
        let server = Self { child, address };
        // Bounded only by the test's own patience: a build machine may be slow.
        while !server.get("/health/ready").starts_with("HTTP/1.1 200") {
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address))
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn listen(&self) -> String {
        self.address.to_string()
    }

    fn signal(&mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn config_example_is_the_committed_file_and_show_names_origins() {
    let example = run(&["config", "example"], &[]);
    let committed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml")).unwrap();
    assert_eq!(stdout(&example), committed);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("snug.toml");
    std::fs::write(&file, "[rooms]\nhost_grace_s = 31\n").unwrap();
    let file = file.to_str().unwrap();
    let show = run(
        &["config", "show", "--listen", "127.0.0.1:1"],
        &[("SNUG_CONFIG", file), ("SNUG_LOG_LEVEL", "warn")],
    );
    assert!(show.status.success(), "{}", stderr(&show));
    let show = stdout(&show);
    for (key, value, origin) in [
        ("listen", "\"127.0.0.1:1\"", "flag --listen"),
        ("log.level", "\"warn\"", "environment variable SNUG_LOG_LEVEL"),
        ("rooms.host_grace_s", "31", file),
        ("rooms.max_seats", "50", "default"),
    ] {
        let line = show.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
        assert!(line.contains(value) && line.ends_with(origin), "{line}");
    }
}

#[test]
fn a_wrong_setting_stops_every_command_with_exit_code_2() {
    for command in [&["serve"][..], &["check"], &["config", "show"], &["health"]] {
        let output = run(command, &[("SNUG_LISTN", "127.0.0.1:1")]);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(stderr(&output).contains("did you mean SNUG_LISTEN?"), "{}", stderr(&output));
    }
    assert_eq!(run(&["srve"], &[]).status.code(), Some(2));
    assert_eq!(run(&["serve", "--config", "/does/not/exist"], &[]).status.code(), Some(2));
}

#[test]
fn a_server_starts_answers_and_stops_by_signal() {
    let dir = tempfile::tempdir().unwrap();
    // Created when missing.
    let data = dir.path().join("deep/data");
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start(&data);
        let health = run(&["health", "--listen", &server.listen()], &[]);
        assert!(health.status.success(), "{}", stderr(&health));
        let answer: serde_json::Value = serde_json::from_str(&stdout(&health)).unwrap();
        assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
        for part in ["disk", "backup"] {
            assert!(answer["checks"][part]["status"].is_string(), "{part} is missing: {answer}");
        }
        let listen = server.listen();
        assert_eq!(server.signal(signal), Some(0), "{signal:?}");
        let health = run(&["health", "--listen", &listen], &[]);
        assert_eq!(health.status.code(), Some(1));
        assert!(stderr(&health).contains("no answer"), "{}", stderr(&health));
    }
}

#[test]
fn a_second_server_at_the_same_address_is_told_so() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(one.path());
    let second = ["serve", "--listen", &server.listen(), "--data-dir", two.path().to_str().unwrap()];
    let output = run(&second, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("another Snug already runs"), "{}", stderr(&output));
}

#[test]
fn check_looks_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let before = run(&["check", "--data-dir", data.to_str().unwrap()], &[]);
    assert!(before.status.success(), "{}{}", stdout(&before), stderr(&before));
    assert!(!data.exists(), "check created the data directory");
    Server::start(&data).signal(Signal::TERM);
    let after = run(&["check", "--data-dir", data.to_str().unwrap()], &[]);
    assert!(after.status.success(), "{}{}", stdout(&after), stderr(&after));
    assert!(stdout(&after).lines().all(|line| line.starts_with("ok")), "{}", stdout(&after));
}

#[test]
fn other_web_pages_cannot_act_and_are_told_why() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let post = |headers: &str| {
        let host = server.listen();
        server.send(&format!(
            "POST /api/info HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n{headers}\r\n"
        ))
    };
    for headers in
        ["origin: http://evil.example\r\n", "sec-fetch-site: cross-site\r\n", "cookie: snug_session=x\r\n"]
    {
        let answer = post(headers);
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("\"wrong_origin\""),
            "{headers}: {answer}"
        );
    }
    // The address only takes GET, which is found out after the origin is.
    for headers in ["", "authorization: Bearer x\r\n", &format!("origin: http://{}\r\n", server.listen())] {
        let answer = post(headers);
        assert!(answer.starts_with("HTTP/1.1 405"), "{headers}: {answer}");
    }
}

#[test]
fn logs_hold_requests_but_nothing_secret() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let env = [("SNUG_LOG_DIR", logs.to_str().unwrap()), ("SNUG_LOG_LEVEL", "trace")];
    let mut server = Server::start_with(&dir.path().join("data"), &env);
    let secrets =
        "cookie: snug_session=SECRET\r\nauthorization: Bearer SECRET\r\norigin: http://evil.example\r\n";
    for path in [
        "/api/info?token=SECRET",
        "/r/SECRET",
        "/api/auth/transfer/SECRET/qr.svg",
        "/api/rooms/SECRET/pictures/SECRET",
    ] {
        for method in ["GET", "POST"] {
            let host = server.listen();
            server.send(&format!(
                "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{secrets}\r\n"
            ));
        }
    }
    server.signal(Signal::TERM);
    let file = std::fs::read_dir(&logs).unwrap().next().unwrap().unwrap().path();
    let log = std::fs::read_to_string(file).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().filter(|line| line["message"] == "request").count() >= 8, "{log}");
    assert!(!log.contains("SECRET"), "{log}");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut child =
        snug(&["config", "example"], &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(!errors.contains("panic"), "{errors}");
    assert!(child.wait().unwrap().code().is_some());
}
