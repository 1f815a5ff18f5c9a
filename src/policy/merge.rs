//! A policy that people have edited meets what its server lists now. Lines are put in and marked, never written anew: what
//! a person wrote stays as it is, byte for byte. Only for the Intercept format, whose files have our sections and comments.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::{self, Dialect, PolicyError};
use super::places::{self, Place};
use super::{ORDER, Policy, Rule};
use crate::model::Category;
use crate::text::{clean, prose};

/// Marks an entry whose tool the server does not list any more.
const GONE: &str = "# GONE: the server does not list this tool any more.";
/// Begins a line that tells what is otherwise than the comment above an entry says.
const CHANGED: &str = "# CHANGED: ";
/// Begins a section.
const SECTION: &str = "# ---- ";
/// Characters of a new description in a note.
const MAX_DESCRIPTION: usize = 200;

/// A merged policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub text: String,
    /// The tools that were added, in the order of the file.
    pub added: Vec<String>,
    /// The entries whose tools the server does not list.
    pub gone: Vec<String>,
    /// The entries whose tools are otherwise than their comments say.
    pub changed: Vec<String>,
}

/// Why a policy could not be merged; the file is to be left as it is.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// It is no policy of the format.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It is written in a way that lines cannot be put into.
    #[error("line {0} holds more than the entry of one tool; give each tool lines of its own")]
    Flow(u64),
    /// The result would not mean the same.
    #[error("the entry of {0} would not mean what it did")]
    Meaning(String),
}

impl MergeError {
    /// Why, for people, with the places in `text`, the content of `file`.
    pub fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Policy(cause) => cause.report(file, text),
            other => other.to_string(),
        }
    }
}

/// Puts what `policy` has and `old` lacks into `old`, and marks what is gone or has changed. Merging again changes nothing.
pub fn merge(old: &str, policy: &Policy) -> Result<Merged, MergeError> {
    let before = dialect::read(old, Dialect::Intercept)?;
    let fresh = dialect::write(policy, Dialect::Intercept)?;
    let mut file = File::of(old)?;
    let made = File::of(&fresh)?;
    let rules: BTreeMap<&str, &Rule> = policy.rules.iter().map(|rule| (rule.tool.as_str(), rule)).collect();
    let mut merged = Merged { text: String::new(), added: Vec::new(), gone: Vec::new(), changed: Vec::new() };
    file.mark(&made, &rules, &mut merged);
    file.add(&made, policy, &mut merged);
    // Counted when everything is in its place.
    let mut file = File::of(&file.text())?;
    file.count(&made);
    merged.text = file.text();
    let after = dialect::read(&merged.text, Dialect::Intercept)?;
    match before.tools.iter().find(|(name, decision)| after.tools.get(*name) != Some(decision)) {
        Some((name, _)) => Err(MergeError::Meaning(clean::excerpt(name, 80))),
        None => Ok(merged),
    }
}

/// A policy file as lines, and the entries among them.
struct File {
    /// Without their ends.
    lines: Vec<Line>,
    ending: &'static str,
    /// True when the last line has an end.
    closed: bool,
    entries: Vec<Entry>,
    hidden: Vec<(String, usize)>,
}

/// One line of the file, with what is put before and after it.
#[derive(Default)]
struct Line {
    text: String,
    before: Vec<String>,
    after: Vec<String>,
    dropped: bool,
}

/// The lines of one tool's entry, counted from 0.
struct Entry {
    name: String,
    /// The first line of the comment that stands right above the key.
    comment: usize,
    key: usize,
    /// Behind the last line.
    end: usize,
    indent: usize,
}

impl File {
    fn of(text: &str) -> Result<Self, MergeError> {
        let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines: Vec<Line> = text.lines().map(|line| Line { text: line.to_owned(), ..Line::default() }).collect();
        let keys = places::keys_of_tools(text);
        if let Some(pair) = keys.windows(2).find(|pair| pair[0].1.line >= pair[1].1.line) {
            return Err(MergeError::Flow(pair[1].1.line));
        }
        let hidden = places::hidden(text).into_iter().map(|(name, place)| (name, at(place))).collect();
        let mut file =
            Self { lines, ending, closed: text.ends_with('\n'), entries: Vec::with_capacity(keys.len()), hidden };
        for (i, (name, place)) in keys.iter().enumerate() {
            let indent = usize::try_from(place.column).unwrap_or(1).saturating_sub(1);
            let (key, until) =
                (at(*place), keys.get(i + 1).map_or(file.end_of_tools(at(*place)), |(_, next)| at(*next)));
            if file.lines.get(key).is_none_or(|line| line.indent() != indent) {
                return Err(MergeError::Flow(place.line));
            }
            let is_own = |at: &usize| file.lines[*at].belongs(indent);
            let end = (key + 1..until).rev().find(is_own).map_or(key + 1, |last| last + 1);
            let is_comment = |at: &usize| file.lines[*at].is_comment() && !file.lines[*at].is_section();
            let comment = (0..key).rev().take_while(is_comment).last().unwrap_or(key);
            file.entries.push(Entry { name: name.clone(), comment, key, end, indent });
        }
        Ok(file)
    }

    /// Behind the last line of the mapping of tools, in which line `from` is.
    fn end_of_tools(&self, from: usize) -> usize {
        let is_next = |at: &usize| self.lines[*at].indent() == 0 && self.lines[*at].is_content();
        (from..self.lines.len()).find(is_next).unwrap_or(self.lines.len())
    }

    fn text(&self) -> String {
        let all = self.lines.iter().flat_map(|line| {
            let own = (!line.dropped).then_some(&line.text);
            line.before.iter().chain(own).chain(&line.after)
        });
        let mut text = all.map(String::as_str).collect::<Vec<_>>().join(self.ending);
        if self.closed {
            text.push_str(self.ending);
        }
        text
    }

    fn comment(&self, entry: &Entry) -> impl Iterator<Item = &str> {
        self.lines[entry.comment..entry.key].iter().map(|line| line.text.trim())
    }

    /// Notes above entries: of tools that are gone, and of those that are otherwise than the comment says. Notes of an
    /// earlier merge that hold no more are taken away.
    fn mark(&mut self, made: &Self, rules: &BTreeMap<&str, &Rule>, merged: &mut Merged) {
        for i in 0..self.entries.len() {
            let entry = &self.entries[i];
            let rule = rules.get(entry.name.as_str());
            let mut notes = Vec::new();
            if rule.is_none() && entry.name != "*" {
                merged.gone.push(entry.name.clone());
                notes.push(GONE.to_owned());
            } else if let Some(rule) = rule {
                let written = made.entries.iter().find(|made| made.name == entry.name);
                notes = self.differences(entry, rule, written.map(|written| made.comment(written).collect()));
                if !notes.is_empty() {
                    merged.changed.push(entry.name.clone());
                }
            }
            let (comment, key, indent) = (entry.comment, entry.key, entry.indent);
            for line in &mut self.lines[comment..key] {
                line.dropped = line.text.trim() == GONE || line.text.trim().starts_with(CHANGED);
            }
            self.lines[key].before = notes.into_iter().map(|note| format!("{}{note}", " ".repeat(indent))).collect();
        }
        for i in 0..self.hidden.len() {
            let (name, line) = &self.hidden[i];
            if !rules.contains_key(name.as_str()) {
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

    /// What the comment above `entry` says otherwise than `made`, the comment as it would be written now. Where a person has
    /// left no comment there is nothing to be otherwise.
    fn differences(&self, entry: &Entry, rule: &Rule, made: Option<Vec<&str>>) -> Vec<String> {
        let own = |line: &&str| !line.starts_with(CHANGED) && *line != GONE;
        let written: Vec<&str> = self.comment(entry).filter(own).collect();
        let mut notes = Vec::new();
        if let Some(section) = self.section_of(entry.key).filter(|section| *section != rule.category) {
            let action = rule.decision.action.name();
            notes
                .push(format!("{CHANGED}judged {}, not {section}, for which the policy says {action}.", rule.category));
        }
        let Some(made) = made.filter(|_| !written.is_empty()) else { return notes };
        let parameters = |lines: &[&str]| -> BTreeSet<String> {
            lines.iter().filter_map(|line| line.strip_prefix("#   - ")).map(str::to_owned).collect()
        };
        let described = |lines: &[&str]| -> Vec<String> {
            let text = lines.iter().take_while(|line| !line.starts_with("#  ") && !line.starts_with("# NOTE"));
            text.flat_map(|line| line.trim_start_matches('#').split_whitespace().map(str::to_owned)).collect()
        };
        let (then, now) = (parameters(&written), parameters(&made));
        let differing = [("new", now.difference(&then)), ("gone", then.difference(&now))];
        for (what, parameters) in differing {
            let parameters: Vec<String> = parameters.cloned().collect();
            if !parameters.is_empty() {
                notes.push(format!("{CHANGED}{what}: {}", prose::list(&parameters)));
            }
        }
        // A person may have added lines below the description; what was said must still be there.
        if !described(&written).starts_with(&described(&made)) {
            let says = clean::excerpt(&described(&made).join(" "), MAX_DESCRIPTION);
            notes.push(format!("{CHANGED}described as: {says}"));
        }
        notes
    }

    /// The category of the section that line `at` is in.
    fn section_of(&self, at: usize) -> Option<Category> {
        self.lines[..at].iter().rev().find_map(Line::section)
    }

    /// New tools at the end of their sections, as a new file would have them.
    fn add(&mut self, made: &Self, policy: &Policy, merged: &mut Merged) {
        let named: BTreeSet<&str> = self
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .chain(self.hidden.iter().map(|(name, _)| name.as_str()))
            .collect();
        let new: Vec<&Rule> = policy.rules.iter().filter(|rule| !named.contains(rule.tool.as_str())).collect();
        // Sections that are there first: new ones come behind everything.
        let has_section = |category: &Category| self.lines.iter().any(|line| line.section() == Some(*category));
        let (there, missing): (Vec<Category>, Vec<Category>) = ORDER.into_iter().partition(has_section);
        for category in there.into_iter().chain(missing) {
            let entries: Vec<&Entry> = new
                .iter()
                .filter(|rule| rule.category == category)
                .filter_map(|rule| made.entries.iter().find(|entry| entry.name == rule.tool))
                .collect();
            merged.added.extend(entries.iter().map(|entry| entry.name.clone()));
            let blocks: Vec<String> = entries.iter().flat_map(|entry| made.block(entry, self.indent())).collect();
            self.append(category, entries.len(), blocks);
        }
        let hidden: Vec<&str> = made
            .hidden
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| new.iter().any(|r| r.tool == *name))
            .collect();
        merged.added.extend(hidden.iter().map(|name| (*name).to_owned()));
        let items = made.hidden.iter().filter(|(name, _)| hidden.contains(&name.as_str()));
        let items: Vec<String> = items.map(|(_, line)| made.lines[*line].text.clone()).collect();
        self.hide(items);
    }

    /// Columns before the name of a tool.
    fn indent(&self) -> usize {
        self.entries.first().map_or(2, |entry| entry.indent)
    }

    /// The lines of an entry and its comment, moved to `indent`, after an empty line.
    fn block(&self, entry: &Entry, indent: usize) -> Vec<String> {
        let moved = |line: &Line| match line.text.get(entry.indent..) {
            Some(rest) if !line.text.trim().is_empty() => format!("{}{rest}", " ".repeat(indent)),
            _ => String::new(),
        };
        std::iter::once(String::new()).chain(self.lines[entry.comment..entry.end].iter().map(moved)).collect()
    }

    /// Puts `block` at the end of the section of `category`, or at the end of all tools under a heading of its own.
    fn append(&mut self, category: Category, tools: usize, mut block: Vec<String>) {
        if block.is_empty() {
            return;
        }
        self.open();
        let heading = self.lines.iter().position(|line| line.section() == Some(category));
        let last = self.entries.iter().rev().find(|entry| match heading {
            Some(heading) => entry.key > heading && self.section_of(entry.key) == Some(category),
            None => true,
        });
        if heading.is_none() {
            let indent = " ".repeat(self.indent());
            block.insert(0, format!("{indent}{SECTION}{category} ({}) ----", prose::count(tools, "tool")));
            block.insert(0, String::new());
        }
        let place = match (last, heading) {
            (Some(entry), _) => entry.end - 1,
            (None, Some(heading)) => heading,
            (None, None) => match self.lines.iter().position(|line| line.text.starts_with("tools:")) {
                Some(line) => line,
                None => return,
            },
        };
        self.lines[place].after.extend(block);
    }

    /// Where there is no tool yet, `tools: {}` becomes a mapping of lines.
    fn open(&mut self) {
        let empty = self.entries.is_empty();
        if let Some(line) = self.lines.iter_mut().find(|line| empty && line.text.starts_with("tools:")) {
            let comment = line.text.split_once('#').map(|(_, comment)| format!("  #{comment}"));
            line.text = format!("tools:{}", comment.unwrap_or_default());
        }
    }

    /// Puts items at the end of the list of hidden tools, or a list before the tools.
    fn hide(&mut self, items: Vec<String>) {
        if items.is_empty() {
            return;
        }
        if let Some((_, line)) = self.hidden.last() {
            let indent = " ".repeat(self.lines[*line].indent());
            let line = *line;
            self.lines[line].after.extend(items.iter().map(|item| format!("{indent}{}", item.trim_start())));
        } else if let Some(line) = self.lines.iter_mut().find(|line| line.text.starts_with("tools:")) {
            line.before.push("# Not listed to the agent, and refused.".into());
            line.before.push("hide:".into());
            line.before.extend(items);
            line.before.push(String::new());
        }
    }

    /// The facts that the head and the sections tell, where they still stand as we write them.
    fn count(&mut self, made: &Self) {
        let facts = ["# Starter policy for ", "# Policy for ", "# Profile "];
        let is_counts = |text: &str| {
            let rest = text
                .strip_prefix("# ")
                .unwrap_or_default()
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
            rest.starts_with(" tool") && text.len() > rest.len() + 2
        };
        let head = |text: &str| {
            facts.iter().position(|fact| text.starts_with(fact)).map_or(is_counts(text).then_some(9), Some)
        };
        let of_made = |kind: usize| made.lines.iter().map(|line| &line.text).find(|text| head(text) == Some(kind));
        let body = self.lines.iter().position(Line::is_content).unwrap_or(0);
        for line in &mut self.lines[..body] {
            if let Some(now) = head(&line.text).and_then(of_made) {
                line.text.clone_from(now);
            }
        }
        let sections: Vec<(usize, Category)> =
            self.lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.section()?))).collect();
        for (at, category) in sections {
            let here = |entry: &&Entry| entry.key > at && self.section_of(entry.key) == Some(category);
            let count = self.entries.iter().filter(here).count();
            let indent = " ".repeat(self.lines[at].indent());
            if self.lines[at].text.trim().ends_with(" ----") {
                self.lines[at].text = format!("{indent}{SECTION}{category} ({}) ----", prose::count(count, "tool"));
            }
        }
    }
}

/// A line counted from 0.
fn at(place: Place) -> usize {
    usize::try_from(place.line).unwrap_or(1).saturating_sub(1)
}

impl Line {
    fn indent(&self) -> usize {
        self.text.chars().take_while(|c| *c == ' ').count()
    }

    fn is_comment(&self) -> bool {
        self.text.trim_start().starts_with('#')
    }

    fn is_content(&self) -> bool {
        !self.text.trim().is_empty() && !self.is_comment()
    }

    /// True for a line of the entry whose key stands at `indent`: comments belong to what is below them, unless they stand
    /// deeper.
    fn belongs(&self, indent: usize) -> bool {
        self.is_content() || (self.is_comment() && self.indent() > indent)
    }

    fn is_section(&self) -> bool {
        self.text.trim_start().starts_with(SECTION)
    }

    fn section(&self) -> Option<Category> {
        let rest = self.text.trim_start().strip_prefix(SECTION)?;
        ORDER.into_iter().find(|category| rest.split(' ').next() == Some(category.to_string().as_str()))
    }
}

#[cfg(test)]
mod tests;
