//! Characters that a person does not see, by their Unicode properties: those that a renderer ignores, controls, variation
//! selectors, fillers, blanks, private use and what is not assigned. Most of them have a place where a script or an emoji needs
//! them.

use std::sync::LazyLock;

use regex::Regex;

/// A character that is invisible, or that fonts show differently or not at all.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[[\p{Default_Ignorable_Code_Point}\p{C}\p{Zl}\p{Zp}\x{2800}\x{2000}-\x{200A}\x{205F}\x{16FE4}\x{1D159}]--[\p{Prepended_Concatenation_Mark}\t\n\r]]",
    )
});
/// Scripts whose words hold joiners, marks of direction or breaks without a width.
static JOINING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}\p{Mandaic}\p{Hebrew}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Thai}\p{Lao}\p{Tibetan}\p{Javanese}\p{Balinese}]",
    )
});
/// What an emoji is made of.
static EMOJI: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\x{FE0F}]"));
/// What a variation selector can vary.
static VARIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{Han}\p{S}\p{N}\p{P}\p{Myanmar}\p{Mongolian}]"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of our own is valid")
}

/// How far a mark of direction may stand from a letter of its script.
const NEAR: usize = 8;

/// Every hidden character of `text` that no script and no emoji needs where it stands, with its place in bytes.
pub(crate) fn hidden(text: &str) -> impl Iterator<Item = (usize, char)> {
    unseen(text).filter(|(at, c)| !is_needed(*c, *at, text))
}

/// The joiners and marks of `text` that stand where a script may need them; those between emoji are none.
pub(crate) fn joiners(text: &str) -> impl Iterator<Item = (usize, char)> {
    let follows_emoji =
        |at: usize| text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| is(&EMOJI, c));
    unseen(text).filter(move |(at, c)| is_joiner(*c) && is_needed(*c, *at, text) && !follows_emoji(*at))
}

fn unseen(text: &str) -> impl Iterator<Item = (usize, char)> {
    // Plain text holds none.
    let may_hold = !text.is_ascii() || text.bytes().any(|byte| byte.is_ascii_control() && !b"\t\n\r".contains(&byte));
    let found = may_hold.then(|| HIDDEN.find_iter(text));
    found.into_iter().flatten().filter_map(|found| Some((found.start(), found.as_str().chars().next()?)))
}

/// True for what joins, divides or turns the letters of a script.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200C}' | '\u{200D}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{180B}'..='\u{180F}')
}

fn is(class: &Regex, c: char) -> bool {
    class.is_match(c.encode_utf8(&mut [0; 4]))
}

/// True for the hidden character `c`, at `at` in `text`, that has a use there.
fn is_needed(c: char, at: usize, text: &str) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + c.len_utf8()..).unwrap_or_default();
    let Some(previous) = before.chars().next_back() else { return c == '\u{FEFF}' };
    // A character of a script that is hidden itself needs no other.
    let follows_script = || is(&JOINING, previous) && !is(&HIDDEN, previous);
    match c {
        '\u{00AD}' => previous.is_alphabetic(),
        '\u{200D}' => follows_script() || is(&EMOJI, previous),
        '\u{200B}' | '\u{200C}' | '\u{180B}'..='\u{180F}' => follows_script(),
        '\u{200E}' | '\u{200F}' | '\u{061C}' => {
            let is_near = |c: char| is(&JOINING, c) && !is(&HIDDEN, c);
            !is(&HIDDEN, previous)
                && (before.chars().rev().take(NEAR).any(is_near) || after.chars().take(NEAR).any(is_near))
        }
        // A digit is varied only where a key is drawn around it.
        '\u{FE0E}' | '\u{FE0F}' if previous.is_ascii() => after.starts_with('\u{20E3}'),
        '\u{FE00}'..='\u{FE0F}' => is(&VARIED, previous) || is(&EMOJI, previous),
        '\u{E0100}'..='\u{E01EF}' => is(&VARIED, previous),
        // A thin space between words, and an icon of a font.
        '\u{2000}'..='\u{200A}' | '\u{205F}' => !previous.is_whitespace(),
        '\u{E000}'..='\u{F8FF}' => previous.is_whitespace(),
        // Flags are spelled with tags, which the rule for hidden text looks at by itself.
        '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_or_an_emoji_needs_is_not_hidden() {
        for text in [
            "فهرست یادداشت\u{200c}ها",
            "क्\u{200d}ष",
            "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            "葛\u{e0100}",
            "Donau\u{ad}dampf",
            "ไทย\u{200b}ไทย",
            "עברית\u{200f}",
            "(עולם)\u{200e} a",
            "a\r\n\tb",
            "10\u{2009}km",
            "plain",
        ] {
            assert_eq!(hidden(text).next(), None, "{text}");
        }
    }

    #[test]
    fn hidden_characters_are_known_by_their_properties() {
        for c in [
            '\u{1}',
            '\u{8}',
            '\u{7f}',
            '\u{81}',
            '\u{378}',
            '\u{200b}',
            '\u{200c}',
            '\u{2028}',
            '\u{2060}',
            '\u{034f}',
            '\u{115f}',
            '\u{17b4}',
            '\u{180b}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe01}',
            '\u{fdd0}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{16fe4}',
            '\u{1bca0}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{e0101}',
            '\u{e001}',
            '\u{f0000}',
        ] {
            assert_eq!(hidden(&format!("a{c}b")).next(), Some((1, c)), "{c:?}");
        }
    }
}
