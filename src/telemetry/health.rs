//! Health: every part registers a check; `/health` runs them.

use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A check that takes longer counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// Answers are kept this long, so that asking often costs nothing.
const KEPT: Duration = Duration::from_secs(1);
/// Below this much free space, the disk counts as failing …
const DISK_LOW: u64 = 64 << 20;
/// … and below this much, as degraded.
const DISK_WARN: u64 = 512 << 20;

/// How a part, or the whole, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not switched on.
    Off,
    /// As it should be.
    Ok,
    /// Works, but somebody should look at it.
    Degraded,
    /// Does not work.
    Error,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How it is.
    pub status: Status,
    /// How long the check took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// What is wrong, for the host. Names no path and no secret: anyone may read `/health`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Report {
    /// All is well.
    pub fn ok() -> Self {
        Self { status: Status::Ok, latency_ms: None, error: None }
    }

    /// Not switched on.
    pub fn off() -> Self {
        Self { status: Status::Off, latency_ms: None, error: None }
    }

    /// Works, but.
    pub fn degraded(error: impl Into<String>) -> Self {
        Self { status: Status::Degraded, latency_ms: None, error: Some(error.into()) }
    }

    /// Does not work.
    pub fn error(error: impl Into<String>) -> Self {
        Self { status: Status::Error, latency_ms: None, error: Some(error.into()) }
    }
}

/// Where the server is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Rooms are being rebuilt.
    Starting = 0,
    /// Serves.
    Ready = 1,
    /// Stops; new players should go elsewhere.
    Draining = 2,
}

/// A check: may block, so it runs off the runtime's threads.
type Check = Arc<dyn Fn() -> Report + Send + Sync>;

#[derive(Clone)]
struct Part {
    name: &'static str,
    /// Without this part nobody can play: its failure makes the whole server fail and unready.
    vital: bool,
    check: Check,
    /// The check is running; one that hangs is not started a second time.
    busy: Arc<AtomicBool>,
}

/// All checks, and where the server is in its life.
pub struct Health {
    started: Instant,
    phase: AtomicU8,
    parts: Mutex<Vec<Part>>,
    /// The newest answer; the lock is held while checking, so that many askers cause one check.
    last: tokio::sync::Mutex<Option<(Instant, Checks)>>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("phase", &self.phase()).finish_non_exhaustive()
    }
}

type Checks = Arc<Vec<(&'static str, bool, Report)>>;

/// The answer of `/health`.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// `ok`, `degraded`, `error`, `starting` or `draining`.
    pub status: &'static str,
    /// Snug's version.
    pub version: &'static str,
    /// Now, RFC 3339.
    pub timestamp: String,
    /// Seconds since the start.
    pub uptime: u64,
    /// By part.
    pub checks: serde_json::Map<String, serde_json::Value>,
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Health {
    /// No checks, [`Phase::Starting`].
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            phase: AtomicU8::new(Phase::Starting as u8),
            parts: Mutex::new(Vec::new()),
            last: tokio::sync::Mutex::new(None),
        }
    }

    /// Adds a part, or replaces the one of that name. `check` may block for a moment; it runs at most once a second.
    /// When a `vital` part fails, `/health` answers 503 and `/health/ready` too.
    pub fn register(
        &self,
        name: &'static str,
        vital: bool,
        check: impl Fn() -> Report + Send + Sync + 'static,
    ) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|part| part.name != name);
        parts.push(Part { name, vital, check: Arc::new(check), busy: Arc::default() });
    }

    /// Adds the part `disk`: free space where `dir` is.
    pub fn register_disk(&self, dir: PathBuf) {
        self.register("disk", false, move || match free_bytes(&dir) {
            Err(error) => Report::error(format!("the data directory cannot be examined: {error}")),
            Ok(free) if free < DISK_LOW => {
                Report::error(format!("{} MB free; nothing more may fit soon", free >> 20))
            }
            Ok(free) if free < DISK_WARN => Report::degraded(format!("{} MB free", free >> 20)),
            Ok(_) => Report::ok(),
        });
    }

    /// Moves on.
    pub fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Where the server is in its life.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Starting,
            1 => Phase::Ready,
            _ => Phase::Draining,
        }
    }

    /// Why the server should get no players now, `None` when it should.
    pub async fn unready(&self) -> Option<&'static str> {
        match self.phase() {
            Phase::Starting => Some("starting"),
            Phase::Draining => Some("draining"),
            Phase::Ready => {
                let checks = self.checks().await;
                checks
                    .iter()
                    .any(|(_, vital, report)| *vital && report.status == Status::Error)
                    .then_some("error")
            }
        }
    }

    /// Everything, for `/health`, and whether it is well enough for status 200.
    pub async fn overview(&self) -> (bool, Overview) {
        let checks = self.checks().await;
        let worst = checks
            .iter()
            .map(|(_, vital, report)| match report.status {
                Status::Error if !vital => Status::Degraded,
                status => status,
            })
            .max();
        let status = match (self.phase(), worst) {
            (Phase::Starting, _) => "starting",
            (Phase::Draining, _) => "draining",
            (Phase::Ready, Some(Status::Error)) => "error",
            (Phase::Ready, Some(Status::Degraded)) => "degraded",
            (Phase::Ready, _) => "ok",
        };
        let checks = checks.iter().map(|(name, _, report)| {
            // A struct of a name, a number and a string always becomes JSON.
            ((*name).to_owned(), serde_json::to_value(report).unwrap_or_default())
        });
        let overview = Overview {
            status,
            version: env!("CARGO_PKG_VERSION"),
            timestamp: format!("{:.3}", jiff::Timestamp::now()),
            uptime: self.started.elapsed().as_secs(),
            checks: checks.collect(),
        };
        (matches!(status, "ok" | "degraded"), overview)
    }

    /// Runs the checks, all at once.
    async fn checks(&self) -> Checks {
        let mut last = self.last.lock().await;
        if let Some((at, checks)) = last.as_ref()
            && at.elapsed() < KEPT
        {
            return checks.clone();
        }
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let running = parts.into_iter().map(|Part { name, vital, check, busy }| async move {
            let started = Instant::now();
            let mut report = if busy.swap(true, Ordering::AcqRel) {
                Report::error("still no answer")
            } else {
                let task = tokio::task::spawn_blocking(move || {
                    let _done = Done(busy);
                    check()
                });
                match tokio::time::timeout(CHECK_TIMEOUT, task).await {
                    Ok(Ok(report)) => report,
                    Ok(Err(_)) => Report::error("the check itself failed; see the log"),
                    Err(_) => Report::error("no answer within 2 s"),
                }
            };
            if report.status != Status::Off {
                report.latency_ms = Some((started.elapsed().as_secs_f64() * 1e6).round() / 1e3);
            }
            (name, vital, report)
        });
        let checks = Arc::new(futures_util::future::join_all(running).await);
        *last = Some((Instant::now(), checks.clone()));
        checks
    }
}

/// Clears a part's `busy` when its check ends, however it ends.
struct Done(Arc<AtomicBool>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Bytes that an ordinary user may still write where `dir` is.
pub fn free_bytes(dir: &std::path::Path) -> std::io::Result<u64> {
    let stat = rustix::fs::statvfs(dir)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn value(overview: &Overview) -> serde_json::Value {
        serde_json::to_value(overview).unwrap()
    }

    #[tokio::test]
    async fn the_answer_has_the_promised_shape() {
        let health = Health::new();
        health.register("store", true, Report::ok);
        health.register("live", true, Report::ok);
        health.register_disk(std::env::temp_dir());
        health.register("backup", false, Report::off);
        health.register("sockets", false, Report::ok);
        health.set_phase(Phase::Ready);
        let (well, overview) = health.overview().await;
        assert!(well);
        let json = value(&overview);
        assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
        assert!(json["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert!(json["uptime"].is_u64());
        for part in ["store", "live", "disk", "backup", "sockets"] {
            assert!(json["checks"][part]["status"].is_string(), "{part} is missing");
        }
        assert_eq!(json["checks"]["store"]["status"], "ok");
        assert!(json["checks"]["store"]["latency_ms"].is_f64());
        assert_eq!(json["checks"]["backup"], serde_json::json!({"status": "off"}));
    }

    #[tokio::test]
    async fn a_vital_part_fails_the_server_and_another_only_degrades_it() {
        let health = Health::new();
        health.set_phase(Phase::Ready);
        health.register("backup", false, || Report::error("bucket gone"));
        let (well, overview) = health.overview().await;
        assert!(well);
        assert_eq!(overview.status, "degraded");
        assert_eq!(health.unready().await, None);

        let health = Health::new();
        health.set_phase(Phase::Ready);
        health.register("store", true, || Report::error("no space"));
        let (well, overview) = health.overview().await;
        assert!(!well);
        assert_eq!(overview.status, "error");
        assert_eq!(value(&overview)["checks"]["store"]["error"], "no space");
        assert_eq!(health.unready().await, Some("error"));
    }

    #[tokio::test]
    async fn it_is_ready_only_between_start_and_stop() {
        let health = Health::new();
        assert_eq!(health.unready().await, Some("starting"));
        assert_eq!(health.overview().await.1.status, "starting");
        health.set_phase(Phase::Ready);
        assert_eq!(health.unready().await, None);
        health.set_phase(Phase::Draining);
        assert_eq!(health.unready().await, Some("draining"));
    }

    #[tokio::test]
    async fn many_askers_cause_one_check_and_a_panic_is_a_failure() {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let health = Health::new();
        health.set_phase(Phase::Ready);
        health.register("store", true, || {
            RUNS.fetch_add(1, Ordering::SeqCst);
            panic!("a bug in a check")
        });
        let answers = futures_util::future::join_all((0..50).map(|_| health.overview())).await;
        assert!(answers.iter().all(|(well, _)| !well));
        assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn free_space_is_found_where_the_directory_is() {
        assert!(free_bytes(&std::env::temp_dir()).unwrap() > 0);
        assert!(free_bytes(std::path::Path::new("/does/not/exist")).is_err());
    }
}
