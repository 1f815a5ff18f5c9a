//! Lists of names in sentences.

use std::collections::BTreeSet;

use crate::text::{clean, prose};

/// Most names in a sentence.
const MAX_NAMES: usize = 3;
/// Longest name in a sentence, in characters.
const MAX_NAME: usize = 60;

/// The first of `names`, each once, and how many more there are.
pub(crate) fn listed(names: &[&str]) -> String {
    let all: BTreeSet<&str> = names.iter().copied().collect();
    let mut shown: Vec<String> = all.iter().take(MAX_NAMES).map(|name| excerpt(name)).collect();
    if all.len() > MAX_NAMES {
        shown.push(format!("{} more", all.len() - MAX_NAMES));
    }
    prose::list(&shown)
}

/// One name, bounded.
pub(crate) fn excerpt(name: &str) -> String {
    clean::excerpt(name, MAX_NAME)
}
