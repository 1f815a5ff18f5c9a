//! `mcp-scan guard`.

use super::args::{CommonArgs, GuardArgs};
use super::error::CliError;
use super::exit::Exit;

mod commands;
mod entry_text;
mod guarded_entry;
mod install;
pub(crate) mod install_error;
mod install_record;
mod log;
mod settings_file;
mod status;
mod uninstall;

/// Runs a command.
pub(crate) fn run(args: &GuardArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    commands::run(&args.command, common)
}
