//! `mcp-scan policy`: a policy file against the server it is for, against calls, against another policy.

use std::fs;
use std::path::Path;

use super::Exit;
use super::args::{CommonArgs, PolicyArgs, PolicyCommand};
use super::diagnose::Messages;
use crate::model::TargetError;
use crate::policy::{Decisions, Dialect};

mod check;
pub mod companion;
mod diff;
mod test;

pub use companion::Companion;

/// Runs one of the commands on policies; with `forced` the targets are one command.
pub fn run(args: &PolicyArgs, common: &CommonArgs, forced: bool, messages: Messages) -> Result<Exit, TargetError> {
    match &args.command {
        PolicyCommand::Check(args) => check::run(args, common, forced, messages),
        PolicyCommand::Diff(args) => diff::run(args),
        PolicyCommand::Test(args) => test::run(args),
    }
}

/// Longest policy file, in bytes.
const MAX_POLICY: u64 = 64 * 1024 * 1024;

/// A policy file that was read.
struct PolicyText {
    text: String,
    dialect: Dialect,
    decisions: Decisions,
}

/// The text of the policy at `path`.
fn read_text(path: &Path) -> Result<String, TargetError> {
    let unread = |why: String| error(path, "could not read the policy", why, None);
    let length = fs::metadata(path).map_err(|cause| unread(cause.to_string()))?.len();
    if length > MAX_POLICY {
        return Err(unread(format!("it has {length} bytes; at most {MAX_POLICY} are read")));
    }
    fs::read_to_string(path).map_err(|cause| unread(cause.to_string()))
}

fn error(path: &Path, what: &str, why: String, hint: Option<String>) -> TargetError {
    TargetError { target: path.display().to_string(), what: what.into(), why, hint }
}

/// Reads the policy at `path`: as `dialect`, or as what it looks like.
fn policy_text(path: &Path, dialect: Option<Dialect>) -> Result<PolicyText, TargetError> {
    let text = read_text(path)?;
    let dialect = dialect.unwrap_or_else(|| Dialect::of_text(&text));
    let decisions = crate::policy::read(&text, dialect).map_err(|cause| {
        let others = Dialect::READABLE.iter().filter(|other| **other != dialect).map(|other| other.name());
        let others = others.collect::<Vec<_>>().join(" or ");
        error(
            path,
            &format!("could not read the policy as {}", dialect.name()),
            cause.report(&path.display().to_string(), &text),
            Some(format!("for another format give `--policy-format {others}`")),
        )
    })?;
    Ok(PolicyText { text, dialect, decisions })
}
