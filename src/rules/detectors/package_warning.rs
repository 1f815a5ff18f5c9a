//! Finds what the source of a package does besides its tools.

use serde::{Deserialize, Serialize};

use crate::model::Deviation;
use crate::text::{clean, prose};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a note of this id about the source of the package";

/// The id of the note.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageWarning {
    id: String,
}

impl PackageWarning {
    pub(crate) fn find(&self, deviations: &[Deviation]) -> Option<String> {
        let note = deviations.iter().find(|deviation| deviation.id == self.id)?;
        Some(prose::sentence(&clean::one_line(&note.text)))
    }
}
