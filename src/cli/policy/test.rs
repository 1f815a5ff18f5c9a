//! `mcp-scan policy test`: runs test calls against a policy.

use std::io::{self, Write};
use std::path::Path;

use super::companion;
use super::file::{PolicyInput, policy_input, sql_guards};
use crate::cli::args::{CommonArgs, PolicyTestArgs, TextFormat};
use crate::cli::diagnose::Messages;
use crate::cli::error::{CliError, UsageCause, UsageError};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::policy::cases::{self, Case, Tried};
use crate::policy::{Document, Simulator, diagnostic};
use crate::report::json;
use crate::text::file::read_text;
use crate::text::{clean, prose};

/// Runs the calls, or those in the policy's companion, and reports the results.
pub(crate) fn run(args: &PolicyTestArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    if let Some(agents) = args.overlays.unmatched_agents() {
        let agents: Vec<String> = agents.into_iter().map(str::to_owned).collect();
        let text = format!("no overlay is for the agent of --agent; those given are for {}", prose::list(&agents));
        Messages::from(common).warning(&text);
    }
    let policy = policy_input(&args.policy, args.policy_format, &args.overlays)?;
    let calls = args.calls.clone().unwrap_or_else(|| companion::companion_path(&args.policy));
    let cases = cases(&calls)?;
    let tried = match policy {
        PolicyInput::Engine(mut engine) => cases::run_by(|call| engine.decide(call), cases),
        PolicyInput::Read(policy) => {
            let Document { decisions, names, .. } = policy.document;
            let sql = sql_guards(common.rules.as_deref())?;
            cases::run(Simulator::new(&decisions).naming(names).parsing(sql), cases)
        }
    };
    output::to_stdout(|out| match args.format {
        TextFormat::Text => write_results(&tried, out),
        TextFormat::Json => json::write(&tried, out),
    })?;
    Ok(if tried.iter().all(|tried| tried.as_expected) { Exit::Done } else { Exit::GateFailed })
}

fn cases(path: &Path) -> Result<Vec<Case>, UsageError> {
    let unread = |cause: UsageCause| UsageError::new(path.display().to_string(), cause);
    let text = if path == Path::new("-") { io::read_to_string(io::stdin()) } else { read_text(path) };
    let text = text.map_err(|cause| unread(UsageCause::Calls(cause)))?;
    let is_companion = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let cases = if is_companion { cases::read_companion(&text) } else { cases::read_lines(&text) };
    cases.map_err(|diagnostics| {
        unread(UsageCause::CallsSyntax(diagnostic::report(&path.display().to_string(), &text, &diagnostics)))
    })
}

/// Prints one line per call, and a summary.
fn write_results(tried: &[Tried], out: &mut dyn Write) -> io::Result<()> {
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
    let calls = prose::count(tried.len(), "call");
    if tried.iter().all(|tried| tried.case.expect.is_none()) {
        return writeln!(out, "{calls}, none with an expectation");
    }
    let failed = tried.iter().filter(|tried| !tried.as_expected).count();
    writeln!(out, "{calls}, {} not as expected", prose::thousands(failed))
}
