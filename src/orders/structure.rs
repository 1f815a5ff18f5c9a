//! Structures of suspicious orders: sequences of word classes that occur together.

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::error::StructureError;
use super::sentences::Sentence;
use super::tokens::Token;
use super::vocabulary::Vocabulary;
use crate::model::Severity;

/// Prefix of an `unless` sequence that only counts before the match.
const BEFORE: char = '<';
/// Most tokens from one element of a sequence to the next, by default.
const DEFAULT_GAP: usize = 7;

/// A structure in `findings.yaml`.
///
/// A sequence such as `before .. other-tool` lists elements that occur in this order in one sentence. An element is a
/// class, or several with `|`. `+class` is a class that the same word must also have, `-class` is a negated verb, and
/// `~3` is the most tokens to the next element. ` / ` separates alternative sequences.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Structure {
    /// Why it is suspicious. Ends the sentence "says ..., which is": "an order to change another tool's arguments".
    pub(crate) about: String,
    pub(crate) severity: Severity,
    /// Sequences that must all occur in the same window of sentences.
    pub(crate) needs: Vec<String>,
    /// Sequences that prevent a match in the same window; with `<`, only if they come before the match.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// Sequences that must occur anywhere in the definition.
    #[serde(default)]
    pub(crate) anywhere: Vec<String>,
    /// Sequences that must not occur in the definition.
    #[serde(default)]
    pub(crate) without: Vec<String>,
    /// How many consecutive sentences a window has.
    #[serde(default = "one")]
    pub(crate) sentences: usize,
    /// True if it only counts in text that was encoded or otherwise disguised.
    #[serde(default)]
    pub(crate) disguised: bool,
    /// A definition that it matches, and a similar one that it does not match.
    #[serde(default, skip_serializing)]
    pub(crate) pair: Option<Pair>,
}

/// What a structure matches, and what it must not match.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    #[serde(rename = "match")]
    pub(crate) matches: Sample,
    pub(crate) reject: Sample,
}

/// A tool in short form, for one structure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    pub(crate) name: String,
    /// Its description.
    pub(crate) text: String,
    /// The description of its only parameter. `None` if it has none.
    #[serde(default)]
    pub(crate) parameter: Option<String>,
    /// The other tools of its server.
    #[serde(default)]
    pub(crate) others: Vec<String>,
    /// The tools of other servers.
    #[serde(default)]
    pub(crate) elsewhere: Vec<String>,
    /// True if its schema takes nothing.
    #[serde(default)]
    pub(crate) takes_nothing: bool,
}

fn one() -> usize {
    1
}

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) about: String,
    pub(crate) severity: Severity,
    needs: Vec<Alternatives>,
    unless: Vec<Alternatives>,
    unless_before: Vec<Alternatives>,
    anywhere: Vec<Alternatives>,
    without: Vec<Alternatives>,
    sentences: usize,
    pub(crate) disguised: bool,
}

/// Alternative sequences: one is enough.
#[derive(Debug)]
struct Alternatives {
    sequences: Vec<Vec<Element>>,
    /// The rarest element of each sequence. A text without any of these classes matches none: a cheap test first.
    rarest: Classes,
}

#[derive(Debug, Clone, Copy)]
struct Element {
    classes: Classes,
    /// Classes of which the same token must also have one; empty for no such condition.
    also: Classes,
    negated: Option<bool>,
    gap: usize,
}

#[derive(Debug)]
pub(crate) struct Match {
    /// The index of the first sentence.
    pub(crate) sentence: usize,
    /// The first byte of the match in the text.
    pub(crate) start: usize,
    /// One past its last byte.
    pub(crate) end: usize,
}

impl Compiled {
    pub(crate) fn new(structure: &Structure, vocabulary: &Vocabulary) -> Result<Self, StructureError> {
        let all =
            |list: &[String]| list.iter().map(|text| Alternatives::new(text, vocabulary)).collect::<Result<_, _>>();
        let (before, anywhere): (Vec<String>, Vec<String>) =
            structure.unless.iter().cloned().partition(|text| text.starts_with(BEFORE));
        let before: Vec<String> = before.iter().map(|text| text.replacen(BEFORE, "", 1)).collect();
        Ok(Self {
            about: structure.about.clone(),
            severity: structure.severity,
            needs: all(&structure.needs)?,
            unless: all(&anywhere)?,
            unless_before: all(&before)?,
            anywhere: all(&structure.anywhere)?,
            without: all(&structure.without)?,
            sentences: structure.sentences,
            disguised: structure.disguised,
        })
    }

    /// A text without any of these classes cannot match.
    pub(crate) fn wanted(&self) -> Classes {
        self.needs.first().map_or(Classes::NONE, Alternatives::classes)
    }

    /// True if a text with these classes can match.
    pub(crate) fn is_possible(&self, classes: Classes) -> bool {
        self.needs.iter().chain(&self.anywhere).all(|need| need.is_possible(classes))
    }

    /// The first match in `sentences`.
    pub(crate) fn find(&self, sentences: &[Sentence]) -> Option<Match> {
        let found = (0..sentences.len()).find_map(|first| {
            let window = &sentences[first..sentences.len().min(first + self.sentences)];
            let classes = match window {
                [one] => one.classes,
                several => several.iter().fold(Classes::NONE, |all, sentence| all | sentence.classes),
            };
            if !self.needs.iter().all(|need| need.is_possible(classes)) {
                return None;
            }
            let spans: Option<Vec<(usize, usize, usize)>> = self.needs.iter().map(|need| need.find(window)).collect();
            let spans = spans?;
            if self.unless.iter().any(|unless| unless.find(window).is_some()) {
                return None;
            }
            let at = spans.iter().map(|span| span.0).min()?;
            let first_byte = spans.iter().filter(|span| span.0 == at).map(|span| span.1).min()?;
            let stands_before = |found: (usize, usize, usize)| (found.0, found.1) < (at, first_byte);
            if self.unless_before.iter().any(|unless| unless.find(window).is_some_and(stands_before)) {
                return None;
            }
            let text = window[at].text;
            let in_text = || spans.iter().filter(|span| window[span.0].text == text);
            let start = in_text().map(|span| span.1).min()?;
            let end = in_text().map(|span| span.2).max()?;
            Some(Match { sentence: first + at, start, end })
        })?;
        let has = |need: &Alternatives| need.find(sentences).is_some();
        (self.anywhere.iter().all(has) && !self.without.iter().any(has)).then_some(found)
    }
}

impl Alternatives {
    fn new(text: &str, vocabulary: &Vocabulary) -> Result<Self, StructureError> {
        let sequences: Vec<Vec<Element>> =
            text.split(" / ").map(|sequence| compile(sequence, vocabulary)).collect::<Result<_, _>>()?;
        let conditions = |element: &Element| [element.classes, element.also].into_iter().filter(|it| !it.is_empty());
        let rarest = |sequence: &Vec<Element>| {
            let all = sequence.iter().flat_map(conditions);
            all.min_by_key(|classes| vocabulary.how_common(*classes)).unwrap_or_default()
        };
        let rarest = sequences.iter().map(rarest).fold(Classes::NONE, |all, classes| all | classes);
        Ok(Self { sequences, rarest })
    }

    fn classes(&self) -> Classes {
        self.sequences
            .iter()
            .filter_map(|sequence| sequence.first())
            .fold(Classes::NONE, |all, element| all | element.classes)
    }

    fn is_possible(&self, classes: Classes) -> bool {
        let is_possible = |sequence: &Vec<Element>| sequence.iter().all(|it| it.classes.intersects(classes));
        self.rarest.intersects(classes) && self.sequences.iter().any(is_possible)
    }

    /// The first match of one of the sequences: sentence index, first byte, end byte.
    fn find(&self, sentences: &[Sentence]) -> Option<(usize, usize, usize)> {
        sentences.iter().enumerate().filter(|(_, it)| self.rarest.intersects(it.classes)).find_map(
            |(index, sentence)| {
                let possible = |sequence: &&Vec<Element>| {
                    sequence.iter().all(|element| element.classes.intersects(sentence.classes))
                };
                let (first, last) = self.sequences.iter().filter(possible).find_map(|sequence| {
                    (0..sentence.tokens.len()).find_map(|at| Some((at, ends_at(sequence, &sentence.tokens, at)?)))
                })?;
                let start = sentence.tokens[first].negation.unwrap_or(sentence.tokens[first].start);
                Some((index, start, sentence.tokens[last].end))
            },
        )
    }
}

fn compile(sequence: &str, vocabulary: &Vocabulary) -> Result<Vec<Element>, StructureError> {
    let mut elements = Vec::new();
    let mut gap = DEFAULT_GAP;
    for part in sequence.split_whitespace() {
        if let Some(distance) = part.strip_prefix('~') {
            gap = distance.parse().map_err(|_| StructureError::Distance(part.to_owned()))?;
            continue;
        }
        let (negated, names) = match part.strip_prefix('-') {
            Some(names) => (true, names),
            None => (false, part),
        };
        let (names, also) = names.split_once('+').unwrap_or((names, ""));
        let also = if also.is_empty() { Classes::NONE } else { vocabulary.class(also)? };
        let classes =
            names.split('|').try_fold(Classes::NONE, |all, name| vocabulary.class(name).map(|class| all | class))?;
        let is_verb = classes.intersects(vocabulary.reversible);
        elements.push(Element { classes, also, negated: is_verb.then_some(negated), gap });
        gap = DEFAULT_GAP;
    }
    Ok(elements)
}

/// The index of the last token of `sequence` if it matches from token `at` on.
fn ends_at(sequence: &[Element], tokens: &[Token], at: usize) -> Option<usize> {
    let [first, rest @ ..] = sequence else { return None };
    if !first.fits(tokens.get(at)?) {
        return None;
    }
    let Some(next) = rest.first() else { return Some(at) };
    (at + 1..tokens.len().min(at + 1 + next.gap)).find_map(|next| ends_at(rest, tokens, next))
}

impl Element {
    fn fits(&self, token: &Token) -> bool {
        token.classes.intersects(self.classes)
            && (self.also.is_empty() || token.classes.intersects(self.also))
            && self.negated.is_none_or(|negated| token.negation.is_some() == negated)
    }
}
