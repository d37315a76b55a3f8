//! Power cuts, full and failing disks, damaged files.

use super::tests_model::{HASTY, LAZY, Model, Shape, Step, open_on, step};
use super::*;
use crate::live::embedded::faulty::{Cut, FaultyDisk, Refuse};
use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Instant;

fn below(random: &mut ChaCha8Rng, n: u32) -> u32 {
    random.next_u32() % n
}

fn shape(random: &mut ChaCha8Rng) -> Shape {
    Shape {
        room: below(random, 4) as u8,
        epoch: below(random, 3),
        ordered: below(random, 3) as u8,
        slots: (0..below(random, 3)).map(|_| below(random, 3) as u8).collect(),
        clear: below(random, 2) == 0,
        keep: (below(random, 5) == 0).then(|| below(random, 6) as u8),
        remove: below(random, 15) == 0,
        wrong: 1,
        size: below(random, 256) as u8,
    }
}

fn pin(room: &str, seq: u64, text: &str) -> Step {
    Step {
        room: room.into(),
        epoch: 1,
        seq,
        latest: vec![(1, Bytes::from(text.to_owned()))],
        ..Step::default()
    }
}

fn input(room: &str, seq: u64, text: &str) -> Step {
    Step { room: room.into(), epoch: 1, seq, ordered: vec![Bytes::from(text.to_owned())], ..Step::default() }
}

/// Waits until the journal has no error any more. Generous: it only bounds a hang.
fn wait_until_well(journal: &EmbeddedJournal) {
    let start = Instant::now();
    while journal.health().error.is_some() {
        assert!(start.elapsed() < Duration::from_mins(1), "{:?}", journal.health());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// One life of a disk: random appends of four rooms until the power fails in the middle of a write or sync.
/// What every room may look like after it: any state from the newest acknowledged on, in the order of the
/// appends.
fn live_until_the_cut(
    disk: &FaultyDisk,
    random: &mut ChaCha8Rng,
    model: &mut Model,
    number: &mut usize,
) -> usize {
    let how = [Cut::DropAll, Cut::DropSome, Cut::Tear, Cut::Tear][below(random, 4) as usize];
    disk.cut_after(u64::from(below(random, 250)), how);
    let rooms = ["a", "b", "c", "d"];
    let mut states: BTreeMap<&str, Vec<Option<RoomLog>>> =
        rooms.iter().map(|room| (*room, vec![model.0.get(*room).cloned()])).collect();
    let mut acknowledged: BTreeMap<&str, usize> = BTreeMap::new();
    // The power may fail while it is opened: then nothing was acknowledged and everything must still be
    // there.
    if let Ok(journal) = open_on(disk, if below(random, 3) == 0 { LAZY } else { HASTY }) {
        while disk.is_on() {
            let mut answers = Vec::new();
            for _ in 0..=below(random, 6) {
                *number += 1;
                let step = step(model, &shape(random), *number);
                let room = *rooms.iter().find(|room| **room == step.room).unwrap();
                answers.push((room, states[room].len(), step.send(&journal)));
                model.apply(&step).unwrap();
                states.get_mut(room).unwrap().push(model.0.get(room).cloned());
            }
            for (room, state, answer) in answers {
                if answer.recv().unwrap() == Ok(()) {
                    acknowledged.insert(room, state);
                }
            }
        }
    }
    disk.power_on();
    let journal = open_on(disk, HASTY).unwrap();
    assert_eq!(journal.set_aside(), Vec::<String>::new(), "a power cut is no damage");
    for room in rooms {
        let found = journal.load(room).unwrap();
        let from = acknowledged.get(room).copied().unwrap_or(0);
        assert!(
            states[room][from..].contains(&found),
            "room {room}: acknowledged {:?}\nfound {found:?}",
            states[room][from]
        );
        assert_eq!(journal.rooms().unwrap().contains(&room.to_owned()), found.is_some());
        match found {
            Some(log) => model.0.insert(room.to_owned(), log),
            None => model.0.remove(room),
        };
    }
    acknowledged.len()
}

#[test]
fn no_power_cut_takes_what_was_acknowledged() {
    let mut lives_with_something = 0;
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let disk = FaultyDisk::new(seed);
        let (mut model, mut number) = (Model::default(), 0);
        for _ in 0..4 {
            let rooms = live_until_the_cut(&disk, &mut random, &mut model, &mut number);
            lives_with_something += usize::from(rooms > 0);
        }
    }
    // Otherwise the test would prove little.
    assert!(lives_with_something > 150, "{lives_with_something}");
}

#[test]
fn done_means_durable() {
    for seed in 0..20 {
        let disk = FaultyDisk::new(seed);
        let journal = open_on(&disk, LAZY).unwrap();
        for seq in 1..=seed % 5 {
            input("a", seq, "before").run(&journal).unwrap();
        }
        let last = seed % 5 + 1;
        let (send, receive) = std::sync::mpsc::channel();
        let cut = disk.clone();
        journal.append(input("a", last, "the last").append(move |result| {
            cut.cut(Cut::DropAll);
            send.send(result).unwrap();
        }));
        assert_eq!(receive.recv().unwrap(), Ok(()));
        drop(journal);
        disk.power_on();
        let journal = open_on(&disk, LAZY).unwrap();
        let log = journal.load("a").unwrap().unwrap();
        assert_eq!(log.ordered.len() as u64, last);
        assert_eq!(log.ordered.last().unwrap(), "the last");
    }
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let disk = FaultyDisk::new(1);
    let journal = open_on(&disk, LAZY).unwrap();
    disk.set_capacity(disk.view().len() as u64 + 100_000);
    let (mut saved, mut seq) = (Vec::new(), 0);
    let error = loop {
        seq += 1;
        let step = Step { ordered: vec![vec![seq as u8; 30_000].into()], ..input("a", seq, "") };
        match step.run(&journal) {
            Ok(()) => saved.push(step.ordered[0].clone()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::NotSaved(_)), "{error:?}");
    assert!(journal.health().error.is_some());
    disk.heal();
    wait_until_well(&journal);
    assert_eq!(journal.load("a").unwrap().unwrap().ordered, saved);
    // What was sent when the other had not failed yet does not slip in.
    let expected = saved.len() as u64 + 1;
    let late = input("a", expected + 1, "late").run(&journal);
    assert_eq!(late, Err(JournalError::OutOfOrder { expected, got: expected + 1 }));
    input("a", expected, "again").run(&journal).unwrap();
    assert_eq!(journal.load("a").unwrap().unwrap().ordered.last().unwrap(), "again");
}

#[test]
fn while_the_disk_is_away_everything_is_unavailable() {
    let disk = FaultyDisk::new(1);
    let journal = open_on(&disk, LAZY).unwrap();
    input("a", 1, "one").run(&journal).unwrap();
    disk.refuse_after(0, Refuse::Everything, ErrorKind::Other);
    assert!(matches!(input("a", 2, "two").run(&journal), Err(JournalError::NotSaved(_))));
    for _ in 0..3 {
        assert_eq!(input("a", 2, "two").run(&journal), Err(JournalError::Unavailable));
        assert_eq!(journal.load("a"), Err(JournalError::Unavailable));
        assert_eq!(journal.rooms(), Err(JournalError::Unavailable));
    }
    assert!(journal.health().error.is_some());
    disk.heal();
    wait_until_well(&journal);
    input("a", 2, "two").run(&journal).unwrap();
    assert_eq!(journal.load("a").unwrap().unwrap().ordered, ["one", "two"]);
    // Closing while it is away ends at once and loses nothing.
    disk.refuse_after(0, Refuse::Everything, ErrorKind::Other);
    assert!(input("a", 3, "three").run(&journal).is_err());
    journal.close();
    disk.heal();
    assert_eq!(open_on(&disk, LAZY).unwrap().load("a").unwrap().unwrap().ordered, ["one", "two"]);
}

#[test]
fn a_panic_in_the_engine_is_an_error_like_others() {
    let mut failed = 0;
    for steps in 0..12 {
        let disk = FaultyDisk::new(steps);
        let journal = open_on(&disk, LAZY).unwrap();
        input("a", 1, "one").run(&journal).unwrap();
        disk.panic_after(steps);
        let answer = input("a", 2, "two").run(&journal);
        assert!(matches!(answer, Ok(()) | Err(JournalError::NotSaved(_))), "{answer:?}");
        disk.heal();
        wait_until_well(&journal);
        let expected = if answer.is_ok() { &["one", "two"][..] } else { &["one"] };
        assert_eq!(journal.load("a").unwrap().unwrap().ordered, expected, "step {steps}");
        assert_eq!(journal.set_aside(), Vec::<String>::new());
        input("a", 1 + expected.len() as u64, "three").run(&journal).unwrap();
        failed += usize::from(answer.is_err());
    }
    assert!(failed > 2, "{failed}");
}

/// A journal whose newest commit changed pages all over the file, because it deleted what is dead, and was
/// not synced: the system believes these pages to be on disk, and some are not. What it acknowledged before
/// of the room `stays`.
fn after_a_failed_sync(disk: &FaultyDisk) -> (EmbeddedJournal, Vec<String>) {
    let journal = open_on(disk, Tidy { dead: 0, ..LAZY }).unwrap();
    let texts: Vec<_> = (1..=300).map(|n| format!("{n} {}", "x".repeat(50))).collect();
    let mut answers = Vec::new();
    for (seq, text) in (1..).zip(&texts) {
        answers.push(input("stays", seq, text).send(&journal));
        answers.push(input("goes", seq, text).send(&journal));
    }
    answers.push(Step { room: "goes".into(), remove: true, ..Step::default() }.send(&journal));
    for answer in answers {
        answer.recv().unwrap().unwrap();
    }
    disk.refuse_after(0, Refuse::Syncs, ErrorKind::Other);
    assert!(matches!(input("stays", 301, "lost").run(&journal), Err(JournalError::NotSaved(_))));
    (journal, texts)
}

#[test]
fn a_failed_sync_leaves_no_false_ground() {
    for seed in 0..10 {
        let disk = FaultyDisk::new(seed);
        let (journal, texts) = after_a_failed_sync(&disk);
        disk.heal();
        wait_until_well(&journal);
        // This commit does not touch those pages, and yet they must be there once it is acknowledged.
        input("new", 1, "new").run(&journal).unwrap();
        disk.cut([Cut::DropAll, Cut::Tear][seed as usize % 2]);
        drop(journal);
        disk.power_on();
        let journal = open_on(&disk, LAZY).unwrap();
        assert_eq!(journal.set_aside(), Vec::<String>::new(), "seed {seed}");
        assert_eq!(journal.load("stays").unwrap().unwrap().ordered, texts, "seed {seed}");
        assert_eq!(journal.load("new").unwrap().unwrap().ordered, ["new"], "seed {seed}");
        assert_eq!(journal.load("goes").unwrap(), None);
    }
}

#[test]
fn a_power_cut_while_it_is_reopened_takes_nothing() {
    for seed in 0..30 {
        let disk = FaultyDisk::new(seed);
        let (journal, mut texts) = after_a_failed_sync(&disk);
        disk.heal();
        disk.cut_after(seed, [Cut::DropSome, Cut::Tear][seed as usize % 2]);
        let start = Instant::now();
        while disk.is_on() && journal.health().error.is_some() {
            assert!(start.elapsed() < Duration::from_mins(1));
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(journal);
        disk.power_on();
        let journal = open_on(&disk, LAZY).unwrap();
        assert_eq!(journal.set_aside(), Vec::<String>::new(), "seed {seed}");
        // Here, and only here, what was answered with an error may be there: see the module.
        let found = journal.load("stays").unwrap().unwrap().ordered;
        if found.len() > texts.len() {
            texts.push("lost".to_owned());
        }
        assert_eq!(found, texts, "seed {seed}");
    }
}

#[test]
fn what_a_failed_commit_left_on_the_disk_is_taken_back() {
    let disk = FaultyDisk::new(3);
    let journal = open_on(&disk, LAZY).unwrap();
    input("a", 1, "one").run(&journal).unwrap();
    pin("a", 2, "old").run(&journal).unwrap();
    // The writes of this commit are seen by whoever opens the file next; only the sync fails.
    disk.refuse_after(0, Refuse::Syncs, ErrorKind::Other);
    let both = Step { keep_from: Some(3), latest: vec![(1, "new".into())], ..input("a", 2, "two") };
    let before = disk.view();
    assert!(matches!(both.run(&journal), Err(JournalError::NotSaved(_))));
    assert_ne!(disk.view(), before);
    disk.heal();
    wait_until_well(&journal);
    let log = journal.load("a").unwrap().unwrap();
    assert_eq!((log.first_seq, log.ordered), (1, vec!["one".into()]));
    assert_eq!(log.latest, [Latest { slot: 1, data: "old".into() }]);
}

/// A file with some history, closed (`clean`) or as a killed process leaves it, what it holds, and what it
/// held before its last commit.
fn a_file(clean: bool) -> (Vec<u8>, Model, Model) {
    let disk = FaultyDisk::new(7);
    let journal = open_on(&disk, HASTY).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut model, mut before) = (Model::default(), Model::default());
    for number in 0..300 {
        let step = step(&model, &shape(&mut random), number);
        step.run(&journal).unwrap();
        before = model.clone();
        model.apply(&step).unwrap();
    }
    if clean {
        journal.close();
    }
    (disk.view(), model, before)
}

/// Opens a damaged file: it serves one of the models, or is set aside. Never anything else.
fn open_damaged(file: Vec<u8>, models: &[&Model], what: &str) -> bool {
    let disk = FaultyDisk::holding(1, file);
    let journal = open_on(&disk, LAZY).unwrap_or_else(|error| panic!("{what}: {error}"));
    let aside = !journal.set_aside().is_empty();
    if aside {
        assert_eq!(journal.rooms().unwrap(), Vec::<String>::new(), "{what}");
    } else {
        assert!(models.iter().any(|model| model.matches(&journal)), "{what}");
    }
    // Either way it works.
    input("new", 1, "new").run(&journal).unwrap();
    assert_eq!(journal.load("new").unwrap().unwrap().ordered, ["new"], "{what}");
    aside
}

#[test]
fn a_cut_file_is_set_aside() {
    let (file, model, _) = a_file(true);
    let aside = [100, 512, 4096, file.len() / 4, file.len() / 2, file.len() - 4096, file.len() - 1]
        .map(|len| open_damaged(file[..len].to_vec(), &[&model], &format!("cut to {len}")));
    assert!(aside.contains(&true));
    assert!(!open_damaged(file, &[&model], "whole"));
}

#[test]
fn a_flipped_byte_is_found_or_does_not_matter() {
    for clean in [true, false] {
        let (file, model, before) = a_file(clean);
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let used: Vec<usize> = (0..file.len()).filter(|at| file[*at] != 0).collect();
        // The header, then wherever something is written.
        let header = (0..330).step_by(7);
        let anywhere: Vec<_> = (0..60).map(|_| used[random.next_u64() as usize % used.len()]).collect();
        for at in header.chain(anywhere) {
            let mut file = file.clone();
            file[at] ^= 1 << below(&mut random, 8);
            // After a kill redb cannot tell damage in its newest commit from one that did not finish, and
            // takes the one before.
            let models = if clean { &[&model][..] } else { &[&model, &before] };
            open_damaged(file, models, &format!("byte {at} flipped, clean {clean}"));
        }
    }
}

#[test]
fn a_file_of_something_else_is_set_aside() {
    for file in [b"not a database".to_vec(), vec![0xff; 100_000], vec![b'x'; 3]] {
        assert!(open_damaged(file, &[&Model::default()], "garbage"));
    }
    // One whose making was cut short is not damaged.
    for file in [vec![], vec![0; 5], vec![0; 50_000]] {
        assert!(!open_damaged(file, &[&Model::default()], "unfinished"));
    }
}

#[test]
fn damage_while_running_is_found_by_the_reader() {
    let disk = FaultyDisk::new(1);
    let journal = open_on(&disk, LAZY).unwrap();
    let big = Step { ordered: vec![vec![b'y'; 20_000].into()], ..input("a", 1, "") };
    big.run(&journal).unwrap();
    journal.close();
    // Behind the back of a journal that has nothing of it in its cache any more.
    let file = disk.view();
    let at = file.windows(16).position(|bytes| bytes == [b'y'; 16]).unwrap() + 9_000;
    let journal = open_on(&disk, LAZY).unwrap();
    disk.flip(at);
    let found = journal.load("a");
    if found.as_ref().is_ok_and(Option::is_some) {
        // It was in the cache after all: then it is right.
        assert_eq!(found.unwrap().unwrap().ordered, big.ordered);
        return;
    }
    assert_eq!(found, Err(JournalError::Unavailable));
    let start = Instant::now();
    while journal.load("a") != Ok(None) {
        assert!(start.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(journal.set_aside().len(), 1);
    input("a", 1, "anew").run(&journal).unwrap();
}

#[test]
fn a_disk_that_does_not_read_is_no_damage() {
    let (file, model, _) = a_file(false);
    let disk = FaultyDisk::holding(1, file);
    disk.refuse_after(0, Refuse::Reads, ErrorKind::Other);
    let error = open_on(&disk, LAZY).unwrap_err();
    assert!(matches!(error, OpenError::Disk { .. }), "{error}");
    disk.heal();
    let journal = open_on(&disk, LAZY).unwrap();
    model.check(&journal);
}
