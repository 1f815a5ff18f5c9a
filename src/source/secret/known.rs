//! The secret values of one run, hidden in whatever servers and systems write, also where they are spelled another way:
//! encoded, split, in other case, backwards.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use url::Url;

use super::names::{HIDDEN, SHORTEST_SEARCHED, is_secret_name};
use super::redact;
use super::spelling::Spelling;

/// How a text that was cut ends.
const CUT: &str = "...";
/// Letters alone that are shorter than this are words, which are searched for as they stand.
const SHORTEST_SPLIT: usize = 12;

/// Secret values that are known, to be hidden in texts that servers and systems write.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The longest first, so that no part of a value is left beside a hidden one.
    values: Vec<KnownValue>,
    all: Searcher,
    /// Without ordinary words, which a listing holds for reasons of its own.
    unordinary: Searcher,
}

#[derive(Debug, Clone)]
struct KnownValue {
    text: String,
    /// It may be an ordinary word or number.
    ordinary: bool,
}

impl Known {
    /// The secrets among the arguments of `program`, and every value of `named`, variables or headers.
    pub fn new<'a>(program: &str, args: &[String], named: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut known = Self::default();
        for (arg, redaction) in args.iter().zip(redact::arguments(program, args)) {
            if !redaction.hidden.is_empty() {
                known.add(arg, false);
            }
            redaction.hidden.iter().for_each(|value| known.add_with_parts(value, false));
            known.add_parts_of_address(arg);
        }
        for (name, value) in named {
            let is_word = value.chars().all(char::is_alphabetic) || value.chars().all(|c| c.is_ascii_digit());
            known.add_with_parts(value, is_word && !is_secret_name(name));
            known.add_parts_of_address(value);
        }
        known.prepared()
    }

    /// A value, and what of it a server may repeat alone: the token of `Bearer abc`, the lines of a key, the user and the
    /// password of basic authorization, the values of cookies.
    fn add_with_parts(&mut self, value: &str, ordinary: bool) {
        self.add(value, ordinary);
        value.split_whitespace().skip(1).for_each(|part| self.add(part, false));
        if value.contains(';') {
            value
                .split(';')
                .filter_map(|pair| pair.split_once('='))
                .for_each(|(_, value)| self.add(value.trim(), false));
        }
        let encoded = value.split_whitespace().last().unwrap_or_default();
        let decoded = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')));
        let decoded = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((_, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) {
            self.add(password, false);
        }
    }

    /// User, password and query values of an address, also of one in `--url=ADDRESS`.
    fn add_parts_of_address(&mut self, arg: &str) {
        let start = arg.find("://").map(|at| {
            let before = arg.get(..at).unwrap_or_default();
            before.rfind(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).map_or(0, |at| at + 1)
        });
        let Some(Ok(url)) = start.and_then(|start| arg.get(start..)).map(Url::parse) else { return };
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        if let Some(password) = url.password() {
            self.add(&decode(password), false);
            self.add(&decode(url.username()), url.username().chars().all(char::is_alphabetic));
        } else if !url.username().is_empty() {
            self.add(&decode(url.username()), false);
        }
        for (name, value) in url.query_pairs() {
            let only = if value.is_empty() { &name } else { &value };
            self.add(only, false);
        }
    }

    fn add(&mut self, value: &str, ordinary: bool) {
        if value.len() >= SHORTEST_SEARCHED {
            self.values.push(KnownValue { text: value.to_owned(), ordinary });
        }
    }

    fn prepared(mut self) -> Self {
        self.values.sort_by_key(|value| std::cmp::Reverse(value.text.len()));
        self.all = Searcher::new(self.values.iter());
        self.unordinary = Searcher::new(self.values.iter().filter(|value| !value.ordinary));
        self
    }

    /// `text`, a message, without the values, and without the beginning of one where it was cut.
    pub fn hide(&self, text: &str) -> String {
        let mut text = self.all.hide(text).unwrap_or_else(|| text.to_owned());
        if text.contains(CUT) {
            for KnownValue { text: value, .. } in &self.values {
                let cut = |end: usize| Some(format!("{}{CUT}", value.get(..end)?));
                for beginning in (SHORTEST_SEARCHED..value.len()).rev().filter_map(cut) {
                    text = text.replace(&beginning, &format!("{HIDDEN}{CUT}"));
                }
            }
        }
        text
    }

    /// Takes the values out of every text, key and number in `json`, which a server sent. Ordinary words stay: they mean
    /// what they say.
    pub fn hide_in(&self, json: &mut Value) {
        if self.unordinary.is_empty() {
            return;
        }
        match json {
            Value::String(text) => {
                if let Some(hidden) = self.unordinary.hide(text) {
                    *text = hidden;
                }
            }
            Value::Number(number) => {
                if let Some(hidden) = self.unordinary.hide(&number.to_string()) {
                    *json = Value::String(hidden);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(map) => {
                map.values_mut().for_each(|item| self.hide_in(item));
                if map.keys().any(|key| self.unordinary.hide(key).is_some()) {
                    *map = self.with_hidden_keys(std::mem::take(map));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Each key without the values; two that look alike then are told apart by a number.
    fn with_hidden_keys(&self, map: Map<String, Value>) -> Map<String, Value> {
        let mut hidden = Map::new();
        for (key, value) in map {
            let shown = self.unordinary.hide(&key).unwrap_or(key);
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

/// Every way to spell the values, searched for in one pass.
#[derive(Debug, Clone, Default)]
struct Searcher {
    spellings: Option<AhoCorasick>,
    /// For each spelling, true when it is a word that counts only where it stands in one piece.
    whole: Vec<bool>,
}

impl Searcher {
    fn new<'a>(values: impl Iterator<Item = &'a KnownValue>) -> Self {
        let mut spellings: Vec<(Vec<u8>, bool)> = Vec::new();
        for KnownValue { text, .. } in values {
            let is_word = text.chars().all(char::is_alphabetic) && text.len() < SHORTEST_SPLIT;
            let plain = [text.clone(), text.replace(' ', "+"), text.chars().rev().collect()];
            spellings.extend(plain.iter().map(|text| (Spelling::new(text).into_bytes(), is_word)));
            let encoded = encodings(text.as_bytes()).into_iter().map(|text| Spelling::new(&text).into_bytes());
            spellings.extend(encoded.map(|bytes| (bytes, false)));
        }
        spellings.retain(|(bytes, _)| bytes.len() >= SHORTEST_SEARCHED);
        if spellings.is_empty() {
            return Self::default();
        }
        let (bytes, whole): (Vec<Vec<u8>>, Vec<bool>) = spellings.into_iter().unzip();
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(bytes);
        Self { spellings: built.ok(), whole }
    }

    fn is_empty(&self) -> bool {
        self.spellings.is_none()
    }

    /// `text` without the values; `None` when it holds none.
    fn hide(&self, text: &str) -> Option<String> {
        let spellings = self.spellings.as_ref()?;
        let spelled = Spelling::new(text);
        let mut hidden = String::new();
        let mut end = 0;
        for found in spellings.find_iter(spelled.bytes()) {
            let span = spelled.place(found.range());
            if self.whole[found.pattern().as_usize()] && span.len() != found.len() {
                continue;
            }
            if span.start >= end {
                hidden.push_str(text.get(end..span.start).unwrap_or_default());
                hidden.push_str(HIDDEN);
            }
            end = end.max(span.end);
        }
        if end == 0 {
            return None;
        }
        hidden.push_str(text.get(end..).unwrap_or_default());
        Some(hidden)
    }
}

/// `value` in hexadecimal, and in base64 at each of the three places where it can begin, without the letters that its
/// neighbours share.
fn encodings(value: &[u8]) -> Vec<String> {
    let mut encoded = vec![value.iter().map(|byte| format!("{byte:02x}")).collect()];
    for before in 0..3_usize {
        let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(value.iter().copied()).collect();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            // Of 4 letters for 3 bytes, those that hold a bit of a neighbour are left out.
            let start = [0, 2, 3][before];
            let end = padded.len() * 8 / 6;
            encoded.extend(text.get(start..end).map(str::to_owned));
        }
    }
    encoded
}
