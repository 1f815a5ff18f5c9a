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
/// Fewest characters of a name in which a slip is overlooked.
const LONG: usize = 8;

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
    let mut blurred: BTreeMap<String, (&ServerReport, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        for (nth, tool) in server.tools.iter().enumerate() {
            let name = &tool.tool.name;
            let likeness = likeness(name);
            let near = *blurred.entry(blur(&likeness)).or_insert((server, name));
            let same = *first.entry(likeness).or_insert((server, name));
            let is_other = |(other, _): &(&ServerReport, &str)| other.server.name != server.server.name;
            let taken_for = [same, near].into_iter().find(|it| is_other(it) && are_alike(it.1, name));
            if let Some((other, known)) = taken_for {
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
        let own = Own::of(server.tools.iter().map(|tool| tool.tool.name.as_str()));
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
    let own = Own::of(std::iter::once(tool.name.as_str()));
    Texts::of_tool(tool).steers(rule, |words| names.first(words, &own)).is_some()
}

/// The names of a server's own tools, of which its texts may speak.
struct Own {
    exact: HashSet<String>,
    alike: HashSet<String>,
}

impl Own {
    fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        Self { exact: names.clone().map(str::to_lowercase).collect(), alike: names.map(likeness).collect() }
    }
}

/// Names of tools, as they are spelt and by their likeness, to be found in texts in one pass: a hostile listing may have
/// many of both.
struct Names {
    exact: HashMap<String, usize>,
    alike: HashMap<String, usize>,
}

impl Names {
    /// Those of `names`, each known by its place; of names that are alike the first.
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let (mut exact, mut alike) = (HashMap::new(), HashMap::new());
        for (place, name) in names.enumerate() {
            exact.entry(name.to_lowercase()).or_insert(place);
            alike.entry(likeness(name)).or_insert(place);
        }
        Self { exact, alike }
    }

    /// The tool that is called `name` and is none of `own`: another one spelt exactly so, though one of its own is alike.
    fn another(&self, name: &str, own: &Own) -> Option<usize> {
        let spelt = name.to_lowercase();
        if own.exact.contains(&spelt) {
            return None;
        }
        let alike = likeness(name);
        let by_likeness = || self.alike.get(&alike).filter(|_| !own.alike.contains(&alike));
        self.exact.get(&spelt).or_else(by_likeness).copied()
    }

    /// The first that `words` spell as a name of several words and that is not among `own`. A single word is a word of
    /// every text, and words with spaces between them are no name.
    fn first(&self, words: &Words<'_>, own: &Own) -> Option<Found<usize>> {
        let goes_on = |at: usize| at + 1 < words.len() && words.gap_after(at).chars().all(|c| matches!(c, '_' | '-'));
        let mut from = 0;
        while from < words.len() {
            let to = (from..words.len()).find(|at| !goes_on(*at)).unwrap_or(from);
            if from < to
                && let Some(owner) = self.another(words.text(from, to), own)
            {
                return Some(Found { from, to, owner });
            }
            from = to + 1;
        }
        None
    }
}

/// True when a person can take one name for the other.
pub fn are_alike(name: &str, other: &str) -> bool {
    let (name, other) = (likeness(name), likeness(other));
    name == other || is_slip(&name, &other)
}

/// True when the two differ in one letter that looks like the other's, or in one that is doubled: no two words do.
fn is_slip(name: &str, other: &str) -> bool {
    let (name, other): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
    let (short, long) = if name.len() <= other.len() { (&name, &other) } else { (&other, &name) };
    let Some(at) =
        short.iter().zip(long).position(|(a, b)| a != b).or((short.len() < long.len()).then_some(short.len()))
    else {
        return false;
    };
    let doubled = || at > 0 && long[at] == long[at - 1] && !long[at].is_ascii_digit() && long[at + 1..] == short[at..];
    short.len() >= LONG
        && match long.len() - short.len() {
            0 => look(long[at]) == look(short[at]) && long[at + 1..] == short[at + 1..],
            1 => doubled(),
            _ => false,
        }
}

/// What two likenesses have in common that differ by a slip.
fn blur(likeness: &str) -> String {
    let mut blurred: Vec<char> = likeness.chars().map(look).collect();
    blurred.dedup();
    blurred.into_iter().collect()
}

/// One of the letters that look like `c`.
fn look(c: char) -> char {
    match c {
        'i' | '1' => 'l',
        '0' => 'o',
        '5' => 's',
        other => other,
    }
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
