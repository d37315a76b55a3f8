//! Puts the configuration together and remembers where each value came from.

use super::Config;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Variables that begin with `SNUG_` and are no settings: the file's own name, the scripts' cache, tests and benches.
const NOT_SETTINGS: [&str; 4] = ["SNUG_CONFIG", "SNUG_CACHE", "SNUG_TEST_", "SNUG_BENCH_"];

/// A value given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The setting, `log.level`.
    pub key: &'static str,
    /// The flag as it is typed, `--log-level`.
    pub flag: &'static str,
    /// What was given.
    pub value: String,
}

/// All that a configuration is read from. Later ones win: file, environment, flags.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file, if one was named.
    pub file: Option<PathBuf>,
    /// Environment variables; those that do not begin with `SNUG_` are ignored.
    pub env: Vec<(String, String)>,
    /// Flags.
    pub flags: Vec<Flag>,
}

impl Sources {
    /// The environment of this process, with `file` (else the file that `SNUG_CONFIG` names) and `flags`.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let env: Vec<(String, String)> = std::env::vars_os().filter_map(utf8).collect();
        let named = || env.iter().find(|(name, value)| name == "SNUG_CONFIG" && !value.is_empty());
        let file = file.or_else(|| named().map(|(_, value)| PathBuf::from(value)));
        Self { file, env, flags }
    }
}

/// A configuration and the origin of its values.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    origins: BTreeMap<String, String>,
}

impl Loaded {
    /// Where the value of `key` (`limits.guests_per_minute`) came from, for people.
    pub fn origin(&self, key: &str) -> &str {
        self.origins.get(key).map_or("default", String::as_str)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "cannot read the configuration file {path}: {error}\n`snug config example > {path}` writes one to start from"
    )]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file {path} is not valid TOML: {error}")]
    NotToml {
        /// Which.
        path: String,
        /// Where and why.
        error: String,
    },
    /// Something that was set is unknown or out of range; each line names the setting and who set it.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
}

/// Reads the configuration.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let known = leaves(&Config::default());
    let mut problems = Vec::new();
    let mut layers: Vec<Layer> = Vec::new();

    if let Some(path) = &sources.file {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: shown.clone(), error })?;
        let dict: Dict = Toml::from_str(&text)
            .map_err(|error| ConfigError::NotToml { path: shown.clone(), error: error.to_string() })?;
        let mut found = Vec::new();
        flatten("", &dict, &mut found);
        for (key, value) in found {
            if known.contains_key(&key) {
                layers.extend(Layer::new(&key, value, format!("file {shown}"), &known));
            } else if known.keys().any(|leaf| leaf.starts_with(&format!("{key}."))) {
                problems.push(format!(
                    "{key} (from file {shown}) is a section: write [{key}] and its settings below"
                ));
            } else {
                problems
                    .push(format!("{key} (from file {shown}) is no setting{}", nearest(&key, known.keys())));
            }
        }
    }

    let by_env: BTreeMap<String, &String> = known.keys().map(|key| (variable(key), key)).collect();
    for (name, text) in &sources.env {
        if matches!(name.as_str(), "DATABASE_URL" | "REDIS_URL") && !text.is_empty() {
            problems.push(format!(
                "{name} is set, but this snug keeps everything in its data directory and would ignore it; unset {name}"
            ));
        }
        if !name.starts_with("SNUG_") || NOT_SETTINGS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        match by_env.get(name) {
            Some(key) => {
                let origin = format!("environment variable {name}");
                match typed(text, &known[*key]) {
                    Ok(value) => layers.extend(Layer::new(key, value, origin, &known)),
                    Err(why) => problems.push(format!("{key} (from {origin}): {why}")),
                }
            }
            None => problems
                .push(format!("environment variable {name} is no setting{}", nearest(name, by_env.keys()))),
        }
    }

    for Flag { key, flag, value } in &sources.flags {
        let origin = format!("flag {flag}");
        match typed(value, known.get(*key).unwrap_or(&serde_json::Value::Null)) {
            Ok(value) => layers.extend(Layer::new(key, value, origin, &known)),
            Err(why) => problems.push(format!("{key} (from {origin}): {why}")),
        }
    }

    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    let mut origins = BTreeMap::new();
    for layer in layers {
        origins.insert(layer.key.clone(), layer.origin.clone());
        figment = figment.merge(layer);
    }
    let config = match figment.extract::<Config>() {
        Ok(config) => config,
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| {
                let key = error.path.join(".");
                let origin = error.metadata.as_ref().map_or("default", |metadata| metadata.name.as_ref());
                format!("{key} (from {origin}): {}", error.kind)
            }));
            return Err(ConfigError::Invalid(problems));
        }
    };
    let loaded = Loaded { config, origins };
    problems.extend(out_of_range(&loaded));
    if problems.is_empty() { Ok(loaded) } else { Err(ConfigError::Invalid(problems)) }
}

/// The environment variable of a setting.
pub(crate) fn variable(key: &str) -> String {
    format!("SNUG_{}", key.replace('.', "_").to_uppercase())
}

/// All settings with their values, by dotted key.
pub(crate) fn leaves(config: &Config) -> BTreeMap<String, serde_json::Value> {
    fn walk(prefix: &str, value: serde_json::Value, into: &mut BTreeMap<String, serde_json::Value>) {
        match value {
            serde_json::Value::Object(map) => {
                for (name, value) in map {
                    let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                    walk(&key, value, into);
                }
            }
            leaf => {
                into.insert(prefix.to_owned(), leaf);
            }
        }
    }
    let mut into = BTreeMap::new();
    // Plain structs of strings and numbers always become JSON; were they not to, every key would be unknown.
    walk("", serde_json::to_value(config).unwrap_or_default(), &mut into);
    into
}

/// Figures outside their range.
fn out_of_range(loaded: &Loaded) -> Vec<String> {
    let values = leaves(&loaded.config);
    let mut problems = Vec::new();
    for (section, fields) in Config::sections() {
        for field in fields {
            let key =
                if section.is_empty() { field.name.to_owned() } else { format!("{section}.{}", field.name) };
            if let (Some((min, max)), Some(value)) =
                (field.range, values.get(&key).and_then(serde_json::Value::as_u64))
                && !(u64::from(min)..=u64::from(max)).contains(&value)
            {
                let origin = loaded.origin(&key);
                problems
                    .push(format!("{key} (from {origin}) is {value}; it must be between {min} and {max}"));
            }
        }
    }
    problems
}

/// The text of a variable or flag as a value of the same type as `like`.
fn typed(text: &str, like: &serde_json::Value) -> Result<Value, String> {
    let text = text.trim();
    Ok(match like {
        serde_json::Value::Number(_) => {
            text.parse::<u64>().map_err(|_| format!("{text:?} is not a whole number"))?.into()
        }
        serde_json::Value::Bool(_) => {
            text.parse::<bool>().map_err(|_| format!("{text:?} is not true or false"))?.into()
        }
        serde_json::Value::Array(_) => {
            let parts = text.trim_matches(['[', ']']).split(',').map(|part| part.trim().trim_matches('"'));
            parts.filter(|part| !part.is_empty()).map(Value::from).collect::<Vec<_>>().into()
        }
        _ => text.into(),
    })
}

/// One value of one source: its own provider, so that errors name the source.
struct Layer {
    key: String,
    value: Value,
    origin: String,
}

impl Layer {
    /// `None` for the empty text of a setting that may be absent.
    fn new(
        key: &str,
        value: Value,
        origin: String,
        known: &BTreeMap<String, serde_json::Value>,
    ) -> Option<Self> {
        let absent = known.get(key).is_some_and(serde_json::Value::is_null) && value.as_str() == Some("");
        (!absent).then(|| Self { key: key.to_owned(), value, origin })
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::default(&self.key, &self.value).data()
    }
}

/// All leaves of a parsed file by dotted key.
fn flatten(prefix: &str, dict: &Dict, into: &mut Vec<(String, Value)>) {
    for (name, value) in dict {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Dict(_, inner) => flatten(&key, inner, into),
            leaf => into.push((key, leaf.clone())),
        }
    }
}

/// `; did you mean …?`, or nothing when nothing is near.
fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a String>) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    known
        // A setting in the wrong section is as near as a slip of the finger.
        .map(|key| (distance(given, key).min(1 + distance(&last(given), &last(key))), key))
        .min()
        .filter(|(distance, _)| *distance <= 3.max(given.len() / 4))
        .map_or_else(
            || "; `snug config example` lists them all".to_owned(),
            |(_, key)| format!("; did you mean {key}?"),
        )
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use std::collections::BTreeSet;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn file(text: &str) -> (tempfile::TempDir, Option<PathBuf>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snug.toml");
        std::fs::write(&path, text).unwrap();
        (dir, Some(path))
    }

    fn problems(sources: &Sources) -> String {
        load(sources).expect_err("it was taken").to_string()
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let loaded = load(&Sources::default()).unwrap();
        assert_eq!(loaded.config, Config::default());
        assert_eq!(loaded.origin("listen"), "default");
        assert_eq!(loaded.config.listen.to_string(), "0.0.0.0:8080");
    }

    #[test]
    fn flags_beat_the_environment_beats_the_file_beats_the_defaults() {
        let (_dir, file) = file(
            "listen = \"1.1.1.1:1\"\ndata_dir = \"file\"\n[limits]\nguests_per_minute = 7\n[log]\nlevel=\"warn\"",
        );
        let env = env(&[
            ("SNUG_LISTEN", "2.2.2.2:2"),
            ("SNUG_DATA_DIR", "17"),
            ("SNUG_LIMITS_ROOMS_PER_MINUTE", "9"),
            ("HOME", "x"),
        ]);
        let flags = vec![Flag { key: "listen", flag: "--listen", value: "3.3.3.3:3".to_owned() }];
        let loaded = load(&Sources { file, env, flags }).unwrap();
        assert_eq!(loaded.config.listen.to_string(), "3.3.3.3:3");
        assert_eq!(loaded.origin("listen"), "flag --listen");
        // A directory whose name is a number stays a name.
        assert_eq!(loaded.config.data_dir, PathBuf::from("17"));
        assert_eq!(loaded.origin("data_dir"), "environment variable SNUG_DATA_DIR");
        assert_eq!(loaded.config.limits.guests_per_minute, 7);
        assert!(loaded.origin("limits.guests_per_minute").starts_with("file "));
        assert_eq!(loaded.config.limits.rooms_per_minute, 9);
        assert_eq!(loaded.config.log.level.as_str(), "warn");
        assert_eq!(loaded.config.rooms, Rooms::default());
    }

    #[test]
    fn lists_and_empty_values_can_be_given_by_the_environment() {
        let env = env(&[
            ("SNUG_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
            ("SNUG_PUBLIC_URL", ""),
            ("SNUG_LOG_DIR", "/logs"),
        ]);
        let loaded = load(&Sources { env, ..Sources::default() }).unwrap();
        assert_eq!(loaded.config.trusted_proxies.0.len(), 2);
        assert!(loaded.config.trusted_proxies.trust("10.1.1.1".parse().unwrap()));
        assert_eq!(loaded.config.public_url, None);
        assert_eq!(loaded.config.log.dir, Some(PathBuf::from("/logs")));
    }

    #[test]
    fn unknown_names_are_refused_with_the_nearest_known_one() {
        let env = env(&[("SNUG_LISTN", "1.1.1.1:1"), ("SNUG_CACHE", "/x"), ("SNUG_TEST_RUNS", "4")]);
        let text = problems(&Sources { env, ..Sources::default() });
        assert_eq!(text, "environment variable SNUG_LISTN is no setting; did you mean SNUG_LISTEN?");
        let (_dir, file) = file("guests_per_minute = 5\nzzzzzzzzzzzz = 1\nlog = \"debug\"");
        let text = problems(&Sources { file, ..Sources::default() });
        assert!(text.contains("did you mean limits.guests_per_minute?"), "{text}");
        assert!(text.contains("zzzzzzzzzzzz (from file"), "{text}");
        assert!(text.contains("write [log]"), "{text}");
    }

    #[test]
    fn bad_values_name_the_setting_and_who_set_it() {
        let env1 = env(&[("SNUG_LIMITS_GUESTS_PER_MINUTE", "many"), ("SNUG_PUBLIC_URL", "snug.example/x")]);
        let text = problems(&Sources { env: env1, ..Sources::default() });
        assert!(
            text.contains(
                "limits.guests_per_minute (from environment variable SNUG_LIMITS_GUESTS_PER_MINUTE)"
            ),
            "{text}"
        );
        assert!(text.contains("public_url (from environment variable SNUG_PUBLIC_URL)"), "{text}");
        for (key, value) in [
            ("listen", "localhost"),
            ("log.format", "xml"),
            ("log.level", "loud"),
            ("rooms.max_seats", "51"),
            ("limits.frames_per_second", "0"),
            ("limits.frames_per_second", "99999999999"),
        ] {
            let text = problems(&Sources { env: env(&[(&variable(key), value)]), ..Sources::default() });
            assert!(text.starts_with(key) && text.contains(&variable(key)), "{key}={value}: {text}");
        }
    }

    #[test]
    fn a_file_that_is_missing_or_no_toml_says_so() {
        let text =
            problems(&Sources { file: Some(PathBuf::from("/does/not/exist.toml")), ..Sources::default() });
        assert!(text.contains("/does/not/exist.toml") && text.contains("snug config example"), "{text}");
        let (_dir, file) = file("listen = [");
        assert!(problems(&Sources { file, ..Sources::default() }).contains("not valid TOML"));
    }

    #[test]
    fn a_database_of_another_kind_is_refused_rather_than_ignored() {
        let env = env(&[("DATABASE_URL", "postgres://x")]);
        assert!(problems(&Sources { env, ..Sources::default() }).contains("unset DATABASE_URL"));
    }

    #[test]
    fn every_setting_has_a_variable_of_its_own() {
        let keys = leaves(&Config::default());
        let names: BTreeSet<String> = keys.keys().map(|key| variable(key)).collect();
        assert_eq!(names.len(), keys.len());
        assert!(names.iter().all(|name| !NOT_SETTINGS.iter().any(|other| name.starts_with(other))));
    }

    #[test]
    fn distance_counts_changes() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
