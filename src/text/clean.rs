//! Hostile text made safe to show to a person: no terminal control, no invisible or direction-changing characters.
//!
//! The model keeps exactly what a server sends, because a policy must name a tool exactly and an audit must see hidden
//! characters. Cleaning happens on output: terminal, page, comment, error.

use std::borrow::Cow;

use super::log::without_commands;

/// True for a character that must never reach a terminal, a page or a comment as it is: C0 and C1 controls (other
/// than tab and newline), bidirectional controls, zero-width and tag characters, interlinear marks, lone
/// byte-order marks, blanks that look like no blank, and the two noncharacters that YAML and XML refuse.
#[inline]
pub fn is_unsafe(c: char) -> bool {
    match c {
        '\t' | '\n' | ' '..='~' => false,
        c if c.is_control() => true,
        '\u{061C}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}' => true,
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' => true,
        '\u{FE00}'..='\u{FE0E}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' => true,
        '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{FFF0}'..='\u{FFF8}' => true,
        '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}' => true,
        _ => false,
    }
}

/// Removes terminal escape sequences and unsafe characters from `text`; newlines and tabs stay. Not `anstream`, because
/// it treats C1 controls in UTF-8 as text and leaves their parameters.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all texts are of such bytes alone, which is soon seen.
    let is_plain = |byte: u8| matches!(byte, b'\t' | b'\n' | b' '..=b'~');
    if !text.bytes().all(is_plain) && text.chars().any(is_unsafe) {
        Cow::Owned(without_escapes_and(text, is_unsafe))
    } else {
        Cow::Borrowed(text)
    }
}

/// Removes terminal escape sequences from `text`.
pub(crate) fn without_escapes(text: &str) -> Cow<'_, str> {
    let has_escapes = text.contains(['\u{1b}', '\u{9b}']);
    if has_escapes { Cow::Owned(without_escapes_and(text, |_| false)) } else { Cow::Borrowed(text) }
}

/// `text` without terminal escape sequences and without the characters that `is_removed` accepts.
fn without_escapes_and(text: &str, is_removed: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_csi(&mut chars),
            c if is_removed(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Cleans `text` and puts it on one line: each run of white space becomes one space, ends are trimmed, and commands of
/// CI systems that read logs are broken up.
pub(crate) fn one_line(text: &str) -> String {
    if is_one_line(text) {
        return without_commands(text).into_owned();
    }
    let mut out = String::with_capacity(text.len());
    for word in clean(text).split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    match without_commands(&out) {
        Cow::Borrowed(_) => out,
        Cow::Owned(broken) => broken,
    }
}

/// True for words of printable ASCII with single spaces between them, as most short texts are.
fn is_one_line(text: &str) -> bool {
    let mut previous = b' ';
    let is_plain = text.bytes().all(|byte| {
        let is_plain = matches!(byte, b'!'..=b'~') || byte == b' ' && previous != b' ';
        previous = byte;
        is_plain
    });
    is_plain && previous != b' '
}

/// `text` on one line, with unsafe characters escaped: `\u{202e}`.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    one_line(&out)
}

/// `text` on one line without loss: unsafe characters are escaped, and so is all white space except single spaces
/// between words: `a \u{20}b`.
pub(crate) fn exact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut follows_a_word = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_kept = match c {
            ' ' => follows_a_word && chars.peek().is_some(),
            c => !c.is_whitespace() && !is_unsafe(c),
        };
        if is_kept {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
        follows_a_word = !c.is_whitespace();
    }
    without_commands(&out).into_owned()
}

/// `text` cleaned, on one line and cut to `max` characters; a cut is marked with "...".
pub(crate) fn excerpt(text: &str, max: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= max {
        return line;
    }
    let kept: String = line.chars().take(max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end_matches([' ', ',', '.', ';', ':']))
}

/// Like `excerpt`, but cuts between words if there is a gap near the end.
pub(crate) fn excerpt_of_words(text: &str, max: usize) -> String {
    let cut = excerpt(text, max);
    let Some(kept) = cut.strip_suffix("...").filter(|_| one_line(text).chars().count() > max) else { return cut };
    match kept.rsplit_once(' ') {
        Some((words, last)) if last.chars().count() < max / 4 => {
            format!("{}...", words.trim_end_matches([' ', ',', '.', ';', ':']))
        }
        _ => cut,
    }
}

/// Skips what follows ESC: a CSI sequence, an OSC or similar string up to BEL or ST, or one character.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            while let Some(c) = chars.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    return;
                }
                if c == '\u{1b}' {
                    chars.next_if_eq(&'\\');
                    return;
                }
            }
        }
        Some(c) if c.is_ascii_graphic() => {
            chars.next();
        }
        _ => {}
    }
}

/// Skips the parameters and the final letter of a control sequence.
fn skip_csi(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = chars.next_if(|c| ('\u{20}'..='\u{7e}').contains(c)) {
        if ('\u{40}'..='\u{7e}').contains(&c) {
            return;
        }
    }
}

/// A name from a server inside a sentence of ours, at most `max` characters of it: one of several words is quoted, so that
/// it is no part of the sentence.
pub(crate) fn name(name: &str, max: usize) -> String {
    let shown = excerpt(name, max);
    if shown.contains(char::is_whitespace) { quoted(&shown) } else { shown }
}

/// `text` in quotation marks that it cannot end.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_vanish_whole() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m b"), "ared b");
        assert_eq!(clean("t\u{1b}]0;title\u{7}x"), "tx");
        assert_eq!(clean("l\u{1b}]8;;http://e.vil\u{1b}\\ink"), "link");
        assert_eq!(clean("c\u{9b}2Jx"), "cx");
        assert_eq!(clean("end\u{1b}"), "end");
    }

    #[test]
    fn exact_texts_differ_where_their_texts_do() {
        for (text, shown) in [
            ("a b", "a b"),
            ("a  b", "a \\u{20}b"),
            (" a ", "\\u{20}a\\u{20}"),
            ("a\tb\n", "a\\u{9}b\\u{a}"),
            ("a\u{a0}b\u{200b}", "a\\u{a0}b\\u{200b}"),
        ] {
            assert_eq!(exact(text), shown);
            assert_eq!(one_line(&exact(text)), shown, "nothing of it is lost later");
        }
    }

    #[test]
    fn invisible_and_direction_characters_vanish() {
        assert_eq!(clean("a\u{202e}b\u{200b}c\u{feff}d\u{e0041}e\u{2066}f"), "abcdef");
        assert_eq!(clean("no\u{fffe}\u{ffff}ne"), "none");
        assert_eq!(clean("bell\u{7} back\u{8} cr\r"), "bell back cr");
    }

    #[test]
    fn ordinary_text_is_not_touched() {
        let text = "Löscht Einträge – 删除记录\n\tтаблица 🛡";
        assert!(matches!(clean(text), Cow::Borrowed(t) if t == text));
    }

    #[test]
    fn what_is_hidden_can_be_shown() {
        assert_eq!(visible("a\u{202e}b\n c\u{1b}[2J"), "a\\u{202e}b c\\u{1b}[2J");
    }

    #[test]
    fn one_line_and_excerpt() {
        assert_eq!(one_line("  a\n\n b\tc "), "a b c");
        assert_eq!(excerpt("one two three", 100), "one two three");
        assert_eq!(excerpt("one, two three", 7), "one...");
    }

    #[test]
    fn an_excerpt_of_words_ends_with_a_word() {
        assert_eq!(excerpt_of_words("Deletes the given customers for good", 22), "Deletes the given...");
        assert_eq!(excerpt_of_words("short enough", 22), "short enough");
        assert_eq!(excerpt_of_words(&"x".repeat(40), 10), "xxxxxxx...");
    }
}
