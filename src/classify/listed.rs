//! Finds operations that a text lists in prose: "Action to perform: create, list or delete".

use crate::text::words::Words;

/// Most items that are read per list.
const MAX_ITEMS: usize = 60;
/// Most words of an item after its first word.
const MAX_REST: usize = 14;
/// Most words between the noun that introduces a list and the list.
const MAX_LEAD: usize = 4;

/// Nouns that introduce a list of operations.
const OPERATION_NOUNS: [&str; 11] = [
    "action",
    "actions",
    "operation",
    "operations",
    "ops",
    "commands",
    "subcommands",
    "methods",
    "verbs",
    "modes",
    "capabilities",
];
/// Words that a list follows, besides a colon and a parenthesis.
const LIST_MARKERS: [&str; 6] = ["like", "as", "include", "includes", "including", "of"];

/// The items of the first list of operations in `words`, each as first and last word; empty for fewer than two items.
pub(crate) fn operations(words: &Words<'_>) -> Vec<(usize, usize)> {
    let mut nouns = (0..words.len()).filter(|&at| OPERATION_NOUNS.contains(&words.get(at)));
    nouns.find_map(|noun| list_after(words, noun)).unwrap_or_default()
}

/// The list that begins within a few words after word `noun`.
fn list_after(words: &Words<'_>, noun: usize) -> Option<Vec<(usize, usize)>> {
    for at in noun..words.len().min(noun + 1 + MAX_LEAD) {
        let opens = words.gap_after(at).contains([':', '(']) || LIST_MARKERS.contains(&words.get(at));
        if opens {
            let items = items(words, at + 1);
            return (items.len() >= 2).then_some(items);
        }
        if words.ends_sentence(at) {
            return None;
        }
    }
    None
}

/// The items of a list that begins at word `start`.
pub(crate) fn items(words: &Words<'_>, start: usize) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    let mut at = start;
    while at < words.len() && items.len() < MAX_ITEMS {
        let last = end_of_identifier(words, at);
        items.push((at, last));
        let Some(next) = next_item(words, last) else { break };
        at = next;
    }
    items
}

/// The index of the last word of the identifier at `at`: `delete_user`, `get-all`.
fn end_of_identifier(words: &Words<'_>, at: usize) -> usize {
    let joined = |&at: &usize| at + 1 < words.len() && matches!(words.gap_after(at), "_" | "-" | "." | "");
    (at..words.len()).find(|at| !joined(at)).unwrap_or(at)
}

/// The first word of the next item, if a separator follows within a few words after `last`.
fn next_item(words: &Words<'_>, last: usize) -> Option<usize> {
    for at in last..words.len().saturating_sub(1).min(last + 1 + MAX_REST) {
        let gap = words.gap_after(at);
        let bullet = gap.find('\n').is_some_and(|line| gap[line..].contains(['-', '*', '•']));
        let joins = ["and", "or"].contains(&words.get(at + 1));
        if joins && !words.ends_sentence(at) {
            return (at + 2 < words.len()).then_some(at + 2);
        }
        if bullet || gap.contains([',', '/', '|']) {
            return Some(at + 1);
        }
        if words.ends_sentence(at) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let words = Words::new(text);
        operations(&words).into_iter().map(|(from, to)| words.text(from, to).to_owned()).collect()
    }

    #[test]
    fn lists_of_operations() {
        let cases: [(&str, &[&str]); 8] = [
            ("Action to perform: create, list or delete.", &["create", "list", "delete"]),
            ("Operation (add | remove)", &["add", "remove"]),
            ("Crate ops: list/contents/drop_crate.", &["list", "contents", "drop_crate"]),
            ("Handles actions like add-user, drop-user and get_user.", &["add-user", "drop-user", "get_user"]),
            ("Supported operations:\n- read: reads it\n- write: writes it\nMore.", &["read", "write"]),
            ("Commands such as create files, move files", &["create", "move"]),
            ("The action that was taken.", &[]),
            ("Actions: one", &[]),
        ];
        for (text, want) in cases {
            assert_eq!(found(text), want, "{text}");
        }
    }
}
