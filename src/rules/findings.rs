//! The kinds of findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Examples;
use super::detectors::Detect;
use crate::model::{Assessment, Category, Confidence, FindingKind, Severity};
use crate::text::words::Words;

/// An entry of `findings.yaml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingRule {
    /// Kebab-case, never reused.
    pub id: String,
    /// Title for display.
    pub title: String,
    /// What it is about.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is, for some tool categories.
    #[serde(default)]
    pub(crate) severity_for: BTreeMap<Category, Severity>,
    /// The highest severity if the classification of the tool has less than high confidence.
    #[serde(default)]
    pub(crate) when_unsure: Option<Severity>,
    /// Ambiguous words: a classification that rests on them never has high confidence.
    #[serde(default)]
    pub(crate) unsure_words: Vec<String>,
    /// Categories of tools that can have it; all if empty.
    #[serde(default)]
    pub(crate) only_for: Vec<Category>,
    /// Ids of entries before this one. Where one of them quotes the same words, this one is left out.
    #[serde(default)]
    pub(crate) left_out_beside: Vec<String>,
    pub detect: Detect,
    /// Why it matters.
    pub why: String,
    /// How to fix it.
    pub remedy: String,
    /// Ids of OWASP MCP Top 10, SAFE-MCP and CWE.
    pub references: Vec<String>,
    /// The version that introduced it.
    pub since: String,
    /// Tools with the finding, and tools without.
    #[serde(skip_serializing)]
    pub examples: Examples,
}

impl FindingRule {
    /// The severity on a tool with this assessment. A finding that contradicts an uncertain classification is uncertain
    /// too.
    pub(crate) fn severity(&self, verdict: &Assessment) -> Severity {
        let sure = self.severity_for.get(&verdict.category).copied().unwrap_or(self.severity);
        match self.when_unsure {
            Some(unsure) if verdict.confidence < Confidence::High || self.rests_on_unsure_words(verdict) => {
                sure.min(unsure)
            }
            Some(_) | None => sure,
        }
    }

    fn rests_on_unsure_words(&self, verdict: &Assessment) -> bool {
        let is_unsure = |word: &str| self.unsure_words.iter().any(|unsure| unsure == word);
        verdict.evidence.first().is_some_and(|first| Words::new(first.text.as_str()).iter().any(is_unsure))
    }

    /// True if a tool of `category` can have it.
    pub(crate) fn applies_to(&self, category: Category) -> bool {
        self.only_for.is_empty() || self.only_for.contains(&category)
    }

    /// The keys of the entry with their values for `rules show`, without those in the page's head.
    pub(crate) fn keys(&self) -> Vec<(String, Vec<String>)> {
        const HEAD: [&str; 5] = ["id", "title", "why", "since", "detect"];
        let Ok(Value::Object(entry)) = serde_json::to_value(self) else { return Vec::new() };
        let (looked_at, detector) = detector(entry.get("detect").unwrap_or(&Value::Null));
        let mut keys =
            vec![("detect".to_owned(), vec![looked_at]), ("looks for".to_owned(), vec![self.detect.about().into()])];
        let fields = entry.iter().filter(|(key, _)| !HEAD.contains(&key.as_str()));
        keys.extend(
            detector.into_iter().flatten().chain(fields).map(|(key, value)| (key.replace('_', " "), values(value))),
        );
        keys
    }
}

/// The path of the detector in `detect`, such as `text: says`, and its fields.
fn detector(detect: &Value) -> (String, Option<&Map<String, Value>>) {
    match detect.as_object().and_then(|map| map.iter().next()) {
        Some((looked_at, Value::Object(fields))) => match fields.iter().next() {
            Some((name, Value::Object(fields))) => (format!("{looked_at}: {name}"), Some(fields)),
            Some(_) | None => (looked_at.clone(), Some(fields)),
        },
        Some((looked_at, name)) => (format!("{looked_at}: {}", plain(name)), None),
        None => (plain(detect), None),
    }
}

/// The values of a key as texts: the items of a list, the pairs of a map, or the value itself.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(item).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| format!("{key}: {}", plain(value))).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![plain(value)],
    }
}

/// A list item: a text, or the pairs of a map, as in `about: x; needs: y, z`.
fn item(item: &Value) -> String {
    let Value::Object(map) = item else { return plain(item) };
    let pairs = map.iter().map(|(key, value)| (key, values(value))).filter(|(_, values)| !values.is_empty());
    pairs.map(|(key, values)| format!("{key}: {}", values.join(", "))).collect::<Vec<_>>().join("; ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
