//! The engine as callers see it: groups, uniqueness, failing disks, damaged files.

use super::testing::store;
use super::users::{self, User};
use super::{Result, Store, StoreError, Tx, check, meta, sessions};
use futures_util::FutureExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn user(number: usize) -> User {
    User { id: format!("usr_{number:04}"), name: format!("Player {number}"), account: false, created_at: 5 }
}

fn add(number: usize) -> impl FnMut(&mut dyn Tx) -> Result<()> + Send + 'static {
    move |tx| users::insert(tx, &user(number))
}

/// Ids of the users 0 to 999 that are there.
fn present(store: &Store) -> Vec<usize> {
    store
        .read_blocking(|tx| {
            let mut found = Vec::new();
            for number in 0..1000 {
                if users::find(tx, &user(number).id)?.is_some() {
                    found.push(number);
                }
            }
            Ok(found)
        })
        .unwrap()
}

/// Stops the writer until the returned sender is dropped, so that writes pile up behind it.
fn hold(store: &Store) -> std::sync::mpsc::Sender<()> {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    store.engine().control(Box::new(move |_| {
        let _ = receiver.recv();
    }));
    sender
}

#[tokio::test]
async fn parallel_writes_share_commits_and_all_succeed() {
    let (_dir, store) = store();
    let held = hold(&store);
    let writes: Vec<_> = (0..100)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.write(add(number)).await })
        })
        .collect();
    while store.health().queued < 100 {
        tokio::task::yield_now().await;
    }
    drop(held);
    for write in writes {
        write.await.unwrap().unwrap();
    }
    let health = store.health();
    assert_eq!(health.writes, 100);
    assert!(health.commits < 50, "{} commits for 100 writes that waited together", health.commits);
    assert_eq!(present(&store).len(), 100);
}

#[tokio::test]
async fn a_refused_write_takes_nothing_along() {
    let (_dir, store) = store();
    store.write(add(1)).await.unwrap();
    let held = hold(&store);
    let twice = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(|tx| {
                    users::insert(tx, &user(2))?;
                    users::insert(tx, &user(1))
                })
                .await
        }
    });
    let panics = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(|tx| {
                    users::insert(tx, &user(4))?;
                    if user(4).account { Ok(()) } else { panic!("on purpose") }
                })
                .await
        }
    });
    let good = tokio::spawn({
        let store = store.clone();
        async move { store.write(add(3)).await }
    });
    while store.health().queued < 3 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert_eq!(twice.await.unwrap(), Err(StoreError::Constraint { name: "users_id".into() }));
    assert_eq!(panics.await.unwrap(), Err(StoreError::Panicked));
    assert_eq!(good.await.unwrap(), Ok(()));
    assert_eq!(present(&store), [1, 3]);
}

#[tokio::test]
async fn checks_and_references_are_named() {
    let (_dir, store) = store();
    let orphan = store.write(|tx| sessions::insert(tx, &[1; 32], "usr_nobody", 1, 2)).await;
    assert_eq!(orphan, Err(StoreError::Constraint { name: "foreign_key".into() }));
    let odd = super::Sql {
        name: "test.ODD",
        text: "INSERT INTO users (id, name, account, created_at, seen_at) VALUES ('u', 'n', 2, 1, 1)",
        whole: false,
    };
    let odd = store.write(move |tx| tx.execute(&odd, &[])).await;
    assert_eq!(odd, Err(StoreError::Constraint { name: "users_account".into() }));
}

#[tokio::test]
async fn reads_cannot_write_and_see_what_was_answered() {
    let (_dir, store) = store();
    for number in 0..20 {
        store.write(add(number)).await.unwrap();
        let found = store.read(move |tx| users::find(tx, &user(number).id)).await.unwrap();
        assert_eq!(found, Some(user(number)));
    }
    assert!(matches!(store.read(|tx| users::insert(tx, &user(99))).await, Err(StoreError::Io(_))));
    assert_eq!(store.read(|_| -> Result<()> { panic!("on purpose") }).await, Err(StoreError::Panicked));
    assert_eq!(present(&store).len(), 20, "readers live on");
}

/// A kill leaves what a copy of the files at that moment holds.
fn crash_copy(from: &Path, to: &Path) {
    for name in ["snug.db", "snug.db-wal"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let (dir, store) = store();
    for number in 0..30 {
        store.write_blocking(add(number)).unwrap();
    }
    let crashed = tempfile::tempdir().unwrap();
    crash_copy(dir.path(), crashed.path());
    let again = Store::open(&crashed.path().join("snug.db")).unwrap();
    assert_eq!(present(&again), (0..30).collect::<Vec<_>>());
}

#[test]
fn a_torn_log_loses_only_what_lies_behind_the_tear() {
    let (dir, store) = store();
    for number in 0..30 {
        store.write_blocking(add(number)).unwrap();
    }
    let crashed = tempfile::tempdir().unwrap();
    crash_copy(dir.path(), crashed.path());
    let log = crashed.path().join("snug.db-wal");
    let length = std::fs::metadata(&log).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(length - 100).unwrap();
    let again = Store::open(&crashed.path().join("snug.db")).unwrap();
    let left = present(&again);
    assert_eq!(left, (0..29).collect::<Vec<_>>(), "exactly the last commit is torn");
    assert!(Store::check(&crashed.path().join("snug.db")).unwrap().problems.is_empty());
}

#[test]
fn stopping_empties_the_log_and_refuses_what_comes_later() {
    let (dir, store) = store();
    store.write_blocking(add(1)).unwrap();
    let log = dir.path().join("snug.db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    store.close_blocking();
    store.close_blocking();
    assert_eq!(std::fs::metadata(&log).map_or(0, |log| log.len()), 0);
    assert_eq!(store.write_blocking(add(2)), Err(StoreError::Closed));
    assert_eq!(store.read_blocking(|_| Ok(())), Err(StoreError::Closed));
    let again = Store::open(&dir.path().join("snug.db")).unwrap();
    assert_eq!(present(&again), [1]);
}

#[test]
fn the_log_is_moved_into_the_file_once_it_is_large() {
    let (dir, store) = store();
    let before = std::fs::metadata(dir.path().join("snug.db")).unwrap().len();
    for number in 0..12_u8 {
        store
            .write_blocking(move |tx| meta::set(tx, &format!("big{number}"), &vec![number; 1 << 20]))
            .unwrap();
    }
    let after = std::fs::metadata(dir.path().join("snug.db")).unwrap().len();
    assert!(after > before + (4 << 20), "{before} → {after}");
    let log = std::fs::metadata(dir.path().join("snug.db-wal")).unwrap().len();
    assert!(log < 12 << 20, "the log starts over: {log}");
}

#[test]
fn the_writer_is_set_for_durability() {
    let (_dir, store) = store();
    let (sender, receiver) = std::sync::mpsc::channel();
    store.engine().control(Box::new(move |connection| {
        for pragma in ["synchronous", "wal_autocheckpoint", "foreign_keys", "page_size"] {
            let value: i64 = connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap();
            sender.send(value).unwrap();
        }
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }));
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [2, 0, 1, 4096]);
}

#[tokio::test]
async fn too_many_waiting_writes_are_refused_and_dropped_futures_still_count() {
    let (_dir, store) = store();
    let held = hold(&store);
    // Whether the writer has already taken the control job decides about one place in the queue.
    let mut waiting = 0;
    let refused = loop {
        let number = waiting;
        let write = store.write(move |tx| meta::set(tx, "last", &i32::to_le_bytes(number)));
        match write.now_or_never() {
            None => waiting += 1,
            Some(outcome) => break outcome,
        }
    };
    assert_eq!(refused, Err(StoreError::Busy));
    assert!((8_000..9_000).contains(&waiting), "{waiting}");
    drop(held);
    // Everything waiting was written although nobody listens, and there is room again.
    let last = loop {
        match store.write(|tx| meta::get(tx, "last")).await {
            Err(StoreError::Busy) => tokio::task::yield_now().await,
            other => break other.unwrap().unwrap(),
        }
    };
    assert_eq!(last, i32::to_le_bytes(waiting - 1));
}

fn limit_pages(store: &Store, pages: i64) {
    let (sender, receiver) = std::sync::mpsc::channel();
    store.engine().control(Box::new(move |connection| {
        let set: i64 =
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0)).unwrap();
        let _ = sender.send(set);
    }));
    receiver.recv().unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_recovers() {
    let (_dir, store) = store();
    store.write(add(1)).await.unwrap();
    limit_pages(&store, 1);
    // A small write and a large one in one group: the small one still fits into a page that is there.
    let held = hold(&store);
    let runs = Arc::new(AtomicUsize::new(0));
    let small = tokio::spawn({
        let (store, runs) = (store.clone(), runs.clone());
        async move {
            store
                .write(move |tx| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    users::insert(tx, &user(2))
                })
                .await
        }
    });
    while store.health().queued < 1 {
        tokio::task::yield_now().await;
    }
    let large = tokio::spawn({
        let store = store.clone();
        async move { store.write(|tx| meta::set(tx, "large", &vec![7; 1 << 20])).await }
    });
    while store.health().queued < 2 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert_eq!(large.await.unwrap(), Err(StoreError::Full));
    assert_eq!(small.await.unwrap(), Ok(()));
    assert_eq!(runs.load(Ordering::Relaxed), 2, "run again alone after the group was lost");
    assert_eq!(store.read(|tx| meta::get(tx, "large")).await.unwrap(), None);
    assert!(store.write(|tx| meta::set(tx, "large", &vec![7; 1 << 20])).await == Err(StoreError::Full));
    assert!(store.health().error.is_some());

    limit_pages(&store, 1 << 30);
    store.write(|tx| meta::set(tx, "large", &vec![7; 1 << 20])).await.unwrap();
    assert_eq!(store.health().error, None);
    assert_eq!(
        store.read(|tx| meta::get(tx, "large")).await.unwrap().map(|large| large.len()),
        Some(1 << 20)
    );
    assert_eq!(present(&store), [1, 2]);
}

#[tokio::test]
async fn a_swallowed_full_disk_still_fails_the_write() {
    let (_dir, store) = store();
    limit_pages(&store, 1);
    let outcome = store
        .write(|tx| {
            let _ = meta::set(tx, "large", &vec![7; 1 << 20]);
            Ok("fine")
        })
        .await;
    assert_eq!(outcome, Err(StoreError::Full));
}

#[test]
fn a_cut_or_overwritten_file_says_what_to_do() {
    let (dir, store) = store();
    for number in 0..500 {
        store.write_blocking(add(number)).unwrap();
    }
    store.close_blocking();
    drop(store);
    let path = dir.path().join("snug.db");
    let whole = std::fs::read(&path).unwrap();

    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let cut = Store::open(&path).unwrap_err();
    assert!(matches!(&cut, StoreError::Damaged(_)), "{cut:?}");
    assert!(cut.to_string().contains("snug.db.before-"), "{cut}");
    assert!(matches!(Store::check(&path), Err(StoreError::Damaged(_))));

    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Damaged(_))));

    // A page of the users' tree overwritten: found by the check.
    let mut broken = whole.clone();
    let place = broken.windows(8).position(|bytes| bytes == b"usr_0250").unwrap();
    let page = place / 4096 * 4096;
    broken[page..page + 64].fill(0xEE);
    std::fs::write(&path, &broken).unwrap();
    let found = Store::check(&path);
    assert!(
        matches!(&found, Ok(report) if !report.problems.is_empty())
            || matches!(&found, Err(StoreError::Damaged(_))),
        "{found:?}"
    );
    let store = Store::open(&path).unwrap();
    let read = store.read_blocking(|tx| users::find(tx, "usr_0250"));
    assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");

    std::fs::write(&path, &whole).unwrap();
    drop(store);
    let good = Store::check(&path).unwrap();
    assert_eq!((good.version, good.bytes, good.problems.len()), (1, whole.len() as u64, 0));
}

#[test]
fn pending_steps_are_told_without_touching_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("snug.db");
    assert_eq!(Store::pending(&path).unwrap(), check::Pending { found: 0, known: 1, steps: vec!["start"] });
    assert!(!path.exists());
    assert!(matches!(Store::check(&path), Err(StoreError::Io(_))));
    let store = Store::open(&path).unwrap();
    assert_eq!(Store::pending(&path).unwrap(), check::Pending { found: 1, known: 1, steps: vec![] });
    assert!(Store::check(&path).unwrap().problems.is_empty(), "also while the server runs");
    store.write_blocking(add(1)).unwrap();
}

#[test]
fn a_secret_is_drawn_once() {
    let (dir, store) = store();
    let first = store.write_blocking(|tx| meta::secret(tx, "daily")).unwrap();
    assert_ne!(first, [0; 32]);
    assert_ne!(store.write_blocking(|tx| meta::secret(tx, "seat")).unwrap(), first);
    store.close_blocking();
    let again = Store::open(&dir.path().join("snug.db")).unwrap();
    assert_eq!(again.write_blocking(|tx| meta::secret(tx, "daily")).unwrap(), first);
}

/// No statement may walk through a whole table, except the few that mean to.
#[test]
fn every_statement_goes_by_an_index() {
    let (dir, store) = store();
    store.close_blocking();
    let connection = rusqlite::Connection::open(dir.path().join("snug.db")).unwrap();
    let mut scans = Vec::new();
    for sql in super::statements() {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let lines: Vec<String> = plan
            .query_map(rusqlite::params_from_iter((0..plan_params(sql.text)).map(|_| 1)), |row| row.get(3))
            .unwrap()
            .map(std::result::Result::unwrap)
            .collect();
        let scan = lines.iter().any(|line| line.starts_with("SCAN ") && line != "SCAN CONSTANT ROW");
        let sort = lines.iter().any(|line| line.contains("TEMP B-TREE"));
        assert!(!sort, "{} sorts: {lines:?}", sql.name);
        assert!(sql.whole || !scan, "{} scans: {lines:?}", sql.name);
        if scan {
            scans.push(sql.name);
        }
    }
    assert_eq!(scans, ["mirror.ROOMS", "stats.PENDING"]);
}

fn plan_params(text: &str) -> usize {
    text.split('$')
        .skip(1)
        .filter_map(|part| {
            part.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().ok()
        })
        .max()
        .unwrap_or(0)
}
