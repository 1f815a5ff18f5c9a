//! Decodes digits of which each stands for some bits: hexadecimal, base32, base64, uuencode, binary.

use std::ops::Range;
use std::sync::LazyLock;

use super::spelling::Spelling;

/// Shortest data in such digits that is decoded, in bytes that it stands for.
const SHORTEST: usize = 6;
/// What takes the place of missing digits at the end. What follows begins anew.
const PADDING: u8 = b'=';

/// The digits of an encoding.
struct Alphabet {
    values: [Option<u8>; 256],
    bits: u32,
}

static ALPHABETS: LazyLock<Vec<Alphabet>> = LazyLock::new(|| {
    let upper = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let lower = b"abcdefghijklmnopqrstuvwxyz";
    let base64 = [upper, lower, b"0123456789+/".as_slice()].concat();
    let uuencode: Vec<u8> = (b' '..=b'_').collect();
    let mut all = vec![
        Alphabet::new(4, b"0123456789abcdef").and(b"0123456789ABCDEF"),
        Alphabet::new(6, &base64).and(&[upper, lower, b"0123456789-_".as_slice()].concat()),
        // The blank is written as a backtick, for what drops blanks.
        Alphabet::new(6, &uuencode).and(b"`"),
        Alphabet::new(1, b"01"),
    ];
    for digits in [
        "abcdefghijklmnopqrstuvwxyz234567",
        "0123456789abcdefghijklmnopqrstuv",
        // Of Crockford, and for people.
        "0123456789abcdefghjkmnpqrstvwxyz",
        "ybndrfg8ejkmcpqxot1uwisza345h769",
    ] {
        all.push(Alphabet::new(5, digits.as_bytes()));
        all.push(Alphabet::new(5, digits.to_ascii_uppercase().as_bytes()));
    }
    all
});

impl Alphabet {
    fn new(bits: u32, digits: &[u8]) -> Self {
        Self { values: [None; 256], bits }.and(digits)
    }

    /// The same with further digits, from zero up.
    fn and(mut self, digits: &[u8]) -> Self {
        for (value, digit) in (0..).zip(digits) {
            self.values[usize::from(*digit)] = Some(value);
        }
        self
    }

    fn is_digit(&self, byte: u8) -> bool {
        self.values[usize::from(byte)].is_some()
    }

    /// How many digits from the start on may be the first one of a byte.
    fn alignments(&self) -> usize {
        match self.bits {
            1 | 5 => 8,
            4 => 2,
            _ => 4,
        }
    }
}

/// Gives to `each` what the digits in `text` stand for, in every alphabet and alignment, without those of `sentences`.
pub(super) fn decode(text: &Spelling, sentences: &[Range<usize>], each: &mut impl FnMut(Spelling)) {
    let is_prose = is_prose(text, sentences);
    for alphabet in ALPHABETS.iter() {
        for run in runs(text.bytes(), |at, byte| !is_prose[at] && (alphabet.is_digit(byte) || byte == PADDING)) {
            let bytes = &text.bytes()[run.clone()];
            let digits = bytes.iter().filter(|byte| **byte != PADDING).count();
            let is_hexadecimal = || alphabet.bits > 4 && bytes.iter().all(u8::is_ascii_hexdigit);
            if digits * alphabet.bits as usize / 8 >= SHORTEST && !is_hexadecimal() {
                (0..alphabet.alignments()).for_each(|skipped| each(decode_run(text, &run, alphabet, skipped)));
            }
        }
    }
}

/// Gives to `each` what the hexadecimal digits in `text` stand for.
pub(super) fn decode_hexadecimal(text: &Spelling, each: &mut impl FnMut(Spelling)) {
    let Some(alphabet) = ALPHABETS.first() else { return };
    for run in runs(text.bytes(), |_, byte| alphabet.is_digit(byte)).filter(|run| run.len() >= SHORTEST * 2) {
        (0..2).for_each(|skipped| each(decode_run(text, &run, alphabet, skipped)));
    }
}

fn decode_run(text: &Spelling, run: &Range<usize>, alphabet: &Alphabet, skipped: usize) -> Spelling {
    let mut decoded = Spelling::default();
    let (mut bits, mut count, mut start) = (0_u32, 0, 0);
    let spans = &text.source_spans()[run.clone()];
    for (byte, span) in text.bytes()[run.clone()].iter().zip(spans).skip(skipped) {
        let Some(value) = alphabet.values[usize::from(*byte)] else {
            (bits, count) = (0, 0);
            continue;
        };
        if count == 0 {
            start = span.0;
        }
        bits = (bits << alphabet.bits | u32::from(value)) & 0xffff;
        count += alphabet.bits;
        if let Some(rest) = count.checked_sub(8) {
            decoded.push((bits >> rest & 0xff) as u8, (start, span.1));
            (count, start) = (rest, span.0);
        }
    }
    decoded
}

/// For each byte of `text`, whether it comes from one of `sentences`.
fn is_prose(text: &Spelling, sentences: &[Range<usize>]) -> Vec<bool> {
    let mut sentences = sentences.iter().peekable();
    let is_prose = |span: &(u32, u32)| {
        let at = span.0 as usize;
        while sentences.next_if(|sentence| sentence.end <= at).is_some() {}
        sentences.peek().is_some_and(|sentence| sentence.start <= at)
    };
    text.source_spans().iter().map(is_prose).collect()
}

/// The longest ranges of `bytes` of which every byte fits.
pub(super) fn runs(bytes: &[u8], fits: impl Fn(usize, u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = (at..bytes.len()).find(|at| fits(*at, bytes[*at]))?;
        at = (first..bytes.len()).find(|at| !fits(*at, bytes[*at])).unwrap_or(bytes.len());
        Some(first..at)
    })
}

#[cfg(test)]
mod tests {
    use super::super::spelling::Passage;
    use super::*;

    #[test]
    fn digits_are_decoded_in_every_alignment() {
        for text in [
            "706c616e7465642d73",
            "x706C616E7465642D73",
            "cGxhbnRlZC1z",
            "x cGxh bnRl ZC1z",
            "cA==bA==YQ==bg==dA==ZQ==ZA==LQ==cw==",
            "OBWGC3TUMVSC24Y=",
            "obwgc3tumvsc24y",
            "<&QA;G1E9\"US",
        ] {
            let mut found = false;
            let spelled = Spelling::cased(Passage::from(text));
            decode(&spelled, &[], &mut |decoded| {
                found |= decoded.bytes().windows(9).any(|bytes| bytes == b"planted-s");
            });
            assert!(found, "{text}");
        }
    }

    #[test]
    fn bytes_know_the_digits_that_they_come_from() {
        let spelled = Spelling::cased(Passage::from("- cGxh bnRlZC1z"));
        let decoded = decode_run(&spelled, &(1..13), &ALPHABETS[1], 0);
        assert_eq!(decoded.bytes(), b"planted-s");
        assert_eq!((decoded.source_range(0..1), decoded.source_range(2..4)), (2..4, 4..9));
    }
}
