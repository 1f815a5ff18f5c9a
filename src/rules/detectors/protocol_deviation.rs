//! Finds servers that violate the protocol.

use crate::model::Deviation;
use crate::text::{clean, prose};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a place where the listing or the server left the protocol";

/// The first of `deviations` that a server makes, and their number.
pub(crate) fn find(deviations: &[Deviation]) -> Option<String> {
    let places: Vec<&Deviation> = deviations.iter().filter(|deviation| deviation.is_of_protocol()).collect();
    let first = places.first()?;
    let count = prose::count(places.len(), "place");
    Some(format!("The server leaves the protocol in {count}: {}", prose::sentence(&clean::one_line(&first.text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_of_a_folder_is_no_deviation() {
        let deviation = |id: &str| Deviation { id: id.into(), tool: None, text: "It is odd.".into(), not_read: None };
        let of_folder =
            ["skill-link-outside", "skill-file-no-text", "skill-too-deep", "plugin-part-not-read"].map(deviation);
        assert_eq!(find(&of_folder), None);
        let mixed = [deviation("skill-link-outside"), deviation("cursor-repeated")];
        assert_eq!(find(&mixed).as_deref(), Some("The server leaves the protocol in 1 place: It is odd."));
    }
}
