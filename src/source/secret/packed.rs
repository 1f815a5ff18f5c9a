//! Finds secrets in compressed data that a text holds in base64, base32, base85 or hexadecimal digits.

use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::sync::LazyLock;

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::encodings::{BASE32, BASE64, BASE64_OF_ADDRESSES, BASE85, Digits, HEXADECIMAL, UPPER_HEXADECIMAL};

/// The encodings, the likelier first.
const ENCODINGS: [&Digits; 8] =
    [&BASE64, &BASE64_OF_ADDRESSES, &HEXADECIMAL, &UPPER_HEXADECIMAL, &BASE32, &BASE85[0], &BASE85[1], &BASE85[2]];
/// How many digits are decoded at each step, as long as the data continues.
const STEPS: [usize; 3] = [64, 2_048, 65_536];
/// Maximum bytes that are made of one piece of data.
const MAX_UNPACKED: u64 = 256 << 10;
/// Maximum bytes that are decoded and unpacked for one text. What follows counts as a secret.
const MAX_WORK: usize = 8 << 20;
/// The logarithm of the memory that Zstandard may take.
const ZSTANDARD_WINDOW: u32 = 23;
/// Maximum number of places in decoded bytes where compressed data may begin.
const MAX_STARTS: usize = 32;
/// The shortest word that may be data without a header.
const SHORTEST_BARE: usize = 16;

/// The values of the digits of an encoding, and for which digits compressed data may begin with one.
struct Table {
    encoding: &'static Digits,
    values: [Option<u8>; 256],
    begins: [bool; 256],
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| ENCODINGS.iter().map(|encoding| Table::new(encoding)).collect());

impl Table {
    fn new(encoding: &'static Digits) -> Self {
        let mut table = Self { encoding, values: [None; 256], begins: [false; 256] };
        for (value, digit) in (0..).zip(encoding.alphabet) {
            table.values[usize::from(*digit)] = Some(value);
        }
        let first_bytes = (0..=0xff_u8).filter(|byte| [0x1f, 0x28].contains(byte) || byte & 0x8f == 0x08);
        for byte in first_bytes {
            let [least, greatest] = [0x00, 0xff].map(|rest| {
                let mut group = vec![rest; encoding.bytes];
                group[0] = byte;
                table.value(encoding.encode(&group, true).as_bytes()[0])
            });
            for digit in encoding.alphabet {
                let begins = (least..=greatest).contains(&table.value(*digit));
                table.begins[usize::from(*digit)] |= begins;
            }
        }
        table
    }

    fn value(&self, digit: u8) -> Option<u8> {
        self.values[usize::from(digit)]
    }
}

/// How data is compressed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compression {
    Gzip,
    Zlib,
    Zstandard,
    /// Deflate without a header.
    Bare,
}

impl Compression {
    /// The format of the data that `text` begins with.
    fn at_start(table: &Table, text: &[u8]) -> Option<Self> {
        let mut start = [0; 3];
        let decoded = DecodedBytes::new(table, text, table.encoding.digits.max(6));
        start.iter_mut().zip(decoded).for_each(|(kept, byte)| *kept = byte);
        Self::from_magic(&start)
    }

    /// The format of the data that begins with `bytes`.
    fn from_magic(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, ..] => Some(Self::Zstandard),
            [method, flags, ..] => {
                let is_zlib = method & 0x8f == 0x08 && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0;
                is_zlib.then_some(Self::Zlib)
            }
            [_] | [] => None,
        }
    }

    fn unpack(self, data: &[u8]) -> Unpacked {
        let mut content = Vec::new();
        let (result, rest) = match self {
            Self::Gzip => {
                let mut decoder = GzDecoder::new(data);
                (decoder.by_ref().take(MAX_UNPACKED).read_to_end(&mut content), decoder.get_ref().len())
            }
            Self::Zlib => {
                let mut decoder = ZlibDecoder::new(data);
                (decoder.by_ref().take(MAX_UNPACKED).read_to_end(&mut content), decoder.get_ref().len())
            }
            Self::Bare => {
                let mut decoder = DeflateDecoder::new(data);
                (decoder.by_ref().take(MAX_UNPACKED).read_to_end(&mut content), decoder.get_ref().len())
            }
            Self::Zstandard => match zstd::Decoder::with_buffer(data) {
                Ok(decoder) => {
                    let mut decoder = decoder.single_frame();
                    let result = decoder.window_log_max(ZSTANDARD_WINDOW);
                    let result = result.and_then(|()| decoder.by_ref().take(MAX_UNPACKED).read_to_end(&mut content));
                    (result, decoder.get_ref().len())
                }
                Err(error) => (Err(error), 0),
            },
        };
        let needs_more = result.is_err_and(|error| error.kind() == ErrorKind::UnexpectedEof);
        Unpacked { content, length: data.len() - rest, needs_more }
    }
}

/// The content of compressed data, as far as it could be read.
struct Unpacked {
    content: Vec<u8>,
    /// The length of the data, packed.
    length: usize,
    /// True if the data continues.
    needs_more: bool,
}

/// The places in `text` of compressed data for whose content `holds_secret` is true.
pub(super) fn spans(text: &str, holds_secret: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut work = 0;
    let mut at = 0;
    let mut is_word_start = true;
    while at < bytes.len() {
        let is_long = is_word_start && is_long_word(&bytes[at..]);
        let data = TABLES.iter().filter_map(|table| {
            let format =
                table.begins[usize::from(bytes[at])].then(|| Compression::at_start(table, &bytes[at..])).flatten();
            let bare = is_long && table.encoding.digits == BASE64.digits;
            Some((table, format.or(bare.then_some(Compression::Bare))?))
        });
        let end = data.filter_map(|(table, format)| {
            let length = length_of_secret(table, format, &bytes[at..], &mut work, &holds_secret);
            length.map(|length| at + length)
        });
        match end.max() {
            Some(end) => {
                found.push(at..end);
                at = end;
                is_word_start = true;
            }
            None => {
                is_word_start = !bytes[at].is_ascii_alphanumeric();
                at += 1;
            }
        }
    }
    found.retain(|span| text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
    found
}

/// Where compressed data begins in `bytes` whose content holds a secret.
pub(super) fn start_of_secret(bytes: &[u8], holds_secret: impl Fn(&str) -> bool) -> Option<usize> {
    let starts = (0..bytes.len()).filter_map(|at| Some((at, Compression::from_magic(bytes.get(at..)?)?)));
    let mut starts = starts.take(MAX_STARTS);
    let found = starts.find(|(at, format)| {
        let content = format.unpack(bytes.get(*at..).unwrap_or_default()).content;
        !content.is_empty() && holds_secret(&String::from_utf8_lossy(&content))
    });
    found.map(|(at, _)| at)
}

/// The number of bytes of `text` that hold compressed data with a secret in it, from its first byte on.
fn length_of_secret(
    table: &Table,
    format: Compression,
    text: &[u8],
    work: &mut usize,
    holds_secret: &impl Fn(&str) -> bool,
) -> Option<usize> {
    for digits in STEPS {
        let mut decoded = DecodedBytes::new(table, text, digits);
        let data: Vec<u8> = decoded.by_ref().collect();
        let Unpacked { content, length, needs_more } = format.unpack(&data);
        *work = work.saturating_add(data.len() + content.len());
        let is_found = *work > MAX_WORK || holds_secret(&String::from_utf8_lossy(&content));
        if is_found && (!needs_more || digits == STEPS[2] || decoded.is_at_end()) {
            let mut used = DecodedBytes::new(table, text, table.encoding.digits_for(length));
            used.by_ref().for_each(drop);
            return Some(used.word_end());
        }
        if !needs_more || decoded.is_at_end() {
            return None;
        }
    }
    None
}

/// True if `text` begins with a word as long as encoded data.
fn is_long_word(text: &[u8]) -> bool {
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    text.iter().take(SHORTEST_BARE).take_while(is_digit).count() == SHORTEST_BARE
}

/// The bytes that the digits at the start of a text stand for. White space between digits is skipped.
struct DecodedBytes<'a> {
    table: &'a Table,
    text: &'a [u8],
    at: usize,
    digits_left: usize,
    /// The bytes of the current group that are left.
    group: std::iter::Take<std::iter::Skip<std::array::IntoIter<u8, 8>>>,
}

impl<'a> DecodedBytes<'a> {
    fn new(table: &'a Table, text: &'a [u8], digits: usize) -> Self {
        Self { table, text, at: 0, digits_left: digits, group: [0; 8].into_iter().skip(8).take(0) }
    }

    fn next_digit(&mut self) -> Option<u64> {
        let (at, byte) = self.text.iter().enumerate().skip(self.at).find(|(_, byte)| !byte.is_ascii_whitespace())?;
        let value = self.table.value(*byte)?;
        self.digits_left = self.digits_left.checked_sub(1)?;
        self.at = at + 1;
        Some(u64::from(value))
    }

    /// True if the text has no more digits.
    fn is_at_end(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
        next.is_none_or(|byte| self.table.value(*byte).is_none())
    }

    /// The end of the word in which the digits end.
    fn word_end(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |byte: &&u8| self.table.value(**byte).is_some() || **byte == b'=';
        self.at + rest.iter().take_while(is_part).count()
    }
}

impl Iterator for DecodedBytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let Some(byte) = self.group.next() {
            return Some(byte);
        }
        let Digits { alphabet, digits, bytes } = *self.table.encoding;
        let (mut number, mut read) = (0_u64, 0);
        for _ in 0..digits {
            let digit = self.next_digit();
            read += usize::from(digit.is_some());
            // The last group is filled up with the highest digit, which leaves its bytes as they are.
            number =
                number.wrapping_mul(alphabet.len() as u64).wrapping_add(digit.unwrap_or(alphabet.len() as u64 - 1));
        }
        let whole = read * bytes / digits;
        self.group = number.to_be_bytes().into_iter().skip(8 - bytes).take(whole);
        self.group.next()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn found(text: &str) -> Vec<String> {
        let spans = spans(text, |content| content.contains("planted"));
        spans.into_iter().map(|span| text[span].to_owned()).collect()
    }

    #[test]
    fn compressed_data_is_opened_in_every_encoding() {
        let content = b"some text around a planted-s3cret and more of it";
        let mut packed: Vec<Vec<u8>> = Vec::new();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content).unwrap();
        packed.push(gzip.finish().unwrap());
        for level in [Compression::none(), Compression::fast(), Compression::default(), Compression::best()] {
            let mut zlib = ZlibEncoder::new(Vec::new(), level);
            zlib.write_all(content).unwrap();
            packed.push(zlib.finish().unwrap());
        }
        packed.push(zstd::encode_all(&content[..], 3).unwrap());
        for data in &packed {
            for encoding in ENCODINGS {
                let word = encoding.encode(data, true);
                assert_eq!(found(&format!("see:\u{e9} {word} there")), std::slice::from_ref(&word), "{word}");
                let (first, second) = word.split_at(20);
                assert_eq!(found(&format!("{first}\n{second}")).len(), 1);
            }
        }
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(content).unwrap();
        let word = BASE64.encode(&bare.finish().unwrap(), true);
        assert_eq!(found(&format!("see {word}")), [word]);
        assert_eq!(found("a planted word, H4sI and eJw are none"), [""; 0]);
    }

    #[test]
    fn many_beginnings_take_linear_time() {
        for start in ["H4sIAAAAAAAA", "eJw", "eAEB//8AAA", "KLUv/SAA", "789c"] {
            let text = start.repeat(150_000 / start.len());
            let started = std::time::Instant::now();
            spans(&text, |content| content.contains("planted"));
            assert!(started.elapsed().as_secs() < 20, "{start}: {:?}", started.elapsed());
        }
    }
}
