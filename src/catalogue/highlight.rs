//! A text of a definition with the words marked that a verdict rests on.

use serde::Serialize;

use super::address;
use crate::model::{Category, Evidence, Place};
use crate::text::markdown;

/// A stretch of text, marked or not.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The text as the server sent it.
    pub text: String,
    /// The category that these words speak for, in lower case, when they are evidence.
    pub says: Option<&'static str>,
}

/// `text` cut into pieces at the spans of `evidence` that stand in `place`; where spans overlap the first one wins.
/// Blank space around the text and the indentation that its lines have in common are left out, and so is what goes
/// beyond `max` characters.
pub fn pieces(text: &str, evidence: &[Evidence], place: Place, max: usize) -> Vec<Piece> {
    let mut letters: Vec<(char, Option<Category>)> = text.chars().take(max).map(|c| (c, None)).collect();
    let cut = text.chars().nth(max).is_some();
    for one in evidence.iter().filter(|e| e.place == place) {
        let [start, end] = one.span;
        for (_, says) in letters.iter_mut().take(end).skip(start) {
            says.get_or_insert(one.says);
        }
    }
    if place == Place::Description {
        let start: String = letters.iter().map(|(c, _)| *c).collect();
        let mut kept = markdown::kept(&start).into_iter();
        letters.retain(|_| kept.next().unwrap_or(true));
    }
    let mut letters = dedent(letters);
    if cut {
        letters.extend("...".chars().map(|c| (c, None)));
    }
    join(letters)
}

/// Without the blank space around it, and without the indentation that all lines but the first have in common.
fn dedent(letters: Vec<(char, Option<Category>)>) -> Vec<(char, Option<Category>)> {
    let lines: Vec<&[(char, Option<Category>)]> = letters.split(|(c, _)| *c == '\n').collect();
    let indent = |line: &&[(char, Option<Category>)]| line.iter().take_while(|(c, _)| *c == ' ' || *c == '\t').count();
    let blank = |line: &&[(char, Option<Category>)]| line.iter().all(|(c, _)| c.is_whitespace());
    let shared = lines.iter().skip(1).filter(|l| !blank(l)).map(indent).min().unwrap_or(0);
    let mut out = Vec::with_capacity(letters.len());
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            out.push(('\n', None));
        }
        let skip = if number == 0 { 0 } else { shared.min(indent(line)) };
        out.extend(line.iter().skip(skip));
    }
    while out.last().is_some_and(|(c, _)| c.is_whitespace()) {
        out.pop();
    }
    let lead = out.iter().take_while(|(c, _)| c.is_whitespace()).count();
    out.split_off(lead)
}

fn join(letters: Vec<(char, Option<Category>)>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for (c, says) in letters {
        let says = says.map(address::category_slug);
        match out.last_mut() {
            Some(last) if last.says == says => last.text.push(c),
            _ => out.push(Piece { text: c.into(), says }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(span: [usize; 2], says: Category) -> Evidence {
        Evidence { rule: "r".into(), place: Place::Description, parameter: None, span, text: String::new(), says }
    }

    fn shown(text: &str, evidence: &[Evidence]) -> String {
        pieces(text, evidence, Place::Description, 50)
            .into_iter()
            .map(|p| if p.says.is_some() { format!("[{}]", p.text) } else { p.text })
            .collect()
    }

    #[test]
    fn spans_count_characters() {
        assert_eq!(shown("Löscht den Eintrag", &[evidence([0, 6], Category::Destructive)]), "[Löscht] den Eintrag");
    }

    #[test]
    fn overlapping_and_impossible_spans_do_no_harm() {
        let spans = [[2, 4], [3, 6], [9, 900], [8, 2], [usize::MAX, usize::MAX]];
        let all: Vec<Evidence> = spans.iter().map(|s| evidence(*s, Category::Write)).collect();
        assert_eq!(shown("0123456789", &all), "01[2345]678[9]");
    }

    #[test]
    fn common_indentation_goes_and_marks_stay_in_place() {
        let text = "\n    Create it.\n\n    Args:\n      x: y\n    ";
        assert_eq!(shown(text, &[evidence([5, 11], Category::Write)]), "[Create] it.\n\nArgs:\n  x: y");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(shown(&"x".repeat(60), &[]), format!("{}...", "x".repeat(50)));
    }
}
