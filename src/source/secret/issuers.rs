//! Recognizes tokens by their shape: by the documented prefixes of well-known issuers, and by randomness.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::Regex;

/// The token prefixes that well-known issuers document, as regular expressions.
const PREFIXES: &str = "sk-|sk_|pk_|rk_|whsec_|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-|xox[abeoprs]-|xapp-|\
                        npm_|pypi-|hf_|SG\\.|do[oprs]_v1_|AIza|ya29\\.|GOCSPX-|eyJ|A(?:KIA|SIA|BIA|CCA)|shp(?:at|ca|pa|ss)_|\
                        sq0(?:atp|csp)-|lin_api_|ntn_|ATATT3|ATCTT3|ATBB|dapi|HRKU-|hvs\\.|hvb\\.|pul-|dp\\.(?:pt|st|sa|ct)\\.|\
                        glsa_|glc_|sntry[su]_|sbp_|sb_secret_|figd_|PMAK-|NRAK-|sl\\.|gsk_|r8_|pplx-|xai-|tvly-|fc-|tskey-|fo1_|\
                        nfp_|pscale_tkn_|AGE-SECRET-KEY-|CFPAT-|EAA[A-Z]|key-|rubygems_|oy2|cio|dckr_pat_|dckr_oat_|rnd_|\
                        phc_|phx_|secret_|pat[A-Za-z0-9]{14}\\.|EZAK|ops_eyJ|v1\\.0-|nvapi-|tk-us-|jina_|ctx7sk-?|apify_api_|lsv2_";

/// The beginnings of Stripe's keys that a page shows to everyone.
const PUBLISHABLE: [&str; 2] = ["pk_test_", "pk_live_"];

/// Minimum length of an issuer's token, prefix included.
const SHORTEST: usize = 16;

/// A word that may be a token. Dots may separate its parts.
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z0-9_\-+~]+(?:\.[A-Za-z0-9_\-+~]+)*={0,2}"));
static ISSUED: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("^(?:{PREFIXES})")));
/// An issuer's prefix after a sign, in a word that begins otherwise.
static ISSUED_INSIDE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("[^A-Za-z0-9](?:{PREFIXES})")));
static BASE64: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z0-9+/_\-]{16,}={0,2}"));
static TELEGRAM: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[0-9]{8,10}:AA[A-Za-z0-9_\-]{30,}"));
static PRIVATE_KEY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"));
/// A public key or a certificate: PEM, or the form of SSH.
static PUBLIC_KEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"-----BEGIN (?:[A-Z0-9]+ )*(?:PUBLIC KEY(?: BLOCK)?|CERTIFICATE(?: REQUEST)?|X509 CRL)-----[A-Za-z0-9+/=\s\\:.]*-----END [A-Z0-9 ]+-----|\b(?:ssh-[a-z0-9]+|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9-]+)(?:@openssh\.com)?\s+AAAA[A-Za-z0-9+/]+={0,3}",
    )
});
/// The address to which programs report errors: its user is a public key.
static SENTRY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^https?://[0-9a-f]{32}@[A-Za-z0-9.\-]+(?::\d+)?(?:/[A-Za-z0-9_\-]+)*/\d+$"));
static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are right")
}

/// True if the whole of `text` looks like a token.
pub(crate) fn is_token(text: &str) -> bool {
    spans(text).first().is_some_and(|span| span.start == 0 && span.end == text.len())
}

/// True if the whole of `text` is a token of a known issuer.
pub(crate) fn is_issued_token(text: &str) -> bool {
    WORD.find(text).is_some_and(|word| word.as_str() == text) && is_issued(text)
}

/// True for a key that its issuer means to be public.
pub(crate) fn is_publishable(text: &str) -> bool {
    PUBLISHABLE.iter().any(|start| text.starts_with(start))
}

/// True if `text` holds a token of a known issuer.
pub(super) fn has_issued_token(text: &str) -> bool {
    !issued_spans(text).is_empty()
}

/// True for what its owner shows to everyone: public keys and certificates, and the examples in an issuer's documents.
pub(super) fn is_public(text: &str) -> bool {
    let text = text.trim();
    let begins = PUBLIC_KEY.find(text).is_some_and(|found| found.start() == 0);
    // Behind the key of SSH stands a comment. A name with a value is none.
    let is_plain = || !PUBLIC_KEY.replace_all(text, "").contains(['=', ':']) && !has_token(text);
    (begins && is_plain()) || is_documented(text) || SENTRY.is_match(text)
}

/// True for a key that the documents of its issuer use as an example, and end in a word that says so.
fn is_documented(text: &str) -> bool {
    ["EXAMPLE", "EXAMPLEKEY"].iter().any(|end| text.ends_with(end))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c))
}

/// True if `text` holds a token.
pub(crate) fn has_token(text: &str) -> bool {
    !spans(text).is_empty()
}

/// The ranges of the tokens in `text`, in order.
pub(crate) fn spans(text: &str) -> Vec<Range<usize>> {
    spans_of(text, |word| is_issued(word) || is_random(word))
}

/// The ranges of the tokens of known issuers in `text`, in order.
pub(super) fn issued_spans(text: &str) -> Vec<Range<usize>> {
    spans_of(text, is_issued)
}

/// The ranges of the words in `text` that `is_token` accepts, and of tokens of known issuers, in order.
fn spans_of(text: &str, is_token: fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    found.extend(PRIVATE_KEY.find_iter(text).chain(TELEGRAM.find_iter(text)).map(|it| it.range()));
    let public: Vec<Range<usize>> = PUBLIC_KEY.find_iter(text).map(|it| it.range()).collect();
    // The ranges are sorted, so that a long text is not searched again for each of its words.
    let is_public_at = |at: usize| {
        let next = public.partition_point(|range| range.end <= at);
        public.get(next).is_some_and(|range| range.start <= at)
    };
    for word in WORD.find_iter(text) {
        let is_public = is_public_at(word.start()) || is_publishable(word.as_str()) || is_documented(word.as_str());
        if is_public || is_digest(text, word.start()) {
            continue;
        }
        if is_token(word.as_str()) {
            found.push(word.range());
            continue;
        }
        if let Some(start) = issued_start(word.as_str()) {
            found.push(word.start() + start..word.end());
            continue;
        }
        let mut start = word.start();
        for part in word.as_str().split('.') {
            if is_token(part) {
                found.push(start..start + part.len());
            }
            start += part.len() + 1;
        }
    }
    let encoded = BASE64.find_iter(text).filter(|it| !is_public_at(it.start()) && hides_token(it.as_str()));
    found.extend(encoded.map(|it| it.range()));
    found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    // Merge overlapping ranges.
    found.into_iter().fold(Vec::new(), |mut spans: Vec<Range<usize>>, span| {
        match spans.last_mut().filter(|last| span.start < last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => spans.push(span),
        }
        spans
    })
}

/// True for a single word of letters and digits, which cannot be a shell command.
pub fn is_token_shaped(value: &str) -> bool {
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    value.len() >= 8
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && !value.starts_with(['/', '.', '~'])
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~+/=".contains(c))
}

/// True for a word that is not made of ordinary words, versions and numbers. A part of it switches between letters and
/// digits more than once (`s3cr3t`, unlike `node20-alpine`), is a long hexadecimal number, or it is a license key of
/// equal groups.
pub fn is_opaque(text: &str) -> bool {
    if !is_token_shaped(text) || UUID.is_match(text) || is_filler(text) {
        return false;
    }
    let parts = || text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let longest = parts().map(str::len).max().unwrap_or_default();
    let is_key = parts().count() >= 3
        && parts().all(|part| part.len() == longest && part.len() >= 4)
        && !text.contains(|c: char| c.is_ascii_lowercase());
    is_key || parts().any(is_mixed)
}

/// True for a part that looks like neither a word nor a version.
fn is_mixed(part: &str) -> bool {
    let bytes = part.as_bytes();
    let changes = bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let is_hex = part.len() >= 10 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    (part.len() >= 6 && changes >= 2) || (is_hex && changes >= 1)
}

/// True for a word with an issuer's prefix and an opaque rest.
fn is_issued(word: &str) -> bool {
    let Some(beginning) = ISSUED.find(word) else { return false };
    let rest = word.get(beginning.end()..).unwrap_or_default();
    // `sk-image-processing-tools` is a name, because no part of it is opaque.
    word.len() >= SHORTEST && !is_filler(rest) && rest.split(['-', '_', '.']).any(is_opaque_part)
}

/// Where an issuer's token begins in a word that begins otherwise: `shelf-ghp_...`. The rest must be a long run of
/// letters and digits, as names are not.
fn issued_start(word: &str) -> Option<usize> {
    let is_run = |part: &str| {
        let has = |test: fn(&u8) -> bool| part.as_bytes().iter().any(test);
        part.len() >= SHORTEST && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
    };
    let begins =
        |found: &regex::Match<'_>| word.get(found.end()..).is_some_and(|rest| rest.split(['-', '_', '.']).any(is_run));
    ISSUED_INSIDE.find_iter(word).find(begins).map(|found| found.start() + 1)
}

/// True for a part that is neither a word nor a number.
fn is_opaque_part(part: &str) -> bool {
    let has = |test: fn(&char) -> bool| part.chars().any(|c| test(&c));
    let letters = has(char::is_ascii_alphabetic);
    let cases = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
    part.len() >= 20 || (part.len() >= 8 && ((letters && has(char::is_ascii_digit)) || cases))
}

/// True for a long run of mixed characters, as random generators produce.
fn is_random(word: &str) -> bool {
    let text = word.trim_end_matches('=');
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_+~".contains(c));
    let has = |test: fn(&char) -> bool| text.chars().any(|c| test(&c));
    let mixed = has(char::is_ascii_digit) && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    let hex = text.chars().all(|c| c.is_ascii_hexdigit()) && has(char::is_ascii_digit);
    let divided = text.split(['-', '_']).map(str::len).max().unwrap_or_default();
    plain
        && !is_filler(text)
        && !UUID.is_match(text)
        && ((text.len() >= 24 && mixed && divided >= 8 && !is_of_words(text)) || (text.len() >= 32 && hex))
}

/// True for words in capitals and at most one number: `LongFolderName2024`. In random text about every second letter is
/// a capital, and numbers stand everywhere.
fn is_of_words(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).count();
    let (mut words, mut letters, mut is_inside) = (0, 0, false);
    for c in text.chars() {
        words += usize::from(c.is_ascii_uppercase() || (c.is_ascii_lowercase() && !is_inside));
        letters += usize::from(c.is_ascii_alphabetic());
        is_inside = c.is_ascii_alphabetic();
    }
    let vowels = text.chars().filter(|c| "aeiouyAEIOUY".contains(*c)).count();
    numbers <= 1 && letters >= 3 * words && vowels * 4 >= letters
}

/// True for placeholders such as `xxxxxxxx` and `00000000`.
fn is_filler(text: &str) -> bool {
    text.chars().all(|c| "xX0*._-".contains(c))
}

/// True if the text at `start` is the digest of a package, an image or a commit.
fn is_digest(text: &str, start: usize) -> bool {
    let (before, after) = text.as_bytes().split_at_checked(start).unwrap_or_default();
    let follows = |mark: &str| {
        before.len() >= mark.len() && before[before.len() - mark.len()..].eq_ignore_ascii_case(mark.as_bytes())
    };
    let names_one = ["sha1:", "sha256:", "sha384:", "sha512:", "md5:", "#", "@"].into_iter().any(follows);
    let integrity = ["sha1-", "sha256-", "sha384-", "sha512-"].iter().any(|mark| after.starts_with(mark.as_bytes()));
    let digits = || after.iter().take_while(|byte| byte.is_ascii_alphanumeric());
    integrity || (names_one && digits().count() >= 7 && digits().all(u8::is_ascii_hexdigit))
}

/// True for base64 that decodes to a text with an issuer's token.
fn hides_token(text: &str) -> bool {
    let text = text.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text));
    let decoded = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|text| WORD.find_iter(&text).any(|word| is_issued(word.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_without_blanks_takes_linear_time() {
        for piece in ["a=b:", "x;y&", "%41", "http://a@", "AAAA:"] {
            let text = piece.repeat(160_000 / piece.len());
            let started = std::time::Instant::now();
            assert!(issued_spans(&text).is_empty());
            assert!(started.elapsed().as_secs() < 20, "{piece}: {:?}", started.elapsed());
        }
    }

    #[test]
    fn public_keys_and_documented_examples_are_no_secrets() {
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIJ0ZQ1rY7mT2/Kq9ZbXw3Vn8Hd5Jf7Gc2Lp4Rs";
        let pem = |label: &str| format!("-----BEGIN {label}-----\nMFkw{key}\n-----END {label}-----");
        for text in [
            format!("ssh-ed25519 {key} me@host"),
            format!("sk-ssh-ed25519@openssh.com {key}"),
            format!("ecdsa-sha2-nistp256 {key}"),
            pem("PUBLIC KEY"),
            pem("CERTIFICATE"),
            format!("{}\n{}\n", pem("CERTIFICATE"), pem("CERTIFICATE")),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
        ] {
            assert!(is_public(&text) && !has_token(&text), "{text}");
        }
        for text in [
            format!("key {key}"),
            pem("PRIVATE KEY"),
            format!("{}\n{}", pem("CERTIFICATE"), pem("PRIVATE KEY")),
            format!("ssh-ed25519 {key} ghp_0123456789abcdefABCD"),
        ] {
            assert!(!is_public(&text) && has_token(&text), "{text}");
        }
    }

    #[test]
    fn words_and_a_number_are_not_random() {
        for text in ["ThisIsALongFolderName1234567890", "CustomerBillingReports2024Archive"] {
            assert!(is_of_words(text) && !has_token(text), "{text}");
        }
        for text in ["aB3dE5gH7jK9mN1pQ3sT5vW7", "kQzWmTbXrLpNvGhJdFsYcB7aXo"] {
            assert!(!is_of_words(text) && has_token(text), "{text}");
        }
    }

    #[test]
    fn opaque_words_are_told_from_names_and_versions() {
        for text in ["Pl4ntedS3cret", "planted-s3cret", "9f8e7d6c", "abcdef123456", "ABCD-1234-EFGH-5678", "a1b2c3d4e5"]
        {
            assert!(is_opaque(text), "{text}");
        }
        for text in [
            "gpt-4o-mini",
            "claude-3-5-sonnet-20241022",
            "node20-alpine",
            "us-east-1",
            "Apache-2.0",
            "GPL-3.0-only",
            "Qwen2.5-7B-Instruct",
            "production2024",
            "daily-report-1",
            "2025-06-18T10",
            "Dockerfile.v2",
            "123e4567-e89b-12d3-a456-426614174000",
            "@scope/server@1.2.3",
            "server-v1.2.3-beta4",
            "20241128",
        ] {
            assert!(!is_opaque(text), "{text}");
        }
    }

    #[test]
    fn tokens_are_known_by_their_looks() {
        for token in [
            "ghp_0123456789abcdef0123",
            "sk-ant-api03-aB3dE5gH7jK9",
            "AKIAQ7WZK3M2T5R8VN4P",
            "aB3dE5gH7jK9mN1pQ3sT5vW7",
            "0123456789abcdef0123456789abcdef",
            "SG.aB3dE5gH7jK9mN1p.Q3sT5vW7aB3dE5gH7jK9",
            "Z2hwXzAxMjM0NTY3ODlhYmNkZWYwMTIz",
            "123456789:AAaB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC3d",
        ] {
            assert!(is_token(token), "{token}");
        }
        for text in [
            "sk-image-processing-tools",
            "sk-xxxxxxxxxxxxxxxxxxxx",
            "123e4567-e89b-12d3-a456-426614174000",
            "00000000000000000000000000000000",
            "@modelcontextprotocol/server-everything@2026.8.31",
            "image@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "github:owner/repo#0123456789abcdef0123456789abcdef01234567",
            "sha512-aB3dE5gH7jK9mN1pQ3sT5vW7aB3dE5gH7jK9",
            "key-value-store-server-1",
        ] {
            assert!(spans(text).is_empty(), "{text}");
        }
    }
}
