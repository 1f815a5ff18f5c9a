//! Finds new names of tools that the server no longer lists.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::{Position, ServerReport};
use crate::policy::decisions::Decisions;
use crate::policy::merge::{CHANGED, GONE, SECTION};

/// Lowest similarity of a name and its new name (0 to 1, Jaro-Winkler).
const LIKENESS: f64 = 0.85;
/// Lowest similarity of comments above two entries about the same tool (0 to 1, Levenshtein).
const COMMENT_LIKENESS: f64 = 0.7;
/// Most characters of a comment that are compared.
const MAX_COMMENT: usize = 300;
/// Most removed names that are looked up: with more, the policy is for another server.
const MAX_GONE: usize = 1_000;
/// Most candidates that are compared per removed name.
const MAX_CANDIDATES: usize = 10;

/// A removed name and its possible new name; the best pair sorts first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pair<'a> {
    is_named: bool,
    /// Similarity in thousandths.
    likeness: Reverse<u32>,
    gone: &'a str,
    listed: &'a str,
}

/// The likely new name of each tool that is in `decisions` and not on `server`; each new name is used once. Either the
/// policy (with content `text`) does not contain the new name, or a merge has marked the old one, and both names are below
/// the same comment.
pub(crate) fn likely<'a>(
    text: &str,
    places: &BTreeMap<String, Position>,
    decisions: &'a Decisions,
    server: &'a ServerReport,
) -> HashMap<&'a str, &'a str> {
    let listed: BTreeSet<&str> = server.tools.iter().map(|tool| tool.tool.name.as_str()).collect();
    let gone = decisions.tools.keys().map(String::as_str).filter(|name| !listed.contains(name));
    let lower: Vec<(&str, String)> = listed.iter().map(|name| (*name, name.to_lowercase())).collect();
    let lines: Vec<&str> = text.lines().collect();
    let comment = |name: &str| places.get(name).map(|place| comment_above(&lines, *place)).unwrap_or_default();
    let mut pairs: Vec<Pair> = Vec::new();
    for name in gone.take(MAX_GONE) {
        let own = name.to_lowercase();
        let alike = lower.iter().map(|(listed, lower)| (strsim::jaro_winkler(lower, &own), *listed));
        let mut candidates: Vec<Pair> = alike
            .filter(|(likeness, _)| *likeness >= LIKENESS)
            .map(|(likeness, listed)| Pair {
                is_named: decisions.tools.contains_key(listed),
                likeness: Reverse(thousandths(likeness)),
                gone: name,
                listed,
            })
            .collect();
        candidates.sort();
        candidates.truncate(MAX_CANDIDATES);
        let is_marked = |name: &str| places.get(name).is_some_and(|place| is_marked_gone(&lines, *place));
        let is_same = |pair: &Pair| {
            !pair.is_named || is_marked(pair.gone) && are_alike(&comment(pair.gone), &comment(pair.listed))
        };
        pairs.extend(candidates.into_iter().filter(is_same));
    }
    pairs.sort();
    let (mut found, mut taken) = (HashMap::new(), HashSet::new());
    for Pair { gone, listed, .. } in pairs {
        if !found.contains_key(gone) && taken.insert(listed) {
            found.insert(gone, listed);
        }
    }
    found
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a likeness is from 0 to 1")]
fn thousandths(likeness: f64) -> u32 {
    (likeness * 1_000.0) as u32
}

/// The lines of the comment directly above `place`, the last one first.
fn lines_above<'l>(lines: &'l [&str], place: Position) -> impl Iterator<Item = &'l str> {
    let above = usize::try_from(place.line).unwrap_or_default().saturating_sub(1).min(lines.len());
    lines[..above].iter().rev().map(|line| line.trim()).take_while(|line| line.starts_with('#'))
}

/// True if a merge has marked the entry at `place`.
fn is_marked_gone(lines: &[&str], place: Position) -> bool {
    lines_above(lines, place).any(|line| line == GONE)
}

/// The comment directly above `place`, without notes of a merge.
fn comment_above(lines: &[&str], place: Position) -> String {
    let is_own = |line: &&str| ![GONE, CHANGED, SECTION].iter().any(|note| line.starts_with(note));
    let comment = lines_above(lines, place).filter(is_own);
    comment.flat_map(|line| line.trim().chars()).take(MAX_COMMENT).collect()
}

fn are_alike(a: &str, b: &str) -> bool {
    !a.is_empty() && strsim::normalized_levenshtein(a, b) >= COMMENT_LIKENESS
}
