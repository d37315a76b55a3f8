//! Damaged, lost, foreign and restored files in the data directory.

use super::{check, copy_database, lines, play_round, read_only};
use crate::support::client::{is, lock, pin, settings};
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use snug::room::entry::decode;
use snug::room::record::MatchLog;
use std::path::Path;
use std::time::Duration;

/// A server that was played on and stopped in good order: a finished match and one in play.
async fn played() -> Server {
    let mut server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, Some(settings(1, None, "watch"))).await;
    let mut clients = vec![Client::join(&server, guest, &code).await];
    clients[0].must(json!({"type": "start"})).await;
    play_round(&mut clients, 1).await;
    clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
    clients[0].must(json!({"type": "again"})).await;
    clients[0].must(json!({"type": "start"})).await;
    // So much that the database has more than its first pages.
    for n in 0..40 {
        let guest = Guest::new(&server).await;
        let (status, _) = guest
            .call(&server, reqwest::Method::PATCH, "/api/auth/me", Some(json!({"name": format!("P {n}")})))
            .await;
        assert_eq!(status, 200);
    }
    assert!(server.terminate().await.success());
    server
}

fn copy_dir(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

type Damage = fn(&mut Vec<u8>);

#[tokio::test]
async fn a_damaged_database_is_refused_with_advice_and_never_overwritten() {
    let healthy = played().await;
    let damages: [(&str, Damage); 6] = [
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("cut within the first page", |bytes| bytes.truncate(1_000)),
        ("bytes flipped in the header", |bytes| bytes[..64].iter_mut().for_each(|byte| *byte ^= 0xff)),
        ("bytes flipped in every page", |bytes| {
            bytes[4_096..]
                .chunks_mut(4_096)
                .for_each(|page| page[..16].iter_mut().for_each(|byte| *byte ^= 0xff));
        }),
        ("all zeros", |bytes| bytes.fill(0)),
        ("emptied", Vec::clear),
    ];
    for (name, damage) in damages {
        let mut server = Server::prepared(&[], |dir| copy_dir(&healthy.data_dir(), dir));
        let path = server.data_dir().join("snug.db");
        let mut bytes = std::fs::read(&path).expect("a database");
        assert!(bytes.len() > 40 << 10);
        damage(&mut bytes);
        std::fs::write(&path, &bytes).expect("written");
        let journal = std::fs::read(server.data_dir().join("live.redb")).expect("a journal");

        let (sound, findings) = check(&server);
        assert!(!sound, "{name}: {findings}");
        let finding = findings.lines().find(|line| line.starts_with("FAIL")).expect("a finding").to_owned();
        assert!(finding.contains("database") && finding.len() > 60, "{name}: {finding}");

        let (status, said) = server.refuse().await;
        assert_eq!(status.code(), Some(1), "{name}: {said}");
        assert!(
            said.contains("snug.db") && said.contains("backup"),
            "{name} does not say what to do: {said}"
        );
        assert!(!said.contains("panicked"), "{name}: {said}");
        assert!(std::fs::read(&path).expect("still there") == bytes, "{name}: the database was written to");
        assert!(
            std::fs::read(server.data_dir().join("live.redb")).expect("still there") == journal,
            "{name}: the journal was written to"
        );
    }
}

#[tokio::test]
async fn a_lost_database_beside_a_journal_is_not_silently_replaced() {
    let healthy = played().await;
    let mut server = Server::prepared(&[], |dir| copy_dir(&healthy.data_dir(), dir));
    std::fs::remove_file(server.data_dir().join("snug.db")).expect("removed");
    let (status, said) = server.refuse().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("snug.db") && said.contains("live.redb"), "{said}");
    assert!(!server.data_dir().join("snug.db").exists());
    // Both gone is a new server.
    std::fs::remove_file(server.data_dir().join("live.redb")).expect("removed");
    server.restart().await;
}

/// Three players in a match: what each did is known.
struct Table {
    server: Server,
    clients: Vec<Client>,
    code: String,
}

async fn table() -> Table {
    let server = Server::start().await;
    let host = Guest::named(&server, Some("Ada")).await;
    let code = host.room(&server, Some(settings(3, None, "watch"))).await;
    let mut clients = vec![Client::join(&server, host, &code).await];
    for name in ["Ben", "Cleo"] {
        clients.push(Client::join(&server, Guest::named(&server, Some(name)).await, &code).await);
    }
    clients[0].must(json!({"type": "start"})).await;
    for client in &mut clients {
        client.wait(0, "the start", |event| event["type"] == "started").await;
    }
    play_round(&mut clients, 1).await;
    super::next_round(&mut clients, 2).await;
    clients[1].must(json!({"type": "chat", "text": "kept"})).await;
    clients[0].must(lock(2, 7.0, 8.0)).await;
    clients[2].must(pin(2, 45.25, -3.5)).await;
    // The mirror is written about once a second.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    Table { server, clients, code }
}

/// Everybody is back in the same seat of the same match, with all that was acknowledged.
async fn all_is_back(clients: &mut [Client], server: &Server, code: &str) {
    for (seat, client) in clients.iter_mut().enumerate() {
        let before = client.since.expect("a place");
        client.cut();
        assert!(client.connect(server).await, "back in the room: {:?}", client.refused);
        assert_eq!(client.fresh_views, 1, "versions of another life are not compared with ours");
        assert_ne!(client.since.expect("a place").0, before.0, "a new epoch");
        let view = client.look().await;
        assert_eq!(view["code"], code);
        let me =
            view["members"].as_array().expect("members").iter().find(|m| m["id"] == view["you"]).expect("me");
        assert_eq!(
            (me["seat"].as_u64(), me["user"].as_str()),
            (Some(seat as u64), Some(client.guest.id.as_str()))
        );
        let play = &view["match"]["view"];
        assert_eq!((play["round"].as_u64(), play["phase"].as_str()), (Some(2), Some("round")));
        assert_eq!(play["results"].as_array().expect("results").len(), 1);
        assert_eq!(play["seats"][0]["locked"], true);
        assert!(view["chat"].as_array().expect("chat").iter().any(|line| line["text"] == "kept"));
        if seat == 2 {
            assert_eq!((play["pin"]["lat"].as_f64(), play["pin"]["lon"].as_f64()), (Some(45.25), Some(-3.5)));
        }
        client.events.clear();
    }
    // And it goes on to its end.
    clients[1].must(lock(2, 1.0, 1.0)).await;
    clients[2].must(lock(2, 2.0, 2.0)).await;
    for client in clients.iter_mut() {
        client.wait(0, "the result", |e| is(e, "result")).await;
    }
    super::next_round(clients, 3).await;
    play_round(clients, 3).await;
    let ended = clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
    let path = format!("/api/matches/{}", ended["match_id"].as_str().expect("an id"));
    let (status, record) = clients[1].guest.get(server, &path).await;
    assert_eq!((status, record["results"].as_array().map(Vec::len)), (200, Some(3)));
}

#[tokio::test]
async fn a_damaged_journal_is_set_aside_and_play_goes_on_from_the_database() {
    let damages: [(&str, Damage); 3] = [
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("flipped throughout", |bytes| bytes.chunks_mut(512).for_each(|chunk| chunk[100] ^= 0xff)),
        ("overwritten", |bytes| bytes.fill(0xa5)),
    ];
    for (name, damage) in damages {
        let Table { mut server, mut clients, code } = table().await;
        server.kill();
        let path = server.data_dir().join("live.redb");
        let mut bytes = std::fs::read(&path).expect("a journal");
        damage(&mut bytes);
        std::fs::write(&path, &bytes).expect("written");
        let (sound, findings) = check(&server);
        assert!(!sound && findings.contains("FAIL  journal"), "{name}: {findings}");
        assert!(std::fs::read(&path).expect("still there") == bytes, "{name}: check changed the journal");
        server.restart().await;
        let aside: Vec<_> = std::fs::read_dir(server.data_dir())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.to_string_lossy().contains("live.redb.damaged-"))
            .collect();
        assert_eq!(aside.len(), 1, "{name}: {aside:?}");
        assert!(
            aside[0].metadata().expect("readable").len() > 0,
            "{name}: nothing is left of the damaged file"
        );
        let file = aside[0].file_name().expect("a name").to_string_lossy().into_owned();
        assert!(server.log().contains(&file), "{name}: the log does not name {file}");
        all_is_back(&mut clients, &server, &code).await;
    }
}

#[tokio::test]
async fn the_database_alone_brings_rooms_in_play_back() {
    let Table { server: mut old, mut clients, code } = table().await;
    old.kill();
    let mut new = Server::prepared(&[], |dir| {
        copy_database(&old.data_dir().join("snug.db"), &dir.join("snug.db"));
    });
    new.restart().await;
    all_is_back(&mut clients, &new, &code).await;
    // Nothing of the restored room is in the way of the next crash.
    new.kill();
    new.restart().await;
    let (status, card) = clients[0].guest.get(&new, &format!("/api/rooms/{code}")).await;
    assert_eq!((status, card["members"].as_u64()), (200, Some(3)));
}

#[tokio::test]
async fn a_lobby_and_what_was_said_survive_the_loss_of_the_journal_after_a_match() {
    let mut server = Server::start().await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(1, None, "watch"))).await;
    let mut clients = vec![Client::join(&server, host, &code).await];
    clients[0].must(json!({"type": "start"})).await;
    play_round(&mut clients, 1).await;
    clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
    clients[0].must(json!({"type": "again"})).await;
    clients[0].must(json!({"type": "chat", "text": "once more?"})).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    server.kill();
    std::fs::remove_file(server.data_dir().join("live.redb")).expect("removed");
    server.restart().await;
    assert!(clients[0].connect(&server).await, "{:?}", clients[0].refused);
    let view = clients[0].look().await;
    assert!(view["chat"].as_array().expect("chat").iter().any(|line| line["text"] == "once more?"));
    assert_eq!(lines(&clients[0]), ["once more?"]);
    let (_, history) = clients[0].guest.get(&server, "/api/matches").await;
    assert_eq!(history["matches"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_older_binary_refuses_a_newer_schema_and_names_the_copy() {
    let healthy = played().await;
    let mut server = Server::prepared(&[], |dir| copy_dir(&healthy.data_dir(), dir));
    let path = server.data_dir().join("snug.db");
    // As an upgrade by a newer binary leaves it: a copy first, then another line in the table of versions.
    copy_database(&path, &server.data_dir().join("snug.db.before-2"));
    let newer = rusqlite::Connection::open(&path).expect("it opens");
    newer
        .execute(
            "INSERT INTO schema_version (version, name, checksum, applied_at) VALUES (2, 'x', 'x', 1)",
            [],
        )
        .expect("a line");
    drop(newer);
    let (sound, findings) = check(&server);
    assert!(!sound && findings.contains("snug.db.before-2"), "{findings}");
    let (status, said) = server.refuse().await;
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("snug.db.before-2") && said.contains("version 2"), "{said}");
    // The copy, put in place as advised, starts.
    std::fs::rename(server.data_dir().join("snug.db.before-2"), &path).expect("in place");
    for log in ["snug.db-wal", "snug.db-shm"] {
        let _ = std::fs::remove_file(server.data_dir().join(log));
    }
    server.restart().await;
}

#[tokio::test]
async fn one_server_a_data_directory_and_check_works_beside_it() {
    let mut server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    let mut client = Client::join(&server, guest, &code).await;
    let second = server.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another Snug uses the data directory"), "{said}");
    let (sound, findings) = check(&server);
    assert!(sound && findings.contains("journal: in use by a running server"), "{findings}");
    client.must(json!({"type": "chat", "text": "undisturbed"})).await;
    server.kill();
    let (sound, findings) = check(&server);
    assert!(sound && findings.contains("1 open rooms"), "{findings}");
    assert_eq!(findings, check(&server).1, "looking changes nothing");
    server.restart().await;
    assert!(client.connect(&server).await);
    assert_eq!((client.fresh_views, client.gaps), (0, 0));
}

#[tokio::test]
async fn recorded_matches_replay_to_what_was_recorded() {
    let mut server = Server::with(&[("SNUG_LIMITS_ROOMS_BURST", "100")]).await;
    let mut ids = Vec::new();
    for n in 0_u64..4 {
        let host = Guest::new(&server).await;
        let mut wanted = settings(3, Some(60), "next_round");
        wanted["game"]["kinds"] = json!(["city", "flag", "silhouette", "orbit", "stars", "relief"]);
        wanted["game"]["time_bonus"] = json!(n % 2 == 0);
        wanted["game"]["difficulty"] = json!(["easy", "normal", "hard", "normal"][n as usize]);
        let code = host.room(&server, Some(wanted)).await;
        let mut clients = vec![Client::join(&server, host, &code).await];
        for _ in 0..2 {
            clients.push(Client::join(&server, Guest::new(&server).await, &code).await);
        }
        clients[0].must(json!({"type": "start"})).await;
        for round in 1..=3 {
            if round > 1 {
                super::next_round(&mut clients, round).await;
            }
            clients[1].must(pin(round, 10.0 * round as f64, -20.0)).await;
            if round == 2 {
                // A connection lost, a pause and a talk in between: all of it is in the log.
                clients[2].cut();
                clients[0].must(json!({"type": "pause"})).await;
                clients[1].must(json!({"type": "chat", "text": "wait for her"})).await;
                clients[0].must(json!({"type": "resume"})).await;
                assert!(clients[2].connect(&server).await);
            }
            play_round(&mut clients, round).await;
        }
        let ended = clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
        ids.push(ended["match_id"].as_str().expect("an id").to_owned());
    }
    assert!(server.terminate().await.success());
    let database = read_only(&server.data_dir().join("snug.db"));
    for id in ids {
        let (inputs, results, hashes): (Vec<u8>, String, String) = database
            .query_row("SELECT inputs, results, hashes FROM matches WHERE id = ?1", [&id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .expect("the match");
        let log: MatchLog = decode(&inputs).expect("a log");
        let rebuilt = log.replay().expect("it replays");
        assert!(!rebuilt.state.broken, "{id}: an input was refused or a hash differs");
        let play = rebuilt.state.play.expect("the match");
        assert_eq!((play.id.as_str(), play.over()), (id.as_str(), true));
        let view = serde_json::to_value(play.game.view(snug::games::Viewer::Spectator)).expect("JSON");
        let results: Value = serde_json::from_str(&results).expect("JSON");
        assert_eq!(view["results"], results, "{id}");
        assert_eq!(results.as_array().map(Vec::len), Some(3));
        let (actions, proofs) = log.actions().expect("readable");
        assert!(actions.len() >= 3 * 3 + 2, "{id}: {} actions", actions.len());
        let recorded: Value = serde_json::from_str(&hashes).expect("JSON");
        assert_eq!(serde_json::to_value(&proofs).expect("JSON"), recorded);
        let last = proofs.last().expect("a hash at the end");
        assert_eq!(last.hash, format!("{:016x}", play.game.hash()), "{id}: the last hash is that of the end");
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_used_is_named() {
    let mut server = Server::prepared(&[], |dir| {
        std::fs::remove_dir(dir).expect("empty");
        std::fs::write(dir, "a file").expect("written");
    });
    let (status, said) = server.refuse().await;
    assert_eq!(status.code(), Some(1));
    let dir = server.data_dir().display().to_string();
    assert!(said.contains(&dir) && said.contains("data_dir"), "{said}");
    let (sound, findings) = check(&server);
    assert!(!sound && findings.contains(&dir), "{findings}");
    assert_eq!(std::fs::read(server.data_dir()).expect("still a file"), b"a file");
}
