//! Finds servers that violate the protocol.

use crate::model::Deviation;
use crate::text::{clean, prose};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a place where the listing or the server left the protocol";

/// The first of `deviations` that a server makes, and their number; otherwise the first part that was not read.
pub(crate) fn find(deviations: &[Deviation]) -> Option<String> {
    let (of_protocol, of_files): (Vec<&Deviation>, Vec<&Deviation>) =
        deviations.iter().partition(|deviation| deviation.is_of_protocol());
    let told = |deviation: &Deviation| prose::sentence(&clean::one_line(&deviation.text));
    if let Some(first) = of_protocol.first() {
        let count = prose::count(of_protocol.len(), "place");
        return Some(format!("The server leaves the protocol in {count}: {}", told(first)));
    }
    // A link that leads out of a folder has a finding of its own.
    let unread: Vec<&Deviation> = of_files.into_iter().filter(|part| part.id != Deviation::LINK_OUTSIDE).collect();
    let first = unread.first()?;
    let was = if unread.len() == 1 { "was" } else { "were" };
    Some(format!("{} {was} not read: {}", prose::count(unread.len(), "part"), told(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_of_a_folder_is_no_deviation() {
        let deviation = |id: &str| Deviation { id: id.into(), tool: None, text: "It is odd.".into(), not_read: None };
        let link = deviation("skill-link-outside");
        assert_eq!(find(std::slice::from_ref(&link)), None, "it has a finding of its own");
        let of_folder = ["skill-link-outside", "skill-file-no-text", "plugin-part-not-read"].map(deviation);
        assert_eq!(find(&of_folder).as_deref(), Some("2 parts were not read: It is odd."));
        let mixed = [link, deviation("cursor-repeated")];
        assert_eq!(find(&mixed).as_deref(), Some("The server leaves the protocol in 1 place: It is odd."));
    }
}
