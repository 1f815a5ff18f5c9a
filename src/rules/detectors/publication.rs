//! Finds versions of packages that were published in an unusual way, by what the registry states.

use serde::{Deserialize, Serialize};

use super::name_of_another_server::shown;
use crate::model::Publication;
use crate::text::prose;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "what the registry states about the publication of the package";

/// What is unusual about a publication. Ages count until the day of the registry's answer, by its own clock.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum UnusualPublication {
    /// The first version of the package is younger than so many days.
    YoungPackage { days: i32 },
    /// This version is younger than so many days, and the package is not.
    YoungVersion { days: i32 },
    /// An account that published none of the older versions, of which there are at least `after`, published this one, and
    /// the registry does not state where it was built.
    NewPublisher { after: usize },
}

impl UnusualPublication {
    pub(crate) fn find(&self, publication: &Publication) -> Option<String> {
        match self {
            Self::YoungPackage { days } => {
                let first = publication.first_published?;
                let text = format!("The first version of the package was published on {first}.");
                publication.is_within(first, *days).then_some(text)
            }
            Self::YoungVersion { days } => {
                let (first, published) = (publication.first_published?, publication.published?);
                let is_new = publication.is_within(published, *days) && !publication.is_within(first, *days);
                is_new.then(|| format!("This version was published on {published}."))
            }
            Self::NewPublisher { after } => {
                let publisher = publication.publisher.as_ref()?;
                let earlier = &publication.earlier_publishers;
                let is_new = publication.earlier_versions >= *after
                    && !publication.provenance
                    && !earlier.is_empty()
                    && !earlier.contains(publisher);
                let versions = prose::count(publication.earlier_versions, "older version");
                is_new.then(|| format!("{} published this version, and none of the {versions}.", shown(publisher)))
            }
        }
    }
}
