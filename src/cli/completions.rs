//! `mcp-scan completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::output;
use crate::model::TargetError;

/// Prints the completions of `shell`.
pub fn run(shell: Shell) -> Result<(), TargetError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mcp-scan", &mut script);
    output::to_stdout(|out| out.write_all(&script))
}
