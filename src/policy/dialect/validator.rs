//! The walk that the readers share: a tree is held against the form of a policy, and everything that is otherwise is
//! kept, not only the first of it.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value as Json;

use super::tree::{Key, Node, Value};
use crate::model::Op;
use crate::policy::diagnostic::PolicyDiagnostic;
use crate::text::{clean, prose};

/// How alike two keys must be (0 to 1, Jaro-Winkler) for one to be taken for a slip of the other.
const LIKENESS: f64 = 0.8;
/// Characters of a value that a sentence repeats.
const MAX_SHOWN: usize = 60;

/// What has been found wrong with a file.
#[derive(Debug, Default)]
pub struct Validator {
    diagnostics: Vec<PolicyDiagnostic>,
}

/// A mapping of known keys.
pub(crate) struct Fields<'t> {
    span: &'t Range<usize>,
    /// What it is: "a rule".
    of: &'static str,
    entries: Vec<(&'t Key, &'t Node)>,
}

impl<'t> Fields<'t> {
    /// The value of `key`; nothing for `null`.
    pub(crate) fn get(&self, key: &str) -> Option<&'t Node> {
        self.raw(key).filter(|node| !matches!(node.value, Value::Plain(Json::Null, _)))
    }

    /// True when something stands there for `key`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn raw(&self, key: &str) -> Option<&'t Node> {
        self.entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| *node)
    }
}

impl Node {
    /// What it is, for a sentence.
    fn kind(&self) -> String {
        match &self.value {
            Value::Map(_) => "a mapping".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Text(text) => quoted(text),
            Value::Plain(json, _) => json.to_string(),
        }
    }
}

impl Validator {
    /// A form of which `diagnostics` are known already.
    pub(crate) fn new(diagnostics: Vec<PolicyDiagnostic>) -> Self {
        Self { diagnostics }
    }

    /// `read` when nothing is wrong; else all that is, in the order of the file.
    pub(crate) fn finish<T>(mut self, read: T) -> Result<T, Vec<PolicyDiagnostic>> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
        self.diagnostics.dedup();
        if self.diagnostics.is_empty() { Ok(read) } else { Err(self.diagnostics) }
    }

    /// Takes note of what is wrong at `span`, and what to do.
    pub(crate) fn diagnostic(&mut self, span: &Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        self.diagnostics.push(PolicyDiagnostic { span: span.clone(), what: what.into(), remedy: remedy.into() });
    }

    /// The mapping `node` as `of` ("a rule"), which knows `keys`.
    pub(crate) fn fields<'t>(&mut self, node: &'t Node, of: &'static str, keys: &[&str]) -> Option<Fields<'t>> {
        let entries = self.entries(node, of)?;
        for (key, _) in entries.iter().filter(|(key, _)| !keys.contains(&key.text.as_str())) {
            let likeness = |known: &&&str| strsim::jaro_winkler(known, &key.text.to_lowercase());
            let meant = keys.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let remedy = match meant.filter(|known| likeness(known) >= LIKENESS) {
                Some(known) => format!("did you mean {known:?}?"),
                None => {
                    format!("{of} has {}", prose::list(&keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>()))
                }
            };
            self.diagnostic(&key.span, format!("{of} has no key {}", quoted(&key.text)), remedy);
        }
        Some(Fields { span: &node.span, of, entries })
    }

    /// The keys and values of the mapping `node`, each key once.
    pub(crate) fn entries<'t>(&mut self, node: &'t Node, of: &str) -> Option<Vec<(&'t Key, &'t Node)>> {
        let Value::Map(entries) = &node.value else {
            self.wrong(node, of, "a mapping");
            return None;
        };
        let mut seen = HashSet::with_capacity(entries.len());
        let mut distinct = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if seen.insert(key.text.as_str()) {
                distinct.push((key, value));
            } else {
                self.diagnostic(&key.span, format!("the key {} stands twice", quoted(&key.text)), "keep one of them");
            }
        }
        Some(distinct)
    }

    /// The value of `key`, which must be there.
    pub(crate) fn required<'t>(&mut self, fields: &Fields<'t>, key: &str) -> Option<&'t Node> {
        let found = fields.raw(key);
        if found.is_none() {
            self.diagnostic(fields.span, format!("{} must have the key {key}", fields.of), "add it");
        }
        found
    }

    /// The items of a list; none where there is no list.
    pub(crate) fn list<'t>(&mut self, node: &'t Node, of: &str) -> &'t [Node] {
        let Value::List(items) = &node.value else {
            self.wrong(node, of, "a list");
            return &[];
        };
        items
    }

    /// A text; a plain number or truth value is what is written there.
    pub(crate) fn text<'t>(&mut self, node: &'t Node, of: &str) -> Option<&'t str> {
        match &node.value {
            Value::Text(text) => Some(text),
            Value::Plain(Json::Bool(_) | Json::Number(_), written) => Some(written),
            _ => {
                self.wrong(node, of, "a text");
                None
            }
        }
    }

    /// The text of an optional `key`.
    pub(crate) fn optional_text<'t>(&mut self, fields: &Fields<'t>, key: &str) -> Option<&'t str> {
        fields.get(key).and_then(|node| self.text(node, key))
    }

    /// A whole number from 0.
    pub(crate) fn whole(&mut self, node: &Node, of: &str) -> Option<u32> {
        let number = node.json().as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.wrong(node, of, "a whole number from 0");
        }
        number
    }

    /// One of `words`.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, of: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, of)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.diagnostic(
                &node.span,
                format!("{of} cannot be {}", quoted(text)),
                format!("it is {}", prose::either(&words)),
            );
        }
        found
    }

    /// A text that is not empty.
    pub(crate) fn name<'t>(&mut self, node: &'t Node, of: &str) -> Option<&'t str> {
        let text = self.text(node, of)?;
        if text.trim().is_empty() {
            self.diagnostic(&node.span, format!("{of} must not be empty"), "name it");
        }
        Some(text)
    }

    /// The tools that the list of `key` names, each once, and where; none where there is no such key.
    pub(crate) fn names<'t>(&mut self, fields: &Fields<'t>, key: &str) -> Vec<(&'t str, &'t Range<usize>)> {
        let mut names = Vec::new();
        let mut seen = HashSet::new();
        for node in fields.get(key).map_or(&[][..], |node| self.list(node, key)) {
            let Some(name) = self.text(node, &format!("an entry of {key}")) else { continue };
            if !seen.insert(name) {
                self.diagnostic(&node.span, format!("{} stands twice under {key}", quoted(name)), "keep one of them");
            }
            names.push((name, &node.span));
        }
        names
    }

    /// The dotted path of a value, which starts with one of `roots`.
    pub(crate) fn path<'t>(&mut self, node: &'t Node, roots: &[&str]) -> Option<&'t str> {
        let path = self.text(node, "a path")?;
        if roots.iter().any(|root| path.starts_with(root)) {
            return Some(path);
        }
        let roots: Vec<String> = roots.iter().map(|root| format!("{root:?}")).collect();
        let roots = prose::either(&roots.iter().map(String::as_str).collect::<Vec<_>>());
        let remedy = format!("for an argument write args.{}", clean::excerpt(path, MAX_SHOWN));
        self.diagnostic(&node.span, format!("a path must start with {roots}, got {}", quoted(path)), remedy);
        None
    }

    /// A comparison.
    pub(crate) fn op(&mut self, node: &Node) -> Option<Op> {
        self.word(node, "op", &Op::ALL.map(|op| (op.name(), op)))
    }

    /// The seconds of a window.
    pub(crate) fn window(&mut self, node: &Node) -> Option<u32> {
        self.word(node, "window", &[("minute", 60), ("hour", 3_600), ("day", 86_400)])
    }

    /// True when `value` is what `op` compares with.
    pub(crate) fn compared(&mut self, value: &Node, op: Op) -> bool {
        let json = value.json();
        let (fits, wanted) = match op {
            Op::Eq | Op::Neq | Op::Contains => (true, "a value"),
            Op::In | Op::NotIn => (json.is_array(), "a list"),
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => (json.is_number(), "a number"),
            Op::Regex => (json.is_string(), "a text in quotes"),
            Op::Exists => (json.is_boolean(), "true or false"),
        };
        if !fits {
            let what = format!("{} needs {wanted}, got {}", op.name(), value.kind());
            self.diagnostic(&value.span, what, "");
        }
        fits
    }

    /// The version of a file, which is 1.
    pub(crate) fn version(&mut self, node: &Node) {
        if let Some(version) = self.text(node, "version").filter(|version| *version != "1") {
            self.diagnostic(&node.span, format!("version cannot be {}", quoted(version)), "write \"1\"");
        }
    }

    /// Takes note that `of` should be `wanted` and is not.
    pub(crate) fn wrong(&mut self, node: &Node, of: &str, wanted: &str) {
        self.diagnostic(&node.span, format!("{of} must be {wanted}, got {}", node.kind()), "");
    }
}

/// `text` in quotes, short and harmless.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", clean::excerpt(text, MAX_SHOWN))
}
