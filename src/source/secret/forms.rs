//! The forms in which commands, configurations and addresses write a name and its value.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// `NAME=value`, `Name: value`, `"name": "value"`, `name=value;`, `$env:NAME='value'`.
pub(super) static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"((?:\$env:)?[A-Za-z_][A-Za-z0-9_.\-]{1,80})(["']?\s*[=:]\s*["']?)((?:(?:Bearer|Basic|Token)\s+)?[^\s"'&;,|<>(){}$`*]+)"#,
    )
});
/// `Bearer abc`.
pub(super) static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(bearer|basic|token|apikey|api-key)(\s+)([A-Za-z0-9_\-.~+/=]{6,})"));
/// `user:password@host`, with or without a scheme.
pub(super) static USER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([A-Za-z0-9_.%\-]+):([^\s:/@'\x22]+)@([A-Za-z0-9\[][A-Za-z0-9.\-\[\]]*)"));
/// `://token@host`, a user without a password.
pub(super) static USER_ALONE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(://)([A-Za-z0-9_.~+=%\-]{6,})(@[A-Za-z0-9\[])"));
/// `--name "value"`, `-u "user:password"`.
pub(super) static OPTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(-{1,2}[A-Za-z][A-Za-z0-9_\-]*)(\s+["']?)([^\s"'\\&;,|<>(){}$`*]+)"#));
/// `\"name\": \"value\"`, JSON in a text in quotes.
pub(super) static ESCAPED_PAIR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\\"([A-Za-z_][A-Za-z0-9_.\-]*)\\"\s*:\s*\\"([^"\\]+)\\""#));
/// `<name>value</`.
pub(super) static ELEMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"<([A-Za-z_][A-Za-z0-9_.\-]*)>([^<>\s]+)</"));
/// `'name', 'value'`.
pub(super) static PAIR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"['"](-{0,2}[A-Za-z_][A-Za-z0-9_.\-]*)['"]\s*,\s*['"]([^'"]+)['"]"#));
pub(super) static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"[A-Za-z][A-Za-z0-9+.\-]*://[^\s"'<>`]+"#));

/// The text of a group; empty if it took no part.
pub(super) fn group<'a>(found: &Captures<'a>, at: usize) -> &'a str {
    found.get(at).map_or("", |group| group.as_str())
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are right")
}
