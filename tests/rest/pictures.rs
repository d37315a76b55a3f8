//! Pictures of rounds: one address per match and round, which tells nothing and opens when its round begins.

use crate::support::client::{act, is, lock, settings};
use crate::support::http::get;
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use snug::games::any::AnyDeck;
use snug::room::entry::{Entry, Input, decode};
use std::collections::BTreeSet;
use std::time::Duration;

/// The tokens of the running match's rounds, as only the server knows them.
async fn tokens(server: &Server) -> Vec<String> {
    let path = server.data_dir().join("snug.db");
    for _ in 0..100 {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = rusqlite::Connection::open_with_flags(&path, flags).expect("it opens");
        let mut inputs = database.prepare("SELECT data FROM room_inputs ORDER BY seq").expect("a query");
        let rows = inputs.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("rows");
        for row in rows {
            let entry: Entry = decode(&row.expect("a row")).expect("an entry");
            if let Input::Start { deck: AnyDeck::Atlas(deck), .. } = entry.input {
                return deck
                    .rounds
                    .iter()
                    .filter_map(|round| Some(round.picture.as_ref()?.token.clone()))
                    .collect();
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the start never came to the mirror");
}

/// Segments of a JPEG or chunks of a PNG that are there before the pixels.
fn parts(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if bytes.starts_with(b"\x89PNG") {
        let mut at = 8;
        while at + 8 <= bytes.len() {
            let length = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
            found.insert(String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned());
            at += 12 + length;
        }
    } else {
        let mut at = 2;
        while bytes[at] == 0xff && bytes[at + 1] != 0xda {
            found.insert(format!("{:02x}", bytes[at + 1]));
            at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        }
    }
    found
}

#[tokio::test]
async fn a_picture_opens_with_its_round_and_tells_nothing_but_what_is_seen() {
    let server = Server::start().await;
    let host = Guest::new(&server).await;
    let mut wanted = settings(8, None, "watch");
    wanted["game"]["kinds"] = json!(["silhouette", "flag", "orbit", "lights", "relief", "rivers", "stars"]);
    let code = host.room(&server, Some(wanted)).await;
    let mut client = Client::join(&server, host.clone(), &code).await;
    let mut watcher = Client::new(Guest::new(&server).await, &code, 3);
    watcher.watch = true;
    assert!(watcher.connect(&server).await);
    client.must(json!({"type": "start"})).await;
    let all = tokens(&server).await;
    assert_eq!(all.len(), 8);
    let other = Guest::new(&server).await.room(&server, None).await;
    let mut kinds = BTreeSet::new();
    for round in 1..=8_u64 {
        let began = |e: &Value| {
            round == 1 && e["type"] == "started" || is(e, "round") && e["event"]["round"] == round
        };
        let event = client.wait(0, "the round", began).await;
        watcher.wait(0, "the round", began).await;
        let told = if round == 1 { &event["match"]["view"]["picture"] } else { &event["event"]["picture"] };
        let token = &all[round as usize - 1];
        assert_eq!(told, token);
        assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");

        let picture = get(&server, &format!("/api/rooms/{code}/pictures/{token}")).await;
        assert_eq!((picture.status, picture.header("cache-control").as_str()), (200, "no-store"));
        assert_eq!(picture.body.len() % (64 << 10), 0, "the size tells nothing: {}", picture.body.len());
        for (name, _) in &picture.headers {
            let plain = ["content-type", "content-length", "cache-control", "date", "x-request-id"];
            let safe = [
                "content-security-policy",
                "x-content-type-options",
                "referrer-policy",
                "permissions-policy",
            ];
            let name = name.as_str();
            assert!(
                plain.contains(&name) || safe.contains(&name) || name.starts_with("cross-origin-"),
                "{name}"
            );
        }
        let image = image::load_from_memory(&picture.body).expect("a picture");
        assert_eq!((image.width(), image.height()), (800, 600));
        let allowed: BTreeSet<String> = if picture.header("content-type") == "image/png" {
            kinds.insert("png");
            ["IHDR", "IDAT", "IEND", "snUg"].map(str::to_owned).into()
        } else {
            assert_eq!(picture.header("content-type"), "image/jpeg");
            kinds.insert("jpeg");
            // JFIF, comment (padding), tables and frame; no EXIF (e1), no ICC (e2).
            ["e0", "fe", "db", "c0", "c4", "dd"].map(str::to_owned).into()
        };
        assert!(parts(&picture.body).is_subset(&allowed), "{:?}", parts(&picture.body));
        let again = get(&server, &format!("/api/rooms/{code}/pictures/{token}")).await;
        assert!(again.body == picture.body, "the same address, the same bytes");

        for later in &all[round as usize..] {
            let early = get(&server, &format!("/api/rooms/{code}/pictures/{later}")).await;
            assert_eq!(early.error(), (404, "no_such_picture".into()));
            for one in [&client, &watcher] {
                assert!(
                    one.raw.iter().all(|frame| !frame.to_string().contains(later.as_str())),
                    "a later address was sent"
                );
            }
        }
        for path in [
            format!("/api/rooms/{code}/pictures/{}", "0".repeat(32)),
            format!("/api/rooms/{other}/pictures/{token}"),
            format!("/api/rooms/{code}/pictures/x"),
        ] {
            assert_eq!(get(&server, &path).await.error(), (404, "no_such_picture".into()), "{path}");
        }
        client.must(lock(round, 1.0, 1.0)).await;
        if round < 8 {
            client.must(act(json!({"do": "skip", "round": round}))).await;
        }
    }
    assert_eq!(kinds.len(), 2, "drawings and photographs");
    let ended = client.wait(0, "the record", |event| event["type"] == "ended").await;
    let id = ended["match_id"].as_str().expect("an id");
    for token in &all {
        let picture = get(&server, &format!("/api/matches/{id}/pictures/{token}")).await;
        assert_eq!((picture.status, picture.body.len() % (64 << 10)), (200, 0));
    }
    let unknown = get(&server, &format!("/api/matches/{id}/pictures/{}", "0".repeat(32))).await;
    assert_eq!(unknown.error(), (404, "no_such_picture".into()));
}
