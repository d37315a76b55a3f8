//! The store's hot paths on a database with a million players: `cargo bench --bench store`.

#[path = "common/board.rs"]
mod board;

use board::{PLAYERS, fill, user, values};
use criterion::{BatchSize, Criterion};
use snug::accounts::Accounts;
use snug::ladder::{BoardQuery, Ladder, Metric, Period};
use snug::store::boards;
use snug::store::matches::{self, Finished, SeatRecord};
use snug::store::{Store, new_id, now_ms};
use std::hint::black_box;
use std::path::Path;
use tokio::runtime::Runtime;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if let (Some("--fill"), Some(path)) = (arguments.next().as_deref(), arguments.next()) {
        fill(Path::new(&path), PLAYERS).expect("bulk load");
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("snug.db");
    Store::open(&path).expect("new database").close_blocking();
    // In a process of its own, so that the memory shown below is the store's alone.
    let loaded = std::time::Instant::now();
    let program = std::env::current_exe().expect("this program");
    let filled = std::process::Command::new(program).arg("--fill").arg(&path).status().expect("a process");
    assert!(filled.success());
    eprintln!("{PLAYERS} players loaded in {:.1?}; resident {:.1} MB", loaded.elapsed(), resident_mb());
    let opened = std::time::Instant::now();
    let store = Store::open(&path).expect("database");
    eprintln!("opened in {:.1?}, resident {:.1} MB", opened.elapsed(), resident_mb());

    let mut criterion = Criterion::default().configure_from_args();
    ranks(&mut criterion, &runtime, &store);
    finish(&mut criterion, &runtime, &store);
    authenticate(&mut criterion, &runtime, &store);
    criterion.final_summary();
    eprintln!("resident at the end {:.1} MB", resident_mb());
}

fn ranks(criterion: &mut Criterion, runtime: &Runtime, store: &Store) {
    let ladder = Ladder::new(store.clone());
    let mut group = criterion.benchmark_group("board of 1M players");
    for by in Metric::ALL {
        let mut number = 0;
        group.bench_function(format!("first page and own rank by {by:?}"), |bench| {
            bench.iter(|| {
                number = (number + 7_919) % PLAYERS;
                let query = BoardQuery { preset: "classic".into(), by, period: Period::All, cursor: None };
                let viewer = user(number);
                let page = runtime.block_on(ladder.leaderboard(query, Some(&viewer))).expect("page");
                assert!(page.me.is_some() && page.rows.len() == 50);
                black_box(page)
            });
        });
        let mut number = 0;
        group.bench_function(format!("a later page by {by:?}"), |bench| {
            bench.iter(|| {
                number = (number + 104_729) % PLAYERS;
                let (id, values) = (user(number), values(number));
                let value = match by {
                    Metric::Points => values[0],
                    Metric::Best => values[1],
                    Metric::Games => values[2],
                };
                let page = runtime.block_on(store.read(move |tx| {
                    let scope = boards::scope(tx, "classic", "all")?.expect("filled");
                    boards::page(tx, scope.id, by, Some((value, &id)), 51)
                }));
                black_box(page.expect("page"))
            });
        });
    }
    group.finish();
}

fn finished(number: i64) -> Finished {
    let seat = |seat: u32| SeatRecord {
        seat,
        user: Some(user((number * 4 + i64::from(seat)) * 7_919 % PLAYERS)),
        name: "Brave Otter".into(),
        account: false,
        rank: seat + 1,
        points: 20_000 - i64::from(seat) * 1_000,
        left: false,
    };
    Finished {
        id: new_id("mat"),
        room: format!("rom_{number}"),
        game: "atlas".into(),
        rules: 1,
        board: Some("classic".into()),
        daily: None,
        challenge: None,
        settings: "{}".into(),
        seed: "1".into(),
        deck: vec![1; 2_000],
        inputs: vec![2; 4_000],
        hashes: "[]".into(),
        results: "x".repeat(4_000),
        rounds: 5,
        max_points: 25_000,
        started_at: now_ms(),
        finished_at: now_ms(),
        seats: (0..4).map(seat).collect(),
    }
}

fn finish(criterion: &mut Criterion, runtime: &Runtime, store: &Store) {
    let mut group = criterion.benchmark_group("finish a match of 4");
    let mut number = 0;
    let mut next = || {
        number += 1;
        finished(number)
    };
    group.bench_function("alone, with its fsync", |bench| {
        bench.iter_batched(
            &mut next,
            |done| {
                let first =
                    runtime.block_on(store.write(move |tx| matches::finish(tx, &done))).expect("finish");
                assert!(first);
            },
            BatchSize::SmallInput,
        );
    });
    group.throughput(criterion::Throughput::Elements(64));
    group.bench_function("64 at once", |bench| {
        bench.iter_batched(
            || (0..64).map(|_| next()).collect::<Vec<_>>(),
            |all| {
                runtime.block_on(async {
                    let tasks: Vec<_> = all
                        .into_iter()
                        .map(|done| {
                            let store = store.clone();
                            tokio::spawn(
                                async move { store.write(move |tx| matches::finish(tx, &done)).await },
                            )
                        })
                        .collect();
                    for task in tasks {
                        assert!(task.await.expect("task").expect("finish"));
                    }
                });
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn authenticate(criterion: &mut Criterion, runtime: &Runtime, store: &Store) {
    let mut group = criterion.benchmark_group("authenticate");
    let accounts = Accounts::new(store.clone());
    let (_, token) = runtime.block_on(accounts.guest(None)).expect("guest");
    group.bench_function("cached", |bench| {
        bench.iter(|| {
            runtime.block_on(accounts.authenticate(token.expose())).expect("session").expect("known")
        });
    });
    group.bench_function("not cached", |bench| {
        bench.iter_batched(
            || Accounts::new(store.clone()),
            |accounts| {
                runtime.block_on(accounts.authenticate(token.expose())).expect("session").expect("known")
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("a new guest, with its fsync", |bench| {
        bench.iter(|| runtime.block_on(accounts.guest(None)).expect("guest"));
    });
    group.finish();
}

/// Resident memory of this process, 0 where the system does not tell.
fn resident_mb() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4_096.0 / 1e6
}
