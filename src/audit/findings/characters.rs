//! Characters that deceive: hidden, invisible, or taken from another script.

use unicode_security::confusable_detection::skeleton;

/// The first hidden character of `text`: tag characters outside of a flag, direction overrides and isolates, and the
/// codes that begin a terminal sequence.
pub fn hidden(text: &str) -> Option<char> {
    let mut in_flag = false;
    text.chars().find(|&c| {
        let is_tag = matches!(c, '\u{E0000}'..='\u{E007F}');
        // England, Scotland and Wales are a black flag, tags, and the tag that ends them.
        in_flag = c == '\u{1F3F4}' || (in_flag && is_tag && c != '\u{E007F}');
        let ends_flag = c == '\u{E007F}';
        let is_turn = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        is_turn || matches!(c, '\u{1b}' | '\u{9b}') || (is_tag && !in_flag && !ends_flag)
    })
}

/// The first character of `text` without a width that no script or emoji needs.
pub fn invisible(text: &str) -> Option<char> {
    let is_invisible =
        |c: char| matches!(c, '\u{200B}' | '\u{00AD}' | '\u{034F}' | '\u{180E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}');
    text.chars().find(|&c| is_invisible(c))
}

/// A name of Latin letters and others that look like them.
pub fn homoglyph(name: &str) -> Option<String> {
    if name.is_ascii() || !name.chars().any(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let foreign = |c: &char| !c.is_ascii() && skeleton(&c.to_string()).all(|like| like.is_ascii_alphanumeric());
    let c = name.chars().find(foreign)?;
    let like: String = skeleton(&c.to_string()).collect();
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
        assert_eq!(hidden("🏴\u{e0067}\u{e007f}\u{e0067}"), Some('\u{e0067}'), "tags after the end of a flag");
        assert_eq!(hidden("a\u{202e}b"), Some('\u{202e}'));
        assert_eq!((hidden("👨‍👩‍👧"), invisible("👨‍👩‍👧")), (None, None));
    }

    #[test]
    fn only_look_alikes_are_told() {
        assert_eq!(homoglyph("р_list").as_deref(), Some("The name holds U+0440, which looks like \"p\"."));
        for plain in ["löschen", "list_file", "删除file", "список"] {
            assert_eq!(homoglyph(plain), None, "{plain}");
        }
    }
}
