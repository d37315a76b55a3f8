//! A board with a million players, for benches that read it.

use snug::store::boards::bucket;
use std::collections::BTreeMap;
use std::path::Path;

/// Players on the board.
pub(crate) const PLAYERS: i64 = 1_000_000;

/// A player's id.
pub(crate) fn user(number: i64) -> String {
    format!("usr_{number:026}")
}

/// A plausible spread: most have played a little, a few a lot; averages around 3,500 of 5,000 points a round.
pub(crate) fn values(number: i64) -> [i64; 3] {
    let mut chance = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    chance ^= chance >> 29;
    let games = 1 + 200_000 / (1 + (chance % 100_000) as i64);
    let average = 150_000 + ((chance >> 20) % 200_000) as i64 + ((chance >> 40) % 150_000) as i64;
    [games * average / 20, average, games]
}

/// Fills the database at `path`, which has its schema, in one transaction without fsync.
pub(crate) fn fill(path: &Path, players: i64) -> rusqlite::Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")?;
    let load = connection.transaction()?;
    load.execute(
        "INSERT INTO board_scopes (board, period, players) VALUES ('classic', 'all', ?1)",
        [players],
    )?;
    let scope = load.last_insert_rowid();
    let mut counts: BTreeMap<(usize, i64, i64), i64> = BTreeMap::new();
    {
        let mut users = load.prepare(
            "INSERT INTO users (id, name, account, created_at, seen_at) VALUES (?1, 'Brave Otter', 0, 1, 1)",
        )?;
        let mut rows = load.prepare(
            "INSERT INTO board_rows (user_id, scope, points, best, games, best_match) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for number in 0..players {
            let (id, [points, best, games]) = (user(number), values(number));
            users.execute([&id])?;
            rows.execute((&id, scope, points, best, games, "mat_00000000000000000000000000"))?;
            for (metric, value) in [points, best, games].into_iter().enumerate() {
                let fine = bucket(value);
                *counts.entry((metric, 0, fine)).or_default() += 1;
                *counts.entry((metric, 1, fine >> 6)).or_default() += 1;
            }
        }
        let mut buckets = load.prepare("INSERT INTO board_buckets VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for ((metric, level, bucket), players) in counts {
            buckets.execute((scope, metric as i64, level, bucket, players))?;
        }
    }
    load.commit()
}
