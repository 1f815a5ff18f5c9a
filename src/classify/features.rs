//! The features of a tool that the second reader weighs: the stems of its words, and what the rules found in it.

use std::fmt::Write as _;

use super::claims::Claim;
use super::draft::{Draft, weight};
use crate::model::Place;
use crate::rules::{FeatureKind, PhraseOwner};
use crate::text::stem::stem;
use crate::text::words::Words;

/// Words of a sentence that count.
const MAX_SENTENCE: usize = 40;
/// Sentences that count.
const MAX_SENTENCES: usize = 3;
/// Parameters whose names count.
const MAX_PARAMETERS: usize = 40;

/// A word in a text: the text, and the index of the word there.
pub(crate) type WordAt = (Place, usize);

/// Calls `found` with each feature of a tool on which the rules decided, and with the word that it is the stem of.
pub(crate) fn each_feature(draft: &Draft<'_>, found: &mut dyn FnMut(FeatureKind, &str, Option<WordAt>)) {
    words_of_texts(draft, found);
    let parameters = draft.reading.tool.parameters.iter().filter(|parameter| parameter.name_at == 0);
    for parameter in parameters.take(MAX_PARAMETERS) {
        let words = Words::of(parameter.name());
        let mut word = |(at, word)| found(FeatureKind::Parameter, stem(word), Some((Place::Parameter, at)));
        words.iter().enumerate().for_each(&mut word);
    }
    grounds(draft, &mut |kind, key| found(kind, key, None));
}

fn words_of_texts(draft: &Draft<'_>, found: &mut dyn FnMut(FeatureKind, &str, Option<WordAt>)) {
    let reading = draft.reading;
    let (first, last) = (reading.namespace, reading.name.len().saturating_sub(1));
    for (at, word) in reading.name.iter().enumerate().skip(first) {
        let (word, place) = (stem(word), Some((Place::Name, at)));
        found(FeatureKind::Name, word, place);
        if at == first {
            found(FeatureKind::NameFirst, word, place);
        }
        if at == last {
            found(FeatureKind::NameLast, word, place);
        }
    }
    for (sentence, &(start, end)) in reading.sentences.iter().take(MAX_SENTENCES).enumerate() {
        let kind = if sentence == 0 { FeatureKind::Opening } else { FeatureKind::Later };
        for at in start..end.min(start + MAX_SENTENCE) {
            let (word, place) = (stem(reading.description.get(at)), Some((Place::Description, at)));
            found(kind, word, place);
            if sentence == 0 && at == start {
                found(FeatureKind::OpeningFirst, word, place);
            }
        }
    }
}

/// What the rules found.
fn grounds(draft: &Draft<'_>, found: &mut dyn FnMut(FeatureKind, &str)) {
    let reading = draft.reading;
    let mut key = String::new();
    let mut joined = |kind: FeatureKind, parts: [&str; 2]| {
        key.clear();
        // Writing to a string cannot fail.
        let _ = write!(key, "{} {}", parts[0], parts[1]);
        found(kind, &key);
    };
    joined(FeatureKind::Verdict, [draft.category.name(), draft.confidence.name()]);
    draft.evidence.iter().for_each(|piece| joined(FeatureKind::Evidence, [piece.says.name(), piece.place.name()]));
    let [name, opening] = [&draft.name, &draft.opening].map(|claim| claim.as_ref().map_or("nothing", says));
    joined(FeatureKind::BothSay, [name, opening]);
    found(FeatureKind::NameSays, name);
    found(FeatureKind::OpeningSays, opening);
    if let Some(deciding) = draft.evidence.first() {
        found(FeatureKind::Deciding, &deciding.rule);
    }
    draft.evidence.iter().for_each(|piece| found(FeatureKind::Rule, &piece.rule));
    for (kind, claim) in [(FeatureKind::NameRule, &draft.name), (FeatureKind::OpeningRule, &draft.opening)] {
        if let Some(claim) = claim {
            found(kind, claim.meaning.rule);
        }
    }
    for (_, phrase) in &reading.phrases {
        if let PhraseOwner::Statement(at) = phrase.owner {
            found(FeatureKind::Statement, &reading.rules.statements[at].id);
        }
    }
    for (role, input) in reading.roles.iter().zip(&reading.rules.inputs) {
        if role.is_some() {
            found(FeatureKind::Role, &input.entry.id);
        }
    }
    if reading.description.is_empty() {
        found(FeatureKind::Without, "description");
    }
    if reading.tool.parameters.is_empty() {
        found(FeatureKind::Without, "parameters");
    }
}

/// What a claim says and how plainly: `Write plainly`, `Read perhaps`.
fn says(claim: &Claim<'_>) -> &'static str {
    let names = match (weight(claim), claim.meaning.specific) {
        (0, _) => ["Read vaguely", "Write vaguely", "Execute vaguely", "Destructive vaguely", "Financial vaguely"],
        (1, _) => {
            ["Read as a noun", "Write as a noun", "Execute as a noun", "Destructive as a noun", "Financial as a noun"]
        }
        (2, _) => ["Read perhaps", "Write perhaps", "Execute perhaps", "Destructive perhaps", "Financial perhaps"],
        (_, false) => ["Read plainly", "Write plainly", "Execute plainly", "Destructive plainly", "Financial plainly"],
        (_, true) => [
            "Read with its object",
            "Write with its object",
            "Execute with its object",
            "Destructive with its object",
            "Financial with its object",
        ],
    };
    names[claim.says() as usize]
}
