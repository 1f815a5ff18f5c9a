//! `mcp-scan policy diff`: compares two policies by their decisions.

use std::io::{self, Write};

use super::file::{policy_text, tightened};
use crate::cli::args::{PolicyDiffArgs, TextFormat};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::policy::diff::{self, Change, Difference};
use crate::report::json;
use crate::text::{clean, prose};

/// Compares two policies. Different decisions fail the gate; different wording does not.
pub(crate) fn run(args: &PolicyDiffArgs) -> Result<Exit, CliError> {
    let before = policy_text(&args.before, args.policy_format)?.document.decisions;
    let after = tightened(&args.after, args.policy_format, &args.overlays)?.document.decisions;
    let differences = diff::diff(&before, &after);
    output::to_stdout(|out| match args.format {
        TextFormat::Text => text(&differences, out),
        TextFormat::Json => json::write(&differences, out),
    })?;
    let same = differences.iter().all(|difference| difference.change == Change::Wording);
    Ok(if same { Exit::Done } else { Exit::GateFailed })
}

/// Maximum length of a rule's name, in characters.
const MAX_NAME: usize = 60;

fn text(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    for difference in differences {
        let Difference { tool, change, before, after, guards_gone, guards_new } = difference;
        let line = match before == after {
            true => format!("{tool}: {} ({before})", change.name()),
            false => format!("{tool}: {} ({before} -> {after})", change.name()),
        };
        writeln!(out, "{}", clean::one_line(&line))?;
        for (mark, guards) in [("-", guards_gone), ("+", guards_new)] {
            for guard in guards {
                let name = clean::excerpt(&guard.id, MAX_NAME);
                writeln!(out, "  {mark} {name}: {}", guard.check.words())?;
            }
        }
    }
    match differences.len() {
        0 => writeln!(out, "The policies decide the same."),
        n => writeln!(out, "{} decided otherwise or said otherwise.", prose::count(n, "tool")),
    }
}
