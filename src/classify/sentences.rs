//! What the sentences of a description claim: the verbs that it opens with, and those of later sentences that speak of the
//! tool itself.

use super::claims::{Claim, Standing, breaks, read_noun};
use super::reading::Reading;
use super::{listed, names};
use crate::model::Place;
use crate::rules::{Form, Inflection, Object, Strength};
use crate::text::words::{Words, puts_verb_last};

/// Words of an object's phrase that are looked at.
const MAX_OBJECT: usize = 8;
/// Words in front of a description's first verb that are looked at.
const MAX_OPENING: usize = 14;
/// Words of a label in brackets in front of a description's first verb.
const MAX_LABEL: usize = 4;
/// Sentences of a description that may speak of the tool itself.
const MAX_SENTENCES: usize = 6;

/// Words that join two verbs.
const CONJUNCTIONS: [&str; 3] = ["and", "or", "then"];
/// Words after which a noun follows.
const ARTICLES: [&str; 3] = ["a", "an", "the"];
/// Words by which a description calls the tool itself.
const TOOL_NOUNS: [&str; 7] = ["tool", "function", "endpoint", "method", "command", "operation", "action"];
/// Words between the tool as a subject and what it does.
const BEFORE_PREDICATE: [&str; 10] =
    ["this", "it", "the", "will", "can", "also", "then", "automatically", "immediately", "permanently"];

/// The claims of the sentences that a description opens with: the first sentence that has a verb, and the verbs
/// listed with it; where it has none, a noun that names what is read; where there is nothing, the title's.
pub fn of_opening<'t>(reading: &'t Reading<'t>) -> Vec<Claim<'t>> {
    let candidates = reading.sentences.iter().take(3).chain(reading.boilerplate.iter().take(3));
    let mut with_verb = candidates.map(|&(start, end)| opening(reading, start, end));
    if let Some(claims) = with_verb.find(|claims| !claims.is_empty()) {
        return claims;
    }
    let first = reading.sentences.first().or(reading.boilerplate.first());
    match first.and_then(|&(start, end)| read_noun(reading, &reading.description, Place::Description, start, end)) {
        Some(noun) => vec![noun],
        None => names::of_identifier(reading, &reading.title, Place::Title),
    }
}

fn opening<'t>(reading: &'t Reading<'t>, start: usize, end: usize) -> Vec<Claim<'t>> {
    let words = &reading.description;
    let Some((at, form, standing)) = opening_verb(reading, start, end) else { return Vec::new() };
    let mut claims = vec![claim(reading, at, form, standing)];
    let vague = claims[0].meaning.strength == Strength::Weak;
    if let Some(joined) = reading.rules.lexicon.joined_form(words.get(at)) {
        claims.push(claim(reading, at, joined, standing));
    }
    for next in at + 1..end {
        // "and returns ..." says what comes back, not what is done.
        let describes = reading.rules.grammar.describers.contains(words.get(next));
        let Some(other) = verb_form(reading, next).filter(|_| !describes) else { continue };
        // "endpoints that support CRUD (create, delete)": an aside tells about the object, unless the verb is vague.
        if !vague && is_aside(words, at + 1, next) {
            continue;
        }
        if is_listed(reading, at, form, next, other, vague) && !is_negated(reading, start, next) {
            claims.push(claim(reading, next, other, standing));
        }
    }
    claims
}

/// True when word `at` stands in parentheses that opened at `from` or later.
fn is_aside(words: &Words<'_>, from: usize, at: usize) -> bool {
    (from..=at)
        .rev()
        .map(|word| words.gap_before(word))
        .find(|gap| gap.contains(['(', ')']))
        .is_some_and(|gap| gap.rfind('(') > gap.rfind(')'))
}

/// True when verb `next` stands beside verb `at`: "create, update or delete", "deletes the file and sends a mail".
fn is_listed(reading: &Reading<'_>, at: usize, form: Form, next: usize, other: Form, vague: bool) -> bool {
    let words = &reading.description;
    let before = words.get(next - 1);
    let same = other.inflection == form.inflection || (vague && other.inflection == Inflection::Base);
    let coordinated = CONJUNCTIONS.contains(&before)
        || [",", "/", ", ", " / ", "|", "、", "，"].contains(&words.gap_before(next))
        || (vague && words.gap_before(next) == ": ");
    if !same || !coordinated {
        return false;
    }
    let joined_back = if CONJUNCTIONS.contains(&before) { next - 2 } else { next - 1 };
    let beside_verb = joined_back == at
        || (joined_back > at
            && verb_form(reading, joined_back).is_some_and(|f| f.inflection == other.inflection && !f.noun));
    let takes_object = ["a", "an", "the", "it", "them", "its", "their", "all", "any", "new", "this", "that", "one"]
        .contains(&words.get(next + 1));
    // "between branches or commits": a verb in the third person acts on something.
    let acts = next + 1 < words.len() && !breaks(words.gap_before(next + 1));
    // "and transfer funds to an address": a noun is not handed anywhere.
    let hands_over = before == "and" && (next + 2..next + 4).any(|at| words.get(at) == "to");
    beside_verb || takes_object || vague || hands_over || (other.inflection == Inflection::Third && !other.noun && acts)
}

/// Word `at` of the description as a form of a verb. A part of a compound is none: a product called `QuickPay` does not
/// pay.
fn verb_form(reading: &Reading<'_>, at: usize) -> Option<Form> {
    let form = reading.rules.lexicon.form(reading.description.get(at))?;
    (!reading.description.is_in_compound(at)).then_some(form)
}

/// Korean and Japanese put the verb last: the last such verb of the sentence that ends before word `end`.
fn last_verb(reading: &Reading<'_>, from: usize, end: usize) -> Option<(usize, Form)> {
    (from..end)
        .rev()
        .filter(|&at| puts_verb_last(reading.description.get(at)))
        .find_map(|at| Some((at, verb_form(reading, at)?)))
}

/// The verb a sentence opens with, fillers skipped.
fn opening_verb(reading: &Reading<'_>, start: usize, end: usize) -> Option<(usize, Form, Standing)> {
    let words = &reading.description;
    let grammar = &reading.rules.grammar;
    let mut at = start;
    while at < end.min(start + MAX_OPENING) {
        let word = words.get(at);
        let form = verb_form(reading, at);
        if form.is_some() && names_the_tool(words, at + 1) {
            at += 1;
            continue;
        }
        // "Start here when ...", "Invoke whenever ...": advice on calling the tool, not what it does.
        if form.is_some() && grammar.occasions.contains(words.get(at + 1)) {
            return later_verb(reading, at + 1, start, end);
        }
        if grammar.weak_fillers.contains(word) && form.is_some() && !leads_to_verb(reading, at, end) {
            return form.map(|f| (at, f, Standing::Likely));
        }
        // An adverb stands before the verb: "Syntactically verify".
        if grammar.fillers.contains(word) || (form.is_none() && word.len() > 4 && word.ends_with("ly")) {
            at += 1;
            continue;
        }
        match form {
            Some(form) if !is_negated(reading, start, at) && !is_compound_noun(reading, at, form, start) => {
                let (at, form) = match puts_verb_last(word) {
                    true => last_verb(reading, at, end).unwrap_or((at, form)),
                    false => (at, form),
                };
                return Some((at, form, Standing::Sure));
            }
            _ => return later_verb(reading, at, start, end),
        }
    }
    None
}

/// True for "this tool", "this function": "Invoke this tool to scan" is about scanning.
fn names_the_tool(words: &Words<'_>, at: usize) -> bool {
    words.get(at) == "this" && TOOL_NOUNS.contains(&words.get(at + 1))
}

/// A filler that is a verb too is skipped when another verb follows before anything else: "use this to list", but not
/// "request the list".
fn leads_to_verb(reading: &Reading<'_>, at: usize, end: usize) -> bool {
    let words = &reading.description;
    let next = (at + 1..end.min(at + 8)).find(|&n| !reading.rules.grammar.fillers.contains(words.get(n)));
    // "provides comments" gives a thing; "helps find" does one.
    let is_verb = |next: usize| {
        let form = verb_form(reading, next);
        form.is_some_and(|f| f.inflection != Inflection::Foreign && !(f.noun && f.inflection == Inflection::Third))
    };
    let takes_object = ARTICLES.contains(&words.get(at + 1)) || words.get(at + 1) == "this";
    let only_introduces = ["use", "call", "request"].contains(&words.get(at));
    next.is_some_and(is_verb) && (!takes_object || only_introduces)
}

/// "A search in all files": after an article the word is a noun, not a verb.
fn is_compound_noun(reading: &Reading<'_>, at: usize, form: Form, start: usize) -> bool {
    let words = &reading.description;
    let after_article = at > start && ARTICLES.contains(&words.get(at - 1));
    form.noun && form.inflection != Inflection::Gerund && after_article
}

/// A sentence that opens with a noun: the verb behind a colon or a dash, or after "to", "that", "will", "and".
fn later_verb(reading: &Reading<'_>, from: usize, start: usize, end: usize) -> Option<(usize, Form, Standing)> {
    let words = &reading.description;
    let opens_with_read_noun = read_noun(reading, words, Place::Description, start, end).is_some();
    for at in from + 1..end.min(from + MAX_OPENING) {
        let gap = words.gap_before(at);
        let restarts = [":", "—", "–", " - "].iter().any(|mark| gap.contains(mark))
            || (at - start <= MAX_LABEL && gap.contains([']', ')']));
        if restarts {
            return opening_verb(reading, at, end);
        }
        let Some(form) = verb_form(reading, at).filter(|_| !reading.rules.grammar.describers.contains(words.get(at)))
        else {
            continue;
        };
        let lead = words.get(at - 1);
        let led = match form.inflection {
            Inflection::Base if opens_with_read_noun => ["will", "can"].contains(&lead),
            Inflection::Base => ["to", "will", "can", "must"].contains(&lead) || (lead == "and" && !form.noun),
            Inflection::Third => {
                ["that", "which", "tool", "it", "and", "also"].contains(&lead) || (!form.noun && at - from <= 4)
            }
            Inflection::Gerund => ["for", "by", "of"].contains(&lead) && !form.noun,
            Inflection::Foreign => at - from <= 4,
        };
        if led && !is_negated(reading, start, at) {
            let (at, form) = match puts_verb_last(words.get(at)) {
                true => last_verb(reading, at, end).unwrap_or((at, form)),
                false => (at, form),
            };
            return Some((at, form, Standing::Likely));
        }
    }
    // Turkish puts the verb last, however long the sentence.
    let last = end.checked_sub(1).filter(|last| *last > from)?;
    let form = verb_form(reading, last).filter(|form| form.inflection == Inflection::Foreign)?;
    (!is_negated(reading, start, last)).then_some((last, form, Standing::Likely))
}

/// Claims of later sentences that speak of the tool: "Deletes ...", "This will also delete ...".
pub fn of_later_sentences<'t>(reading: &'t Reading<'t>) -> Vec<Claim<'t>> {
    let words = &reading.description;
    let mut claims = Vec::new();
    for &(start, end) in reading.sentences.iter().take(MAX_SENTENCES).skip(1) {
        let mut at = start;
        let has_subject = ["this", "it", "tool"].contains(&words.get(at));
        while at < end && (BEFORE_PREDICATE.contains(&words.get(at)) || TOOL_NOUNS.contains(&words.get(at))) {
            at += 1;
        }
        let describes = reading.rules.grammar.describers.contains(words.get(at));
        let Some(form) = verb_form(reading, at).filter(|_| at < end && !describes) else { continue };
        let asserted = match form.inflection {
            Inflection::Third => {
                !form.noun || has_subject || ["a", "an", "the", "all", "it", "any"].contains(&words.get(at + 1))
            }
            Inflection::Base => has_subject && at > start + 1,
            Inflection::Gerund | Inflection::Foreign => false,
        };
        if asserted {
            claims.push(claim(reading, at, form, Standing::Sure));
        }
    }
    claims
}

/// Claims of the operations that the description lists.
pub fn of_listed_operations<'t>(reading: &'t Reading<'t>) -> Vec<Claim<'t>> {
    let items = listed::operations(&reading.description);
    let claim_of = |(at, _): (usize, usize)| {
        let form = reading.rules.lexicon.form(reading.description.get(at))?;
        (form.inflection != Inflection::Third).then(|| claim(reading, at, form, Standing::Likely))
    };
    items.into_iter().filter_map(claim_of).collect()
}

fn claim<'t>(reading: &'t Reading<'t>, at: usize, form: Form, standing: Standing) -> Claim<'t> {
    let object = object_of_sentence(reading, at);
    Claim {
        lemma: Some(form.lemma),
        meaning: reading.rules.lexicon.meaning(form.lemma, &object),
        place: Place::Description,
        at,
        standing,
        ambiguous: form.noun,
    }
}

/// The noun phrase after the verb at `verb`, the one after "from", and the one after "for" or "to".
fn object_of_sentence<'t>(reading: &'t Reading<'t>, verb: usize) -> Object<'t> {
    let words = &reading.description;
    let (phrase, stop) = noun_phrase(reading, verb + 1);
    let from = (stop..words.len().min(stop + 5))
        .take_while(|&at| !breaks(words.gap_before(at)))
        .find(|&at| words.get(at) == "from");
    let noun_after = |at: Option<usize>| at.map_or_else(Vec::new, |at| noun_phrase(reading, at + 1).0);
    let purpose = Some(stop).filter(|&at| ["for", "to"].contains(&words.get(at)) && !breaks(words.gap_before(at)));
    Object { phrase, from: noun_after(from), purpose: noun_after(purpose) }
}

/// The nouns from word `start` on, up to a preposition or a pause, and where they end. Prepositions in front of the
/// first noun are part of the verb: "search for files".
fn noun_phrase<'t>(reading: &'t Reading<'t>, start: usize) -> (Vec<&'t str>, usize) {
    let words = &reading.description;
    let grammar = &reading.rules.grammar;
    let mut phrase = Vec::new();
    for at in start..words.len().min(start + 2 * MAX_OBJECT) {
        let word = words.get(at);
        if breaks(words.gap_before(at)) || phrase.len() == MAX_OBJECT {
            return (phrase, at);
        }
        let one_or_more = word == "or" && words.get(at - 1) == "one";
        if grammar.prepositions.contains(word) && !one_or_more {
            if !phrase.is_empty() {
                return (phrase, at);
            }
        } else if !grammar.determiners.contains(word) && !one_or_more {
            phrase.push(word);
        }
    }
    (phrase, words.len())
}

/// True when one of the three words before `at`, within its sentence, is a negation.
fn is_negated(reading: &Reading<'_>, start: usize, at: usize) -> bool {
    (start.max(at.saturating_sub(3))..at)
        .any(|before| reading.rules.grammar.negations.contains(reading.description.get(before)))
}
