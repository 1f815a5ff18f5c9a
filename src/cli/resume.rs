//! A folder with one result file per target, written as soon as the target is read. Later runs reuse these results, and
//! reading the folder combines them.

use std::fs;
use std::io::{ErrorKind, Read};
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
/// Largest file of which the whole content tells one state from another, in bytes.
const MAX_CONTENT: u64 = 256 << 20;
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
            // A file that changed since is read anew.
            Ok(target @ Target::File(path)) => sha256([target.digest().as_bytes(), content(path).as_slice()]),
            Ok(target) => target.digest(),
            Err(_) => sha256([shown.as_str()]),
        };
        let digest: String = digest.trim_start_matches("sha256:").chars().take(DIGITS).collect();
        self.folder.join(format!("{:05}-{name}-{digest}.json", requested.number))
    }
}

/// The content of the file at `path`, as far as it is read.
fn content(path: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    let file = fs::metadata(path)
        .and_then(|found| if found.is_file() { fs::File::open(path) } else { Err(ErrorKind::Other.into()) });
    // A file that cannot be read has no result.
    let _ = file.and_then(|file| file.take(MAX_CONTENT).read_to_end(&mut content));
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_has_no_result() {
        let dir = tempfile::tempdir().unwrap();
        let (ruleset, config) = (Ruleset::builtin().unwrap(), Config::default());
        let results = dir.path().join("results");
        let resume = Resume::new(&results, &ruleset, &config).unwrap();
        let file = dir.path().join("tools.json");
        let requested = RequestedTarget { number: 1, target: Ok(Target::File(file.clone())) };
        fs::write(&file, r#"{"tools": [{"name": "good"}]}"#).unwrap();
        let reading = source::read_saved(&Target::File(file.clone()), &Budget::default());
        resume.keep(&requested, &reading).unwrap();
        assert!(resume.found(&requested).is_some());
        fs::write(&file, r#"{"tools": [{"name": "bad"}]}"#).unwrap();
        assert!(resume.found(&requested).is_none());
    }
}
