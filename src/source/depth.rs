//! JSON nested deeper than it can be read: what lies too deep is left out, so that the rest is not lost with it. Its
//! digest stands in its place, so that a change of it changes the digest of what holds it.

use std::borrow::Cow;

use crate::text::digest::sha256;

/// Levels that are kept. Real schemas have a dozen; the JSON parser refuses more than 128.
pub(crate) const MAX_DEPTH: usize = 100;

/// `text` with a string in the place of every array and object below [`MAX_DEPTH`] levels of them. What is no JSON stays
/// as wrong as it was.
pub(crate) fn within(text: &str) -> Cow<'_, str> {
    let (mut kept, mut copied, mut cut_at, mut depth) = (String::new(), 0, 0, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth == MAX_DEPTH + 1 {
                    kept.push_str(text.get(copied..at).unwrap_or_default());
                    (copied, cut_at) = (text.len(), at);
                }
            }
            b']' | b'}' if !in_string => {
                if depth == MAX_DEPTH + 1 {
                    copied = at + 1;
                    kept.push_str(&place_of(text.get(cut_at..copied).unwrap_or_default()));
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    if kept.is_empty() {
        return Cow::Borrowed(text);
    }
    kept.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(kept)
}

/// The string that stands in the place of what is left out.
fn place_of(text: &str) -> String {
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
        assert!(matches!(within(&nested(MAX_DEPTH)), Cow::Borrowed(_)));
        let text = format!("{{\"a\":{},\"b\":[{}],\"c\":\"[[\"}}", nested(200), nested(100_000));
        let value: Value = serde_json::from_str(&within(&text)).unwrap();
        assert_eq!(value["c"], "[[");
        let mut inner = &value["a"];
        for _ in 1..MAX_DEPTH {
            inner = &inner[0];
        }
        assert!(inner.as_str().unwrap().starts_with("(nested too deep: sha256:"));
        let other = within(&text.replacen("1,\"]", "2,\"]", 1)).into_owned();
        assert_ne!(other, within(&text), "another content has another digest");
        assert!(serde_json::from_str::<Value>(&within(&"[".repeat(5_000))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "[\\[\\]{}\",:a1\\\\é]{0,400}") {
            let kept = within(&text);
            let again = within(&kept);
            prop_assert_eq!(again.as_ref(), kept.as_ref());
        }
    }
}
