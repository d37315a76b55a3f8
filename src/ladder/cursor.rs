//! Cursors: where a page ended, as clients hand it back. They hold nothing secret, but are read with care.

use super::LadderError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Longest cursor that is looked at.
const LONGEST: usize = 200;

/// A number and an id as one opaque text.
pub(super) fn encode(value: i64, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{value} {id}"))
}

/// Reads what [`encode`] wrote.
pub(super) fn decode(cursor: &str) -> Result<(i64, String), LadderError> {
    let read = || {
        let bytes = (cursor.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(cursor).ok())??;
        let text = String::from_utf8(bytes).ok()?;
        let (value, id) = text.split_once(' ')?;
        Some((value.parse().ok()?, id.to_owned()))
    };
    read().ok_or(LadderError::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn cursors_come_back(value: i64, id in "[a-z]{3}_[0-9a-z]{26}") {
            prop_assert_eq!(decode(&encode(value, &id)), Ok((value, id)));
        }

        #[test]
        fn anything_else_is_refused_calmly(text in "\\PC{0,40}") {
            if let Ok((value, id)) = decode(&text) {
                prop_assert_eq!(decode(&encode(value, &id)), Ok((value, id)));
            }
        }
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for bad in
            ["", "x", "AAAA", "!!!", &"A".repeat(400), &URL_SAFE_NO_PAD.encode("99999999999999999999 a")]
        {
            assert_eq!(decode(bad), Err(LadderError::BadCursor), "{bad}");
        }
    }
}
