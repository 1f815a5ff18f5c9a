//! Finds a text that is split over several texts of a server, so that none of them contains it: numbered parts, steps in a
//! row, and a text that points to another one.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::model::{ModelText, Server, ToolReport};
use crate::text::prose;
use crate::text::words::Words;

/// The words that introduce the number of a part.
const PARTS: [&str; 6] = ["part", "piece", "fragment", "chunk", "segment", "step"];
/// Words that number a step, at the start of a sentence. What follows a first step has no number of its own.
const STEPS: [(&str, u32); 13] = [
    ("first", 1),
    ("firstly", 1),
    ("second", 2),
    ("secondly", 2),
    ("third", 3),
    ("thirdly", 3),
    ("then", NEXT),
    ("next", NEXT),
    ("afterwards", NEXT),
    ("thereafter", NEXT),
    ("subsequently", NEXT),
    ("lastly", NEXT),
    ("finally", NEXT),
];
/// The number of a step that only follows another one.
const NEXT: u32 = 1_000;
/// What points to the instructions of a server.
const POINTERS: [&str; 20] = [
    "the instructions",
    "its instructions",
    "instructions of this server",
    "instructions of the server",
    "instructions above",
    "server instructions",
    "server's instructions",
    "rule of the server",
    "rules of the server",
    "rules of this server",
    "server's rules",
    "server's rule",
    "server's policy",
    "policy of the server",
    "policy of this server",
    "the server's introduction",
    "the introduction",
    "the preamble",
    "server's greeting",
    "as this server says",
];
static POINTS: LazyLock<AhoCorasick> = LazyLock::new(|| ignoring_case(POINTERS.map(str::to_owned).into_iter()));
/// A text has a part or a step, or may point to the instructions, only if one of these occurs.
static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let after_stop = STEPS.iter().flat_map(|(word, _)| [format!(". {word}"), format!("\n{word}")]);
    let parts = PARTS.iter().map(|part| format!("{part} "));
    let signs = after_stop.chain(parts).chain(["/2", "/3", "/4", "/5"].map(str::to_owned));
    let signs = signs.chain(POINTERS.map(str::to_owned));
    ignoring_case(signs)
});

fn ignoring_case(signs: impl Iterator<Item = String>) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(signs).expect("a few short words fit")
}

/// Most words before the word or number of a part.
const MAX_LEAD: usize = 3;
/// Most words of the number of a part with its lead: `Step 2 of 3`.
const MAX_NUMBER: usize = MAX_LEAD + 4;
/// Shortest and longest term that instructions introduce in quotes, in bytes, and most terms that are looked for.
const TERM: std::ops::RangeInclusive<usize> = 4..=40;
const MAX_TERMS: usize = 16;
/// Most parts read.
const MAX_PARTS: usize = 32;
/// Most bytes of such a number.
const MAX_HEAD: usize = 80;
/// Most bytes of a text that is looked through.
const MAX_TEXT: usize = 8_000;

/// A part of a text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    number: u32,
    /// Where its text stands among the texts of the server.
    at: usize,
    text: String,
    /// The tool, or the instructions.
    whose: String,
}

/// The joined texts of a server: its numbered parts and steps in the order of their numbers, and each text that points to
/// another one, behind it.
pub(crate) fn joined(server: &Server, tools: &[ToolReport]) -> Vec<ModelText<'static>> {
    let instructions = server.instructions.as_deref().unwrap_or_default();
    let of_tools = tools.iter().flat_map(|report| {
        let parameters = report.tool.parameters.iter().filter_map(|parameter| parameter.description.as_deref());
        let texts = report.tool.description.as_deref().into_iter().chain(parameters);
        texts.map(|text| (report.tool.name.as_str(), text))
    });
    let terms = terms(opening(instructions), tools);
    let all = [("the instructions", instructions)].into_iter().chain(of_tools);
    let signed: Vec<(usize, &str, &str)> = all
        .enumerate()
        .map(|(at, (whose, text))| (at, whose, opening(text)))
        .filter(|it| SIGNS.is_match(it.2) || terms.as_ref().is_some_and(|terms| terms.is_match(it.2)))
        .collect();
    if signed.is_empty() {
        return Vec::new();
    }
    let mut joined = Vec::new();
    let mut parts: Vec<Part> =
        signed.iter().flat_map(|(at, whose, text)| parts(*at, whose, text)).take(MAX_PARTS).collect();
    parts.sort();
    parts.dedup_by(|next, part| next.number == part.number && part.number != NEXT);
    let is_of_several = parts.iter().any(|part| part.whose != parts[0].whose);
    if is_of_several && parts[0].number <= 1 {
        joined.push(together(parts.iter().map(|part| (part.whose.as_str(), part.text.as_str())).collect()));
    }
    let points = |text: &str| POINTS.is_match(text) || terms.as_ref().is_some_and(|terms| terms.is_match(text));
    let pointing = signed.iter().filter(|(at, _, text)| *at > 0 && !instructions.is_empty() && points(text));
    let behind = |(_, whose, text): &(usize, &str, &str)| {
        together(vec![("the instructions", opening(instructions)), (*whose, without_opening(text))])
    };
    joined.extend(pointing.take(MAX_PARTS).map(behind));
    joined
}

/// The terms that `instructions` put in quotes, apart from the names of the server's tools and their parameters. A text that holds
/// one goes on with the instructions.
fn terms(instructions: &str, tools: &[ToolReport]) -> Option<AhoCorasick> {
    let is_name = |term: &str| {
        let of_tool = |report: &ToolReport| {
            report.tool.name == term || report.tool.parameters.iter().any(|parameter| parameter.name() == term)
        };
        tools.iter().any(of_tool)
    };
    let quoted = ['`', '"', '\''].into_iter().flat_map(|quote| instructions.split(quote).skip(1).step_by(2));
    let terms: Vec<String> = quoted
        .filter(|term| TERM.contains(&term.len()) && term.trim() == *term && !term.contains(['\n', '.']))
        .take(MAX_TERMS)
        .filter(|term| !is_name(term))
        .map(str::to_owned)
        .collect();
    (!terms.is_empty()).then(|| ignoring_case(terms.into_iter()))
}

/// The texts `parts`, each with whose it is, as one.
fn together(parts: Vec<(&str, &str)>) -> ModelText<'static> {
    let mut names: Vec<String> = Vec::new();
    for (whose, _) in &parts {
        if !names.iter().any(|name| name == whose) {
            names.push((*whose).to_owned());
        }
    }
    let texts: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
    let is_encoded = texts.iter().all(|text| !text.contains(char::is_whitespace));
    let place = format!("the text that {} share", prose::list(&names));
    ModelText { is_continued: true, ..ModelText::new(place, texts.join(if is_encoded { "" } else { " " })) }
}

/// The first bytes of `text`.
fn opening(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

/// The bytes of `text` that may hold the number of a part.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_HEAD)]
}

/// `text` from its second sentence on, which is where it leaves what the tool does; all of it if it has one.
fn without_opening(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(_, rest)| rest)
}

/// The parts in `text`, which is text number `at` of the server.
fn parts(at: usize, whose: &str, text: &str) -> Vec<Part> {
    let part = |(number, text): (u32, &str)| Part { number, at, text: text.to_owned(), whose: whose.to_owned() };
    let mut parts = Vec::new();
    // A part that opens a text is all of it.
    if let Some(numbered) = numbered(text) {
        parts.push(part(numbered));
        return parts;
    }
    let mut rest = text;
    while let Some((_, next)) = rest.split_once([' ', '\n']) {
        let begins_sentence = rest[..rest.len() - next.len()].trim_end().ends_with(['.', '!', ':'])
            || rest.as_bytes().get(rest.len() - next.len() - 1) == Some(&b'\n');
        rest = next;
        if begins_sentence && let Some((number, text)) = numbered(next).or_else(|| step(next)) {
            parts.push(part((number, &text[..text.find(". ").map_or(text.len(), |stop| stop + 1)])));
        }
    }
    parts
}

/// The number of the step at the start of `text`, and the text after it.
fn step(text: &str) -> Option<(u32, &str)> {
    let words = Words::opening(head(text), 2);
    let (_, number) = STEPS.iter().find(|(word, _)| *word == words.get(0))?;
    let rest = text.get(words.bytes(0, 0).1..)?;
    Some((*number, rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':'))))
}

/// The part number at the start of `text`, and the text after it.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let words = Words::opening(head(text), MAX_NUMBER);
    let named = (0..words.len().min(MAX_LEAD)).find(|at| PARTS.contains(&words.get(*at)));
    // "[1/2] Read" has no such word.
    let (at, is_bare) = match named {
        Some(at) => (at + 1, false),
        None => (0, true),
    };
    let number = words.get(at).parse().ok()?;
    let has_total = words.get(at + 1) == "of" || words.gap_after(at).trim() == "/";
    if is_bare && !(has_total && words.get(at + 1).parse::<u32>().is_ok()) {
        return None;
    }
    let last = match (words.get(at + 1), has_total) {
        ("of", true) => at + 2,
        (_, true) => at + 1,
        (_, false) => at,
    };
    let rest = text.get(words.bytes(last, last).1..)?;
    Some((number, rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | ')' | ']' | '-' | ','))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_numbers() {
        assert_eq!(numbered("Part 1 of 3: Read the notes."), Some((1, "Read the notes")));
        assert_eq!(numbered("(Step 2/3) and send them"), Some((2, "and send them")));
        assert_eq!(numbered("Fragment 3: aGVsbG8"), Some((3, "aGVsbG8")));
        assert_eq!(numbered("[1/2] Read the notes."), Some((1, "Read the notes")));
        assert_eq!(numbered("Lists the parts of a machine."), None);
        assert_eq!(numbered("Takes one more step 2 times."), None);
        assert_eq!(numbered("2 of them are read."), None);
    }

    #[test]
    fn steps_are_known_within_a_text() {
        let found = |text| parts(0, "a", text).into_iter().map(|part| (part.number, part.text)).collect::<Vec<_>>();
        assert_eq!(found("Rain in a town. Step 2: send it. Fine."), [(2, "send it.".to_owned())]);
        assert_eq!(found("Rain. First, read it."), [(1, "read it.".to_owned())]);
        assert_eq!(found("Rain.\nThen send it."), [(NEXT, "send it.".to_owned())]);
        assert_eq!(found("Rain. It is then sent. The first of all."), []);
    }
}
