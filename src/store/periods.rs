//! Days, ISO weeks and months in UTC, as boards count them.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// How far back a board looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Since midnight.
    Day,
    /// Since Monday.
    Week,
    /// Since the first.
    Month,
    /// For ever.
    All,
}

impl Period {
    /// All periods.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::All];

    /// The period's key at `at` (Unix milliseconds): `2026-11-21`, `2026-W47`, `2026-11`, `all`.
    pub fn key(self, at: i64) -> String {
        let date = date_of(at);
        match self {
            Self::Day => date.to_string(),
            Self::Week => {
                // The ISO week's year is not always the calendar's: 2027-01-01 lies in 2026-W53.
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Self::All => "all".to_owned(),
        }
    }

    /// When the board of the period that contains `at` may be forgotten (Unix milliseconds): a week after it ended.
    pub fn expiry(self, at: i64) -> Option<i64> {
        let date = date_of(at);
        let last = match self {
            Self::Day => date,
            Self::Week => {
                let ahead = 6 - i64::from(date.weekday().since(Weekday::Monday));
                date.saturating_add(jiff::Span::new().days(ahead))
            }
            Self::Month => date.last_of_month(),
            Self::All => return None,
        };
        Some(midnight(last).saturating_add(8 * DAY_MS))
    }
}

const DAY_MS: i64 = 86_400_000;

/// The UTC date at `at` (Unix milliseconds).
pub fn date_of(at: i64) -> Date {
    // Out of range only for times some thousand years away, which no clock gives.
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(TimeZone::UTC).date()
}

/// The key of the UTC day at `at` (Unix milliseconds), `2026-11-21`.
pub fn day_key(at: i64) -> String {
    Period::Day.key(at)
}

/// Milliseconds from `at` (Unix milliseconds) to the next UTC midnight, at least 1.
pub fn ms_to_midnight(at: i64) -> i64 {
    DAY_MS - at.rem_euclid(DAY_MS)
}

/// Reads a day's key; `None` unless it is a date in exactly this form.
pub fn parse_day(key: &str) -> Option<Date> {
    let date: Date = key.parse().ok()?;
    (date.to_string() == key).then_some(date)
}

fn midnight(date: Date) -> i64 {
    // A civil date has a midnight in UTC; the bounds of both types are the same.
    date.to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn keys_at_the_edges_of_day_week_month_and_year() {
        let keys = |text: &str| Period::ALL.map(|period| period.key(at(text)));
        assert_eq!(keys("2026-11-21T00:00:00Z"), ["2026-11-21", "2026-W47", "2026-11", "all"]);
        assert_eq!(keys("2026-11-22T23:59:59.999Z"), ["2026-11-22", "2026-W47", "2026-11", "all"]);
        assert_eq!(keys("2026-11-23T00:00:00Z"), ["2026-11-23", "2026-W48", "2026-11", "all"]);
        assert_eq!(keys("2026-11-30T23:59:59.999Z"), ["2026-11-30", "2026-W49", "2026-11", "all"]);
        assert_eq!(keys("2026-12-01T00:00:00Z"), ["2026-12-01", "2026-W49", "2026-12", "all"]);
        assert_eq!(keys("2027-01-01T12:00:00Z"), ["2027-01-01", "2026-W53", "2027-01", "all"]);
        assert_eq!(keys("2027-01-04T00:00:00Z"), ["2027-01-04", "2027-W01", "2027-01", "all"]);
        assert_eq!(keys("2024-12-30T00:00:00Z"), ["2024-12-30", "2025-W01", "2024-12", "all"]);
    }

    #[test]
    fn boards_are_kept_a_week_longer_than_they_run() {
        let now = at("2026-11-21T10:00:00Z");
        assert_eq!(Period::Day.expiry(now), Some(at("2026-11-29T00:00:00Z")));
        assert_eq!(Period::Week.expiry(now), Some(at("2026-11-30T00:00:00Z")));
        assert_eq!(Period::Month.expiry(now), Some(at("2026-12-08T00:00:00Z")));
        assert_eq!(Period::All.expiry(now), None);
        assert_eq!(Period::Week.expiry(at("2026-11-22T10:00:00Z")), Some(at("2026-11-30T00:00:00Z")));
    }

    #[test]
    fn days_are_read_strictly() {
        assert!(parse_day("2026-11-21").is_some());
        for bad in ["2026-11-31", "20261121", "2026-11-21T00:00", " 2026-11-21", "", "+002026-11-21"] {
            assert!(parse_day(bad).is_none(), "{bad}");
        }
        assert_eq!(ms_to_midnight(at("2026-11-21T23:59:59.999Z")), 1);
        assert_eq!(ms_to_midnight(at("2026-11-21T00:00:00Z")), 86_400_000);
    }
}
