//! `mcp-scan policy`: a policy file against the server it is for, against calls, against another policy.

use std::fs;
use std::path::Path;

use super::args::{CommonArgs, PolicyArgs, PolicyCommand};
use super::error::{CliError, PolicyFileCause, PolicyFileError};
use super::exit::Exit;
use crate::policy::{Decisions, Dialect};

mod check;
mod companion;
mod diff;
mod test;

pub use companion::Companion;

/// Runs one of the commands on policies; with `forced` the targets are one command.
pub fn run(args: &PolicyArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    match &args.command {
        PolicyCommand::Check(args) => check::run(args, common, forced),
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
fn read_text(path: &Path) -> Result<String, PolicyFileError> {
    let unread = |cause| error(path, PolicyFileCause::Read(cause));
    let length = fs::metadata(path).map_err(unread)?.len();
    if length > MAX_POLICY {
        return Err(error(path, PolicyFileCause::TooLarge { length, max: MAX_POLICY }));
    }
    fs::read_to_string(path).map_err(unread)
}

fn error(path: &Path, cause: PolicyFileCause) -> PolicyFileError {
    PolicyFileError::new(path.display().to_string(), cause)
}

/// Reads the policy at `path`: as `dialect`, or as what it looks like.
fn policy_text(path: &Path, dialect: Option<Dialect>) -> Result<PolicyText, PolicyFileError> {
    let text = read_text(path)?;
    let dialect = dialect.unwrap_or_else(|| Dialect::of_text(&text));
    let decisions = crate::policy::read(&text, dialect).map_err(|cause| {
        let others = Dialect::READABLE.iter().filter(|other| **other != dialect).map(|other| other.name());
        let report = cause.report(&path.display().to_string(), &text);
        error(path, PolicyFileCause::Syntax { format: dialect.name(), report, others: others.collect() })
    })?;
    Ok(PolicyText { text, dialect, decisions })
}
