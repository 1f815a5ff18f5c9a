//! Secrets in what the user typed: found by the name beside them or by their shape, and hidden wherever a command, an
//! address or a server's message is shown.

use url::Url;

use crate::model::Redacted;
use crate::text::words::Words;

/// What stands in the place of a secret.
const HIDDEN: &str = Redacted::MARK;

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
const TOKEN_PREFIXES: [&str; 25] = [
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
    "hf_",
    "SG.",
    "dop_v1_",
    "ghu_",
    "ghr_",
    "xoxa-",
    "xoxr-",
    "AIza",
    "ASIA",
    "pypi-",
    "eyJ",
    "AKIA",
];

/// Words that make such a name that of something everybody may see, or of the file that holds the secret.
const OPEN_WORDS: [&str; 6] = ["public", "publishable", "file", "path", "dir", "folder"];

/// Words by which a value of digits is a secret all the same.
const PASSWORD_WORDS: [&str; 7] = ["password", "passwd", "pwd", "pass", "passphrase", "secret", "pat"];

/// Words of a value that only holds the place of a secret.
const PLACEHOLDER_WORDS: [&str; 7] = ["your", "placeholder", "example", "changeme", "replace", "insert", "dummy"];

/// Values that switch something on or off.
const SWITCHES: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"];

/// How a text that was cut ends.
const CUT: &str = "...";

/// Shorter values than this are not searched for in messages: they would hide ordinary text.
const SHORTEST_SEARCHED: usize = 6;

/// True when `name` (a flag, an environment variable, a header) names a secret.
pub fn is_secret_name(name: &str) -> bool {
    Words::of(name).iter().any(|w| SECRET_WORDS.contains(&w))
}

/// True when what is called `name` holds a secret with this value: a limit, a switch, a path, a public key and a place that
/// is kept for a secret are none.
pub fn holds_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) && !is_harmless(name, value)
}

fn is_harmless(name: &str, value: &str) -> bool {
    let names = |words: &[&str]| Words::of(name).iter().any(|word| words.contains(&word));
    let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    let is_path = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start)) && value.contains('.');
    let spelled = value.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | ' ' | '<' | '>'));
    let words = Words::of(value);
    (names(&OPEN_WORDS) && !looks_like_token(value))
        || (is_number && !names(&PASSWORD_WORDS))
        || is_path
        || SWITCHES.contains(&value.to_ascii_lowercase().as_str())
        || (spelled && words.len() > 1 && words.iter().any(|word| PLACEHOLDER_WORDS.contains(&word)))
}

/// True when `value`, that of a variable or a header called `name`, is a secret by the name or by its looks.
pub fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) || has_secret(value)
}

/// True when a part of `text` would not be shown.
pub fn has_secret(text: &str) -> bool {
    redact_arg(text).hides_secret()
}

/// `args` as they may be shown.
pub fn redact_args(args: &[String]) -> Vec<Redacted> {
    let mut flag = "";
    args.iter()
        .map(|arg| {
            let hide = !arg.starts_with('-') && holds_secret(flag, arg);
            flag = if arg.starts_with('-') && !arg.contains('=') { arg } else { "" };
            if hide { Redacted::secret() } else { redact_arg(arg) }
        })
        .collect()
}

/// One argument on its own: `KEY=VALUE` and `Name: value` by their names, addresses by their parts, tokens by their
/// shape.
fn redact_arg(arg: &str) -> Redacted {
    if let Some(url) = address(arg) {
        return redact_url(&url);
    }
    for separator in ["=", ": "] {
        if let Some((name, value)) = arg.split_once(separator) {
            let mut shown = Redacted::from(format!("{name}{separator}"));
            shown.push(&if holds_secret(name, value) { Redacted::secret() } else { redact_arg(value) });
            return shown;
        }
    }
    if looks_like_token(arg) { Redacted::secret() } else { arg.into() }
}

fn address(text: &str) -> Option<Url> {
    if text.contains("://") { Url::parse(text).ok() } else { None }
}

/// `url` as it may be shown: without user and password, without the values of its query, without tokens in its path.
pub fn redact_url(url: &Url) -> Redacted {
    let mut shown = Redacted::from(format!("{}://", url.scheme()));
    if !url.username().is_empty() || url.password().is_some() {
        shown.push(&Redacted::secret());
        shown.push_str("@");
    }
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    for (at, part) in url.path().split('/').enumerate() {
        shown.push_str(if at == 0 { "" } else { "/" });
        shown.push(&if looks_like_token(part) { Redacted::secret() } else { part.into() });
    }
    let query = url.query().filter(|query| !query.is_empty());
    for (at, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push_str(if at == 0 { "?" } else { "&" });
        if let Some((name, _)) = pair.split_once('=') {
            shown.push_str(&format!("{name}="));
        }
        shown.push(&Redacted::secret());
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
pub struct Known(Vec<Value>);

#[derive(Debug, Clone)]
struct Value {
    text: String,
    /// It may be an ordinary word or number, which a listing holds for reasons of its own.
    ordinary: bool,
}

impl Known {
    /// The values of `args` that would not be shown, and every value of `named`, variables or headers.
    pub fn new<'a>(args: &[String], named: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut known = Self::default();
        for (arg, shown) in args.iter().zip(redact_args(args)) {
            if arg.as_str() != shown.as_str() {
                known.add(arg, false);
                let kept = shown.split_once(HIDDEN).map_or("", |(kept, _)| kept);
                known.add(arg.strip_prefix(kept).unwrap_or(arg), false);
            }
            known.add_parts_of_address(arg);
        }
        for (name, value) in named {
            let is_word = value.chars().all(char::is_alphabetic) || value.chars().all(|c| c.is_ascii_digit());
            known.add(value, is_word && !is_secret_name(name));
            known.add_parts_of_address(value);
            // `Bearer abc`: the server may repeat the token alone; a key of several lines is shown line by line.
            value.split_whitespace().skip(1).for_each(|part| known.add(part, false));
        }
        // The longest first, so that no part of a value is left beside a hidden one.
        known.0.sort_by_key(|value| std::cmp::Reverse(value.text.len()));
        known
    }

    /// Password and query values of an address, also of one in `--url=ADDRESS`.
    fn add_parts_of_address(&mut self, arg: &str) {
        let value = arg.split_once('=').filter(|(name, _)| !name.contains("://")).map_or(arg, |(_, value)| value);
        let Some(url) = address(value) else { return };
        url.password().into_iter().for_each(|password| self.add(password, false));
        url.query_pairs().for_each(|(_, value)| self.add(&value, false));
    }

    fn add(&mut self, value: &str, ordinary: bool) {
        if value.len() >= SHORTEST_SEARCHED {
            self.0.push(Value { text: value.to_owned(), ordinary });
        }
    }

    /// `text`, a message, without the values, and without the beginning of one where it was cut.
    pub fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for Value { text: value, .. } in &self.0 {
            text = text.replace(value.as_str(), HIDDEN);
            if !text.contains(CUT) {
                continue;
            }
            let cut = |end: usize| Some(format!("{}{CUT}", value.get(..end)?));
            for beginning in (SHORTEST_SEARCHED..value.len()).rev().filter_map(cut) {
                text = text.replace(&beginning, &format!("{HIDDEN}{CUT}"));
            }
        }
        text
    }

    /// Takes the values out of every text in `json`, which a server sent. Ordinary words stay: they mean what they say.
    pub fn hide_in(&self, json: &mut serde_json::Value) {
        match json {
            serde_json::Value::String(text) => {
                for value in self.0.iter().filter(|value| !value.ordinary) {
                    if text.contains(&value.text) {
                        *text = text.replace(&value.text, HIDDEN);
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            serde_json::Value::Object(map) => map.values_mut().for_each(|item| self.hide_in(item)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(args: &[&str]) -> String {
        let shown = redact_args(&args.iter().map(|s| s.to_string()).collect::<Vec<_>>());
        shown.into_iter().map(String::from).collect::<Vec<_>>().join(" ")
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
    fn the_value_decides_too() {
        let open = [
            ("MAX_TOKENS", "100"),
            ("TOKEN_LIMIT", "4,000"),
            ("AUTH_ENABLED", "true"),
            ("KEY_FILE", "/etc/key.pem"),
            ("PUBLIC_KEY", "abc"),
            ("API_KEY", "YOUR_API_KEY_HERE"),
            ("--token-file", "/x"),
        ];
        for (name, value) in open {
            assert!(!holds_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("PASSWORD", "12345678"),
            ("API_KEY", "abc"),
            ("TOKEN", "iloveyourmother"),
            ("KEY_FILE", "ghp_0123456789abcdef0123"),
        ] {
            assert!(holds_secret(name, value), "{name}={value}");
        }
        assert_eq!(shown(&["--max-tokens", "4000", "--token-file", "/x"]), "--max-tokens 4000 --token-file /x");
    }

    #[test]
    fn addresses() {
        let show = |text: &str| String::from(redact_url(&Url::parse(text).unwrap()));
        assert_eq!(show("https://u:p@host.example:8443/mcp?k=v&flag"), "https://***@host.example:8443/mcp?k=***&***");
        assert_eq!(show("https://host.example/s/aB3dE5gH7jK9mN1pQ3sT5vW7/mcp"), "https://host.example/s/***/mcp");
        assert_eq!(show("http://127.0.0.1/mcp"), "http://127.0.0.1/mcp");
    }

    #[test]
    fn known_values_are_hidden_in_messages() {
        let args = ["--token=s3cr3tvalue".to_owned(), "--token".to_owned(), "otherone".to_owned()];
        let known = Known::new(
            &args,
            [("Authorization", "Bearer planted-token"), ("A", "tiny"), ("MODE", "production")].into_iter(),
        );
        let address = Known::new(&["--url=postgres://me:planted-pw@db/x?key=planted-key".to_owned()], [].into_iter());
        assert_eq!(address.hide("no planted-pw, no planted-key"), "no ***, no ***");
        assert_eq!(
            known.hide("bad s3cr3tvalue, otherone and planted-token; a tiny one"),
            "bad ***, *** and ***; a tiny one"
        );
        assert_eq!(known.hide("cut: planted-to..., in production"), "cut: ***..., in ***");
        let mut listed = serde_json::json!({"tools": [{"description": "With otherone, in production."}]});
        known.hide_in(&mut listed);
        assert_eq!(listed["tools"][0]["description"], "With ***, in production.");
    }
}
