//! What a tool that the server no longer lists may be called now.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::{Position, ServerReport};
use crate::policy::decisions::Decisions;
use crate::policy::merge::{CHANGED, GONE, SECTION};

/// How alike two names must be (0 to 1, Jaro-Winkler) for one to be taken for the other's new name.
const LIKENESS: f64 = 0.85;
/// How alike the comments above two entries must be (0 to 1, Levenshtein) for them to be about one tool.
const COMMENT_LIKENESS: f64 = 0.7;
/// Characters of a comment that are compared.
const MAX_COMMENT: usize = 300;
/// Names for which a new one is looked for; where more are gone, the policy is for another server.
const MAX_GONE: usize = 1_000;
/// New names that are weighed for each.
const MAX_CANDIDATES: usize = 10;

/// A name that is gone and one that may be its new one, the best pair first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pair<'a> {
    is_named: bool,
    /// How alike they are, in thousandths.
    likeness: Reverse<u32>,
    gone: &'a str,
    listed: &'a str,
}

/// The likely new name of each tool that `decisions` names and `server` has not, each new name once. It is one that the
/// policy, whose text is `text`, does not name; or one that it names under the same comment, as after a merge.
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
        let is_same = |pair: &Pair| !pair.is_named || are_alike(&comment(pair.gone), &comment(pair.listed));
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

/// The comment right above `place`, without the notes of a merge.
fn comment_above(lines: &[&str], place: Position) -> String {
    let above = usize::try_from(place.line).unwrap_or_default().saturating_sub(1).min(lines.len());
    let is_own = |line: &&&str| ![GONE, CHANGED, SECTION].iter().any(|note| line.trim().starts_with(note));
    let comment = lines[..above].iter().rev().take_while(|line| line.trim_start().starts_with('#')).filter(is_own);
    comment.flat_map(|line| line.trim().chars()).take(MAX_COMMENT).collect()
}

fn are_alike(a: &str, b: &str) -> bool {
    !a.is_empty() && strsim::normalized_levenshtein(a, b) >= COMMENT_LIKENESS
}
