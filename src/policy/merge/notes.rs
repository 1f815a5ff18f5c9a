//! Adds notes above entries whose tools were removed or have changed.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Entry, File};
use super::marks::{CHANGED, GONE};
use super::outcome::Merged;
use crate::policy::Rule;
use crate::policy::decisions::Decisions;
use crate::policy::dialect::Note;
use crate::policy::weakness::{Compared, Comparison, Weakness};
use crate::text::{clean, prose};

/// Longest new description in a note, in characters.
const MAX_DESCRIPTION: usize = 200;

/// The current state of the server, to compare with the file.
pub(crate) struct Now<'a> {
    /// The file as it would be generated now, and its entries by name.
    pub(crate) made: &'a File,
    pub(crate) entries: BTreeMap<&'a str, &'a Entry>,
    /// The rules for that file, by tool.
    pub(crate) rules: BTreeMap<&'a str, &'a Rule>,
    /// The decisions of that file.
    pub(crate) fresh: &'a Decisions,
    /// The decisions of the existing file.
    pub(crate) before: &'a Decisions,
}

impl File {
    /// Adds notes above entries whose tools were removed or have changed, and removes outdated notes of earlier merges.
    pub(crate) fn mark(&mut self, now: &Now<'_>, comparison: &mut Comparison<'_>, merged: &mut Merged) {
        for i in 0..self.entries.len() {
            let entry = &self.entries[i];
            let notes = match now.rules.get(entry.name.as_str()) {
                None if entry.name == "*" => Vec::new(),
                None => {
                    merged.gone.push(entry.name.clone());
                    vec![GONE.to_owned()]
                }
                Some(rule) => self.changes(entry, rule, now, comparison, merged),
            };
            let (comment, key, indent) = (entry.comment, entry.key, entry.indent);
            for line in &mut self.lines[comment..key] {
                line.dropped = is_note(line.text.trim());
            }
            self.lines[key].before = notes.into_iter().map(|note| format!("{}{note}", " ".repeat(indent))).collect();
        }
        self.mark_hidden(now, merged);
    }

    fn mark_hidden(&mut self, now: &Now<'_>, merged: &mut Merged) {
        for i in 0..self.hidden.len() {
            let (name, line) = &self.hidden[i];
            if !now.rules.contains_key(name.as_str()) {
                merged.gone.push(name.clone());
                let is_marked = line.checked_sub(1).is_some_and(|above| self.lines[above].text.trim() == GONE);
                let indent = " ".repeat(self.lines[*line].indent());
                if !is_marked && self.lines[*line].text.trim_start().starts_with("- ") {
                    let line = *line;
                    self.lines[line].before.push(format!("{indent}{GONE}"));
                }
            }
        }
    }

    /// The notes on a tool that is still listed.
    fn changes(
        &self,
        entry: &Entry,
        rule: &Rule,
        now: &Now<'_>,
        comparison: &mut Comparison<'_>,
        merged: &mut Merged,
    ) -> Vec<String> {
        let mut changes = Vec::new();
        if let Some(section) = entry.section.filter(|section| *section != rule.category) {
            let action = rule.decision.action.name();
            changes.push(format!("judged {}, not {section}, for which the policy says {action}.", rule.category));
        }
        if let Some(made) = now.entries.get(entry.name.as_str()) {
            let own: Vec<&str> = self.comment(entry).filter(|line| !is_note(line)).collect();
            changes.extend(differences(&own, &now.made.comment(made).collect::<Vec<_>>()));
        }
        for text in weaknesses(rule, now, comparison) {
            merged.weaker.push(Note { tool: entry.name.clone(), text: text.clone() });
            changes.push(text);
        }
        if !changes.is_empty() {
            merged.changed.push(entry.name.clone());
        }
        changes.into_iter().map(|change| format!("{CHANGED}{change}")).collect()
    }
}

/// How the entry for `rule` is weaker than a new policy, one sentence each. How many calls pass is for a person to say.
fn weaknesses(rule: &Rule, now: &Now<'_>, comparison: &mut Comparison<'_>) -> Vec<String> {
    let (own, stated) = (now.before.for_tool(&rule.tool), now.fresh.for_tool(&rule.tool));
    let (wanted, every) = (&rule.decision, now.before.every.as_ref());
    let tool = Compared { wanted, stated: &stated, parameters: &rule.parameters, own: &own, every };
    let found = comparison.weaknesses(tool);
    let is_marked = |weakness: &&Weakness| !matches!(weakness, Weakness::Calls | Weakness::Asked);
    found.iter().filter(is_marked).map(|weakness| weakness.words(&own, wanted)).collect()
}

fn is_note(line: &str) -> bool {
    line == GONE || line.starts_with(CHANGED)
}

/// The differences between `own`, the comment of an entry, and `made`, the comment as generated now. Our comments list
/// the parameters, or say that there are none; any other comment is a person's own text.
fn differences(own: &[&str], made: &[&str]) -> Vec<String> {
    if !own.iter().any(|line| is_of_list(line)) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let (then, now) = (parameters(own), parameters(made));
    for (what, parameters) in [("new", now.difference(&then)), ("gone", then.difference(&now))] {
        let parameters: Vec<String> = parameters.cloned().collect();
        if !parameters.is_empty() {
            changes.push(format!("{what}: {}", prose::list(&parameters)));
        }
    }
    let description = words(made.iter().take_while(|line| !is_of_list(line)));
    let lines: Vec<&str> = own.iter().filter(|line| !is_of_list(line)).copied().collect();
    if !stands_in(&description, &lines) {
        changes.push(format!("described as: {}", clean::excerpt(&description.join(" "), MAX_DESCRIPTION)));
    }
    changes
}

/// True for a line of the parameter list, including continuation lines.
fn is_of_list(line: &str) -> bool {
    line.starts_with("#   ")
}

/// The parameters in a comment, with their descriptions.
fn parameters(comment: &[&str]) -> BTreeSet<String> {
    let mut parameters: Vec<String> = Vec::new();
    for line in comment {
        if let Some(parameter) = line.strip_prefix("#   - ") {
            parameters.push(parameter.to_owned());
        } else if let (Some(more), Some(parameter)) = (line.strip_prefix("#     "), parameters.last_mut()) {
            parameter.push(' ');
            parameter.push_str(more);
        }
    }
    parameters.into_iter().collect()
}

/// The words of the description in the comment above an entry.
pub(crate) fn description<'l>(comment: impl Iterator<Item = &'l str>) -> Vec<String> {
    let lines: Vec<&str> = comment.filter(|line| !is_note(line)).take_while(|line| !is_of_list(line)).collect();
    words(lines.iter()).into_iter().map(str::to_owned).collect()
}

fn words<'l>(lines: impl IntoIterator<Item = &'l &'l str>) -> Vec<&'l str> {
    lines.into_iter().flat_map(|line| line.trim_start_matches('#').split_whitespace()).collect()
}

/// True if consecutive lines contain exactly `description`; a person may have added lines above and below.
fn stands_in(description: &[&str], lines: &[&str]) -> bool {
    let begins = |rest: &[&str]| {
        let mut said = Vec::new();
        // A line may be empty, but the description has no more lines than words.
        rest.iter().take(description.len() + 1).any(|line| {
            said.extend(words([line]));
            said == description
        })
    };
    (0..lines.len()).any(|first| begins(&lines[first..]))
}
