//! What the head of a file and the headings of its sections tell, where they still stand as we write them.

use super::lines::{Entry, File, Line};
use super::marks::SECTION;
use crate::model::Category;
use crate::policy::dialect;
use crate::text::prose;

/// How the line begins that tells for which server a policy is, by any profile.
const TITLES: [&str; 2] = ["# Starter policy for ", "# Policy for "];
const PROFILE: &str = "# Profile ";
/// How the lines begin that tell what a person must set.
const TO_SET: &str = "# To set, where it says SET THIS: ";

impl File {
    /// The profile by which the file was made, where it tells one.
    pub(crate) fn profile(&self) -> Option<&str> {
        let line = self.lines[..self.body()].iter().find_map(|line| line.text.strip_prefix(PROFILE))?;
        line.split_once(';').map(|(profile, _)| profile)
    }

    /// What the title says of the server: its name, and its version and package where they are known.
    pub(crate) fn title(&self) -> Option<&str> {
        let head = &self.lines[..self.body()];
        head.iter().find_map(|line| TITLES.iter().find_map(|title| line.text.strip_prefix(title)))
    }

    /// Lines of the head: those before the first that is no comment.
    fn body(&self) -> usize {
        self.lines.iter().position(Line::is_content).unwrap_or(0)
    }

    /// Tells in the head and the headings what now is so; `made` is the file as it would be made now.
    ///
    /// `to_set` are the places that the file marks to be set: the rule and the tool of each.
    pub(crate) fn tell(&mut self, made: &Self, to_set: &[(String, String)]) {
        let body = self.body();
        for line in &mut self.lines[..body] {
            let now = fact(&line.text).and_then(|fact| made.lines[..made.body()].iter().find(|made| fact(&made.text)));
            if let Some(now) = now {
                line.text.clone_from(&now.text);
            }
        }
        self.count();
        // The last, since it moves lines.
        self.tell_what_to_set(body, to_set);
    }

    /// The places that are marked to be set, behind the line of the profile when they were not told yet. Where a person has
    /// written into what we told, it stays.
    fn tell_what_to_set(&mut self, body: usize, places: &[(String, String)]) {
        let head: Vec<&str> = self.lines[..body].iter().map(|line| line.text.as_str()).collect();
        let place = match head.iter().position(|line| line.starts_with(TO_SET)) {
            Some(first) => told(&head[first..]).map(|lines| first..first + lines),
            None => head.iter().position(|line| line.starts_with(PROFILE)).map(|at| at + 1..at + 1),
        };
        let now = dialect::to_set_lines(places.iter().map(|(rule, tool)| (rule.as_str(), tool.as_str())));
        if let Some(place) = place {
            self.lines.splice(place, now.into_iter().map(|line| Line::of(format!("# {line}"))));
        }
    }

    /// The numbers of tools in the headings of the sections.
    fn count(&mut self) {
        let sections: Vec<(usize, Category)> =
            self.lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.section()?))).collect();
        for (at, category) in sections {
            let here = |entry: &&Entry| entry.key > at && entry.section == Some(category);
            let count = self.entries.iter().filter(here).count();
            let indent = " ".repeat(self.lines[at].indent());
            if self.lines[at].text.trim().ends_with(" ----") {
                self.lines[at].text = format!("{indent}{SECTION}{category} ({}) ----", prose::count(count, "tool"));
            }
        }
    }
}

/// How many of the first `lines` tell what to set, broken as we break them; nothing when they are not ours any more.
fn told(lines: &[&str]) -> Option<usize> {
    let last = lines.iter().position(|line| line.ends_with(").") || line.ends_with(" more."))?;
    let told: Vec<&str> = lines[..=last].iter().map(|line| line.trim_start_matches("# ")).collect();
    (dialect::comment_lines(&told.join(" ")) == told).then_some(last + 1)
}

/// Whether a line tells the same fact as `text`, which is a line of the head; nothing when it tells none that we write.
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
