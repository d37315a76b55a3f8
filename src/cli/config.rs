//! `snug config …`.

use super::{Common, Failure};
use crate::config::text;
use clap::Subcommand;
use std::io::Write;

#[derive(Debug, Clone, Subcommand)]
pub(super) enum Command {
    /// Print a commented settings file with all defaults
    Example,
    /// Print the settings in force and where each came from
    Show,
}

pub(super) fn run(command: &Command, common: Common) -> Result<(), Failure> {
    let text = match command {
        Command::Example => text::example(),
        Command::Show => text::show(&common.load()?),
    };
    // Not `print!`: a closed pipe (`snug config example | head`) is no panic.
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(error.to_string()))
        }
        _ => Ok(()),
    }
}
