//! The features of a tool for the similar-wording model: stems of its words, and results of the rules.

use std::fmt::Write as _;

use super::claims::Claim;
use super::draft::{Draft, weight};
use crate::model::EvidenceField;
use crate::rules::{FeatureKind, PhraseOwner};
use crate::text::stem::stem;
use crate::text::words::Words;

/// Most words that are read per sentence.
const MAX_SENTENCE: usize = 40;
/// Most sentences that are read.
const MAX_SENTENCES: usize = 3;
/// Most parameters whose names are read.
const MAX_PARAMETERS: usize = 40;

/// The position of a word: its text, and its index there.
pub(crate) type WordAt = (EvidenceField, usize);

/// Calls `found` for each feature of a tool that the rules have classified, with the word whose stem it is, if any.
pub(crate) fn each_feature(draft: &Draft<'_>, found: &mut dyn FnMut(FeatureKind, &str, Option<WordAt>)) {
    words_of_texts(draft, found);
    let parameters = draft.reading.tool.parameters.iter().filter(|parameter| parameter.name_at == 0);
    for parameter in parameters.take(MAX_PARAMETERS) {
        let words = Words::new(parameter.name());
        let mut word = |(at, word)| found(FeatureKind::Parameter, stem(word), Some((EvidenceField::Parameter, at)));
        words.iter().enumerate().for_each(&mut word);
    }
    grounds(draft, &mut |kind, key| found(kind, key, None));
}

fn words_of_texts(draft: &Draft<'_>, found: &mut dyn FnMut(FeatureKind, &str, Option<WordAt>)) {
    let reading = draft.reading;
    let (first, last) = (reading.namespace, reading.name.len().saturating_sub(1));
    for (at, word) in reading.name.iter().enumerate().skip(first) {
        let (word, place) = (stem(word), Some((EvidenceField::Name, at)));
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
            let (word, place) = (stem(reading.description.get(at)), Some((EvidenceField::Description, at)));
            found(kind, word, place);
            if sentence == 0 && at == start {
                found(FeatureKind::OpeningFirst, word, place);
            }
        }
    }
}

/// The features that are results of the rules.
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

/// The category and the clarity of a claim: `Write plainly`, `Read perhaps`.
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
