//! Modes that measure what the server costs: `idle` sockets, the `start`, rendering (`render`), and requests (`http`).

use super::Options;
use super::board;
use super::conn::{Conn, command};
use super::http::{self, Http};
use super::player::settings;
use super::server::Server;
use super::stats::{Cpu, Times, cpu_s, report, round};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Quiet sockets in lobbies of 50: what each adds to resident memory.
pub(crate) async fn idle(options: &Options) {
    let mut server = Server::prepare();
    server.set("SNUG_ROOMS_MAX_SPECTATORS", "50");
    server.spawn();
    server.ready().await;
    let (count, room) = (options.number("sockets", 9_000), options.number("room", 50));
    // Made before, so that what a guest or a room costs is not counted as the socket's … but for its membership.
    let guests = http::guests(server.port, count).await;
    let hosts: Vec<_> = guests.iter().step_by(room).cloned().collect();
    let codes = http::rooms(server.port, &hosts, &settings(5, Some(60))).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (before, before_own) = (server.rss_mb(), server.own_mb());
    let mut conns = Vec::with_capacity(count);
    let began = Instant::now();
    for (number, guest) in guests.iter().enumerate() {
        match Conn::enter(server.port, &codes[number / room], guest, number as u64 + 1, None).await {
            Some((mut conn, _)) => {
                conns.push(tokio::task::spawn_local(async move { while conn.next().await.is_some() {} }))
            }
            // The machine has no more; what is there is measured.
            None => break,
        }
    }
    let (open, entering) = (conns.len(), began.elapsed().as_secs_f64());
    let busy = server.rss_mb();
    // Past the server's first heartbeats.
    tokio::time::sleep(Duration::from_secs(options.number("seconds", 30) as u64)).await;
    let (after, after_own) = (server.rss_mb(), server.own_mb());
    let cpu = Cpu::start(server.pid());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let (percent, _) = cpu.percent();
    let alive = conns.iter().filter(|conn| !conn.is_finished()).count();
    let each = (after - before) * 1024.0 / open as f64;
    let each_own = (after_own - before_own) * 1024.0 / open as f64;
    let line = format!(
        "{open} quiet sockets in lobbies of {room} (entered in {entering:.1} s): {each:.1} KB each (anonymous {each_own:.1}); resident {before} → {after} MB, \
         just after entering {busy}, peak {}; {alive} still open, server {percent} % of a core",
        server.peak_mb(),
    );
    report(
        "idle",
        &line,
        json!({
            "sockets": open, "room": room, "kb_each": round(each, 2), "anon_kb_each": round(each_own, 2), "before_mb": before, "busy_mb": busy,
            "after_mb": after, "peak_mb": server.peak_mb(), "alive": alive, "server_cpu_percent": percent,
        }),
    );
}

/// From starting the process until it is ready: on an empty directory, and with so many users.
pub(crate) async fn start(options: &Options) {
    let users = options.number("users", 100_000) as i64;
    let mut server = Server::prepare();
    let mut fresh = Vec::new();
    let mut filled = Vec::new();
    server.spawn();
    fresh.push(server.ready().await);
    server.kill();
    let path = server.data_dir().join("snug.db");
    tokio::task::spawn_blocking(move || board::fill(&path, users))
        .await
        .expect("no panic")
        .expect("bulk load");
    for _ in 0..options.number("count", 7) {
        // A clean end and a crash both begin like this; a crash has to repair the journal besides.
        server.spawn();
        filled.push(server.ready().await);
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
    }
    filled.sort();
    let ms = |time: Duration| round(time.as_secs_f64() * 1000.0, 1);
    let (median, best, first) = (ms(filled[filled.len() / 2]), ms(filled[0]), ms(fresh[0]));
    let line = format!(
        "start to ready with {users} users after kill -9: median {median} ms, best {best} ms of {}; on an empty directory {first} ms",
        filled.len()
    );
    report(
        "start",
        &line,
        json!({"users": users, "median_ms": median, "best_ms": best, "fresh_ms": first, "runs": filled.len()}),
    );
}

/// Pictures of all kinds, one after the other and four at once.
pub(crate) async fn render(options: &Options) {
    let server = Server::start().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = server.rss_mb();
    let count = options.number("count", 40);
    let kinds = ["silhouette", "flag", "orbit", "lights", "relief", "rivers", "stars"];
    let mut figures = json!({});
    let mut lines = Vec::new();
    let guests = http::guests(server.port, kinds.len() * count.div_ceil(10)).await;
    let mut hosts = guests.chunks(count.div_ceil(10));
    let mut all = Vec::new();
    for kind in kinds {
        let mut settings = settings(10, None);
        settings["game"]["kinds"] = json!([kind]);
        let hosts = hosts.next().expect("as many as kinds");
        let codes = http::rooms(server.port, hosts, &settings).await;
        let (times, mut bytes, mut done) = (Times::default(), 0, 0);
        let mut http = Http::open(server.port).await.expect("connects");
        for (host, code) in hosts.iter().zip(&codes) {
            for path in pictures(server.port, code, host).await {
                let began = Instant::now();
                let answer = http.call("GET", &path, Some(&host.token), None).await.expect("answer");
                assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
                times.record(began.elapsed());
                bytes += answer.body.len();
                done += 1;
                all.push(path);
            }
        }
        let kb = bytes / 1024 / done.max(1);
        lines.push(format!("{kind} p50 {} p99 {} ms, {kb} KB", times.ms(0.5), times.ms(0.99)));
        figures[kind] = json!({"time": times.json(), "kb": kb});
    }
    // Many at once, as when halls of rooms begin their rounds together.
    let began = Instant::now();
    let lanes = (0..8).map(|lane| {
        let paths: Vec<String> = all.iter().skip(lane).step_by(8).cloned().collect();
        let port = server.port;
        async move {
            let mut http = Http::open(port).await.expect("connects");
            for path in paths {
                let _ = http.call("GET", &path, None, None).await;
            }
        }
    });
    join_all(lanes).await;
    let together = began.elapsed().as_secs_f64();
    let (peak, busy) = (server.peak_mb(), server.rss_mb());
    tokio::time::sleep(Duration::from_secs(5)).await;
    let line = format!(
        "{} | {} pictures again, 8 at once, in {together:.2} s | resident {before} MB before, {busy} after, peak {peak} MB",
        lines.join(" · "),
        all.len(),
    );
    report(
        "render",
        &line,
        json!({"kinds": figures, "before_mb": before, "busy_mb": busy, "after_mb": server.rss_mb(), "peak_mb": peak}),
    );
}

/// Plays a whole match alone and gives the addresses of its pictures; they stay valid while the room shows it.
async fn pictures(port: u16, code: &str, host: &http::Guest) -> Vec<String> {
    let (mut conn, _) = Conn::enter(port, code, host, 1, None).await.expect("welcome");
    conn.send(command(1, "{\"type\":\"start\"}")).await.expect("open");
    let mut paths = Vec::new();
    let mut id = 1;
    while let Some(text) = conn.next().await {
        let frame: Value = serde_json::from_str(&text).expect("JSON");
        assert!(frame["error"].is_null(), "{frame}");
        for event in frame["events"].as_array().into_iter().flatten() {
            // The first round is in the view that comes with the start.
            let first = json!({"is": "round", "round": 1, "picture": event["match"]["view"]["picture"]});
            let event = if event["type"] == "started" { &first } else { &event["event"] };
            let round = &event["round"];
            id += 1;
            let act = match event["is"].as_str().unwrap_or_default() {
                "round" => {
                    paths.extend(
                        event["picture"].as_str().map(|token| format!("/api/rooms/{code}/pictures/{token}")),
                    );
                    format!(
                        "{{\"do\":\"lock\",\"round\":{round},\"at\":{{\"lat\":1.5,\"lon\":2.5}},\"game\":\"atlas\"}}"
                    )
                }
                "result" if !event["next"].is_null() => {
                    format!("{{\"do\":\"skip\",\"round\":{},\"game\":\"atlas\"}}", event["result"]["round"])
                }
                "result" => return paths,
                _ => continue,
            };
            conn.send(command(id, &format!("{{\"type\":\"act\",\"action\":{act}}}"))).await.expect("open");
        }
    }
    paths
}

/// Processor time of a request through the whole stack, over what the same answer costs from a bare axum handler; and the
/// leaderboard among a million.
pub(crate) async fn requests(options: &Options) {
    let mut server = Server::start().await;
    let count = options.number("count", 20_000);
    let guest = {
        let mut http = Http::open(server.port).await.expect("connects");
        http.call("POST", "/api/auth/guest", None, Some("{\"token\":true}")).await.expect("answer").json()
    };
    let (id, token) = (
        guest["user"]["id"].as_str().expect("id").to_owned(),
        guest["token"].as_str().expect("token").to_owned(),
    );
    let host = http::Guest { token: token.clone() };
    let code = http::rooms(server.port, std::slice::from_ref(&host), &settings(5, Some(60))).await.remove(0);
    let card = format!("/api/rooms/{code}");
    let mut http = Http::open(server.port).await.expect("connects");
    let body = http.call("GET", &card, None, None).await.expect("answer").body;
    let (stack, times) = hammer(server.port, server.pid(), &card, None, count).await;
    let (signed, _) = hammer(server.port, server.pid(), "/api/auth/me", Some(&token), count).await;
    let (page, _) = hammer(server.port, server.pid(), "/health/live", None, count).await;
    let bare = Bare::start(&String::from_utf8(body).expect("JSON"));
    let (least, bare_times) = hammer(bare.port, bare.child.id(), &card, None, count).await;
    drop(bare);

    // The board, with this guest on it.
    server.kill();
    let path = server.data_dir().join("snug.db");
    tokio::task::spawn_blocking(move || {
        board::fill(&path, board::PLAYERS)?;
        let connection = rusqlite::Connection::open(path)?;
        connection.execute(
            "INSERT INTO board_rows (user_id, scope, points, best, games, best_match) SELECT ?1, id, 700000, 340000, 40, 'mat_00000000000000000000000000' FROM board_scopes",
            [id],
        )
    })
    .await
    .expect("no panic")
    .expect("bulk load");
    server.spawn();
    server.ready().await;
    let board = "/api/leaderboard?preset=classic&by=points&period=all";
    let answer = Http::open(server.port)
        .await
        .expect("connects")
        .call("GET", board, Some(&token), None)
        .await
        .expect("answer");
    assert!(
        answer.status == 200 && answer.json()["me"]["rank"].is_u64(),
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let (ranked, board_times) =
        hammer_lanes(server.port, server.pid(), board, Some(&token), count / 10, 1).await;
    let line = format!(
        "CPU-µs a request: GET /api/rooms/{{code}} {stack:.1}, the same answer from a bare axum handler {least:.1}, so the stack costs {:.1} (wall {} against {}); \
         /api/auth/me {signed:.1}; /health/live {page:.1} | leaderboard page and own rank among 1M: {} ({ranked:.0} CPU-µs), {} MB resident",
        stack - least,
        times.line(),
        bare_times.line(),
        board_times.line(),
        server.rss_mb(),
    );
    report(
        "http",
        &line,
        json!({
            "stack_us": round(stack, 1), "bare_us": round(least, 1), "over_us": round(stack - least, 1), "me_us": round(signed, 1), "live_us": round(page, 1),
            "wall": times.json(), "bare_wall": bare_times.json(), "board": board_times.json(), "board_us": round(ranked, 0), "rss_1m_mb": server.rss_mb(),
        }),
    );
}

async fn hammer(port: u16, pid: u32, path: &str, token: Option<&str>, count: usize) -> (f64, Times) {
    // A first part warms up.
    hammer_lanes(port, pid, path, token, count / 4, 4).await;
    hammer_lanes(port, pid, path, token, count, 4).await
}

/// CPU-µs of the server a request, and the wall time of each.
async fn hammer_lanes(
    port: u16,
    pid: u32,
    path: &str,
    token: Option<&str>,
    count: usize,
    lanes: usize,
) -> (f64, Times) {
    let times = Times::default();
    let before = cpu_s(pid);
    join_all((0..lanes).map(|_| async {
        let mut http = Http::open(port).await.expect("connects");
        for _ in 0..count / lanes {
            let began = Instant::now();
            let answer = http.call("GET", path, token, None).await.expect("answer");
            assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
            times.record(began.elapsed());
        }
    }))
    .await;
    ((cpu_s(pid) - before) * 1e6 / (count / lanes * lanes) as f64, times)
}

/// What a browser fetches before the first page shows: the document, and the scripts and styles that it names.
pub(crate) async fn page(_: &Options) {
    let server = Server::start().await;
    let mut http = Http::open(server.port).await.expect("connects");
    let get = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html,*/*\r\naccept-encoding: br, gzip\r\n\r\n"
        )
    };
    // Without compression to read what it names, and again as a browser asks.
    let plain = "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\n\r\n";
    let document = http.raw(plain).await.expect("answer");
    let html = String::from_utf8_lossy(&document.body).into_owned();
    let mut paths = vec!["/".to_owned()];
    for part in html.split('"') {
        if part.starts_with('/') && (part.ends_with(".js") || part.ends_with(".css")) {
            paths.push(part.to_owned());
        }
    }
    let mut total = 0;
    for path in &paths {
        let answer = http.raw(&get(path)).await.expect("answer");
        assert_eq!(answer.status, 200, "{path}");
        total += answer.body.len();
    }
    let kb = round(total as f64 / 1024.0, 1);
    report(
        "page",
        &format!("first page {kb} KB compressed in {} files", paths.len()),
        json!({"kb": kb, "files": paths.len(), "built": paths.len() > 1}),
    );
}

/// This program again, as a bare axum server.
struct Bare {
    child: std::process::Child,
    port: u16,
}

impl Bare {
    fn start(body: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args(["bare", "--body", body])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("its port");
        Self { child, port: line.trim().parse().expect("a port") }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bare server itself: ends when it is killed, or after ten minutes.
pub(crate) fn bare(body: &str) {
    // Shared and only written: as cheap as a handler can be.
    let card: Arc<Value> = Arc::new(serde_json::from_str(body).expect("JSON"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
    runtime.block_on(async move {
        let handler = move |_: axum::extract::Path<String>| {
            let card = card.clone();
            async move { axum::Json(card) }
        };
        let app = axum::Router::new().route("/api/rooms/{code}", axum::routing::get(handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("address").port());
        let _ = tokio::time::timeout(Duration::from_mins(10), axum::serve(listener, app)).await;
    });
}
