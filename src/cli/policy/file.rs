//! Reads a policy file from the command line.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::cli::error::{PolicyFileCause, PolicyFileError};
use crate::policy::{Dialect, Document, SqlGuards};
use crate::rules::{RulesError, SqlRules};
use crate::text::file;

/// Maximum size of a policy file, in bytes.
const MAX_POLICY: u64 = 64 * 1024 * 1024;

/// A policy file.
pub(crate) struct PolicyText {
    pub(crate) text: String,
    /// Its parsed content.
    pub(crate) document: Document,
}

fn read_text(path: &Path) -> Result<String, PolicyFileError> {
    let unread = |cause| error(path, PolicyFileCause::Read(cause));
    let length = fs::metadata(path).map_err(unread)?.len();
    if length > MAX_POLICY {
        return Err(error(path, PolicyFileCause::TooLarge { length, max: MAX_POLICY }));
    }
    file::read_text(path).map_err(unread)
}

fn error(path: &Path, cause: PolicyFileCause) -> PolicyFileError {
    PolicyFileError::new(path.display().to_string(), cause)
}

/// Reads the policy at `path` in the format `dialect`, or in the format that it looks like.
pub(crate) fn policy_text(path: &Path, dialect: Option<Dialect>) -> Result<PolicyText, PolicyFileError> {
    let text = read_text(path)?;
    let document = Document::read(&text, dialect).map_err(|cause| {
        let format = cause.format();
        let others = Dialect::readable().map(Dialect::name).filter(|other| *other != format);
        let report = cause.report(&path.display().to_string(), &text);
        error(path, PolicyFileCause::Syntax { format, report, others: others.collect() })
    })?;
    Ok(PolicyText { text, document })
}

/// The guards on SQL that a parser decides, by the built-in rules.
pub(crate) fn sql_guards() -> Result<Arc<SqlGuards>, RulesError> {
    Ok(Arc::new(SqlGuards::new(&SqlRules::builtin()?)))
}
