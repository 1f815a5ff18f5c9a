//! A policy file, parsed once: its decisions, the names of its rules, and where each tool stands.

use std::collections::BTreeMap;

use super::decisions::{Contents, Decisions, RuleNames};
use super::diagnostic::PolicyDiagnostic;
use super::dialect::tree::{self, Node};
use super::dialect::validator::Validator;
use super::dialect::{Dialect, PolicyError, Proxy};
use crate::model::Position;

/// A policy file that was read.
#[derive(Debug)]
pub struct Document {
    /// Its format.
    pub dialect: Dialect,
    /// What it decides.
    pub decisions: Decisions,
    /// What it calls its rules.
    pub names: RuleNames,
    /// What stands in it.
    pub root: Node,
    /// Where its lines begin.
    lines: Lines,
}

/// The decisions of the policy file `text`. Strict: what the format's own engine would refuse, or pass over without a
/// word, is an error here.
///
/// Only [`Dialect::readable`] formats can be read; any other is an error.
pub fn read(text: &str, dialect: Dialect) -> Result<Decisions, PolicyError> {
    Document::read(text, Some(dialect)).map(|document| document.decisions)
}

/// The decisions of `text`, or everything that is wrong with it.
#[cfg(test)]
pub(crate) fn decisions_or_diagnostics(text: &str, dialect: Dialect) -> Result<Decisions, Vec<PolicyDiagnostic>> {
    read(text, dialect).map_err(|error| match error {
        PolicyError::Read { diagnostics, .. } => diagnostics,
        other => panic!("{other}"),
    })
}

impl Document {
    /// Reads `text` as `dialect`, or as the format that it looks like: JSON is PolicyLayer's; of the YAML formats the one
    /// in which least is wrong, of two alike the default.
    pub fn read(text: &str, dialect: Option<Dialect>) -> Result<Self, PolicyError> {
        let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let candidates: Vec<Dialect> = match dialect {
            Some(dialect) => vec![dialect],
            None if is_json => vec![Dialect::POLICY_LAYER],
            None => vec![Dialect::INTERCEPT, Dialect::SEED],
        };
        let parses_json = candidates.contains(&Dialect::POLICY_LAYER);
        let parsed = if parses_json { tree::json(text).map(|root| (root, Vec::new())) } else { tree::yaml(text) };
        let first = candidates[0];
        let (root, diagnostics) = match (first, parsed) {
            (Dialect::Proxy(Proxy { read: Some(_), .. }), Ok(parsed)) => parsed,
            (Dialect::Proxy(Proxy { read: Some(_), name, .. }), Err(diagnostic)) => {
                return Err(PolicyError::Read { dialect: name, diagnostics: vec![diagnostic] });
            }
            (other, _) => return Err(PolicyError::Unreadable(other.name())),
        };
        let mut best: Result<(Dialect, Contents), (Dialect, Vec<PolicyDiagnostic>)> = Err((first, Vec::new()));
        for (at, dialect) in candidates.into_iter().enumerate() {
            let Dialect::Proxy(Proxy { read: Some(read), .. }) = dialect else { continue };
            let mut validator = Validator::new(diagnostics.clone());
            let contents = read(&mut validator, &root);
            match validator.finish(contents) {
                Ok(contents) => {
                    best = Ok((dialect, contents));
                    break;
                }
                Err(found) if at == 0 || matches!(&best, Err((_, least)) if found.len() < least.len()) => {
                    best = Err((dialect, found));
                }
                Err(_) => {}
            }
        }
        let (dialect, Contents { decisions, names }) =
            best.map_err(|(dialect, diagnostics)| PolicyError::Read { dialect: dialect.name(), diagnostics })?;
        Ok(Self { dialect, decisions, names, root, lines: Lines::new(text) })
    }

    /// The keys of the mapping of tools, in the order of the file.
    pub(crate) fn tools(&self) -> Vec<(&str, Position)> {
        let entries = self.root.child("tools").map_or(&[][..], Node::entries);
        entries.iter().map(|(key, _)| (key.text.as_str(), self.lines.position(key.span.start))).collect()
    }

    /// The entries of the list of hidden tools, in the order of the file.
    pub(crate) fn hidden(&self) -> Vec<(&str, Position)> {
        let items = self.root.child("hide").map_or(&[][..], Node::items);
        let named = items.iter().filter_map(|node| Some((node.word()?, self.lines.position(node.span.start))));
        named.collect()
    }

    /// Where each tool is named first.
    pub(crate) fn places(&self) -> BTreeMap<String, Position> {
        let mut places = BTreeMap::new();
        for (name, position) in self.hidden().into_iter().chain(self.tools()) {
            places.insert(name.to_owned(), position);
        }
        places
    }
}

/// Where the lines of a text begin.
#[derive(Debug)]
struct Lines {
    starts: Vec<usize>,
    /// The byte behind each character of more than one byte.
    wide: Vec<(usize, usize)>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut extra = 0;
        let wide = text.char_indices().filter(|(_, c)| c.len_utf8() > 1).map(|(at, c)| {
            extra += c.len_utf8() - 1;
            (at + c.len_utf8(), extra)
        });
        Self { wide: wide.collect(), starts }
    }

    /// Bytes before `at` that begin no character.
    fn extra(&self, at: usize) -> usize {
        let before = self.wide.partition_point(|(end, _)| *end <= at);
        before.checked_sub(1).and_then(|last| self.wide.get(last)).map_or(0, |(_, extra)| *extra)
    }

    fn position(&self, at: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or_default();
        let column = (at - start) - (self.extra(at) - self.extra(start)) + 1;
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Position { line: number(line), column: number(column) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_have_places_in_yaml_and_json() {
        let yaml = "version: '1'\nhide: [c]\ntools:\n  # é\n  a: {rules: []}\n  \"b:\": {rules: []}\n";
        let places = Document::read(yaml, None).unwrap().places();
        assert_eq!(places["a"], Position { line: 5, column: 3 });
        assert_eq!(places["b:"], Position { line: 6, column: 3 });
        assert_eq!(places["c"], Position { line: 2, column: 8 });
        let json = "{\"version\": \"1\", \"default\": \"deny\",\n  \"tools\": {\n    \"é\": {}, \"a\": {}\n  }\n}\n";
        assert_eq!(Document::read(json, None).unwrap().places()["a"], Position { line: 3, column: 14 });
    }

    #[test]
    fn the_format_is_the_one_in_which_least_is_wrong() {
        let seed = "tools:\n  t: {rules: [{action: allow}]}\n";
        assert_eq!(Document::read(seed, None).unwrap().dialect, Dialect::SEED);
        assert_eq!(Document::read("version: '1'\ntools: {}\n", None).unwrap().dialect, Dialect::INTERCEPT);
        let wrong = Document::read("tools: {t: {rules: [{action: allow, reason: r}]}}", None).unwrap_err();
        assert!(matches!(wrong, PolicyError::Read { dialect: "seed", .. }), "{wrong}");
    }
}
