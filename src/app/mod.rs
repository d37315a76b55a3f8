//! Builds the parts from a configuration, wires them, runs them, stops them.

mod dealer;
mod lock;
mod map;
mod restore;
mod socket;

use crate::accounts::Accounts;
use crate::config::{Config, seconds};
use crate::doors::sockets::Sockets;
use crate::doors::ws::WsDoor;
use crate::http::{self, Http, ServeOptions, limits, parts::Parts};
use crate::ladder::Ladder;
use crate::live::Journal;
use crate::live::embedded::{EmbeddedJournal, EmbeddedLimiter, OpenError, Options};
use crate::live::limits::Limiter;
use crate::packs::{Pack, PackError, Pictures};
use crate::room::mirror::StoreMirror;
use crate::room::ports::{Ports, Times};
use crate::room::record::StoreRecorder;
use crate::room::{Bounds, Rooms};
use crate::store::{Store, StoreError};
use crate::telemetry::{Health, Phase, Report};
use axum::Router;
use axum::routing::get;
use lock::DataLock;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// Name of the database in the data directory.
pub const DATABASE: &str = "snug.db";
/// Name of the journal in the data directory.
pub const JOURNAL: &str = "live.redb";
/// Keys that the limiter remembers (each takes some 300 bytes).
const LIMIT_KEYS: u64 = 30_000;
/// Clients come back over this time after a stop, so that not all knock at once.
const SPREAD_MS: u32 = 2_000;
/// How often what has expired is forgotten.
const PURGE_EVERY: Duration = Duration::from_hours(1);

/// Why the server does not start.
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
    /// Another server has it.
    #[error("another Snug uses the data directory {0}; stop that one first, or set another data_dir")]
    InUse(PathBuf),
    /// The listener has no address.
    #[error("the listener has no address: {0}")]
    Listener(std::io::Error),
    /// The database.
    #[error("the database {DATABASE} does not open: {0}")]
    Store(#[from] StoreError),
    /// The database is gone, and what was kept beside it is not.
    #[error(
        "the database {0} is missing or empty although {JOURNAL} beside it holds games of this server: put snug.db back \
         (from a backup, or the newest snug.db.before-… copy), or, to begin anew without players and results, move \
         {JOURNAL} away too"
    )]
    DatabaseGone(PathBuf),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// Open rooms could not be rebuilt.
    #[error("open rooms could not be rebuilt: {0}")]
    Rebuild(String),
    /// The embedded content.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A step of the start was cut off.
    #[error("the start was cut off: {0}")]
    Cut(#[from] tokio::task::JoinError),
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
    let began = Instant::now();
    let config = Arc::new(config);
    let dir = config.data_dir.clone();
    let bad_dir = |error| AppError::DataDir { path: dir.clone(), error };
    std::fs::create_dir_all(&dir).map_err(bad_dir)?;
    let _lock = DataLock::take(&dir).map_err(bad_dir)?.ok_or_else(|| AppError::InUse(dir.clone()))?;

    let (store, journal, pack) = {
        let dir = dir.clone();
        tokio::task::spawn_blocking(move || open(&dir)).await??
    };
    let limiter: Arc<dyn Limiter> = Arc::new(EmbeddedLimiter::new(LIMIT_KEYS));
    let recorded = Arc::new(Notify::new());
    let mirror = StoreMirror::new(store.clone());
    let ports = Ports {
        journal: journal.clone(),
        dealer: Arc::new(dealer::PackDealer::new(pack.clone(), store.clone())),
        recorder: Arc::new(StoreRecorder::new(store.clone(), recorded.clone())),
        mirror: Arc::new(mirror.clone()),
        times: times(&config),
    };
    let rooms = Rooms::new(ports, bounds(&config));
    let rebuilding = rooms.clone();
    let count = tokio::task::spawn_blocking(move || rebuilding.rebuild_all()).await?;
    let count = count.map_err(|why| AppError::Rebuild(why.to_string()))?;
    tracing::info!(rooms = count, ms = began.elapsed().as_millis() as u64, "ready");

    let accounts = Accounts::new(store.clone());
    let ladder = Ladder::new(store.clone());
    let sockets =
        Sockets::new(config.limits.max_sockets as usize, config.limits.max_sockets_per_address as usize);
    let health = health(&config, &store, &journal, &sockets);
    let (stopped, stopping) = watch::channel(false);
    let background = [
        tokio::spawn(mirror.clone().run(stopping.clone())),
        tokio::spawn(count_results(ladder.clone(), recorded, stopping.clone())),
        tokio::spawn(purge(accounts.clone(), ladder.clone(), stopping)),
    ];

    let state = Arc::new(Http {
        listen: listener.local_addr().map_err(AppError::Listener)?,
        health: health.clone(),
        limiter: limiter.clone(),
        map: Arc::new(map::PackMap::new(pack.clone())),
        config: config.clone(),
    });
    let door = WsDoor {
        rooms: rooms.clone(),
        accounts: accounts.clone(),
        sockets: sockets.clone(),
        frames: limits::frames(&config.limits),
        chats: limits::chats(&config.limits),
        bad_codes: limits::bad_codes(&config.limits),
        limiter,
        frame_bytes: config.limits.frame_bytes as usize,
    };
    let closing = sockets.clone();
    let parts = Parts {
        http: state.clone(),
        accounts,
        rooms: rooms.clone(),
        store: store.clone(),
        ladder,
        pictures: Arc::new(Pictures::new(pack.clone())),
        pack,
        close_session: Arc::new(move |session| closing.close_session(session)),
    };
    let more =
        http::resources(parts).merge(Router::new().route("/ws", get(socket::upgrade)).with_state(door));
    let router = http::router(state, more);
    health.set_phase(Phase::Ready);
    let (draining, leaving) = (health.clone(), rooms.clone());
    let stop = async move {
        stop.await;
        draining.set_phase(Phase::Draining);
        leaving.stop(SPREAD_MS).await;
    };
    http::serve::serve(listener, router, ServeOptions::from(&config.limits), stop).await;
    // Farewells are on their way to the clients.
    let patience = Instant::now() + Duration::from_secs(1);
    while sockets.count() > 0 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _ = stopped.send(true);
    for task in background {
        let _ = tokio::time::timeout(Duration::from_secs(3), task).await;
    }
    tokio::task::spawn_blocking(move || {
        journal.close();
        store.close_blocking();
    })
    .await?;
    Ok(())
}

/// Opens what is on disk, and puts games in play back from the database when the journal is gone.
fn open(dir: &Path) -> Result<(Store, Arc<EmbeddedJournal>, Arc<Pack>), AppError> {
    if database_gone(dir) {
        return Err(AppError::DatabaseGone(dir.join(DATABASE)));
    }
    let store = Store::open(&dir.join(DATABASE))?;
    let path = dir.join(JOURNAL);
    let fresh = !path.exists();
    let journal = EmbeddedJournal::open(&path, Options::default())?;
    let aside = journal.set_aside();
    for name in &aside {
        tracing::error!(
            file = name,
            "the journal was damaged and is set aside; games in play go on from the database"
        );
    }
    if fresh || !aside.is_empty() {
        let restored = restore::from_mirror(&store, &journal)?;
        if restored > 0 {
            tracing::warn!(rooms = restored, "rooms were restored from the database");
        }
    }
    Ok((store, Arc::new(journal), Arc::new(Pack::embedded()?)))
}

/// Whether the database is not there although the journal is, which is only ever made after it: a new one in its place
/// would hide the loss, and nobody in the journal's rooms would be known.
fn database_gone(dir: &Path) -> bool {
    let is_empty = |name: &str| std::fs::metadata(dir.join(name)).map_or(true, |file| file.len() == 0);
    is_empty(DATABASE) && !is_empty(JOURNAL)
}

fn times(config: &Config) -> Times {
    let rooms = &config.rooms;
    Times {
        presence_grace: seconds(rooms.presence_grace_s),
        host_grace: seconds(rooms.host_grace_s),
        lobby_grace: seconds(rooms.lobby_seat_grace_s),
        empty_lobby: seconds(rooms.empty_lobby_s),
        empty_match: seconds(rooms.empty_match_s),
        rebuild_grace: seconds(rooms.restart_grace_s),
    }
}

fn bounds(config: &Config) -> Bounds {
    Bounds {
        rooms: config.limits.max_rooms as usize,
        seats: config.rooms.max_seats as usize,
        spectators: config.rooms.max_spectators as usize,
    }
}

fn health(
    config: &Config,
    store: &Store,
    journal: &Arc<EmbeddedJournal>,
    sockets: &Arc<Sockets>,
) -> Arc<Health> {
    let health = Arc::new(Health::new());
    let report = |error: Option<String>| error.map_or_else(Report::ok, Report::error);
    health.register_disk(config.data_dir.clone());
    health.register("backup", false, Report::off);
    let store = store.clone();
    health.register("store", true, move || {
        // A read proves that the database answers; a failed write shows in its health until one succeeds.
        let read =
            store.read_blocking(|tx| crate::store::meta::get(tx, "health")).err().map(|why| why.to_string());
        report(read.or_else(|| store.health().error))
    });
    let journal = journal.clone();
    health.register("live", true, move || report(journal.health().error));
    let sockets = sockets.clone();
    health.register("sockets", false, move || {
        let (open, max) = (sockets.count(), sockets.max());
        if open >= max { Report::degraded(format!("all {max} sockets are open")) } else { Report::ok() }
    });
    health
}

/// Counts recorded matches into players' totals, soon after each.
async fn count_results(ladder: Ladder, recorded: Arc<Notify>, mut stopping: watch::Receiver<bool>) {
    loop {
        if let Err(why) = ladder.consume_outbox().await {
            tracing::warn!(%why, "players' totals could not be brought up to date; trying again");
        }
        tokio::select! {
            () = recorded.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
            _ = stopping.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Forgets expired sessions, codes and board periods.
async fn purge(accounts: Accounts, ladder: Ladder, mut stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PURGE_EVERY) => {}
            _ = stopping.wait_for(|stopped| *stopped) => return,
        }
        if let Err(why) = accounts.purge().await {
            tracing::warn!(%why, "expired sessions could not be forgotten");
        }
        if let Err(why) = ladder.purge().await {
            tracing::warn!(%why, "expired boards could not be forgotten");
        }
    }
}

/// Looks at the database and the journal without changing them. Works while a server runs and while none does.
pub fn check(config: &Config) -> Vec<Finding> {
    let dir = &config.data_dir;
    let free = match crate::telemetry::health::free_bytes(dir) {
        Ok(_) if !dir.is_dir() => {
            let wrong = format!(
                "{} is not a directory; set data_dir to a directory that snug may write",
                dir.display()
            );
            return vec![Finding { part: "data directory", result: Err(wrong) }];
        }
        Ok(free) => Ok(format!("{} ({} MB free)", dir.display(), free >> 20)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let missing = format!("{} does not exist yet; `snug serve` creates it", dir.display());
            return vec![Finding { part: "data directory", result: Ok(missing) }];
        }
        Err(error) => Err(format!("{}: {error}", dir.display())),
    };
    vec![
        Finding { part: "data directory", result: free },
        Finding { part: "database", result: check_database(dir) },
        Finding { part: "journal", result: check_journal(dir) },
    ]
}

fn check_database(dir: &Path) -> Result<String, String> {
    let path = &dir.join(DATABASE);
    if database_gone(dir) {
        return Err(AppError::DatabaseGone(path.clone()).to_string());
    }
    if !path.exists() {
        return Ok("none yet; `snug serve` creates it".into());
    }
    let pending = Store::pending(path).map_err(|why| why.to_string())?;
    let report = Store::check(path).map_err(|why| why.to_string())?;
    if !report.problems.is_empty() {
        return Err(report.problems.join("; "));
    }
    let size = report.bytes >> 10;
    if pending.steps.is_empty() {
        return Ok(format!("schema {}, {size} KB, sound", pending.found));
    }
    let steps = pending.steps.join(", ");
    Ok(format!(
        "schema {}, {size} KB, sound; `snug serve` will first copy it and then apply {steps}",
        pending.found
    ))
}

fn check_journal(dir: &Path) -> Result<String, String> {
    let path = dir.join(JOURNAL);
    if !path.exists() {
        return Ok("none yet; `snug serve` creates it".into());
    }
    // Two processes must not open it: a running server vouches for it in its health instead.
    let lock = DataLock::take(dir).map_err(|why| why.to_string())?;
    if lock.is_none() {
        return Ok("in use by a running server; ask `snug health`".into());
    }
    // Opening would tidy and set aside; a copy is looked at instead.
    let copy = dir.join("live.redb.check");
    let result = std::fs::copy(&path, &copy).map_err(|why| why.to_string()).and_then(|_| {
        EmbeddedJournal::check(&copy).map_err(|why| {
            format!("{why}. `snug serve` sets a damaged journal aside and goes on from the database")
        })?;
        let journal = EmbeddedJournal::open(&copy, Options::default()).map_err(|why| why.to_string())?;
        let rooms = journal.rooms().map_err(|why| why.to_string())?;
        let mut inputs = 0;
        for room in &rooms {
            let log = journal.load(room).map_err(|why| why.to_string())?.unwrap_or_default();
            inputs += log.ordered.len();
            crate::room::rebuild::rebuild(&log).map_err(|why| format!("room {room}: {why}"))?;
        }
        Ok(format!("{} open rooms, {inputs} inputs, all replayed", rooms.len()))
    });
    let _ = std::fs::remove_file(&copy);
    result
}
