//! `mcp-scan guard`.

use super::args::{CommonArgs, GuardArgs};
use super::error::CliError;
use super::exit::Exit;

mod commands;
mod entry_text;
pub(crate) mod error;
mod gates;
mod guarded_entry;
mod guarded_servers;
mod install;
pub(crate) mod install_error;
pub(in crate::cli) mod install_record;
mod log;
mod policy_file;
mod run;
mod settings_file;
mod status;
mod uninstall;

pub(crate) use guarded_entry::look_through_guard;

/// Runs a command, or guards a server. With `forced` the targets are one command.
pub(crate) fn run(args: &GuardArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    match &args.command {
        Some(command) => commands::run(command, common),
        None => run::run(&args.run, common, forced),
    }
}
