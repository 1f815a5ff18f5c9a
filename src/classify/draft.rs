//! A category under consideration, and how much a claim weighs for it.

use super::claims::{Claim, Standing};
use super::reading::Reading;
use crate::model::{Category, Confidence, Evidence};

/// A category under consideration: the grounds for it are gathered as it is found.
pub(crate) struct Draft<'t> {
    /// The tool.
    pub(crate) reading: &'t Reading<'t>,
    pub(crate) category: Category,
    /// How sure it is.
    pub(crate) confidence: Confidence,
    /// The grounds, the deciding piece first.
    pub(crate) evidence: Vec<Evidence>,
    /// The strongest claim of the name.
    pub(crate) name: Option<Claim<'t>>,
    /// The strongest claim of the opening.
    pub(crate) opening: Option<Claim<'t>>,
    /// True when the words decided by a verb whose object is known.
    pub(crate) specific: bool,
    /// True when the words decided by a verb that says too little.
    pub(crate) vague_verb: bool,
}

/// How much a claim decides, 0-3: a vague verb nothing, a noun little, a verb that can only be one most.
pub(crate) fn weight(claim: &Claim<'_>) -> u8 {
    match (claim.is_strong(), claim.standing) {
        (false, _) => 0,
        (true, Standing::Noun) => 1,
        (true, Standing::Likely) => 2,
        (true, Standing::Sure) => 3,
    }
}
