//! Builds the parts from a configuration, wires them, runs them, stops them.

use crate::config::Config;
use crate::http::{self, Http, ServeOptions};
use crate::live::limits::{Limiter, Rate, Verdict};
use crate::telemetry::{Health, Phase, Report};
use axum::Router;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Why the server does not start, or what `snug check` found.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data directory cannot be used.
    #[error("cannot use the data directory {path}: {error}; set data_dir to a directory that snug may write")]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The listener has no address.
    #[error("the listener has no address: {0}")]
    Listener(std::io::Error),
}

/// One thing that `snug check` looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked: `database`, `journal` …
    pub part: &'static str,
    /// What is there, or what is wrong and what to do.
    pub result: Result<String, String>,
}

/// Serves on `listener` until `stop` is done. Returns after everything is saved and closed.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), AppError> {
    let config = Arc::new(config);
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| AppError::DataDir { path: config.data_dir.clone(), error })?;
    let health = Arc::new(Health::new());
    health.register_disk(config.data_dir.clone());
    health.register("backup", false, Report::off);
    let state = Arc::new(Http {
        listen: listener.local_addr().map_err(AppError::Listener)?,
        health: health.clone(),
        limiter: Arc::new(Unlimited),
        map: Arc::new(http::map::NoMap),
        config: config.clone(),
    });
    let router = http::router(state, Router::new());
    health.set_phase(Phase::Ready);
    let draining = health.clone();
    let stop = async move {
        stop.await;
        draining.set_phase(Phase::Draining);
    };
    http::serve::serve(listener, router, ServeOptions::from(&config.limits), stop).await;
    Ok(())
}

/// Looks at the database and the journal without changing them. Works while a server runs and while none does.
pub fn check(config: &Config) -> Vec<Finding> {
    let dir = &config.data_dir;
    let result = match crate::telemetry::health::free_bytes(dir) {
        Ok(free) => Ok(format!("{} ({} MB free)", dir.display(), free >> 20)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(format!("{} does not exist yet; `snug serve` creates it", dir.display()))
        }
        Err(error) => Err(format!("{}: {error}", dir.display())),
    };
    vec![Finding { part: "data directory", result }]
}

/// Stands in until the live port's limiter is wired.
struct Unlimited;

impl Limiter for Unlimited {
    fn check(&self, _: &'static str, _: &str, rate: Rate) -> Verdict {
        Verdict::Allowed { remaining: rate.burst }
    }
}
