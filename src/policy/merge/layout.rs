//! How an intercept policy is laid out: which lines speak of which tool. The parser tells where names stand; indentation
//! tells where their entries end.

use std::ops::Range;

use crate::model::Category;
use crate::policy::{ORDER, PolicyError, places};

/// The lines of a policy file and what stands in them; lines are counted from 0.
#[derive(Debug)]
pub struct Layout<'t> {
    /// The lines with their ends.
    pub lines: Vec<&'t str>,
    /// The line that opens `tools`.
    pub tools_line: usize,
    /// The tools under `tools` in the order of the file, then those under `hide`.
    pub named: Vec<Named>,
    /// The headings of the categories, in the order of the file.
    pub sections: Vec<Section>,
}

/// A tool that the file names.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub tool: String,
    /// The line of the name.
    pub line: usize,
    /// The line after the last one of its entry.
    pub end: usize,
    /// True when it stands under `hide`.
    pub hidden: bool,
    /// The category it was judged to be of when its rules were written, where the file tells.
    pub category: Option<Category>,
    /// The category whose count in the file includes it.
    pub listed_as: Option<Category>,
    /// The place of its heading among the sections.
    pub section: Option<usize>,
}

/// The heading of a category.
#[derive(Debug)]
pub struct Section {
    /// Its line.
    pub line: usize,
    /// Its category.
    pub category: Category,
}

const NOT_BY_LINE: PolicyError = PolicyError::Merge("its tools are not each on a line of their own");
const NO_TOOLS: PolicyError = PolicyError::Merge("no line begins with `tools:`");

impl<'t> Layout<'t> {
    /// The layout of `text`, which is an intercept policy.
    pub fn of(text: &'t str) -> Result<Self, PolicyError> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let tools_line = lines.iter().position(|line| line.trim_start_matches('\u{feff}').starts_with("tools:"));
        let mut layout =
            Self { lines, tools_line: tools_line.ok_or(NO_TOOLS)?, named: Vec::new(), sections: Vec::new() };
        let (tools, hidden) = places::in_order(text);
        for (tool, place) in tools {
            let line = layout.line(place, &["", "? "])?;
            let span = line..layout.end_of_entry(line);
            layout.named.push(Named::at(tool, span, false));
        }
        if !layout.named.is_sorted_by(|a, b| a.end <= b.line && layout.indent(a.line) == layout.indent(b.line)) {
            return Err(NOT_BY_LINE);
        }
        layout.sections = layout.headings();
        for at in 0..layout.named.len() {
            let Range { start, end } = layout.named[at].line..layout.named[at].end;
            let section = layout.sections.iter().rposition(|section| section.line < start);
            let listed_as = section.map(|section| layout.sections[section].category);
            let category = layout.lines[start..end].iter().find_map(|line| named_after(line)).or(listed_as);
            let named = &mut layout.named[at];
            (named.section, named.listed_as, named.category) = (section, listed_as, category);
        }
        for (tool, place) in hidden {
            // A list in brackets can be left alone as long as nothing is added to it.
            let Ok(line) = layout.line(place, &["- "]) else {
                layout.named.push(Named::at(tool, 0..0, true));
                continue;
            };
            let comment = layout.lines[line].rsplit_once(" # ").map(|(_, comment)| comment.trim());
            let category = ORDER.into_iter().find(|category| comment == Some(category.to_string().as_str()));
            layout.named.push(Named { category, listed_as: category, ..Named::at(tool, line..line + 1, true) });
        }
        Ok(layout)
    }

    /// The line of a name; an error when anything but the indent and one of `leads` stands before it.
    fn line(&self, place: places::Place, leads: &[&str]) -> Result<usize, PolicyError> {
        let (line, column) = (usize::try_from(place.line), usize::try_from(place.column));
        let (Ok(line), Ok(column)) = (line, column) else { return Err(NOT_BY_LINE) };
        let text = line.checked_sub(1).and_then(|line| self.lines.get(line)).ok_or(NOT_BY_LINE)?;
        let before: String = text.chars().take(column.saturating_sub(1)).collect();
        if leads.contains(&before.trim_start_matches(' ')) { Ok(line - 1) } else { Err(NOT_BY_LINE) }
    }

    /// The line after the last one of the entry that begins at `start`: all that is indented deeper belongs to it.
    fn end_of_entry(&self, start: usize) -> usize {
        let own = self.indent(start).len();
        let mut end = start + 1;
        for (at, line) in self.lines.iter().enumerate().skip(start + 1) {
            let deeper = self.indent(at).len() > own;
            // The second line of a long key.
            let continues =
                deeper || self.indent(at).len() == own && line.trim_start().starts_with(": ") || line.trim() == ":";
            match line.trim() {
                "" => {}
                _ if continues => end = at + 1,
                comment if comment.starts_with('#') => {}
                _ => break,
            }
        }
        end
    }

    /// The headings below `tools:` that are not part of an entry.
    fn headings(&self) -> Vec<Section> {
        let inside = |at: usize| self.named.iter().any(|named| (named.line..named.end).contains(&at));
        let section = |line: usize| {
            let words = self.lines[line].trim().strip_prefix("# ---- ")?;
            let category = ORDER
                .into_iter()
                .find(|category| words.split([' ', ',', ':']).next() == Some(&category.to_string()))?;
            (!inside(line)).then_some(Section { line, category })
        };
        (self.tools_line + 1..self.lines.len()).filter_map(section).collect()
    }

    /// The spaces before the text of the line `at`.
    pub fn indent(&self, at: usize) -> &'t str {
        let line = self.lines[at];
        &line[..line.len() - line.trim_start_matches(' ').len()]
    }

    fn tools(&self) -> impl DoubleEndedIterator<Item = &Named> {
        self.named.iter().filter(|named| !named.hidden)
    }

    /// True when there is no entry under `tools`.
    pub fn is_empty(&self) -> bool {
        self.tools().next().is_none()
    }

    /// By how much the tools' names are indented.
    pub fn tool_indent(&self) -> usize {
        self.tools().next().map_or(2, |named| self.indent(named.line).len())
    }

    /// The line before which a new entry of the category goes, if the file has a heading for it.
    pub fn end_of_section(&self, category: Category) -> Option<usize> {
        let place = self.sections.iter().rposition(|section| section.category == category)?;
        let last = self.tools().rev().find(|named| named.section == Some(place));
        Some(last.map_or(self.sections[place].line + 1, |named| named.end))
    }

    /// The line before which a new section goes.
    pub fn end_of_tools(&self) -> usize {
        let last = self.tools().next_back().map_or(self.tools_line + 1, |named| named.end);
        last.max(self.sections.last().map_or(0, |section| section.line + 1))
    }

    /// The line that opens `tools`, without the braces of an empty mapping.
    pub fn opened_tools(&self) -> Result<String, PolicyError> {
        let line = self.lines[self.tools_line].trim_end();
        match line.strip_suffix("{}") {
            Some(opened) => Ok(format!("{}\n", opened.trim_end())),
            None if line.ends_with("tools:") => Ok(format!("{line}\n")),
            None => Err(NOT_BY_LINE),
        }
    }

    /// The line before which another hidden name goes, and by how much it is indented; none when the file has no list.
    pub fn end_of_hidden(&self) -> Result<Option<(usize, usize)>, PolicyError> {
        let bracketed = || PolicyError::Merge("the names under `hide` are not each on a line of their own");
        match self.named.iter().rfind(|named| named.hidden) {
            Some(last) if last.end > 0 => Ok(Some((last.end, self.indent(last.line).len()))),
            None if !self.lines.iter().any(|line| line.starts_with("hide:")) => Ok(None),
            _ => Err(bracketed()),
        }
    }

    /// The first line of the comment that stands over `tools:`.
    pub fn before_tools(&self) -> usize {
        let comment = (0..self.tools_line).rev().take_while(|at| self.lines[*at].starts_with('#'));
        comment.last().unwrap_or(self.tools_line)
    }
}

impl Named {
    fn at(tool: String, span: Range<usize>, hidden: bool) -> Self {
        Self { tool, line: span.start, end: span.end, hidden, category: None, listed_as: None, section: None }
    }
}

/// The category in the name that our own files give to a rule that limits or denies: `- name: limit write calls`.
fn named_after(line: &str) -> Option<Category> {
    let name = line.trim().strip_prefix("- name: ")?.strip_suffix(" calls")?;
    let category = name.strip_prefix("limit ").or_else(|| name.strip_prefix("deny "))?;
    ORDER.into_iter().find(|known| known.to_string().to_lowercase() == category)
}
