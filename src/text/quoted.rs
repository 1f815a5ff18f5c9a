//! Block quotations of Markdown, with the line that introduces them.

use std::borrow::Cow;

/// `text` with each quotation that begins with a quotation mark behind the heading or the sentence with a colon that
/// introduces it, as in a sentence: `Example: "..."`.
pub(crate) fn with_introductions(text: &str) -> Cow<'_, str> {
    if !text.lines().any(|line| quotation(line).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut joined = String::with_capacity(text.len());
    let mut introduction: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let (trimmed, quotation) = (line.trim(), quotation(line));
        if let (Some(before), Some(quoted)) = (introduction, quotation) {
            joined.truncate(joined.trim_end().len());
            joined.push_str(if before.ends_with(':') { " " } else { ": " });
            joined.push_str(quoted);
            joined.push('\n');
        } else {
            joined.push_str(line);
        }
        let introduces = trimmed.starts_with('#') || trimmed.ends_with(':');
        if !trimmed.is_empty() {
            introduction = (introduces && quotation.is_none()).then_some(trimmed);
        }
    }
    Cow::Owned(joined)
}

/// The text of a line of a block quotation that begins with a quotation mark.
fn quotation(line: &str) -> Option<&str> {
    let quoted = line.trim().strip_prefix('>')?.trim_start();
    quoted.starts_with(['"', '\'', '`']).then_some(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_follows_what_introduces_it() {
        assert_eq!(
            with_introductions("## Example\n\n> \"Do x.\"\n\nReport it.\n"),
            "## Example: \"Do x.\"\n\nReport it.\n"
        );
        assert_eq!(with_introductions("An attack:\n> `x`"), "An attack: `x`\n");
        for text in ["Text.\n> \"Do x.\"\n", "## Example\n> Do x.\n", "## Example\nText.\n> \"Do x.\"\n"] {
            assert_eq!(with_introductions(text), text);
        }
    }
}
