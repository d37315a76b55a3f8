//! The disk runs full in the middle of a match, and is freed again. Nothing is restarted.

use super::lines;
use crate::support::client::{lock, pin, settings};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_it_cannot_keep_and_its_end_heals_everything() {
    let chatty = [("SNUG_LIMITS_CHATS_PER_MINUTE", "60000"), ("SNUG_LIMITS_CHATS_BURST", "5000")];
    let server = Server::on_small_disk(DISK, &chatty).await;
    let mut clients = Vec::new();
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(2, None, "watch"))).await;
    clients.push(Client::join(&server, host, &code).await);
    for _ in 0..2 {
        clients.push(Client::join(&server, Guest::new(&server).await, &code).await);
    }
    clients[0].must(json!({"type": "start"})).await;
    for client in &mut clients {
        client.wait(0, "the start", |event| event["type"] == "started").await;
    }
    clients[1].must(pin(1, 12.5, 34.5)).await;

    assert_eq!(health(&server).await.1["status"], "ok");
    let filler = fill(&server.seen_by_server(&server.data_dir()));
    // The journal's file has some room inside; when that is used up, nothing can be kept any more.
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for n in 0..3_000 {
        let text = format!("{n} {}", "full ".repeat(50));
        let by = &mut clients[n % 3];
        let reply = by.ask(json!({"type": "chat", "text": text.trim()})).await;
        match reply["error"]["code"].as_str() {
            None => kept.push(text.trim().to_owned()),
            Some(code) => {
                assert_eq!(code, "not_saved", "{reply}");
                assert!(reply["error"]["message"].as_str().is_some_and(|text| text.len() > 20), "{reply}");
                refused.push(text.trim().to_owned());
            }
        }
        if refused.len() >= 12 {
            break;
        }
    }
    assert!(refused.len() >= 12, "the disk never ran full: {} lines were kept", kept.len());
    let code = clients[2].refused(lock(1, 1.0, 1.0)).await;
    assert_eq!(code, "not_saved");

    // What needs the database is refused in the same way, and what only reads goes on.
    let mut made = 0;
    for _ in 0..20 {
        let answer =
            reqwest::Client::new().post(server.url("/api/auth/guest")).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.expect("JSON");
        match status {
            201 => made += 1,
            _ => assert_eq!((status, body["code"].as_str()), (503, Some("not_saved")), "{body}"),
        }
    }
    assert!(made < 20, "guests were kept on a full disk");
    let (status, body) = clients[0].guest.get(&server, "/api/auth/me").await;
    assert_eq!(status, 200, "{body}");
    let mut seen = Value::Null;
    for _ in 0..50 {
        seen = health(&server).await.1;
        if seen["checks"]["disk"]["status"] == "error" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(seen["checks"]["disk"]["error"].as_str().is_some_and(|why| why.contains("free")), "{seen}");
    assert_ne!(seen["status"], "ok", "{seen}");
    assert_eq!(reqwest::get(server.url("/health/live")).await.expect("an answer").status(), 200);

    std::fs::remove_file(filler).expect("space again");
    let mut saved = None;
    for n in 0..300 {
        for client in &mut clients {
            if !client.connected() {
                client.connect(&server).await;
            }
        }
        if clients[0].connected() {
            let text = format!("healed {n}");
            let reply = clients[0].ask(json!({"type": "chat", "text": text})).await;
            if reply["error"].is_null() {
                kept.push(text);
                saved = Some(n);
                break;
            }
            refused.push(text);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(saved.is_some(), "nothing can be saved although there is space\n{}", server.log());
    for client in &mut clients {
        if !client.connected() {
            assert!(client.connect(&server).await, "back in the seat");
        }
        client
            .wait(0, "the first line that was saved", |e| {
                e["line"]["text"] == kept.last().expect("one").as_str()
            })
            .await;
    }
    for client in &clients {
        let seen = lines(client);
        let ours: Vec<&String> = seen.iter().collect();
        assert_eq!(
            ours,
            kept.iter().collect::<Vec<_>>(),
            "everyone sees what was acknowledged, once and in order"
        );
        assert!(!seen.iter().any(|line| refused.contains(line)), "a refused line was shown");
        assert_eq!((client.gaps, client.fresh_views), (0, 0));
    }
    // The match goes on; the pin from before counts.
    for round in 1..=2 {
        clients[0].must(lock(round, 0.0, 0.0)).await;
        clients[2].must(lock(round, 5.0, 5.0)).await;
        let locking = if round == 1 {
            json!({"do": "lock", "round": 1})
        } else {
            json!({"do": "lock", "round": 2, "at": {"lat": 1.0, "lon": 2.0}})
        };
        clients[1].must(crate::support::client::act(locking)).await;
        let result = clients[0]
            .wait(0, "the result", |e| e["event"]["is"] == "result" && e["event"]["result"]["round"] == round)
            .await;
        if round == 1 {
            let seats = result["event"]["result"]["seats"].as_array().expect("seats").clone();
            let ben = seats.iter().find(|line| line["seat"] == 1).expect("a line");
            assert_eq!((ben["at"]["lat"].as_f64(), ben["at"]["lon"].as_f64()), (Some(12.5), Some(34.5)));
            super::next_round(&mut clients, 2).await;
        }
    }
    let ended = clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
    let (status, _) = clients[2]
        .guest
        .get(&server, &format!("/api/matches/{}", ended["match_id"].as_str().expect("an id")))
        .await;
    assert_eq!(status, 200);
    let mut well = (0, Value::Null);
    for _ in 0..50 {
        well = health(&server).await;
        if well.1["status"] == "ok" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (status, body) = well;
    assert_eq!((status, body["status"].as_str()), (200, Some("ok")), "{body}");
    assert_eq!(
        (&body["checks"]["live"]["status"], &body["checks"]["store"]["status"]),
        (&json!("ok"), &json!("ok"))
    );
}
