//! The real server as a child process, on a free port of the loopback interface and a directory of its own.

use super::http::Http;
use super::stats;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Bounds that would get in a load program's way: it comes from one address.
const RAISED: [&str; 19] = [
    "MAX_SOCKETS",
    "MAX_SOCKETS_PER_ADDRESS",
    "SOCKETS_PER_MINUTE",
    "SOCKETS_BURST",
    "MAX_ROOMS",
    "ROOMS_PER_MINUTE",
    "ROOMS_BURST",
    "GUESTS_PER_MINUTE",
    "GUESTS_BURST",
    "BAD_CODES_PER_MINUTE",
    "CHATS_PER_MINUTE",
    "CHATS_BURST",
    "SEARCHES_PER_SECOND",
    "SEARCHES_BURST",
    "REQUESTS_PER_SECOND",
    "REQUESTS_BURST",
    "ASSETS_PER_SECOND",
    "ASSETS_BURST",
    "MAX_CONNECTIONS",
];

/// A server of our own; ends with this value.
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) port: u16,
    dir: tempfile::TempDir,
    env: Vec<(&'static str, &'static str)>,
}

impl Server {
    /// On an empty directory, ready.
    pub(crate) async fn start() -> Self {
        let mut server = Self::prepare();
        server.spawn();
        server.ready().await;
        server
    }

    /// Not started yet.
    pub(crate) fn prepare() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        // On a real disk: what is durable in memory would measure nothing.
        let dir =
            tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target directory is writable");
        Self { child: None, port, dir, env: Vec::new() }
    }

    pub(crate) fn set(&mut self, key: &'static str, value: &'static str) {
        self.env.push((key, value));
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn spawn(&mut self) {
        let binary = std::env::var_os("SNUG_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_snug").into());
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("log"))
            .expect("log file");
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("SNUG_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("SNUG_DATA_DIR", self.data_dir());
        command.env("SNUG_LOG_FORMAT", "json");
        for name in RAISED {
            command.env(format!("SNUG_LIMITS_{name}"), "1000000");
        }
        command.env("SNUG_LIMITS_FRAMES_PER_SECOND", "100000").env("SNUG_LIMITS_FRAMES_BURST", "100000");
        command.envs(self.env.iter().copied());
        command.arg("serve").stdin(Stdio::null()).stdout(log.try_clone().expect("log file")).stderr(log);
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    /// Waits until it says that it is ready; gives how long that took from here.
    pub(crate) async fn ready(&mut self) -> Duration {
        let began = Instant::now();
        loop {
            if let Ok(mut http) = Http::open(self.port).await
                && let Ok(answer) = http.call("GET", "/health/ready", None, None).await
                && answer.status == 200
            {
                return began.elapsed();
            }
            let exited = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(exited.is_none(), "the server exited: {exited:?}\n{}", self.log());
            assert!(began.elapsed() < Duration::from_secs(120), "not ready in two minutes\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our child");
            child.wait().expect("our child");
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub(crate) fn rss_mb(&self) -> f64 {
        stats::memory_mb(self.pid(), "VmRSS")
    }

    pub(crate) fn own_mb(&self) -> f64 {
        stats::own_mb(self.pid())
    }

    pub(crate) fn peak_mb(&self) -> f64 {
        stats::memory_mb(self.pid(), "VmHWM")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let tail = log.char_indices().rev().nth(4_000).map_or(0, |(at, _)| at);
            eprintln!("--- the server's log ---\n{}", &log[tail..]);
        }
    }
}
