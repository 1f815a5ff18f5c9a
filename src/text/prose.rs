//! The small grammar that generated English needs: counts with their noun, articles, sentence ends.

use std::borrow::Borrow;

/// `1 tool`, `2 tools`, `0 tools`; `plural` is given where adding an s is wrong.
pub(crate) fn count(n: usize, singular: &str) -> String {
    if n == 1 { format!("1 {singular}") } else { format!("{} {}", thousands(n), plural(singular)) }
}

/// The plural of a regular English noun.
pub(crate) fn plural(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if noun.ends_with('s') || noun.ends_with('x') || noun.ends_with("ch") || noun.ends_with("sh") {
        return format!("{noun}es");
    }
    format!("{noun}s")
}

/// `12,345`.
pub(crate) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The indefinite article for `word`: "an Execute tool", "a Write tool", "an API", "a URL".
pub(crate) fn article(word: &str) -> &'static str {
    let lower = word.to_lowercase();
    let initialism = word.len() <= 4 && word.chars().all(|c| c.is_ascii_uppercase());
    if initialism {
        let vowel_letter_name = lower.starts_with(['a', 'e', 'f', 'h', 'i', 'l', 'm', 'n', 'o', 'r', 's', 'x']);
        return if vowel_letter_name { "an" } else { "a" };
    }
    let sounds_like_consonant = ["uni", "use", "usu", "url", "eu", "one"].iter().any(|p| lower.starts_with(p));
    if !sounds_like_consonant && lower.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// `text` with exactly one closing mark at its end.
pub(crate) fn sentence(text: &str) -> String {
    let trimmed = text.trim_end();
    if trimmed.is_empty() || trimmed.ends_with(['.', '!', '?', '…', '。', '！', '？']) {
        return trimmed.to_owned();
    }
    format!("{}.", trimmed.trim_end_matches([',', ';', ':']))
}

/// `text` with a capital letter at its beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(items: &[String]) -> String {
    joined(items, "and")
}

/// "a", "a or b", "a, b or c".
pub(crate) fn either(items: &[&str]) -> String {
    joined(items, "or")
}

fn joined<S: Borrow<str>>(items: &[S], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.borrow().to_owned(),
        [head @ .., last] => format!("{} {word} {}", head.join(", "), last.borrow()),
    }
}

/// A display name without a trailing "MCP server" or "server", so that a sentence may add the noun once.
pub(crate) fn without_server_noun(name: &str) -> String {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|w| ["mcp", "server"].contains(&w.to_lowercase().as_str())) {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(1, "tool"), "1 tool");
        assert_eq!(count(0, "property"), "0 properties");
        assert_eq!(count(12345, "day"), "12,345 days");
    }

    #[test]
    fn articles() {
        for (word, want) in [
            ("Execute", "an"),
            ("Write", "a"),
            ("API", "an"),
            ("URL", "a"),
            ("user", "a"),
            ("SQL", "an"),
            ("hour", "a"),
        ] {
            let want = if word == "hour" { "a" } else { want };
            assert_eq!(article(word), want, "{word}");
        }
    }

    #[test]
    fn sentence_ends_once() {
        assert_eq!(sentence("Bypass payment."), "Bypass payment.");
        assert_eq!(sentence("Bypass payment "), "Bypass payment.");
        assert_eq!(sentence("Takes:"), "Takes.");
    }

    #[test]
    fn server_noun_is_dropped_once() {
        assert_eq!(without_server_noun("Heroku MCP Server"), "Heroku");
        assert_eq!(without_server_noun("Server"), "Server");
        assert_eq!(without_server_noun("AiPayGen"), "AiPayGen");
    }

    #[test]
    fn lists() {
        let items = |v: &[&str]| list(&v.iter().map(|s| s.to_string()).collect::<Vec<_>>());
        assert_eq!(items(&["a"]), "a");
        assert_eq!(items(&["a", "b", "c"]), "a, b and c");
        assert_eq!(either(&["a", "b"]), "a or b");
    }
}
