//! Hides secrets in the texts of a report that come from elsewhere: an address may hold one, even if a server lists it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::issued::hide_issued;
use super::names::{HIDDEN, holds_secret, is_placeholder};

/// `://user:password@`.
static PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(://[^\s/:@?\#"'<>]*):([^\s/@"'<>]+)@"#).expect("the pattern is right"));
/// `?name=value` and `&name=value`.
static QUERY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([?&]([A-Za-z0-9_.\-]+)=)([^&\s\#"'<>]+)"#).expect("the pattern is right"));

/// Passwords in the addresses of documents.
const EXAMPLES: [&str; 8] = ["password", "passwd", "pass", "pw", "pwd", "secret", "token", "changeme"];

/// `text` without tokens of known issuers, and without passwords and named secrets in addresses. `None` if it has none.
pub(crate) fn hide_in_report(text: &str) -> Option<String> {
    let issued = hide_issued(text);
    let has_issued = issued.is_some();
    let text = issued.map_or(Cow::Borrowed(text), Cow::Owned);
    let is_shown = |value: &str| is_placeholder(value) || value.contains(HIDDEN);
    let open = PASSWORD.replace_all(&text, |found: &Captures<'_>| {
        let password = &found[2];
        if is_shown(password) || EXAMPLES.contains(&password.to_ascii_lowercase().as_str()) {
            return found[0].to_owned();
        }
        format!("{}:{HIDDEN}@", &found[1])
    });
    let shown = QUERY.replace_all(&open, |found: &Captures<'_>| {
        let (name, value) = (&found[2], &found[3]);
        if is_shown(value) || !holds_secret(name, value) {
            return found[0].to_owned();
        }
        format!("{}{HIDDEN}", &found[1])
    });
    (has_issued || shown != text).then(|| shown.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_addresses_are_hidden() {
        for (text, shown) in [
            ("https://user:planted-pw@files.example/a.csv", "https://user:***@files.example/a.csv"),
            ("postgres://:planted@db/x, redis://me:p%40planted@c:1", "postgres://:***@db/x, redis://me:***@c:1"),
            ("x?page=2&api_key=planted-1&a=b", "x?page=2&api_key=***&a=b"),
            ("x?access_token=ghp_0123456789abcdefABCD", "x?access_token=***"),
        ] {
            assert_eq!(hide_in_report(text).as_deref(), Some(shown));
        }
        for text in [
            "https://files.example:8443/a.csv?page=12345678",
            "postgres://user:password@localhost/db",
            "postgres://me:{password}@db/{name}?token={token}",
            "http://localhost:8080/a@b",
            "see https://a.example: mail me@b.example",
        ] {
            assert_eq!(hide_in_report(text), None, "{text}");
        }
    }
}
