//! docs/protocol.md is tested against the types: every example in it must be a frame as the server reads or writes it.

use super::wire::{ClientFrame, ServerFrame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const TEXT: &str = include_str!("../../docs/protocol.md");

fn examples(whose: &str) -> Vec<&'static str> {
    let fence = format!("```json {whose}\n");
    TEXT.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The example reads as a frame, and that frame says all that the example says.
fn check<T: DeserializeOwned + Serialize>(example: &str) {
    let shown: Value = serde_json::from_str(example).expect(example);
    let frame: T = serde_json::from_value(shown.clone()).unwrap_or_else(|why| panic!("{example}: {why}"));
    let said = serde_json::to_value(&frame).expect("a frame is JSON");
    for (key, value) in shown.as_object().expect("an object") {
        assert!(covers(&said[key], value), "{example}: {key} is written as {}", said[key]);
    }
}

fn covers(said: &Value, shown: &Value) -> bool {
    match (said, shown) {
        (Value::Object(said), Value::Object(shown)) => {
            shown.iter().all(|(key, value)| said.get(key).is_some_and(|said| covers(said, value)))
        }
        (Value::Array(said), Value::Array(shown)) => {
            said.len() == shown.len() && said.iter().zip(shown).all(|(said, shown)| covers(said, shown))
        }
        _ => said == shown,
    }
}

#[test]
fn every_example_of_the_protocol_is_one() {
    let (client, server) = (examples("client"), examples("server"));
    assert!(client.len() >= 6 && server.len() >= 6, "the examples are found");
    for example in client {
        check::<ClientFrame>(example);
    }
    for example in server {
        check::<ServerFrame>(example);
    }
}

#[test]
fn every_command_is_documented() {
    let types = include_str!("../room/wire.rs");
    let commands = types
        .split("pub enum RoomCommand {")
        .nth(1)
        .and_then(|rest| rest.split("\n}\n").next())
        .expect("the enum");
    let mut count = 0;
    for line in commands.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")) {
        let name: String = line.trim().chars().take_while(char::is_ascii_alphanumeric).collect();
        if name.is_empty() {
            continue;
        }
        let snake = name.chars().enumerate().fold(String::new(), |mut text, (at, c)| {
            if at > 0 && c.is_ascii_uppercase() {
                text.push('_');
            }
            text.push(c.to_ascii_lowercase());
            text
        });
        assert!(TEXT.contains(&format!("`{snake}")), "docs/protocol.md does not name `{snake}`");
        count += 1;
    }
    assert!(count >= 15, "only {count} commands found");
}
