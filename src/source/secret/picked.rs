//! Characters that are picked from a text: every second or third one and so on, the first or the last ones of words, and
//! words of one letter. A secret stands there where it is divided by a sign or a word.

use super::digits::runs;
use super::spelling::{Passage, Spelling};

/// Largest distance between two characters that are picked.
pub(super) const LONGEST_STRIDE: usize = 16;

/// Every `stride`th byte of `bytes` from `first` on.
pub(super) fn strided(bytes: &[u8], first: usize, stride: usize) -> Vec<u8> {
    bytes.iter().skip(first).step_by(stride).copied().collect()
}

/// The letters and digits of `secret`, every second and every third one apart.
pub(super) fn apart(secret: &str) -> Vec<String> {
    let signless: Vec<u8> = secret.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let parts = (2..=3).flat_map(|stride| (0..stride).map(move |first| (first, stride)));
    parts.map(|(first, stride)| strided(&signless, first, stride).into_iter().map(char::from).collect()).collect()
}

/// The first letters and digits of the words of `passage`, the last ones, and those of words with one only.
pub(super) fn of_words(passage: Passage<'_>) -> [Spelling; 3] {
    let mut picked: [Spelling; 3] = Default::default();
    let words = runs(passage.text.as_bytes(), |_, byte| byte.is_ascii_alphanumeric());
    for word in words {
        let bytes = &passage.text.as_bytes()[word.clone()];
        let last = word.end - 1;
        let mut pick = |list: usize, at: usize, byte: u8| {
            picked[list].push(byte.to_ascii_lowercase(), passage.source(&(at..at + 1)));
        };
        pick(0, word.start, bytes[0]);
        pick(1, last, bytes[bytes.len() - 1]);
        if bytes.len() == 1 {
            pick(2, word.start, bytes[0]);
        }
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_picked_from_words() {
        let picked = of_words("kilo X-ray 7 papa, q and 2".into()).map(|text| text.bytes().to_vec());
        assert_eq!(picked, [b"kxr7pqa2".to_vec(), b"oxy7aqd2".to_vec(), b"x7q2".to_vec()]);
        assert_eq!(strided(b"k-X-7", 0, 2), b"kX7");
    }
}
