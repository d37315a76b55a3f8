//! The store's SQL on a real Postgres: the schema loads, equals the one for `SQLite`, and every statement prepares.
//!
//! Starts a server of its own on a socket in a temporary directory and stops it again.

#![allow(clippy::unwrap_used, reason = "test code; clippy only sees that within #[test] functions")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A Postgres server that lives as long as this value.
struct Postgres {
    bin: PathBuf,
    dir: tempfile::TempDir,
    /// Postgres refuses to run as root: then it runs as the user that its package made.
    user: Option<(u32, u32)>,
    server: Option<Child>,
}

impl Postgres {
    fn start() -> Self {
        let bin = bin_dir().expect("no Postgres server is installed: run `make setup`");
        let root = number("id", &["-u"]) == 0;
        let user = root.then(|| (number("id", &["-u", "postgres"]), number("id", &["-g", "postgres"])));
        let dir = tempfile::tempdir().unwrap();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(dir.path(), Some(uid), Some(gid)).unwrap();
        }
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut postgres = Self { bin, dir, user, server: None };
        let data = postgres.data();
        let made = postgres
            .command("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let log = std::fs::File::create(postgres.dir.path().join("log")).unwrap();
        let server = postgres
            .command("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-F", "-c", "listen_addresses=", "-c", "shared_buffers=8MB", "-k"])
            .arg(postgres.dir.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        postgres.server = Some(server);
        let started = Instant::now();
        loop {
            let ready = postgres.command("pg_isready").arg("-q").arg("-h").arg(postgres.dir.path()).status();
            if ready.unwrap().success() {
                return postgres;
            }
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "Postgres does not start: {}",
                postgres.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir(self.dir.path()).env_remove("PGDATABASE").env_remove("PGOPTIONS");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Runs a script; `Err` is what psql said.
    fn run(&self, script: &str) -> Result<String, String> {
        let mut psql = self
            .command("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"])
            .args(["-U", "postgres", "-h"])
            .arg(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = psql.stdin.take().unwrap();
        let script = script.to_owned();
        let writer = std::thread::spawn(move || {
            // psql may stop reading at an error; its exit status tells.
            let _ = input.write_all(script.as_bytes());
        });
        let output = psql.wait_with_output().unwrap();
        writer.join().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        if output.status.success() {
            Ok(said)
        } else {
            Err(format!("{said}\n{}", String::from_utf8_lossy(&output.stderr)))
        }
    }

    fn lines(&self, query: &str) -> BTreeSet<String> {
        self.run(query).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop =
            self.command("pg_ctl").args(["stop", "-s", "-m", "fast", "-w", "-D"]).arg(self.data()).status();
        if let Some(mut server) = self.server.take() {
            if !stop.is_ok_and(|status| status.success()) {
                let _ = server.kill();
            }
            let _ = server.wait();
        }
    }
}

/// Where the server's programs are: Debian keeps them out of PATH.
fn bin_dir() -> Option<PathBuf> {
    let has = |dir: &PathBuf| dir.join("initdb").exists();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = packaged.map(|version| version.path().join("bin")).filter(has).collect();
    found.sort();
    found.pop().or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(has))
}

fn number(program: &str, args: &[&str]) -> u32 {
    let output = Command::new(program).args(args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().parse().unwrap_or_else(|_| panic!("`{program} {args:?}`: run `make setup`"))
}

/// Strings from a `SQLite` query with one column.
fn sqlite_lines(path: &Path, query: &str) -> BTreeSet<String> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_schema_and_every_statement_are_good_on_a_real_postgres() {
    let postgres = Postgres::start();
    for schema in snug::store::postgres_schema() {
        postgres.run(schema).unwrap();
    }
    same_schema(&postgres);
    every_statement_prepares(&postgres);
    violations_have_the_same_name(&postgres);
}

fn same_schema(postgres: &Postgres) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("snug.db");
    snug::store::Store::open(&path).unwrap().close_blocking();

    let columns = sqlite_lines(
        &path,
        "SELECT m.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE '' END
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name <> 'schema_version' AND m.name NOT LIKE 'sqlite_%'",
    );
    assert!(columns.len() > 80, "{columns:?}");
    assert_eq!(
        columns,
        postgres.lines(
            "SELECT table_name || '.' || column_name || ' '
                 || CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB'
                    WHEN 'double precision' THEN 'REAL' ELSE data_type END
                 || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
             FROM information_schema.columns WHERE table_schema = 'public'"
        ),
        "columns"
    );
    let collations = postgres.lines(
        "SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
    );
    assert_eq!(collations, BTreeSet::new(), "text compares by bytes on both engines");

    // Keys and unique constraints are named after their columns, which is what SQLite says of a violation.
    let unique = sqlite_lines(
        &path,
        "SELECT m.name || '_' || (SELECT group_concat(name, '_') FROM
             (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
         FROM sqlite_schema m JOIN pragma_index_list(m.name) i
         WHERE m.type = 'table' AND i.\"unique\" AND m.name <> 'schema_version'
         UNION SELECT 'board_scopes_id'",
    );
    assert_eq!(
        unique,
        postgres.lines(
            "SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u')
             AND connamespace = 'public'::regnamespace"
        ),
        "keys"
    );
    let indexes = sqlite_lines(
        &path,
        "SELECT m.name || '(' || (SELECT group_concat(name, ', ') FROM
             (SELECT name FROM pragma_index_info(m.name) ORDER BY seqno)) || ')'
         FROM sqlite_schema m WHERE m.type = 'index' AND m.sql IS NOT NULL",
    );
    assert_eq!(
        indexes,
        postgres.lines(
            "SELECT regexp_replace(indexdef, '.* INDEX (\\S+) ON .* USING btree ', '\\1') FROM pg_indexes
             WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        ),
        "indexes"
    );
}

fn every_statement_prepares(postgres: &Postgres) {
    let mut script = String::new();
    let mut count = 0;
    for sql in snug::store::statements() {
        writeln!(script, "\\echo {}\nPREPARE \"{}\" AS {};", sql.name, sql.name, sql.text).unwrap();
        count += 1;
    }
    // A parameter that Postgres takes for an integer or a varchar would not take what we bind.
    script.push_str(
        "\\echo --\nSELECT name || ' ' || parameter_types::text FROM pg_prepared_statements
         WHERE NOT parameter_types <@ '{bigint,text,bytea,\"double precision\"}'::regtype[];
         \\echo --\nSELECT COUNT(*) FROM pg_prepared_statements;\n",
    );
    let said =
        postgres.run(&script).unwrap_or_else(|error| panic!("the last statement named here fails: {error}"));
    let parts: Vec<&str> = said.split("--\n").collect();
    assert_eq!(parts[1], "", "parameters of other types than ours");
    assert_eq!(parts[2].trim(), count.to_string());
}

fn violations_have_the_same_name(postgres: &Postgres) {
    let insert = "INSERT INTO users (id, name, account, created_at, seen_at) VALUES ('usr_1', 'a', 0, 1, 1);";
    postgres.run(insert).unwrap();
    let twice = postgres.run(insert).unwrap_err();
    assert!(twice.contains("CONSTRAINT NAME:  users_id\n"), "{twice}");
    let odd = postgres.run("UPDATE users SET account = 2;").unwrap_err();
    assert!(odd.contains("CONSTRAINT NAME:  users_account\n"), "{odd}");
}
