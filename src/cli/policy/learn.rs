//! `mcp-scan policy learn`: derives a policy from recorded calls.

use super::replay::{calls, write_summary};
use crate::cli::args::PolicyLearnArgs;
use crate::cli::diagnose::Messages;
use crate::cli::error::{CliError, PolicyFileCause, PolicyFileError};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::policy::learn::learn;
use crate::policy::recorded::RecordedCalls;
use crate::policy::replay::replay;
use crate::policy::{Dialect, Simulator, read, write};

/// Writes the policy to standard output and reports how it decides the recorded calls.
pub(crate) fn run(args: &PolicyLearnArgs, messages: Messages) -> Result<Exit, CliError> {
    let calls = calls(&args.calls, RecordedCalls::Made)?;
    let failed = |cause| PolicyFileError::new(args.calls.display().to_string(), PolicyFileCause::Format(cause));
    let text = write(&learn(&args.server_name, &calls), Dialect::INTERCEPT).map_err(failed)?;
    let decisions = read(&text, Dialect::INTERCEPT).map_err(failed)?;
    output::to_stdout(|out| out.write_all(text.as_bytes()))?;
    let mut summary = Vec::new();
    if write_summary(&replay(Simulator::new(&decisions), &calls), &mut summary).is_ok() {
        String::from_utf8_lossy(&summary).lines().for_each(|line| messages.note(line));
    }
    Ok(Exit::Done)
}
