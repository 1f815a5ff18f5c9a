//! A policy file, in YAML or JSON, as a tree of values with positions.

use std::fmt;
use std::ops::Range;

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ast, parse_to_ast};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value as Json};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, MessageFormatter as _, Spanned, UserMessageFormatter};

use crate::policy::diagnostic::PolicyDiagnostic;
use crate::text::json::STRICT;

/// A value and its position.
#[derive(Debug)]
pub struct Node {
    /// Its bytes; for an alias, those of the alias itself.
    pub span: Range<usize>,
    pub value: Value,
}

/// A value in a file.
#[derive(Debug)]
pub enum Value {
    Text(String),
    /// A number, true, false or null, and its source text: a plain `1e5` may be meant as text.
    Plain(Json, String),
    /// A list of values.
    List(Vec<Node>),
    /// Keys and values in file order; keys may repeat.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug)]
pub struct Key {
    pub span: Range<usize>,
    /// The key's text.
    pub text: String,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Plain(Json::Null, _))
    }

    /// True for an empty list.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.value, Value::List(items) if items.is_empty())
    }

    /// The keys and values of a mapping; empty for other values.
    pub(crate) fn entries(&self) -> &[(Key, Self)] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a list; empty for other values.
    pub(crate) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// A text, or the source text of a plain value; `None` for a list or a mapping.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Plain(_, text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The value of `key` in a mapping.
    pub(crate) fn child(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }

    /// The value without positions; of repeated keys, the last value counts.
    pub(crate) fn json(&self) -> Json {
        match &self.value {
            Value::Text(text) => Json::from(text.as_str()),
            Value::Plain(json, _) => json.clone(),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.text.clone(), value.json())).collect())
            }
        }
    }
}

/// Parses YAML. Also returns duplicate keys that only the parser recognizes (`0x10` and `16`). An error if `text` is
/// not valid YAML.
pub(crate) fn yaml(text: &str) -> Result<(Node, Vec<PolicyDiagnostic>), PolicyDiagnostic> {
    let parsed = parse::<Spanned<Raw>>(text, DuplicateKeyPolicy::Error);
    let (raw, twice) = match parsed {
        Err(twice @ serde_saphyr::Error::DuplicateMappingKey { .. }) => {
            let raw = parse(text, DuplicateKeyPolicy::LastWins).map_err(|cause| of_yaml(text, &cause))?;
            (raw, vec![of_yaml(text, &twice)])
        }
        parsed => (parsed.map_err(|cause| of_yaml(text, &cause))?, Vec::new()),
    };
    Ok((node(text, raw), twice))
}

/// Characters that engines written in Go read as line breaks in YAML, so that a comment or a value ends there for them and
/// not for others.
const BREAKS_FOR_SOME: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// The places of `text` at which readers of YAML disagree where a line ends.
pub(crate) fn doubtful_breaks(text: &str) -> Vec<PolicyDiagnostic> {
    let found = text.match_indices(BREAKS_FOR_SOME).map(|(at, found)| PolicyDiagnostic {
        span: at..at + found.len(),
        what: format!("the character U+{:04X} ends a line for some readers", found.chars().map(u32::from).sum::<u32>()),
        remedy: "take it out, or write it as an escape in double quotes".into(),
    });
    found.collect()
}

/// The parser's limits: a policy may have as many tools as a server lists, all with the same value. The text is already
/// in memory, and the total expansion of aliases is still limited.
pub(crate) fn budget() -> Option<serde_saphyr::Budget> {
    serde_saphyr::budget! {
        max_nodes: 10_000_000,
        max_events: 40_000_000,
        max_total_scalar_bytes: 1 << 30,
        max_aliases: 1_000_000,
        enforce_alias_anchor_ratio: false,
    }
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str, duplicate_keys: DuplicateKeyPolicy) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        budget: budget(),
        emit_comments: false,
        // As the engine's reader: a key of the mapping itself wins over a merged one.
        merge_keys: serde_saphyr::MergeKeyPolicy::Merge,
        duplicate_keys: duplicate_keys,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
}

fn of_yaml(text: &str, cause: &serde_saphyr::Error) -> PolicyDiagnostic {
    let what = UserMessageFormatter.format_message(cause).into_owned();
    let span = cause.location().map_or(0..0, |location| match location.span().byte_offset() {
        Some(_) => bytes(&location),
        None => {
            let at = byte_at(text, location.line(), location.column());
            at..at + 1
        }
    });
    PolicyDiagnostic { span, what, remedy: String::new() }
}

/// The byte range of a parsed value.
fn bytes(location: &Location) -> Range<usize> {
    let number = |n: Option<u64>| usize::try_from(n.unwrap_or_default()).unwrap_or(usize::MAX);
    let start = number(location.span().byte_offset());
    start..start.saturating_add(number(location.span().byte_len()))
}

/// The byte offset of a line and column, both from 1: for syntax errors, the parser reports no offset.
fn byte_at(text: &str, line: u64, column: u64) -> usize {
    let before = |n: u64| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(before(line)).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    start + line.char_indices().nth(before(column)).map_or(line.len(), |(at, _)| at)
}

fn node(text: &str, raw: Spanned<Raw>) -> Node {
    let value = match raw.value {
        Raw::Text(text) => Value::Text(text),
        Raw::Plain(json) => Value::Plain(json, text.get(bytes(&raw.defined)).unwrap_or_default().to_owned()),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(text, item)).collect()),
        Raw::Map(entries) => {
            let key = |key: Spanned<String>| Key { span: bytes(&key.referenced), text: key.value };
            Value::Map(entries.into_iter().map(|(name, value)| (key(name), node(text, value))).collect())
        }
    };
    Node { span: bytes(&raw.referenced), value }
}

/// A value as parsed.
enum Raw {
    Text(String),
    Plain(Json),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has, too")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain(Json::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Raw, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number must be finite"))?;
        Ok(Raw::Plain(number.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

/// Parses JSON. An error if `text` is not valid JSON.
pub(crate) fn json(text: &str) -> Result<Node, PolicyDiagnostic> {
    let diagnostic = |span, what: String| PolicyDiagnostic { span, what, remedy: String::new() };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|cause| {
        diagnostic(cause.range().start..cause.range().end, format!("this is no JSON: {}", cause.kind()))
    })?;
    of_json(parsed.value.ok_or_else(|| diagnostic(0..0, "the file is empty".into()))?)
}

fn of_json(parsed: ast::Value<'_>) -> Result<Node, PolicyDiagnostic> {
    use ast::Value as Ast;
    let range = parsed.range();
    let span = range.start..range.end;
    let value = match parsed {
        Ast::StringLit(text) => Value::Text(text.value.into_owned()),
        Ast::NumberLit(number) => {
            let read = number.value.parse::<Number>().map_err(|_| PolicyDiagnostic {
                span: span.clone(),
                what: format!("{} is no number of JSON", number.value),
                remedy: String::new(),
            })?;
            Value::Plain(read.into(), number.value.to_owned())
        }
        Ast::BooleanLit(flag) => Value::Plain(flag.value.into(), flag.value.to_string()),
        Ast::NullKeyword(_) => Value::Plain(Json::Null, "null".into()),
        Ast::Array(array) => Value::List(array.elements.into_iter().map(of_json).collect::<Result<_, _>>()?),
        Ast::Object(object) => {
            let entry = |property: ast::ObjectProp<'_>| {
                let range = property.name.range();
                let key = Key { span: range.start..range.end, text: property.name.into_string() };
                Ok((key, of_json(property.value)?))
            };
            Value::Map(object.properties.into_iter().map(entry).collect::<Result<_, PolicyDiagnostic>>()?)
        }
    };
    Ok(Node { span, value })
}
