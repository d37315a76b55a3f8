//! Logs: pretty on a terminal, JSON otherwise, and to files if a directory is set.
//!
//! What must never be logged: query strings, tokens, cookies, room codes of unlisted rooms, places of a running
//! round. Requests are logged by their route's pattern, never by their path.

use crate::config::{Log, LogFormat};
use std::io::IsTerminal;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// Files kept, one a day.
const KEPT_FILES: usize = 14;

/// Why there are no logs.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The directory for log files cannot be written.
    #[error("cannot write log files to {dir}: {error}; create the directory, or unset log.dir")]
    Files {
        /// Which.
        dir: String,
        /// Why.
        error: String,
    },
    /// Called twice in one process.
    #[error("logging is already set up in this process")]
    Twice,
}

/// Keeps the log files' writer alive; what is buffered is written when it is dropped.
#[derive(Debug)]
#[must_use = "log files end when it is dropped"]
pub struct LogGuard {
    _files: Option<WorkerGuard>,
}

/// Sets logging up for the whole process.
pub fn init(log: &Log) -> Result<LogGuard, LogError> {
    let (subscriber, guard) = build(log)?;
    subscriber.try_init().map_err(|_| LogError::Twice)?;
    log_panics();
    Ok(guard)
}

/// Everything but making it the process's own.
fn build(log: &Log) -> Result<(impl tracing::Subscriber + Send + Sync + use<>, LogGuard), LogError> {
    let pretty = match log.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (files, guard) = match &log.dir {
        None => (None, None),
        Some(dir) => {
            let failed = |error: String| LogError::Files { dir: dir.display().to_string(), error };
            std::fs::create_dir_all(dir).map_err(|error| failed(error.to_string()))?;
            let appender = RollingFileAppender::builder()
                .rotation(Rotation::DAILY)
                .filename_prefix("snug")
                .filename_suffix("log")
                .max_log_files(KEPT_FILES)
                .build(dir)
                .map_err(|error| failed(error.to_string()))?;
            // Lossy: a full disk must not stop the games.
            let (writer, guard) = tracing_appender::non_blocking(appender);
            (Some(json(writer)), Some(guard))
        }
    };
    let terminal = if pretty { people(colour) } else { json(std::io::stderr) };
    let subscriber = tracing_subscriber::registry()
        .with(EnvFilter::new(log.level.as_str()))
        .with(vec![Some(terminal), files].into_iter().flatten().collect::<Vec<_>>());
    Ok((subscriber, LogGuard { _files: guard }))
}

type AnyLayer = Box<dyn Layer<Layered> + Send + Sync>;
type Layered = tracing_subscriber::layer::Layered<EnvFilter, Registry>;

/// Short lines for people.
fn people(colour: bool) -> AnyLayer {
    fmt::layer().with_ansi(colour).with_target(false).compact().with_writer(std::io::stderr).boxed()
}

/// One object a line, the fields at its top.
fn json<W>(writer: W) -> AnyLayer
where
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .boxed()
}

/// A panic is a bug that one request or room survives: it is logged like any other error, with its place.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {message}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_and_flushed() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log { dir: Some(dir.path().join("logs")), format: LogFormat::Json, ..Log::default() };
        let (subscriber, guard) = build(&log).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(rooms = 3, "hello from the test");
            tracing::debug!("below the level");
        });
        drop(guard);
        let file = std::fs::read_dir(dir.path().join("logs")).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(file).unwrap();
        let line =
            text.lines().find(|line| line.contains("hello from the test")).expect("the line is missing");
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["rooms"], 3);
        assert_eq!(line["level"], "INFO");
        assert!(!text.contains("below the level"));
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let log = Log { dir: Some(file.join("logs")), ..Log::default() };
        let error = build(&log).err().expect("it was taken").to_string();
        assert!(error.contains("file/logs") && error.contains("log.dir"), "{error}");
    }
}
