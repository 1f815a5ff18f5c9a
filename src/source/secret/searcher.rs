//! Searches a text for secret values in all spellings: as they are, encoded, compressed, divided, in pieces.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::encodings::{encodings, hexadecimal, in_numbers, in_sixteen_bits, rot13};
use super::names::{HIDDEN, SHORTEST_SEARCHED};
use super::packed;
use super::pieces::Pieces;
use super::spelling::Spelling;

/// Longer values are not tokens or keys, and are searched for only as they are. In bytes.
const LONGEST_ENCODED: usize = 8_192;
/// Shorter values of letters only may be words, and are searched for only in one piece.
const SHORTEST_SPLIT: usize = 12;
/// How deeply nested compressed data is opened.
const MAX_PACKED: usize = 2;

/// What is searched for.
#[derive(Debug, Clone)]
pub(super) struct KnownValue {
    pub(super) text: String,
    /// Whether the value may be an ordinary word, number or sentence.
    pub(super) is_ordinary: bool,
    /// Whether a part of the value may give it away.
    pub(super) is_secret: bool,
}

/// Searches for all spellings of the values in one pass, and in more for values that are divided.
#[derive(Debug, Clone, Default)]
pub(super) struct Searcher {
    spellings: Option<AhoCorasick>,
    /// For each spelling: whether it counts only as one piece.
    whole: Vec<bool>,
    /// The values that no text contains by chance, letters and digits only.
    divided: Option<AhoCorasick>,
    pieces: Pieces,
}

impl Searcher {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a KnownValue>) -> Self {
        let mut spellings: Vec<(Vec<u8>, bool)> = Vec::new();
        let mut divided: Vec<Vec<u8>> = Vec::new();
        let mut pieces = Pieces::default();
        for KnownValue { text, is_secret, .. } in values {
            let is_word = text.chars().all(char::is_alphabetic) && text.len() < SHORTEST_SPLIT;
            if text.len() > LONGEST_ENCODED {
                spellings.push((Spelling::new(text).into_bytes(), false));
                continue;
            }
            let reversed: String = text.chars().rev().collect();
            let plain = [text.clone(), text.replace(' ', "+"), reversed.clone()];
            spellings.extend(plain.iter().map(|text| (Spelling::new(text).into_bytes(), is_word)));
            let once = STANDARD_NO_PAD.encode(text);
            let encoded = [text, &reversed, &once].into_iter().flat_map(|text| encodings(text.as_bytes()));
            let backwards = [hexadecimal(text.as_bytes()), once.clone()].map(|text| text.chars().rev().collect());
            let wide = in_sixteen_bits(text).into_iter().flat_map(|bytes| encodings(&bytes));
            let encoded = encoded.chain(wide).chain(backwards).chain([rot13(text)]);
            spellings.extend(encoded.map(|text| (Spelling::new(&text).into_bytes(), false)));
            let without_signs = Spelling::new(text).letters_and_digits().into_bytes();
            let is_token = without_signs.len() >= SHORTEST_SPLIT
                && without_signs.iter().any(u8::is_ascii_digit)
                && without_signs.iter().any(u8::is_ascii_alphabetic);
            if is_token {
                divided.push(without_signs);
                divided.extend(in_numbers(text).map(String::into_bytes));
                if *is_secret {
                    for text in [text, &reversed, &once, &hexadecimal(text.as_bytes())] {
                        pieces.add(text);
                    }
                }
            }
        }
        spellings.retain(|(bytes, _)| bytes.len() >= SHORTEST_SEARCHED);
        let (bytes, whole): (Vec<Vec<u8>>, Vec<bool>) = spellings.into_iter().unzip();
        let build = |bytes: Vec<Vec<u8>>| {
            let is_needed = !bytes.is_empty();
            is_needed.then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(bytes).ok()).flatten()
        };
        Self { spellings: build(bytes), whole, divided: build(divided), pieces }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spellings.is_none()
    }

    /// Redacts the values in `text`, and gives each redacted part to `redacted`. `None` if there are none.
    pub(super) fn hide(&self, text: &str, mut redacted: impl FnMut(&str)) -> Option<String> {
        let mut hidden = String::new();
        let mut end = 0;
        for span in self.spans(text, MAX_PACKED) {
            hidden.push_str(text.get(end..span.start).unwrap_or_default());
            hidden.push_str(HIDDEN);
            redacted(text.get(span.clone()).unwrap_or_default());
            end = span.end;
        }
        if end == 0 {
            return None;
        }
        hidden.push_str(text.get(end..).unwrap_or_default());
        Some(hidden)
    }

    /// The places of the values in `text`, in order and apart from one another. Compressed data is opened `depth` times.
    fn spans(&self, text: &str, depth: usize) -> Vec<Range<usize>> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut spans = self.spelled_spans(&Spelling::new(text));
        if let Some(spelling) = Spelling::without_markup(text) {
            spans.extend(self.spelled_spans(&spelling));
        }
        if let Some(depth) = depth.checked_sub(1) {
            spans.extend(packed::spans(text, |content| !self.spans(content, depth).is_empty()));
        }
        spans.sort_by_key(|span| (span.start, span.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for span in spans {
            match apart.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => apart.push(span),
            }
        }
        apart
    }

    fn spelled_spans(&self, text: &Spelling) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        for found in self.spellings.iter().flat_map(|spellings| spellings.find_iter(text.bytes())) {
            let span = text.source_range(found.range());
            if !self.whole[found.pattern().as_usize()] || span.len() == found.len() {
                spans.push(span);
            }
        }
        if let Some(divided) = &self.divided {
            let signless = text.letters_and_digits();
            spans.extend(divided.find_iter(signless.bytes()).map(|found| signless.source_range(found.range())));
            spans.extend(self.pieces.spans(&signless));
        }
        spans
    }
}
