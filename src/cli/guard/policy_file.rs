//! The policy of a guard, and how it is read again.

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::OverlayArgs;
use crate::cli::error::PolicyFileError;
use crate::cli::policy::{PolicyInput, policy_input};
use crate::guard::{ActivePolicy, Load, LoadError, WatchedPolicy};
use crate::policy::{Decider, Dialect, Document, SqlGuards};

/// The policy in the file `path`, tightened by `overlays`. It is read again when one of the files changes.
pub(super) fn watched_policy(
    path: &Path,
    format: Option<Dialect>,
    overlays: &OverlayArgs,
    sql: &Arc<SqlGuards>,
) -> Result<WatchedPolicy, PolicyFileError> {
    let mut files = vec![path.to_owned()];
    files.extend(overlays.files().cloned());
    let (again, same_overlays, same_sql) = (path.to_owned(), overlays.clone(), Arc::clone(sql));
    let load: Load = Box::new(move || {
        read(&again, format, &same_overlays, &same_sql)
            .map_err(|error| LoadError::Policy { attempt: error.to_string(), cause: error.cause })
    });
    WatchedPolicy::new(files, || read(path, format, overlays, sql), load)
}

fn read(
    path: &Path,
    format: Option<Dialect>,
    overlays: &OverlayArgs,
    sql: &Arc<SqlGuards>,
) -> Result<ActivePolicy, PolicyFileError> {
    let policy = match policy_input(path, format, overlays)? {
        PolicyInput::Engine(engine) => return Ok(ActivePolicy::of_engine(engine)),
        PolicyInput::Read(policy) => policy,
    };
    let Document { decisions, names, .. } = policy.document;
    let decider = Decider::new(&decisions).naming(names).parsing(Arc::clone(sql));
    Ok(ActivePolicy::new(decisions, decider))
}
