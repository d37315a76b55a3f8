//! Match time stands still while the server is down, and pauses outlive it.

use crate::support::client::{is, lock, settings};
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use std::time::Duration;

/// Milliseconds that are left of the running round, as the newest frame with a clock says.
fn left(client: &Client, view: &Value) -> i64 {
    let clock = client.raw.iter().rev().find_map(|frame| frame["clock"]["now"].as_i64()).expect("a clock");
    view["match"]["view"]["deadline"].as_i64().expect("a deadline") - clock
}

#[tokio::test]
async fn a_round_does_not_run_out_while_the_server_is_down() {
    let mut server = Server::start().await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(2, Some(10), "watch"))).await;
    let mut ada = Client::join(&server, host, &code).await;
    ada.must(json!({"type": "start"})).await;
    ada.wait(0, "the start", |event| event["type"] == "started").await;
    ada.settle(Duration::from_secs(2)).await;
    server.kill();
    // Longer than the whole round.
    tokio::time::sleep(Duration::from_secs(12)).await;
    server.restart().await;
    assert!(ada.connect(&server).await);
    let view = ada.look().await;
    assert_eq!(
        (&view["match"]["view"]["phase"], &view["match"]["view"]["round"]),
        (&json!("round"), &json!(1))
    );
    let remains = left(&ada, &view);
    assert!(
        (8_000..=11_500).contains(&remains),
        "at least ten seconds to act from the start on: {remains} ms"
    );
    ada.must(lock(1, 1.0, 1.0)).await;
    let result = ada.wait(0, "the result", |event| is(event, "result")).await;
    assert!(result["event"]["result"]["seats"][0]["at"].is_object());
}

#[tokio::test]
async fn a_pause_outlives_a_crash_and_a_deadline_passes_by_itself() {
    let mut server = Server::with(&[("SNUG_ROOMS_RESTART_GRACE_S", "0")]).await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(1, Some(10), "watch"))).await;
    let mut ada = Client::join(&server, host, &code).await;
    ada.must(json!({"type": "start"})).await;
    ada.must(crate::support::client::pin(1, 5.0, 6.0)).await;
    ada.must(json!({"type": "pause"})).await;
    server.kill();
    server.restart().await;
    assert!(ada.connect(&server).await);
    let view = ada.look().await;
    assert_eq!(view["match"]["paused"], true);
    let before = left(&ada, &view);
    ada.settle(Duration::from_secs(2)).await;
    let view = ada.look().await;
    let after = left(&ada, &view);
    assert_eq!(before, after, "time stands still");
    assert_eq!(ada.refused(lock(1, 1.0, 1.0)).await, "paused");
    ada.must(json!({"type": "resume"})).await;
    // Nobody locks: the last pin counts when the time is over.
    let result = ada.wait(0, "the result", |event| is(event, "result")).await;
    assert_eq!(result["event"]["result"]["seats"][0]["at"], json!({"lat": 5.0, "lon": 6.0}));
    ada.wait(0, "the record", |event| event["type"] == "ended").await;
}
