//! What is wrong with servers used together.

use std::collections::BTreeMap;

use unicode_security::confusable_detection::skeleton;

use super::finding;
use crate::model::{Finding, ServerReport};
use crate::rules::{Detect, FindingRule, Ruleset};
use crate::text::clean;

/// Most characters of a name in a sentence.
const MAX_NAME: usize = 100;

/// The findings that one server has only because of the others: for each, the place of the server and of the tool.
/// Servers of one name are one server that was listed twice.
pub fn across(servers: &[ServerReport], ruleset: &Ruleset) -> Vec<(usize, usize, Finding)> {
    let Some(rule) = ruleset.findings.iter().find(|rule| rule.entry.detect == Detect::NameOfAnotherServer) else {
        return Vec::new();
    };
    let mut first: BTreeMap<String, (&ServerReport, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        for (nth, tool) in server.tools.iter().enumerate() {
            let name = &tool.tool.name;
            let (other, known) = *first.entry(likeness(name)).or_insert((server, name));
            if other.server.name != server.server.name {
                found.push((at, nth, collision(rule, server, nth, (other, known))));
            }
        }
    }
    found
}

fn collision(rule: &FindingRule, server: &ServerReport, nth: usize, other: (&ServerReport, &str)) -> Finding {
    let tool = &server.tools[nth];
    let (whose, known) = (clean::excerpt(&other.0.server.name, MAX_NAME), clean::excerpt(other.1, MAX_NAME));
    let alike = if tool.tool.name == other.1 { "is called the same as" } else { "is easily taken for" };
    let text = format!("The tool {alike} {known} of {whose}.");
    finding(rule, tool.assessment.category, Some(&tool.tool.name), text)
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
