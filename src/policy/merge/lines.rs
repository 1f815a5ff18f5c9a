//! A policy file as lines, with the entries of tools.

use std::collections::BTreeMap;

use super::marks::SECTION;
use super::outcome::MergeError;
use super::values;
use crate::model::{Category, Position};
use crate::policy::ORDER;
use crate::policy::document::Document;

/// A policy file as lines, with the entries of tools.
pub(crate) struct File {
    /// The lines without line endings.
    pub(crate) lines: Vec<Line>,
    pub(crate) ending: &'static str,
    /// True if the last line has a line ending.
    pub(crate) closed: bool,
    pub(crate) entries: Vec<Entry>,
    pub(crate) hidden: Vec<(String, usize)>,
    /// True if the list of hidden tools is written `[a, b]`.
    pub(crate) hides_in_brackets: bool,
}

/// A line of the file, with lines to insert before and after it.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
    pub(crate) dropped: bool,
}

/// The lines of one tool's entry, counted from 0.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The first line of the comment directly above the key.
    pub(crate) comment: usize,
    pub(crate) key: usize,
    /// One past its last line.
    pub(crate) end: usize,
    pub(crate) indent: usize,
    /// The category of its section.
    pub(crate) section: Option<Category>,
}

impl File {
    pub(crate) fn new(text: &str, document: &Document) -> Result<Self, MergeError> {
        let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines: Vec<Line> = text.lines().map(|line| Line::new(line.to_owned())).collect();
        let keys = document.tools();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0].1.line >= pair[1].1.line) {
            return Err(MergeError::Flow(pair[1].1.line));
        }
        let hidden = document.hidden().into_iter().map(|(name, place)| (name.to_owned(), at(place))).collect();
        let (closed, hides_in_brackets) = (text.ends_with('\n'), values::hides_in_brackets(text, &document.root));
        let mut file =
            Self { lines, ending, closed, entries: Vec::with_capacity(keys.len()), hidden, hides_in_brackets };
        let mut above = 0;
        let mut section = None;
        for (i, (name, place)) in keys.iter().enumerate() {
            let indent = usize::try_from(place.column).unwrap_or(1).saturating_sub(1);
            let key = at(*place);
            let until = keys.get(i + 1).map_or_else(|| file.end_of_tools(key), |(_, next)| at(*next));
            if file.lines.get(key).is_none_or(|line| line.indent() != indent) {
                return Err(MergeError::Flow(place.line));
            }
            section = file.lines[above..key].iter().rev().find_map(Line::section).or(section);
            above = key;
            let is_own = |at: &usize| file.lines[*at].belongs(indent);
            let end = (key + 1..until).rev().find(is_own).map_or(key + 1, |last| last + 1);
            let is_comment = |at: &usize| file.lines[*at].is_comment() && !file.lines[*at].is_section();
            let comment = (0..key).rev().take_while(is_comment).last().unwrap_or(key);
            file.entries.push(Entry { name: (*name).to_owned(), comment, key, end, indent, section });
        }
        Ok(file)
    }

    /// One past the last line of the mapping of tools that contains line `from`.
    pub(crate) fn end_of_tools(&self, from: usize) -> usize {
        let is_next = |at: &usize| self.lines[*at].indent() == 0 && self.lines[*at].is_content();
        (from..self.lines.len()).find(is_next).unwrap_or(self.lines.len())
    }

    pub(crate) fn text(&self) -> String {
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

    pub(crate) fn comment(&self, entry: &Entry) -> impl Iterator<Item = &str> {
        self.lines[entry.comment..entry.key].iter().map(|line| line.text.trim())
    }

    /// The entries by tool.
    pub(crate) fn by_name(&self) -> BTreeMap<&str, &Entry> {
        self.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect()
    }
}

/// The line of a position, counted from 0.
fn at(place: Position) -> usize {
    usize::try_from(place.line).unwrap_or(1).saturating_sub(1)
}

impl Line {
    pub(crate) fn new(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    pub(crate) fn indent(&self) -> usize {
        self.text.chars().take_while(|c| *c == ' ').count()
    }

    pub(crate) fn is_comment(&self) -> bool {
        self.text.trim_start().starts_with('#')
    }

    pub(crate) fn is_content(&self) -> bool {
        !self.text.trim().is_empty() && !self.is_comment()
    }

    /// True if the line belongs to an entry whose key is at `indent`: comments belong to what follows, unless they are
    /// indented deeper than the key.
    pub(crate) fn belongs(&self, indent: usize) -> bool {
        self.is_content() || (self.is_comment() && self.indent() > indent)
    }

    pub(crate) fn is_section(&self) -> bool {
        self.text.trim_start().starts_with(SECTION)
    }

    pub(crate) fn section(&self) -> Option<Category> {
        let rest = self.text.trim_start().strip_prefix(SECTION)?;
        ORDER.into_iter().find(|category| rest.split(' ').next() == Some(category.to_string().as_str()))
    }
}
