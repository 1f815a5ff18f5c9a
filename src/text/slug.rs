//! Names for files and addresses made from hostile names: lower-case ASCII, bounded, stable, and distinct on
//! file systems that ignore case.

use sha2::{Digest, Sha256};

/// Longest slug in bytes, hash included; leaves room for an ending within 120 bytes.
const MAX_LEN: usize = 80;

/// Names that some file systems keep for devices, whatever their ending.
const RESERVED: [&str; 24] = [
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt0",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A file-name-safe form of `name`. A name that is already safe stays as it is; any other gets its readable part
/// and eight hex digits of its SHA-256, so that names which differ only in case or in odd characters stay apart and
/// a slug never depends on which other names exist.
pub fn slug(name: &str) -> String {
    let mut readable = String::with_capacity(name.len().min(MAX_LEN));
    for c in name.chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' => readable.push(c),
            'A'..='Z' => readable.push(c.to_ascii_lowercase()),
            _ if readable.ends_with('-') => {}
            _ => readable.push('-'),
        }
        if readable.len() >= MAX_LEN {
            break;
        }
    }
    let readable = readable.trim_matches('-');
    let plain = !name.is_empty() && readable == name && !RESERVED.contains(&readable) && readable != "index";
    if plain {
        return readable.to_owned();
    }
    let hash = short_hash(name);
    let room = MAX_LEN - hash.len() - 1;
    let kept = readable[..readable.len().min(room)].trim_end_matches('-');
    if kept.is_empty() { hash } else { format!("{kept}-{hash}") }
}

/// The first eight hex digits of the SHA-256 of `text`.
pub(crate) fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_names_stay() {
        assert_eq!(slug("create_api_key"), "create_api_key");
        assert_eq!(slug("list-tables2"), "list-tables2");
    }

    #[test]
    fn odd_names_are_safe_and_distinct() {
        let odd = [
            "createAPIKey",
            "createApiKey",
            "../../x",
            "CON",
            "con",
            "",
            " ",
            "-",
            "a/b",
            "a\\b",
            "índice",
            "..",
            "index",
        ];
        let slugs: Vec<String> = odd.iter().map(|n| slug(n)).collect();
        for s in &slugs {
            assert!(!s.is_empty() && s.len() <= MAX_LEN, "{s}");
            assert!(s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_'), "{s}");
            assert!(!RESERVED.contains(&s.as_str()));
        }
        let distinct: std::collections::BTreeSet<_> = slugs.iter().collect();
        assert_eq!(distinct.len(), slugs.len());
    }

    #[test]
    fn long_names_are_cut_and_stay_distinct() {
        let a = slug(&"x".repeat(300));
        let b = slug(&"x".repeat(301));
        assert!(a.len() <= MAX_LEN && b.len() <= MAX_LEN);
        assert_ne!(a, b);
    }
}
