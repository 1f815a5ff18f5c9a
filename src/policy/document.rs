//! A parsed policy file: its decisions, the names of its rules, and the position of each tool.

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
    /// The decisions of the file.
    pub decisions: Decisions,
    /// The names of its rules.
    pub names: RuleNames,
    /// The parsed tree.
    pub root: Node,
    /// Where its lines begin.
    lines: Lines,
}

/// Reads the decisions of the policy file `text`. Strict: anything that the format's own engine would reject or
/// silently ignore is an error.
///
/// Formats other than [`Dialect::readable`] are an error.
pub fn read(text: &str, dialect: Dialect) -> Result<Decisions, PolicyError> {
    Document::read(text, Some(dialect)).map(|document| document.decisions)
}

/// The decisions of `text`, or all its problems.
#[cfg(test)]
pub(crate) fn decisions_or_diagnostics(text: &str, dialect: Dialect) -> Result<Decisions, Vec<PolicyDiagnostic>> {
    read(text, dialect).map_err(|error| match error {
        PolicyError::Read { diagnostics, .. } => diagnostics,
        other => panic!("{other}"),
    })
}

impl Document {
    /// Reads `text` as `dialect`, or detects the format: JSON is PolicyLayer's. Of the YAML formats, the one with the
    /// fewest problems is used; if two are equal, the default.
    pub fn read(text: &str, dialect: Option<Dialect>) -> Result<Self, PolicyError> {
        let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let candidates: Vec<Dialect> = match dialect {
            Some(dialect) => vec![dialect],
            None if is_json => vec![Dialect::POLICY_LAYER],
            None => vec![Dialect::INTERCEPT, Dialect::SEED],
        };
        let parses_json = candidates.contains(&Dialect::POLICY_LAYER);
        let parsed = if parses_json {
            tree::json(text).map(|root| (root, Vec::new()))
        } else {
            tree::yaml(text).map(|(root, found)| (root, [found, tree::doubtful_breaks(text)].concat()))
        };
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

    /// The tools under `tools`, with positions, in file order.
    pub(crate) fn tools(&self) -> Vec<(&str, Position)> {
        let entries = self.root.child("tools").map_or(&[][..], Node::entries);
        entries.iter().map(|(key, _)| (key.text.as_str(), self.lines.position(key.span.start))).collect()
    }

    /// The hidden tools, with positions, in file order.
    pub(crate) fn hidden(&self) -> Vec<(&str, Position)> {
        let items = self.root.child("hide").map_or(&[][..], Node::items);
        let named = items.iter().filter_map(|node| Some((node.word()?, self.lines.position(node.span.start))));
        named.collect()
    }

    /// The first position of each tool.
    pub(crate) fn places(&self) -> BTreeMap<String, Position> {
        let mut places = BTreeMap::new();
        for (name, position) in self.hidden().into_iter().chain(self.tools()) {
            places.insert(name.to_owned(), position);
        }
        places
    }
}

/// Converts byte offsets to lines and columns.
#[derive(Debug)]
struct Lines {
    starts: Vec<usize>,
    /// For each multi-byte character, the byte after it and the number of extra bytes so far.
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

    /// Bytes before `at` that do not begin a character.
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
    fn a_character_that_ends_a_line_for_some_readers_is_refused_anywhere() {
        for (place, text) in [
            ("a comment", "version: '1'\n# a\u{2028}hide: ['*']\ntools: {}\n"),
            ("a key", "version: '1'\ntools: {\"a\u{85}b\": {rules: []}}\n"),
            ("a value", "version: '1'\ndescription: a\u{2029}b\ntools: {}\n"),
        ] {
            let error = Document::read(text, None).expect_err(place).to_string();
            assert!(error.contains("ends a line for some readers"), "{place}: {error}");
        }
        assert!(Document::read("version: '1'\ntools: {\"a\\u2028b\": {rules: []}}\n", None).is_ok());
    }

    #[test]
    fn merged_keys_are_read_as_the_engine_reads_them() {
        let text = "version: '1'\ndefault: deny\ntools:\n  a: &a\n    rules: [{name: n, action: deny}]\n  b: {<<: *a}\n  \
                    c: {<<: *a, rules: []}\n  d: {rules: [], <<: *a}\n";
        let tools = Document::read(text, None).unwrap().decisions.tools;
        let refuses = |name: &str| tools[name].action.refuses();
        assert_eq!(["a", "b", "c", "d"].map(refuses), [true, true, false, false]);
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
