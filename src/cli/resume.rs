//! A folder with one result file per target, written as soon as the target is read. Later runs reuse these results, and
//! reading the folder combines them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::diagnose::Messages;
use super::error::{OutputError, UsageCause, UsageError};
use super::output::Destination;
use super::targets::RequestedTarget;
use super::written;
use crate::config::Config;
use crate::report::json;
use crate::rules::Ruleset;
use crate::source::{self, Budget, Reading, Target};
use crate::text::digest::sha256;
use crate::text::slug::slug;

/// Number of hex digits of the target's digest in its file name.
const DIGITS: usize = 8;
/// Maximum length of the target's name in its file name, in characters.
const MAX_NAME: usize = 60;

/// How old a result may be. A server may list something else since.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The folder, and the rules and configuration for its reports.
pub(crate) struct Resume<'a> {
    folder: &'a Path,
    ruleset: &'a Ruleset,
    config: &'a Config,
    /// How many results were taken from the folder.
    taken: AtomicUsize,
    /// How many results were passed over.
    passed_over: AtomicUsize,
}

impl<'a> Resume<'a> {
    /// Keeps results in `folder`, which is created if necessary.
    pub(crate) fn new(folder: &'a Path, ruleset: &'a Ruleset, config: &'a Config) -> Result<Self, UsageError> {
        fs::create_dir_all(folder)
            .map_err(|cause| UsageError::new(folder.display().to_string(), UsageCause::Results(cause)))?;
        Ok(Self { folder, ruleset, config, taken: AtomicUsize::new(0), passed_over: AtomicUsize::new(0) })
    }

    /// The saved result of the target. `None` if it failed, so that it is tried again, and if the file is not known to be the
    /// result of a recent run: somebody else may have put it there.
    pub(crate) fn found(&self, requested: &RequestedTarget) -> Option<Reading> {
        let path = self.saved_path(requested);
        if !is_kept(requested) || !path.is_file() {
            return None;
        }
        if !is_recent(&path) || !written::is_unedited_file(&path) {
            self.passed_over.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let reading = source::read_saved(&Target::File(path), &Budget::default());
        let found = reading.errors.is_empty().then_some(reading)?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    /// Says which results were taken from the folder and which were not.
    pub(crate) fn note(&self, messages: Messages) {
        let folder = self.folder.display();
        let results = |count: usize| format!("{count} {}", if count == 1 { "result" } else { "results" });
        match self.taken.load(Ordering::Relaxed) {
            0 => {}
            taken => messages.note(&format!("{} in {folder} of an earlier run: not read again", results(taken))),
        }
        match self.passed_over.load(Ordering::Relaxed) {
            0 => {}
            others => messages.warning(&format!(
                "{} in {folder} not used, and read again: older than a day, or not known to be written by you on this machine",
                results(others)
            )),
        }
    }

    /// Saves the result as a report.
    pub(crate) fn keep(&self, requested: &RequestedTarget, reading: &Reading) -> Result<(), OutputError> {
        let Reading { listings, errors } = reading.clone();
        let report = crate::report_with(listings, errors, self.ruleset, self.config);
        Destination::new("the result", &self.saved_path(requested))?.write(|out| json::write(&report, out))
    }

    /// The file of a target. Its name has the number, which keeps the order, the target's name, and a digest, which
    /// distinguishes another target at the same position.
    fn saved_path(&self, requested: &RequestedTarget) -> PathBuf {
        let shown = requested.display();
        let name = match &requested.target {
            Ok(target) => target.suggested_name(),
            Err(_) => shown.clone(),
        };
        let name: String = slug(&name).chars().take(MAX_NAME).collect();
        let digest = match &requested.target {
            Ok(target) => target.digest(),
            Err(_) => sha256([shown.as_str()]),
        };
        let digest: String = digest.trim_start_matches("sha256:").chars().take(DIGITS).collect();
        self.folder.join(format!("{:05}-{name}-{digest}.json", requested.number))
    }
}

/// True if the result of the target is taken from an earlier run. Files are read again: they are here, and may have changed.
fn is_kept(requested: &RequestedTarget) -> bool {
    match &requested.target {
        Ok(Target::Url(_) | Target::Package(_) | Target::Command(_) | Target::Configured(_)) => true,
        Ok(Target::Stdin | Target::File(_) | Target::Folder(_)) | Err(_) => false,
    }
}

/// True if the file at `path` was written not long ago, and not in the future.
fn is_recent(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|found| found.modified());
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age <= MAX_AGE))
}
