//! The companion of a policy: test calls that show what it does.

use std::path::{Path, PathBuf};

use crate::cli::diagnose::Messages;
use crate::cli::error::{OutputError, Unwritable};
use crate::cli::output::Destination;
use crate::model::ServerReport;
use crate::policy::{Dialect, PolicyFile, cases};
use crate::rules::Ruleset;
use crate::text::file::read_text;
use crate::text::{prose, unedited};

/// The path of the companion: `policy.tests.yaml` next to `policy.yaml`.
pub(crate) fn companion_path(policy: &Path) -> PathBuf {
    policy.with_extension("tests.yaml")
}

/// A companion to be written.
pub(crate) struct Companion {
    place: Destination,
    text: String,
    calls: usize,
}

impl Companion {
    /// Test calls for the policy `file`. Fails if a companion with edits of the user exists.
    pub(crate) fn new(
        file: &PolicyFile,
        server: &ServerReport,
        dialect: Dialect,
        ruleset: &Ruleset,
    ) -> Result<Self, OutputError> {
        let path = companion_path(&file.path);
        let place = Destination::new("the policy's tests", &path)?;
        if read_text(&path).is_ok_and(|text| !unedited::is_unedited(&text)) {
            return Err(place.error(Unwritable::EditedCompanion));
        }
        let cases = cases::for_policy(server, &file.policy, dialect, ruleset);
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self { place, text: cases::write_companion(&cases, &name), calls: cases.len() })
    }

    /// Writes the companion and reports it.
    pub(crate) fn write(self, messages: Messages) -> Result<(), OutputError> {
        self.place.write(|out| out.write_all(self.text.as_bytes()))?;
        messages.note(&format!("wrote {}: {}", self.place.named(), prose::count(self.calls, "call")));
        Ok(())
    }
}
