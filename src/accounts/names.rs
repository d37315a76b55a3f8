//! Names that are shown to others: drawn from words, or chosen and checked.

use super::words::{FIRST, SECOND};
use crate::store::ids::random;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Longest name in characters.
pub const LONGEST: usize = 24;
/// Longest input that is looked at, in bytes.
const LONGEST_INPUT: usize = 512;
/// Accents on one letter.
const MARKS: usize = 3;

/// Why a name was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing to see.
    #[error("type a name of 1 to 24 characters")]
    Empty,
    /// More than 24 characters.
    #[error("this name is too long, it may have 24 characters")]
    TooLong,
    /// Control characters, writing direction tricks, invisible or stacked characters.
    #[error("this name holds characters that cannot be shown; use letters, digits, signs and emoji")]
    Unshowable,
}

/// Draws a name of two friendly words.
pub fn draw() -> String {
    let chance = u64::from_le_bytes(random::<8>()) as usize;
    let (first, second) = (FIRST[chance % FIRST.len()], SECOND[chance / FIRST.len() % SECOND.len()]);
    format!("{first} {second}")
}

/// Checks a chosen name; answers it as it is kept: NFC, trimmed, one space at a time.
pub fn check_name(typed: &str) -> Result<String, BadName> {
    if typed.len() > LONGEST_INPUT {
        return Err(BadName::TooLong);
    }
    let mut name = String::new();
    for c in typed.nfc() {
        if c == ' ' || (c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')) {
            if !name.is_empty() && !name.ends_with(' ') {
                name.push(' ');
            }
        } else if forbidden(c) {
            return Err(BadName::Unshowable);
        } else {
            name.push(c);
        }
    }
    let name = name.trim_end().to_owned();
    if !name.chars().any(visible) {
        return Err(BadName::Empty);
    }
    if name.chars().count() > LONGEST {
        return Err(BadName::TooLong);
    }
    let mut marks = 0;
    for c in name.chars() {
        marks = if canonical_combining_class(c) == 0 { 0 } else { marks + 1 };
        if marks > MARKS {
            return Err(BadName::Unshowable);
        }
    }
    Ok(name)
}

/// Control characters, direction overrides and marks, invisible separators and fillers, private use, tags.
fn forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}'
            | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E000}'..='\u{F8FF}'
            | '\u{E0000}'..='\u{10FFFF}')
}

/// Leaves a trace on its own: neither a space, a joiner, a variation selector nor a mark.
fn visible(c: char) -> bool {
    !c.is_whitespace()
        && !is_combining_mark(c)
        && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{180B}'..='\u{180F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_many_distinct_and_short() {
        for words in [FIRST, SECOND] {
            assert!(words.len() >= 100);
            assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
            assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic())));
        }
        let longest = |words: &[&str]| words.iter().map(|word| word.len()).max().unwrap_or(0);
        assert!(longest(FIRST) + 1 + longest(SECOND) <= LONGEST);
        assert!(FIRST.iter().all(|word| !SECOND.contains(word)), "no name says a word twice");
    }

    #[test]
    fn drawn_names_pass_the_check_and_differ() {
        let names: HashSet<_> = (0..200).map(|_| draw()).collect();
        assert!(names.len() > 150, "{}", names.len());
        for name in names {
            assert_eq!(check_name(&name), Ok(name.clone()));
        }
    }

    #[test]
    fn good_names_are_kept_tidied() {
        for (typed, kept) in [
            ("  Ada  Lovelace ", "Ada Lovelace"),
            ("Zoe\u{0301}", "Zo\u{e9}"),
            ("名前", "名前"),
            ("👩‍🚀 Mae", "👩‍🚀 Mae"),
            ("علی", "علی"),
            ("a\u{00A0}b", "a b"),
            ("x", "x"),
            ("123456789012345678901234", "123456789012345678901234"),
        ] {
            assert_eq!(check_name(typed).as_deref(), Ok(kept), "{typed:?}");
        }
    }

    #[test]
    fn bad_names_are_refused() {
        for (typed, why) in [
            ("", BadName::Empty),
            (" \u{3000} ", BadName::Empty),
            ("\u{200D}", BadName::Empty),
            ("\u{0301}", BadName::Empty),
            ("1234567890123456789012345", BadName::TooLong),
            ("a\nb", BadName::Unshowable),
            ("a\u{0}b", BadName::Unshowable),
            ("a\u{85}b", BadName::Unshowable),
            ("a\u{2028}b", BadName::Unshowable),
            ("\u{202E}gpj.exe", BadName::Unshowable),
            ("\u{2066}a\u{2069}", BadName::Unshowable),
            ("a\u{200B}", BadName::Unshowable),
            ("\u{3164}", BadName::Unshowable),
            ("a\u{0301}\u{0302}\u{0303}\u{0304}\u{0305}", BadName::Unshowable),
        ] {
            assert_eq!(check_name(typed), Err(why), "{typed:?}");
        }
        assert_eq!(check_name(&"a".repeat(1 << 20)), Err(BadName::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_kept_name_is_kept_again_as_it_is(typed in "\\PC{0,30}") {
            if let Ok(kept) = check_name(&typed) {
                prop_assert!((1..=LONGEST).contains(&kept.chars().count()));
                prop_assert_eq!(check_name(&kept), Ok(kept.clone()));
            }
        }
    }
}
