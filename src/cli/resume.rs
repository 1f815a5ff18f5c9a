//! A folder with one result file per target, written as soon as the target is read. Later runs reuse these results, and
//! reading the folder combines them.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{OutputError, UsageCause, UsageError};
use super::output::Destination;
use super::targets::RequestedTarget;
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

/// The folder, and the rules and configuration for its reports.
pub(crate) struct Resume<'a> {
    folder: &'a Path,
    ruleset: &'a Ruleset,
    config: &'a Config,
}

impl<'a> Resume<'a> {
    /// Keeps results in `folder`, which is created if necessary.
    pub(crate) fn new(folder: &'a Path, ruleset: &'a Ruleset, config: &'a Config) -> Result<Self, UsageError> {
        fs::create_dir_all(folder)
            .map_err(|cause| UsageError::new(folder.display().to_string(), UsageCause::Results(cause)))?;
        Ok(Self { folder, ruleset, config })
    }

    /// The saved result of the target. `None` if it failed, so that it is tried again.
    pub(crate) fn found(&self, requested: &RequestedTarget) -> Option<Reading> {
        let path = self.saved_path(requested);
        let reading = path.is_file().then(|| source::read_saved(&Target::File(path), &Budget::default()))?;
        reading.errors.is_empty().then_some(reading)
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
