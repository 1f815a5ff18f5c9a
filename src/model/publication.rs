//! What a registry states about the publication of a version.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a registry states about the publication of the version that was read. Days are those of UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The day on which this version was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Date>,
    /// The day on which the first version of the package was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_published: Option<Date>,
    /// The day of the registry's answer, by its own clock. Ages count until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
    /// How many versions of the package are older.
    #[serde(default)]
    pub earlier_versions: usize,
    /// True if the registry states where this version was built.
    #[serde(default)]
    pub provenance: bool,
    /// The account that published this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// The accounts that published older versions, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_publishers: Vec<String>,
    /// How many accounts can publish the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintainers: Option<usize>,
}

impl Publication {
    /// True if `day` lies fewer than `days` days before the registry's answer.
    pub(crate) fn is_within(&self, day: Date, days: i32) -> bool {
        let age = self.as_of.and_then(|as_of| day.until(as_of).ok());
        age.is_some_and(|age| age.get_days() < days)
    }
}
