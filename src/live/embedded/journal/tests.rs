//! What an append does, on real files.

use super::tests_model::{HASTY, LAZY, Step};
use super::*;
use crate::live::journal::Appended;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

struct Place {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("live.redb");
    Place { _dir: dir, path }
}

fn open(place: &Place, tidy: Tidy) -> EmbeddedJournal {
    EmbeddedJournal::open(&place.path, Options { tidy, ..Options::default() }).unwrap()
}

fn ordered(room: &str, seq: u64, texts: &[&str]) -> Step {
    let ordered = texts.iter().map(|text| Bytes::from((*text).to_owned())).collect();
    Step { room: room.into(), epoch: 1, seq, ordered, ..Step::default() }
}

fn latest(room: &str, seq: u64, slots: &[(u32, &str)]) -> Step {
    let latest = slots.iter().map(|(slot, text)| (*slot, Bytes::from((*text).to_owned()))).collect();
    Step { room: room.into(), epoch: 1, seq, latest, ..Step::default() }
}

fn slots(log: &RoomLog) -> Vec<(u32, &[u8])> {
    log.latest.iter().map(|latest| (latest.slot, &latest.data[..])).collect()
}

fn load(journal: &EmbeddedJournal, room: &str) -> RoomLog {
    journal.load(room).unwrap().unwrap()
}

#[test]
fn inputs_come_back_in_order_after_a_restart() {
    let place = place();
    let journal = open(&place, Tidy::default());
    assert_eq!(journal.rooms().unwrap(), Vec::<String>::new());
    ordered("a", 1, &["one", "two"]).run(&journal).unwrap();
    ordered("b", 1, &["other"]).run(&journal).unwrap();
    Step { epoch: 2, ..ordered("a", 3, &["three"]) }.run(&journal).unwrap();
    journal.close();
    let journal = open(&place, Tidy::default());
    let log = load(&journal, "a");
    assert_eq!((log.epoch, log.first_seq), (2, 1));
    assert_eq!(log.ordered, ["one", "two", "three"]);
    assert_eq!(load(&journal, "b").ordered, ["other"]);
    assert_eq!(journal.load("c").unwrap(), None);
    let mut rooms = journal.rooms().unwrap();
    rooms.sort();
    assert_eq!(rooms, ["a", "b"]);
    assert_eq!(journal.set_aside(), Vec::<String>::new());
}

#[test]
fn only_the_append_out_of_order_is_refused() {
    let place = place();
    let journal = open(&place, LAZY);
    let out_of_order = |expected, got| Err(JournalError::OutOfOrder { expected, got });
    // Sent together, so that they share a commit.
    let answers = [
        (ordered("a", 1, &["one"]).send(&journal), Ok(())),
        (ordered("a", 1, &["again"]).send(&journal), out_of_order(2, 1)),
        (ordered("a", 3, &["gap"]).send(&journal), out_of_order(2, 3)),
        (ordered("b", 2, &["not the first"]).send(&journal), out_of_order(1, 2)),
        (latest("a", 1, &[(1, "stale")]).send(&journal), out_of_order(2, 1)),
        (ordered("a", 2, &["two"]).send(&journal), Ok(())),
    ];
    for (answer, expected) in answers {
        assert_eq!(answer.recv().unwrap(), expected);
    }
    assert_eq!(load(&journal, "a").ordered, ["one", "two"]);
    assert_eq!(journal.rooms().unwrap(), ["a"]);
    assert_eq!(journal.health().inputs, 2);
}

#[test]
fn a_latest_value_overwrites_its_slot() {
    let place = place();
    for tidy in [LAZY, HASTY] {
        let journal = open(&place, tidy);
        let room = format!("{tidy:?}");
        ordered(&room, 1, &["one"]).run(&journal).unwrap();
        latest(&room, 2, &[(7, "a"), (3, "b")]).run(&journal).unwrap();
        latest(&room, 2, &[(7, "c")]).run(&journal).unwrap();
        // An ordered input leaves them alone …
        ordered(&room, 2, &["two"]).run(&journal).unwrap();
        assert_eq!(slots(&load(&journal, &room)), [(3, &b"b"[..]), (7, b"c")]);
        // … unless it says that it took them over; what comes with it stays.
        let taken =
            Step { clear_latest: true, latest: vec![(9, "d".into())], ..ordered(&room, 3, &["three"]) };
        taken.run(&journal).unwrap();
        drop(journal);
        let journal = open(&place, tidy);
        let log = load(&journal, &room);
        assert_eq!(slots(&log), [(9, &b"d"[..])]);
        assert_eq!(log.ordered, ["one", "two", "three"]);
    }
}

#[test]
fn a_truncated_room_goes_on_from_its_number() {
    let place = place();
    let journal = open(&place, HASTY);
    ordered("a", 1, &["1", "2", "3", "4"]).run(&journal).unwrap();
    Step { keep_from: Some(5), ..ordered("a", 5, &["snapshot"]) }.run(&journal).unwrap();
    let log = load(&journal, "a");
    assert_eq!((log.first_seq, log.ordered), (5, vec!["snapshot".into()]));
    // Earlier numbers are no-ops, later ones mean everything.
    Step { keep_from: Some(2), ..ordered("a", 6, &[]) }.run(&journal).unwrap();
    assert_eq!(load(&journal, "a").ordered, ["snapshot"]);
    Step { keep_from: Some(99), epoch: 4, ..ordered("a", 6, &[]) }.run(&journal).unwrap();
    drop(journal);
    let journal = open(&place, HASTY);
    assert_eq!(load(&journal, "a"), RoomLog { epoch: 4, first_seq: 6, ..RoomLog::default() });
    assert_eq!(journal.rooms().unwrap(), ["a"]);
    ordered("a", 6, &["6"]).run(&journal).unwrap();
    assert_eq!(load(&journal, "a").first_seq, 6);
}

#[test]
fn a_removed_room_is_gone_and_may_begin_again() {
    let place = place();
    for tidy in [LAZY, HASTY] {
        let journal = open(&place, tidy);
        ordered("a", 1, &["one"]).run(&journal).unwrap();
        latest("a", 2, &[(1, "pin")]).run(&journal).unwrap();
        let remove = Step { room: "a".into(), remove: true, ..Step::default() };
        remove.run(&journal).unwrap();
        let late = latest("a", 2, &[(1, "late")]).run(&journal);
        assert_eq!(late, Err(JournalError::OutOfOrder { expected: 1, got: 2 }));
        assert_eq!(journal.load("a").unwrap(), None);
        // Twice, or what never was, is no error.
        remove.run(&journal).unwrap();
        drop(journal);
        let journal = open(&place, tidy);
        assert_eq!(journal.rooms().unwrap(), Vec::<String>::new());
        ordered("a", 1, &["again"]).run(&journal).unwrap();
        drop(journal);
        let journal = open(&place, tidy);
        assert_eq!(
            load(&journal, "a"),
            RoomLog { epoch: 1, first_seq: 1, ordered: vec!["again".into()], latest: vec![] }
        );
        remove.run(&journal).unwrap();
    }
}

#[test]
fn an_epoch_alone_is_kept() {
    let place = place();
    let journal = open(&place, HASTY);
    ordered("a", 1, &["one"]).run(&journal).unwrap();
    Step { epoch: 9, ..ordered("a", 2, &[]) }.run(&journal).unwrap();
    // Nothing of a room of which there is nothing.
    Step { epoch: 9, ..ordered("b", 1, &[]) }.run(&journal).unwrap();
    drop(journal);
    let journal = open(&place, HASTY);
    assert_eq!((load(&journal, "a").epoch, load(&journal, "a").ordered), (9, vec!["one".into()]));
    assert_eq!(journal.rooms().unwrap(), ["a"]);
}

#[test]
fn many_threads_append_at_once() {
    let place = place();
    let journal = open(&place, Tidy::default());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                let (send, receive) = mpsc::channel();
                for seq in 1..=250 {
                    for room in 0..4 {
                        let step =
                            ordered(&format!("{thread}-{room}"), seq, &[&format!("{thread}.{room}.{seq}")]);
                        let send = send.clone();
                        journal.append(step.append(move |result| send.send((room, seq, result)).unwrap()));
                    }
                }
                let mut next = [1; 4];
                for (room, seq, result) in receive.iter().take(1000) {
                    assert_eq!(
                        (seq, result),
                        (next[room], Ok(())),
                        "answers come in the order of the appends"
                    );
                    next[room] += 1;
                }
            });
        }
    });
    let health = journal.health();
    assert_eq!((health.inputs, health.queued, health.error), (8000, 0, None));
    assert!(health.commits < 8000, "they share commits: {}", health.commits);
    drop(journal);
    let journal = open(&place, Tidy::default());
    for thread in 0..8 {
        for room in 0..4 {
            let expected: Vec<_> = (1..=250).map(|seq| format!("{thread}.{room}.{seq}")).collect();
            assert_eq!(load(&journal, &format!("{thread}-{room}")).ordered, expected);
        }
    }
}

#[test]
fn a_reader_sees_whole_appends_only() {
    let place = place();
    let journal = open(&place, HASTY);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..300 {
                let text = format!("{n}");
                let both = Step {
                    latest: vec![(1, text.clone().into()), (2, text.clone().into())],
                    clear_latest: true,
                    keep_from: Some(n + 1),
                    ..ordered("a", n + 1, &[&text])
                };
                both.run(&journal).unwrap();
            }
        });
        let mut newest = 0;
        while newest < 299 {
            if let Some(log) = journal.load("a").unwrap() {
                let n: u64 = std::str::from_utf8(&log.ordered[0]).unwrap().parse().unwrap();
                assert!(n >= newest);
                newest = n;
                assert_eq!((log.first_seq, log.ordered.len()), (n + 1, 1));
                let text = n.to_string();
                assert_eq!(slots(&log), [(1, text.as_bytes()), (2, text.as_bytes())]);
            }
        }
    });
}

#[test]
fn a_full_queue_answers_at_once() {
    let place = place();
    let options = Options { queue: 5, ..Options::default() };
    let journal = EmbeddedJournal::open(&place.path, options).unwrap();
    // The thread is kept busy by an answer, so that the queue fills.
    let (busy, is_busy) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    journal.append(ordered("a", 1, &["one"]).append(move |_| {
        busy.send(()).unwrap();
        may_go.recv().unwrap();
    }));
    is_busy.recv().unwrap();
    let waiting: Vec<_> = (2..7).map(|seq| ordered("a", seq, &["x"]).send(&journal)).collect();
    assert_eq!(journal.health().queued, 5);
    assert_eq!(ordered("a", 7, &["too many"]).run(&journal), Err(JournalError::Unavailable));
    go.send(()).unwrap();
    for answer in waiting {
        assert_eq!(answer.recv().unwrap(), Ok(()));
    }
    assert_eq!(load(&journal, "a").ordered.len(), 6);
}

#[test]
fn what_waits_is_bounded_in_bytes_too() {
    let place = place();
    let journal = open(&place, Tidy::default());
    let (busy, is_busy) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    journal.append(ordered("a", 1, &["one"]).append(move |_| {
        busy.send(()).unwrap();
        may_go.recv().unwrap();
    }));
    is_busy.recv().unwrap();
    // Out of order, so that nothing of it is written in the end.
    let large = Step { ordered: vec![vec![0; 16 << 20].into()], ..ordered("a", 99, &[]) };
    let waiting: Vec<_> = (0..4).map(|_| large.send(&journal)).collect();
    assert_eq!(ordered("a", 2, &["x"]).run(&journal), Err(JournalError::Unavailable));
    go.send(()).unwrap();
    for answer in waiting {
        assert_eq!(answer.recv().unwrap(), Err(JournalError::OutOfOrder { expected: 2, got: 99 }));
    }
    ordered("a", 2, &["x"]).run(&journal).unwrap();
}

#[test]
fn close_commits_what_is_queued_and_then_refuses() {
    let place = place();
    let journal = open(&place, Tidy::default());
    let answers: Vec<_> = (1..=500).map(|seq| ordered("a", seq, &["x"]).send(&journal)).collect();
    journal.close();
    for answer in answers {
        assert_eq!(answer.recv().unwrap(), Ok(()));
    }
    assert_eq!(ordered("a", 501, &["late"]).run(&journal), Err(JournalError::Unavailable));
    assert_eq!(journal.rooms(), Err(JournalError::Unavailable));
    assert_eq!(journal.load("a"), Err(JournalError::Unavailable));
    journal.close();
    assert_eq!(load(&open(&place, Tidy::default()), "a").ordered.len(), 500);
}

#[test]
fn the_last_owner_may_be_an_answer() {
    let place = place();
    let journal = Arc::new(open(&place, Tidy::default()));
    let (send, receive) = mpsc::channel();
    let owner = journal.clone();
    let (go, may_go) = mpsc::channel::<()>();
    journal.append(ordered("a", 1, &["one"]).append(move |result| {
        may_go.recv().unwrap();
        drop(owner);
        send.send(result).unwrap();
    }));
    drop(journal);
    go.send(()).unwrap();
    assert_eq!(receive.recv().unwrap(), Ok(()));
}

#[test]
fn an_answer_that_panics_hurts_nobody() {
    let place = place();
    let journal = open(&place, Tidy::default());
    let mut append = ordered("a", 1, &["one"]).append(|_| {});
    append.done = Appended(Box::new(|_| panic!("on purpose")));
    journal.append(append);
    ordered("a", 2, &["two"]).run(&journal).unwrap();
    assert_eq!(journal.health().error, None);
}

#[test]
fn a_file_that_is_in_use_is_said_to_be() {
    let place = place();
    let _journal = open(&place, Tidy::default());
    let error = EmbeddedJournal::open(&place.path, Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains("live.redb"), "{error}");
}

#[test]
fn a_directory_that_is_not_there_is_said_to_be() {
    let place = place();
    let path = place.path.with_file_name("none").join("live.redb");
    let error = EmbeddedJournal::open(&path, Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Disk { .. }), "{error}");
}

#[test]
fn a_damaged_file_is_kept_beside_the_new_one() {
    let place = place();
    let journal = open(&place, Tidy::default());
    ordered("a", 1, &["one"]).run(&journal).unwrap();
    journal.close();
    let checked = EmbeddedJournal::check(&place.path).unwrap();
    assert_eq!((checked.rooms, checked.records), (1, 1));
    assert_eq!(checked.file_bytes, std::fs::metadata(&place.path).unwrap().len());
    let mut file = std::fs::read(&place.path).unwrap();
    file.truncate(file.len() / 2);
    std::fs::write(&place.path, &file).unwrap();
    let error = EmbeddedJournal::check(&place.path).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert_eq!(EmbeddedJournal::check(Path::new("no such file")).unwrap(), Checked::default());
    let journal = open(&place, Tidy::default());
    let aside = journal.set_aside();
    assert_eq!(aside.len(), 1);
    assert!(aside[0].contains("live.redb.damaged-"), "{aside:?}");
    assert_eq!(std::fs::read(&aside[0]).unwrap(), file);
    assert_eq!(journal.rooms().unwrap(), Vec::<String>::new());
    ordered("a", 1, &["anew"]).run(&journal).unwrap();
    drop(journal);
    assert_eq!(load(&open(&place, Tidy::default()), "a").ordered, ["anew"]);
}

#[test]
fn finished_rooms_leave_a_small_file() {
    let place = place();
    let journal = open(&place, Tidy { quiet: Duration::from_millis(50), ..Tidy::default() });
    ordered("stays", 1, &["here"]).run(&journal).unwrap();
    let text = "x".repeat(100);
    let mut answers = Vec::new();
    let mut largest = 0;
    for n in 0..10_000 {
        let room = format!("room-{n}");
        answers.push(ordered(&room, 1, &[&text[..]; 10]).send(&journal));
        answers.push(latest(&room, 11, &[(1, &text), (2, &text)]).send(&journal));
        answers.push(Step { room, remove: true, ..Step::default() }.send(&journal));
        if n % 500 == 0 {
            answers.drain(..).for_each(|answer| answer.recv().unwrap().unwrap());
            largest = largest.max(journal.health().file_bytes);
        }
    }
    answers.drain(..).for_each(|answer| answer.recv().unwrap().unwrap());
    // 12 MB went through it.
    assert!(largest < 16 << 20, "{largest}");
    let start = Instant::now();
    while journal.health().file_bytes > 4 << 20 {
        assert!(start.elapsed() < Duration::from_mins(1), "{:?}", journal.health());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(journal.rooms().unwrap(), ["stays"]);
    journal.close();
    assert!(std::fs::metadata(&place.path).unwrap().len() <= 4 << 20);
    assert_eq!(load(&open(&place, Tidy::default()), "stays").ordered, ["here"]);
}
