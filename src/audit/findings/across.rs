//! What is wrong with servers used together.

use std::collections::BTreeMap;

use unicode_security::confusable_detection::skeleton;

use super::finding;
use super::texts::Texts;
use crate::model::{Finding, ServerReport, Tool};
use crate::rules::{Detect, FindingRule, Found, Phrases, Ruleset};
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
        let own: Vec<String> = server.tools.iter().map(|tool| likeness(&tool.tool.name)).collect();
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
    Texts::of_tool(tool).steers(rule, |words| names.first(words, &[likeness(&tool.name)])).is_some()
}

/// Names of tools, to be found in texts.
struct Names(Phrases<usize>);

impl Names {
    /// Those of `names` that are of several words; each is known by its place. A single word is a word of every text.
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut phrases = Phrases::default();
        for (place, name) in names.enumerate() {
            let words = Words::of(name);
            if words.len() > 1 {
                phrases.add(&words.iter().collect::<Vec<_>>().join(" "), 0, place);
            }
        }
        Self(phrases)
    }

    /// The first that `words` spell as a name and that is not among `own`.
    fn first(&self, words: &Words<'_>, own: &[String]) -> Option<Found<usize>> {
        self.0.find(words).into_iter().find(|found| {
            let text = words.text(found.from, found.to);
            !text.contains(char::is_whitespace) && !own.contains(&likeness(text))
        })
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
