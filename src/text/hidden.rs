//! Characters that a person does not see, by their Unicode properties: those that a renderer ignores, format controls,
//! variation selectors, fillers, blanks, and private use. Most of them have a place where a script or an emoji needs them.

use std::sync::LazyLock;

use regex::Regex;

/// A character that is invisible, or that fonts show differently or not at all.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\x{2800}\x{2000}-\x{200A}\x{205F}]--\p{Prepended_Concatenation_Mark}]",
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

/// Every hidden character of `text` that no script and no emoji needs where it stands, with its place in bytes.
pub fn hidden(text: &str) -> impl Iterator<Item = (usize, char)> {
    let found = (!text.is_ascii()).then(|| HIDDEN.find_iter(text));
    let found = found.into_iter().flatten().filter_map(|found| Some((found.start(), found.as_str().chars().next()?)));
    found.filter(|(at, c)| !is_needed(*c, text.get(..*at).and_then(|before| before.chars().next_back())))
}

/// True for a hidden character that has a use behind `previous`.
fn is_needed(c: char, previous: Option<char>) -> bool {
    let Some(previous) = previous else { return c == '\u{FEFF}' };
    let is = |class: &Regex| class.is_match(previous.encode_utf8(&mut [0; 4]));
    match c {
        '\u{00AD}' => previous.is_alphabetic(),
        '\u{200D}' => is(&JOINING) || is(&EMOJI),
        '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{180B}'..='\u{180F}' => is(&JOINING),
        '\u{FE00}'..='\u{FE0F}' => is(&VARIED) || is(&EMOJI),
        '\u{E0100}'..='\u{E01EF}' => is(&VARIED),
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
            "10\u{2009}km",
            "plain",
        ] {
            assert_eq!(hidden(text).next(), None, "{text}");
        }
    }

    #[test]
    fn hidden_characters_are_known_by_their_properties() {
        for c in [
            '\u{200b}',
            '\u{200c}',
            '\u{2060}',
            '\u{034f}',
            '\u{115f}',
            '\u{17b4}',
            '\u{180b}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe01}',
            '\u{fff9}',
            '\u{1bca0}',
            '\u{1d173}',
            '\u{e0101}',
            '\u{e001}',
            '\u{f0000}',
        ] {
            assert_eq!(hidden(&format!("a{c}b")).next(), Some((1, c)), "{c:?}");
        }
    }
}
