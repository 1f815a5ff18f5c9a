//! `mcp-scan guard log`: what a guard decided, and whether its log is whole.

use std::io::{self, Write};

use crate::cli::args::{CommonArgs, GuardLogArgs, TextFormat};
use crate::cli::error::{CliError, UsageCause, UsageError};
use crate::cli::exit::Exit;
use crate::cli::{output, reports};
use crate::guard::log::{LogReadError, Summary, ToolSummary, Verification, summarize, verify};
use crate::report::json;
use crate::report::rows::{Column, Layout, Rows};
use crate::text::{clean, prose};

/// Longest cell in characters. The JSON output is not cut.
const MAX_CELL: usize = 100;

const COLUMNS: [Column; 9] = [
    Column::value("Server"),
    Column::value("Tool"),
    Column::value("Allowed"),
    Column::value("Asked"),
    Column::value("Limited"),
    Column::value("Denied"),
    Column::value("Failed"),
    Column::value("Median"),
    Column::value("99 %"),
];

/// Shows the decisions by tool, or checks the log.
pub(crate) fn run(args: &GuardLogArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let failed = |cause: LogReadError| UsageError::new(args.file.display().to_string(), UsageCause::GuardLog(cause));
    if args.verify {
        let verification = verify(&args.file).map_err(failed)?;
        output::to_stdout(|out| match args.format {
            TextFormat::Text => write_verification(&verification, out),
            TextFormat::Json => json::write(&verification, out),
        })?;
        return Ok(if verification.problem_count == 0 { Exit::Done } else { Exit::GateFailed });
    }
    let summary = summarize(&args.file).map_err(failed)?;
    match args.format {
        TextFormat::Text => {
            reports::write_result(None, common.plain, |out, layout| write_summary(&summary, layout, out))
        }
        TextFormat::Json => output::to_stdout(|out| json::write(&summary, out)),
    }?;
    Ok(Exit::Done)
}

fn write_verification(verification: &Verification, out: &mut dyn Write) -> io::Result<()> {
    for problem in &verification.problems {
        let file = problem.file.display().to_string();
        writeln!(out, "{}:{}: {}", clean::one_line(&file), problem.line, problem.kind)?;
    }
    let more = verification.problem_count - verification.problems.len();
    if more > 0 {
        writeln!(out, "and {more} more")?;
    }
    let Verification { first, last, .. } = verification;
    let records = prose::count(usize::try_from(verification.records).unwrap_or(usize::MAX), "record");
    let problems = prose::count(verification.problem_count, "problem");
    writeln!(out, "{records} from {first} to {last}, {problems}")?;
    if let Some(digest) = &verification.digest {
        writeln!(out, "The last record has the digest {}.", clean::one_line(digest))?;
    }
    if !verification.end_is_known {
        writeln!(out, "The file that says where the log ends is missing, so a cut at the end cannot be seen.")?;
    }
    Ok(())
}

fn write_summary(summary: &Summary, layout: Layout, mut out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::new(&COLUMNS, 1);
    for tool in &summary.tools {
        rows.push(cells(tool));
    }
    if !summary.tools.is_empty() {
        rows.write(layout, &mut out)?;
        writeln!(out)?;
    }
    let calls = prose::count(usize::try_from(summary.calls).unwrap_or(usize::MAX), "call");
    let observed: u64 = summary.tools.iter().map(|tool| tool.observed).sum();
    if observed > 0 {
        writeln!(out, "{observed} of the calls that were not allowed went through, because the guard only observed.")?;
    }
    match (&summary.from, &summary.to) {
        (Some(from), Some(to)) => {
            writeln!(out, "{calls} from {} to {}.", clean::one_line(from), clean::one_line(to))
        }
        _ => writeln!(out, "{calls}."),
    }
}

fn cells(tool: &ToolSummary) -> [String; 9] {
    let name = |text: &str| clean::excerpt(text, MAX_CELL);
    [
        name(&tool.server),
        name(&tool.tool),
        tool.allowed.to_string(),
        tool.asked.to_string(),
        tool.limited.to_string(),
        tool.denied.to_string(),
        tool.failed.to_string(),
        time(tool.median_us),
        time(tool.p99_us),
    ]
}

/// A time in milliseconds.
fn time(microseconds: Option<u64>) -> String {
    microseconds.map_or_else(|| "-".to_owned(), |time| format!("{}.{} ms", time / 1_000, time % 1_000 / 100))
}
