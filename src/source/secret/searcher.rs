//! Searches a text for secret values in all spellings: as they are, encoded in any order, compressed, divided, shifted, in
//! pieces.

use std::cell::Cell;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::encodings::{encodings, hexadecimal, in_numbers, in_other_bytes, in_sixteen_bits, rot13};
use super::names::{HIDDEN, SHORTEST_SEARCHED};
use super::packed;
use super::picked::{self, LONGEST_STRIDE};
use super::pieces::Pieces;
use super::prose::sentences;
use super::shifted::Shifted;
use super::spelling::{Passage, Spelling};
use super::{digits, numbers};

/// Longer values are not tokens or keys, and are searched for only as they are. In bytes.
const LONGEST_ENCODED: usize = 8_192;
/// Shorter values of letters only may be words, and are searched for only in one piece.
const SHORTEST_SPLIT: usize = 12;
/// How many encodings, one in another, are decoded.
const MAX_DEPTH: usize = 3;
/// Maximum bytes that are decoded for each byte of a text, and for any text. What would take more counts as a secret.
const MAX_WORK: usize = 64;
const MAX_WORK_OF_ANY: usize = 1 << 20;

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
    /// The values as decoded bytes.
    bytes: Option<AhoCorasick>,
    shifted: Shifted,
}

impl Searcher {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a KnownValue>) -> Self {
        let mut spellings: Vec<(Vec<u8>, bool)> = Vec::new();
        let mut divided: Vec<Vec<u8>> = Vec::new();
        let mut pieces = Pieces::default();
        let mut bytes: Vec<Vec<u8>> = Vec::new();
        let mut shifted: Vec<String> = Vec::new();
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
            bytes.extend(in_other_bytes(text));
            let without_signs = Spelling::new(text).letters_and_digits().into_bytes();
            let is_token = without_signs.len() >= SHORTEST_SPLIT
                && without_signs.iter().any(u8::is_ascii_digit)
                && without_signs.iter().any(u8::is_ascii_alphabetic);
            if is_token {
                divided.push(without_signs);
                divided.extend(in_numbers(text).map(String::into_bytes));
                let written = hexadecimal(text.as_bytes());
                shifted.extend([text.clone(), reversed.clone(), once.clone(), written.to_ascii_uppercase(), written]);
                if *is_secret {
                    for text in [text, &reversed, &once, &hexadecimal(text.as_bytes())] {
                        pieces.add(text);
                    }
                    picked::apart(text).iter().for_each(|part| pieces.add(part));
                }
            }
        }
        spellings.retain(|(bytes, _)| bytes.len() >= SHORTEST_SEARCHED);
        let (spellings, whole): (Vec<Vec<u8>>, Vec<bool>) = spellings.into_iter().unzip();
        let build = |patterns: Vec<Vec<u8>>| {
            let is_needed = !patterns.is_empty();
            let builder = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok();
            is_needed.then(builder).flatten()
        };
        let shifted = Shifted::new(&shifted);
        Self { spellings: build(spellings), whole, divided: build(divided), pieces, bytes: build(bytes), shifted }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spellings.is_none()
    }

    /// Redacts the values in `text`, and gives each redacted part to `redacted`. `None` if there are none.
    pub(super) fn hide(&self, text: &str, mut redacted: impl FnMut(&str)) -> Option<String> {
        let mut hidden = String::new();
        let mut end = 0;
        for span in self.spans(text) {
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

    /// The places of the values in `text`, in order and apart from one another.
    fn spans(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_empty() {
            return Vec::new();
        }
        let work = Cell::new(text.len().saturating_mul(MAX_WORK).saturating_add(MAX_WORK_OF_ANY));
        let mut spans = self.spans_in(text.into(), MAX_DEPTH, &work);
        spans.extend(self.picked_spans(text));
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

    /// The places of the values in the original text that `passage` comes from. Encodings are decoded `depth` times, as
    /// long as `work` is left.
    fn spans_in(&self, passage: Passage<'_>, depth: usize, work: &Cell<usize>) -> Vec<Range<usize>> {
        let spelled = Spelling::cased(passage);
        let mut spans = self.shifted.spans(&passage.codes());
        if let Some(depth) = depth.checked_sub(1) {
            let mut each = |decoded: Spelling| spans.extend(self.spans_in_decoded(&decoded, depth, work));
            digits::decode(&spelled, &sentences_of(passage), &mut each);
            digits::decode_hexadecimal(&spelled.letters_and_digits(), &mut each);
            numbers::decode_divided(passage, &mut each);
            numbers::decode_fixed(&spelled, &mut each);
            numbers::decode_large(passage, &mut each);
            let holds =
                |content: &str| spend(work, content.len()) || !self.spans_in(content.into(), depth, work).is_empty();
            let packed = packed::spans(passage.text, holds);
            spans.extend(packed.iter().map(|range| range_of(passage.source(range))));
        }
        spans.extend(self.spelled_spans(&spelled.in_lower_case()));
        if let Some(spelling) = Spelling::without_markup(passage) {
            spans.extend(self.spelled_spans(&spelling));
        }
        spans
    }

    /// The places of the values in the original text that `decoded` comes from.
    fn spans_in_decoded(&self, decoded: &Spelling, depth: usize, work: &Cell<usize>) -> Vec<Range<usize>> {
        let all = 0..decoded.bytes().len();
        if all.is_empty() {
            return Vec::new();
        }
        if spend(work, all.len()) {
            return vec![decoded.source_range(all)];
        }
        let mut spans = self.shifted.spans_in_bytes(&decoded.codes());
        let found = self.bytes.iter().flat_map(|bytes| bytes.find_iter(decoded.bytes()));
        spans.extend(found.map(|found| decoded.source_range(found.range())));
        let holds =
            |content: &str| spend(work, content.len()) || !self.spans_in(content.into(), depth, work).is_empty();
        if let Some(start) = packed::start_of_secret(decoded.bytes(), holds) {
            spans.push(decoded.source_range(start..all.end));
        }
        spans.extend(decoded.passages().flat_map(|passage| self.spans_in(passage, depth, work)));
        spans
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

    /// The places of the values whose characters are divided by a sign or a word.
    fn picked_spans(&self, text: &str) -> Vec<Range<usize>> {
        let Some(divided) = &self.divided else { return Vec::new() };
        let signless = Spelling::new(text).letters_and_digits();
        let mut spans = Vec::new();
        for stride in 2..=LONGEST_STRIDE.min(signless.bytes().len() / SHORTEST_SPLIT) {
            for first in 0..stride {
                let picked = picked::strided(signless.bytes(), first, stride);
                let found = divided.find_iter(&picked).map(|found| found.range());
                let source = |range: Range<usize>| first + range.start * stride..first + (range.end - 1) * stride + 1;
                spans.extend(found.map(|range| signless.source_range(source(range))));
            }
        }
        for picked in picked::of_words(text.into()) {
            spans.extend(divided.find_iter(picked.bytes()).map(|found| picked.source_range(found.range())));
        }
        spans
    }
}

/// Takes `bytes` from what is left of `work`. True if that is not enough.
fn spend(work: &Cell<usize>, bytes: usize) -> bool {
    let left = work.get().checked_sub(bytes);
    work.set(left.unwrap_or(0));
    left.is_none()
}

/// The sentences of `passage`, by their ranges in the original text.
fn sentences_of(passage: Passage<'_>) -> Vec<Range<usize>> {
    sentences(passage.text).iter().map(|range| range_of(passage.source(range))).collect()
}

fn range_of((start, end): (u32, u32)) -> Range<usize> {
    start as usize..end as usize
}
