//! Pieces of a secret, which a server may spread over several fields or lines.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::spelling::Spelling;

/// Pieces of this length or longer are found, in letters and digits.
const LONGEST: usize = 8;
/// The shortest piece that no text holds by chance. Half a secret that is searched for in pieces is as long.
const SHORTEST: usize = 6;
/// Pieces are taken from the first characters of a secret only.
const MAX_CHARACTERS: usize = 1_024;

/// The pieces of all secrets.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    /// For each length: the pieces as numbers, one byte per character.
    by_length: Vec<(usize, FxHashSet<u64>)>,
}

impl Pieces {
    /// Adds the pieces of `secret`, a value in any encoding. Pieces that may be parts of words are left out.
    pub(super) fn add(&mut self, secret: &str) {
        let characters: Vec<u8> = secret.bytes().filter(u8::is_ascii_alphanumeric).take(MAX_CHARACTERS).collect();
        let length = (characters.len() / 2).clamp(SHORTEST, LONGEST);
        let pieces = characters.windows(length).filter(|piece| is_random(piece)).map(number);
        match self.by_length.iter_mut().find(|(known, _)| *known == length) {
            Some((_, known)) => known.extend(pieces),
            None => self.by_length.push((length, pieces.collect())),
        }
    }

    /// The places of pieces in `text`, which consists of letters and digits.
    pub(super) fn spans(&self, text: &Spelling) -> Vec<Range<usize>> {
        let found = self.by_length.iter().flat_map(|(length, pieces)| {
            let windows = text.bytes().windows(*length).enumerate();
            windows.filter(|(_, window)| pieces.contains(&number(window))).map(|(at, window)| at..at + window.len())
        });
        found.map(|span| text.source_range(span)).collect()
    }
}

/// True if `piece` mixes letters with digits, or small letters with capitals behind them, as words do not.
fn is_random(piece: &[u8]) -> bool {
    let mixes_digits = piece.iter().any(u8::is_ascii_digit) && piece.iter().any(u8::is_ascii_alphabetic);
    mixes_digits || piece.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// A piece of up to eight characters as a number, without regard to case.
fn number(piece: &[u8]) -> u64 {
    piece.iter().fold(0, |number, byte| number << 8 | u64::from(byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_found_and_words_are_not() {
        let mut pieces = Pieces::default();
        pieces.add("ghp_Ab3dE5gH7jK9mN1pQ3sT5v");
        pieces.add("production-key-77");
        let found = |text: &str| pieces.spans(&Spelling::new(text).letters_and_digits()).len();
        assert!(found("first: ghp_Ab3dE5gH7") > 0 && found("then: jK9mN1pQ3sT5v") > 0 && found("MN1-PQ3-ST5") > 0);
        assert_eq!(found("the production keys of ghp"), 0);
    }
}
