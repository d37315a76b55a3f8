use super::*;
use crate::store::testing::store;
use crate::store::users::{self, User};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn user(number: usize) -> User {
    User {
        id: format!("usr_{number:03}"),
        name: format!("P{number}"),
        account: number % 2 == 1,
        created_at: 1,
    }
}

/// What the boards should say: all scores, summed by hand.
#[derive(Debug, Default)]
struct Model {
    rows: BTreeMap<String, [i64; 3]>,
}

impl Model {
    fn add(&mut self, score: &Score) {
        let row = self.rows.entry(score.user.clone()).or_insert([0, i64::MIN, 0]);
        *row = [row[0] + score.points, row[1].max(score.average), row[2] + 1];
    }

    fn board(&self, metric: usize) -> Vec<(i64, String, i64)> {
        let mut all: Vec<_> = self.rows.iter().map(|(user, row)| (row[metric], user.clone())).collect();
        all.sort_by(|a, b| b.cmp(a));
        all.iter()
            .map(|(value, user)| {
                let rank = 1 + all.iter().filter(|(other, _)| other > value).count() as i64;
                (rank, user.clone(), *value)
            })
            .collect()
    }
}

fn pages(tx: &mut dyn Tx, scope: i64, metric: Metric, size: i64) -> Result<Vec<Entry>> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let last = all.last().map(|entry| (entry.value, entry.user.clone()));
        let next = page(tx, scope, metric, last.as_ref().map(|(value, user)| (*value, user.as_str())), size)?;
        let done = (next.len() as i64) < size;
        all.extend(next);
        if done {
            return Ok(all);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn boards_equal_a_brute_force_model(
        matches in prop::collection::vec(
            prop::collection::vec((0_usize..12, prop_oneof![0_i64..6, 900_i64..1_200, 0_i64..100_000]), 1..5),
            1..25,
        ),
        size in 1_i64..6,
    ) {
        let (_dir, store) = store();
        let mut model = Model::default();
        let mut all = Vec::new();
        for (number, scores) in matches.iter().enumerate() {
            let scores: Vec<_> = scores
                .iter()
                .map(|(who, points)| Score {
                    user: user(*who).id,
                    points: *points,
                    average: average(*points, 5),
                    match_id: format!("mat_{number}"),
                })
                .collect();
            for score in &scores {
                model.add(score);
            }
            all.push(scores);
        }
        let found = store
            .write_blocking(move |tx| {
                for number in 0..12 {
                    users::insert(tx, &user(number))?;
                }
                for scores in &all {
                    record(tx, "classic", 1_795_219_200_000, scores)?;
                }
                let scope = scope(tx, "classic", "all")?.expect("somebody played");
                let mut found = Vec::new();
                for metric in Metric::ALL {
                    let entries = pages(tx, scope.id, metric, size)?;
                    for entry in &entries {
                        let own = standing(tx, scope.id, metric, &entry.user)?.expect("on the board");
                        assert_eq!((own.rank, own.value, own.games), (entry.rank, entry.value, entry.games));
                    }
                    found.push(entries);
                }
                Ok((scope.players, found))
            })
            .unwrap();
        prop_assert_eq!(found.0, model.rows.len() as i64);
        for (metric, entries) in found.1.into_iter().enumerate() {
            let got: Vec<_> = entries.into_iter().map(|entry| (entry.rank, entry.user, entry.value)).collect();
            prop_assert_eq!(got, model.board(metric));
        }
    }

    #[test]
    fn buckets_are_monotone_and_fine(value in 0_i64..i64::MAX / 2, step in 0_i64..1_000_000) {
        let low = bucket(value);
        prop_assert!(low <= bucket(value + step));
        prop_assert!(bucket_start(low) <= value && value < bucket_start(low + 1));
        prop_assert!((bucket_start(low + 1) - bucket_start(low) - 1) * 1_000 <= value.max(1));
    }
}

#[test]
fn small_values_have_a_bucket_each_and_large_ones_fit() {
    for value in 0..2_048 {
        assert_eq!(bucket(value), value);
        assert_eq!(bucket_start(value), value);
    }
    assert_eq!(bucket(2_049), bucket(2_048));
    assert_eq!(bucket(-5), 0);
    assert!(bucket(i64::MAX) < 60_000);
    assert_eq!(bucket_start(bucket(i64::MAX) + 1), i64::MAX);
}

#[test]
fn averages_round_half_up() {
    assert_eq!((average(25_000, 5), average(1, 3), average(1, 8), average(0, 0)), (500_000, 33, 13, 0));
}

#[test]
fn pages_are_complete_while_rows_are_added() {
    let (_dir, store) = store();
    let put = |numbers: std::ops::Range<usize>| {
        move |tx: &mut dyn Tx| {
            for number in numbers.clone() {
                users::insert(tx, &user(number))?;
                let points = (number as i64 % 7) * 100;
                let score = Score { user: user(number).id, points, average: points, match_id: "m".into() };
                record_in(tx, "classic", "all", None, &[score])?;
            }
            Ok(())
        }
    };
    store.write_blocking(put(0..60)).unwrap();
    let mut seen = Vec::new();
    let mut last: Option<(i64, String)> = None;
    let mut added = 60;
    loop {
        let after = last.clone();
        let next = store
            .read_blocking(move |tx| {
                let scope = scope(tx, "classic", "all")?.expect("somebody played");
                page(
                    tx,
                    scope.id,
                    Metric::Points,
                    after.as_ref().map(|(value, user)| (*value, user.as_str())),
                    7,
                )
            })
            .unwrap();
        let Some(end) = next.last() else { break };
        last = Some((end.value, end.user.clone()));
        seen.extend(next.into_iter().map(|entry| entry.user));
        store.write_blocking(put(added..added + 5)).unwrap();
        added += 5;
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "nobody twice");
    assert!((0..60).all(|number| seen.contains(&user(number).id)), "nobody missing");
}

#[test]
fn boards_of_past_periods_are_forgotten_piece_by_piece() {
    let (_dir, store) = store();
    let now = 1_795_219_200_000; // 2026-11-21
    let left = store
        .write_blocking(move |tx| {
            for number in 0..10 {
                users::insert(tx, &user(number))?;
                let score = Score { user: user(number).id, points: 5, average: 5, match_id: "m".into() };
                record(tx, "classic", now, &[score])?;
            }
            let later = now + 10 * 86_400_000;
            let mut steps = 0;
            while purge(tx, later, 4)? {
                steps += 1;
            }
            let mut left = Vec::new();
            for period in Period::ALL {
                left.push(scope(tx, "classic", &period.key(now))?.map(|scope| scope.players));
            }
            Ok((steps, left))
        })
        .unwrap();
    // Day and week are over (three pieces of rows and one for the rest, each); month and all stay.
    assert_eq!(left, (8, vec![None, None, Some(10), Some(10)]));
}
