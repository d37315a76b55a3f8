//! A plain model of what a journal keeps, and random histories that compare the two.

use super::*;
use crate::live::embedded::faulty::FaultyDisk;
use crate::live::journal::Appended;
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::mpsc;

/// An append that can be repeated and compared.
#[derive(Debug, Clone, Default)]
pub(super) struct Step {
    pub(super) room: String,
    pub(super) epoch: u32,
    pub(super) seq: u64,
    pub(super) ordered: Vec<Bytes>,
    pub(super) latest: Vec<(u32, Bytes)>,
    pub(super) clear_latest: bool,
    pub(super) keep_from: Option<u64>,
    pub(super) remove: bool,
}

impl Step {
    pub(super) fn append(&self, done: impl FnOnce(Result<(), JournalError>) + Send + 'static) -> Append {
        Append {
            room: self.room.clone(),
            epoch: self.epoch,
            seq: self.seq,
            ordered: self.ordered.clone(),
            latest: self.latest.clone(),
            clear_latest: self.clear_latest,
            keep_from: self.keep_from,
            remove: self.remove,
            done: Appended(Box::new(done)),
        }
    }

    /// Sends it off; the answer comes through the channel.
    pub(super) fn send(&self, journal: &dyn Journal) -> mpsc::Receiver<Result<(), JournalError>> {
        let (send, receive) = mpsc::channel();
        journal.append(self.append(move |result| {
            let _ = send.send(result);
        }));
        receive
    }

    /// Sends it and waits for the answer.
    pub(super) fn run(&self, journal: &dyn Journal) -> Result<(), JournalError> {
        self.send(journal).recv().unwrap()
    }
}

/// What a journal should keep of each room.
#[derive(Debug, Clone, Default)]
pub(super) struct Model(pub(super) BTreeMap<String, RoomLog>);

impl Model {
    pub(super) fn last(&self, room: &str) -> u64 {
        self.0.get(room).map_or(0, |log| log.first_seq + log.ordered.len() as u64 - 1)
    }

    pub(super) fn apply(&mut self, step: &Step) -> Result<(), JournalError> {
        if step.remove {
            self.0.remove(&step.room);
            return Ok(());
        }
        let moves_in = !self.0.contains_key(&step.room)
            && step.seq > 0
            && step.keep_from == Some(step.seq)
            && !step.ordered.is_empty();
        let expected = if moves_in { step.seq } else { self.last(&step.room) + 1 };
        if step.seq != expected {
            return Err(JournalError::OutOfOrder { expected, got: step.seq });
        }
        if !self.0.contains_key(&step.room) && step.ordered.is_empty() && step.latest.is_empty() {
            return Ok(());
        }
        let log = self.0.entry(step.room.clone()).or_insert_with(|| RoomLog {
            first_seq: if moves_in { step.seq } else { 1 },
            ..RoomLog::default()
        });
        log.epoch = step.epoch;
        log.ordered.extend(step.ordered.iter().cloned());
        if step.clear_latest {
            log.latest.clear();
        }
        for (slot, data) in &step.latest {
            log.latest.retain(|latest| latest.slot != *slot);
            log.latest.push(Latest { slot: *slot, data: data.clone() });
        }
        log.latest.sort_by_key(|latest| latest.slot);
        while step.keep_from.is_some_and(|keep| log.first_seq < keep) && !log.ordered.is_empty() {
            log.ordered.remove(0);
            log.first_seq += 1;
        }
        Ok(())
    }

    pub(super) fn matches(&self, journal: &dyn Journal) -> bool {
        let mut rooms = journal.rooms().unwrap();
        rooms.sort();
        rooms.iter().eq(self.0.keys())
            && self.0.iter().all(|(room, log)| journal.load(room).unwrap().as_ref() == Some(log))
    }

    pub(super) fn check(&self, journal: &dyn Journal) {
        let mut rooms = journal.rooms().unwrap();
        rooms.sort();
        assert_eq!(rooms, self.0.keys().cloned().collect::<Vec<_>>());
        for room in ["a", "b", "c", "d", "none"] {
            assert_eq!(journal.load(room).unwrap().as_ref(), self.0.get(room), "room {room}");
        }
    }
}

/// Deletes and compacts whenever there is anything.
pub(super) const HASTY: Tidy =
    Tidy { dead: 0, quiet: Duration::ZERO, wasteful: 0, wasteful_every: Duration::ZERO, wasteful_quiet: 0 };

/// Deletes and compacts never.
pub(super) const LAZY: Tidy = Tidy {
    dead: usize::MAX,
    quiet: Duration::from_secs(1000),
    wasteful: u64::MAX,
    wasteful_every: Duration::ZERO,
    wasteful_quiet: u64::MAX,
};

pub(super) fn open_on(disk: &FaultyDisk, tidy: Tidy) -> Result<EmbeddedJournal, OpenError> {
    let options = Options { disk: Some(Arc::new(disk.clone())), tidy, ..Options::default() };
    EmbeddedJournal::open(Path::new("test.redb"), options)
}

/// A step that fits the model's state most of the time; the payload names it, so that no two are alike.
pub(super) fn step(model: &Model, shape: &Shape, number: usize) -> Step {
    let room = ["a", "b", "c", "d"][usize::from(shape.room) % 4].to_owned();
    let last = model.last(&room);
    let data = |i: usize| Bytes::from(format!("{number}.{i}.{}", "x".repeat(usize::from(shape.size))));
    if shape.remove {
        return Step { room, remove: true, ..Step::default() };
    }
    Step {
        seq: if shape.wrong == 0 { last + u64::from(shape.epoch % 2) * 2 } else { last + 1 },
        room,
        epoch: shape.epoch,
        ordered: (0..usize::from(shape.ordered)).map(data).collect(),
        latest: shape.slots.iter().enumerate().map(|(i, slot)| (u32::from(*slot), data(100 + i))).collect(),
        clear_latest: shape.clear,
        keep_from: shape.keep.map(|keep| (last + 2).saturating_sub(u64::from(keep))),
        remove: false,
    }
}

/// What chance decides about a step.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) room: u8,
    pub(super) epoch: u32,
    pub(super) ordered: u8,
    pub(super) slots: Vec<u8>,
    pub(super) clear: bool,
    pub(super) keep: Option<u8>,
    pub(super) remove: bool,
    pub(super) wrong: u8,
    pub(super) size: u8,
}

fn shape() -> impl Strategy<Value = Shape> {
    let slots = proptest::collection::vec(0u8..3, 0..3);
    let keep = proptest::option::weighted(0.2, 0u8..6);
    let flags = (any::<bool>(), proptest::bool::weighted(0.07), 0u8..12);
    (0u8..4, 0u32..3, 0u8..3, slots, keep, flags, any::<u8>()).prop_map(
        |(room, epoch, ordered, slots, keep, (clear, remove, wrong), size)| Shape {
            room,
            epoch,
            ordered,
            slots,
            clear,
            keep,
            remove,
            wrong,
            size,
        },
    )
}

#[derive(Debug, Clone)]
enum Deed {
    /// Appends sent together, so that they may share a commit.
    Burst(Vec<Shape>),
    /// Close and open.
    Reopen,
    /// Forget what was not synced, and open.
    Cut,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => proptest::collection::vec(shape(), 1..12).prop_map(Deed::Burst),
        1 => Just(Deed::Reopen),
        1 => Just(Deed::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_journal_keeps_what_the_model_keeps(deeds in proptest::collection::vec(deed(), 1..25), hasty: bool) {
        let tidy = if hasty { HASTY } else { LAZY };
        let disk = FaultyDisk::new(1);
        let (mut model, mut number) = (Model::default(), 0);
        let mut journal = open_on(&disk, tidy).unwrap();
        for deed in deeds {
            match deed {
                Deed::Burst(shapes) => {
                    let mut expected = Vec::new();
                    let mut answers = Vec::new();
                    for shape in &shapes {
                        number += 1;
                        let step = step(&model, shape, number);
                        answers.push(step.send(&journal));
                        expected.push(model.apply(&step));
                    }
                    let answers: Vec<_> = answers.into_iter().map(|answer| answer.recv().unwrap()).collect();
                    prop_assert_eq!(answers, expected);
                }
                Deed::Reopen => {
                    drop(journal);
                    journal = open_on(&disk, tidy).unwrap();
                }
                Deed::Cut => {
                    disk.cut(crate::live::embedded::faulty::Cut::DropAll);
                    drop(journal);
                    disk.power_on();
                    journal = open_on(&disk, tidy).unwrap();
                }
            }
            model.check(&journal);
        }
        prop_assert_eq!(disk.set_aside_files().len(), 0);
        prop_assert_eq!(journal.health().error, None);
    }
}
