//! Finds what the source of a package, or a skill, does besides its tools.

use serde::{Deserialize, Serialize};

use crate::model::Deviation;
use crate::text::{clean, prose};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a note of this id about the source of a package or the files of a skill";

/// Most notes in a message.
const MAX_NOTES: usize = 5;

/// The id of the notes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageWarning {
    id: String,
}

impl PackageWarning {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn find(&self, deviations: &[Deviation]) -> Option<String> {
        let notes = deviations.iter().filter(|deviation| deviation.id == self.id);
        let sentences: Vec<String> =
            notes.take(MAX_NOTES).map(|note| prose::sentence(&clean::one_line(&note.text))).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}
