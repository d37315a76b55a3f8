use super::*;
use crate::store::matches::{self, Finished};
use crate::store::mirror::{self, RoomDelta};
use crate::store::testing::store;
use crate::store::users::{self, User};
use crate::store::{daily, periods, sql::Tx};

fn ladder() -> (tempfile::TempDir, Store, Ladder) {
    let (dir, store) = store();
    (dir, store.clone(), Ladder::new(store))
}

fn user(name: &str) -> User {
    User { id: format!("usr_{name}"), name: name.to_owned(), account: name == "eve", created_at: 1 }
}

async fn users(store: &Store, names: &'static [&'static str]) {
    store.write(move |tx| names.iter().try_for_each(|name| users::insert(tx, &user(name)))).await.unwrap();
}

/// A match of five rounds that ends now; players by name with their points, best first.
fn finished(id: &str, board: Option<&str>, players: &[(&str, i64)]) -> Finished {
    let seats = players
        .iter()
        .enumerate()
        .map(|(seat, (name, points))| SeatRecord {
            seat: seat as u32,
            user: Some(user(name).id),
            name: (*name).to_owned(),
            account: *name == "eve",
            rank: 1 + players.iter().filter(|(_, other)| other > points).count() as u32,
            points: *points,
            left: false,
        })
        .collect();
    Finished {
        id: id.to_owned(),
        room: format!("rom_{id}"),
        game: "atlas".into(),
        rules: 3,
        board: board.map(str::to_owned),
        daily: None,
        challenge: None,
        settings: r#"{"game":"atlas"}"#.into(),
        seed: "18446744073709551615".into(),
        deck: vec![1, 2, 3],
        inputs: vec![4, 5],
        hashes: "[]".into(),
        results: format!(r#"["{id}"]"#),
        rounds: 5,
        max_points: 25_000,
        started_at: now_ms() - 60_000,
        finished_at: now_ms(),
        seats,
    }
}

async fn finish(store: &Store, done: Finished) -> bool {
    store.write(move |tx| matches::finish(tx, &done)).await.unwrap()
}

fn classic(by: Metric) -> BoardQuery {
    BoardQuery { preset: "classic".into(), by, period: Period::Day, cursor: None }
}

#[tokio::test]
async fn a_match_counts_exactly_once() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada", "eve"]).await;
    let done = finished("mat_1", Some("classic"), &[("eve", 20_000), ("ada", 15_000)]);
    let room = RoomDelta { room: done.room.clone(), code: "ABCDEF".into(), ..RoomDelta::default() };
    let again = room.clone();
    store.write(move |tx| mirror::save(tx, std::slice::from_ref(&room), 1)).await.unwrap();
    assert!(finish(&store, done.clone()).await);
    assert_eq!(store.read(mirror::load_all).await.unwrap(), [], "the mirror went with it");

    // After a crash the room is rebuilt from the journal, mirrored again, and finishes again.
    store.write(move |tx| mirror::save(tx, std::slice::from_ref(&again), 2)).await.unwrap();
    assert!(!finish(&store, done.clone()).await);
    assert_eq!(store.read(mirror::load_all).await.unwrap(), []);
    assert_eq!(ladder.consume_outbox().await, Ok(1));
    assert!(!finish(&store, done).await);
    assert_eq!(ladder.consume_outbox().await, Ok(0));

    let board = ladder.leaderboard(classic(Metric::Points), Some("usr_ada")).await.unwrap();
    assert_eq!(board.players, 2);
    assert_eq!(board.me, Some(BoardMe { rank: 2, value: 15_000.0, games: 1 }));
    let eve = ladder.profile("usr_eve").await.unwrap().unwrap();
    assert_eq!((eve.games, eve.wins, eve.points, eve.account), (1, 1, 20_000, true));
    assert_eq!(
        eve.bests,
        [PersonalBest { preset: "classic".into(), best: 4_000.0, match_id: "mat_1".into() }]
    );
    let ada = ladder.profile("usr_ada").await.unwrap().unwrap();
    assert_eq!((ada.games, ada.wins), (1, 0));
    assert_eq!(ladder.profile("usr_nobody").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_finish_and_count_at_once_do_it_once() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada"]).await;
    let done = finished("mat_1", Some("classic"), &[("ada", 100)]);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (store, done, ladder) = (store.clone(), done.clone(), ladder.clone());
            tokio::spawn(async move {
                let first = finish(&store, done).await;
                (first, ladder.consume_outbox().await.unwrap())
            })
        })
        .collect();
    let (mut firsts, mut counted) = (0, 0);
    for task in tasks {
        let (first, count) = task.await.unwrap();
        firsts += usize::from(first);
        counted += count;
    }
    assert_eq!((firsts, counted), (1, 1));
    assert_eq!(ladder.profile("usr_ada").await.unwrap().unwrap().points, 100);
}

#[tokio::test]
async fn only_presets_count_and_neither_dailies_nor_challenges() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada"]).await;
    let play = |id: &str| finished(id, Some("classic"), &[("ada", 5_000)]);
    finish(&store, Finished { board: None, ..play("mat_custom") }).await;
    finish(&store, Finished { challenge: Some("mat_custom".into()), ..play("mat_challenge") }).await;
    finish(&store, Finished { daily: Some(periods::day_key(now_ms())), ..play("mat_daily") }).await;
    ladder.consume_outbox().await.unwrap();
    let board = ladder.leaderboard(classic(Metric::Games), Some("usr_ada")).await.unwrap();
    assert_eq!(board, Leaderboard { rows: vec![], me: None, players: 0, next: None });
    let ada = ladder.profile("usr_ada").await.unwrap().unwrap();
    assert_eq!((ada.games, ada.wins, ada.bests.len()), (3, 0, 0), "totals count all, alone nobody wins");
    finish(&store, play("mat_preset")).await;
    assert_eq!(ladder.leaderboard(classic(Metric::Games), None).await.unwrap().players, 1);
}

#[tokio::test]
async fn best_is_one_match_and_ties_share_a_rank() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada", "bob", "cyd", "eve"]).await;
    let first = [("ada", 20_001), ("bob", 10_000), ("cyd", 10_000), ("eve", 5_000)];
    finish(&store, finished("mat_1", Some("classic"), &first)).await;
    finish(&store, finished("mat_2", Some("classic"), &[("bob", 9_000), ("ada", 100)])).await;
    let best = ladder.leaderboard(classic(Metric::Best), Some("usr_eve")).await.unwrap();
    let lines: Vec<_> =
        best.rows.iter().map(|row| (row.rank, row.name.as_str(), row.value, row.games)).collect();
    assert_eq!(
        lines,
        [(1, "ada", 4_000.2, 2), (2, "cyd", 2_000.0, 1), (2, "bob", 2_000.0, 2), (4, "eve", 1_000.0, 1)]
    );
    assert_eq!(best.me, Some(BoardMe { rank: 4, value: 1_000.0, games: 1 }));
    assert!(best.rows[3].account);
    let points = ladder.leaderboard(classic(Metric::Points), None).await.unwrap();
    assert_eq!(points.rows[0].value.to_string(), "20101");
    let json = serde_json::to_value(&best.rows[0]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"rank":1,"user":"usr_ada","name":"ada","account":false,"value":4000.2,"games":2})
    );
}

#[tokio::test]
async fn pages_of_a_board_follow_each_other() {
    let (_dir, store, ladder) = ladder();
    let names: Vec<String> = (0..120).map(|number| format!("p{number:03}")).collect();
    let insert = names.clone();
    store.write(move |tx| insert.iter().try_for_each(|name| users::insert(tx, &user(name)))).await.unwrap();
    for (number, name) in names.iter().enumerate() {
        let points = number as i64 / 10 * 1_000;
        finish(&store, finished(&format!("mat_{number}"), Some("classic"), &[(name, points)])).await;
    }
    let mut query = classic(Metric::Points);
    let mut rows = Vec::new();
    loop {
        let page = ladder.leaderboard(query.clone(), None).await.unwrap();
        rows.extend(page.rows);
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(rows.len(), 120);
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row.rank, place as i64 / 10 * 10 + 1, "ten share each rank, also across pages");
    }
    query.cursor = Some("nonsense".into());
    assert_eq!(ladder.leaderboard(query, None).await, Err(LadderError::BadCursor));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daily_is_started_and_counted_once_a_player() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada", "bob"]).await;
    let date = periods::day_key(now_ms());
    let starts: Vec<_> = (0..50)
        .map(|number| {
            let (store, date) = (store.clone(), date.clone());
            tokio::spawn(async move {
                let room = format!("rom_{number}");
                store.write(move |tx| daily::start(tx, &date, "usr_ada", &room, 1)).await.unwrap()
            })
        })
        .collect();
    let (mut started, mut rooms) = (0, std::collections::BTreeSet::new());
    for start in starts {
        match start.await.unwrap() {
            daily::DailyStart::Started => started += 1,
            daily::DailyStart::Running { room } => {
                rooms.insert(room);
            }
            daily::DailyStart::Played { .. } => panic!("nobody has finished"),
        }
    }
    assert_eq!((started, rooms.len()), (1, 1));
    let room = rooms.pop_first().unwrap();

    let (day, from) = (date.clone(), room.clone());
    let moved = store
        .write(move |tx| {
            Ok([
                daily::move_to(tx, &day, "usr_ada", &from, "rom_new")?,
                daily::move_to(tx, &day, "usr_ada", &from, "rom_newer")?,
            ])
        })
        .await
        .unwrap();
    assert_eq!(moved, [true, false]);

    let play = |id: &str, name: &str, points| {
        let done = finished(id, Some("classic"), &[(name, points)]);
        Finished { daily: Some(date.clone()), ..done }
    };
    assert!(!ladder.daily_open(&date, Some("usr_ada")).await.unwrap());
    assert!(finish(&store, play("mat_a", "ada", 900)).await);
    assert!(finish(&store, play("mat_a2", "ada", 9_999)).await);
    assert!(finish(&store, play("mat_b", "bob", 950)).await);
    let board = ladder.daily_board(&date, Some("usr_ada"), false, None).await.unwrap();
    let lines: Vec<_> = board.rows.iter().map(|row| (row.rank, row.name.as_str(), row.points)).collect();
    assert_eq!(lines, [(1, "bob", 950), (2, "ada", 900)], "a second play does not count");
    assert_eq!((board.me, board.players), (Some(DailyMe { rank: 2, points: 900 }), 2));
    assert_eq!(board.rows[0].match_id, None);
    let open = ladder.daily_board(&date, None, true, None).await.unwrap();
    assert_eq!(open.rows[0].match_id.as_deref(), Some("mat_b"));
    let day = date.clone();
    let again = store.write(move |tx| daily::start(tx, &day, "usr_ada", "rom_x", 1)).await.unwrap();
    assert_eq!(again, daily::DailyStart::Played { match_id: "mat_a".into() });
    assert_eq!(ladder.daily_board("today", None, false, None).await, Err(LadderError::BadDate));
}

#[tokio::test]
async fn a_daily_of_today_is_sealed_also_by_way_of_a_challenge() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada", "bob"]).await;
    let today = periods::day_key(now_ms());
    let play = |id: &str, name: &str| finished(id, Some("classic"), &[(name, 10)]);
    finish(&store, Finished { daily: Some(today.clone()), ..play("mat_today", "ada") }).await;
    finish(&store, Finished { challenge: Some("mat_today".into()), ..play("mat_dare", "ada") }).await;
    finish(&store, Finished { daily: Some("2026-01-01".into()), ..play("mat_past", "ada") }).await;
    finish(&store, play("mat_plain", "ada")).await;
    for id in ["mat_today", "mat_dare"] {
        assert_eq!(ladder.seal(id, Some("usr_ada")).await, Ok(Seal::Open));
        for viewer in [None, Some("usr_bob")] {
            assert_eq!(ladder.seal(id, viewer).await, Ok(Seal::DailyOpen { date: today.clone() }));
        }
    }
    assert_eq!(ladder.seal("mat_past", None).await, Ok(Seal::Open));
    assert_eq!(ladder.seal("mat_plain", None).await, Ok(Seal::Open));
    assert_eq!(ladder.seal("mat_none", None).await, Ok(Seal::Unknown));
    assert!(ladder.daily_open("2026-01-01", None).await.unwrap());
}

#[tokio::test]
async fn a_deck_of_the_day_is_kept_once() {
    let (_dir, store, _ladder) = ladder();
    let keep = |seed: &'static str| {
        let made = daily::DailyDeck { seed: seed.into(), deck: vec![1, 2] };
        move |tx: &mut dyn Tx| daily::keep_deck(tx, "2026-11-21", &made)
    };
    assert_eq!(store.write(keep("1")).await.unwrap().seed, "1");
    assert_eq!(store.write(keep("2")).await.unwrap().seed, "1");
    assert_eq!(store.read(|tx| daily::deck(tx, "2026-11-22")).await.unwrap(), None);
}

#[tokio::test]
async fn history_is_complete_while_matches_are_added() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada", "bob"]).await;
    let at = now_ms();
    let add = |number: i64| {
        // Three matches share each millisecond.
        let done = finished(&format!("mat_{number:04}"), Some("classic"), &[("ada", number), ("bob", 1)]);
        finish(&store, Finished { finished_at: at + number / 3, ..done })
    };
    for number in 0..50 {
        add(number).await;
    }
    let (mut seen, mut cursor, mut newer) = (Vec::new(), None::<String>, 50);
    loop {
        let page = ladder.history("usr_ada", cursor.as_deref()).await.unwrap();
        seen.extend(page.matches);
        add(newer).await;
        newer += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let ids: Vec<_> = seen.iter().map(|card| card.id.clone()).collect();
    assert_eq!(ids, (0..50).rev().map(|number| format!("mat_{number:04}")).collect::<Vec<_>>());
    assert_eq!((seen[0].seats, seen[0].rank, seen[0].names.join(" ")), (2, 1, "ada bob".into()));
    assert_eq!(ladder.history("usr_nobody", None).await.unwrap(), History { matches: vec![], next: None });
}

#[tokio::test]
async fn a_record_a_replay_and_a_comparison_come_back_as_they_went_in() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada", "bob", "cyd"]).await;
    let root = finished("mat_root", Some("classic"), &[("ada", 300), ("ghost", 200)]);
    finish(&store, root.clone()).await;
    for (id, name, points) in [("mat_c1", "bob", 250), ("mat_c2", "cyd", 400)] {
        let done = finished(id, Some("classic"), &[(name, points)]);
        finish(&store, Finished { challenge: Some("mat_root".into()), ..done }).await;
    }
    let record = ladder.record("mat_root").await.unwrap().unwrap();
    assert_eq!(record.head.settings, root.settings);
    assert_eq!(record.seats[0], root.seats[0]);
    assert_eq!((record.seats[1].user.as_ref(), record.seats[1].name.as_str()), (None, "ghost"));
    let replay = ladder.replay("mat_root").await.unwrap().unwrap();
    assert_eq!(
        (replay.seed, replay.deck, replay.inputs, replay.rules),
        (root.seed, root.deck, root.inputs, 3)
    );
    assert_eq!(ladder.replay("mat_none").await.unwrap(), None);

    for id in ["mat_root", "mat_c1"] {
        let compare = ladder.compare(id).await.unwrap().unwrap();
        assert_eq!(compare.root.head.id, "mat_root");
        let lines: Vec<_> = compare.attempts.iter().map(|a| (a.name.as_str(), a.points)).collect();
        assert_eq!(lines, [("cyd", 400), ("ada", 300), ("bob", 250), ("ghost", 200)]);
        assert_eq!(compare.results["mat_c2"], r#"["mat_c2"]"#);
    }
    assert_eq!(ladder.compare("mat_none").await.unwrap(), None);
}

#[tokio::test]
async fn a_failed_finish_leaves_nothing() {
    let (_dir, store, ladder) = ladder();
    users(&store, &["ada"]).await;
    let mut done = finished("mat_1", Some("classic"), &[("ada", 1), ("ada", 1)]);
    done.seats[1].seat = 0;
    let twice = done.clone();
    let failed = store.write(move |tx| matches::finish(tx, &twice)).await;
    assert_eq!(failed, Err(StoreError::Constraint { name: "match_seats_match_id_seat".into() }));
    assert_eq!(ladder.record("mat_1").await.unwrap(), None);
    assert_eq!(ladder.leaderboard(classic(Metric::Points), None).await.unwrap().players, 0);
    done.seats.truncate(1);
    assert!(finish(&store, done).await);
}
