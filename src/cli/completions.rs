//! `mcp-scan completions SHELL`.

use clap_complete::Shell;

use super::args::command;
use super::error::CliError;
use super::exit::Exit;
use super::output;

/// Prints the completions of `shell`.
pub(crate) fn run(shell: Shell) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "mcp-scan", &mut script);
    output::to_stdout(|out| out.write_all(&script))?;
    Ok(Exit::Done)
}
