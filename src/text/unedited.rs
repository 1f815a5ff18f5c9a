//! Whether a file is still as the program wrote it: its last line is a comment with the digest of everything above.

use super::digest::sha256;

/// Begins the last line, a comment in YAML, TOML and Rego alike.
const MARK: &str = "# Unedited: ";

/// `text` with the line that tells later whether somebody has edited it.
pub(crate) fn marked(text: &str) -> String {
    format!("{text}{MARK}{}\n", sha256([text]))
}

/// `text` as it was before [`marked`]; `None` if it was edited since, or never marked.
///
/// Ends of lines do not count, since version control changes them by itself.
pub(crate) fn unmarked(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let (above, digest) = text.trim_end_matches('\n').rsplit_once(MARK)?;
    (sha256([above]) == digest).then(|| above.to_owned())
}

/// True for a text that is as [`marked`] made it.
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
