//! `mcp-scan policy learn`: derives a policy from recorded calls.

use super::replay::{calls, write_summary};
use crate::cli::args::{CommonArgs, PolicyLearnArgs};
use crate::cli::diagnose::Messages;
use crate::cli::error::{CliError, PolicyFileCause, PolicyFileError};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::policy::learn::{learn, open_arguments};
use crate::policy::recorded::RecordedCalls;
use crate::policy::replay::replay;
use crate::policy::{Dialect, Simulator, read, write};
use crate::rules::Ruleset;
use crate::text::prose;

/// Most arguments in a message.
const MAX_OPEN: usize = 8;

/// Writes the policy to standard output and reports how it decides the recorded calls.
pub(crate) fn run(args: &PolicyLearnArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let (messages, ruleset) = (Messages::from(common), Ruleset::load(common.rules.as_deref())?);
    let calls = calls(&args.calls, RecordedCalls::Made)?;
    let failed = |cause| PolicyFileError::new(args.calls.display().to_string(), PolicyFileCause::Format(cause));
    let policy = learn(&args.server_name, &calls, &ruleset);
    let text = write(&policy, Dialect::INTERCEPT).map_err(failed)?;
    let decisions = read(&text, Dialect::INTERCEPT).map_err(failed)?;
    output::to_stdout(|out| out.write_all(text.as_bytes()))?;
    let mut summary = Vec::new();
    if write_summary(&replay(Simulator::new(&decisions), &calls), &mut summary).is_ok() {
        String::from_utf8_lossy(&summary).lines().for_each(|line| messages.note(line));
    }
    let open = open_arguments(&policy);
    if !open.is_empty() {
        let (count, shown) = (prose::count(open.len(), "argument"), &open[..open.len().min(MAX_OPEN)]);
        let more = if shown.len() < open.len() { ", ..." } else { "" };
        messages.warning(&format!("{count} may have any value, marked NOTE: {}{more}", shown.join(", ")));
    }
    messages.note("arguments that no recorded call gives are not refused: the format names only those that are known");
    Ok(Exit::Done)
}
