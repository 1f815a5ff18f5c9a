//! Characters that deceive: hidden, invisible, or taken from another script.

use unicode_security::confusable_detection::skeleton;

/// What stands behind the black flag in those of England, Scotland and Wales: the only tag characters that are seen.
const FLAGS: [&str; 3] = [
    "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// The first hidden character of `text`: tag characters outside of a flag, variation selectors that vary nothing,
/// direction overrides and isolates, and the codes that begin a terminal sequence.
pub fn hidden(text: &str) -> Option<char> {
    if text.is_ascii() {
        return text.chars().find(|&c| c == '\u{1b}');
    }
    let mut previous = ' ';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_turn = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        let is_tag = matches!(c, '\u{E0000}'..='\u{E007F}');
        if is_turn || is_tag || matches!(c, '\u{1b}' | '\u{9b}') || varies_nothing(c, previous) {
            return Some(c);
        }
        rest = &rest[c.len_utf8()..];
        if c == '\u{1F3F4}' {
            rest = FLAGS.iter().find_map(|flag| rest.strip_prefix(flag)).unwrap_or(rest);
        }
        previous = c;
    }
    None
}

/// True for a variation selector behind another one, or one for ideographs behind anything else: a row of them spells
/// bytes.
fn varies_nothing(c: char, previous: char) -> bool {
    let for_ideographs = |c| matches!(c, '\u{E0100}'..='\u{E01EF}');
    let varies = |c| matches!(c, '\u{FE00}'..='\u{FE0F}') || for_ideographs(c);
    let is_ideograph =
        matches!(previous, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    varies(c) && (varies(previous) || (for_ideographs(c) && !is_ideograph))
}

/// The first character of `text` without a width or without ink that no script or emoji needs.
pub fn invisible(text: &str) -> Option<char> {
    let is_invisible = |c: char| {
        matches!(
            c,
            '\u{200B}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{2060}'
                ..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        )
    };
    text.chars().find(|&c| is_invisible(c))
}

/// A name of Latin letters and others that look like them.
pub fn homoglyph(name: &str) -> Option<String> {
    if name.is_ascii() || !name.chars().any(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let (c, like) = name.chars().filter(|c| !c.is_ascii()).find_map(|c| {
        let like: String = skeleton(&c.to_string()).collect();
        // What is not seen looks like nothing.
        (!like.is_empty() && like.chars().all(|like| like.is_ascii_alphanumeric())).then_some((c, like))
    })?;
    Some(format!("The name holds {}, which looks like \"{like}\".", code(c)))
}

/// `U+200B`.
pub fn code(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_joiners_are_not_hidden_text() {
        assert_eq!(hidden("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} ok"), None);
        assert_eq!(hidden("🏴\u{e0068}\u{e0069}\u{e007f}"), Some('\u{e0068}'), "no country's flag");
        let after = format!("🏴{}\u{e0061}", FLAGS[1]);
        assert_eq!(hidden(&after), Some('\u{e0061}'), "tags after the end of a flag");
        assert_eq!(hidden("a\u{202e}b"), Some('\u{202e}'));
        assert_eq!((hidden("👨‍👩‍👧"), invisible("👨‍👩‍👧")), (None, None));
    }

    #[test]
    fn a_row_of_variation_selectors_is_hidden_text() {
        assert_eq!(hidden("❤\u{fe0f} 1\u{fe0f}\u{20e3} 葛\u{e0100}"), None);
        assert_eq!(hidden("❤\u{fe0f}\u{fe01}"), Some('\u{fe01}'));
        assert_eq!(hidden("a\u{e0121}"), Some('\u{e0121}'));
        for blank in ['\u{3164}', '\u{115f}', '\u{2800}'] {
            assert_eq!(invisible(&format!("a{blank}b")), Some(blank));
        }
    }

    #[test]
    fn only_look_alikes_are_told() {
        assert_eq!(homoglyph("р_list").as_deref(), Some("The name holds U+0440, which looks like \"p\"."));
        for plain in ["löschen", "list\u{202e}_file", "list_file", "删除file", "список"] {
            assert_eq!(homoglyph(plain), None, "{plain}");
        }
    }
}
