//! Finds packages whose name is easily taken for that of a widely used one.

use serde::{Deserialize, Serialize};

use super::name_of_another_server::shown;
use crate::model::Package;
use crate::rules::known_packages::{KnownPackages, NameLikeness};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a name of a package that is easily taken for one in known-packages.yaml";

/// In what the names are alike.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameNearKnown {
    by: NameLikeness,
}

impl NameNearKnown {
    pub(crate) fn find(&self, package: &Package, known: &KnownPackages) -> Option<String> {
        let (known, likeness) = known.near(package)?;
        let text = format!("{} is easily taken for {}, which many people use.", shown(&package.name), shown(known));
        (likeness == self.by).then_some(text)
    }
}
