//! What was acknowledged is still there: after a full disk, a damaged file, a lost file, a power cut, a kill at the
//! worst moment.

mod files;
mod finish;
mod full_disk;
mod power;
mod time;

use crate::support::client::{is, lock};
use crate::support::{Client, Server};
use serde_json::{Value, json};
use std::path::Path;

/// A copy of a database as a backup would have it: one file, its log included, nothing else.
fn copy_database(from: &Path, to: &Path) {
    let connection = read_only(from);
    connection.execute("VACUUM INTO ?1", [to.to_str().expect("UTF-8")]).expect("a copy");
}

fn read_only(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens")
}

/// Everybody locks in this round and sees its result.
async fn play_round(clients: &mut [Client], round: u64) {
    let at = |index: usize| (index as f64 * 7.0 - 20.0, index as f64 * 30.0 - 90.0);
    for (index, client) in clients.iter_mut().enumerate() {
        let (lat, lon) = at(index);
        client.must(lock(round, lat, lon)).await;
    }
    for client in clients.iter_mut() {
        client.wait(0, "the result", |e| is(e, "result") && e["event"]["result"]["round"] == round).await;
    }
}

/// The host goes on to the next round, and everybody sees it.
async fn next_round(clients: &mut [Client], round: u64) {
    clients[0].must(crate::support::client::act(json!({"do": "skip", "round": round - 1}))).await;
    for client in clients.iter_mut() {
        client.wait(0, "the round", |e| is(e, "round") && e["event"]["round"] == round).await;
    }
}

/// The findings of `snug check`, and whether it found nothing bad.
fn check(server: &Server) -> (bool, String) {
    let output = server.run(&["check"]);
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Chat lines in the order in which a client saw them.
fn lines(client: &Client) -> Vec<String> {
    let text = |event: &Value| event["line"]["text"].as_str().map(str::to_owned);
    client
        .events
        .iter()
        .filter(|(_, event)| event["type"] == "chat")
        .filter_map(|(_, event)| text(event))
        .collect()
}
