//! What is wrong with servers used together.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_security::confusable_detection::skeleton;

use super::finding;
use super::texts::Texts;
use crate::model::{Finding, ServerReport, Tool};
use crate::rules::{Detect, FindingRule, Found, Ruleset};
use crate::text::clean;
use crate::text::words::Words;

/// Most characters of a name in a sentence.
const MAX_NAME: usize = 100;

/// The findings that one server has only because of the others: for each, the place of the server and of the tool.
/// Servers of one name are one server that was listed twice.
pub fn across(servers: &[ServerReport], ruleset: &Ruleset) -> Vec<(usize, usize, Finding)> {
    let rules = ruleset.findings.iter().filter(|rule| rule.entry.detect.is_across());
    rules
        .flat_map(|rule| match rule.entry.detect {
            Detect::ShadowsAnotherTool => shadows(rule, servers),
            _ => collisions(rule, servers),
        })
        .collect()
}

/// Tools whose name was given to an earlier server's tool.
fn collisions(rule: &FindingRule, servers: &[ServerReport]) -> Vec<(usize, usize, Finding)> {
    let mut first: BTreeMap<String, (&ServerReport, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        for (nth, tool) in server.tools.iter().enumerate() {
            let name = &tool.tool.name;
            let (other, known) = *first.entry(likeness(name)).or_insert((server, name));
            if other.server.name != server.server.name {
                let alike = if name == known { "is called the same as" } else { "is easily taken for" };
                let text = format!("The tool {alike} {} of {}.", shown(known), shown(&other.server.name));
                found.push((at, nth, finding(rule, rule.severity(&tool.assessment), Some(name), text)));
            }
        }
    }
    found
}

/// Tools whose texts tell how another server's tool is to be used.
fn shadows(rule: &FindingRule, servers: &[ServerReport]) -> Vec<(usize, usize, Finding)> {
    let all: Vec<(&ServerReport, &Tool)> =
        servers.iter().flat_map(|server| server.tools.iter().map(move |tool| (server, &tool.tool))).collect();
    let names = Names::of(all.iter().map(|(_, tool)| tool.name.as_str()));
    let mut found = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        let own: HashSet<String> = server.tools.iter().map(|tool| likeness(&tool.tool.name)).collect();
        for (nth, tool) in server.tools.iter().enumerate() {
            let Some((told, whose)) = Texts::of_tool(&tool.tool).steers(rule, |words| names.first(words, &own)) else {
                continue;
            };
            let (other, named) = all[whose];
            let text = format!("{told} {} is a tool of {}.", shown(&named.name), shown(&other.server.name));
            found.push((at, nth, finding(rule, rule.severity(&tool.assessment), Some(&tool.tool.name), text)));
        }
    }
    found
}

/// True when a text of `tool` steers the use of the tools called `others`, of another server.
pub fn is_shadowing(rule: &FindingRule, tool: &Tool, others: &[String]) -> bool {
    let names = Names::of(others.iter().map(String::as_str));
    let own = HashSet::from([likeness(&tool.name)]);
    Texts::of_tool(tool).steers(rule, |words| names.first(words, &own)).is_some()
}

/// Names of tools, by their likeness, to be found in texts in one pass: a hostile listing may have many of both.
struct Names(HashMap<String, usize>);

impl Names {
    /// Those of `names`, each known by its place; of names that are alike the first.
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut places = HashMap::new();
        for (place, name) in names.enumerate() {
            places.entry(likeness(name)).or_insert(place);
        }
        Self(places)
    }

    /// The first that `words` spell as a name of several words and that is not among `own`. A single word is a word of
    /// every text, and words with spaces between them are no name.
    fn first(&self, words: &Words<'_>, own: &HashSet<String>) -> Option<Found<usize>> {
        let goes_on = |at: usize| at + 1 < words.len() && words.gap_after(at).chars().all(|c| matches!(c, '_' | '-'));
        let mut from = 0;
        while from < words.len() {
            let to = (from..words.len()).find(|at| !goes_on(*at)).unwrap_or(from);
            let name = likeness(words.text(from, to));
            if from < to
                && !own.contains(&name)
                && let Some(owner) = self.0.get(&name)
            {
                return Some(Found { from, to, owner: *owner });
            }
            from = to + 1;
        }
        None
    }
}

/// True when a person can take one name for the other.
pub fn are_alike(name: &str, other: &str) -> bool {
    likeness(name) == likeness(other)
}

/// What two names have in common that are easily taken for each other: their letters as they look, without case and
/// without what stands between words.
fn likeness(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    if letters.is_ascii() { letters } else { skeleton(&letters).collect() }
}

fn shown(name: &str) -> String {
    clean::excerpt(name, MAX_NAME)
}
