//! `mcp-scan policy`: compares a policy file with its server, with calls, or with another policy.

use super::args::{CommonArgs, PolicyArgs, PolicyCommand};
use super::error::CliError;
use super::exit::Exit;

mod check;
pub(crate) mod companion;
mod diff;
mod file;
mod learn;
mod replay;
mod test;

pub(crate) use companion::Companion;
pub(crate) use file::{PolicyInput, policy_input, sql_guards, tightened};

/// Runs a subcommand. With `forced` the targets are one command.
pub(crate) fn run(args: &PolicyArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    match &args.command {
        PolicyCommand::Check(args) => check::run(args, common, forced),
        PolicyCommand::Diff(args) => diff::run(args),
        PolicyCommand::Learn(args) => learn::run(args, common),
        PolicyCommand::Replay(args) => replay::run(args, common),
        PolicyCommand::Test(args) => test::run(args, common),
    }
}
