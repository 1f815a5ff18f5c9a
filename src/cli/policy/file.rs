//! Reads the policy file that a command names.

use std::fs;
use std::path::Path;

use crate::model::TargetError;
use crate::policy::{Dialect, Document};

/// Longest policy file, in bytes.
const MAX_POLICY: u64 = 64 * 1024 * 1024;

/// A policy file that was read.
pub struct PolicyText {
    /// Its text.
    pub text: String,
    /// What it says.
    pub document: Document,
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
pub fn policy_text(path: &Path, dialect: Option<Dialect>) -> Result<PolicyText, TargetError> {
    let text = read_text(path)?;
    let document = Document::read(&text, dialect).map_err(|cause| {
        let read_as = cause.format();
        let others = Dialect::readable().map(Dialect::name).filter(|other| *other != read_as);
        let others = others.collect::<Vec<_>>().join(" or ");
        error(
            path,
            &format!("could not read the policy as {read_as}"),
            cause.report(&path.display().to_string(), &text),
            Some(format!("for another format give `--policy-format {others}`")),
        )
    })?;
    Ok(PolicyText { text, document })
}
