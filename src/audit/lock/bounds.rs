//! How much of a definition a lock stores, and in which order.

/// Most characters stored of a description or of instructions. The digest covers all of it.
pub(super) const MAX_TEXT: usize = 4_000;
/// Most characters stored of a parameter's type, and of its description.
pub(super) const MAX_PARAMETER: usize = 300;

/// Length of a shown digest: `sha256:` and twelve digits.
const SHOWN_DIGEST: usize = 19;

/// A digest as it is shown.
pub(super) fn short(digest: String) -> String {
    digest.chars().take(SHOWN_DIGEST).collect()
}

pub(super) fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}

/// The first `max` characters of `text`, with an ellipsis if it was cut.
pub(super) fn bounded(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
