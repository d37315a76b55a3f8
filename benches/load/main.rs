//! Plays real matches over real sockets against the real server, and says what that took:
//! `cargo bench --bench load -- MODE [--option number …]`.
//!
//! It starts the built binary on a free port of the loopback interface and a directory of its own below `target/`, and ends only what it
//! started. One thread, so that its own processor time is plain; each mode prints a line for a person and a line of JSON.
#![allow(
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::duration_suboptimal_units,
    clippy::semicolon_if_nothing_returned,
    clippy::collapsible_match,
    reason = "a program that measures may be plain; none of these changes what it does"
)]

#[path = "../common/board.rs"]
mod board;
mod conn;
mod cuts;
mod http;
mod play;
mod player;
mod server;
mod sizes;
mod stats;

use std::collections::HashMap;

const USAGE: &str = "modes of the load program (cargo bench --bench load -- MODE [--option number …]):
  play      seats that pin and lock          --rooms 1000 --seats 4 --seconds 60 --warm 45
  inputs    as many durable inputs as go     --sockets 100 --window 16 --seconds 20
  idle      quiet sockets                    --sockets 9000 --room 50 --seconds 30
  jitter    connections cut every 15 s       --rooms 100 --seconds 90
  restart   kill -9 with rooms in play       --rooms 1000 --seconds 10
  render    pictures of every kind           --count 40
  http      requests, and the leaderboard    --count 20000
  page      size of the first page
  start     start to ready                   --users 100000 --count 7
  memory    at rest and after rounds         --count 1000 --rooms 10
  soak      matches for long                 --rooms 200 --minutes 30";

/// What follows the mode.
pub(crate) struct Options {
    given: HashMap<String, String>,
}

impl Options {
    /// A number, or its default.
    pub(crate) fn number(&self, name: &str, default: usize) -> usize {
        let parse =
            |text: &String| text.parse().unwrap_or_else(|_| panic!("--{name} needs a number, not {text:?}"));
        self.given.get(name).map_or(default, parse)
    }
}

fn main() {
    // Cargo says `--bench` to every bench.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(mode) = arguments.next() else {
        println!("{USAGE}");
        return;
    };
    let mut given = HashMap::new();
    while let Some(name) = arguments.next() {
        let Some(name) = name.strip_prefix("--") else {
            panic!("an option begins with --, unlike {name:?}\n{USAGE}")
        };
        given.insert(name.to_owned(), arguments.next().unwrap_or_default());
    }
    if mode == "bare" {
        return sizes::bare(given.get("body").map_or("null", String::as_str));
    }
    let options = Options { given };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        match mode.as_str() {
            "play" => play::play(&options).await,
            "inputs" => play::inputs(&options).await,
            "memory" => play::memory(&options).await,
            "soak" => play::soak(&options).await,
            "jitter" => cuts::jitter(&options).await,
            "restart" => cuts::restart(&options).await,
            "idle" => sizes::idle(&options).await,
            "start" => sizes::start(&options).await,
            "render" => sizes::render(&options).await,
            "http" => sizes::requests(&options).await,
            "page" => sizes::page(&options).await,
            _ => panic!("no such mode: {mode}\n{USAGE}"),
        }
    });
}
