//! The texts that are generated from the configuration: the commented example, what `snug config show` prints, and
//! the table in docs/limits.md.

use super::load::{leaves, variable};
use super::{Config, Loaded};
use serde_json::Value;
use std::fmt::Write as _;

/// Writing to a `String` cannot fail.
macro_rules! line {
    ($out:expr) => { let _ = writeln!($out); };
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

/// A commented file with every setting at its default, all of them commented out.
pub fn example() -> String {
    let values = leaves(&Config::default());
    let mut out = String::from(
        "# Snug's settings, all at their defaults. Remove the # before a setting to change it.\n\
         # Each can also be given in the environment: SNUG_ and its name in capitals (SNUG_LISTEN,\n\
         # SNUG_LIMITS_GUESTS_PER_MINUTE), and some as a flag. Flags win over the environment, and that over this file.\n\
         # `snug config show` prints what is in force and where it came from.\n",
    );
    for (section, fields) in Config::sections() {
        for field in fields {
            let key =
                if section.is_empty() { field.name.to_owned() } else { format!("{section}.{}", field.name) };
            if let Some(value) = values.get(&key) {
                line!(out);
                for doc in field.docs {
                    line!(out, "#{doc}");
                }
                if let Some((min, max)) = field.range {
                    line!(out, "# {min} to {max}.");
                }
                line!(out, "#{} = {}", field.name, toml(value));
            }
        }
        // The next section's header, with what the field that holds it says.
        let at = Config::sections().iter().position(|(name, _)| *name == section).unwrap_or_default();
        if let Some((next, _)) = Config::sections().get(at + 1) {
            line!(out);
            for doc in
                Config::FIELDS.iter().find(|field| field.name == *next).map_or(&[][..], |field| field.docs)
            {
                line!(out, "#{doc}");
            }
            line!(out, "[{next}]");
        }
    }
    out
}

/// Every value in force and where it came from.
pub fn show(loaded: &Loaded) -> String {
    let values = leaves(&loaded.config);
    let mut out = String::new();
    for (section, fields) in Config::sections() {
        for field in fields {
            let key =
                if section.is_empty() { field.name.to_owned() } else { format!("{section}.{}", field.name) };
            if let Some(value) = values.get(&key) {
                line!(out, "{:<60} # {}", format!("{key} = {}", toml(value)), loaded.origin(&key));
            }
        }
    }
    out
}

/// The bounds as a Markdown table.
pub fn limits_table() -> String {
    let values = leaves(&Config::default());
    let mut out = String::from("| setting | default | range | what |\n|---|---|---|---|\n");
    for (section, fields) in Config::sections() {
        for field in fields {
            let Some((min, max)) = field.range else { continue };
            let key = format!("{section}.{}", field.name);
            let docs: Vec<&str> = field.docs.iter().map(|doc| doc.trim()).collect();
            let value = values.get(&key).map(toml).unwrap_or_default();
            line!(out, "| `{key}` (`{}`) | {value} | {min} – {max} | {} |", variable(&key), docs.join(" "));
        }
    }
    out
}

/// A leaf as TOML writes it. JSON and TOML agree on numbers, strings without control characters, and lists of those.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Sources, load::load};
    use super::*;

    /// Compares a committed file with what the code generates; `SNUG_TEST_WRITE=1 cargo test` rewrites it.
    fn same_as_committed(name: &str, generated: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("SNUG_TEST_WRITE").is_some() {
            std::fs::write(&path, generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "{name} is out of date; `SNUG_TEST_WRITE=1 cargo test --lib config` writes it"
        );
    }

    #[test]
    fn the_committed_example_is_the_generated_one() {
        same_as_committed("config.example.toml", &example());
    }

    #[test]
    fn the_committed_limits_are_the_generated_ones() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (begin, end) = ("<!-- generated: settings -->\n", "<!-- end -->");
        let (head, rest) = text.split_once(begin).expect("docs/limits.md has lost its marker");
        let (_, tail) = rest.split_once(end).expect("docs/limits.md has lost its end marker");
        same_as_committed("docs/limits.md", &format!("{head}{begin}{}{end}{tail}", limits_table()));
    }

    #[test]
    fn the_example_changes_nothing_as_printed_and_nothing_when_all_of_it_is_set() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snug.toml");
        let load_text = |text: &str| {
            std::fs::write(&path, text).unwrap();
            load(&Sources { file: Some(path.clone()), ..Sources::default() }).unwrap()
        };
        assert_eq!(load_text(&example()).config, Config::default());
        let all: String = example()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let loaded = load_text(&all);
        assert_eq!(loaded.config, Config::default());
        assert!(loaded.origin("rooms.host_grace_s").starts_with("file "), "the setting was not uncommented");
    }

    #[test]
    fn show_lists_every_setting_with_its_origin() {
        let env = vec![("SNUG_LISTEN".to_owned(), "1.1.1.1:1".to_owned())];
        let text = show(&load(&Sources { env, ..Sources::default() }).unwrap());
        assert_eq!(text.lines().count(), leaves(&Config::default()).len());
        let line = text.lines().find(|line| line.starts_with("listen = ")).unwrap();
        assert!(
            line.contains("\"1.1.1.1:1\"") && line.ends_with("# environment variable SNUG_LISTEN"),
            "{line}"
        );
        assert!(
            text.lines()
                .any(|line| line.starts_with("rooms.host_grace_s = 30") && line.ends_with("# default"))
        );
    }
}
