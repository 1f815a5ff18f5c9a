//! Something that is wrong at a place of a file, and how it is shown: the place, what to do, the line and a caret.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::model::Position;
use crate::text::{clean, prose};

/// Most diagnostics that are shown; the rest are counted.
const MAX_SHOWN: usize = 50;
/// Characters of the line that are shown before the place, and behind it.
const AROUND: usize = 60;
/// Longest sentence, in characters: it may quote the file.
const MAX_SENTENCE: usize = 300;

/// What is wrong at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDiagnostic {
    /// The place, in bytes of the text; one that lies outside means the end of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do; empty where that goes without saying.
    pub remedy: String,
}

impl PolicyDiagnostic {
    /// "what is wrong; what to do", on one line.
    pub(crate) fn sentence(&self) -> String {
        let whole = if self.remedy.is_empty() { self.what.clone() } else { format!("{}; {}", self.what, self.remedy) };
        clean::excerpt(&whole, MAX_SENTENCE)
    }

    /// Where it begins in `text`.
    pub(crate) fn position(&self, text: &str) -> Position {
        let before = &text[..self.start(text)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Position { line: number(before.matches('\n').count() + 1), column: number(line.chars().count() + 1) }
    }

    /// The byte where it begins, which is a character's first.
    fn start(&self, text: &str) -> usize {
        boundary(text, self.span.start)
    }

    /// `file:line:column: what is wrong; what to do`, and below it the line with a caret.
    fn shown(&self, file: &str, text: &str) -> String {
        let Position { line, column } = self.position(text);
        let head = format!("{file}:{line}:{column}: {}", self.sentence());
        let start = self.start(text);
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = text[start..].split(['\n', '\r']).next().unwrap_or_default();
        let marked_to = boundary(text, self.span.end).clamp(start, start + rest.len());
        // Cleaned piece by piece, so that the caret stays where it belongs.
        let before = clean::clean(last_characters(&text[first..start])).replace('\t', " ");
        let marked = clean::clean(first_characters(&text[start..marked_to])).into_owned();
        let behind = clean::clean(first_characters(&text[marked_to..start + rest.len()])).into_owned();
        let span = before.len()..before.len() + marked.len();
        let source = before + &marked + &behind;
        let snippet = Snippet::source(source)
            .line_start(usize::try_from(line).unwrap_or(usize::MAX))
            .annotation(AnnotationKind::Primary.span(span));
        let renderer = Renderer::plain().decor_style(DecorStyle::Ascii);
        format!("{head}\n{}", renderer.render(&[Group::with_level(Level::ERROR).element(snippet)]))
    }
}

/// The last place not behind `at` where a character begins or the text ends.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn first_characters(text: &str) -> &str {
    text.char_indices().nth(AROUND).map_or(text, |(at, _)| &text[..at])
}

fn last_characters(text: &str) -> &str {
    text.char_indices().rev().nth(AROUND - 1).map_or(text, |(at, _)| &text[at..])
}

/// All of `diagnostics` in the order of the text of `file`, each with its line; of very many only the first.
pub(crate) fn report(file: &str, text: &str, diagnostics: &[PolicyDiagnostic]) -> String {
    let shown = diagnostics.iter().take(MAX_SHOWN).map(|diagnostic| diagnostic.shown(file, text));
    let more = diagnostics.len().saturating_sub(MAX_SHOWN);
    let more = (more > 0).then(|| format!("and {}", prose::count(more, "more problem")));
    shown.chain(more).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(span: Range<usize>) -> PolicyDiagnostic {
        PolicyDiagnostic { span, what: "wrong".into(), remedy: "right it".into() }
    }

    #[test]
    fn a_flaw_is_shown_with_its_line_and_a_caret() {
        let text = "a: 1\n  \"é\u{202e}é\": [x, y]\nb: 2\n";
        let at = text.find("[x").unwrap();
        let shown = report("p.yaml", text, &[diagnostic(at..at + 6)]);
        assert_eq!(shown, "p.yaml:2:10: wrong; right it\n  |\n2 |   \"éé\": [x, y]\n  |         ^^^^^^");
    }

    #[test]
    fn a_place_is_always_in_the_text() {
        for text in ["", "\n", "é", "a\r\nb", &"é".repeat(500)] {
            for span in [0..0, 0..1, 1..9, 499..501, usize::MAX..usize::MAX] {
                let Position { line, column } = diagnostic(span.clone()).position(text);
                assert!(line <= text.matches('\n').count() as u64 + 1 && column <= text.chars().count() as u64 + 1);
                let shown = report("f", text, &[diagnostic(span)]);
                assert!(shown.contains('^') && shown.lines().all(|l| l.chars().count() < 3 * AROUND), "{shown}");
            }
        }
    }

    #[test]
    fn of_very_many_flaws_the_rest_is_counted() {
        let diagnostics = vec![diagnostic(0..1); MAX_SHOWN + 2];
        let shown = report("f", "text", &diagnostics);
        assert_eq!(shown.matches("f:1:1:").count(), MAX_SHOWN);
        assert!(shown.ends_with("and 2 more problems"), "{shown}");
    }
}
