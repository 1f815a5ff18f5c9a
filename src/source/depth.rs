//! Limits the nesting of JSON, so that one part that is too deep does not make the whole document unreadable. That part
//! is replaced by its digest, so a change in it still changes the digest of the document.

use std::borrow::Cow;

use crate::text::digest::sha256;

/// Maximum nesting depth. Real schemas have a dozen levels; the JSON parser refuses more than 128.
pub(crate) const MAX_DEPTH: usize = 100;

/// Replaces every array and object of `text` below [`MAX_DEPTH`] levels by a string. Invalid JSON stays invalid.
pub(crate) fn limit_depth(text: &str) -> Cow<'_, str> {
    let (mut output, mut copied, mut cut_at, mut depth) = (String::new(), 0, 0, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth == MAX_DEPTH + 1 {
                    output.push_str(text.get(copied..at).unwrap_or_default());
                    (copied, cut_at) = (text.len(), at);
                }
            }
            b']' | b'}' if !in_string => {
                if depth == MAX_DEPTH + 1 {
                    copied = at + 1;
                    output.push_str(&replacement(text.get(cut_at..copied).unwrap_or_default()));
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    if output.is_empty() {
        return Cow::Borrowed(text);
    }
    output.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(output)
}

/// The string that replaces a part that is too deep.
fn replacement(text: &str) -> String {
    format!("\"(nested too deep: {})\"", sha256([text]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn nested(levels: usize) -> String {
        format!("{}1,\"]\\\"[\"{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn only_what_is_too_deep_is_left_out() {
        assert!(matches!(limit_depth(&nested(MAX_DEPTH)), Cow::Borrowed(_)));
        let text = format!("{{\"a\":{},\"b\":[{}],\"c\":\"[[\"}}", nested(200), nested(100_000));
        let value: Value = serde_json::from_str(&limit_depth(&text)).unwrap();
        assert_eq!(value["c"], "[[");
        let mut inner = &value["a"];
        for _ in 1..MAX_DEPTH {
            inner = &inner[0];
        }
        assert!(inner.as_str().unwrap().starts_with("(nested too deep: sha256:"));
        let other = limit_depth(&text.replacen("1,\"]", "2,\"]", 1)).into_owned();
        assert_ne!(other, limit_depth(&text), "another content has another digest");
        assert!(serde_json::from_str::<Value>(&limit_depth(&"[".repeat(5_000))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "[\\[\\]{}\",:a1\\\\é]{0,400}") {
            let output = limit_depth(&text);
            let again = limit_depth(&output);
            prop_assert_eq!(again.as_ref(), output.as_ref());
        }
    }
}
