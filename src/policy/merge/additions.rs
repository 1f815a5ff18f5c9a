//! What is new, put where it belongs.

use std::collections::BTreeSet;

use super::lines::{Entry, File, Line};
use super::marks::SECTION;
use crate::model::Category;
use crate::policy::{ORDER, Policy, Rule};
use crate::text::prose;

impl File {
    /// New tools at the end of their sections, as a new file would have them: the names of those that came in, in the order
    /// of the file.
    pub(crate) fn add(&mut self, made: &Self, policy: &Policy) -> Vec<String> {
        let named = self.entries.iter().map(|entry| &entry.name).chain(self.hidden.iter().map(|(name, _)| name));
        let named: BTreeSet<&str> = named.map(String::as_str).collect();
        let new: Vec<&Rule> = policy.rules.iter().filter(|rule| !named.contains(rule.tool.as_str())).collect();
        let hidden: Vec<&(String, usize)> =
            made.hidden.iter().filter(|(name, _)| !named.contains(name.as_str())).collect();
        let by_name = made.by_name();
        let mut added = Vec::new();
        // Sections that are there first: new ones come behind everything.
        let has_section = |category: &Category| self.lines.iter().any(|line| line.section() == Some(*category));
        let (there, missing): (Vec<Category>, Vec<Category>) = ORDER.into_iter().partition(has_section);
        for category in there.into_iter().chain(missing) {
            let of_category = new.iter().filter(|rule| rule.category == category);
            let entries: Vec<&Entry> =
                of_category.filter_map(|rule| by_name.get(rule.tool.as_str()).copied()).collect();
            added.extend(entries.iter().map(|entry| entry.name.clone()));
            let blocks: Vec<String> = entries.iter().flat_map(|entry| made.block(entry, self.indent())).collect();
            self.append(category, entries.len(), blocks);
        }
        added.extend(hidden.iter().map(|(name, _)| name.clone()));
        self.hide(hidden.iter().map(|(_, line)| made.lines[*line].text.clone()).collect());
        added
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
            Some(heading) => entry.key > heading && entry.section == Some(category),
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

    /// Puts items at the end of the list of hidden tools, or a list before the tools. Of a list in brackets, which is no
    /// matter of lines, see `values::hide`.
    fn hide(&mut self, items: Vec<String>) {
        if items.is_empty() || self.hides_in_brackets {
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
}
