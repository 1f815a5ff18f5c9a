//! Finds sentences that give the model orders. [`crate::orders`] reads them for all entries in one pass.

use serde::{Deserialize, Serialize};

use crate::orders::Structure;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the structures of word classes in the sentences of a definition; order-words.yaml has the classes; or wording that is similar to that of labelled attacks";

/// Structures of suspicious orders.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    /// The structures. The most severe match decides the severity.
    #[serde(default)]
    pub(crate) structures: Vec<Structure>,
    /// True for texts without a structure whose wording is that of labelled attacks.
    #[serde(default)]
    pub(crate) similar_wording: bool,
}
