//! What the sentences of a description claim: the verbs that it opens with, and those of later sentences that speak of the
//! tool itself.

use super::claims::{Claim, Standing, breaks, read_noun};
use super::reading::Reading;
use super::{listed, names};
use crate::model::{Category, EvidenceField};
use crate::rules::{Form, Grammar, Inflection, Meaning, Object, Strength};
use crate::text::words::{Words, puts_verb_last};

/// Words of an object's phrase that are looked at.
const MAX_OBJECT: usize = 8;
/// Words in front of a description's first verb that are looked at.
const MAX_OPENING: usize = 14;
/// Words of a label in brackets in front of a description's first verb.
const MAX_LABEL: usize = 4;
/// Colons and dashes behind which the verb of one sentence is looked for.
const MAX_RESTARTS: usize = 8;
/// Sentences of a description that may speak of the tool itself.
const MAX_SENTENCES: usize = 6;

/// Words that join two verbs.
const CONJUNCTIONS: [&str; 3] = ["and", "or", "then"];
/// Nouns for a tool that end the words in front of a colon.
const KINDS: [&str; 6] = ["shortcut", "helper", "wrapper", "utility", "alias", "companion"];
/// Words behind which a verb says what is possible or what something is for.
const SUBORDINATES: [&str; 9] = ["to", "that", "which", "you", "can", "how", "if", "whether", "what"];
/// Words for what is run as it is written.
const CODE: [&str; 8] = ["code", "script", "scripts", "snippet", "command", "commands", "javascript", "program"];
/// Nouns that only say how many things there are.
const QUANTITIES: [&str; 8] = ["list", "set", "series", "array", "number", "batch", "range", "pair"];
/// Words after which a noun follows.
const ARTICLES: [&str; 3] = ["a", "an", "the"];
/// Words by which a description calls the tool itself.
const TOOL_NOUNS: [&str; 7] = ["tool", "function", "endpoint", "method", "command", "operation", "action"];
/// Words between the tool as a subject and what it does.
const BEFORE_PREDICATE: [&str; 10] =
    ["this", "it", "the", "will", "can", "also", "then", "automatically", "immediately", "permanently"];

/// The claims of the sentences that a description opens with: the first sentence that has a verb, and the verbs
/// listed with it; where it has none, a noun that names what is read; where there is nothing, the title's.
pub(crate) fn of_opening<'t>(reading: &'t Reading<'t>) -> Vec<Claim<'t>> {
    let candidates = reading.sentences.iter().take(3).chain(reading.boilerplate.iter().take(3));
    let mut with_verb = candidates.map(|&(start, end)| opening(reading, start, end));
    if let Some(claims) = with_verb.find(|claims| !claims.is_empty()) {
        return claims;
    }
    let first = reading.sentences.first().or(reading.boilerplate.first());
    match first
        .and_then(|&(start, end)| read_noun(reading, &reading.description, EvidenceField::Description, start, end))
    {
        Some(noun) => vec![noun],
        None => names::of_identifier(reading, &reading.title, EvidenceField::Title),
    }
}

fn opening<'t>(reading: &'t Reading<'t>, start: usize, end: usize) -> Vec<Claim<'t>> {
    let words = &reading.description;
    let Some((at, form, standing)) = opening_verb(reading, start, end, MAX_RESTARTS) else { return Vec::new() };
    let mut claims = vec![claim_of_opening(reading, at, form, standing, end)];
    let vague = claims[0].meaning.strength == Strength::Weak;
    claims.extend(joined_claim(reading, at, standing));
    for next in at + 1..end {
        // "and returns ..." says what comes back, not what is done.
        let describes = reading.rules.grammar.describers.contains(words.get(next));
        let listed = is_in_stroke_list(words, at, next).then(|| reading.rules.lexicon.form(words.get(next))).flatten();
        let Some(other) = listed.or_else(|| verb_form(reading, next)).filter(|_| !describes) else { continue };
        // "endpoints that support CRUD (create, delete)": an aside tells about the object, unless the verb is vague.
        if !vague && is_aside(words, at + 1, next) {
            continue;
        }
        if takes_back(reading, at, next) {
            continue;
        }
        if is_listed(reading, at, form, next, other, vague) && !is_negated(reading, start, next) {
            claims.push(claim(reading, next, other, standing));
            claims.extend(joined_claim(reading, next, standing));
        }
    }
    claims
}

/// The claim of the second verb inside a run of Chinese characters.
fn joined_claim<'t>(reading: &'t Reading<'t>, at: usize, standing: Standing) -> Option<Claim<'t>> {
    let form = reading.rules.lexicon.joined_form(reading.description.get(at))?;
    Some(claim(reading, at, form, standing))
}

/// The claim of the opening verb. "Runs the plugin to list processes": of what is run, the purpose tells.
fn claim_of_opening<'t>(reading: &'t Reading<'t>, at: usize, form: Form, standing: Standing, end: usize) -> Claim<'t> {
    let own = claim(reading, at, form, standing);
    let words = &reading.description;
    if own.says() != Category::Execute || !reading.rules.grammar.runners.contains(words.get(at)) {
        return own;
    }
    let (grammar, last) = (&reading.rules.grammar, end.min(at + 2 + MAX_OPENING));
    let stop = (at + 1..last).find(|&next| breaks(words.gap_before(next))).unwrap_or(last);
    let runs_code = (at + 1..stop).any(|next| CODE.contains(&words.get(next)));
    let purpose = (at + 2..stop).filter(|&next| words.get(next - 1) == "to" && !runs_code).find_map(|next| {
        let form = verb_form(reading, next).filter(|_| grammar.lookups.contains(words.get(next)))?;
        Some(claim(reading, next, form, standing))
    });
    match purpose.filter(|purpose| purpose.says() == Category::Read && purpose.is_strong()) {
        Some(purpose) => Claim { meaning: Meaning { specific: true, ..purpose.meaning }, ..purpose },
        None => own,
    }
}

/// "Adds or removes a tag": what is taken back can be put back.
fn takes_back(reading: &Reading<'_>, at: usize, next: usize) -> bool {
    let (words, grammar) = (&reading.description, &reading.rules.grammar);
    let is_alternative = words.get(next - 1) == "or" || words.gap_before(next).contains('/');
    is_alternative && grammar.adders.contains(words.get(at)) && grammar.removers.contains(words.get(next))
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
    // "an INSERT, UPDATE or DELETE query": names of statements or of methods.
    let is_name = |at: usize| words.text(at, at).chars().all(char::is_uppercase);
    if !same || !coordinated || (is_name(next) && !is_name(at)) {
        return false;
    }
    if is_in_stroke_list(words, at, next) {
        return true;
    }
    let joined_back = if CONJUNCTIONS.contains(&before) { next - 2 } else { next - 1 };
    let beside_verb = joined_back == at
        || (joined_back > at
            && verb_form(reading, joined_back).is_some_and(|f| f.inflection == other.inflection && !f.noun));
    let takes_object = ["a", "an", "the", "it", "them", "its", "their", "all", "any", "new", "this", "that", "one"]
        .contains(&words.get(next + 1));
    // "between branches or commits": a verb in the third person acts on something.
    let acts = next + 1 < words.len() && !breaks(words.gap_before(next + 1));
    // "Get the branch or hide it", "reads the header or manage its entries": a word that is only a verb acts on something.
    let is_only_verb = other.inflection == Inflection::Base && !other.noun && acts;
    let grammar = &reading.rules.grammar;
    let says = |lemma| reading.rules.lexicon.meaning(lemma, &Object::default()).says;
    let takes_out = grammar.editors.contains(words.get(at)) && grammar.removers.contains(words.get(next));
    let is_graver = says(form.lemma) == Category::Read || (says(other.lemma) >= Category::Destructive && !takes_out);
    let acts_besides = is_only_verb
        && is_graver
        && before == "or"
        && !grammar.prepositions.contains(words.get(next + 1))
        && !(at + 1..next).any(|between| SUBORDINATES.contains(&words.get(between)));
    // "drains a node and deletes local data": what is lost counts wherever it stands.
    let loses = before == "and"
        && !other.noun
        && acts
        && reading.rules.lexicon.meaning(other.lemma, &Object::default()).says >= Category::Destructive;
    // "and transfer funds to an address": a noun is not handed anywhere.
    let hands_over = before == "and" && (next + 2..next + 4).any(|at| words.get(at) == "to");
    beside_verb
        || takes_object
        || vague
        || hands_over
        || loses
        || acts_besides
        || (other.inflection == Inflection::Third && !other.noun && acts)
}

/// True if a list with strokes leads from verb `at` to word `next`, whatever else it holds: "list/contents/delete_file".
fn is_in_stroke_list(words: &Words<'_>, at: usize, next: usize) -> bool {
    let is_stroke = |gap: &str| gap.trim() == "/";
    is_stroke(words.gap_before(next))
        && (at + 1..next)
            .all(|word| is_stroke(words.gap_before(word)) || ["", "_", "-"].contains(&words.gap_before(word)))
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

/// The verb a sentence opens with, fillers skipped; it is looked for anew behind at most `restarts` colons.
fn opening_verb(reading: &Reading<'_>, start: usize, end: usize, restarts: usize) -> Option<(usize, Form, Standing)> {
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
        // "Triage shortcut: lists alerts": the kind of tool, and then what it does.
        let is_kind = |next: usize| KINDS.contains(&words.get(next)) && words.gap_after(next).contains(':');
        if form.is_some() && (is_kind(at + 1) || is_kind(at + 2)) {
            return later_verb(reading, at, start, end, restarts);
        }
        // "Start here when ...", "Invoke (with others) whenever ...": advice on calling the tool, not what it does.
        let behind = behind_aside(words, at, end);
        if form.is_some() && grammar.occasions.contains(words.get(behind)) {
            return later_verb(reading, behind, start, end, restarts);
        }
        if grammar.weak_fillers.contains(word) && form.is_some() && !leads_to_verb(reading, at, end) {
            return form.map(|f| (at, f, Standing::Likely));
        }
        // "Starts creating a backup": the creating tells. "Starts crawling": what runs on is started.
        let changes =
            |form: &Form| reading.rules.lexicon.meaning(form.lemma, &Object::default()).says != Category::Read;
        let gerund = verb_form(reading, at + 1).filter(|next| next.inflection == Inflection::Gerund && at + 1 < end);
        if grammar.aspects.contains(word) && gerund.is_some_and(|gerund| changes(&gerund)) {
            at += 1;
            continue;
        }
        // An adverb stands before the verb: "Syntactically verify".
        if grammar.fillers.contains(word) || (form.is_none() && word.len() > 4 && word.ends_with("ly")) {
            at += 1;
            continue;
        }
        match form {
            // "Logs of a container": a plural before "of" is what is returned.
            Some(form) if form.noun && form.inflection == Inflection::Third && words.get(at + 1) == "of" => {
                return later_verb(reading, at, start, end, restarts);
            }
            Some(form) if !is_negated(reading, start, at) && !is_compound_noun(reading, at, form, start) => {
                let (at, form) = match puts_verb_last(word) {
                    true => last_verb(reading, at, end).unwrap_or((at, form)),
                    false => (at, form),
                };
                return Some((at, form, Standing::Sure));
            }
            _ => return later_verb(reading, at, start, end, restarts),
        }
    }
    None
}

/// The word behind word `at`, or behind the parentheses that follow it.
fn behind_aside(words: &Words<'_>, at: usize, end: usize) -> usize {
    if !words.gap_after(at).contains('(') {
        return at + 1;
    }
    let closes = (at + 1..end.min(at + 1 + MAX_OPENING)).find(|&word| words.gap_after(word).contains(')'));
    closes.map_or(at + 1, |last| last + 1)
}

/// True for "this tool", "this function": "Invoke this tool to scan" is about scanning.
fn names_the_tool(words: &Words<'_>, at: usize) -> bool {
    words.get(at) == "this" && TOOL_NOUNS.contains(&words.get(at + 1))
}

/// A filler that is a verb too is skipped when another verb follows before anything else: "use this to list", but not
/// "request the list".
fn leads_to_verb(reading: &Reading<'_>, at: usize, end: usize) -> bool {
    let words = &reading.description;
    let is_skipped = |n: usize| reading.rules.grammar.fillers.contains(words.get(n)) || is_adverb(words.get(n));
    let next = (at + 1..end.min(at + 8)).find(|&n| !is_skipped(n));
    // "provides comments" gives a thing; "helps find" does one.
    let is_verb = |next: usize| {
        let form = verb_form(reading, next);
        form.is_some_and(|f| f.inflection != Inflection::Foreign && !(f.noun && f.inflection == Inflection::Third))
    };
    let takes_object = ARTICLES.contains(&words.get(at + 1)) || words.get(at + 1) == "this";
    let only_introduces = ["use", "call", "request"].contains(&words.get(at));
    // "Writes a note (type 1)": an aside is no verb.
    let is_beside = |next: usize| (at + 1..=next).all(|between| !words.gap_before(between).contains('('));
    next.is_some_and(|next| is_verb(next) && is_beside(next)) && (!takes_object || only_introduces)
}

/// "A search in all files": after an article the word is a noun, not a verb.
fn is_compound_noun(reading: &Reading<'_>, at: usize, form: Form, start: usize) -> bool {
    let words = &reading.description;
    let after_article = at > start && ARTICLES.contains(&words.get(at - 1));
    form.noun && form.inflection != Inflection::Gerund && after_article
}

/// A sentence that opens with a noun: the verb behind a colon or a dash, or after "to", "that", "will", "and".
fn later_verb(
    reading: &Reading<'_>,
    from: usize,
    start: usize,
    end: usize,
    restarts: usize,
) -> Option<(usize, Form, Standing)> {
    let words = &reading.description;
    let opens_with_read_noun = read_noun(reading, words, EvidenceField::Description, start, end).is_some();
    for at in from + 1..end.min(from + MAX_OPENING) {
        let gap = words.gap_before(at);
        let is_restart = [":", "—", "–", " - "].iter().any(|mark| gap.contains(mark))
            || (at - start <= MAX_LABEL && gap.contains([']', ')']));
        if is_restart {
            return opening_verb(reading, at, end, restarts.checked_sub(1)?);
        }
        let Some(form) = verb_form(reading, at) else { continue };
        // "Given a file, returns its errors": what comes back is all there is.
        if words.get(at) == "returns" {
            return Some((at, form, Standing::Likely));
        }
        if reading.rules.grammar.describers.contains(words.get(at)) {
            continue;
        }
        let lead = words.get(at - 1);
        let led = match form.inflection {
            Inflection::Base if opens_with_read_noun => ["will", "can"].contains(&lead),
            Inflection::Base => ["to", "will", "can", "must"].contains(&lead) || (lead == "and" && !form.noun),
            Inflection::Third => {
                ["that", "which", "tool", "it", "and", "also"].contains(&lead)
                    || (!form.noun && at - from <= 4 && !is_followed_by_of(words, at))
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
pub(crate) fn of_later_sentences<'t>(reading: &'t Reading<'t>) -> Vec<Claim<'t>> {
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

/// Claims of the operations that the description lists: behind a noun such as "actions", or as plain verbs in a row,
/// "supports creating, listing and deleting keys".
pub(crate) fn of_listed_operations<'t>(reading: &'t Reading<'t>) -> Vec<Claim<'t>> {
    let words = &reading.description;
    let behind_noun = listed::operations(words).into_iter().map(|(at, _)| at);
    let in_a_row = reading.sentences.iter().take(MAX_SENTENCES).flat_map(|&(start, end)| {
        (start..end).filter(move |&at| at > start && is_in_a_row(words, at) && !is_negated(reading, start, at))
    });
    let claim_of = |at: usize| {
        let form = reading.rules.lexicon.form(words.get(at))?;
        let is_verb = form.inflection != Inflection::Third && (!form.noun || form.inflection == Inflection::Gerund);
        is_verb.then(|| claim(reading, at, form, Standing::Likely))
    };
    behind_noun.chain(in_a_row).filter_map(claim_of).collect()
}

/// True when a list mark or a word that opens a list stands before word `at`.
fn is_in_a_row(words: &Words<'_>, at: usize) -> bool {
    let opens = ["supports", "support", "including", "include", "includes", "and", "or", "for", "like"];
    opens.contains(&words.get(at - 1)) || words.gap_before(at).contains([',', '/', ':', '(', '\n', '、', '，'])
}

fn claim<'t>(reading: &'t Reading<'t>, at: usize, form: Form, standing: Standing) -> Claim<'t> {
    let object = object_of_sentence(&reading.description, &reading.rules.grammar, at);
    Claim {
        lemma: Some(form.lemma),
        meaning: reading.rules.lexicon.meaning(form.lemma, &object),
        place: EvidenceField::Description,
        at,
        standing,
        ambiguous: form.noun,
    }
}

/// The noun phrase after the verb at `verb`, and those after "from", after "into", and after "for" or "to".
pub(super) fn object_of_sentence<'w>(words: &'w Words<'_>, grammar: &Grammar, verb: usize) -> Object<'w> {
    let (phrase, stop) = noun_phrase(words, grammar, verb + 1);
    let after = |preposition: &str| {
        (stop..words.len().min(stop + 5))
            .take_while(|&at| !breaks(words.gap_before(at)))
            .find(|&at| words.get(at) == preposition)
    };
    // "Removes all jobs from a queue" empties it.
    let empties = words.get(verb + 1) == "all" && grammar.removers.contains(words.get(verb));
    let from = after("from").filter(|_| !empties);
    let noun_after = |at: Option<usize>| at.map_or_else(Vec::new, |at| noun_phrase(words, grammar, at + 1).0);
    let purpose = Some(stop).filter(|&at| ["for", "to"].contains(&words.get(at)) && !breaks(words.gap_before(at)));
    Object { phrase, from: noun_after(from), into: noun_after(after("into")), purpose: noun_after(purpose) }
}

/// The nouns from word `start` on, up to a preposition or a pause, and where they end. Prepositions in front of the
/// first noun are part of the verb: "search for files".
fn noun_phrase<'w>(words: &'w Words<'_>, grammar: &Grammar, start: usize) -> (Vec<&'w str>, usize) {
    let mut phrase = Vec::new();
    for at in start..words.len().min(start + 2 * MAX_OBJECT) {
        let word = words.get(at);
        if breaks(words.gap_before(at)) || phrase.len() == MAX_OBJECT {
            return (phrase, at);
        }
        let one_or_more = word == "or" && words.get(at - 1) == "one";
        // "Adds a list of numbers": the numbers are added.
        if word == "of" && phrase.len() == 1 && QUANTITIES.contains(&phrase[0]) {
            phrase.clear();
            continue;
        }
        // "an overlay added for an element": what was done to a thing ends its name.
        let ends = grammar.prepositions.contains(word) || (!phrase.is_empty() && is_participle(words, at, grammar));
        if ends && !one_or_more {
            // "buy at the market price": a price is not bought.
            if !phrase.is_empty() || ["at", "by", "as", "when", "if", "while", "per"].contains(&word) {
                return (phrase, at);
            }
        } else if !grammar.determiners.contains(word) && !one_or_more && !is_adverb(word) {
            phrase.push(word);
        }
    }
    (phrase, words.len())
}

/// True for "added", "created" behind a noun and before a preposition.
fn is_participle(words: &Words<'_>, at: usize, grammar: &Grammar) -> bool {
    let word = words.get(at);
    let has_ending = word.len() > 4 && word.ends_with("ed") && !word.ends_with("eed");
    has_ending && grammar.prepositions.contains(words.get(at + 1))
}

/// "Recent commits of a branch": commits are things here.
fn is_followed_by_of(words: &Words<'_>, at: usize) -> bool {
    ["of", "by", "per"].contains(&words.get(at + 1))
}

/// True for a word such as "simultaneously", which tells how.
pub(super) fn is_adverb(word: &str) -> bool {
    ["ously", "ally", "ately", "ently", "antly", "ively", "ectly", "urely"].iter().any(|end| word.ends_with(end))
}

/// True when one of the three words before `at`, within its sentence, is a negation.
fn is_negated(reading: &Reading<'_>, start: usize, at: usize) -> bool {
    (start.max(at.saturating_sub(3))..at)
        .any(|before| reading.rules.grammar.negations.contains(reading.description.get(before)))
}
