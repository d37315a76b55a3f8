//! docs/errors.md lists every code that the source can answer with, and no other.

use std::collections::BTreeSet;
use std::path::Path;

/// What codes follow. A new way to make an error belongs here.
const MAKERS: [&str; 14] = [
    "Rejection::new(",
    "ApiError::new(",
    "ApiError::bad_request(",
    "ApiError::unauthorized(",
    "ApiError::forbidden(",
    "ApiError::not_found(",
    "ApiError::conflict(",
    "ApiError::invalid(",
    "ApiError::too_many(",
    "ApiError::unavailable(",
    "refuse(",
    "code: ",
    // The tables of `fn code` and of `by_status`.
    "=> ",
    "=> (",
];

/// The source without its tests.
fn sources(dir: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("http/codes.rs")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            into.push(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned());
        }
    }
}

fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// String literals right behind `maker`.
fn literals<'a>(text: &'a str, maker: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(maker).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

/// The bodies of functions named `code`, and the one table of statuses: only there is `=> "word"` a code.
fn tables(text: &str) -> impl Iterator<Item = &str> {
    let starts = ["fn code(&self)", "fn by_status("];
    starts
        .into_iter()
        .flat_map(|start| text.split(start).skip(1))
        .map(|rest| rest.split("\n    }\n").next().unwrap_or(rest))
}

#[test]
fn every_code_is_documented_and_every_documented_code_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    sources(&root.join("src"), &mut all);
    let mut used = BTreeSet::new();
    for text in &all {
        for maker in MAKERS {
            if maker.starts_with("=>") {
                used.extend(
                    tables(text).flat_map(|table| literals(table, maker)).filter(|code| is_code(code)),
                );
            } else {
                used.extend(literals(text, maker).filter(|code| is_code(code)));
            }
        }
    }
    let docs = std::fs::read_to_string(root.join("docs/errors.md")).unwrap();
    let documented: BTreeSet<&str> =
        docs.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(used.len() > 10, "the search for codes is broken: it found only {used:?}");
    let missing: Vec<_> = used.difference(&documented).collect();
    assert!(missing.is_empty(), "add to docs/errors.md: {missing:?}");
    // Looser than the search above: a documented code only has to stand somewhere as a word of its own.
    let stands = |code: &&&str| all.iter().any(|text| text.contains(&format!("\"{code}\"")));
    let stale: Vec<_> = documented.iter().filter(|code| !stands(code)).collect();
    assert!(stale.is_empty(), "no longer used, remove from docs/errors.md: {stale:?}");
}
