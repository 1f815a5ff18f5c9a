//! Reads hand-written YAML, with helpful error messages.

use std::borrow::Cow;

use serde::Deserialize;
use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter};

/// A file is not valid YAML or has another shape; the message has file, line and column, and an excerpt.
#[derive(Debug, thiserror::Error)]
#[error("{}", message(.file, .source))]
pub struct YamlError {
    file: String,
    source: Box<Error>,
}

/// Parses `text`, the content of `file`.
pub fn read<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, YamlError> {
    serde_saphyr::from_str(text).map_err(|source| YamlError { file: file.to_owned(), source: Box::new(source) })
}

/// The message for the author of `file`.
pub(crate) fn message(file: &str, error: &Error) -> String {
    let options = serde_saphyr::render_options! { formatter: &ForWriters, source_name: Some(file) };
    error.render_with_options(options)
}

/// The library's messages, except those that address a programmer.
struct ForWriters;

impl MessageFormatter for ForWriters {
    fn format_message<'a>(&self, error: &'a Error) -> Cow<'a, str> {
        match error {
            Error::Unexpected { expected: "sequence start", .. } => {
                "a list belongs here: each entry behind `- ` on a line of its own, or all of them as [a, b]".into()
            }
            Error::Unexpected { expected: "mapping start", .. } => {
                "keys with values belong here: `key: value`, each on a line of its own".into()
            }
            Error::DuplicateMappingKey { key: Some(key), .. } => {
                format!("the key {key} stands here twice: keep one of them").into()
            }
            Error::DuplicateMappingKey { .. } => "a key stands here twice: keep one of them".into(),
            other => DefaultMessageFormatter.format_message(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_to_whoever_wrote_it() {
        for (text, at, why) in [
            ("a: [x]\nb: y\n", "f.yaml:2:4", "a list belongs here"),
            ("a: [x]\na: [y]\n", "f.yaml:2:1", "the key a stands here twice: keep one of them"),
            ("- a\n", "f.yaml:1:1", "keys with values belong here"),
            ("a: [\n", "f.yaml:1:4", "unclosed bracket"),
        ] {
            let message_text = read::<BTreeMap<String, Vec<String>>>("f.yaml", text).unwrap_err().to_string();
            assert!(
                message_text.contains(at) && message_text.contains(why) && message_text.contains('^'),
                "{message_text}"
            );
            assert!(
                !message_text.contains("<input>") && !message_text.contains("DuplicateKeyPolicy"),
                "{message_text}"
            );
        }
    }
}
