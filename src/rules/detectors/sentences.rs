//! Finds sentences that give the model orders. [`crate::orders`] reads them for all entries in one pass.

use serde::{Deserialize, Serialize};

use crate::model::Severity;
use crate::orders::Structure;

/// What the detector looks for, for `rules show`.
const STRUCTURES: &str =
    "one of the structures of word classes in the sentences of a definition; order-words.yaml has the classes";
const SIMILAR_WORDING: &str = "a sentence without such a structure whose wording is similar to orders in labelled attacks; the \
                               finding counts them, and similar-orders.tsv has the weights of words";

/// Structures of suspicious orders.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    /// The structures. The most severe match decides the severity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) structures: Vec<Structure>,
    /// True for texts without a structure whose wording is that of labelled attacks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) similar_wording: bool,
    /// Whether it counts in the text of a skill. `None` if it does: no author has a reason for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_skills: Option<InSkills>,
}

/// Whether an order counts in the text of a skill, a command or an agent, which are there to give orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum InSkills {
    /// Only a structure of severity High or above.
    CountsIfGrave,
    /// It is what skills are for.
    Never,
}

impl Sentences {
    /// True if an order of `severity` counts in the text of a skill.
    pub(crate) fn counts_in_skills(&self, severity: Severity) -> bool {
        match self.in_skills {
            None => true,
            Some(InSkills::CountsIfGrave) => severity >= Severity::High,
            Some(InSkills::Never) => false,
        }
    }

    pub(crate) fn about(&self) -> &'static str {
        if self.similar_wording { SIMILAR_WORDING } else { STRUCTURES }
    }
}
