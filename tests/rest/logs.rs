//! Logs tell what happened and nothing that lets somebody in or gives a round away.

use crate::support::client::{act, is, lock, pin, settings};
use crate::support::http::{ask, json};
use crate::support::{Client, Guest, Server};
use serde_json::json;
use std::collections::BTreeSet;

/// `word` stands in `text`, not as a part of another word.
fn stands(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        !letter(text[..at].chars().next_back()) && !letter(text[at + word.len()..].chars().next())
    })
}

#[tokio::test]
async fn a_whole_evening_leaves_no_secret_in_the_log() {
    let server = Server::with(&[("SNUG_LOG_LEVEL", "trace")]).await;
    let browser = ask(&server, "POST", "/api/auth/guest", &[], "").await;
    let (cookie, _) = browser.cookie().expect("a cookie");
    let sent = format!("snug_session={cookie}");
    let headers = [("cookie", sent.as_str()), ("sec-fetch-site", "same-origin")];
    let made = json(&server, "POST", "/api/rooms", &headers, &json!({})).await.json();
    let mut secrets: BTreeSet<String> =
        [cookie.clone(), made["code"].as_str().expect("a code").to_owned()].into();

    let host = Guest::new(&server).await;
    let guest = Guest::new(&server).await;
    let mut wanted = settings(4, Some(60), "watch");
    wanted["game"]["kinds"] = json!(["city", "orbit", "flag", "silhouette"]);
    let code = host.room(&server, Some(wanted)).await;
    secrets.extend([host.token.clone(), guest.token.clone(), code.clone()]);
    let mut ada = Client::join(&server, host.clone(), &code).await;
    let mut ben = Client::join(&server, guest.clone(), &code).await;
    ada.must(json!({"type": "start"})).await;
    for round in 1..=4_u64 {
        ben.wait(0, "the round", |e| {
            round == 1 && e["type"] == "started" || is(e, "round") && e["event"]["round"] == round
        })
        .await;
        ben.must(pin(round, 12.345_67, 76.543_21)).await;
        let _ = guest.get(&server, &format!("/api/rooms/{code}/places?q=Zuckerhut")).await;
        let picture = ada.look().await["match"]["view"]["picture"].clone();
        if let Some(token) = picture.as_str() {
            assert_eq!(
                ask(&server, "GET", &format!("/api/rooms/{code}/pictures/{token}"), &[], "").await.status,
                200
            );
            secrets.insert(token.to_owned());
        }
        ada.must(lock(round, 23.456_78, 65.432_19)).await;
        ben.must(lock(round, -34.567_89, -54.321_98)).await;
        ben.wait(0, "the result", |e| is(e, "result") && e["event"]["result"]["round"] == round).await;
        if round < 4 {
            ada.must(act(json!({"do": "skip", "round": round}))).await;
        }
    }
    ada.must(json!({"type": "chat", "text": "between-us-only"})).await;
    ada.send_raw(format!("{{\"t\": \"hello\", \"token\": \"{}\"", host.token)).await;
    ada.send_raw(
        json!({"t": "cmd", "id": 9_999, "cmd": {"type": "act", "action": {"secret": "12.34567"}}})
            .to_string(),
    )
    .await;
    let ended = ada.wait(0, "the record", |event| event["type"] == "ended").await;
    let id = ended["match_id"].as_str().expect("an id");
    let (_, record) = host.get(&server, &format!("/api/matches/{id}")).await;
    let (_, replay) = host.get(&server, &format!("/api/matches/{id}/replay")).await;
    let (_, moved) = guest.post(&server, "/api/auth/transfer", json!({})).await;
    let code_to_move = moved["code"].as_str().expect("a code").to_owned();
    let claimed =
        json(&server, "POST", "/api/auth/transfer/claim", &[], &json!({"code": code_to_move})).await;
    secrets.extend([code_to_move, claimed.cookie().expect("a cookie").0]);
    let mut lost =
        Client::new(Guest { token: "n0t-a-token-of-anybody-0000000000000000000".into(), ..guest }, &code, 5);
    assert!(!lost.connect(&server).await);
    secrets.insert(lost.guest.token.clone());
    secrets.insert(replay["seed"].as_str().expect("a seed").to_owned());
    secrets.extend(
        ["between-us-only", "Zuckerhut", "12.345", "76.543", "23.456", "65.432", "34.567", "54.321"]
            .map(str::to_owned),
    );
    let mut answers = BTreeSet::new();
    for result in record["results"].as_array().expect("results") {
        let answer = &result["answer"];
        answers.extend(["name", "country_name"].map(|key| answer[key].as_str().expect("a name").to_owned()));
        secrets.extend(
            ["lat", "lon"].map(|key| answer["point"][key].to_string()).into_iter().filter(|n| n.len() > 5),
        );
    }

    let log = server.log();
    assert!(log.lines().filter(|line| line.contains("\"request\"")).count() > 10, "there is a log:\n{log}");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "the log holds {secret}");
    }
    for answer in &answers {
        assert!(!stands(&log, answer), "the log holds the answer {answer}");
    }
    // Every line is JSON, for programs.
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}
