//! Which expressions of built-in rules can match in a text: `build.rs` finds literals for them, of which one occurs in every
//! match. All literals are looked for in one pass, and most expressions are never compiled.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

/// The index of an expression with known literals.
pub(super) type ExpressionId = u16;

/// Letters that are an `s` and a `k` to an expression that ignores case, and none to the search for literals.
const OTHER_LETTERS: [char; 2] = ['\u{17f}', '\u{212a}'];

/// The expressions, each with its literals in lower case.
static EXPRESSIONS: LazyLock<Expressions> = LazyLock::new(|| {
    let written = include_str!(concat!(env!("OUT_DIR"), "/literals.json"));
    let all: BTreeMap<String, Vec<String>> = serde_json::from_str(written).unwrap_or_default();
    let mut expressions = Expressions { ids: FxHashMap::default(), literals: Vec::new() };
    for (id, (expression, literals)) in (0..).zip(all) {
        expressions.literals.extend(literals.into_iter().map(|literal| (literal, id)));
        expressions.ids.insert(expression, id);
    }
    expressions
});

/// `None` if it cannot be built: then each expression is possible.
static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .ascii_case_insensitive(true)
        .prefilter(false)
        .build(EXPRESSIONS.literals.iter().map(|(literal, _)| literal))
        .ok()
});

struct Expressions {
    ids: FxHashMap<String, ExpressionId>,
    /// Each with the expression that needs it.
    literals: Vec<(String, ExpressionId)>,
}

/// The id of `expression` if its literals are known.
pub(super) fn id(expression: &str) -> Option<ExpressionId> {
    EXPRESSIONS.ids.get(expression).copied()
}

/// The expressions that can match in some texts.
#[derive(Debug)]
pub(crate) struct Possible {
    /// One bit for each expression with known literals; `None` if each is possible.
    found: Option<Box<[u64]>>,
}

impl Possible {
    /// The expressions that can match in one of `texts`.
    pub(crate) fn in_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let Some(search) = SEARCH.as_ref() else { return Self { found: None } };
        let mut found = vec![0_u64; EXPRESSIONS.ids.len().div_ceil(64)].into_boxed_slice();
        for text in texts {
            if !text.is_ascii() && text.contains(OTHER_LETTERS) {
                return Self { found: None };
            }
            for literal in search.find_overlapping_iter(text) {
                let (_, id) = EXPRESSIONS.literals[literal.pattern().as_usize()];
                found[usize::from(id) / 64] |= 1 << (id % 64);
            }
        }
        Self { found: Some(found) }
    }

    /// False if the expression with that id has no match.
    pub(super) fn has(&self, id: ExpressionId) -> bool {
        self.found.as_ref().is_none_or(|found| found[usize::from(id) / 64] & (1 << (id % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn an_expression_without_its_literals_has_no_match() {
        assert!(EXPRESSIONS.ids.len() > 80, "{}", EXPRESSIONS.ids.len());
        let files: Vec<String> = ["rules/findings.yaml", "rules/guards.yaml", "docs/rules.md"]
            .map(|file| std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap())
            .into();
        let lines: Vec<&str> = files.iter().flat_map(|file| file.lines()).collect();
        let mut matches = 0;
        for (expression, id) in &EXPRESSIONS.ids {
            let regex = Regex::new(expression).unwrap();
            for text in lines.iter().filter(|line| regex.is_match(line)) {
                matches += 1;
                assert!(Possible::in_texts([*text]).has(*id), "{expression} in {text}");
            }
        }
        assert!(matches > 100, "{matches}");
    }

    #[test]
    fn case_and_letters_that_look_alike_do_not_matter() {
        let with_another_letter = "<\u{17f}ecret>";
        let mut expressions = EXPRESSIONS.ids.iter();
        let (_, id) = expressions.find(|(known, _)| Regex::new(known).unwrap().is_match(with_another_letter)).unwrap();
        for text in [with_another_letter, "<SECRET>", "<secret>"] {
            assert!(Possible::in_texts([text]).has(*id), "{text}");
        }
        assert!(!Possible::in_texts(["Lists the notes of a user."]).has(*id));
    }
}
