//! The state of a classification in progress, and the weight of claims.

use super::claims::{Claim, Standing};
use super::reading::Reading;
use crate::model::{Category, Confidence, Evidence};

/// A classification in progress: category, confidence and evidence so far.
pub(crate) struct Draft<'t> {
    /// The tool as read.
    pub(crate) reading: &'t Reading<'t>,
    pub(crate) category: Category,
    /// The confidence in the category.
    pub(crate) confidence: Confidence,
    /// The evidence, the deciding piece first.
    pub(crate) evidence: Vec<Evidence>,
    /// The strongest claim in the name.
    pub(crate) name: Option<Claim<'t>>,
    /// The strongest claim in the description's opening.
    pub(crate) opening: Option<Claim<'t>>,
    /// True if a verb with a known object decided.
    pub(crate) specific: bool,
    /// True if a vague verb decided.
    pub(crate) vague_verb: bool,
    /// True if a sentence besides the opening states an act that the verdict rests on.
    pub(crate) states_more: bool,
    /// True for a dry run, by name and opening.
    pub(crate) only_tries: bool,
}

/// The weight of a claim: 0 for a vague verb, 1 for a noun, 2 for a likely verb, 3 for a word that can only be a verb.
pub(crate) fn weight(claim: &Claim<'_>) -> u8 {
    match (claim.is_strong(), claim.standing) {
        (false, _) => 0,
        (true, Standing::Noun) => 1,
        (true, Standing::Likely) => 2,
        (true, Standing::Sure) => 3,
    }
}
