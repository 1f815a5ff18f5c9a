//! Updates the head comment and the section headings of a file, as far as they are unedited.

use super::lines::{Entry, File, Line};
use super::marks::{GONE, SECTION};
use crate::model::Category;
use crate::policy::dialect;
use crate::text::prose;

/// Start of the title line with the server's name, for any profile.
const TITLES: [&str; 2] = ["# Starter policy for ", "# Policy for "];
const PROFILE: &str = "# Profile ";
/// Start of the lines that list what a person must set.
const TO_SET: &str = "# To set, where it says SET THIS: ";

impl File {
    /// The profile in the head of the file, if it names one.
    pub(crate) fn profile(&self) -> Option<&str> {
        let line = self.lines[..self.body()].iter().find_map(|line| line.text.strip_prefix(PROFILE))?;
        line.split_once(';').map(|(profile, _)| profile)
    }

    /// The server in the title: its name, and its version and package if known.
    pub(crate) fn title(&self) -> Option<&str> {
        let head = &self.lines[..self.body()];
        head.iter().find_map(|line| TITLES.iter().find_map(|title| line.text.strip_prefix(title)))
    }

    /// The number of lines in the head: those before the first line that is not a comment.
    fn body(&self) -> usize {
        self.lines.iter().position(Line::is_content).unwrap_or(0)
    }

    /// Updates the facts in the head and the headings; `made` is the file as it would be generated now.
    ///
    /// `to_set` are the values that the file marks to be set: rule and tool of each.
    pub(crate) fn tell(&mut self, made: &Self, to_set: &[(String, String)]) {
        let body = self.body();
        for line in &mut self.lines[..body] {
            let now = fact(&line.text).and_then(|fact| made.lines[..made.body()].iter().find(|made| fact(&made.text)));
            if let Some(now) = now {
                line.text.clone_from(&now.text);
            }
        }
        self.count();
        // Last, since it moves lines.
        self.tell_what_to_set(body, to_set);
    }

    /// Updates the list of values to set, or inserts it after the profile line. A list that a person edited stays.
    fn tell_what_to_set(&mut self, body: usize, places: &[(String, String)]) {
        let head: Vec<&str> = self.lines[..body].iter().map(|line| line.text.as_str()).collect();
        let place = match head.iter().position(|line| line.starts_with(TO_SET)) {
            Some(first) => told(&head[first..]).map(|lines| first..first + lines),
            None => head.iter().position(|line| line.starts_with(PROFILE)).map(|at| at + 1..at + 1),
        };
        let now = dialect::to_set_lines(places.iter().map(|(rule, tool)| (rule.as_str(), tool.as_str())));
        if let Some(place) = place {
            self.lines.splice(place, now.into_iter().map(|line| Line::new(format!("# {line}"))));
        }
    }

    /// Updates the tool counts in the section headings: those that the server lists, as in the head.
    fn count(&mut self) {
        let sections: Vec<(usize, Category)> =
            self.lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.section()?))).collect();
        for (at, category) in sections {
            let is_gone = |entry: &Entry| self.comment(entry).any(|line| line == GONE);
            let here = |entry: &&Entry| entry.key > at && entry.section == Some(category) && !is_gone(entry);
            let count = self.entries.iter().filter(here).count();
            let indent = " ".repeat(self.lines[at].indent());
            if self.lines[at].text.trim().ends_with(" ----") {
                self.lines[at].text = format!("{indent}{SECTION}{category} ({}) ----", prose::count(count, "tool"));
            }
        }
    }
}

/// How many of the first `lines` list what to set, wrapped as we do; `None` if they were edited.
fn told(lines: &[&str]) -> Option<usize> {
    let last = lines.iter().position(|line| line.ends_with(").") || line.ends_with(" more."))?;
    let told: Vec<&str> = lines[..=last].iter().map(|line| line.trim_start_matches("# ")).collect();
    (dialect::comment_lines(&told.join(" ")) == told).then_some(last + 1)
}

/// A test for lines with the same kind of fact as the head line `text`; `None` for lines that we do not write.
fn fact(text: &str) -> Option<fn(&str) -> bool> {
    let is_title = |text: &str| TITLES.iter().any(|title| text.starts_with(title));
    let is_profile = |text: &str| text.starts_with(PROFILE);
    let is_count = |text: &str| {
        let number = text.strip_prefix("# ").unwrap_or_default();
        let rest = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
        rest.len() < number.len() && rest.starts_with(" tool")
    };
    [is_title as fn(&str) -> bool, is_profile, is_count].into_iter().find(|is| is(text))
}
