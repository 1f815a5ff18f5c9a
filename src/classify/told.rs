//! What goes into a tool where no parameter says so by its name: the texts do. "Runs a SQL statement" takes a statement,
//! whether its schema is left out or calls the parameter `x`.

use super::claims::breaks;
use super::reading::{Reading, Told};
use crate::model::{EvidenceField, JsonTypes, Parameter};
use crate::rules::{FeatureKind, Inflection, Ruleset, Told as ToldRule};
use crate::text::stem::stem;
use crate::text::words::Words;

/// Words between a verb and what goes in.
const MAX_AMID: usize = 7;
/// Sentences of the description that are looked at.
const MAX_SENTENCES: usize = 4;

/// Where the texts say that something with the role `id` goes in, if no parameter has it by its name.
pub(crate) fn role<'r>(reading: &'r Reading<'_>, id: &str) -> Option<&'r Told> {
    reading.told.get_or_init(|| find(reading)).iter().find(|told| told.role == id)
}

/// True if something with the role `id` goes in, by the parameters or by the texts.
pub(crate) fn takes(reading: &Reading<'_>, id: &str) -> bool {
    reading.role(id).is_some() || role(reading, id).is_some()
}

/// The roles that the texts tell and no parameter has.
fn find(reading: &Reading<'_>) -> Vec<Told> {
    let tool = reading.tool;
    let blank: Vec<&Parameter> =
        tool.parameters.iter().filter(|parameter| is_blank(parameter, reading.rules)).collect();
    let declares_nothing = tool.parameters.is_empty() && !is_closed(reading);
    if !declares_nothing && blank.is_empty() {
        return Vec::new();
    }
    let sentences: Vec<(usize, usize)> = reading
        .sentences
        .iter()
        .chain(&reading.boilerplate)
        .take(MAX_SENTENCES)
        .filter(|&&(start, end)| !calls_another(reading, start, end))
        .copied()
        .collect();
    // A schema without parameters may mean that there are none: only what the caller must write counts.
    let only_code = declares_nothing && tool.input_schema.is_some();
    let rules =
        reading.rules.inputs.iter().enumerate().filter_map(|(at, input)| Some((at, input, input.told.as_ref()?)));
    let told = rules.filter(|(at, input, _)| {
        reading.roles[*at].is_none() && (!only_code || input.entry.grave || input.entry.id == "query-language")
    });
    told.filter_map(|(_, input, rule)| {
        let by_name = || rule.tools.is_whole(&reading.name).then(|| (EvidenceField::Name, 0, reading.name.len() - 1));
        let (place, from, to) =
            by_parameter(reading, &blank, rule).or_else(|| by_texts(reading, rule, &sentences)).or_else(by_name)?;
        Some(Told { role: input.entry.id.clone(), place, from, to })
    })
    .collect()
}

/// True if the schema refuses every argument.
fn is_closed(reading: &Reading<'_>) -> bool {
    reading
        .tool
        .input_schema
        .as_ref()
        .is_some_and(|schema| schema.value()["additionalProperties"] == serde_json::Value::Bool(false))
}

/// True for a parameter of free text whose name says nothing: `x`, `input`, `zorb`.
pub(super) fn is_blank(parameter: &Parameter, rules: &Ruleset) -> bool {
    let free = parameter.values.is_empty()
        && (parameter.types.is_empty() || parameter.types.share(JsonTypes::from_names(["string", "array", "object"])));
    free && {
        let name = Words::new(parameter.name());
        name.iter().all(|word| says_nothing(word.trim_end_matches(|c: char| c.is_ascii_digit()), rules))
    }
}

fn says_nothing(word: &str, rules: &Ruleset) -> bool {
    let grammar = &rules.grammar;
    let is_known = || {
        rules.wording.is_empty()
            || rules.wording.feature(FeatureKind::Parameter, stem(word)).is_some()
            || rules.wording.feature(FeatureKind::Name, stem(word)).is_some()
            || rules.lexicon.form(word).is_some()
            || grammar.read_nouns.contains(word)
            || grammar.fillers.contains(word)
            || grammar.prepositions.contains(word)
    };
    word.len() <= 1 || grammar.blank_names.contains(word) || !is_known()
}

/// By the description of a parameter whose name says nothing, if it begins with what goes in: "The SQL to run".
fn by_parameter(reading: &Reading<'_>, blank: &[&Parameter], rule: &ToldRule) -> Option<(EvidenceField, usize, usize)> {
    let grammar = &reading.rules.grammar;
    let begins = |words: &Words<'_>| {
        let is_amid =
            |at: &usize| grammar.determiners.contains(words.get(*at)) || grammar.amid.contains(words.get(*at));
        let skipped = (0..MAX_AMID).take_while(is_amid).count();
        let at_noun = (0..=skipped).find_map(|at| Some(at + rule.nouns.longest_at(words, at)?));
        at_noun.is_some_and(|next| ends_phrase(reading, words, next - 1, words.len()))
    };
    let mut texts =
        reading.parameter_texts.iter().filter(|(parameter, _)| blank.iter().any(|it| it.path == parameter.path));
    let last = reading.name.len().saturating_sub(1);
    texts.any(|(_, words)| begins(words)).then_some((EvidenceField::Name, 0, last))
}

/// True if the phrase with the last word `last` ends there, in a text that ends at word `end`.
fn ends_phrase(reading: &Reading<'_>, words: &Words<'_>, last: usize, end: usize) -> bool {
    let (grammar, follows) = (&reading.rules.grammar, words.get(last + 1));
    last + 1 >= end
        || breaks(words.gap_after(last))
        || grammar.prepositions.contains(follows)
        || grammar.determiners.contains(follows)
}

/// By a verb and its object in name, title or description.
fn by_texts(
    reading: &Reading<'_>,
    rule: &ToldRule,
    sentences: &[(usize, usize)],
) -> Option<(EvidenceField, usize, usize)> {
    let in_text = |place: EvidenceField, start: usize, end: usize| {
        (start..end).find_map(|at| Some((place, at, object_end(reading, place, at, end, rule)?)))
    };
    in_text(EvidenceField::Name, 0, reading.name.len())
        .or_else(|| sentences.iter().find_map(|&(start, end)| in_text(EvidenceField::Description, start, end)))
        .or_else(|| in_text(EvidenceField::Title, 0, reading.title.len()))
}

/// True if the sentence shows a call of another tool: "then use run_sql() to run statements on it".
fn calls_another(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let words = &reading.description;
    let is_part = |at: usize| words.gap_after(at) == "_";
    (start..end).any(|last| {
        let is_call = words.gap_after(last).starts_with('(') && last > start && is_part(last - 1);
        let first = (start..last).rev().take_while(|&at| is_part(at)).last().unwrap_or(last);
        is_call && words.text(first, last) != reading.tool.name
    })
}

/// The last word of the object, if word `at` is a verb of the rule and its object says what goes in.
fn object_end(reading: &Reading<'_>, place: EvidenceField, at: usize, end: usize, rule: &ToldRule) -> Option<usize> {
    let (grammar, words) = (&reading.rules.grammar, reading.words(place));
    let form = reading.rules.lexicon.form(words.get(at))?;
    // "How to run a command", "ideal for analyzing code" do not say that it goes in.
    let is_aside = |before: &str| {
        grammar.negations.contains(before) || grammar.questions.contains(before) || grammar.occasions.contains(before)
    };
    let denied = (at.saturating_sub(3)..at).any(|before| is_aside(words.get(before)));
    // "Returns the list of files": a noun.
    let is_noun = at > 0 && ["a", "an", "the"].contains(&words.get(at - 1));
    let is_part = is_noun || (place == EvidenceField::Description && words.is_in_compound(at));
    if is_part || form.inflection == Inflection::Gerund || !rule.verbs.contains(&form.lemma) || denied {
        return None;
    }
    for next in at + 1..end.min(at + 1 + MAX_AMID) {
        if breaks(words.gap_before(next)) {
            return None;
        }
        if let Some(length) = rule.objects.longest_at(words, next) {
            let last = next + length - 1;
            let ends = ends_phrase(reading, words, last, end) && !is_elsewhere(reading, words, last + 1, rule);
            if ends {
                return Some(last);
            }
        }
        let word = words.get(next);
        if !grammar.amid.contains(word) && !grammar.determiners.contains(word) {
            return None;
        }
    }
    None
}

/// "A file in a bucket": what goes in is the name of a thing in another system, unless the place is one of the rule's.
fn is_elsewhere(reading: &Reading<'_>, words: &Words<'_>, at: usize, rule: &ToldRule) -> bool {
    let is_place =
        ["in", "on", "from", "to", "at", "within", "into"].contains(&words.get(at)) && !breaks(words.gap_before(at));
    if rule.places.is_empty() || !is_place {
        return false;
    }
    let grammar = &reading.rules.grammar;
    let next = (at + 1..at + 5).find(|&next| !grammar.determiners.contains(words.get(next)));
    next.is_none_or(|next| !rule.places.starts_at(words, next))
}
