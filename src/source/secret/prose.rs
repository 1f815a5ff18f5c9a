//! Sentences, which are no encoded data: the words of one after another would look like it, once white space is dropped.

use std::ops::Range;

/// So many plain words one after another are a sentence.
const FEWEST_WORDS: usize = 4;
/// Longest word of a language, in letters.
const LONGEST_WORD: usize = 15;
/// Shortest word that tells a language from encoded data.
const SHORTEST_WORD: usize = 3;

enum Word {
    Plain,
    /// It tells nothing: a word of few letters, a number.
    Short,
    Other,
}

/// The sentences of `text`. Data of which each part looks like a word of a language is none that an encoder writes.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut words = 0;
    let (mut start, mut end, mut at) = (0, 0, 0);
    for word in text.split(|c: char| c.is_ascii_whitespace()).chain(["0x"]) {
        match word_kind(word) {
            Word::Plain => {
                start = if words == 0 { at } else { start };
                words += 1;
                end = at + word.len();
            }
            Word::Short => {}
            Word::Other => {
                if words >= FEWEST_WORDS {
                    found.push(start..end);
                }
                words = 0;
            }
        }
        at += word.len() + 1;
    }
    found
}

fn word_kind(word: &str) -> Word {
    let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
    if word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() <= 4 {
        return Word::Short;
    }
    let mut longest = 0;
    for part in word.split(|c: char| "-_/.,'".contains(c)) {
        let is_word = part.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
            && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            && part.len() <= LONGEST_WORD;
        if !is_word {
            return Word::Other;
        }
        longest = longest.max(part.len());
    }
    if longest >= SHORTEST_WORD { Word::Plain } else { Word::Short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_from_data() {
        let found = |text: &str| sentences(text).into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>();
        let text = "Gets the read-only orders of a customer: see 12 and list_orders. a1B2c3 then";
        assert_eq!(found(text), ["Gets the read-only orders of a customer: see 12 and list_orders."]);
        for text in ["a2V5 cDdx MTIz NDU2", "de ad be ef ca fe de ad", "KRSX G5BA ORXW WZLO", "k X p q a b c d", ""] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
