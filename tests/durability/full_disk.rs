//! The disk runs full in the middle of a match, and is freed again. Nothing is restarted.

use super::lines;
use crate::support::client::{is, lock, pin, settings};
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Large enough to count as healthy, small enough to be filled at once.
const DISK: u64 = 640 << 20;

/// Takes all the space that is left.
fn fill(dir: &Path) -> PathBuf {
    let path = dir.join("filler");
    let mut file = File::create(&path).expect("a filler");
    let block = vec![7_u8; 1 << 20];
    // Ends with smaller and smaller pieces, so that not a page is left.
    for size in [1 << 20, 4 << 10, 512] {
        while file.write_all(&block[..size]).is_ok() {}
    }
    path
}

async fn health(server: &Server) -> (u16, Value) {
    let answer = reqwest::get(server.url("/health")).await.expect("it answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// What was said, as its sender was answered.
#[derive(Default)]
struct Said {
    kept: Vec<String>,
    refused: Vec<String>,
}

impl Said {
    /// Says it; whether it was kept. If not, the answer is typed and says what to do.
    async fn say(&mut self, by: &mut Client, text: &str) -> bool {
        let reply = by.ask(json!({"type": "chat", "text": text})).await;
        let Some(code) = reply["error"]["code"].as_str() else {
            self.kept.push(text.to_owned());
            return true;
        };
        assert_eq!(code, "not_saved", "{reply}");
        assert!(reply["error"]["message"].as_str().is_some_and(|text| text.len() > 20), "{reply}");
        self.refused.push(text.to_owned());
        false
    }
}

/// Three players in a match without a time limit.
async fn in_a_match(server: &Server) -> Vec<Client> {
    let host = Guest::new(server).await;
    let code = host.room(server, Some(settings(2, None, "watch"))).await;
    let mut clients = vec![Client::join(server, host, &code).await];
    for _ in 0..2 {
        clients.push(Client::join(server, Guest::new(server).await, &code).await);
    }
    clients[0].must(json!({"type": "start"})).await;
    for client in &mut clients {
        client.wait(0, "the start", |event| event["type"] == "started").await;
    }
    clients
}

/// What needs the database is refused in the same way, what only reads goes on, and the health tells.
async fn everything_else_is_honest(server: &Server, guest: &Guest) {
    let mut made = 0;
    for _ in 0..20 {
        let answer = crate::support::http::ask(server, "POST", "/api/auth/guest", &[], "").await;
        match answer.status {
            201 => made += 1,
            _ => assert_eq!(answer.error(), (503, "not_saved".into())),
        }
    }
    assert!(made < 20, "guests were kept on a full disk");
    assert_eq!(guest.get(server, "/api/matches").await.0, 200);
    let mut seen = Value::Null;
    for _ in 0..50 {
        seen = health(server).await.1;
        if seen["checks"]["disk"]["status"] == "error" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(seen["checks"]["disk"]["error"].as_str().is_some_and(|why| why.contains("free")), "{seen}");
    assert_ne!(seen["status"], "ok", "{seen}");
    assert_eq!(reqwest::get(server.url("/health/live")).await.expect("an answer").status(), 200);
}

/// Says something until it is kept; everybody is there again by then.
async fn until_healed(server: &Server, clients: &mut [Client], said: &mut Said) {
    for n in 0..300 {
        for client in clients.iter_mut() {
            if !client.connected() {
                client.connect(server).await;
            }
        }
        if clients.iter().all(Client::connected) && said.say(&mut clients[0], &format!("healed {n}")).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing can be saved although there is space\n{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_it_cannot_keep_and_its_end_heals_everything() {
    let chatty = [("SNUG_LIMITS_CHATS_PER_MINUTE", "60000"), ("SNUG_LIMITS_CHATS_BURST", "5000")];
    let server = Server::on_small_disk(DISK, &chatty).await;
    let mut clients = in_a_match(&server).await;
    clients[1].must(pin(1, 12.5, 34.5)).await;
    assert_eq!(health(&server).await.1["status"], "ok");

    let filler = fill(&server.seen_by_server(&server.data_dir()));
    // The journal's file has some room inside; when that is used up, nothing can be kept any more.
    let mut said = Said::default();
    for n in 0..3_000 {
        let text = format!("{n} {}", "full ".repeat(50));
        said.say(&mut clients[n % 3], text.trim()).await;
        if said.refused.len() >= 12 {
            break;
        }
    }
    assert!(said.refused.len() >= 12, "the disk never ran full: {} lines were kept", said.kept.len());
    everything_else_is_honest(&server, &clients[0].guest).await;

    std::fs::remove_file(filler).expect("space again");
    until_healed(&server, &mut clients, &mut said).await;
    let last = said.kept.last().expect("the one that was kept").clone();
    for client in &mut clients {
        client.wait(0, "the first line that was saved", |e| e["line"]["text"] == last.as_str()).await;
        assert_eq!(
            lines(client),
            said.kept,
            "everyone sees what was acknowledged, once, in order, and no other"
        );
        assert_eq!((client.gaps, client.fresh_views), (0, 0));
    }

    // The match goes on; the pin from before counts.
    clients[0].must(lock(1, 0.0, 0.0)).await;
    clients[2].must(lock(1, 5.0, 5.0)).await;
    clients[1].must(crate::support::client::act(json!({"do": "lock", "round": 1}))).await;
    let result = clients[0].wait(0, "the result", |e| is(e, "result")).await;
    let seats = result["event"]["result"]["seats"].as_array().expect("seats").clone();
    let ben = seats.iter().find(|line| line["seat"] == 1).expect("a line");
    assert_eq!((ben["at"]["lat"].as_f64(), ben["at"]["lon"].as_f64()), (Some(12.5), Some(34.5)));
    super::next_round(&mut clients, 2).await;
    super::play_round(&mut clients, 2).await;
    let ended = clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
    let path = format!("/api/matches/{}", ended["match_id"].as_str().expect("an id"));
    assert_eq!(clients[2].guest.get(&server, &path).await.0, 200);
    let mut well = health(&server).await;
    for _ in 0..50 {
        if well.1["status"] == "ok" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        well = health(&server).await;
    }
    let (status, body) = well;
    assert_eq!((status, body["status"].as_str()), (200, Some("ok")), "{body}");
}

#[tokio::test]
async fn a_disk_too_small_to_begin_with_is_told_so_and_is_no_damage() {
    // From hardly a page to almost enough: whatever step of the start it is that fails.
    for kib in [4, 16, 32, 64, 100, 160] {
        let mut server = Server::with_disk(kib << 10, &[]);
        let (status, said) = server.refuse().await;
        assert_eq!(status.code(), Some(1), "{kib} KiB: {said}");
        assert!(!said.contains("panicked") && !said.contains("damaged"), "{kib} KiB: {said}");
        assert!(said.contains("space") && said.contains("snug:"), "{kib} KiB: {said}");
    }
}
