//! Decodes numbers: of characters, divided by signs or of equal length, and one large number that a whole text is written
//! as, as in base58.

use num_bigint::BigUint;

use super::digits::runs;
use super::spelling::{Passage, Spelling};

/// Fewest numbers that are read as the characters of a text.
const FEWEST: usize = 6;
/// Longest number of a character, in digits.
const LONGEST: usize = 8;
/// Most bytes between two numbers.
const LONGEST_GAP: usize = 6;
/// The bases, each with what may stand before a number.
const BASES: [(u32, &[&str]); 4] =
    [(16, &["0x", "0X", "x", "X", "u", "U", ""]), (10, &[""]), (8, &["0o", "o", ""]), (2, &["0b", "b", ""])];
/// The lengths of numbers without signs between them, each with its base.
const FIXED: [(usize, u32); 2] = [(3, 8), (3, 10)];

/// The lengths of a word that may be one number, in digits.
const SHORTEST_WORD: usize = 9;
const LONGEST_WORD: usize = 256;
/// The digits of large numbers: base58 of Bitcoin, Flickr and Ripple, base62 in every order, base36 and decimal.
const DIGITS: [&str; 8] = [
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ",
    "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "0123456789",
];

/// Gives to `each` the texts whose characters stand in `passage` as numbers with signs between them.
pub(super) fn decode_divided(passage: Passage<'_>, each: &mut impl FnMut(Spelling)) {
    let bytes = passage.text.as_bytes();
    for (base, prefixes) in BASES {
        let mut decoded = (0, Spelling::default());
        let mut end = 0;
        for word in runs(bytes, |_, byte| byte.is_ascii_alphanumeric()) {
            let text = passage.text.get(word.clone()).unwrap_or_default();
            let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
            let number = Some(digits).filter(|digits| digits.len() <= LONGEST);
            let c = number.and_then(|digits| u32::from_str_radix(digits, base).ok()).and_then(char::from_u32);
            if c.is_none() || word.start - end > LONGEST_GAP {
                give(&mut decoded, each);
            }
            if let Some(c) = c {
                add(&mut decoded.1, u32::from(c), passage.source(&word));
                decoded.0 += 1;
            }
            end = word.end;
        }
        give(&mut decoded, each);
    }
}

/// Gives to `each` the texts whose characters stand in `text` as decimal digits of equal length.
pub(super) fn decode_fixed(text: &Spelling, each: &mut impl FnMut(Spelling)) {
    for run in runs(text.bytes(), |_, byte| byte.is_ascii_digit()) {
        for (length, base) in FIXED.iter().filter(|(length, _)| run.len() >= FEWEST * length) {
            for first in 0..*length {
                let mut decoded = Spelling::default();
                for start in (run.start + first..run.end.saturating_sub(length - 1)).step_by(*length) {
                    let digits = &text.bytes()[start..start + length];
                    let value = digits.iter().fold(0, |value, digit| value * base + u32::from(digit - b'0'));
                    let source = text.source_range(start..start + length);
                    decoded.push(value.min(0xff) as u8, (source.start as u32, source.end as u32));
                }
                each(decoded);
            }
        }
    }
}

/// Gives to `each` what the words of `passage` stand for as one number each.
pub(super) fn decode_large(passage: Passage<'_>, each: &mut impl FnMut(Spelling)) {
    let lengths = SHORTEST_WORD..=LONGEST_WORD;
    let words = runs(passage.text.as_bytes(), |_, byte| byte.is_ascii_alphanumeric());
    for word in words.filter(|word| lengths.contains(&word.len())) {
        let text = &passage.text.as_bytes()[word.clone()];
        let has = |fits: fn(&u8) -> bool| text.iter().any(fits);
        let is_mixed = has(u8::is_ascii_lowercase) && text.iter().skip(1).any(u8::is_ascii_uppercase);
        if !has(u8::is_ascii_digit) && !is_mixed {
            continue;
        }
        let span = passage.source(&word);
        for digits in DIGITS {
            let value =
                |byte: &u8| digits.bytes().position(|digit| digit == *byte).and_then(|at| u8::try_from(at).ok());
            let values: Option<Vec<u8>> = text.iter().map(value).collect();
            let number = values.and_then(|values| BigUint::from_radix_be(&values, digits.len() as u32));
            if let Some(number) = number {
                let mut decoded = Spelling::default();
                number.to_bytes_be().into_iter().for_each(|byte| decoded.push(byte, span));
                each(decoded);
            }
        }
    }
}

fn add(decoded: &mut Spelling, code: u32, span: (u32, u32)) {
    match (u8::try_from(code), char::from_u32(code)) {
        (Ok(byte), _) => decoded.push(byte, span),
        (Err(_), Some(c)) => decoded.push_char(c, span),
        (Err(_), None) => {}
    }
}

fn give(decoded: &mut (usize, Spelling), each: &mut impl FnMut(Spelling)) {
    let (count, decoded) = std::mem::take(decoded);
    if count >= FEWEST {
        each(decoded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_form() {
        let secret = "planted-s3";
        let each = |write: fn(u32) -> String| secret.chars().map(|c| write(u32::from(c))).collect::<String>();
        let large = |digits: &str| {
            let number = BigUint::from_bytes_be(secret.as_bytes()).to_radix_be(digits.len() as u32);
            number.into_iter().map(|value| char::from(digits.as_bytes()[usize::from(value)])).collect::<String>()
        };
        let forms = [
            each(|code| format!("{code:o} ")),
            each(|code| format!("{code}, ")),
            each(|code| format!("0x{code:x},")),
            each(|code| format!("\\{code:x} ")),
            each(|code| format!("\\{code:06x}")),
            each(|code| format!("={code:02X}")),
            each(|code| format!("{code:b}|")),
            each(|code| format!("{code:03o}")),
            each(|code| format!("{code:03}")),
        ];
        for text in forms.into_iter().chain(DIGITS.map(large)) {
            let mut found = false;
            let mut each = |decoded: Spelling| found |= decoded.bytes() == secret.as_bytes();
            decode_divided(text.as_str().into(), &mut each);
            decode_fixed(&Spelling::new(&text), &mut each);
            decode_large(text.as_str().into(), &mut each);
            assert!(found, "{text}");
        }
    }
}
