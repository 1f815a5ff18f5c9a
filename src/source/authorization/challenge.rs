//! Parses the `WWW-Authenticate` header of a 401.

/// Maximum number of scopes that are kept.
const MAX_SCOPES: usize = 100;

/// The parameters of a `Bearer` challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The address of the resource metadata (RFC 9728).
    pub(crate) metadata_url: Option<String>,
    /// The scopes that the request needs.
    pub(crate) scopes: Vec<String>,
}

impl Challenge {
    /// Parses the value of the header. It may hold challenges of several schemes; only `Bearer` counts.
    pub(crate) fn parse(header: &str) -> Self {
        let mut challenge = Self::default();
        let mut is_bearer = false;
        let mut rest = header;
        while !rest.is_empty() {
            rest = rest.trim_start_matches([',', ' ', '\t']);
            let word_end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word_end);
            match after.strip_prefix('=') {
                Some(after) => {
                    let (value, after) = value(after);
                    if is_bearer {
                        challenge.set(word, value);
                    }
                    rest = after;
                }
                None => {
                    is_bearer = word.eq_ignore_ascii_case("bearer");
                    rest = after;
                }
            }
        }
        challenge
    }

    fn set(&mut self, name: &str, value: String) {
        if name.eq_ignore_ascii_case("resource_metadata") {
            self.metadata_url.get_or_insert(value);
        } else if name.eq_ignore_ascii_case("scope") && self.scopes.is_empty() {
            self.scopes = value.split_ascii_whitespace().take(MAX_SCOPES).map(str::to_owned).collect();
        }
    }
}

/// The token or quoted string at the start of `text`, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (token.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_of_every_form() {
        let url = "https://shop.example/.well-known/oauth-protected-resource";
        for (header, metadata_url, scopes) in [
            ("Bearer", None, ""),
            (&format!("Bearer resource_metadata=\"{url}\"") as &str, Some(url), ""),
            (
                &format!("bearer realm=\"a, b=c\", scope=\"read write\", resource_metadata={url}"),
                Some(url),
                "read write",
            ),
            (&format!("Basic realm=\"x\", Bearer error=invalid_token,resource_metadata=\"{url}\""), Some(url), ""),
            ("Basic resource_metadata=\"https://other.example\"", None, ""),
            ("Bearer scope=\"a\\\"b\", scope=c", None, "a\"b"),
            ("Bearer resource_metadata=\"https://shop.example", Some("https://shop.example"), ""),
            (",,= ,Bearer =x", None, ""),
        ] {
            let challenge = Challenge::parse(header);
            assert_eq!(
                (challenge.metadata_url.as_deref(), challenge.scopes.join(" ").as_str()),
                (metadata_url, scopes)
            );
        }
    }
}
