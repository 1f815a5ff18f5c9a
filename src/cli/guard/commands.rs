//! The commands of `mcp-scan guard` besides guarding a server.

use super::{install, log, status, uninstall};
use crate::cli::args::{CommonArgs, GuardCommand};
use crate::cli::diagnose::Messages;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Runs a command.
pub(crate) fn run(command: &GuardCommand, common: &CommonArgs) -> Result<Exit, CliError> {
    match command {
        GuardCommand::Log(args) => log::run(args, common),
        GuardCommand::Install(args) => install::run(args, common),
        GuardCommand::Uninstall(args) => uninstall::run(args, Messages::from(common)),
        GuardCommand::Status(args) => status::run(args, common),
    }
}
