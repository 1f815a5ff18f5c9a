//! `mcp-scan guard`.

use super::args::{CommonArgs, GuardArgs};
use super::error::CliError;
use super::exit::Exit;

pub(crate) mod error;
mod run;

/// Guards a server. With `forced` the targets are one command.
pub(crate) fn run(args: &GuardArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    run::run(&args.run, common, forced)
}
