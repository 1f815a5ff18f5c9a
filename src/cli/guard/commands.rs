//! The commands of `mcp-scan guard` besides guarding a server.

use super::log;
use crate::cli::args::{CommonArgs, GuardCommand};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Runs a command.
pub(crate) fn run(command: &GuardCommand, common: &CommonArgs) -> Result<Exit, CliError> {
    match command {
        GuardCommand::Log(args) => log::run(args, common),
    }
}
