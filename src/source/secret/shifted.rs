//! Finds a secret of which every character is replaced by one that stands as far away in its alphabet: ROT13 and ROT47,
//! tag characters, wide letters, variation selectors, Braille, private use, bytes with a key added or by exclusive or.
//! Whatever the distance, neighbouring characters differ as they did before.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashSet;

use super::spelling::Span;

/// Longest form of a secret that is searched for.
const LONGEST: usize = 2_048;
/// A longer form is searched for in parts of this length, in characters.
const PART: usize = 48;
/// Fewest characters that are compared, and fewest different differences among them: what differs less, such as
/// `12345678`, looks like many texts.
const FEWEST: usize = 10;
const FEWEST_DIFFERENT: usize = 5;
/// What stands for a character that the alphabet does not have.
const NONE: u8 = 0xff;

/// How characters are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    /// By another one at a distance in Unicode, or among all bytes.
    Sum,
    /// By exclusive or with the bits of a key.
    Xor,
    /// By one in a circle of the visible characters of ASCII.
    Visible,
    /// Letters and digits each by one in a circle of their own, without regard to case.
    Letters,
}

/// What a shift leaves as it is, for each character of a text.
struct Differences {
    symbols: Vec<u8>,
    /// How many characters stand before the first one whose symbol depends on no other text.
    before: usize,
}

impl Shift {
    const ALL: [Self; 4] = [Self::Sum, Self::Xor, Self::Visible, Self::Letters];

    fn differences(self, codes: impl Iterator<Item = u32>) -> Differences {
        match self {
            Self::Sum => from_neighbours(codes, |before, code| code.wrapping_sub(before) as u8),
            Self::Xor => from_neighbours(codes, |before, code| (before ^ code) as u8),
            Self::Visible => from_neighbours(codes, |before, code| {
                let is_visible = |code: u32| (0x21..=0x7e).contains(&code);
                if is_visible(before) && is_visible(code) { ((code + 94 - before) % 94) as u8 } else { NONE }
            }),
            Self::Letters => in_circles(codes),
        }
    }

    /// The same differences in alphabets that run backwards.
    fn backwards(self, symbols: &[u8]) -> Vec<Vec<u8>> {
        let each = |turn: &dyn Fn(u8) -> u8| symbols.iter().map(|symbol| turn(*symbol)).collect::<Vec<u8>>();
        match self {
            Self::Sum => vec![each(&u8::wrapping_neg)],
            Self::Xor => Vec::new(),
            Self::Visible => vec![each(&|symbol| if symbol == NONE { NONE } else { (94 - symbol) % 94 })],
            Self::Letters => {
                let letter = |symbol: u8| if symbol < 26 { (26 - symbol) % 26 } else { symbol };
                let digit = |symbol: u8| if (26..36).contains(&symbol) { 26 + (36 - symbol) % 10 } else { symbol };
                vec![each(&letter), each(&|symbol| digit(letter(symbol)))]
            }
        }
    }
}

fn from_neighbours(codes: impl Iterator<Item = u32>, difference: impl Fn(u32, u32) -> u8) -> Differences {
    let mut last = None;
    let symbol = |code| last.replace(code).map_or(NONE, |before| difference(before, code));
    Differences { symbols: codes.map(symbol).collect(), before: 1 }
}

/// Each letter by its distance from the last letter, each digit by that from the last digit, other signs as they are.
fn in_circles(codes: impl Iterator<Item = u32>) -> Differences {
    let (mut letter, mut digit) = (None, None);
    let mut differences = Differences { symbols: Vec::new(), before: 0 };
    for (at, code) in codes.enumerate() {
        let byte = u8::try_from(code).unwrap_or(0x7f);
        let symbol = match byte.to_ascii_lowercase() {
            c @ b'a'..=b'z' => {
                let before = letter.replace(c);
                differences.before = if before.is_none() { at + 1 } else { differences.before };
                (c + 26 - before.unwrap_or(c)) % 26
            }
            c @ b'0'..=b'9' => {
                let before = digit.replace(c);
                differences.before = if before.is_none() { at + 1 } else { differences.before };
                26 + (c + 10 - before.unwrap_or(c)) % 10
            }
            other => 0x80 | other,
        };
        differences.symbols.push(symbol);
    }
    differences
}

/// Searches for the differences of secrets.
#[derive(Debug, Clone, Default)]
pub(super) struct Shifted(Vec<Search>);

#[derive(Debug, Clone)]
struct Search {
    shift: Shift,
    patterns: AhoCorasick,
    /// For each pattern: how many characters of the secret stand before those that are compared.
    before: Vec<usize>,
}

impl Shifted {
    /// Searches for these forms of secrets.
    pub(super) fn new(forms: &[String]) -> Self {
        let forms = forms.iter().map(|form| {
            form.chars().filter(|c| !c.is_ascii_whitespace()).map(u32::from).take(LONGEST + 1).collect::<Vec<u32>>()
        });
        let forms: Vec<Vec<u32>> = forms.filter(|form| form.len() <= LONGEST).collect();
        let search = |shift: Shift| {
            let (mut patterns, mut before) = (Vec::new(), Vec::new());
            for part in forms.iter().flat_map(|form| parts(form)) {
                let differences = shift.differences(part.iter().copied());
                let compared = differences.symbols.get(differences.before..).unwrap_or_default();
                let different: FxHashSet<&u8> = compared.iter().collect();
                if compared.len() >= FEWEST && different.len() >= FEWEST_DIFFERENT {
                    for pattern in std::iter::once(compared.to_vec()).chain(shift.backwards(compared)) {
                        patterns.push(pattern);
                        before.push(differences.before);
                    }
                }
            }
            let builder = (!patterns.is_empty()).then(AhoCorasick::builder);
            let built = builder?.match_kind(MatchKind::LeftmostLongest).build(patterns).ok()?;
            Some(Search { shift, patterns: built, before })
        };
        Self(Shift::ALL.into_iter().filter_map(search).collect())
    }

    /// The places of the secrets in a text of the characters `codes`, whatever they are shifted by.
    pub(super) fn spans(&self, codes: &[(u32, Span)]) -> Vec<Range<usize>> {
        self.0.iter().flat_map(|search| search.spans(codes)).collect()
    }

    /// Like [`Shifted::spans`], for bytes that are no text.
    pub(super) fn spans_in_bytes(&self, codes: &[(u32, Span)]) -> Vec<Range<usize>> {
        let of_bytes = self.0.iter().filter(|search| [Shift::Sum, Shift::Xor].contains(&search.shift));
        of_bytes.flat_map(|search| search.spans(codes)).collect()
    }
}

impl Search {
    fn spans(&self, codes: &[(u32, Span)]) -> Vec<Range<usize>> {
        let differences = self.shift.differences(codes.iter().map(|(code, _)| *code));
        let found = self.patterns.find_iter(&differences.symbols).filter_map(|found| {
            let start = found.start().saturating_sub(self.before[found.pattern().as_usize()]);
            let (first, last) = (codes.get(start)?, codes.get(found.end().checked_sub(1)?)?);
            Some(first.1.0 as usize..last.1.1 as usize)
        });
        found.collect()
    }
}

/// The parts of a form: one if it is short. The last one is as long as the others.
fn parts(form: &[u32]) -> Vec<&[u32]> {
    if form.len() <= PART {
        return vec![form];
    }
    let last = form.len() - PART;
    (0..last).step_by(PART).chain([last]).filter_map(|start| form.get(start..start + PART)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::spelling::Passage;
    use super::*;

    const SECRET: &str = "kX7pQ2mZ9vLs4RtYw1Bc";

    fn found(text: &str) -> Vec<&str> {
        let shifted = Shifted::new(&[SECRET.to_owned()]);
        let mut found: Vec<&str> =
            shifted.spans(&Passage::from(text).codes()).into_iter().map(|span| &text[span]).collect();
        found.dedup();
        found
    }

    #[test]
    fn every_distance_is_found() {
        let shift = |by: u32| SECRET.chars().map(|c| char::from_u32(u32::from(c) + by).unwrap()).collect::<String>();
        for by in [1, 0xFEE0, 0xE0000, 0xE00F0, 0xE000, 0x2800, 0x4E00, 0xF0000] {
            assert_eq!(found(&format!("It is {}.", shift(by))), [shift(by)], "{by:x}");
        }
        let turned = |by: u8| {
            let turn = |c: u8| (c - b'!' + by) % 94 + b'!';
            SECRET.bytes().map(|c| char::from(turn(c))).collect::<String>()
        };
        for by in 1..94 {
            assert_eq!(found(&format!("It is {} x", turned(by))), [turned(by)], "{by}");
        }
        let letters = |by: u8, by_digits: u8| {
            let turn = |c: u8| match c {
                b'a'..=b'z' => (c - b'a' + by) % 26 + b'a',
                b'A'..=b'Z' => (c - b'A' + by) % 26 + b'A',
                _ => (c - b'0' + by_digits) % 10 + b'0',
            };
            SECRET.bytes().map(|c| char::from(turn(c))).collect::<String>()
        };
        for (by, by_digits) in [(13, 0), (13, 5), (3, 0), (25, 9)] {
            assert_eq!(found(&format!("It is {}, 1", letters(by, by_digits))), [letters(by, by_digits)], "{by}");
        }
        let mirror = |c: u8| match c {
            b'a'..=b'z' => b'z' - (c - b'a'),
            b'A'..=b'Z' => b'Z' - (c - b'A'),
            _ => c,
        };
        let mirrored: String = SECRET.bytes().map(|c| char::from(mirror(c))).collect();
        assert_eq!(found(&mirrored), [mirrored.as_str()]);
        let keyed: String = SECRET.bytes().map(|c| char::from(c ^ 0x15)).collect();
        assert_eq!(found(&keyed).len(), 1);
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "------------------------------------",
            "kX7pQ2mZ9vLs4RtYw1Bd",
            "Gets the orders of a customer, as 12 lines.",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        assert!(Shifted::new(&["aaaaaaaaaabbbbbbbbbb".to_owned()]).0.is_empty());
    }
}
