//! A listing merged into an intercept policy that a person may have edited. Lines are added and our own notes are kept up
//! to date; whatever a person wrote stays as it is, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ByCategory, Category};
use crate::text::quote;

use super::dialect::{Entry, counts, intercept_entry, section_title};
use super::{Decisions, Dialect, ORDER, Policy, PolicyError, Rule, read};
use edits::Edits;
use layout::{Layout, Named};

mod edits;
mod layout;

/// The note over an entry whose tool is gone.
const VANISHED: &str = "# NOTE: The server no longer lists this tool.";

/// A policy file after a merge, with what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub text: String,
    /// The tools that were added.
    pub added: Vec<String>,
    /// The tools in the file that the server no longer lists.
    pub vanished: Vec<String>,
    /// The tools that are judged otherwise than when their rules were written.
    pub changed: Vec<String>,
}

/// Merges `policy` into `text`, an intercept policy: what a person wrote stays; new tools are added at the end of their
/// category's section; tools that are gone, or are judged otherwise now, get a note. Merging again changes nothing.
///
/// An error when `text` is no intercept policy, or does not have its tools one to a line.
pub fn merge(text: &str, policy: &Policy) -> Result<Merged, PolicyError> {
    let before = read(text, Dialect::Intercept)?;
    let layout = Layout::of(text)?;
    let mut edits = Edits::default();
    let (vanished, changed) = note_all(&layout, policy, &mut edits);
    let known: BTreeSet<&str> = layout.named.iter().map(|named| named.tool.as_str()).collect();
    let new = policy.rules.iter().filter(|rule| !known.contains(rule.tool.as_str()));
    let added = add(&layout, new, &mut edits)?;
    refresh_counts(&layout, &added, &mut edits);
    let added: Vec<String> = added.into_iter().map(|rule| rule.tool.clone()).collect();
    let merged = Merged { text: edits.apply(text, &layout.lines), added, vanished, changed };
    if means_the_same(&before, &read(&merged.text, Dialect::Intercept)?, &merged.added) {
        Ok(merged)
    } else {
        Err(PolicyError::Merge("what stands in the file would come to mean something else"))
    }
}

/// True when `after` answers as `before` for all but the `added` tools, and names those.
fn means_the_same(before: &Decisions, after: &Decisions, added: &[String]) -> bool {
    let kept = before.tools.iter().all(|(tool, decision)| after.tools.get(tool) == Some(decision));
    let names = added.iter().all(|tool| after.tools.contains_key(tool) && !before.tools.contains_key(tool));
    let complete = after.tools.len() == before.tools.len() + added.len();
    kept && names && complete && before.default == after.default && before.every == after.every
}

/// Puts notes over the entries of tools that are gone or judged otherwise, and gives the names of both.
fn note_all(layout: &Layout<'_>, policy: &Policy, edits: &mut Edits) -> (Vec<String>, Vec<String>) {
    let rules: BTreeMap<&str, &Rule> = policy.rules.iter().map(|rule| (rule.tool.as_str(), rule)).collect();
    let (mut vanished, mut changed) = (Vec::new(), Vec::new());
    for named in layout.named.iter().filter(|named| named.tool != "*") {
        let wanted = match (rules.get(named.tool.as_str()), named.category) {
            (None, _) => {
                vanished.push(named.tool.clone());
                Some(VANISHED.to_owned())
            }
            (Some(rule), Some(was)) if was != rule.category => {
                changed.push(named.tool.clone());
                Some(judged(rule.category, was))
            }
            _ => None,
        };
        note(layout, named, wanted, edits);
    }
    (vanished, changed)
}

/// The note over an entry whose tool is of another category now.
fn judged(now: Category, was: Category) -> String {
    format!("# NOTE: Now judged {now}; its rules were written for {was}.")
}

/// True for a line that an earlier merge added over an entry.
fn is_note(line: &str) -> bool {
    let line = line.trim();
    line == VANISHED || ORDER.iter().any(|now| ORDER.iter().any(|was| line == judged(*now, *was)))
}

/// Makes `wanted` the only note of ours in the comment over `named`.
fn note(layout: &Layout<'_>, named: &Named, wanted: Option<String>, edits: &mut Edits) {
    let above = (0..named.line).rev().take_while(|at| layout.lines[*at].trim_start().starts_with('#'));
    let mut there = false;
    for at in above.filter(|at| is_note(layout.lines[*at])) {
        if !there && wanted.as_deref() == Some(layout.lines[at].trim()) {
            there = true;
        } else {
            edits.remove(at);
        }
    }
    if let Some(wanted) = wanted.filter(|_| !there) {
        edits.insert(named.line, format!("{}{wanted}\n", layout.indent(named.line)));
    }
}

/// Adds the tools of `rules`, and gives those that could be added.
fn add<'r>(
    layout: &Layout<'_>,
    rules: impl Iterator<Item = &'r Rule>,
    edits: &mut Edits,
) -> Result<Vec<&'r Rule>, PolicyError> {
    let (mut added, mut hidden) = (Vec::new(), Vec::new());
    let mut sections: BTreeMap<usize, String> = BTreeMap::new();
    let mut apart: Vec<(Category, Vec<String>)> = Vec::new();
    for rule in rules {
        match intercept_entry(rule)? {
            Entry::Unnamed => continue,
            Entry::Hidden => hidden.push(rule),
            Entry::Named(entry) => {
                let entry = indented(&entry, layout.tool_indent());
                match layout.end_of_section(rule.category) {
                    Some(line) => *sections.entry(line).or_default() += &format!("\n{entry}"),
                    None => match apart.last_mut().filter(|(category, _)| *category == rule.category) {
                        Some((_, entries)) => entries.push(entry),
                        None => apart.push((rule.category, vec![entry])),
                    },
                }
            }
        }
        added.push(rule);
    }
    if !(sections.is_empty() && apart.is_empty()) && layout.is_empty() {
        edits.replace(layout.tools_line, layout.opened_tools()?);
    }
    let new_sections: String = apart.iter().map(|(category, entries)| section(layout, *category, entries)).collect();
    sections.into_iter().for_each(|(line, entries)| edits.insert(line, entries));
    if !new_sections.is_empty() {
        edits.insert(layout.end_of_tools(), new_sections);
    }
    hide(layout, &hidden, edits)?;
    Ok(added)
}

/// A section that the file does not have.
fn section(layout: &Layout<'_>, category: Category, entries: &[String]) -> String {
    let title = section_title(category, entries.len());
    format!("\n{}# {title}\n\n{}", " ".repeat(layout.tool_indent()), entries.join("\n"))
}

/// Adds names to the list of those that are hidden, which is made when the file has none.
fn hide(layout: &Layout<'_>, rules: &[&Rule], edits: &mut Edits) -> Result<(), PolicyError> {
    if rules.is_empty() {
        return Ok(());
    }
    let hidden = layout.end_of_hidden()?;
    let indent = " ".repeat(hidden.map_or(2, |(_, indent)| indent));
    let item = |rule: &&Rule| format!("{indent}- {}  # {}\n", quote::yaml(&rule.tool), rule.category);
    let items: String = rules.iter().map(item).collect();
    match hidden {
        Some((line, _)) => edits.insert(line, items),
        None => {
            edits.insert(layout.before_tools(), format!("# Not listed to the agent, and refused.\nhide:\n{items}\n"))
        }
    }
    Ok(())
}

/// `entry`, which is indented by two, indented by `indent` instead.
fn indented(entry: &str, indent: usize) -> String {
    let line = |line: &str| match line.strip_prefix("  ") {
        Some(rest) => format!("{:indent$}{rest}\n", ""),
        None => format!("{line}\n"),
    };
    entry.lines().map(line).collect()
}

/// Counts in the file's comments become those of the merged file, where they are still the ones that we wrote.
fn refresh_counts(layout: &Layout<'_>, added: &[&Rule], edits: &mut Edits) {
    let named = layout.named.iter().filter(|named| named.tool != "*");
    let before: Vec<Category> = named.filter_map(|named| named.listed_as).collect();
    let after = before.iter().copied().chain(added.iter().map(|rule| rule.category));
    let head = |categories| format!("# {}", counts(categories));
    let (old, new) = (head(ByCategory::of(before.iter().copied())), head(ByCategory::of(after)));
    if let Some(at) =
        layout.lines.iter().take_while(|line| line.starts_with('#')).position(|line| line.trim_end() == old)
    {
        edits.replace(at, format!("{new}\n"));
    }
    for (place, section) in layout.sections.iter().enumerate() {
        let title = |tools| format!("# {}", section_title(section.category, tools));
        let there = layout.named.iter().filter(|named| named.section == Some(place)).count();
        let line = layout.lines[section.line];
        let last = layout.sections.iter().rposition(|other| other.category == section.category) == Some(place);
        if last && line.trim() == title(there) {
            let hidden = |rule: &&&Rule| matches!(intercept_entry(rule), Ok(Entry::Hidden));
            let new = added.iter().filter(|rule| rule.category == section.category && !hidden(rule)).count();
            edits.replace(section.line, format!("{}{}\n", layout.indent(section.line), title(there + new)));
        }
    }
}

#[cfg(test)]
mod tests;
