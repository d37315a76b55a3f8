//! The live port under load: `cargo bench --bench journal`.
//!
//! Criterion measures what is one call (a lone append, a limiter check). What is a load (groups, pins, a restart) is played
//! for some seconds and printed with its percentiles. The files lie in the target directory, on a real disk: a
//! journal in memory would measure nothing.

use bytes::Bytes;
use criterion::{Criterion, criterion_group};
use hdrhistogram::Histogram;
use snug::live::embedded::{EmbeddedJournal, EmbeddedLimiter, Options};
use snug::live::limits::{Limiter, Rate, Verdict};
use snug::live::{Append, Appended, Journal, JournalError};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const ROOMS: usize = 1000;

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir =
            tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target directory is writable");
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("live.redb")
    }
}

fn open(path: &Path) -> EmbeddedJournal {
    EmbeddedJournal::open(path, Options::default()).expect("it opens")
}

fn room(n: usize) -> String {
    format!("rom_{n:022}")
}

/// An input as the room encodes it, about.
fn input() -> Bytes {
    Bytes::from_static(&[0x5a; 60])
}

fn append(room: String, seq: u64, done: impl FnOnce(Result<(), JournalError>) + Send + 'static) -> Append {
    Append {
        room,
        epoch: 1,
        seq,
        ordered: Vec::new(),
        latest: Vec::new(),
        clear_latest: false,
        keep_from: None,
        remove: false,
        done: Appended(Box::new(done)),
    }
}

/// Seconds of processor time of this process, and bytes it had written.
fn used() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .map(|rest| rest.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect())
        .unwrap_or_default();
    let ticks = fields.get(11).copied().unwrap_or(0.0) + fields.get(12).copied().unwrap_or(0.0);
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok());
    (ticks / 100.0, written.unwrap_or(0.0))
}

/// Resident memory in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    kb.unwrap_or(0.0) / 1024.0
}

fn percentiles(name: &str, micros: &Histogram<u64>) {
    let ms = |q| micros.value_at_quantile(q) as f64 / 1000.0;
    let (p50, p99, p999, max) = (ms(0.5), ms(0.99), ms(0.999), micros.max() as f64 / 1000.0);
    println!(
        "  {name:<24} p50 {p50:.2} ms  p99 {p99:.2} ms  p99.9 {p999:.2} ms  max {max:.2} ms  (n {})",
        micros.len()
    );
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are right")
}

/// What the disk itself takes for the least that is durable: nothing below can be faster.
fn disk() {
    use std::os::unix::fs::FileExt;
    let place = Place::new();
    let file = std::fs::File::create_new(place.path()).expect("it is new");
    file.write_all_at(&vec![1; 1 << 20], 0).and_then(|()| file.sync_all()).expect("there is space");
    let mut times = histogram();
    for n in 0..500 {
        file.write_all_at(&[n as u8; 4096], n % 256 * 4096).expect("there is space");
        let start = Instant::now();
        file.sync_data().expect("it syncs");
        times.saturating_record(start.elapsed().as_micros() as u64);
    }
    println!("the disk alone:");
    percentiles("4 KB, fdatasync", &times);
}

/// Every room always has one input on its way.
fn throughput() {
    for outstanding in [10, 100, ROOMS] {
        let place = Place::new();
        let journal = open(&place.path());
        let (send, receive) = mpsc::channel();
        let mut next = vec![1u64; outstanding];
        let go = |n: usize, seq: u64| {
            let (send, at) = (send.clone(), Instant::now());
            let done = move |result: Result<(), JournalError>| {
                result.expect("it is saved");
                let _ = send.send((n, at.elapsed()));
            };
            journal.append(Append { ordered: vec![input()], ..append(room(n), seq, done) });
        };
        for n in 0..outstanding {
            go(n, 1);
        }
        let (start, before) = (Instant::now(), used());
        let (mut times, mut count) = (histogram(), 0u64);
        while start.elapsed() < Duration::from_secs(3) {
            let (n, time) = receive.recv().expect("the journal answers");
            times.saturating_record(time.as_micros() as u64);
            count += 1;
            next[n] += 1;
            go(n, next[n]);
        }
        let (seconds, after, health) = (start.elapsed().as_secs_f64(), used(), journal.health());
        println!(
            "{outstanding} rooms, one input each on its way: {:.0} durable inputs/s, {:.0} commits/s, {:.1} CPU-µs and {:.0} bytes written an input",
            count as f64 / seconds,
            health.commits as f64 / seconds,
            (after.0 - before.0) * 1e6 / count as f64,
            (after.1 - before.1) / count as f64,
        );
        percentiles("append to done", &times);
    }
}

/// The profile of design.md: 4,000 seats in 1,000 rooms, each a pin a second and a lock every 20 s; and, apart, with rooms that
/// end and begin all the time.
fn profile(seconds: u64, rooms_per_second: usize) {
    let place = Place::new();
    let journal = open(&place.path());
    let mut last = vec![0u64; ROOMS];
    let (send, receive) = mpsc::channel::<(bool, Duration)>();
    let timed = |urgent: bool| {
        let (send, at) = (send.clone(), Instant::now());
        move |result: Result<(), JournalError>| {
            result.expect("it is saved");
            let _ = send.send((urgent, at.elapsed()));
        }
    };
    let ordered = |n: usize, last: &mut [u64]| {
        last[n] += 1;
        journal.append(Append {
            ordered: vec![input()],
            clear_latest: true,
            ..append(room(n), last[n], timed(true))
        });
    };
    // What a round or two have left: the log is not empty.
    for _ in 0..100 {
        (0..ROOMS).for_each(|n| ordered(n, &mut last));
        assert!(receive.iter().take(ROOMS).count() == ROOMS);
    }
    let (start, before, commits) = (Instant::now(), used(), journal.health().commits);
    let (mut pins, mut locks, mut ends, mut sent) = (0, 0, 0, 0);
    let mut random = 1u64;
    let mut chance = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize
    };
    while start.elapsed() < Duration::from_secs(seconds) {
        let ms = start.elapsed().as_millis() as usize;
        while pins < ms * 4 {
            let n = chance() % ROOMS;
            let latest = vec![(chance() as u32 % 4, input())];
            journal.append(Append { latest, ..append(room(n), last[n] + 1, timed(false)) });
            pins += 1;
            sent += 1;
        }
        while locks < ms / 5 {
            ordered(chance() % ROOMS, &mut last);
            locks += 1;
            sent += 1;
        }
        while ends < ms * rooms_per_second / 1000 {
            let n = chance() % ROOMS;
            journal.append(Append { remove: true, ..append(room(n), 0, |_| {}) });
            last[n] = 0;
            for _ in 0..100 {
                ordered(n, &mut last);
                sent += 1;
            }
            ends += 1;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let (mut pin, mut lock) = (histogram(), histogram());
    for (urgent, time) in receive.iter().take(sent) {
        if urgent { &mut lock } else { &mut pin }.saturating_record(time.as_micros() as u64);
    }
    let (after, health) = (used(), journal.health());
    println!(
        "4,000 pins/s and 200 locks/s in {ROOMS} rooms, {rooms_per_second} rooms/s end and begin with 100 inputs: {:.0} commits/s, {:.1} % of a core, {:.1} MB written/s, file {:.1} MB, resident {:.1} MB",
        (health.commits - commits) as f64 / seconds as f64,
        (after.0 - before.0) * 100.0 / seconds as f64,
        (after.1 - before.1) / 1e6 / seconds as f64,
        health.file_bytes as f64 / 1e6,
        resident(),
    );
    percentiles("ordered input", &lock);
    percentiles("pin", &pin);
}

/// Opening with 1,000 open rooms of 200 inputs and 4 latest values.
fn reopen() {
    let place = Place::new();
    let journal = open(&place.path());
    let (send, receive) = mpsc::channel();
    for seq in 1..=200u64 {
        for n in 0..ROOMS {
            let send = send.clone();
            let done = move |result| send.send(result).expect("somebody counts");
            let latest = (0..4).map(|slot| (slot, input())).filter(|_| seq == 200).collect();
            journal.append(Append { ordered: vec![input()], latest, ..append(room(n), seq, done) });
        }
        assert!(receive.iter().take(ROOMS).all(|result| result.is_ok()));
    }
    // A copy of a file in use is what a killed process leaves.
    let killed = place.path().with_file_name("killed.redb");
    std::fs::copy(place.path(), &killed).expect("there is space");
    let start = Instant::now();
    journal.close();
    let closed = start.elapsed();
    for (what, path) in [("kill", killed), ("clean stop", place.path())] {
        let start = Instant::now();
        let journal = open(&path);
        let opened = start.elapsed();
        let rooms = journal.rooms().expect("it is open");
        let start = Instant::now();
        let inputs: usize = rooms
            .iter()
            .map(|room| {
                journal.load(room).expect("it reads").map_or(0, |log| log.ordered.len() + log.latest.len())
            })
            .sum();
        assert_eq!((rooms.len(), inputs), (ROOMS, ROOMS * 204));
        let mb = journal.health().file_bytes as f64 / 1e6;
        println!(
            "{ROOMS} rooms x 200 inputs ({mb:.0} MB): open after a {what} {opened:.0?}, then all loaded in {:.0?}",
            start.elapsed()
        );
    }
    println!("  close took {closed:.0?}");
}

const RATE: Rate = Rate { events: 1000, per: Duration::from_secs(1), burst: 1000 };

/// A million keys in a limiter that keeps 100,000.
fn limiter_memory() {
    let before = resident();
    let limiter = EmbeddedLimiter::default();
    let start = Instant::now();
    for n in 0..1_000_000 {
        assert!(matches!(limiter.check("ip", &n.to_string(), RATE), Verdict::Allowed { .. }));
    }
    let each = start.elapsed() / 1_000_000;
    println!(
        "limiter, a million new keys: {each:.0?} each, {} kept, {:.1} MB",
        limiter.keys(),
        resident() - before
    );
}

fn calls(c: &mut Criterion) {
    let place = Place::new();
    let journal = open(&place.path());
    let mut seq = 0;
    c.bench_function("journal/a lone append, durable", |b| {
        b.iter(|| {
            seq += 1;
            let (send, receive) = mpsc::channel();
            let done = move |result| send.send(result).expect("somebody waits");
            journal.append(Append { ordered: vec![input()], ..append(room(1), seq, done) });
            receive.recv().expect("the journal answers").expect("it is saved");
        });
    });
    c.bench_function("journal/load a room of 200 inputs", |b| {
        let keep_from = seq + 1;
        let (send, receive) = mpsc::channel();
        let done = move |result| send.send(result).expect("somebody waits");
        let ordered = vec![input(); 200];
        journal.append(Append { ordered, keep_from: Some(keep_from), ..append(room(1), seq + 1, done) });
        receive.recv().expect("the journal answers").expect("it is saved");
        seq += 200;
        b.iter(|| black_box(journal.load(&room(1)).expect("it reads")));
    });
    let limiter = EmbeddedLimiter::default();
    c.bench_function("limiter/one key", |b| b.iter(|| black_box(limiter.check("ip", "192.0.2.17", RATE))));
    let keys: Vec<_> = (0..10_000).map(|n| format!("2001:db8::{n:x}")).collect();
    let mut n = 0;
    c.bench_function("limiter/10,000 keys", |b| {
        b.iter(|| {
            n = (n + 7) % keys.len();
            black_box(limiter.check("ip", &keys[n], RATE))
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = calls
}

fn main() {
    // `cargo test --benches` and `--list` only ask whether it runs.
    if std::env::args().any(|arg| arg == "--bench") {
        disk();
        throughput();
        profile(5, 0);
        profile(5, 20);
        reopen();
        limiter_memory();
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
