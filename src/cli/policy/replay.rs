//! `mcp-scan policy replay`: shows what a policy would have decided for recorded calls.

use std::io::{self, Write};
use std::path::Path;

use super::file::{sql_guards, tightened};
use crate::cli::args::{CommonArgs, PolicyReplayArgs, TextFormat};
use crate::cli::error::{CliError, UsageCause, UsageError};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::policy::recorded::{RecordedCalls, recorded};
use crate::policy::replay::{Replay, replay};
use crate::policy::{Call, Document, Simulator};
use crate::report::json;
use crate::text::file::read_text;
use crate::text::{clean, prose};

/// Counts the calls that would have been blocked, by tool and rule.
pub(crate) fn run(args: &PolicyReplayArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let policy = tightened(&args.policy, args.policy_format, &args.overlays)?;
    let Document { decisions, names, .. } = policy.document;
    let sql = sql_guards(common.rules.as_deref())?;
    let replayed =
        replay(Simulator::new(&decisions).naming(names).parsing(sql), &calls(&args.calls, RecordedCalls::All)?);
    output::to_stdout(|out| match args.format {
        TextFormat::Text => write_summary(&replayed, out),
        TextFormat::Json => json::write(&replayed, out),
    })?;
    Ok(Exit::Done)
}

/// Reads recorded calls from the file, or from standard input.
pub(crate) fn calls(path: &Path, wanted: RecordedCalls) -> Result<Vec<Call>, UsageError> {
    let unread = |cause: UsageCause| UsageError::new(path.display().to_string(), cause);
    let text = if path == Path::new("-") { io::read_to_string(io::stdin()) } else { read_text(path) };
    recorded(&text.map_err(|cause| unread(UsageCause::Calls(cause)))?, wanted)
        .map_err(|cause| unread(UsageCause::Recorded(cause)))
}

/// Prints one line per rule that blocked calls, and a summary.
pub(crate) fn write_summary(replayed: &Replay, out: &mut dyn Write) -> io::Result<()> {
    for row in &replayed.held {
        writeln!(
            out,
            "{} {}: {} by {}",
            prose::count(row.calls, "call"),
            row.outcome.name(),
            clean::one_line(&row.tool),
            clean::one_line(&row.rule)
        )?;
    }
    let counts: Vec<String> =
        replayed.outcomes.iter().map(|(outcome, calls)| format!("{} {outcome}", prose::thousands(*calls))).collect();
    writeln!(out, "{}: {}", prose::count(replayed.calls, "call"), counts.join(", "))
}
