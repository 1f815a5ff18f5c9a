//! Hides the tokens of known issuers in any text, for whatever leaves for a report or a message. Tokens that are known by
//! their randomness alone stay: digests and ids look like them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::issuers;
use super::names::HIDDEN;

/// Into how many arguments a token may be split.
const MOST_PIECES: usize = 4;
/// Prefixes that are no word.
const SURE: [&str; 8] = ["ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-"];
/// What stands between two pieces of a text that a shell or an interpreter joins: `"a""b"`, `'a' + 'b'`.
static JOINT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"["']\s*\+?\s*["']|\\\r?\n"#).expect("the pattern is right"));
/// `NAME=value` in code for a shell.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\b([A-Za-z_][A-Za-z0-9_]*)=["']?([A-Za-z0-9_\-]{4,})"#).expect("the pattern is right")
});
/// Variables without anything between them: `$A$B`, `${A}${B}`. With the letters of all languages, which no shell takes in
/// names, the pattern is over a megabyte in memory.
static ADJACENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:\$\{?[A-Za-z_][A-Za-z0-9_]*\}?){2,8}").expect("the pattern is right"));
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_][A-Za-z0-9_]*").expect("the pattern is right"));

/// `text` without tokens of known issuers. `None` if it has none.
pub(crate) fn hide_issued(text: &str) -> Option<String> {
    let spans = issuers::issued_spans(text);
    let mut shown = String::new();
    let mut end = 0;
    for span in spans {
        shown.push_str(text.get(end..span.start).unwrap_or_default());
        shown.push_str(HIDDEN);
        end = span.end;
    }
    (end > 0).then(|| shown + text.get(end..).unwrap_or_default())
}

fn is_no_word(text: &str) -> bool {
    let has = |test: fn(&char) -> bool| text.chars().any(|c| test(&c));
    has(char::is_ascii_digit) || (has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase))
}

/// True if the argument at `at` is a piece of a token that is split between it and its neighbours.
pub(super) fn is_piece(args: &[String], at: usize) -> bool {
    let is_plain =
        |text: &String| text.len() >= 4 && !text.starts_with('-') && !text.contains(['/', ':', '=', ' ', '@']);
    // The first piece may look like a whole token; what follows it is then no word.
    let is_apart = |pieces: &[String]| match pieces.split_first() {
        Some((first, rest)) if issuers::is_token(first) => rest.iter().all(|piece| issuers::is_opaque(piece)),
        Some(_) | None => !pieces.iter().any(|piece| issuers::is_token(piece)),
    };
    let is_split = |pieces: &[String]| {
        let token = pieces.concat();
        // Three words may stand side by side by chance.
        let is_sure = pieces.len() == 2
            || SURE.iter().any(|start| token.starts_with(start))
            || pieces.iter().skip(1).all(|piece| is_no_word(piece));
        is_sure && pieces.iter().all(is_plain) && is_apart(pieces) && issuers::is_issued_token(&token)
    };
    (2..=MOST_PIECES).any(|count| {
        let starts = (at + 1).saturating_sub(count)..=at;
        starts.into_iter().any(|start| args.get(start..start + count).is_some_and(is_split))
    })
}

/// The places of tokens that `code` writes in pieces: joined texts, and variables that stand side by side.
pub(super) fn divided_spans(code: &str) -> Vec<Range<usize>> {
    let mut spans = joined_spans(code);
    let variables: Vec<(&str, Range<usize>)> = VARIABLE
        .captures_iter(code)
        .filter_map(|found| Some((found.get(1)?.as_str(), found.get(2)?.range())))
        .collect();
    for used in ADJACENT.find_iter(code) {
        let place = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, place)| place.clone());
        let pieces: Option<Vec<Range<usize>>> =
            NAME.find_iter(used.as_str()).map(|name| place(name.as_str())).collect();
        let Some(pieces) = pieces else { continue };
        let token: String = pieces.iter().filter_map(|piece| code.get(piece.clone())).collect();
        if issuers::is_issued_token(&token) {
            spans.extend(pieces);
        }
    }
    spans.sort_by_key(|span| (span.start, span.end));
    spans.dedup();
    spans
}

/// True if `code` writes a token in pieces.
pub(crate) fn writes_in_pieces(code: &str) -> bool {
    !divided_spans(code).is_empty()
}

/// The places of tokens whose pieces are joined where they stand.
fn joined_spans(code: &str) -> Vec<Range<usize>> {
    if !JOINT.is_match(code) {
        return Vec::new();
    }
    let mut joined = String::with_capacity(code.len());
    // For each part of `joined`: where it begins there and in `code`.
    let mut parts = vec![(0, 0)];
    let mut end = 0;
    for joint in JOINT.find_iter(code) {
        joined.push_str(code.get(end..joint.start()).unwrap_or_default());
        parts.push((joined.len(), joint.end()));
        end = joint.end();
    }
    joined.push_str(code.get(end..).unwrap_or_default());
    let place = |at: usize| {
        let (here, there) = parts.iter().rev().find(|(here, _)| *here <= at).copied().unwrap_or_default();
        at - here + there
    };
    let spans = issuers::issued_spans(&joined).into_iter().filter(|span| span.end > span.start);
    spans.map(|span| place(span.start)..place(span.end - 1) + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_issuers_are_hidden_anywhere() {
        for (text, shown) in [
            ("shelf-ghp_0123456789abcdefABCD in .mcp.json:3", "shelf-*** in .mcp.json:3"),
            ("./run.ghp_0123456789abcdefABCD.sh", "./run.***"),
            ("https://x.example/?t=glpat-0123456789abcdefABCD&a=1", "https://x.example/?t=***&a=1"),
            ("Z2hwXzAxMjM0NTY3ODlhYmNkZWZBQkNE", "***"),
        ] {
            assert_eq!(hide_issued(text).as_deref(), Some(shown));
        }
        for text in [
            "@scope/api-key-manager2024",
            "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "aB3dE5gH7jK9mN1pQ3sT5vW7",
            "list_secret_names_of_team_2",
            "the sk-image-processing-tools package",
        ] {
            assert_eq!(hide_issued(text), None, "{text}");
        }
    }

    #[test]
    fn pieces_that_code_joins_are_found() {
        let hidden = |code: &str| {
            let mut shown = code.to_owned();
            for span in divided_spans(code).into_iter().rev() {
                shown.replace_range(span, HIDDEN);
            }
            shown
        };
        for (code, shown) in [
            (r#"echo "ghp_""0123456789abcdefABCD" | x"#, r#"echo "***" | x"#),
            ("x('ghp_01234567' + '89abcdefABCD')", "x('***')"),
            ("A=ghp_01234567; B='89abcdefABCD'; exec x $A${B}", "A=***; B='***'; exec x $A${B}"),
        ] {
            assert_eq!(hidden(code), shown);
        }
        for code in ["A=shelf; B=books; x $A$B", "echo 'a' 'b' 'sk-' + 'image-tools'"] {
            assert_eq!(hidden(code), code);
        }
    }
}
