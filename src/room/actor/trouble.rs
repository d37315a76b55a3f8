//! The journal did not save, or lost the room: back to what is durable.

use super::{Actor, ConnId, Deliver, not_saved};
use crate::live::{Appended, RoomLog};
use crate::room::mirror::append_of;
use crate::room::outbox::{Farewell, Frame};
use crate::room::rebuild::{Rebuilt, rebuild};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

impl Actor {
    /// The journal did not save: nothing that waits has happened.
    pub(super) fn fail(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            for deliver in waiting.deliver {
                match deliver {
                    Deliver::Reply { conn, id, .. } => {
                        if let Some(known) = self.conns.get(&conn) {
                            known.outbox.push(Frame::Reply { id, result: Err(not_saved()) });
                        }
                    }
                    Deliver::Welcome { conn, .. } => {
                        if let Some(known) = self.conns.get(&conn) {
                            known.outbox.push(Frame::Refused(not_saved()));
                        }
                    }
                    _ => {}
                }
            }
        }
        // Connections that were never welcomed start over.
        self.conns.retain(|_, conn| {
            if conn.sent.is_none() {
                conn.outbox.push(Frame::Bye(Farewell::Restart { retry_ms: 1_000 }));
            }
            conn.sent.is_some()
        });
        self.broken = Some((Instant::now(), Duration::from_millis(100)));
    }

    pub(super) async fn try_rebuild(&mut self) {
        let Some((due, wait)) = self.broken else { return };
        if Instant::now() < due {
            return;
        }
        let journal = self.ports.journal.clone();
        let id = self.state.id.clone();
        let loaded = tokio::task::spawn_blocking(move || journal.load(&id)).await;
        let log = match loaded {
            Ok(Ok(Some(log))) => log,
            Ok(Ok(None)) => {
                let Some(log) = self.put_back().await else {
                    tracing::error!(
                        room.id = self.state.id,
                        "the room is neither in the journal nor in the database"
                    );
                    for conn in self.conns.values() {
                        conn.outbox.push(Frame::Bye(Farewell::Closed));
                    }
                    self.gone = true;
                    return;
                };
                log
            }
            _ => {
                self.broken = Some((Instant::now() + wait, (wait * 2).min(Duration::from_secs(5))));
                return;
            }
        };
        match rebuild(&log) {
            Ok(rebuilt) => self.restore(rebuilt),
            Err(why) => {
                tracing::error!(room.id = self.state.id, %why, "the room cannot be rebuilt");
                self.broken = Some((Instant::now() + wait, (wait * 2).min(Duration::from_secs(5))));
            }
        }
    }

    /// The journal was damaged and started anew: what the mirror noted goes back into it. Nothing that was acknowledged
    /// is missing there, so versions stay comparable and the epoch remains.
    pub(super) async fn put_back(&self) -> Option<RoomLog> {
        let log = self.ports.mirror.recall(&self.state.id).await?;
        let (done, answer) = oneshot::channel();
        let done = Appended(Box::new(move |result| {
            let _ = done.send(result);
        }));
        self.ports.journal.append(append_of(&self.state.id, &log, done));
        answer.await.ok()?.ok()?;
        tracing::warn!(room.id = self.state.id, "the room was put back into the journal from the database");
        Some(log)
    }

    pub(super) fn restore(&mut self, rebuilt: Rebuilt) {
        self.base = (Instant::now(), rebuilt.state.at);
        self.state = rebuilt.state;
        self.epoch = rebuilt.epoch;
        self.folded_at = rebuilt.folded_at;
        self.history = rebuilt.history;
        self.pending = rebuilt.pending;
        self.match_log = rebuilt.match_log;
        self.broken = None;
        self.recording = false;
        // What the journal kept although it reported an error, nobody has seen yet.
        let upto = self.state.version;
        let ids: Vec<ConnId> = self.conns.keys().copied().collect();
        for id in ids {
            let Some(conn) = self.conns.get_mut(&id) else { continue };
            let Some(sent) = conn.sent else { continue };
            match self.history.missed(sent, upto, conn.member) {
                Some(frames) => {
                    let mut prev = sent;
                    for frame in frames {
                        let reached = frame.v;
                        conn.outbox.push(Frame::Event { prev, frame });
                        prev = reached;
                    }
                    conn.sent = Some(prev);
                }
                None => self.resync(id),
            }
        }
        tracing::info!(room.id = self.state.id, room.version = upto, "the room was rebuilt from the journal");
        self.after_rebuild(true);
        self.publish();
    }
}
