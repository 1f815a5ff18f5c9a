//! Normalizes a text for the search for secrets: decodes percent-encoding, entities and escapes, writes letters of other
//! forms as plain ones, drops white space, invisible characters and on request markup. Each byte keeps its range in the
//! original text.

use std::ops::Range;

use unicode_normalization::char::decompose_compatible;

use super::escapes::{DecodedEscape, escape, markup};
use crate::text::fold::latin;
use crate::text::reveal::is_unseen;

/// Shortest stretch of decoded bytes that is searched as a text.
const SHORTEST_PASSAGE: usize = 8;

/// A range in the original text.
pub(super) type Span = (u32, u32);

/// A text that is searched: the original one, or a part of what was decoded from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage<'a> {
    pub(super) text: &'a str,
    /// For each byte its range in the original text. `None` for the original text.
    source_spans: Option<&'a [Span]>,
}

impl<'a> From<&'a str> for Passage<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, source_spans: None }
    }
}

impl Passage<'_> {
    /// The range in the original text for the byte range `range`.
    pub(super) fn source(&self, range: &Range<usize>) -> Span {
        let limited = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        match self.source_spans {
            None => (limited(range.start), limited(range.end)),
            Some(spans) => {
                let start = spans.get(range.start).map_or(0, |span| span.0);
                let last = range.end.checked_sub(1).and_then(|last| spans.get(last));
                (start, last.map_or(start, |span| span.1))
            }
        }
    }

    /// The characters with their ranges in the original text, without white space of ASCII.
    pub(super) fn codes(&self) -> Vec<(u32, Span)> {
        let seen = self.text.char_indices().filter(|(_, c)| !c.is_ascii_whitespace());
        seen.map(|(at, c)| (u32::from(c), self.source(&(at..at + c.len_utf8())))).collect()
    }
}

/// A normalized text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spelling {
    bytes: Vec<u8>,
    /// The range in the original text, for each byte.
    source_spans: Vec<Span>,
}

impl Spelling {
    /// `text` in lower case.
    pub(crate) fn new(text: &str) -> Self {
        Self::cased(Passage::from(text)).in_lower_case()
    }

    /// Like [`Spelling::new`], with capitals.
    pub(super) fn cased(passage: Passage<'_>) -> Self {
        Self::spell(passage, escape)
    }

    /// The text in lower case, without tags, unknown entities and terminal codes, which may divide a secret. `None` if it
    /// has none.
    pub(super) fn without_markup(passage: Passage<'_>) -> Option<Self> {
        let has_any = passage.text.bytes().any(|byte| matches!(byte, b'<' | b'&' | 0x1b));
        has_any.then(|| Self::spell(passage, |rest| escape(rest).or_else(|| markup(rest))).in_lower_case())
    }

    fn spell(passage: Passage<'_>, decode: impl Fn(&str) -> Option<(DecodedEscape, usize)>) -> Self {
        let mut spelling = Self::default();
        let mut at = 0;
        while let Some(rest) = passage.text.get(at..).filter(|rest| !rest.is_empty()) {
            let (decoded, length) = decode(rest).unwrap_or_else(|| {
                let c = rest.chars().next().unwrap_or_default();
                (DecodedEscape::Char(c), c.len_utf8())
            });
            spelling.push_decoded(decoded, passage.source(&(at..at + length)));
            at += length;
        }
        spelling
    }

    fn push_decoded(&mut self, decoded: DecodedEscape, span: Span) {
        match decoded {
            DecodedEscape::Byte(byte) => self.bytes.push(byte),
            DecodedEscape::Char(c) if is_unseen(c) || is_mark(c) => {}
            DecodedEscape::Char(c) => push_plain(c, &mut self.bytes),
            DecodedEscape::Nothing => {}
        }
        self.source_spans.resize(self.bytes.len(), span);
    }

    /// Adds a decoded byte.
    pub(super) fn push(&mut self, byte: u8, span: Span) {
        self.bytes.push(byte);
        self.source_spans.push(span);
    }

    /// Adds a decoded character.
    pub(super) fn push_char(&mut self, c: char, span: Span) {
        self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.source_spans.resize(self.bytes.len(), span);
    }

    pub(super) fn in_lower_case(mut self) -> Self {
        self.bytes.make_ascii_lowercase();
        self
    }

    /// The stretches that read as text. Zeros are a part of it: they stand in UTF-16.
    pub(super) fn passages(&self) -> impl Iterator<Item = Passage<'_>> {
        let mut start = 0;
        let chunks = self.bytes.utf8_chunks().map(move |chunk| {
            let at = start;
            start += chunk.valid().len() + chunk.invalid().len();
            (at, chunk.valid())
        });
        let is_end = |c: char| c.is_control() && !"\t\r\n\0".contains(c);
        let stretches = chunks.flat_map(move |(at, valid)| {
            let mut start = at;
            valid.split(is_end).map(move |stretch| {
                let begin = start;
                // The controls that divide are of one or two bytes.
                start += stretch.len() + valid.get(begin - at + stretch.len()..).map_or(0, first_length);
                (begin, stretch)
            })
        });
        stretches
            .filter(|(_, stretch)| stretch.len() >= SHORTEST_PASSAGE)
            .map(|(at, text)| Passage { text, source_spans: self.source_spans.get(at..at + text.len()) })
    }

    /// The bytes with their ranges in the original text.
    pub(super) fn codes(&self) -> Vec<(u32, Span)> {
        self.bytes.iter().map(|byte| u32::from(*byte)).zip(self.source_spans.iter().copied()).collect()
    }

    /// The range in the original text of each byte.
    pub(super) fn source_spans(&self) -> &[Span] {
        &self.source_spans
    }

    /// Drops everything but letters and digits, for secrets that punctuation splits.
    pub(crate) fn letters_and_digits(&self) -> Self {
        let kept = self
            .bytes
            .iter()
            .zip(&self.source_spans)
            .filter(|(byte, _)| byte.is_ascii_alphanumeric() || !byte.is_ascii());
        let (bytes, source_spans) = kept.map(|(byte, span)| (*byte, *span)).unzip();
        Self { bytes, source_spans }
    }

    /// The normalized bytes, as a haystack.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The normalized bytes, as a needle.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The range in the original text for the byte range `range`.
    pub(crate) fn source_range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.source_spans.get(range.start).map_or(0, |span| span.0);
        let end = range.end.checked_sub(1).and_then(|last| self.source_spans.get(last)).map_or(start, |span| span.1);
        start as usize..end as usize
    }
}

/// Writes `c` as plain letters and digits, if it is another form of them: wide, in a circle, small and high, or a letter
/// that looks like one.
fn push_plain(c: char, bytes: &mut Vec<u8>) {
    if c.is_ascii() {
        bytes.push(c as u8);
        return;
    }
    let start = bytes.len();
    let mut is_plain = true;
    match emblem(c) {
        Some(letter) => bytes.push(letter),
        None => decompose_compatible(c, |part| {
            is_plain &= part.is_ascii() || is_mark(part);
            bytes.extend(u8::try_from(part).ok().filter(u8::is_ascii));
        }),
    }
    if is_plain && bytes.len() > start {
        return;
    }
    bytes.truncate(start);
    // The letters of East Asia look like no Latin one.
    let is_east_asian = matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}');
    match latin(c).filter(|_| !is_east_asian) {
        Some(letter) => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            for c in c.to_lowercase() {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
}

/// The letter on a sign that Unicode does not derive from one: of flags, and white on black.
fn emblem(c: char) -> Option<u8> {
    let first = match c {
        '\u{1F1E6}'..='\u{1F1FF}' => 0x1F1E6,
        '\u{1F150}'..='\u{1F169}' => 0x1F150,
        '\u{1F170}'..='\u{1F189}' => 0x1F170,
        _ => return None,
    };
    u8::try_from(u32::from(c) - first).ok().map(|index| b'A' + index)
}

/// The length of the first character.
fn first_length(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// True for a mark that stands over or under the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_one() {
        for text in [
            "s3cr3t",
            "S3CR3T",
            "s 3\ncr\t3 t",
            "%73%33cr3t",
            "%2573%252533cr3t",
            "s&#51;cr&#x33;t",
            "\\u0073\\x33cr3t",
            "\\163\\U00000033cr3t",
            "\\000073\\000033cr3t",
            "ˢ³cr③t",
            "ѕ3сr3t",
            "0x73 0x33 cr3t",
            "ｓ３ｃｒ３ｔ",
            "s3\u{200b}cr3t",
            "s\u{301}3\u{301}cr3t",
            "\u{1D4C8}\u{1D7DB}\u{24D2}r\u{1D7F9}\u{1F1F9}",
        ] {
            assert_eq!(Spelling::new(text).bytes(), b"s3cr3t", "{text}");
        }
        let spelled = Spelling::new("a%62 c");
        assert_eq!((spelled.source_range(1..2), spelled.source_range(1..3)), (1..4, 1..6));
        for text in ["s3<b>cr</b>3t", "s3<!-- x -->cr3t", "s3&thinsp;cr&NoBreak;3t", "s3\x1b[31mcr3t"] {
            assert_eq!(Spelling::without_markup(text.into()).unwrap().bytes(), b"s3cr3t", "{text}");
        }
        assert!(Spelling::without_markup("plain".into()).is_none());
        // Invalid escapes stay.
        assert_eq!(Spelling::new("100%, &co; \\d 0x7fff").bytes(), b"100%,&co;\\d0x7fff");
        assert_eq!(Spelling::new("a-b_c").letters_and_digits().bytes(), b"abc");
    }
}
