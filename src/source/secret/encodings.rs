//! The encodings in which a server may repeat a secret value: each gives the text to search for.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// An encoding that writes groups of bytes as groups of digits, each group as one number, its highest digit first.
pub(super) struct Digits {
    /// The digits from zero up. Their number is the base.
    pub(super) alphabet: &'static [u8],
    /// The number of digits in a group.
    pub(super) digits: usize,
    /// The number of bytes in a group.
    pub(super) bytes: usize,
}

const fn digits(alphabet: &'static [u8], digits: usize, bytes: usize) -> Digits {
    Digits { alphabet, digits, bytes }
}

pub(super) const HEXADECIMAL: Digits = digits(b"0123456789abcdef", 2, 1);
pub(super) const UPPER_HEXADECIMAL: Digits = digits(b"0123456789ABCDEF", 2, 1);
pub(super) const BASE32: Digits = digits(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 8, 5);
pub(super) const BASE64: Digits = digits(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 4, 3);
pub(super) const BASE64_OF_ADDRESSES: Digits =
    digits(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 4, 3);
/// Base64 of crypt, of bcrypt and of xxencode.
const OTHER_BASE64: [Digits; 3] = [
    digits(b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 4, 3),
    digits(b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 4, 3),
    digits(b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 4, 3),
];
/// Base85 of Adobe, of RFC 1924 (and Git and Python) and of ZeroMQ.
pub(super) const BASE85: [Digits; 3] = [
    digits(b"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu", 5, 4),
    digits(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~", 5, 4),
    digits(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#", 5, 4),
];

impl Digits {
    /// The whole groups of `value`, and with `ends` also the last, shorter one, as encoders write it.
    pub(super) fn encode(&self, value: &[u8], ends: bool) -> String {
        let mut text = String::new();
        for group in value.chunks(self.bytes).filter(|group| ends || group.len() == self.bytes) {
            let byte = |at: usize| u64::from(group.get(at).copied().unwrap_or(0));
            let mut number = (0..self.bytes).fold(0, |number, at| number << 8 | byte(at));
            let mut written = vec![0; self.digits];
            let base = self.alphabet.len() as u64;
            for digit in written.iter_mut().rev() {
                *digit = self.alphabet[usize::try_from(number % base).unwrap_or(0)];
                number /= base;
            }
            text.extend(written.iter().take(self.digits_for(group.len())).map(|digit| char::from(*digit)));
        }
        text
    }

    /// The number of digits for so many bytes.
    pub(super) fn digits_for(&self, bytes: usize) -> usize {
        (bytes * self.digits).div_ceil(self.bytes)
    }
}

/// `value` in hexadecimal, and in base64, base32 and base85 at every possible alignment, without the digits that depend
/// on neighbouring bytes.
pub(super) fn encodings(value: &[u8]) -> Vec<String> {
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
    for encoding in BASE85.iter().chain(&OTHER_BASE64) {
        encoded.push(encoding.encode(value, true));
        let starts = 0..encoding.bytes;
        encoded.extend(starts.filter_map(|start| value.get(start..)).map(|rest| encoding.encode(rest, false)));
    }
    encoded
}

pub(super) fn hexadecimal(value: &[u8]) -> String {
    HEXADECIMAL.encode(value, true)
}

/// `value` as the numbers of its characters, without what divides them: in hexadecimal digits of one byte and of two, also
/// behind a `u`, decimal and binary.
pub(super) fn in_numbers(value: &str) -> [String; 5] {
    let each = |write: fn(u32) -> String| value.chars().map(|c| write(u32::from(c))).collect::<String>();
    [
        hexadecimal(value.as_bytes()),
        each(|code| format!("{code:04x}")),
        each(|code| format!("u{code:04x}")),
        each(|code| code.to_string()),
        each(|code| format!("{code:08b}")),
    ]
}

/// `value` in bytes of other orders and codes: backwards, with the halves or all bits of each byte swapped, in EBCDIC.
pub(super) fn in_other_bytes(value: &str) -> Vec<Vec<u8>> {
    let each = |turn: fn(u8) -> u8| value.bytes().map(turn).collect::<Vec<u8>>();
    let ebcdic: Option<Vec<u8>> = value.bytes().map(in_ebcdic).collect();
    let mut forms = vec![each(|byte| byte), each(|byte| byte.rotate_left(4)), each(u8::reverse_bits)];
    forms.extend(ebcdic);
    let backwards = forms.iter().map(|form| form.iter().rev().copied().collect()).collect::<Vec<Vec<u8>>>();
    forms.extend(backwards);
    forms
}

/// The code of a character of tokens in EBCDIC.
fn in_ebcdic(byte: u8) -> Option<u8> {
    let nines = |first: u8, start: u8| start + (byte - first) % 9 + (byte - first) / 9 * 16;
    Some(match byte {
        b'a'..=b'r' => nines(b'a', 0x81),
        b's'..=b'z' => 0xa2 + (byte - b's'),
        b'A'..=b'R' => nines(b'A', 0xc1),
        b'S'..=b'Z' => 0xe2 + (byte - b'S'),
        b'0'..=b'9' => 0xf0 + (byte - b'0'),
        b' ' => 0x40,
        b'.' => 0x4b,
        b'+' => 0x4e,
        b'-' => 0x60,
        b'/' => 0x61,
        b'_' => 0x6d,
        b':' => 0x7a,
        b'@' => 0x7c,
        b'=' => 0x7e,
        _ => return None,
    })
}

/// `value` in UTF-16, the low byte of each character first and last.
pub(super) fn in_sixteen_bits(value: &str) -> [Vec<u8>; 2] {
    let bytes = |write: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(write).collect();
    [bytes(u16::to_le_bytes), bytes(u16::to_be_bytes)]
}

/// `value` with its letters turned by thirteen, as ROT13 does.
pub(super) fn rot13(value: &str) -> String {
    let turn = |c: char, first: u8| char::from((c as u8 - first + 13) % 26 + first);
    let turned = |c: char| match c {
        'a'..='z' => turn(c, b'a'),
        'A'..='Z' => turn(c, b'A'),
        c => c,
    };
    value.chars().map(turned).collect()
}

/// `bytes` in base32, five bits per letter. An incomplete last letter is dropped.
fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let letter = |first: usize| (0..5).fold(0, |letter, at| letter << 1 | bit(first + at));
    (0..bytes.len() * 8 / 5).map(|at| char::from(BASE32.alphabet[letter(at * 5)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base85_is_written_as_its_encoders_do() {
        let encoded = |text: &str| BASE85.map(|encoding| encoding.encode(text.as_bytes(), true));
        assert_eq!(encoded("planted-s3cret"), ["E,8s#FCeu7F#.<HATR", "aBN|2bY)~Mb2DRdWpn", "Abn%2By!#mB2drDwPN"]);
        assert_eq!(rot13("Planted-s3cret"), "Cynagrq-f3perg");
    }
}
