//! Open sockets by session, so that a session that ends takes its sockets with it.

use crate::room::outbox::{Farewell, Frame, Outbox};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Hash of a session's token.
pub type SessionHash = [u8; 32];

/// The registry of open sockets.
#[derive(Debug)]
pub struct Sockets {
    open: Mutex<Open>,
    max: usize,
    max_an_address: usize,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    by_address: HashMap<String, usize>,
    by_session: HashMap<SessionHash, Vec<Weak<Outbox>>>,
}

/// A place among the open sockets, given back on drop.
#[derive(Debug)]
pub struct Place {
    sockets: Arc<Sockets>,
    address: String,
    session: Option<SessionHash>,
}

impl Sockets {
    /// At most `max` at once, and `max_an_address` from one address.
    pub fn new(max: usize, max_an_address: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), max, max_an_address })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Open sockets.
    pub fn count(&self) -> usize {
        self.open().count
    }

    /// The most that may be open.
    pub fn max(&self) -> usize {
        self.max
    }

    /// A place for one more; `None` when all are taken.
    pub fn place(self: &Arc<Self>, address: String) -> Option<Place> {
        let mut guard = self.open();
        let open = &mut *guard;
        let here = open.by_address.entry(address.clone()).or_default();
        if open.count >= self.max || *here >= self.max_an_address {
            if *here == 0 {
                open.by_address.remove(&address);
            }
            return None;
        }
        *here += 1;
        open.count += 1;
        drop(guard);
        Some(Place { sockets: self.clone(), address, session: None })
    }

    /// Says goodbye to all sockets of a session that moved to another device.
    pub fn close_session(&self, session: &SessionHash) {
        let boxes = self.open().by_session.remove(session).unwrap_or_default();
        for outbox in boxes.iter().filter_map(Weak::upgrade) {
            outbox.push(Frame::Bye(Farewell::Moved));
        }
    }
}

impl Place {
    /// The address that it comes from.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// This socket belongs to this session.
    pub fn belongs(&mut self, session: SessionHash, outbox: &Arc<Outbox>) {
        self.session = Some(session);
        self.sockets.open().by_session.entry(session).or_default().push(Arc::downgrade(outbox));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.sockets.open();
        open.count -= 1;
        if let Some(here) = open.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                open.by_address.remove(&self.address);
            }
        }
        if let Some(session) = self.session
            && let Some(boxes) = open.by_session.get_mut(&session)
        {
            boxes.retain(|outbox| outbox.strong_count() > 0);
            if boxes.is_empty() {
                open.by_session.remove(&session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::outbox::Next;

    #[tokio::test]
    async fn a_moved_session_takes_its_sockets_along_and_places_are_given_back() {
        let sockets = Sockets::new(3, 2);
        let outbox = Arc::new(Outbox::default());
        let mut first = sockets.place("a".into()).expect("free");
        first.belongs([1; 32], &outbox);
        let second = sockets.place("a".into()).expect("free");
        assert!(sockets.place("a".into()).is_none(), "its two are taken");
        let third = sockets.place("b".into()).expect("free");
        assert!(sockets.place("c".into()).is_none(), "full");
        drop(third);
        drop(second);
        assert_eq!(sockets.count(), 1);
        sockets.close_session(&[2; 32]);
        sockets.close_session(&[1; 32]);
        assert!(matches!(outbox.next().await, Next::Frame(Frame::Bye(Farewell::Moved))));
        drop((first, outbox));
        assert_eq!(sockets.count(), 0);
        assert!(sockets.open().by_session.is_empty() && sockets.open().by_address.is_empty());
    }
}
