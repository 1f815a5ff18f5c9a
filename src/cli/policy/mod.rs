//! `mcp-scan policy`: what can be told about a policy that is there.

use std::path::Path;

use super::Exit;
use super::args::PolicyCommand;
use crate::model::TargetError;
use crate::policy::{Decisions, Dialect, PolicyError, read};

mod test;

pub use test::companion;

/// Runs one of the commands on policies.
pub fn run(command: &PolicyCommand) -> Result<Exit, TargetError> {
    match command {
        PolicyCommand::Test { policy, calls, policy_format, format } => {
            test::run(policy, calls.as_deref(), *policy_format, *format)
        }
    }
}

/// What the policy in `text` says, in the form `dialect`; without one, JSON is PolicyLayer's, and YAML what it can be read
/// as.
fn decisions(path: &Path, text: &str, dialect: Option<Dialect>) -> Result<Decisions, TargetError> {
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let answer = match dialect {
        Some(dialect) => read(text, dialect),
        None if is_json => read(text, Dialect::PolicyLayer),
        // A file of the plain shape is none of the other, so the first error stands.
        None => read(text, Dialect::Intercept).or_else(|error| read(text, Dialect::Seed).map_err(|_| error)),
    };
    answer.map_err(|error| unread(path, &error))
}

fn unread(path: &Path, error: &PolicyError) -> TargetError {
    let why = match error {
        PolicyError::Read { problems, .. } => problems.join("\n"),
        PolicyError::Write { .. } => error.to_string(),
    };
    TargetError {
        target: path.display().to_string(),
        what: "could not read the policy".into(),
        why,
        hint: Some("--policy-format tells which form it has".into()),
    }
}

/// The text of a file, or why there is none; `what` is "the policy".
fn text_of(what: &str, path: &Path, hint: &str) -> Result<String, TargetError> {
    let read =
        if path == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    read.map_err(|cause| TargetError {
        target: path.display().to_string(),
        what: format!("could not read {what}"),
        why: cause.to_string(),
        hint: Some(hint.to_owned()),
    })
}
