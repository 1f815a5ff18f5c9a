//! Normalizes a text for the search for secrets: decodes percent-encoding, entities and escapes, narrows full-width
//! characters, drops white space, invisible characters and on request markup, and converts to lower case. Each byte keeps
//! its range in the original text.

use std::ops::Range;

use crate::text::reveal::is_unseen;

/// Maximum length of an escape, in bytes.
const LONGEST_ESCAPE: usize = 12;
/// Maximum length of a tag or a named entity, in bytes.
const LONGEST_TAG: usize = 200;
const LONGEST_ENTITY: usize = 32;

/// HTML entities for characters that occur in tokens, or for invisible ones.
const ENTITIES: [(&str, &str); 16] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", ""),
    ("shy", ""),
    ("zwj", ""),
    ("zwnj", ""),
    ("lowbar", "_"),
    ("hyphen", "-"),
    ("period", "."),
    ("colon", ":"),
    ("sol", "/"),
    ("equals", "="),
    ("plus", "+"),
];

/// A normalized text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spelling {
    bytes: Vec<u8>,
    /// The range in the original text, for each byte.
    source_spans: Vec<(u32, u32)>,
}

impl Spelling {
    pub(crate) fn new(text: &str) -> Self {
        Self::spell(text, escape)
    }

    /// The text without tags, unknown entities and terminal codes, which may divide a secret. `None` if it has none.
    pub(crate) fn without_markup(text: &str) -> Option<Self> {
        let has_any = text.bytes().any(|byte| matches!(byte, b'<' | b'&' | 0x1b));
        has_any.then(|| Self::spell(text, |rest| escape(rest).or_else(|| markup(rest))))
    }

    fn spell(text: &str, decode: impl Fn(&str) -> Option<(DecodedEscape, usize)>) -> Self {
        let mut spelling = Self::default();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (decoded, length) = decode(rest).unwrap_or_else(|| {
                let c = rest.chars().next().unwrap_or_default();
                (DecodedEscape::Char(c), c.len_utf8())
            });
            spelling.push(decoded, at, at + length);
            at += length;
        }
        spelling
    }

    fn push(&mut self, decoded: DecodedEscape, start: usize, end: usize) {
        let span = (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        let before = self.bytes.len();
        match decoded {
            DecodedEscape::Byte(byte) => self.bytes.push(byte.to_ascii_lowercase()),
            DecodedEscape::Char(c) if is_unseen(c) || is_mark(c) => {}
            DecodedEscape::Char(c) => {
                for c in narrow(c).to_lowercase() {
                    self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            DecodedEscape::Nothing => {}
        }
        self.source_spans.resize(self.source_spans.len() + self.bytes.len() - before, span);
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

/// The narrow form of a full-width character: `a` for `ａ`.
fn narrow(c: char) -> char {
    let code = u32::from(c);
    let plain = match c {
        '\u{FF01}'..='\u{FF5E}' => code - 0xFEE0,
        '\u{1D400}'..='\u{1D6A3}' => letter((code - 0x1D400) % 52),
        '\u{1D7CE}'..='\u{1D7FF}' => u32::from('0') + (code - 0x1D7CE) % 10,
        '\u{24B6}'..='\u{24E9}' => letter(code - 0x24B6),
        '\u{1F1E6}'..='\u{1F1FF}' => letter(code - 0x1F1E6),
        _ => return c,
    };
    char::from_u32(plain).unwrap_or(c)
}

/// The letter at that index in `A` to `Z` and `a` to `z`.
fn letter(index: u32) -> u32 {
    if index < 26 { u32::from('A') + index } else { u32::from('a') + index - 26 }
}

/// True for a mark that stands over or under the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

enum DecodedEscape {
    Byte(u8),
    Char(char),
    Nothing,
}

/// Decodes the escape at the start of `text`. Returns the result and the length of the escape.
fn escape(text: &str) -> Option<(DecodedEscape, usize)> {
    match text.as_bytes().first()? {
        b'%' => {
            // Repeated encoding turns `%` into `%25`.
            let mut at = 1;
            while text.get(at..at + 2) == Some("25") && text.get(at + 2..at + 4).is_some_and(is_hex) {
                at += 2;
            }
            let byte = u8::from_str_radix(text.get(at..at + 2).filter(|digits| is_hex(digits))?, 16).ok()?;
            Some((if byte <= b' ' { DecodedEscape::Nothing } else { DecodedEscape::Byte(byte) }, at + 2))
        }
        b'0' => {
            let digits = text.get(2..4).filter(|digits| is_hex(digits))?;
            let is_byte = text.get(1..2).is_some_and(|x| x.eq_ignore_ascii_case("x"))
                && !text.as_bytes().get(4).is_some_and(u8::is_ascii_hexdigit);
            is_byte.then_some((DecodedEscape::Byte(u8::from_str_radix(digits, 16).ok()?), 4))
        }
        b'&' => {
            let end = text.bytes().take(LONGEST_ESCAPE).position(|byte| byte == b';')?;
            let name = text.get(1..end)?;
            let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            });
            let decoded = match number {
                Some(number) => DecodedEscape::Char(char::from_u32(number)?),
                None => {
                    let (_, text) = ENTITIES.iter().find(|(entity, _)| entity.eq_ignore_ascii_case(name))?;
                    text.chars().next().map_or(DecodedEscape::Nothing, DecodedEscape::Char)
                }
            };
            Some((decoded, end + 1))
        }
        b'\\' => match text.as_bytes().get(1)? {
            b'u' if text.as_bytes().get(2) == Some(&b'{') => {
                let end = text.bytes().take(LONGEST_ESCAPE).position(|byte| byte == b'}')?;
                Some((DecodedEscape::Char(char::from_u32(u32::from_str_radix(text.get(3..end)?, 16).ok()?)?), end + 1))
            }
            b'u' => Some((DecodedEscape::Char(char::from_u32(u32::from_str_radix(text.get(2..6)?, 16).ok()?)?), 6)),
            b'x' => Some((DecodedEscape::Byte(u8::from_str_radix(text.get(2..4)?, 16).ok()?), 4)),
            b'U' => Some((DecodedEscape::Char(char::from_u32(u32::from_str_radix(text.get(2..10)?, 16).ok()?)?), 10)),
            b'n' | b'r' | b't' => Some((DecodedEscape::Nothing, 2)),
            b'0'..=b'3' => Some((DecodedEscape::Byte(u8::from_str_radix(text.get(1..4)?, 8).ok()?), 4)),
            _ => None,
        },
        _ => None,
    }
}

/// The tag, named entity or terminal code at the start of `text`, which is dropped, and its length.
fn markup(text: &str) -> Option<(DecodedEscape, usize)> {
    let bytes = text.as_bytes();
    let length = match bytes {
        [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!' | b'?', ..] => {
            bytes.iter().take(LONGEST_TAG).position(|byte| *byte == b'>')?
        }
        [b'&', ..] => {
            let end = bytes.iter().take(LONGEST_ENTITY).position(|byte| *byte == b';')?;
            bytes[1..end].iter().all(u8::is_ascii_alphanumeric).then_some(end)?
        }
        [0x1b, b'[', ..] => 2 + bytes.iter().skip(2).take(LONGEST_TAG).position(|byte| (0x40..=0x7e).contains(byte))?,
        _ => return None,
    };
    Some((DecodedEscape::Nothing, length + 1))
}

fn is_hex(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
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
            assert_eq!(Spelling::without_markup(text).unwrap().bytes(), b"s3cr3t", "{text}");
        }
        assert!(Spelling::without_markup("plain").is_none());
        // Invalid escapes stay.
        assert_eq!(Spelling::new("100%, &co; \\d 0x7fff").bytes(), b"100%,&co;\\d0x7fff");
        assert_eq!(Spelling::new("a-b_c").letters_and_digits().bytes(), b"abc");
    }
}
