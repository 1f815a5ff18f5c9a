//! Detects edits of generated files: the last line is a comment with the digest of everything above it.

use super::digest::sha256;

/// Start of the last line, a comment in YAML, TOML, Rego and shell scripts.
const MARK: &str = "# Unedited: ";

/// Appends the line by which a later edit is detected.
pub(crate) fn marked(text: &str) -> String {
    format!("{text}{MARK}{}\n", sha256([text]))
}

/// Removes the line of [`marked`]; `None` if the text was edited since, or never marked.
///
/// Line endings do not count, since version control changes them.
pub(crate) fn unmarked(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let (above, digest) = text.trim_end_matches('\n').rsplit_once(MARK)?;
    (sha256([above]) == digest).then(|| above.to_owned())
}

/// True if `text` is unchanged since [`marked`].
pub(crate) fn is_unedited(text: &str) -> bool {
    unmarked(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_anywhere_is_seen_and_another_end_of_lines_is_none() {
        let text = marked("a: 1\nb: 2\n");
        assert!(is_unedited(&text));
        assert_eq!(unmarked(&text).as_deref(), Some("a: 1\nb: 2\n"));
        assert!(is_unedited(&text.replace('\n', "\r\n")));
        for edited in [text.replace('1', "2"), format!("{text}c: 3\n"), format!("# mine\n{text}"), "a: 1\n".into()] {
            assert!(!is_unedited(&edited), "{edited}");
        }
    }
}
