//! Redacts the secret values of a run from the output of servers and of the system, also in other spellings: encoded,
//! split, in another case, reversed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Map, Value};
use url::Url;

use super::names::{HIDDEN, SHORTEST_SEARCHED, is_secret_name};
use super::redact;
use super::searcher::{KnownValue, Searcher};

/// The suffix of a truncated text.
const CUT: &str = "...";
/// Maximum prefix of a value that is searched for at the end of a truncated message, in bytes.
const LONGEST_BEGINNING: usize = 2_000;
/// A redacted text with this many words may be meant for a reader.
const FEWEST_WORDS: usize = 3;
/// Words in secrets are counted from this length on, in letters.
const SHORTEST_WORD: usize = 3;

/// The known secret values, to be redacted from texts that servers and the system write.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownSecrets {
    /// Sorted from long to short, so that no rest of a longer value remains visible.
    values: Vec<KnownValue>,
    all: Searcher,
    /// Like `all`, without ordinary words, which a listing may contain by itself.
    unordinary: Searcher,
}

impl KnownSecrets {
    /// Collects the secrets in the arguments of `program` and all values of `variables` (variables or headers).
    pub(crate) fn new<'a>(program: &str, args: &[String], variables: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut secrets = Self::default();
        for (arg, redaction) in args.iter().zip(redact::arguments(program, args)) {
            if !redaction.hidden.is_empty() {
                secrets.add(arg, Kind::Value);
            }
            redaction.hidden.iter().for_each(|value| secrets.add_with_parts(value, Kind::Secret));
            secrets.add_parts_of_address(arg);
        }
        for (name, value) in variables {
            let is_word = value.chars().all(char::is_alphabetic) || value.chars().all(|c| c.is_ascii_digit());
            let is_plain = is_word && !is_secret_name(name) || is_sentence(value) && !redact::is_secret(name, value);
            let kind = match is_plain {
                true => Kind::Ordinary,
                false if redact::is_secret(name, value) => Kind::Secret,
                false => Kind::Value,
            };
            secrets.add_with_parts(value, kind);
            secrets.add_parts_of_address(value);
        }
        secrets.prepared()
    }

    /// These secrets and `others`.
    pub(crate) fn with(mut self, others: &Self) -> Self {
        self.values.extend(others.values.iter().cloned());
        self.prepared()
    }

    /// Adds a value and the parts that a server may repeat alone: the token of `Bearer abc`, the lines of a key, the
    /// user and password of basic authentication, the values of cookies.
    fn add_with_parts(&mut self, value: &str, kind: Kind) {
        self.add(value, kind);
        if kind == Kind::Ordinary {
            return;
        }
        value.split_whitespace().skip(1).for_each(|part| self.add(part, kind));
        if value.contains(';') {
            value
                .split(';')
                .filter_map(|pair| pair.split_once('='))
                .for_each(|(_, value)| self.add(value.trim(), kind));
        }
        let encoded = value.split_whitespace().last().unwrap_or_default();
        let decoded = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')));
        let decoded = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((_, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) {
            self.add(password, Kind::Secret);
        }
    }

    /// Adds the user, the password and the query values of a URL, also of one in `--url=URL`.
    fn add_parts_of_address(&mut self, arg: &str) {
        let start = arg.find("://").map(|at| {
            let before = arg.get(..at).unwrap_or_default();
            before.rfind(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).map_or(0, |at| at + 1)
        });
        let Some(Ok(url)) = start.and_then(|start| arg.get(start..)).map(Url::parse) else { return };
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        if let Some(password) = url.password() {
            self.add(&decode(password), Kind::Secret);
            let is_word = url.username().chars().all(char::is_alphabetic);
            self.add(&decode(url.username()), if is_word { Kind::Ordinary } else { Kind::Value });
        } else if !url.username().is_empty() {
            self.add(&decode(url.username()), Kind::Secret);
        }
        for (name, value) in url.query_pairs() {
            let only = if value.is_empty() { &name } else { &value };
            self.add(only, Kind::Value);
        }
    }

    fn add(&mut self, value: &str, kind: Kind) {
        if value.len() >= SHORTEST_SEARCHED {
            self.values.push(KnownValue {
                text: value.to_owned(),
                is_ordinary: kind == Kind::Ordinary,
                is_secret: kind == Kind::Secret,
            });
        }
    }

    fn prepared(mut self) -> Self {
        // Of two equal values, the secret is kept, and not the ordinary word.
        self.values.sort_by(|a, b| {
            let order = |value: &KnownValue| (value.is_ordinary, !value.is_secret);
            b.text.len().cmp(&a.text.len()).then_with(|| a.text.cmp(&b.text)).then_with(|| order(a).cmp(&order(b)))
        });
        self.values.dedup_by(|next, kept| next.text == kept.text);
        self.all = Searcher::new(self.values.iter());
        self.unordinary = Searcher::new(self.values.iter().filter(|value| !value.is_ordinary));
        self
    }

    /// Redacts the values from a message, and the beginning of a value at the end of a truncated message.
    pub(crate) fn hide(&self, text: &str) -> String {
        let text = self.all.hide(text, |_| {}).unwrap_or_else(|| text.to_owned());
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for (cut, _) in text.match_indices(CUT) {
            let before = text.get(end..cut).unwrap_or_default();
            let beginnings = self.values.iter().filter_map(|value| beginning_at_end(before, &value.text));
            match beginnings.max() {
                Some(length) => {
                    shown.push_str(before.get(..before.len() - length).unwrap_or_default());
                    shown.push_str(HIDDEN);
                }
                None => shown.push_str(before),
            }
            end = cut;
        }
        shown.push_str(text.get(end..).unwrap_or_default());
        shown
    }

    /// `text` without the values. `None` if it has none of them. Ordinary words stay.
    pub(crate) fn hidden(&self, text: &str) -> Option<String> {
        self.unordinary.hide(text, |_| {})
    }

    /// Redacts the values from every string, key and number in `json` from a server. Ordinary words stay, because they
    /// are probably not secrets there. True if a redacted part reads like a text, which nobody has then checked.
    pub(crate) fn hide_in(&self, json: &mut Value) -> bool {
        let mut is_text = false;
        if !self.unordinary.is_empty() {
            self.hide_below(json, &mut |part| is_text = is_text || is_sentence(part) && !is_place(part));
        }
        is_text
    }

    fn hide_below(&self, json: &mut Value, redacted: &mut impl FnMut(&str)) {
        match json {
            Value::String(text) => {
                if let Some(hidden) = self.unordinary.hide(text, redacted) {
                    *text = hidden;
                }
            }
            Value::Number(number) => {
                if let Some(hidden) = self.unordinary.hide(&number.to_string(), redacted) {
                    *json = Value::String(hidden);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_below(item, redacted)),
            Value::Object(map) => {
                map.values_mut().for_each(|item| self.hide_below(item, redacted));
                if map.keys().any(|key| self.unordinary.hide(key, |_| {}).is_some()) {
                    *map = self.with_hidden_keys(std::mem::take(map), redacted);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Redacts the values in the keys. Keys that become equal get a number.
    fn with_hidden_keys(&self, map: Map<String, Value>, redacted: &mut impl FnMut(&str)) -> Map<String, Value> {
        let mut hidden = Map::new();
        for (key, value) in map {
            let shown = self.unordinary.hide(&key, &mut *redacted).unwrap_or(key);
            let mut free = shown.clone();
            let mut number = 1;
            while hidden.contains_key(&free) {
                number += 1;
                free = format!("{shown} {number}");
            }
            hidden.insert(free, value);
        }
        hidden
    }
}

/// How a value is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It may be a word, a number or a sentence of a listing, and is redacted in messages only.
    Ordinary,
    Value,
    /// Its pieces are searched for too.
    Secret,
}

/// True if `text` looks like a path or an address.
fn is_place(text: &str) -> bool {
    text.contains(['/', '\\']) && !text.contains(char::is_whitespace)
}

/// True if `text` has several words, divided by white space or signs.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| word.chars().count() >= SHORTEST_WORD;
    text.split(|c: char| !c.is_alphabetic()).filter(is_word).count() >= FEWEST_WORDS
}

/// The length of the longest prefix of `value` at the end of `text`.
fn beginning_at_end(text: &str, value: &str) -> Option<usize> {
    let longest = value.len().saturating_sub(1).min(text.len()).min(LONGEST_BEGINNING);
    (SHORTEST_SEARCHED..=longest).rev().find(|length| text.as_bytes().ends_with(&value.as_bytes()[..*length]))
}
