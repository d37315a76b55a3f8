//! The command line: one file per subcommand. Errors are sentences for the person who typed it.
//!
//! Exit codes: 0 well, 1 the command found a problem or failed, 2 the command line or the configuration is wrong.

mod check;
mod config;
mod health;
mod serve;

use crate::config::{Flag, Loaded, Sources, load};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Game night in one binary.
#[derive(Debug, Parser)]
#[command(name = "snug", version, about, disable_help_subcommand = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
struct Common {
    /// Settings file (TOML), see `snug config example`. Else the one that `SNUG_CONFIG` names, else none
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the database and the journal
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The address that players use, if not this machine's own
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Look over the settings, the database and the journal
    Check,
    /// Settings: print a commented example, or what is in force
    #[command(subcommand)]
    Config(config::Command),
    /// Ask the running server how it is
    Health,
}

impl Common {
    /// Reads the configuration: defaults < file < environment < these flags.
    fn load(self) -> Result<Loaded, Failure> {
        let flags = [
            ("listen", "--listen", self.listen),
            ("data_dir", "--data-dir", self.data_dir),
            ("public_url", "--public-url", self.public_url),
            ("log.level", "--log-level", self.log_level),
        ];
        let given =
            flags.into_iter().filter_map(|(key, flag, value)| Some(Flag { key, flag, value: value? }));
        let sources = Sources::of_process(self.config, given.collect());
        load::load(&sources).map_err(|error| Failure::usage(error.to_string()))
    }
}

/// A command that did not succeed.
#[derive(Debug)]
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Something found or failed.
    fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// The command line or the configuration is wrong.
    fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let Cli { common, command } = Cli::parse();
    let result = match command {
        Command::Serve => serve::run(common),
        Command::Check => check::run(common),
        Command::Config(command) => config::run(&command, common),
        Command::Health => health::run(common),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("snug: {}", failure.message.replace('\n', "\n      "));
            ExitCode::from(failure.code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_and_flags_that_others_rely_on_are_there() {
        for line in [
            "snug serve --listen 127.0.0.1:1 --data-dir d --public-url https://x --config f",
            "snug --config f serve",
            "snug check --config f",
            "snug config example",
            "snug config show --config f",
            "snug health --config f",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        for line in ["snug", "snug srve", "snug serve --lissten x", "snug config"] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn flags_reach_the_configuration() {
        let cli = Cli::parse_from(["snug", "serve", "--listen", "127.0.0.1:1234", "--log-level", "debug"]);
        let loaded = cli.common.load().unwrap();
        assert_eq!(loaded.config.listen.port(), 1234);
        assert_eq!(loaded.origin("log.level"), "flag --log-level");
        let cli = Cli::parse_from(["snug", "serve", "--listen", "nonsense"]);
        let failure = cli.common.load().unwrap_err();
        assert_eq!(failure.code, 2);
        assert!(failure.message.contains("flag --listen"), "{}", failure.message);
    }
}
