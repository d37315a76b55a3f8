//! Identifiers that sort by time, and other things nobody can guess.

use std::time::{SystemTime, UNIX_EPOCH};

/// Crockford's base 32 in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Unix milliseconds, UTC.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// `N` bytes from the operating system's randomness.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The operating system's generator cannot fail once it has been seeded, which is before any program starts.
    getrandom::fill(&mut bytes).expect("the operating system's randomness");
    bytes
}

/// A new id, `prefix_` and 26 characters: 48 bits of time, then 80 of chance. Ids of later milliseconds sort later.
pub fn new_id(prefix: &str) -> String {
    id_at(prefix, now_ms())
}

/// A new id as if made at `at` (Unix milliseconds).
pub fn id_at(prefix: &str, at: i64) -> String {
    let mut chance = [0; 16];
    chance[6..].copy_from_slice(&random::<10>());
    let bits = (u128::from(at.max(0) as u64 & 0xFFFF_FFFF_FFFF) << 80) | u128::from_be_bytes(chance);
    let mut id = String::with_capacity(prefix.len() + 27);
    id.push_str(prefix);
    id.push('_');
    for place in (0..26).rev() {
        id.push(char::from(ALPHABET[(bits >> (place * 5)) as usize & 31]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_shape_and_sort_by_time() {
        let early = id_at("usr", 1_700_000_000_000);
        let late = id_at("usr", 1_700_000_000_001);
        assert_eq!((early.len(), &early[..4]), (30, "usr_"));
        assert!(early < late);
        assert!(id_at("usr", i64::MAX) > late);
        assert!(early[4..].bytes().all(|byte| ALPHABET.contains(&byte)));
    }

    #[test]
    fn ids_do_not_repeat() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| id_at("mat", 5)).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
