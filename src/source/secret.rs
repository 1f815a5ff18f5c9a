//! Secrets in what the user typed: found by the name beside them or by their shape, and hidden wherever a command, an
//! address or a server's message is shown.

use url::Url;

use crate::text::words::Words;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "***";

/// Words that make a flag, a variable or a header the name of a secret.
const SECRET_WORDS: [&str; 22] = [
    "key",
    "keys",
    "apikey",
    "token",
    "tokens",
    "secret",
    "secrets",
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "auth",
    "authorization",
    "credential",
    "credentials",
    "bearer",
    "pat",
    "cookie",
    "jwt",
    "signature",
    "dsn",
];

/// How well-known issuers begin their tokens.
const TOKEN_PREFIXES: [&str; 16] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "npm_",
    "pypi-",
    "eyJ",
    "AKIA",
];

/// Shorter values than this are not searched for in messages: they would hide ordinary text.
const SHORTEST_SEARCHED: usize = 6;

/// True when `name` (a flag, an environment variable, a header) names a secret.
pub fn is_secret_name(name: &str) -> bool {
    Words::of(name).iter().any(|w| SECRET_WORDS.contains(&w))
}

/// `args` as they may be shown.
pub fn redact_args(args: &[String]) -> Vec<String> {
    let mut value_of_secret_flag = false;
    args.iter()
        .map(|arg| {
            let hide = value_of_secret_flag && !arg.starts_with('-');
            value_of_secret_flag = arg.starts_with('-') && !arg.contains('=') && is_secret_name(arg);
            if hide { HIDDEN.to_owned() } else { redact_arg(arg) }
        })
        .collect()
}

/// One argument on its own: `KEY=VALUE` and `Name: value` by their names, addresses by their parts, tokens by their
/// shape.
fn redact_arg(arg: &str) -> String {
    if let Some(url) = address(arg) {
        return redact_url(&url);
    }
    for separator in ["=", ": "] {
        if let Some((name, value)) = arg.split_once(separator) {
            let shown = if is_secret_name(name) { HIDDEN.to_owned() } else { redact_arg(value) };
            return format!("{name}{separator}{shown}");
        }
    }
    if looks_like_token(arg) { HIDDEN.to_owned() } else { arg.to_owned() }
}

fn address(text: &str) -> Option<Url> {
    if text.contains("://") { Url::parse(text).ok() } else { None }
}

/// `url` as it may be shown: without user and password, without the values of its query, without tokens in its path.
pub fn redact_url(url: &Url) -> String {
    let mut shown = String::from(url.scheme());
    shown.push_str("://");
    if !url.username().is_empty() || url.password().is_some() {
        shown.push_str(HIDDEN);
        shown.push('@');
    }
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    let path: Vec<&str> =
        url.path().split('/').map(|part| if looks_like_token(part) { HIDDEN } else { part }).collect();
    shown.push_str(&path.join("/"));
    if let Some(query) = url.query().filter(|q| !q.is_empty()) {
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) => format!("{name}={HIDDEN}"),
                None => HIDDEN.to_owned(),
            })
            .collect();
        shown.push('?');
        shown.push_str(&pairs.join("&"));
    }
    shown
}

/// True for what issuers and generators of tokens produce: a known beginning, or a long run of mixed characters.
fn looks_like_token(text: &str) -> bool {
    if text.len() >= 16 && TOKEN_PREFIXES.iter().any(|p| text.starts_with(p)) {
        return true;
    }
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_+=~".contains(c));
    let has = |test: fn(&char) -> bool| text.chars().any(|c| test(&c));
    let mixed = has(char::is_ascii_digit) && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    let hex = text.chars().all(|c| c.is_ascii_hexdigit() || c == '-') && has(char::is_ascii_digit);
    plain && ((text.len() >= 24 && mixed) || (text.len() >= 32 && hex))
}

/// Secret values that are known, to be hidden in texts that servers and systems write.
#[derive(Debug, Clone, Default)]
pub struct Known(Vec<String>);

impl Known {
    /// The values of `args` that would not be shown, and every one of `values`.
    pub fn new<'a>(args: &[String], values: impl Iterator<Item = &'a str>) -> Self {
        let mut known = Self::default();
        for (arg, shown) in args.iter().zip(redact_args(args)) {
            if *arg != shown {
                known.add(arg);
                let kept = shown.split_once(HIDDEN).map_or("", |(kept, _)| kept);
                known.add(arg.strip_prefix(kept).unwrap_or(arg));
            }
            known.add_parts_of_address(arg);
        }
        for value in values {
            known.add(value);
            // `Bearer abc`: the server may repeat the token alone.
            value.split_whitespace().skip(1).for_each(|part| known.add(part));
        }
        // The longest first, so that no part of a value is left beside a hidden one.
        known.0.sort_by_key(|v| std::cmp::Reverse(v.len()));
        known
    }

    /// Password and query values of an address, also of one in `--url=ADDRESS`.
    fn add_parts_of_address(&mut self, arg: &str) {
        let value = arg.split_once('=').filter(|(name, _)| !name.contains("://")).map_or(arg, |(_, value)| value);
        let Some(url) = address(value) else { return };
        url.password().into_iter().for_each(|password| self.add(password));
        url.query_pairs().for_each(|(_, value)| self.add(&value));
    }

    fn add(&mut self, value: &str) {
        if value.len() >= SHORTEST_SEARCHED {
            self.0.push(value.to_owned());
        }
    }

    /// `text` without the values.
    pub fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), HIDDEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(args: &[&str]) -> String {
        redact_args(&args.iter().map(|s| s.to_string()).collect::<Vec<_>>()).join(" ")
    }

    #[test]
    fn arguments() {
        let cases: [(&[&str], &str); 9] = [
            (&["-y", "pkg@1.2.3", "--port", "80"], "-y pkg@1.2.3 --port 80"),
            (&["--api-key", "abc", "--verbose"], "--api-key *** --verbose"),
            (&["--apiKey=abc"], "--apiKey=***"),
            (&["-e", "GITHUB_TOKEN=x", "-e", "MODE=all"], "-e GITHUB_TOKEN=*** -e MODE=all"),
            (&["--header", "Authorization: Bearer x"], "--header Authorization: ***"),
            (&["postgres://me:pw@db:5432/shop?sslmode=on"], "postgres://***@db:5432/shop?sslmode=***"),
            (&["ghp_0123456789abcdef0123"], "***"),
            (&["--password", "--stdin"], "--password --stdin"),
            (
                &["@modelcontextprotocol/server-everything@2026.8.31"],
                "@modelcontextprotocol/server-everything@2026.8.31",
            ),
        ];
        for (args, want) in cases {
            assert_eq!(shown(args), want);
        }
    }

    #[test]
    fn addresses() {
        let show = |text: &str| redact_url(&Url::parse(text).unwrap());
        assert_eq!(show("https://u:p@host.example:8443/mcp?k=v&flag"), "https://***@host.example:8443/mcp?k=***&***");
        assert_eq!(show("https://host.example/s/aB3dE5gH7jK9mN1pQ3sT5vW7/mcp"), "https://host.example/s/***/mcp");
        assert_eq!(show("http://127.0.0.1/mcp"), "http://127.0.0.1/mcp");
    }

    #[test]
    fn known_values_are_hidden_in_messages() {
        let args = ["--token=s3cr3tvalue".to_owned(), "--token".to_owned(), "otherone".to_owned()];
        let known = Known::new(&args, ["Bearer planted-token", "tiny"].into_iter());
        let address = Known::new(&["--url=postgres://me:planted-pw@db/x?key=planted-key".to_owned()], [].into_iter());
        assert_eq!(address.hide("no planted-pw, no planted-key"), "no ***, no ***");
        assert_eq!(
            known.hide("bad s3cr3tvalue, otherone and planted-token; a tiny one"),
            "bad ***, *** and ***; a tiny one"
        );
    }
}
