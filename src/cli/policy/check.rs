//! `mcp-scan policy check`: compares a policy with its server.

use std::io::{self, Write};

use serde::Serialize;

use super::file::{OverlayFile, PolicyInput, policy_input};
use crate::cli::args::{CheckFormat, CommonArgs, PolicyCheckArgs};
use crate::cli::error::{CliError, UsageCause, UsageError};
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::{output, targets};
use crate::config::ServerIdentity;
use crate::model::ServerReport;
use crate::policy::check::{self, Problem};
use crate::report::{json, sarif};
use crate::rules::Ruleset;
use crate::text::{clean, prose};

/// Checks a policy against one server. With `forced` the target is a command.
pub(crate) fn run(args: &PolicyCheckArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let session = Session::start(common, &args.config, &args.profile)?.with_settings(&args.set)?;
    let policy = policy_input(&args.policy, args.policy_format, &args.overlays)?;
    let requested = session.agree(targets::of_words(&args.targets, forced), &args.server)?;
    let report = session.report(session.read(&requested, &args.server)?);
    session.diagnose(&report);
    let (ruleset, errors) = (&session.ruleset, &report.errors);
    let [server] = report.servers.as_slice() else {
        return match report.servers.len() {
            0 => Ok(Exit::Unread),
            servers => Err(UsageError::new(args.targets.join(" "), UsageCause::SeveralServers { servers }).into()),
        };
    };
    let mut problems = match policy {
        PolicyInput::Read(policy) => {
            let mut problems = check::check(&policy.text, &policy.document, server, ruleset);
            place_in_overlays(&mut problems, &policy.overlays);
            problems
        }
        PolicyInput::Engine(mut engine) => check::check_by_calls(&mut engine, server, ruleset),
    };
    let identity = ServerIdentity::from(&server.server);
    for problem in &mut problems {
        problem.ignored = session.config.accepted_problem(&identity, &problem.id, &problem.tool);
    }
    let file = args.policy.display().to_string();
    output::to_stdout(|out| match args.format {
        CheckFormat::Text => text(&file, server, &problems, ruleset, out),
        CheckFormat::Json => {
            json::write(&Checked { policy: &file, server: &server.server.name, problems: &problems }, out)
        }
        CheckFormat::Sarif => {
            sarif::write(&rules(ruleset), &findings(&file, server, &problems), sarif::RunFacts::default(), out)
        }
    })?;
    Ok(if !errors.is_empty() {
        Exit::Unread
    } else if problems.iter().any(Problem::fails) {
        Exit::GateFailed
    } else {
        Exit::Done
    })
}

/// Gives problems without a place the one that the first of `overlays` with the tool has.
fn place_in_overlays(problems: &mut [Problem], overlays: &[OverlayFile]) {
    for problem in problems.iter_mut().filter(|problem| problem.place.is_none()) {
        let found = overlays.iter().find_map(|file| Some((file, *file.places.get(&problem.tool)?)));
        if let Some((file, place)) = found {
            (problem.overlay, problem.place) = (Some(file.name.clone()), Some(place));
        }
    }
}

#[derive(Serialize)]
struct Checked<'a> {
    policy: &'a str,
    server: &'a str,
    problems: &'a [Problem],
}

/// Prints `policy.yaml:12:3: high: ... (unknown-parameter)` lines, and what to do about each kind of problem.
fn text(
    file: &str,
    server: &ServerReport,
    problems: &[Problem],
    ruleset: &Ruleset,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (accepted, problems): (Vec<&Problem>, Vec<&Problem>) =
        problems.iter().partition(|problem| problem.ignored.is_some());
    for problem in &problems {
        let position =
            problem.place.map_or_else(String::new, |position| format!(":{}:{}", position.line, position.column));
        let severity = problem.severity.name().to_lowercase();
        let file = problem.overlay.as_deref().unwrap_or(file);
        let line = format!("{file}{position}: {severity}: {} ({})", problem.text, problem.id);
        writeln!(out, "{}", clean::one_line(&line))?;
    }
    let kinds = ruleset.policy_problems.iter().filter(|kind| problems.iter().any(|problem| problem.id == kind.id));
    for (at, kind) in kinds.enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        writeln!(out, "{gap}{}: {}", kind.id, kind.remedy)?;
    }
    let gap = if problems.is_empty() { "" } else { "\n" };
    let name = clean::one_line(server.server.display_name());
    let tools = prose::count(server.tools.len(), "tool");
    let accepted = match accepted.len() {
        0 => String::new(),
        n => format!(", {} accepted by the configuration", prose::thousands(n)),
    };
    let failing = problems.iter().filter(|problem| problem.fails()).count();
    match (problems.len(), failing) {
        (0, _) => writeln!(out, "No problems: the policy fits {name} ({tools}){accepted}."),
        (n, 0) => {
            let problems = prose::count(n, "problem");
            writeln!(out, "{gap}{problems} with {name} ({tools}){accepted}; none of them fails the check.")
        }
        (n, _) => writeln!(out, "{gap}{} with {name} ({tools}){accepted}.", prose::count(n, "problem")),
    }
}

fn rules(ruleset: &Ruleset) -> Vec<sarif::Rule> {
    let rule = |kind: &crate::rules::PolicyProblem| sarif::Rule {
        id: kind.id.clone(),
        title: kind.title.clone(),
        severity: kind.severity,
        why: kind.why.clone(),
        remedy: kind.remedy.clone(),
        references: Vec::new(),
    };
    ruleset.policy_problems.iter().map(rule).collect()
}

fn findings(file: &str, server: &ServerReport, problems: &[Problem]) -> Vec<sarif::Finding> {
    let finding = |problem: &Problem| sarif::Finding {
        rule: problem.id.clone(),
        severity: problem.severity,
        text: problem.text.clone(),
        file: Some(problem.overlay.as_deref().unwrap_or(file).to_owned()),
        position: Some(problem.place.map_or((1, 1), |position| (position.line, position.column))),
        subject: format!("{}/{}", server.server.name, problem.tool),
        // The text includes the condition, and the same problem has the same text in every run.
        fingerprint: format!("{}/{}/{}", problem.id, problem.tool, problem.text),
        suppression: problem.ignored.as_ref().map(|ignored| ignored.reason.clone()),
        path: Vec::new(),
    };
    problems.iter().map(finding).collect()
}
