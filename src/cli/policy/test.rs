//! `mcp-scan policy test`: calls are tried against a policy.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::args::TextFormat;
use super::super::{Exit, output};
use super::{decisions, text_of};
use crate::model::TargetError;
use crate::policy::Dialect;
use crate::policy::cases::{self, Case, Tried};
use crate::report::json;
use crate::text::{clean, prose};

/// Tries the calls of `calls`, or of the companion of `policy`, and tells what became of them.
pub fn run(
    policy: &Path,
    calls: Option<&Path>,
    dialect: Option<Dialect>,
    format: TextFormat,
) -> Result<Exit, TargetError> {
    let text = text_of("the policy", policy, "give the path of a policy file")?;
    let decisions = decisions(policy, &text, dialect)?;
    let calls = calls.map_or_else(|| companion(policy), Path::to_owned);
    let tried = cases::run(&decisions, cases(&calls)?);
    output::to_stdout(|out| match format {
        TextFormat::Text => tell(&tried, out),
        TextFormat::Json => json::write(&tried, out),
    })?;
    Ok(if tried.iter().all(|tried| tried.as_expected) { Exit::Done } else { Exit::GateFailed })
}

/// The companion of a policy file: `policy.tests.yaml` beside `policy.yaml`.
pub fn companion(policy: &Path) -> PathBuf {
    policy.with_extension("tests.yaml")
}

fn cases(path: &Path) -> Result<Vec<Case>, TargetError> {
    let hint = "give a file with a call a line; `mcp-scan --policy FILE --policy-tests TARGET` writes a companion";
    let text = text_of("the calls", path, hint)?;
    let is_companion = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let cases = if is_companion { cases::read_companion(&text) } else { cases::read_lines(&text) };
    cases.map_err(|problems| TargetError {
        target: path.display().to_string(),
        what: "could not read the calls".into(),
        why: problems.join("\n"),
        hint: Some("a call is an object with tool and arguments, and if wanted at, expect and rule".into()),
    })
}

/// A call a line, and a count.
fn tell(tried: &[Tried], out: &mut dyn Write) -> io::Result<()> {
    for Tried { case, verdict, as_expected } in tried {
        let mark = if *as_expected { "" } else { "NOT AS EXPECTED: " };
        write!(
            out,
            "{mark}{} {} by {}",
            clean::one_line(&case.tool),
            verdict.outcome.name(),
            clean::one_line(&verdict.rule)
        )?;
        if let Some(message) = &verdict.message {
            write!(out, " ({})", clean::one_line(message))?;
        }
        if let (false, Some(expected)) = (as_expected, case.expect) {
            write!(out, ", expected {}", expected.name())?;
            write!(
                out,
                "{}",
                case.rule.as_ref().map_or_else(String::new, |rule| format!(" by {}", clean::one_line(rule)))
            )?;
        }
        writeln!(out)?;
    }
    let failed = tried.iter().filter(|tried| !tried.as_expected).count();
    writeln!(out, "{}, {} not as expected", prose::count(tried.len(), "call"), prose::thousands(failed))
}
