//! A server that does not keep to the protocol.

use crate::model::Deviation;
use crate::text::{clean, prose};

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "a place where the listing or the server left the protocol";

/// The first of `deviations`, and how many there are.
pub(crate) fn find(deviations: &[Deviation]) -> Option<String> {
    let first = deviations.first()?;
    let count = prose::count(deviations.len(), "place");
    Some(format!("The server leaves the protocol in {count}: {}", prose::sentence(&clean::one_line(&first.text))))
}
