//! Detects renamed tools: an added tool that matches a removed one.

use std::collections::{BTreeMap, BTreeSet};

use super::LockedTool;
use crate::text::words::Words;

/// Least similarity, from 0 to 1, of a renamed tool.
const MIN_LIKENESS: f64 = 0.6;
/// Most pairs compared for similarity. Above it, only tools that are equal except for the name are matched.
const MAX_PAIRS: usize = 40_000;
/// Most characters of a description compared.
const MAX_TEXT: usize = 500;

/// Pairs of indices: a tool in `removed_tools` and the tool in `new` that it was renamed to.
pub(crate) fn renamed(removed_tools: &[&LockedTool], new: &[&LockedTool]) -> Vec<(usize, usize)> {
    let mut pairs = equal_but_for_name(removed_tools, new);
    let (mut removed_used, mut new_used): (BTreeSet<usize>, BTreeSet<usize>) = pairs.iter().copied().unzip();
    if (removed_tools.len() - pairs.len()) * (new.len() - pairs.len()) > MAX_PAIRS {
        return pairs;
    }
    let traits = |tools: &[&LockedTool], used: &BTreeSet<usize>| -> Vec<(usize, Traits)> {
        let left = tools.iter().enumerate().filter(|(at, _)| !used.contains(at));
        left.map(|(at, tool)| (at, Traits::new(tool))).collect()
    };
    let (removed_left, new_left) = (traits(removed_tools, &removed_used), traits(new, &new_used));
    let mut candidates = Vec::new();
    for (a, before) in &removed_left {
        candidates.extend(new_left.iter().map(|(b, after)| (before.likeness(after), *a, *b)));
    }
    candidates.retain(|(likeness, ..)| *likeness >= MIN_LIKENESS);
    candidates.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    for (_, a, b) in candidates {
        if !removed_used.contains(&a) && !new_used.contains(&b) {
            removed_used.insert(a);
            new_used.insert(b);
            pairs.push((a, b));
        }
    }
    pairs
}

/// The pairs that differ only in name.
fn equal_but_for_name(removed_tools: &[&LockedTool], new: &[&LockedTool]) -> Vec<(usize, usize)> {
    // Tools without a description are not matched, because all empty definitions are equal.
    let has_description = |tool: &LockedTool| tool.digests.contains_key("description");
    let mut by_digests: BTreeMap<&BTreeMap<String, String>, Vec<usize>> = BTreeMap::new();
    for (at, tool) in new.iter().enumerate().rev().filter(|(_, tool)| has_description(tool)) {
        by_digests.entry(&tool.digests).or_default().push(at);
    }
    let found = |(at, tool): (usize, &&LockedTool)| Some((at, by_digests.get_mut(&tool.digests)?.pop()?));
    removed_tools.iter().enumerate().filter_map(found).collect()
}

/// The properties that are compared.
struct Traits {
    name: BTreeSet<String>,
    description: BTreeSet<String>,
    parameters: BTreeSet<String>,
}

impl Traits {
    fn new(tool: &LockedTool) -> Self {
        let text: String = tool.description.iter().flat_map(|text| text.chars()).take(MAX_TEXT).collect();
        Self {
            name: lower_words(&tool.name),
            description: lower_words(&text),
            parameters: tool.parameters.iter().map(|parameter| parameter.path.clone()).collect(),
        }
    }

    /// The mean of the shares of common name words, description words and parameters, over those that at least one has.
    fn likeness(&self, other: &Self) -> f64 {
        let sides =
            [(&self.name, &other.name), (&self.description, &other.description), (&self.parameters, &other.parameters)];
        let shares: Vec<f64> = sides
            .into_iter()
            .filter(|(a, b)| !a.is_empty() || !b.is_empty())
            .map(|(a, b)| a.intersection(b).count() as f64 / a.union(b).count() as f64)
            .collect();
        // The name alone is not enough.
        if shares.len() < 2 { 0.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 }
    }
}

fn lower_words(text: &str) -> BTreeSet<String> {
    Words::new(text).iter().map(str::to_owned).collect()
}
