//! Words of an identifier or of a sentence, with the place where each stands.
//!
//! An identifier is split at every separator and at every change of case: `TwilioApiV2010--CreateSiprec` gives
//! twilio, api, v2010, create, siprec. A sentence is split the same way, so that `createIssue` in a description reads
//! like `create_issue` in a name.

/// One word: its lower-case form and its place in the text it was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Lower-case form.
    pub text: String,
    /// First byte in the source text.
    pub start: usize,
    /// One past the last byte in the source text.
    pub end: usize,
}

/// The words of `source`, in order.
pub fn words(source: &str) -> Vec<Word> {
    spans(source).into_iter().map(|(start, end)| Word { text: source[start..end].to_lowercase(), start, end }).collect()
}

/// The byte spans of the words of `source`. An apostrophe inside a word stays in it ("doesn't").
pub fn spans(source: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::with_capacity(source.len() / 6 + 1);
    let mut start: Option<usize> = None;
    let mut previous: Option<char> = None;
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, n)| n);
        let inside = c.is_alphanumeric() || is_inner_apostrophe(previous, c, next) || is_mark(c);
        if !inside {
            if let Some(s) = start.take() {
                out.push((s, at));
            }
            previous = None;
            continue;
        }
        if let (Some(s), Some(p)) = (start, previous)
            && starts_new_word(p, c, next)
        {
            out.push((s, at));
            start = Some(at);
        }
        start.get_or_insert(at);
        previous = Some(c);
    }
    if let Some(s) = start {
        out.push((s, source.len()));
    }
    out
}

/// A combining mark belongs to the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}')
}

fn is_inner_apostrophe(previous: Option<char>, c: char, next: Option<char>) -> bool {
    matches!(c, '\'' | '\u{2019}') && previous.is_some_and(char::is_alphabetic) && next.is_some_and(char::is_alphabetic)
}

/// camelCase, HTTPServer (a new word at the last capital of a run), and a change of script between CJK and others.
fn starts_new_word(previous: char, c: char, next: Option<char>) -> bool {
    if previous.is_lowercase() && c.is_uppercase() {
        return true;
    }
    if previous.is_ascii_digit() && c.is_uppercase() && next.is_some_and(char::is_lowercase) {
        return true;
    }
    let capital_run_ends = previous.is_uppercase() && c.is_uppercase() && next.is_some_and(char::is_lowercase);
    // "APIs", "IDs": a plural s is no new word.
    let plural_of_capitals = next == Some('s');
    (capital_run_ends && !plural_of_capitals) || is_unspaced(previous) != is_unspaced(c)
}

/// True for scripts written without spaces between words (Chinese, Japanese); their words are found as phrases.
pub fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(source: &str) -> Vec<String> {
        words(source).into_iter().map(|w| w.text).collect()
    }

    #[test]
    fn identifiers() {
        let cases: [(&str, &[&str]); 12] = [
            ("create_api_key", &["create", "api", "key"]),
            ("createAPIKey", &["create", "api", "key"]),
            ("list-tables", &["list", "tables"]),
            ("mcp__github__create_issue", &["mcp", "github", "create", "issue"]),
            ("TwilioApiV2010--CreateSiprec", &["twilio", "api", "v2010", "create", "siprec"]),
            ("sql_server_firewall-rule_delete", &["sql", "server", "firewall", "rule", "delete"]),
            ("HTTPServerURL", &["http", "server", "url"]),
            ("listAPIs", &["list", "apis"]),
            ("issues.list", &["issues", "list"]),
            ("d1_database_query", &["d1", "database", "query"]),
            ("undelete", &["undelete"]),
            ("get删除记录now", &["get", "删除记录", "now"]),
        ];
        for (source, want) in cases {
            assert_eq!(split(source), want, "{source}");
        }
    }

    #[test]
    fn sentences_keep_apostrophes_and_places() {
        assert_eq!(split("It doesn't delete: 'a' file."), ["it", "doesn't", "delete", "a", "file"]);
        let source = "Löscht createIssue";
        for w in words(source) {
            assert_eq!(source[w.start..w.end].to_lowercase(), w.text);
        }
    }
}
