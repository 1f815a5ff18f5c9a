//! Splits identifiers and sentences into words, with their byte offsets.
//!
//! An identifier is split at separators and changes of case: `TwilioApiV2010--CreateSiprec` becomes twilio, api, v2010,
//! create, siprec. A sentence is split the same way, so that `createIssue` in a description matches `create_issue` in a
//! name.

use std::borrow::Cow;

/// The words of a text in lower case, with their byte offsets.
#[derive(Debug, Clone, Default)]
pub struct Words<'a> {
    source: Cow<'a, str>,
    /// The source in lower case, with all words at the same byte offsets.
    lower: String,
    spans: Vec<(usize, usize)>,
}

impl<'a> Words<'a> {
    /// Splits `source` into words.
    pub fn new(source: impl Into<Cow<'a, str>>) -> Self {
        Self::opening(source, usize::MAX)
    }

    /// Splits `source` into words up to number `most`; the gap after the last one is the rest of the text.
    pub(crate) fn opening(source: impl Into<Cow<'a, str>>, most: usize) -> Self {
        let source = source.into();
        let spans = spans(&source, most);
        let lower = lower_in_place(&source);
        Self { source, lower, spans }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// True if there are no words.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Word `at` in lower case; empty past the end.
    pub(crate) fn get(&self, at: usize) -> &str {
        self.spans.get(at).map_or("", |&(start, end)| &self.lower[start..end])
    }

    /// All words in lower case.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.spans.iter().map(|&(start, end)| &self.lower[start..end])
    }

    /// Byte range of the words `from` to `to`, both inclusive; the end is exclusive.
    pub(crate) fn bytes(&self, from: usize, to: usize) -> (usize, usize) {
        match (self.spans.get(from), self.spans.get(to)) {
            (Some(&(start, _)), Some(&(_, end))) => (start, end),
            _ => (0, 0),
        }
    }

    /// The source text of the words `from` to `to`, both inclusive.
    pub(crate) fn text(&self, from: usize, to: usize) -> &str {
        let (start, end) = self.bytes(from, to);
        &self.source[start..end]
    }

    /// The text between word `at` and the next; after the last word, the rest of the text.
    pub(crate) fn gap_after(&self, at: usize) -> &str {
        let start = self.spans.get(at).map_or(0, |&(_, end)| end);
        let end = self.spans.get(at + 1).map_or(self.source.len(), |&(start, _)| start);
        self.source.get(start..end).unwrap_or("")
    }

    /// The text between the previous word and word `at`.
    pub(crate) fn gap_before(&self, at: usize) -> &str {
        match at.checked_sub(1) {
            Some(previous) => self.gap_after(previous),
            None => self.spans.first().map_or("", |&(start, _)| &self.source[..start]),
        }
    }

    /// True if word `at` begins with a capital letter in the source.
    pub(crate) fn is_capitalised(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|&(start, _)| self.source[start..].starts_with(char::is_uppercase))
    }

    /// True if the words from `at` on equal `sequence`.
    pub(crate) fn starts_at(&self, at: usize, sequence: &[Box<str>]) -> bool {
        sequence.iter().enumerate().all(|(i, word)| self.get(at + i) == &**word)
    }

    /// True if a sentence ends after word `at`: at a full stop with a space, or at a line break that begins a new
    /// sentence.
    pub(crate) fn ends_sentence(&self, at: usize) -> bool {
        let is_last = at + 1 >= self.len();
        let gap = self.gap_after(at);
        // An ellipsis within a line is an omission, not the end of a sentence.
        if !is_last && gap.contains("..") && !gap.contains('\n') {
            return false;
        }
        let mut chars = gap.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '。' | '！' | '？' | ';' | '；' => return true,
                '.' | '!' | '?' if chars.peek().map_or(is_last, |n| n.is_whitespace() || "\"')*".contains(*n)) => {
                    return true;
                }
                '\n' if self.is_capitalised(at + 1) || chars.clone().any(|n| "\n-*•#:`".contains(n)) => return true,
                ':' if chars.peek() == Some(&'\n') => return true,
                _ => {}
            }
        }
        false
    }

    /// True if word `at` is part of a compound such as `QuickPay`, `createIssue` or `delete_user`, hence a name and not
    /// a word of the sentence.
    pub(crate) fn is_in_compound(&self, at: usize) -> bool {
        let is_joined = |left: usize| {
            let gap = self.gap_after(left);
            let is_spaced = |word: &str| word.chars().all(|c| !is_unspaced(c));
            gap == "_" || (gap.is_empty() && is_spaced(self.get(left)) && is_spaced(self.get(left + 1)))
        };
        (at > 0 && is_joined(at - 1)) || (at + 1 < self.len() && is_joined(at))
    }

    /// The text that was split.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

/// Lower-cases `source` with unchanged byte offsets: letters whose lower case has another length stay as they are.
fn lower_in_place(source: &str) -> String {
    if source.is_ascii() {
        return source.to_ascii_lowercase();
    }
    source
        .chars()
        .map(|c| {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(l), None) if l.len_utf8() == c.len_utf8() => l,
                _ => c,
            }
        })
        .collect()
}

/// The byte ranges of the first words of `source`, at most `most`. A word keeps its inner apostrophes ("doesn't").
fn spans(source: &str, most: usize) -> Vec<(usize, usize)> {
    let mut out = Vec::with_capacity((source.len() / 6 + 1).min(most));
    if source.is_ascii() {
        ascii_spans(source.as_bytes(), most, &mut out);
    } else {
        unicode_spans(source, &mut out);
        out.truncate(most);
    }
    out
}

fn unicode_spans(source: &str, out: &mut Vec<(usize, usize)>) {
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
}

/// Like [`unicode_spans`] for ASCII, of which nearly all texts are.
fn ascii_spans(source: &[u8], most: usize, out: &mut Vec<(usize, usize)>) {
    let byte = |at: usize| source.get(at).copied().unwrap_or_default();
    let mut at = 0;
    while out.len() < most {
        while at < source.len() && !source[at].is_ascii_alphanumeric() {
            at += 1;
        }
        if at >= source.len() {
            return;
        }
        let start = at;
        at += 1;
        while at < source.len() {
            let (previous, c) = (source[at - 1], source[at]);
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                at += 1;
                continue;
            }
            if c.is_ascii_uppercase() {
                let next = byte(at + 1);
                let is_new = previous.is_ascii_lowercase()
                    || next.is_ascii_lowercase()
                        && (previous.is_ascii_digit() || previous.is_ascii_uppercase() && next != b's');
                if is_new {
                    break;
                }
            } else if c != b'\'' || !previous.is_ascii_alphabetic() || !byte(at + 1).is_ascii_alphabetic() {
                break;
            }
            at += 1;
        }
        out.push((start, at));
    }
}

/// True for combining marks, which belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}')
}

fn is_inner_apostrophe(previous: Option<char>, c: char, next: Option<char>) -> bool {
    matches!(c, '\'' | '\u{2019}') && previous.is_some_and(char::is_alphabetic) && next.is_some_and(char::is_alphabetic)
}

/// A word starts within camelCase, at the last capital of a run (HTTPServer), and where CJK meets another script.
fn starts_new_word(previous: char, c: char, next: Option<char>) -> bool {
    if previous.is_lowercase() && c.is_uppercase() {
        return true;
    }
    if previous.is_ascii_digit() && c.is_uppercase() && next.is_some_and(char::is_lowercase) {
        return true;
    }
    let capital_run_ends = previous.is_uppercase() && c.is_uppercase() && next.is_some_and(char::is_lowercase);
    // "APIs", "IDs": the plural s does not start a word.
    let plural_of_capitals = next == Some('s');
    (capital_run_ends && !plural_of_capitals) || is_unspaced(previous) != is_unspaced(c)
}

/// True for scripts without spaces between words (Chinese, Japanese), whose words are matched as phrases.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// True for the Korean alphabet.
pub(crate) fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7af}').contains(&c)
}

/// True for Japanese and Korean words: these languages put the verb last.
pub(crate) fn puts_verb_last(word: &str) -> bool {
    word.chars().any(|c| is_hangul(c) || ('\u{3040}'..='\u{30ff}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_split_like_all_texts() {
        let parts = ["a", "Z", "s", "'", "7", "_", " ", "B", "x", "-", "''", "S", "."];
        let mut seed = 7_usize;
        for _ in 0..20_000 {
            let text: String = (0..9)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    parts[(seed >> 33) % parts.len()]
                })
                .collect();
            let mut all = Vec::new();
            unicode_spans(&text, &mut all);
            assert_eq!(spans(&text, usize::MAX), all, "{text}");
            all.truncate(2);
            assert_eq!(spans(&text, 2), all, "{text}");
        }
    }

    fn split(source: &str) -> Vec<String> {
        Words::new(source).iter().map(str::to_owned).collect()
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
    fn sentences_end_at_stops_and_new_lines() {
        let ends = |text: &str| {
            let words = Words::new(text);
            (0..words.len() - 1)
                .filter(|&at| words.ends_sentence(at))
                .map(|at| words.get(at).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(ends("Reads v1.2 files. Fast! And wraps\nhere\n- a point"), ["files", "fast", "here"]);
    }

    #[test]
    fn compounds_are_names() {
        let words = Words::new("QuickPay pays, createIssue and delete_user run 查询API calls");
        let inside: Vec<&str> =
            (0..words.len()).filter(|&at| words.is_in_compound(at)).map(|at| words.get(at)).collect();
        assert_eq!(inside, ["quick", "pay", "create", "issue", "delete", "user"]);
    }

    #[test]
    fn sentences_keep_apostrophes_and_places() {
        assert_eq!(split("It doesn't delete: 'a' file."), ["it", "doesn't", "delete", "a", "file"]);
        let source = "LÖSCHT İstanbul createIssue.";
        let words = Words::new(source);
        assert_eq!(words.iter().collect::<Vec<_>>(), ["löscht", "İstanbul", "create", "issue"]);
        assert_eq!(&source[words.bytes(2, 3).0..words.bytes(2, 3).1], "createIssue");
        assert_eq!((words.gap_after(0), words.gap_after(3), words.gap_before(0)), (" ", ".", ""));
    }
}
