//! Reads a policy file from the command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::cli::args::OverlayArgs;
use crate::cli::error::{PolicyFileCause, PolicyFileError};
use crate::model::Position;
use crate::policy::engines::EnginePolicy;
use crate::policy::{Dialect, Document, SqlGuards, overlay};
use crate::rules::{RulesError, SqlRules};
use crate::text::file;

/// Maximum size of a policy file, in bytes.
const MAX_POLICY: u64 = 64 * 1024 * 1024;

/// A policy file.
pub(crate) struct PolicyText {
    pub(crate) text: String,
    /// Its parsed content.
    pub(crate) document: Document,
    /// The overlays over it.
    pub(crate) overlays: Vec<OverlayFile>,
}

/// A file that is laid over a policy, and where its tools stand in it.
pub(crate) struct OverlayFile {
    pub(crate) name: String,
    pub(crate) places: BTreeMap<String, Position>,
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
    if let Some(format) = EnginePolicy::format(&text, dialect) {
        return Err(error(path, PolicyFileCause::Engine { format: format.name() }));
    }
    let document = Document::read(&text, dialect).map_err(|cause| {
        let format = cause.format();
        let others = Dialect::readable().map(Dialect::name).filter(|other| *other != format);
        let report = cause.report(&path.display().to_string(), &text);
        error(path, PolicyFileCause::Syntax { format, report, others: others.collect() })
    })?;
    Ok(PolicyText { text, document, overlays: Vec::new() })
}

/// A policy file, read or with its engine.
pub(crate) enum PolicyInput {
    Read(Box<PolicyText>),
    Engine(EnginePolicy),
}

/// Reads the policy at `path`, tightened by `overlays`; a policy that only its engine can decide takes none.
pub(crate) fn policy_input(
    path: &Path,
    dialect: Option<Dialect>,
    overlays: &OverlayArgs,
) -> Result<PolicyInput, PolicyFileError> {
    let text = read_text(path)?;
    let Some(format) = EnginePolicy::format(&text, dialect) else {
        return Ok(PolicyInput::Read(Box::new(tightened(path, dialect, overlays)?)));
    };
    if overlays.files().next().is_some() {
        return Err(error(path, PolicyFileCause::Overlay { format: format.name() }));
    }
    let engine = EnginePolicy::read(&text, format).map_err(|cause| {
        let others = Dialect::decidable().map(Dialect::name).filter(|other| *other != format.name());
        error(
            path,
            PolicyFileCause::Syntax { format: format.name(), report: cause.to_string(), others: others.collect() },
        )
    })?;
    Ok(PolicyInput::Engine(engine))
}

/// Reads the policy at `path` and lays `overlays` over it, each in the format that it looks like.
pub(crate) fn tightened(
    path: &Path,
    dialect: Option<Dialect>,
    overlays: &OverlayArgs,
) -> Result<PolicyText, PolicyFileError> {
    let mut policy = policy_text(path, dialect)?;
    for file in overlays.files() {
        let document = policy_text(file, None)?.document;
        policy.overlays.push(OverlayFile { name: file.display().to_string(), places: document.places() });
        let Document { decisions, names, .. } = document;
        policy.document.decisions = overlay::tightened(&policy.document.decisions, &decisions);
        policy.document.names = overlay::named_by_both(std::mem::take(&mut policy.document.names), names);
    }
    Ok(policy)
}

/// The guards on SQL that a parser decides, by the built-in rules or those of the folder `rules`.
pub(crate) fn sql_guards(rules: Option<&Path>) -> Result<Arc<SqlGuards>, RulesError> {
    Ok(Arc::new(SqlGuards::new(&SqlRules::load(rules)?)))
}
