//! The store: durable relational data. One SQL text for two engines; queries grouped by subject. Knows no game.
//!
//! [`Store::read`] and [`Store::write`] take a synchronous closure over a transaction ([`Tx`]); the functions of the
//! subject modules are what such a closure calls. Writes commit in groups and are answered only when they are durable.

pub mod boards;
pub mod check;
pub mod daily;
mod engine;
mod error;
pub mod ids;
pub mod matches;
pub mod meta;
mod migrations;
pub mod mirror;
pub mod periods;
pub mod sessions;
pub mod sql;
pub mod stats;
pub mod users;

pub use check::{Pending, Report};
pub use engine::sqlite::StoreHealth;
pub use error::{Result, StoreError};
pub use ids::{new_id, now_ms};
pub use sql::{Param, Row, Sql, Tx, Value};

use engine::sqlite::{Engine, WriteJob};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// An open database. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("health", &self.health()).finish()
    }
}

impl Store {
    /// Opens the database at `path`, creates it if there is none, brings its schema up to date (with a copy beside it
    /// first), and starts its threads. Blocks.
    pub fn open(path: &Path) -> Result<Self> {
        let mut writer = engine::connection::open(path, engine::connection::Role::Writer)?;
        migrations::run(path, &mut writer, migrations::ALL)?;
        Ok(Self { engine: Arc::new(Engine::start(path, writer)?) })
    }

    /// Changes something, all or nothing, and returns when it is durable. The closure may run more than once; what it
    /// did before the last time was undone. Dropping the future does not stop the write.
    pub async fn write<T, F>(&self, change: F) -> Result<T>
    where
        F: FnMut(&mut dyn Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.submit(change, move |outcome| {
            let _ = sender.send(outcome);
        })?;
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::write`] for threads outside the runtime.
    pub fn write_blocking<T, F>(&self, change: F) -> Result<T>
    where
        F: FnMut(&mut dyn Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit(change, move |outcome| {
            let _ = sender.send(outcome);
        })?;
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Looks at one state of the database. Sees every write that was answered before.
    pub async fn read<T, F>(&self, look: F) -> Result<T>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.engine.read(Box::new(move |tx| {
            let _ = sender.send(looked(look, tx));
        }))?;
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::read`] for threads outside the runtime.
    pub fn read_blocking<T, F>(&self, look: F) -> Result<T>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.engine.read(Box::new(move |tx| {
            let _ = sender.send(looked(look, tx));
        }))?;
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Numbers for health and metrics.
    pub fn health(&self) -> StoreHealth {
        self.engine.health()
    }

    /// Finishes what waits, empties the log into the database file and ends the threads. Later calls answer
    /// [`StoreError::Closed`]. Blocks.
    pub fn close_blocking(&self) {
        self.engine.close();
    }

    /// [`Store::close_blocking`] without blocking the runtime.
    pub async fn close(&self) {
        let engine = self.engine.clone();
        let _ = tokio::task::spawn_blocking(move || engine.close()).await;
    }

    fn submit<T, F>(&self, change: F, answer: impl FnOnce(Result<T>) + Send + 'static) -> Result<()>
    where
        F: FnMut(&mut dyn Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.engine.write(Box::new(Write { change, made: None, answer }))
    }
}

fn looked<T>(look: impl FnOnce(&mut dyn Tx) -> Result<T>, tx: Result<&mut dyn Tx>) -> Result<T> {
    let tx = tx?;
    catch_unwind(AssertUnwindSafe(|| look(tx))).unwrap_or(Err(StoreError::Panicked))
}

struct Write<F, T, A> {
    change: F,
    made: Option<T>,
    answer: A,
}

impl<F, T, A> WriteJob for Write<F, T, A>
where
    F: FnMut(&mut dyn Tx) -> Result<T> + Send,
    T: Send,
    A: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> Result<()> {
        self.made = None;
        self.made = Some((self.change)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        // `made` is set whenever `run` succeeded, and an outcome is only good when the last `run` was.
        let Self { made, answer, .. } = *self;
        answer(outcome.and_then(|()| made.ok_or(StoreError::Panicked)));
    }
}

/// Every statement that the store can send to an engine.
pub fn statements() -> impl Iterator<Item = &'static Sql> {
    [boards::ALL, daily::ALL, matches::ALL, meta::ALL, mirror::ALL, sessions::ALL, stats::ALL, users::ALL]
        .into_iter()
        .flatten()
}

/// The schema for Postgres, all migrations in order.
pub fn postgres_schema() -> impl Iterator<Item = &'static str> {
    migrations::ALL.iter().map(|migration| migration.postgres)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{Engine, Store};

    /// A store in a directory of its own, which goes with the first part.
    pub(crate) fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = Store::open(&dir.path().join("snug.db")).expect("a new database");
        (dir, store)
    }

    impl Store {
        /// The engine, for tests that need the writer's connection.
        pub(super) fn engine(&self) -> &Engine {
            &self.engine
        }
    }
}

#[cfg(test)]
mod tests;
