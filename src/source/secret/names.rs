//! Names that announce a secret, and values under such names that are not secrets.

use std::sync::LazyLock;

use regex::Regex;

use super::issuers;
use crate::model::Redacted;
use crate::text::words::Words;

/// Replaces a secret.
pub const HIDDEN: &str = Redacted::MARK;

/// Words that mark an option, variable or header as a secret.
const SECRET_WORDS: [&str; 28] = [
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
    "passcode",
    "pw",
    "otp",
    "sig",
    "sessionid",
    "sas",
];

/// Words that mark an option, variable or header as a secret only if the value looks like one. `--session daily` is not
/// a secret.
const DOUBTFUL_WORDS: [&str; 30] = [
    "session",
    "sessid",
    "phpsessid",
    "jsessionid",
    "sess",
    "sid",
    "pin",
    "license",
    "licence",
    "serial",
    "activation",
    "seed",
    "mnemonic",
    "csrf",
    "xsrf",
    "nonce",
    "hmac",
    "salt",
    "code",
    "invite",
    "ticket",
    "access",
    "webhook",
    "hook",
    "grant",
    "assertion",
    "saml",
    "private",
    "connection",
    "connectionstring",
];

/// Words that mark a name as public, or as the file or the store that holds the secret.
const OPEN_WORDS: [&str; 9] = ["public", "publishable", "file", "path", "dir", "folder", "existing", "sock", "socket"];

/// Last words of names whose value is a place on a disk.
const PLACES: [&str; 7] = ["file", "path", "dir", "folder", "directory", "sock", "socket"];

/// Words that make the `key` behind them the key of data and not of a lock: `SORT_KEY`.
const KINDS_OF_DATA: [&str; 14] = [
    "index",
    "sort",
    "primary",
    "foreign",
    "partition",
    "cache",
    "range",
    "hash",
    "row",
    "lookup",
    "unique",
    "idempotency",
    "shortcut",
    "modifier",
];

/// Last words of names whose value says which one of many it is.
const IDENTIFIERS: [&str; 7] = ["id", "ids", "uuid", "guid", "arn", "address", "addresses"];

/// Words before an identifier that make it a secret: who knows it gets in.
const SECRET_IDENTIFIERS: [&str; 9] =
    ["secret", "session", "sess", "password", "passwd", "webhook", "hook", "invite", "connect"];

/// Words of names whose value everyone may see.
const PUBLIC_WORDS: [&str; 4] = ["public", "publishable", "pubkey", "anon"];

/// Words of names whose value is the digest of a text or a commit.
const DIGESTS: [&str; 18] = [
    "sha",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "commit",
    "ref",
    "rev",
    "revision",
    "hash",
    "checksum",
    "digest",
    "integrity",
    "sri",
    "fingerprint",
    "thumbprint",
    "etag",
];

/// Last words of names that say something about a secret and hold none: `AUTH_TYPE`, `TOKEN_URL`, `SECRET_NAME`.
const ABOUT_SECRETS: [&str; 40] = [
    "env",
    "var",
    "variable",
    "domain",
    "host",
    "port",
    "service",
    "provider",
    "prefix",
    "format",
    "template",
    "header",
    "field",
    "param",
    "parameter",
    "backend",
    "store",
    "length",
    "size",
    "timeout",
    "version",
    "budget",
    "type",
    "method",
    "mode",
    "url",
    "uri",
    "endpoint",
    "name",
    "ttl",
    "expiry",
    "limit",
    "count",
    "algorithm",
    "scope",
    "scopes",
    "issuer",
    "audience",
    "policy",
    "rotation",
];

/// Beginnings of references to a store of secrets.
const REFERENCES: [&str; 14] = [
    "!secret ",
    "op://",
    "bw://",
    "vault:",
    "vault://",
    "secret://",
    "keyring:",
    "keychain:",
    "doppler://",
    "infisical://",
    "aws-sm://",
    "gcp-sm://",
    "azure-kv://",
    "arn:aws",
];

/// Words that mark even a value of digits as a secret.
const PASSWORD_WORDS: [&str; 8] = ["password", "passwd", "pwd", "pass", "passphrase", "secret", "pat", "pin"];

/// Ends of names without signs between their words.
const PASSWORD_ENDINGS: [&str; 3] = ["password", "passwd", "passphrase"];

/// Values that stand for a secret where none is needed.
const STAND_INS: [&str; 16] = [
    "changeme",
    "test",
    "testing",
    "dummy",
    "fake",
    "mock",
    "demo",
    "sample",
    "example",
    "placeholder",
    "todo",
    "tbd",
    "foo",
    "bar",
    "foobar",
    "undefined",
];

/// Ways to sign in, as values of names such as `AUTH` and `--auth`.
const WAYS_TO_SIGN_IN: [&str; 16] = [
    "oauth",
    "oauth2",
    "oidc",
    "openid",
    "saml",
    "basic",
    "bearer",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "jwt",
    "iam",
    "mtls",
    "header",
    "anonymous",
];

/// Words that mark a value as a placeholder.
const PLACEHOLDER_WORDS: [&str; 7] = ["your", "placeholder", "example", "changeme", "replace", "insert", "dummy"];

/// Digits from which on a number may be a key.
const LONG_NUMBER: usize = 12;

/// Values of switches, which are not secrets.
const SWITCHES: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"];

/// The authentication schemes at the start of a header value.
const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "apikey", "api-key", "digest"];

/// Words before a colon that name a kind of address or package, and no user: `npm:name@1.0`, `git:host@branch`.
pub(super) const SCHEMES_NOT_USERS: [&str; 14] = [
    "npm",
    "jsr",
    "pypi",
    "oci",
    "docker",
    "file",
    "link",
    "workspace",
    "git",
    "github",
    "gitlab",
    "http",
    "https",
    "node",
];

/// Shorter values are not searched for in server output, because that would redact ordinary text. In bytes.
pub const SHORTEST_SEARCHED: usize = 6;

/// True if `name` (an option, environment variable or header) announces a secret.
pub fn is_secret_name(name: &str) -> bool {
    has_word(name, &SECRET_WORDS) || ends_like_a_password(name)
}

/// The variables in which shells keep working folders. `pwd` is a password elsewhere.
const WORKING_FOLDERS: [&str; 2] = ["PWD", "OLDPWD"];

/// True if `name`, a variable of the environment, announces a secret.
pub fn is_secret_variable(name: &str) -> bool {
    !WORKING_FOLDERS.contains(&name) && is_secret_name(name)
}

fn has_word(name: &str, words: &[&str]) -> bool {
    Words::new(name).iter().any(|word| words.contains(&word))
}

/// True for a name that ends with such a word, without anything between: `PGPASSWORD`, `dbpasswd`.
fn ends_like_a_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PASSWORD_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

/// True if `value`, under `name`, is a secret. Limits, switches, paths, public keys and placeholders are not.
pub fn holds_secret(name: &str, value: &str) -> bool {
    let whole = value.trim();
    let value = without_scheme(value);
    // Behind a scheme stands a credential, whatever the name says.
    let is_credential = is_secret_name(name) && value.len() < whole.len() && !is_placeholder(value);
    let name = if is_credential { "authorization" } else { name };
    (is_secret_name(name) || (has_word(name, &DOUBTFUL_WORDS) && is_doubtful_secret(name, value)))
        && !is_harmless(name, value)
}

/// True for a value that is a secret if its name contains one of `DOUBTFUL_WORDS`.
fn is_doubtful_secret(name: &str, value: &str) -> bool {
    issuers::is_opaque(value) || (has_word(name, &["pin"]) && is_number(value) && value.len() >= SHORTEST_SEARCHED)
}

/// True for a secret that is too short to be redacted from server output.
pub fn is_too_short(name: &str, value: &str) -> bool {
    !value.is_empty() && value.len() < SHORTEST_SEARCHED && holds_secret(name, value)
}

/// True for an authentication scheme, as at the start of a header value.
pub fn is_scheme(word: &str) -> bool {
    SCHEMES.contains(&word.to_ascii_lowercase().as_str())
}

/// `value` without its authentication scheme: `abc` for `Bearer abc`, empty for `Bearer`.
fn without_scheme(value: &str) -> &str {
    let value = value.trim();
    let (first, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    if is_scheme(first) { rest.trim_start() } else { value }
}

/// True for the name of an identifier or a digest, whose value looks like a token and is none.
pub(super) fn names_an_identifier(name: &str) -> bool {
    let words = Words::new(name);
    let last = words.len().saturating_sub(1);
    let is_identifier = IDENTIFIERS.contains(&words.get(last))
        && !last.checked_sub(1).is_some_and(|before| SECRET_IDENTIFIERS.contains(&words.get(before)));
    let is_public = words.iter().any(|word| PUBLIC_WORDS.contains(&word));
    is_identifier || is_public || (DIGESTS.contains(&words.get(last)) && !is_secret_name(name))
}

/// True for `value` under `name`, as `--user-data-dir`: a path, whose parts may be made up by chance.
pub(super) fn names_a_place(name: &str, value: &str) -> bool {
    let is_path = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    is_path && PLACES.contains(&last_word(name).as_str())
}

/// True for a password that only shows where one stands: `user:password@localhost`.
pub(super) fn stands_for_a_password(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let words = Words::new(&value);
    STAND_INS.contains(&value.as_str())
        || ["password", "pass", "passwd", "pwd"].contains(&value.as_str())
        || (value.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | '<' | '>' | '[' | ']'))
            && words.len() > 1
            && words.iter().any(|word| PLACEHOLDER_WORDS.contains(&word)))
}

/// True for `SORT_KEY` and its like.
fn is_key_of_data(name: &str) -> bool {
    let words = Words::new(name);
    let Some(last) = words.len().checked_sub(1).filter(|last| *last > 0) else { return false };
    ["key", "keys"].contains(&words.get(last)) && KINDS_OF_DATA.contains(&words.get(last - 1))
}

/// True for a path of two folders or more that are named by words.
fn is_path(value: &str) -> bool {
    let is_one = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let is_plain = |part: &str| {
        !issuers::is_opaque(part)
            && !issuers::has_token(part)
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
    };
    is_one && (value.contains('.') || (value.matches('/').count() >= 2 && value.split('/').all(is_plain)))
}

/// True for an address whose user has no password, and in which nothing looks like a token.
fn is_address_without_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    !user.contains(':') && !issuers::has_token(value)
}

/// True for a placeholder that a client or a shell fills in.
pub(super) fn is_placeholder(value: &str) -> bool {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^(?:\$\{\{[^{}]*\}\}|\$\{[\w.:]*\}|\$\{input:[\w.\-]+\}|\$[A-Z_][A-Z0-9_]*|\{(?:env|file|input):[^{}]*\}|\{\{?[\w .]*\}?\}|%[A-Za-z_]\w*%|<[^<>]*>)$",
        )
        .expect("the pattern is right")
    });
    PLACEHOLDER.is_match(value)
}

fn is_harmless(name: &str, value: &str) -> bool {
    let spelled =
        value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '<' | '>' | '[' | ']'))
            && value.chars().filter(char::is_ascii_digit).count() <= 2;
    let bracketed = value.starts_with('<') && value.ends_with('>');
    let filler = (value.is_empty() || value.len() >= 4) && value.chars().all(|c| "xX*._-".contains(c));
    let words = Words::new(value);
    ((has_word(name, &OPEN_WORDS) || is_key_of_data(name)) && !issuers::is_token(value))
        || (names_an_identifier(name) && !issuers::has_issued_token(value))
        || issuers::is_public(value)
        || is_placeholder(value)
        || (is_number(value) && value.len() < LONG_NUMBER && !has_word(name, &PASSWORD_WORDS))
        || (ABOUT_SECRETS.contains(&last_word(name).as_str()) && !issuers::has_token(value))
        || is_reference(value)
        || is_cut_short(value)
        || issuers::is_publishable(value)
        || is_path(value)
        || bracketed
        || filler
        || SWITCHES.contains(&value.to_ascii_lowercase().as_str())
        || (spelled && words.len() > 1 && words.iter().any(|word| PLACEHOLDER_WORDS.contains(&word)))
        || STAND_INS.contains(&value.to_ascii_lowercase().as_str())
        || (has_word(name, &["auth", "authorization"])
            && WAYS_TO_SIGN_IN.contains(&value.to_ascii_lowercase().as_str()))
        || (last_word(name) == "dsn" && is_address_without_password(value))
}

fn last_word(name: &str) -> String {
    Words::new(name).iter().last().unwrap_or_default().to_owned()
}

/// True for a value that says where the secret is: in a store, or what a command prints.
fn is_reference(value: &str) -> bool {
    let is_stored = REFERENCES.iter().any(|start| value.starts_with(start))
        || (value.starts_with("projects/") && value.contains("/secrets/"));
    let is_printed = (value.starts_with("$(") && value.ends_with(')'))
        || (value.len() > 1 && value.starts_with('`') && value.ends_with('`'));
    (is_stored || is_printed) && !issuers::has_token(value)
}

/// True for a placeholder that shows the form of a secret: `sk-...`, `ghp_xxxx`.
fn is_cut_short(value: &str) -> bool {
    let shown = value.trim_end_matches(['.', '…', 'x', 'X', '*']);
    let cut = value.chars().count() - shown.chars().count();
    cut >= 3 && (shown.is_empty() || (shown.ends_with(['-', '_']) && shown.len() <= 16))
        || (value.ends_with('…') && shown.len() <= 16)
}
