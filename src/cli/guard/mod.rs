//! `mcp-scan guard`.

use super::args::{CommonArgs, GuardArgs};
use super::error::CliError;
use super::exit::Exit;

mod commands;
mod log;

/// Runs a command.
pub(crate) fn run(args: &GuardArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    commands::run(&args.command, common)
}
