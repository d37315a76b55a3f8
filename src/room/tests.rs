//! The room as a whole, without a clock: whatever happens, its log leads to the same state again.

use super::entry::{Entry, Input, LatestAction, Player, decode, encode};
use super::rebuild::rebuild;
use super::state::{RoomState, To};
use super::wire::{Gone, Late, MemberId, RoomCommand, RoomEvent, RoomSettings};
use crate::games::any::{AnyAction, AnyDeck, AnySettings};
use crate::games::atlas::{self, Action, Point, Settings};
use crate::games::{Game, MatchTime};
use crate::live::{Latest, RoomLog};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn settings(rounds: u8, late: Late) -> RoomSettings {
    let game = Settings { rounds, ..Settings::default() };
    RoomSettings { public: true, late, game: AnySettings::Atlas(game) }
}

fn player(number: u8) -> Player {
    // Two of them share a name.
    Player { user: format!("usr_{number}"), name: format!("Player {}", number % 4), account: false }
}

/// A room with its log, as the actor keeps it.
struct Table {
    state: RoomState,
    log: Vec<bytes::Bytes>,
    pending: BTreeMap<u8, LatestAction>,
    at: u64,
}

impl Table {
    fn new(settings: RoomSettings) -> Self {
        let input = Input::Created {
            id: "rom_1".into(),
            code: "BCDFGH".into(),
            settings,
            special: None,
            owner: "usr_0".into(),
        };
        let entry = Entry { at: 0, wall: 1, key: None, folded: Vec::new(), input, hash: None };
        let state = RoomState::begin(&entry, 1).expect("a beginning");
        Self { state, log: vec![encode(&entry)], pending: BTreeMap::new(), at: 0 }
    }

    fn enter(&mut self, input: Input) -> Result<Vec<super::state::Out>, crate::games::Rejection> {
        let mut entry = Entry { at: self.at, wall: 1, key: None, folded: Vec::new(), input, hash: None };
        let before = self.state.clone();
        let outs = self.state.apply(&entry);
        if outs.is_err() {
            assert_eq!(before, self.state, "a refused input changes nothing");
            return outs;
        }
        entry.folded = std::mem::take(&mut self.pending).into_values().collect();
        entry.hash = self.state.play.as_ref().map(|play| play.game.hash());
        self.log.push(encode(&entry));
        outs
    }

    fn command(
        &mut self,
        member: u32,
        command: RoomCommand,
    ) -> Result<Vec<super::state::Out>, crate::games::Rejection> {
        self.enter(Input::Command { member: MemberId(member), command })
    }

    fn start(&mut self, seed: u64) {
        let AnySettings::Atlas(settings) = &self.state.settings.game;
        let deck = AnyDeck::Atlas(atlas::testing::deck(settings, seed));
        let input = Input::Start { id: format!("mat_{seed}"), rules: atlas::Match::RULES, seed, deck };
        let _ = self.enter(input);
    }

    fn again(&self) -> RoomLog {
        RoomLog {
            epoch: 1,
            first_seq: 1,
            ordered: self.log.clone(),
            latest: self
                .pending
                .values()
                .map(|latest| Latest { slot: u32::from(latest.seat.0), data: encode(latest) })
                .collect(),
        }
    }
}

fn pin(round: u8, lat: f64, lon: f64) -> AnyAction {
    AnyAction::Atlas(Action::Pin { round, at: Point { lat, lon }, country: None })
}

#[derive(Debug, Clone)]
enum Step {
    Join(u8, bool),
    Command(u32, u8, u32),
    Pin(u8, u8, i8, i16),
    Lock(u32, u8),
    Skip(u32, u8),
    Presence(u32, bool),
    Wait(u32),
    Start(u64),
    Host(u32),
    Rebuilt,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u8..8, any::<bool>()).prop_map(|(who, watch)| Step::Join(who, watch && who > 5)),
        3 => (1_u32..8, 0_u8..12, 1_u32..8).prop_map(|(who, what, other)| Step::Command(who, what, other)),
        6 => (0_u8..6, 1_u8..5, -80_i8..80, -180_i16..180).prop_map(|(s, r, lat, lon)| Step::Pin(s, r, lat, lon)),
        6 => (1_u32..8, 1_u8..5).prop_map(|(who, round)| Step::Lock(who, round)),
        3 => (1_u32..8, 1_u8..5).prop_map(|(who, round)| Step::Skip(who, round)),
        3 => (1_u32..8, any::<bool>()).prop_map(|(who, here)| Step::Presence(who, here)),
        4 => (0_u32..70_000).prop_map(Step::Wait),
        2 => (1_u64..50).prop_map(Step::Start),
        1 => (1_u32..8).prop_map(Step::Host),
        1 => Just(Step::Rebuilt),
    ]
}

fn run(table: &mut Table, step: &Step) {
    match step.clone() {
        Step::Join(who, watch) => {
            let _ = table.enter(Input::Join { player: player(who), watch });
        }
        Step::Command(who, what, other) => {
            let command = match what {
                0 => RoomCommand::Leave,
                1 => RoomCommand::Rename { name: format!("Name {}", other % 3) },
                2 => RoomCommand::Watch { watch: other % 2 == 0 },
                3 => RoomCommand::Settings { settings: settings(1 + (other as u8 % 3), Late::NextRound) },
                4 => RoomCommand::Pause,
                5 => RoomCommand::Resume,
                6 => RoomCommand::Abort,
                7 => RoomCommand::Again,
                8 => RoomCommand::Kick { member: MemberId(other) },
                9 => RoomCommand::HandOver { member: MemberId(other) },
                10 => RoomCommand::Chat { text: format!("hello {other}") },
                _ => RoomCommand::Emote { emote: "👍".into() },
            };
            let _ = table.command(who, command);
        }
        Step::Pin(seat, round, lat, lon) => {
            let seat = crate::games::SeatId(seat);
            let action = pin(round, f64::from(lat), f64::from(lon));
            let latest = LatestAction { at: table.at, seat, action };
            if table.state.latest(&latest).is_ok() {
                table.pending.insert(seat.0, latest);
            }
        }
        Step::Lock(who, round) => {
            let at = Point { lat: f64::from(who), lon: f64::from(round) };
            let action = AnyAction::Atlas(Action::Lock { round, at: Some(at), country: None });
            let _ = table.command(who, RoomCommand::Act { action });
        }
        Step::Skip(who, round) => {
            let action = AnyAction::Atlas(Action::Skip { round });
            let _ = table.command(who, RoomCommand::Act { action });
        }
        Step::Presence(who, connected) => {
            let _ = table.enter(Input::Presence { member: MemberId(who), connected });
        }
        Step::Wait(ms) => {
            table.at += u64::from(ms);
            if table.state.play.as_ref().and_then(super::state::Play::due).is_some_and(|due| table.at >= due)
            {
                let _ = table.enter(Input::Tick);
            }
        }
        Step::Start(seed) => table.start(seed),
        Step::Host(to) => {
            let _ = table.enter(Input::HostPasses { to: MemberId(to) });
        }
        Step::Rebuilt => {
            let _ = table.enter(Input::Rebuilt { grace_ms: 10_000 });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Play it again from the journal, at any moment: the same state, hashes equal, every view the same.
    #[test]
    fn the_log_leads_to_the_same_room(steps in prop::collection::vec(step(), 1..80), cut in 0_usize..80) {
        let mut table = Table::new(settings(3, Late::NextRound));
        for (index, step) in steps.iter().enumerate() {
            run(&mut table, step);
            if index == cut {
                let rebuilt = rebuild(&table.again()).expect("it rebuilds");
                prop_assert_eq!(&rebuilt.state, &table.state);
            }
        }
        let rebuilt = rebuild(&table.again()).expect("it rebuilds");
        prop_assert!(!rebuilt.state.broken);
        for member in &table.state.members {
            prop_assert_eq!(rebuilt.state.view(member.id), table.state.view(member.id));
        }
        prop_assert_eq!(rebuilt.state, table.state);
    }

    /// A snapshot in the place of all before is as good as the log.
    #[test]
    fn a_snapshot_stands_for_all_before(steps in prop::collection::vec(step(), 1..60)) {
        let mut table = Table::new(settings(2, Late::Watch));
        for step in &steps {
            run(&mut table, step);
        }
        let state = table.state.clone();
        let entry = Entry {
            at: table.at,
            wall: 1,
            key: None,
            folded: Vec::new(),
            input: Input::Snapshot { state: Box::new(state.clone()) },
            hash: None,
        };
        let read: Entry = decode(&encode(&entry)).expect("it reads");
        let again = RoomState::begin(&read, state.version).expect("a beginning");
        prop_assert_eq!(again, state);
    }

    /// There is always a host when anybody is in, names are unique, and seats belong to one member each.
    #[test]
    fn a_room_is_never_without_order(steps in prop::collection::vec(step(), 1..80)) {
        let mut table = Table::new(settings(3, Late::NextRound));
        for step in &steps {
            run(&mut table, step);
            let state = &table.state;
            prop_assert_eq!(state.members.is_empty(), state.host.is_none_or(|host| state.member(host).is_none()));
            let names: std::collections::BTreeSet<String> =
                state.members.iter().map(|member| member.player.name.to_lowercase()).collect();
            prop_assert_eq!(names.len(), state.members.len());
            let seats: Vec<_> = state.members.iter().filter_map(|member| member.seat).collect();
            let unique: std::collections::BTreeSet<_> = seats.iter().collect();
            prop_assert_eq!(unique.len(), seats.len());
        }
    }
}

#[test]
fn a_kicked_player_and_a_leaver() {
    let mut table = Table::new(settings(2, Late::Watch));
    for who in 0..3 {
        table.enter(Input::Join { player: player(who), watch: false }).expect("in");
    }
    let outs = table.command(1, RoomCommand::Kick { member: MemberId(2) }).expect("kicked");
    assert_eq!(outs[0].event, RoomEvent::Gone { member: MemberId(2), why: Gone::Kicked });
    let refused = table.enter(Input::Join { player: player(1), watch: false }).expect_err("stays out");
    assert_eq!(refused.code, "kicked");
    // The host leaves: the role passes on at once.
    table.command(1, RoomCommand::Leave).expect("gone");
    assert_eq!(table.state.host, Some(MemberId(3)));
    // Who left may come back, as somebody new.
    table.enter(Input::Join { player: player(0), watch: false }).expect("in");
    assert_eq!(table.state.members.last().map(|member| member.id), Some(MemberId(4)));
}

#[test]
fn a_pause_stops_match_time() {
    let mut table = Table::new(settings(2, Late::Watch));
    table.enter(Input::Join { player: player(0), watch: false }).expect("in");
    table.start(1);
    let due = |table: &Table| table.state.play.as_ref().and_then(super::state::Play::due);
    let before = due(&table).expect("a deadline");
    table.at += 20_000;
    table.command(1, RoomCommand::Pause).expect("paused");
    assert_eq!(due(&table), None);
    table.at += 300_000;
    assert_eq!(table.state.play.as_ref().map(|play| play.time(table.at)), Some(MatchTime(20_000)));
    table.command(1, RoomCommand::Resume).expect("runs");
    assert_eq!(due(&table), Some(before + 300_000));
}

#[test]
fn a_daily_is_one_players_alone_is_not_paused_and_not_repeated() {
    let mut table = Table::new(settings(2, Late::Watch));
    table.state.special = Some(super::entry::Special::Daily("2026-11-21".into()));
    table.enter(Input::Join { player: player(0), watch: false }).expect("its owner");
    let other = table.enter(Input::Join { player: player(1), watch: true }).expect_err("alone");
    assert_eq!(other.code, "daily_solo");
    table.start(1);
    assert_eq!(table.command(1, RoomCommand::Pause).expect_err("runs").code, "daily_clock");
    assert_eq!(table.command(1, RoomCommand::Abort).expect_err("counts").code, "daily_once");
    for round in 1..=2 {
        let at = Some(Point { lat: 1.0, lon: 1.0 });
        let lock = AnyAction::Atlas(Action::Lock { round, at, country: None });
        table.command(1, RoomCommand::Act { action: lock }).expect("locked");
        let skip = AnyAction::Atlas(Action::Skip { round });
        let _ = table.command(1, RoomCommand::Act { action: skip });
    }
    assert!(table.state.play.as_ref().is_some_and(super::state::Play::over));
    table.enter(Input::Recorded { id: "mat_1".into() }).expect("recorded");
    assert_eq!(table.command(1, RoomCommand::Again).expect_err("once").code, "daily_once");
    assert_eq!(table.state.may_start(MemberId(1)).expect_err("once").code, "daily_once");
}

#[test]
fn a_challenge_is_answered_once_then_the_room_goes_on_with_new_rounds() {
    let mut table = Table::new(settings(1, Late::Watch));
    let challenge = super::entry::Special::Challenge("mat_1".into());
    table.state.special = Some(challenge.clone());
    table.enter(Input::Join { player: player(0), watch: false }).expect("the first");
    let changed = RoomCommand::Settings { settings: settings(3, Late::Watch) };
    assert_eq!(table.command(1, changed.clone()).expect_err("fixed").code, "settings_fixed");
    table.start(7);
    assert_eq!(table.state.special, Some(challenge), "the match that runs answers it");
    table.command(1, RoomCommand::Abort).expect("the host may");
    assert!(table.state.special.is_some(), "it was not answered yet");
    table.start(8);
    let lock = Action::Lock { round: 1, at: Some(Point { lat: 1.0, lon: 2.0 }), country: None };
    table.command(1, RoomCommand::Act { action: AnyAction::Atlas(lock) }).expect("a lock");
    table.at += 600_000;
    table.enter(Input::Tick).expect("the result's end");
    let id = table.state.play.as_ref().filter(|play| play.over()).expect("it is over").id.clone();
    table.enter(Input::Recorded { id }).expect("the record");
    table.command(1, RoomCommand::Again).expect("again");
    assert_eq!(table.state.special, None);
    table.command(1, changed).expect("the settings are the host's again");
}

#[test]
fn another_rules_version_or_a_changed_game_ends_the_match_with_a_word() {
    let mut table = Table::new(settings(2, Late::Watch));
    table.enter(Input::Join { player: player(0), watch: false }).expect("in");
    table.start(1);
    let lock =
        AnyAction::Atlas(Action::Lock { round: 1, at: Some(Point { lat: 1.0, lon: 1.0 }), country: None });
    table.command(1, RoomCommand::Act { action: lock }).expect("locked");
    // The hash of another game.
    let mut log = table.again();
    let mut last: Entry = decode(log.ordered.last().expect("entries")).expect("it reads");
    last.hash = last.hash.map(|hash| hash ^ 1);
    *log.ordered.last_mut().expect("entries") = encode(&last);
    assert!(rebuild(&log).expect("the room lives").state.broken);
    // Rules from the future.
    let mut log = table.again();
    let mut start: Entry = decode(&log.ordered[2]).expect("it reads");
    if let Input::Start { rules, .. } = &mut start.input {
        *rules += 1;
    }
    log.ordered[2] = encode(&start);
    let mut broken = rebuild(&log).expect("the room lives").state;
    assert!(broken.broken);
    let entry =
        Entry { at: 0, wall: 0, key: None, folded: Vec::new(), input: Input::Unreplayable, hash: None };
    let outs = broken.apply(&entry).expect("it ends");
    assert!(outs.iter().any(|out| matches!(out.event, RoomEvent::Aborted { .. }) && out.to == To::All));
    assert!(!broken.broken && broken.play.is_none());
}

#[test]
fn a_match_of_another_game_is_not_taken_for_ours() {
    let deck = |rounds| {
        let wanted = Settings { rounds, ..Settings::default() };
        AnyDeck::Atlas(atlas::testing::deck(&wanted, 1))
    };
    let mut table = Table::new(settings(2, Late::Watch));
    table.enter(Input::Join { player: player(0), watch: false }).expect("in");
    let input = Input::Start { id: "mat_1".into(), rules: atlas::Match::RULES, seed: 1, deck: deck(3) };
    assert_eq!(table.enter(input).expect_err("another deck").code, "deck_mismatch");
    let AnyDeck::Atlas(fits) = deck(2);
    assert_eq!(fits.rounds.len(), 2);
    assert!(table.state.play.is_none());
}

/// docs/limits.md says what the code does.
#[test]
fn bounds_are_documented() {
    use super::{actor, history, outbox, state};
    let text = include_str!("../../docs/limits.md");
    for (line, bound) in [
        ("seats of a match", state::MAX_SEATS),
        ("members, spectators included", state::MAX_MEMBERS),
        ("chat lines that it keeps", state::MAX_CHAT),
        ("characters | a chat line", state::MAX_CHAT_CHARS),
        ("chat lines during one match", state::MAX_CHAT_PER_MATCH as usize),
        ("versions kept for clients", history::MAX_VERSIONS),
        ("replies kept for commands", state::MAX_REPLIES),
        ("removed players that it remembers", state::MAX_BANNED),
        ("messages that wait for a room", actor::MAILBOX),
        ("frames that wait for one connection", outbox::MAX_QUEUED),
        ("replies that wait for one connection", outbox::MAX_REPLIES),
    ] {
        let row = text.lines().find(|row| row.contains(line)).unwrap_or_else(|| panic!("no line: {line}"));
        assert!(row.replace(',', "").contains(&format!("| {bound} ")), "{row} is not {bound}");
    }
}

#[test]
fn chat_is_bounded_and_old_replies_are_forgotten() {
    use super::entry::CommandKey;
    let mut table = Table::new(settings(2, Late::Watch));
    table.enter(Input::Join { player: player(0), watch: false }).expect("in");
    for id in 0..600 {
        let key = CommandKey { member: MemberId(1), client: 1, id };
        let input =
            Input::Command { member: MemberId(1), command: RoomCommand::Chat { text: format!("line {id}") } };
        let entry = Entry { at: 0, wall: 0, key: Some(key), folded: Vec::new(), input, hash: None };
        table.state.apply(&entry).expect("said");
    }
    let view = table.state.view(MemberId(1)).expect("a member");
    assert_eq!(view.chat.len(), super::state::MAX_CHAT);
    let key = |id| CommandKey { member: MemberId(1), client: 1, id };
    assert_eq!(table.state.replied(&key(599)), Some(table.state.version));
    assert_eq!(table.state.replied(&key(0)), None);
    let long = RoomCommand::Chat { text: "x".repeat(301) };
    assert_eq!(table.command(1, long).expect_err("too long").code, "bad_text");
}
