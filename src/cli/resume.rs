//! A folder with the result of each target, written as it ends: what is there need not be read again, and the results of
//! several runs join by reading the folder.

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

/// How many hex digits of the digest of a target its file name has.
const DIGITS: usize = 8;
/// Most characters of a file name that tell which target it is.
const MAX_NAME: usize = 60;

/// The folder, and what makes a report of a reading.
pub(crate) struct Resume<'a> {
    folder: &'a Path,
    ruleset: &'a Ruleset,
    config: &'a Config,
}

impl<'a> Resume<'a> {
    /// Results are kept in `folder`, which is made when it is not there.
    pub(crate) fn new(folder: &'a Path, ruleset: &'a Ruleset, config: &'a Config) -> Result<Self, UsageError> {
        fs::create_dir_all(folder)
            .map_err(|cause| UsageError::new(folder.display().to_string(), UsageCause::Results(cause)))?;
        Ok(Self { folder, ruleset, config })
    }

    /// The result of an earlier run for the target; `None` if it failed, so that it is tried again.
    pub(crate) fn found(&self, asked: &RequestedTarget) -> Option<Reading> {
        let place = self.place(asked);
        let reading = place.is_file().then(|| source::read_saved(&Target::File(place), &Budget::default()))?;
        reading.errors.is_empty().then_some(reading)
    }

    /// Writes what was read as a report of its own.
    pub(crate) fn keep(&self, asked: &RequestedTarget, reading: &Reading) -> Result<(), OutputError> {
        let Reading { listings, errors } = reading.clone();
        let report = crate::report_with(listings, errors, self.ruleset, self.config);
        Destination::new("the result", &self.place(asked))?.write(|out| json::write(&report, out))
    }

    /// The file of a target: its number, so that the folder keeps the order, its name, and a digest, so that another
    /// target in the same place is not taken for it.
    fn place(&self, asked: &RequestedTarget) -> PathBuf {
        let shown = asked.display();
        let name = match &asked.target {
            Ok(target) => target.suggested_name(),
            Err(_) => shown.clone(),
        };
        let name: String = slug(&name).chars().take(MAX_NAME).collect();
        let digest = match &asked.target {
            Ok(target) => target.digest(),
            Err(_) => sha256([shown.as_str()]),
        };
        let digest: String = digest.trim_start_matches("sha256:").chars().take(DIGITS).collect();
        self.folder.join(format!("{:05}-{name}-{digest}.json", asked.number))
    }
}
