//! Digests: short, reproducible names for long values.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// `sha256:` and 64 hex digits over `parts`. Each part ends with a zero byte, so that parts cannot run together.
pub(crate) fn sha256(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_ref());
        hash.update([0]);
    }
    shown(hash)
}

/// `sha256:` and the hex digits of the SHA-256 of `bytes` alone, as other programs give it for a file.
pub(crate) fn of_file(bytes: &[u8]) -> String {
    shown(Sha256::new_with_prefix(bytes))
}

fn shown(hash: Sha256) -> String {
    let mut digest = String::with_capacity("sha256:".len() + 64);
    digest.push_str("sha256:");
    for byte in hash.finalize() {
        digest.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    digest
}

/// `sha256` of `text` with runs of white space replaced by one space, without building that string.
pub(crate) fn of_words(text: &str) -> String {
    let mut hash = Sha256::new();
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            hash.update(" ");
        }
        hash.update(word);
    }
    hash.update([0]);
    shown(hash)
}

/// `value` as canonical JSON (RFC 8785): independent of key order and number format.
pub(crate) fn canonical(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).unwrap_or_else(|_| value.to_string())
}

/// `sha256` of the canonical JSON of `value`.
pub(crate) fn of_json(value: &Value) -> String {
    sha256([canonical(value)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn white_space_between_words_is_not_in_the_digest_of_words() {
        assert_eq!(of_words("  a\n\tb "), sha256(["a b"]));
        assert_eq!(of_words(" "), sha256([""]));
        assert_ne!(of_words("a b"), of_words("ab"));
    }

    #[test]
    fn a_digest_knows_no_order_of_keys_and_no_form_of_numbers() {
        let read = |text: &str| of_json(&serde_json::from_str(text).unwrap());
        assert_eq!(
            read(r#"{"b": [1.0, 1e2], "a": {"d": 1, "c": "\u00e4"}}"#),
            read(r#"{"a":{"c":"ä","d":1},"b":[1,100]}"#)
        );
        assert_ne!(of_json(&json!([1, 2])), of_json(&json!([2, 1])));
        assert_ne!(of_json(&json!(u64::MAX)), of_json(&json!(1)));
    }
}
