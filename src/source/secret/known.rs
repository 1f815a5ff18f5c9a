//! Redacts the secret values of a run from the output of servers and of the system, also in other spellings: encoded,
//! split, in another case, reversed.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use url::Url;

use super::names::{HIDDEN, SHORTEST_SEARCHED, is_secret_name};
use super::redact;
use super::spelling::Spelling;

/// The suffix of a truncated text.
const CUT: &str = "...";
/// Longer values are not tokens or keys, and are searched for only as they are. In bytes.
const LONGEST_ENCODED: usize = 8_192;
/// Maximum prefix of a value that is searched for at the end of a truncated message, in bytes.
const LONGEST_BEGINNING: usize = 2_000;
/// Shorter values of letters only may be words, and are searched for only in one piece.
const SHORTEST_SPLIT: usize = 12;

/// The known secret values, to be redacted from texts that servers and the system write.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownSecrets {
    /// Sorted from long to short, so that no rest of a longer value remains visible.
    values: Vec<KnownValue>,
    all: Searcher,
    /// Like `all`, without ordinary words, which a listing may contain by itself.
    unordinary: Searcher,
}

#[derive(Debug, Clone)]
struct KnownValue {
    text: String,
    /// Whether the value may be an ordinary word or number.
    ordinary: bool,
}

impl KnownSecrets {
    /// Collects the secrets in the arguments of `program` and all values of `variables` (variables or headers).
    pub(crate) fn new<'a>(program: &str, args: &[String], variables: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut secrets = Self::default();
        for (arg, redaction) in args.iter().zip(redact::arguments(program, args)) {
            if !redaction.hidden.is_empty() {
                secrets.add(arg, false);
            }
            redaction.hidden.iter().for_each(|value| secrets.add_with_parts(value, false));
            secrets.add_parts_of_address(arg);
        }
        for (name, value) in variables {
            let is_word = value.chars().all(char::is_alphabetic) || value.chars().all(|c| c.is_ascii_digit());
            secrets.add_with_parts(value, is_word && !is_secret_name(name));
            secrets.add_parts_of_address(value);
        }
        secrets.prepared()
    }

    /// Adds a value and the parts that a server may repeat alone: the token of `Bearer abc`, the lines of a key, the
    /// user and password of basic authentication, the values of cookies.
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

    /// Adds the user, the password and the query values of a URL, also of one in `--url=URL`.
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
        self.values.sort_by(|a, b| (b.text.len(), &a.text, a.ordinary).cmp(&(a.text.len(), &b.text, b.ordinary)));
        // Of two equal values, keep the one that is not an ordinary word.
        self.values.dedup_by(|next, kept| next.text == kept.text);
        self.all = Searcher::new(self.values.iter());
        self.unordinary = Searcher::new(self.values.iter().filter(|value| !value.ordinary));
        self
    }

    /// Redacts the values from a message, and the beginning of a value at the end of a truncated message.
    pub(crate) fn hide(&self, text: &str) -> String {
        let text = self.all.hide(text).unwrap_or_else(|| text.to_owned());
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
        self.unordinary.hide(text)
    }

    /// Redacts the values from every string, key and number in `json` from a server. Ordinary words stay, because they
    /// are probably not secrets there.
    pub(crate) fn hide_in(&self, json: &mut Value) {
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

    /// Redacts the values in the keys. Keys that become equal get a number.
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

/// Searches for all spellings of the values in one pass, and in a second one for values that punctuation splits.
#[derive(Debug, Clone, Default)]
struct Searcher {
    spellings: Option<AhoCorasick>,
    /// For each spelling: whether it counts only as one piece.
    whole: Vec<bool>,
    /// The values that no text contains by chance, letters and digits only.
    divided: Option<AhoCorasick>,
}

impl Searcher {
    fn new<'a>(values: impl Iterator<Item = &'a KnownValue>) -> Self {
        let mut spellings: Vec<(Vec<u8>, bool)> = Vec::new();
        let mut divided: Vec<Vec<u8>> = Vec::new();
        for KnownValue { text, .. } in values {
            let is_word = text.chars().all(char::is_alphabetic) && text.len() < SHORTEST_SPLIT;
            if text.len() > LONGEST_ENCODED {
                spellings.push((Spelling::new(text).into_bytes(), false));
                continue;
            }
            let reversed: String = text.chars().rev().collect();
            let plain = [text.clone(), text.replace(' ', "+"), reversed.clone()];
            spellings.extend(plain.iter().map(|text| (Spelling::new(text).into_bytes(), is_word)));
            let once = STANDARD_NO_PAD.encode(text);
            let turned: String = text.chars().map(turned).collect();
            let encoded = [text, &reversed, &once].into_iter().flat_map(|text| encodings(text.as_bytes()));
            let backwards = [hexadecimal(text.as_bytes()), once.clone()].map(|text| text.chars().rev().collect());
            let encoded = encoded.chain(backwards).chain([turned]);
            spellings.extend(encoded.map(|text| (Spelling::new(&text).into_bytes(), false)));
            let without_signs = Spelling::new(text).letters_and_digits().into_bytes();
            let is_token = without_signs.len() >= SHORTEST_SPLIT
                && without_signs.iter().any(u8::is_ascii_digit)
                && without_signs.iter().any(u8::is_ascii_alphabetic);
            if is_token {
                divided.push(without_signs);
                divided.extend(in_numbers(text).map(String::into_bytes));
            }
        }
        spellings.retain(|(bytes, _)| bytes.len() >= SHORTEST_SEARCHED);
        let (bytes, whole): (Vec<Vec<u8>>, Vec<bool>) = spellings.into_iter().unzip();
        let build = |bytes: Vec<Vec<u8>>| {
            let is_needed = !bytes.is_empty();
            is_needed.then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(bytes).ok()).flatten()
        };
        Self { spellings: build(bytes), whole, divided: build(divided) }
    }

    fn is_empty(&self) -> bool {
        self.spellings.is_none()
    }

    /// Redacts the values in `text`. `None` if there are none.
    fn hide(&self, text: &str) -> Option<String> {
        let spellings = self.spellings.as_ref()?;
        let spelled = Spelling::new(text);
        let mut spans: Vec<Range<usize>> = Vec::new();
        for found in spellings.find_iter(spelled.bytes()) {
            let span = spelled.source_range(found.range());
            if !self.whole[found.pattern().as_usize()] || span.len() == found.len() {
                spans.push(span);
            }
        }
        if let Some(divided) = &self.divided {
            let spelled = spelled.letters_and_digits();
            spans.extend(divided.find_iter(spelled.bytes()).map(|found| spelled.source_range(found.range())));
            spans.sort_by_key(|span| span.start);
        }
        let mut hidden = String::new();
        let mut end = 0;
        for span in spans {
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

/// The length of the longest prefix of `value` at the end of `text`.
fn beginning_at_end(text: &str, value: &str) -> Option<usize> {
    let longest = value.len().saturating_sub(1).min(text.len()).min(LONGEST_BEGINNING);
    (SHORTEST_SEARCHED..=longest).rev().find(|length| text.as_bytes().ends_with(&value.as_bytes()[..*length]))
}

/// `value` as the numbers of its characters, without what divides them: in hexadecimal digits of one byte and of two, also
/// behind a `u`, decimal and binary.
fn in_numbers(value: &str) -> [String; 5] {
    let each = |write: fn(u32) -> String| value.chars().map(|c| write(u32::from(c))).collect::<String>();
    [
        hexadecimal(value.as_bytes()),
        each(|code| format!("{code:04x}")),
        each(|code| format!("u{code:04x}")),
        each(|code| code.to_string()),
        each(|code| format!("{code:08b}")),
    ]
}

/// A letter turned by thirteen, as ROT13 does.
fn turned(c: char) -> char {
    let turn = |first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        c => c,
    }
}

fn hexadecimal(value: &[u8]) -> String {
    value.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `value` in hexadecimal, and in base64 and base32 at every possible alignment, without the letters that depend on
/// neighbouring bytes.
fn encodings(value: &[u8]) -> Vec<String> {
    let mut encoded = vec![hexadecimal(value)];
    let after = |before: usize| std::iter::repeat_n(0, before).chain(value.iter().copied()).collect::<Vec<u8>>();
    for before in 0..3_usize {
        let padded = after(before);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            encoded.extend(text.get((before * 8).div_ceil(6)..padded.len() * 8 / 6).map(str::to_owned));
        }
    }
    for before in 0..5_usize {
        let padded = after(before);
        let text = base32(&padded);
        encoded.extend(text.get((before * 8).div_ceil(5)..padded.len() * 8 / 5).map(str::to_owned));
    }
    encoded
}

/// `bytes` in base32, five bits per letter. An incomplete last letter is dropped.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let letter = |first: usize| (0..5).fold(0, |letter, at| letter << 1 | bit(first + at));
    (0..bytes.len() * 8 / 5).map(|at| char::from(LETTERS[letter(at * 5)])).collect()
}
