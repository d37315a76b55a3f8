//! What one public event costs on its way to 50 connections: made once, encoded once, queued and taken 50 times.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::FutureExt;
use snug::doors::frame_text;
use snug::games::any::AnyEvent;
use snug::games::atlas::Event;
use snug::games::{MatchTime, SeatId};
use snug::room::outbox::{EventFrame, Frame, Next, Outbox};
use snug::room::state::{Out, To};
use snug::room::wire::{Clock, RoomEvent};
use std::hint::black_box;

const CONNECTIONS: usize = 50;

fn fanout(criterion: &mut Criterion) {
    let outboxes: Vec<Outbox> = std::iter::repeat_with(Outbox::default).take(CONNECTIONS).collect();
    let clock = Clock { now: MatchTime(61_000), running: true };
    let mut v = 1;
    criterion.bench_function("fan-out: a public event to 50 connections", |bench| {
        bench.iter(|| {
            v += 1;
            let event = RoomEvent::Game { event: AnyEvent::Atlas(Event::Locked { seat: SeatId(7) }) };
            let frame = EventFrame::public(v, clock, vec![Out { to: To::All, event }]).expect("not empty");
            for outbox in &outboxes {
                outbox.push(Frame::Event { prev: v - 1, frame: frame.clone() });
            }
            for outbox in &outboxes {
                // There is a frame, so it does not wait.
                if let Some(Next::Frame(frame)) = outbox.next().now_or_never() {
                    black_box(frame_text(frame));
                }
            }
        });
    });
}

criterion_group!(benches, fanout);
criterion_main!(benches);
