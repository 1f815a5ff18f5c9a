//! Sentences that give the model orders. The reader of [`crate::orders`] finds them, for all entries in one pass.

use serde::{Deserialize, Serialize};

use crate::orders::Structure;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str =
    "one of the structures of word classes in the sentences of a definition; order-words.yaml has the classes";

/// Structures of suspicious orders.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    /// The structures; the gravest that matches decides the severity.
    pub(crate) structures: Vec<Structure>,
}
