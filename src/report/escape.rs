//! JSON output that is safe on a terminal and in a log. Invisible, direction-changing and control characters are
//! written as `\uXXXX`. So is a `#` that is followed by another `#`, because CI commands begin with `##`. The printed
//! file cannot trigger terminal or CI actions, and a parser still reads exactly what the server sent.

use std::io::{self, Write};

use serde_json::ser::Formatter;

use crate::text::clean::is_unsafe;

/// Formats as `F` does, and escapes every character that is not safe to show.
pub(super) struct EscapingFormatter<F>(pub(super) F);

impl<F: Formatter> Formatter for EscapingFormatter<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        // Nearly all texts are of such bytes alone, which is soon seen.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'"' | b'$'..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let is_escaped = |rest: &str, at: usize, c: char| is_unsafe(c) || rest[at..].starts_with("##");
        while let Some((at, c)) = rest.char_indices().find(|&(at, c)| is_escaped(rest, at, c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::ser::{CompactFormatter, PrettyFormatter, Serializer};
    use serde_json::{Value, json};

    use super::*;

    fn written<F: Formatter>(value: &Value, formatter: F) -> String {
        let mut out = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut out, EscapingFormatter(formatter))).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_unsafe_character_is_escaped_and_reads_back() {
        let hostile: String = (0..=char::MAX as u32).filter_map(char::from_u32).filter(|&c| is_unsafe(c)).collect();
        let value = json!({ "plain é 删 🛡\n": format!("a{hostile}b\"\\"), &hostile: [hostile.clone()] });
        let text = written(&value, CompactFormatter);
        assert!(!text.chars().any(is_unsafe), "{text}");
        assert!(text.contains("é 删 🛡\\n") && text.contains("\\u202e") && text.contains("\\u009b"));
        let command = json!({"a": "##vso[task.complete]", "##[error]": "# heading ###"});
        let text_of_command = written(&command, CompactFormatter);
        assert!(!text_of_command.contains("##") && text_of_command.contains("# heading"));
        assert_eq!(serde_json::from_str::<Value>(&text_of_command).unwrap(), command);
        assert!(text.contains("\\udb40\\udc41"), "a character beyond the first plane is a surrogate pair");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn the_layout_is_that_of_the_inner_formatter() {
        let value = json!({ "a": [1, {"b": []}], "c": {} });
        assert_eq!(written(&value, PrettyFormatter::new()), serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(written(&value, CompactFormatter), value.to_string());
    }
}
