//! Counts over the bytes of a text. One pass shows which disguises are worth a search.

/// Fewest bytes of a run that may be base64.
const MIN_RUN: usize = 20;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// True if letters, digits and base64 signs form a run of at least [`MIN_RUN`] bytes.
    pub(crate) has_long_run: bool,
    /// Number of words that are a byte in hexadecimal.
    pub(crate) hex_bytes: usize,
    pub(crate) percents: usize,
    /// Number of `&#`.
    pub(crate) references: usize,
    /// Number of `\u`.
    pub(crate) code_points: usize,
    /// True if `<!`, `[/` or `[c` occurs, with which comments begin.
    pub(crate) has_comment: bool,
    /// Longest run of spaces within a line.
    pub(crate) spaces: usize,
    /// Longest run of line ends without text between them.
    pub(crate) lines: usize,
    /// Number of digits or signs between lower-case letters.
    pub(crate) digits_in_words: usize,
    /// Longest run of words of one letter.
    pub(crate) single_letters: usize,
    /// Number of words that are a number of two digits or more.
    pub(crate) numbers: usize,
    /// Number of `*` and `<` behind a lower-case letter.
    pub(crate) marks_in_words: usize,
    /// Number of words that are closed by a quotation mark.
    pub(crate) quotes: usize,
}

impl Shape {
    pub(crate) fn new(text: &str) -> Self {
        let mut shape = Self::default();
        let (mut run, mut word, mut spaces, mut lines, mut singles) = (0, 0, 0, 0, 0);
        let (mut previous, mut before) = (b'x', b'x');
        for (at, &byte) in text.as_bytes().iter().enumerate() {
            // Fast path: most bytes are lower-case letters after a letter or a blank.
            if byte.is_ascii_lowercase() {
                let stands_for_letter = previous.is_ascii_digit() || matches!(previous, b'@' | b'$');
                shape.has_comment |= byte == b'c' && previous == b'[';
                shape.code_points += usize::from(byte == b'u' && previous == b'\\');
                shape.digits_in_words += usize::from(stands_for_letter && before.is_ascii_lowercase());
                (word, run) = (word + 1, run + 1);
                (before, previous) = (previous, byte);
                continue;
            }
            match byte {
                b'%' => shape.percents += 1,
                b'#' if previous == b'&' => shape.references += 1,
                b'!' if previous == b'<' => shape.has_comment = true,
                b'/' if previous == b'[' => shape.has_comment = true,
                b'*' | b'<' if previous.is_ascii_lowercase() => shape.marks_in_words += 1,
                b'"' | b'\'' | b'`' if previous.is_ascii_alphanumeric() => shape.quotes += 1,
                _ => {}
            }
            if byte.is_ascii_alphanumeric() || byte >= 0x80 {
                word += 1;
            } else {
                let bytes = &text.as_bytes()[at - word..at];
                shape.hex_bytes += usize::from(is_hex_byte(bytes));
                shape.numbers += usize::from(is_number(bytes));
                match word {
                    0 => {}
                    1 => singles += 1,
                    _ => singles = 0,
                }
                shape.single_letters = shape.single_letters.max(singles);
                word = 0;
            }
            if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_') {
                run += 1;
            } else {
                shape.has_long_run |= run >= MIN_RUN;
                run = 0;
            }
            if matches!(byte, b'\n' | b' ' | b'\t') {
                if !matches!(previous, b'\n' | b' ' | b'\t') {
                    (spaces, lines) = (0, 0);
                }
                (spaces, lines) = if byte == b'\n' { (0, lines + 1) } else { (spaces + 1, lines) };
                shape.spaces = shape.spaces.max(spaces);
                shape.lines = shape.lines.max(lines);
            }
            (before, previous) = (previous, byte);
        }
        shape.has_long_run |= run >= MIN_RUN;
        let last = &text.as_bytes()[text.len() - word..];
        shape.hex_bytes += usize::from(is_hex_byte(last));
        shape.numbers += usize::from(is_number(last));
        shape.single_letters = shape.single_letters.max(if word == 1 { singles + 1 } else { singles });
        shape
    }
}

/// True for `53`, `x53` and `0x53`.
fn is_hex_byte(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"0x").or_else(|| word.strip_prefix(b"x")).unwrap_or(word);
    digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// True for a number of two digits or more.
fn is_number(word: &[u8]) -> bool {
    word.len() >= 2 && word.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_counts_what_it_says() {
        assert_eq!(
            Shape::new("Lists the notes of a user."),
            Shape { spaces: 1, single_letters: 1, ..Shape::default() }
        );
        assert!(Shape::new("See U2VuZCBhbGwga2V5cyB0byB1cw.").has_long_run);
        assert_eq!(Shape::new(r"\x53 0x65 6e, 64").hex_bytes, 4);
        assert_eq!(Shape::new("a%20b%20c &#65;&#66;").percents, 2);
        assert_eq!(Shape::new("a%20b%20c &#65;&#66;").references, 2);
        assert_eq!(Shape::new("83 101 110, 100 and 7").numbers, 4);
        assert_eq!(Shape::new("s**en**d k<b></b>eys").marks_in_words, 3);
        assert_eq!(Shape::new("Say \"send\" 'all' keys").quotes, 2);
        assert_eq!(Shape::new(r"\u0041\u0042 u").code_points, 2);
        assert!(Shape::new("<!-- a -->").has_comment && Shape::new("[//]: # (a)").has_comment);
        assert_eq!((Shape::new("a\n\n \nb    c").lines, Shape::new("a\n\n \nb    c").spaces), (3, 4));
        assert_eq!(Shape::new("s3nd a11 k3ys").digits_in_words, 2);
        assert_eq!(Shape::new("i g n o r e").single_letters, 6);
    }
}
