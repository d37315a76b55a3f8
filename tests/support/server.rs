//! The built binary on a free port of the loopback interface, with a data directory that outlives it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where a server listens; outlives the process.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}/ws", self.port)
    }
}

pub(crate) struct Server {
    child: Option<Child>,
    address: Address,
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
    /// Bytes of a data directory on a file system of its own.
    tmpfs: Option<u64>,
}

impl Server {
    /// Starts on a fresh data directory and waits until it is ready.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with settings as environment variables.
    pub(crate) async fn with(env: &[(&str, &str)]) -> Self {
        let mut server = Self::prepared(env, |_| {});
        server.restart().await;
        server
    }

    /// Does not start yet; `prepare` may put files into the data directory, which exists.
    pub(crate) fn prepared(env: &[(&str, &str)], prepare: impl FnOnce(&Path)) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("address").port();
        let server = Self {
            child: None,
            address: Address { port },
            dir: tempfile::tempdir().expect("a temporary directory"),
            env: env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            tmpfs: None,
        };
        std::fs::create_dir_all(server.data_dir()).expect("a data directory");
        prepare(&server.data_dir());
        server
    }

    /// With its data directory on a file system of its own, of so many bytes, that vanishes with the process: reach it
    /// by [`Self::seen_by_server`].
    pub(crate) async fn on_small_disk(bytes: u64, env: &[(&str, &str)]) -> Self {
        let mut server = Self::with_disk(bytes, env);
        server.restart().await;
        server
    }

    /// The same, not started yet.
    pub(crate) fn with_disk(bytes: u64, env: &[(&str, &str)]) -> Self {
        let mut server = Self::prepared(env, |_| {});
        server.tmpfs = Some(bytes);
        server
    }

    /// A path as the server's process sees it (it may have mounts of its own).
    pub(crate) fn seen_by_server(&self, path: &Path) -> PathBuf {
        let path = path.strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.pid().to_string()).join("root").join(path)
    }

    /// Runs `serve` until it ends by itself, as it does when it refuses to start; all that it wrote.
    pub(crate) async fn refuse(&mut self) -> (std::process::ExitStatus, String) {
        let before = self.log().len();
        self.spawn();
        let mut child = self.child.take().expect("it runs");
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = child.try_wait().expect("our child") {
                return (status, self.log().split_off(before));
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it did not refuse to start\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn command(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_snug");
        let mut command = match self.tmpfs {
            None => Command::new(binary),
            Some(bytes) => {
                // A mount namespace needs no cleaning up: it goes with the process, which keeps its number by `exec`.
                let script = r#"mount -t tmpfs -o "$0",mode=700 tmpfs "$1" && shift && exec "$@""#;
                let mut command = Command::new("unshare");
                command
                    .args(["-r", "-m", "sh", "-c", script])
                    .arg(format!("size={bytes}"))
                    .arg(self.data_dir());
                command.arg(binary);
                command
            }
        };
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SNUG_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("SNUG_DATA_DIR", self.data_dir())
            .env("SNUG_LOG_FORMAT", "json")
            .env("SNUG_LOG_LEVEL", "info")
            .env("RUST_BACKTRACE", "0")
            .current_dir(self.dir.path());
        for (key, value) in &self.env {
            command.env(key, value);
        }
        command
    }

    /// Starts the process without waiting for it.
    pub(crate) fn spawn(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let log = File::options().create(true).append(true).open(self.log_path()).expect("log file");
        let err = log.try_clone().expect("log file");
        let mut command = self.command();
        command.arg("serve").stdin(Stdio::null()).stdout(log).stderr(err);
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    /// Waits until `/health/ready` says so.
    pub(crate) async fn ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let client = reqwest::Client::new();
        loop {
            let url = format!("http://127.0.0.1:{}/health/ready", self.port);
            if client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            let exited = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(exited.is_none(), "the server exited: {exited:?}\n{}", self.log());
            assert!(Instant::now() < deadline, "not ready in 30 s\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our child");
            child.wait().expect("our child");
        }
    }

    /// SIGTERM; gives the exit status.
    pub(crate) async fn terminate(&mut self) -> std::process::ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let status = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill");
        assert!(status.success());
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            if let Some(status) = child.try_wait().expect("our child") {
                return status;
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                panic!("no end within 15 s of SIGTERM\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.spawn();
        self.ready().await;
    }

    /// Runs another subcommand with the same settings.
    pub(crate) fn run(&self, args: &[&str]) -> std::process::Output {
        self.command().args(args).stdin(Stdio::null()).output().expect("the binary runs")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }
}

impl std::ops::Deref for Server {
    type Target = Address;

    fn deref(&self) -> &Address {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the server's log ---\n{}", self.log());
        }
    }
}
