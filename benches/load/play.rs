//! Modes with a crowd that plays: `play`, `memory`, `soak`; and `inputs`, as fast as it goes.

use super::Options;
use super::conn::{Conn, Dice, command};
use super::http;
use super::player::{Pace, Seen, add, crowd, settings};
use super::server::Server;
use super::stats::{Cpu, Times, report, round};
use serde_json::json;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The budget's match: a pin a second, and a lock every 20 s.
fn pace(options: &Options) -> Pace {
    Pace {
        rooms: options.number("rooms", 1_000),
        seats: options.number("seats", 4),
        rounds: 20,
        pin_every: Some(Duration::from_secs(1)),
        lock_within: (16.0, 19.5),
        look: (0.2, 0.8),
        spread: 20.0,
        again: true,
    }
}

async fn sleep(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

pub(crate) async fn play(options: &Options) {
    let server = Server::start().await;
    let pace = pace(options);
    let seen = Rc::new(Seen::default());
    let began = Instant::now();
    let tasks = crowd(server.port, pace, &seen).await;
    let seated = began.elapsed().as_secs_f64();
    // Until every room plays and their rounds are spread.
    sleep(options.number("warm", 45) as f64).await;
    let cpu = Cpu::start(server.pid());
    seen.measure();
    let written = io_bytes(server.pid());
    sleep(options.number("seconds", 60) as f64).await;
    let seconds = cpu.seconds();
    let (percent, own) = cpu.percent();
    let written = (io_bytes(server.pid()) - written) / seconds / 1e6;
    let (rss, peak, anon) = (server.rss_mb(), server.peak_mb(), server.own_mb());
    seen.stop.set(true);
    let (pins, locks) = (seen.pins.get() as f64 / seconds, seen.locks.get() as f64 / seconds);
    let frames = seen.frames.get() as f64 / seconds;
    let per_input = 1e4 * percent / (pins + locks);
    let line = format!(
        "{} seats in {} rooms for {seconds:.0} s: lock to the others' locked {} · lock to reply {} · pin to reply {} | \
         {pins:.0} pins/s, {locks:.0} locks/s, {frames:.0} frames/s out | server {percent} % of a core ({per_input:.0} CPU-µs an input), \
         {rss} MB (anonymous {anon}, peak {peak}), {written:.1} MB/s to disk | load program {own} % of a core, sends late p99 {} ms | \
         gaps {}, sockets lost {}, refused {:?}",
        pace.rooms * pace.seats,
        pace.rooms,
        seen.lock.line(),
        seen.lock_reply.line(),
        seen.pin.line(),
        seen.late.ms(0.99),
        seen.gaps.get(),
        seen.lost.get(),
        seen.refused.borrow(),
    );
    report(
        "play",
        &line,
        json!({
            "rooms": pace.rooms, "seats": pace.rooms * pace.seats, "seconds": round(seconds, 1), "seating_s": round(seated, 1),
            "locked": seen.lock.json(), "lock_reply": seen.lock_reply.json(), "pin_reply": seen.pin.json(), "late": seen.late.json(),
            "pins_per_s": round(pins, 0), "locks_per_s": round(locks, 0), "frames_out_per_s": round(frames, 0),
            "server_cpu_percent": percent, "load_cpu_percent": own, "cpu_us_per_input": round(per_input, 0),
            "rss_mb": rss, "anon_mb": anon, "peak_mb": peak, "disk_mb_per_s": round(written, 1), "gaps": seen.gaps.get(), "lost": seen.lost.get(),
            "refused": *seen.refused.borrow(),
        }),
    );
    for task in tasks {
        task.abort();
    }
}

fn io_bytes(pid: u32) -> f64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok()).unwrap_or(0.0)
}

/// Lines of chat, each an ordered, durable input with a reply and an event, a few under way on each socket.
pub(crate) async fn inputs(options: &Options) {
    let server = Server::start().await;
    let (sockets, window) = (options.number("sockets", 100), options.number("window", 16));
    let guests = http::guests(server.port, sockets).await;
    let codes = http::rooms(server.port, &guests, &settings(20, None)).await;
    let (done, stop) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(false)));
    let times = Rc::new(Times::default());
    let mut tasks = Vec::new();
    // All before the first of them floods: behind a flood each entry would wait its turn.
    let mut conns = Vec::new();
    for (guest, code) in guests.iter().zip(&codes) {
        conns.push(Conn::enter(server.port, code, guest, 7, None).await.expect("welcome").0);
    }
    for mut conn in conns {
        let (done, stop, times) = (done.clone(), stop.clone(), times.clone());
        tasks.push(tokio::task::spawn_local(async move {
            let mut sent: VecDeque<Instant> = VecDeque::new();
            let mut id = 0;
            while !stop.get() {
                while sent.len() < window {
                    id += 1;
                    sent.push_back(Instant::now());
                    conn.send(command(id, "{\"type\":\"chat\",\"text\":\"a line of the usual length\"}"))
                        .await
                        .expect("open");
                }
                let text = conn.next().await.expect("open");
                if text.starts_with("{\"t\":\"reply\"") {
                    assert!(!text.contains("\"error\""), "{text}");
                    times.record(sent.pop_front().expect("replies come in order").elapsed());
                    add(&done, 1);
                }
            }
        }));
    }
    sleep(3.0).await;
    let cpu = Cpu::start(server.pid());
    let before = done.get();
    times.clear();
    sleep(options.number("seconds", 20) as f64).await;
    let (count, seconds) = ((done.get() - before) as f64, cpu.seconds());
    let (percent, own) = cpu.percent();
    stop.set(true);
    let rate = count / seconds;
    let line = format!(
        "{rate:.0} durable inputs/s over {sockets} sockets with {window} under way each, send to reply {} | server {percent} % of a core \
         ({:.0} CPU-µs an input), load program {own} %, {} MB",
        times.line(),
        1e4 * percent / rate,
        server.rss_mb(),
    );
    report(
        "inputs",
        &line,
        json!({
            "inputs_per_s": round(rate, 0), "sockets": sockets, "window": window, "reply": times.json(), "server_cpu_percent": percent,
            "load_cpu_percent": own, "cpu_us_per_input": round(1e4 * percent / rate, 1), "rss_mb": server.rss_mb(),
        }),
    );
}

/// Resident memory at rest, and again after many rounds: matches of 20 in some rooms at once, which close after them.
pub(crate) async fn memory(options: &Options) {
    let server = Server::start().await;
    sleep(3.0).await;
    let (idle, idle_own) = (server.rss_mb(), server.own_mb());
    let rounds = options.number("count", 1_000);
    let pace = Pace {
        rooms: options.number("rooms", 10),
        seats: 2,
        rounds: 20,
        pin_every: None,
        lock_within: (0.05, 0.4),
        look: (0.05, 0.1),
        spread: 0.5,
        again: false,
    };
    let seen = Rc::new(Seen::default());
    let began = Instant::now();
    let mut busy: f64 = 0.0;
    while seen.rounds.get() < rounds as u64 && began.elapsed() < Duration::from_mins(4) {
        let over = seen.matches.get() + pace.rooms as u64;
        let tasks = crowd(server.port, pace, &seen).await;
        while seen.matches.get() < over && began.elapsed() < Duration::from_mins(4) {
            busy = busy.max(server.rss_mb());
            sleep(0.2).await;
        }
        // Hosts close their rooms within a second.
        sleep(2.0).await;
        for task in tasks {
            task.abort();
        }
    }
    let (rounds, matches) = (seen.rounds.get(), seen.matches.get());
    // Sockets are closed; the journal deletes what is dead when it is quiet.
    sleep(15.0).await;
    let (after, after_own, peak) = (server.rss_mb(), server.own_mb(), server.peak_mb());
    let line = format!(
        "at rest {idle} MB (anonymous {idle_own}); after {rounds} rounds in {matches} matches {after} MB (anonymous {after_own}), while they were played {busy}, peak {peak}"
    );
    report(
        "memory",
        &line,
        json!({
            "idle_mb": idle, "idle_anon_mb": idle_own, "rounds": rounds, "matches": matches, "busy_mb": busy, "after_mb": after,
            "after_anon_mb": after_own, "peak_mb": peak, "refused": *seen.refused.borrow(),
        }),
    );
}

/// Short matches again and again; memory must stay flat.
pub(crate) async fn soak(options: &Options) {
    let server = Server::start().await;
    let minutes = options.number("minutes", 30);
    let pace = Pace {
        rooms: options.number("rooms", 200),
        rounds: 5,
        lock_within: (3.0, 6.0),
        spread: 5.0,
        ..pace(options)
    };
    let seen = Rc::new(Seen::default());
    let mut dice = Dice(9);
    let tasks = crowd(server.port, pace, &seen).await;
    seen.measure();
    let cpu = Cpu::start(server.pid());
    let mut samples = Vec::new();
    while cpu.seconds() < minutes as f64 * 60.0 {
        tokio::time::sleep(dice.within(4.9, 5.1)).await;
        samples.push((cpu.seconds() / 60.0, server.own_mb()));
    }
    // The first third is still filling its caches and histories.
    let settled = &samples[samples.len() / 3..];
    let slope = slope(settled);
    let (first, last) = (settled.first().map_or(0.0, |at| at.1), settled.last().map_or(0.0, |at| at.1));
    let (percent, own) = cpu.percent();
    let disk =
        std::fs::metadata(server.data_dir().join("live.redb")).map_or(0, |file| file.len()) as f64 / 1e6;
    let line = format!(
        "{minutes} minutes, {} seats, {} rounds, {} matches: anonymous memory {first} MB after a third, {last} MB at the end ({:+.2} MB an hour), \
         resident {} MB, journal {disk:.0} MB; lock to the others' locked {}; server {percent} %, load program {own} %; gaps {}, lost {}, refused {:?}",
        pace.rooms * pace.seats,
        seen.rounds.get(),
        seen.matches.get(),
        slope * 60.0,
        server.rss_mb(),
        seen.lock.line(),
        seen.gaps.get(),
        seen.lost.get(),
        seen.refused.borrow(),
    );
    report(
        "soak",
        &line,
        json!({
            "minutes": minutes, "seats": pace.rooms * pace.seats, "rounds": seen.rounds.get(), "matches": seen.matches.get(), "anon_first_mb": first, "anon_last_mb": last,
            "mb_per_hour": round(slope * 60.0, 2), "rss_mb": server.rss_mb(), "peak_mb": server.peak_mb(), "journal_mb": round(disk, 1),
            "locked": seen.lock.json(), "server_cpu_percent": percent, "load_cpu_percent": own, "gaps": seen.gaps.get(), "lost": seen.lost.get(),
            "refused": *seen.refused.borrow(),
        }),
    );
    seen.stop.set(true);
    for task in tasks {
        task.abort();
    }
}

/// Least squares through (minutes, MB): MB a minute.
fn slope(samples: &[(f64, f64)]) -> f64 {
    let n = samples.len() as f64;
    let (x, y) = samples.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0 / n, sum.1 + at.1 / n));
    let (over, under) = samples
        .iter()
        .fold((0.0, 0.0), |sum, at| (sum.0 + (at.0 - x) * (at.1 - y), sum.1 + (at.0 - x).powi(2)));
    if under > 0.0 { over / under } else { 0.0 }
}
