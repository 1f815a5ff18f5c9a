//! What the words of a tool claim that it does: the verb of its name, the verbs that its description opens with, and
//! those of later sentences that speak of the tool itself.

use super::listed;
use super::reading::Reading;
use crate::model::{Category, Place};
use crate::rules::{Form, Inflection, LemmaId, Meaning, Object, Strength};
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
/// What else a description calls the tool.
const AGENT_NOUNS: [&str; 7] = ["tool", "agent", "service", "server", "assistant", "engine", "api"];
/// Words between the tool as a subject and what it does.
const BEFORE_PREDICATE: [&str; 10] =
    ["this", "it", "the", "will", "can", "also", "then", "automatically", "immediately", "permanently"];

/// One verb, what it says with its object, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'r> {
    /// Which verb; none for a noun that stands for one.
    pub lemma: Option<LemmaId>,
    /// What it says.
    pub meaning: Meaning<'r>,
    /// In which text.
    pub place: Place,
    /// Which word.
    pub at: usize,
    /// How surely the word is the verb that tells what the tool does.
    pub standing: Standing,
    /// True when the word is as often a noun.
    pub ambiguous: bool,
}

/// How surely a word is the verb that tells what a tool does, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A noun that stands for a verb, or a word that is as often a noun and stands inside a name.
    Noun,
    /// A word that is as often a noun, in front; or a verb that was searched for behind a noun.
    Likely,
    /// It can only be a verb, and stands where the verb stands.
    Sure,
}

impl Claim<'_> {
    /// True when it decides unless something more specific does.
    pub fn is_strong(&self) -> bool {
        self.meaning.strength == Strength::Strong
    }

    /// True for a description that only names what is read.
    pub fn is_noun_phrase(&self) -> bool {
        self.place == Place::Description && self.meaning.rule == READ_NOUN
    }

    /// The category it speaks for.
    pub fn says(&self) -> Category {
        self.meaning.says
    }
}

/// The id of the claim that a noun makes where there is no verb.
const READ_NOUN: &str = "read-noun";
/// The id of the claim that a question makes.
const QUESTION: &str = "question";

/// The claims of the tool's name: the words behind its server's namespace, or all of them where those tell nothing.
/// `agreeing` are verbs that the description opens with: where the name has several words that could be its verb, the
/// shared one is.
pub fn of_tool_name<'t>(reading: &'t Reading<'t>, agreeing: &[Claim<'t>]) -> Vec<Claim<'t>> {
    let own = of_words(reading, &reading.name, reading.namespace, Place::Name, agreeing);
    if own.is_empty() { of_words(reading, &reading.name, 0, Place::Name, agreeing) } else { own }
}

/// The claims of any other identifier, such as a title or a value that chooses an operation.
pub fn of_identifier<'t>(reading: &'t Reading<'t>, words: &Words<'_>, place: Place) -> Vec<Claim<'t>> {
    of_words(reading, words, 0, place, &[])
}

/// The claims of an identifier from word `start` on.
fn of_words<'t>(
    reading: &'t Reading<'t>,
    words: &Words<'_>,
    start: usize,
    place: Place,
    agreeing: &[Claim<'t>],
) -> Vec<Claim<'t>> {
    if words.len() > start + 1 && reading.rules.grammar.questions.contains(words.get(start)) {
        return vec![asked(place, start)];
    }
    let noun = read_noun(reading, words, place, start, words.len());
    let Some(verb) = verb_of_name(reading, words, start, agreeing) else { return noun.into_iter().collect() };
    let verb = verb_that_is_run(reading, words, verb).unwrap_or(verb);
    let agreed = agreeing.first().is_some_and(|c| c.lemma == Some(verb.1.lemma));
    // transfer_quote, message_history: the last noun tells more than a noun that could be a verb.
    if verb.1.noun && verb.0 + 1 < words.len() && verb.0 > start && !agreed && noun.is_some() {
        return noun.into_iter().collect();
    }
    let mut verbs = vec![verb];
    let mut at = verb.0;
    // create_or_update, get_and_delete
    while CONJUNCTIONS.contains(&words.get(at + 1)) {
        let Some(form) = reading.rules.lexicon.form(words.get(at + 2)).filter(|f| f.inflection == Inflection::Base)
        else {
            break;
        };
        at += 2;
        verbs.push((at, form));
    }
    let object = object_of_name(reading, words, at);
    let standing = match verb.1.noun {
        _ if is_request_path(words, verb.0) => Standing::Likely,
        false => Standing::Sure,
        true if agreed => Standing::Sure,
        true if verb.0 == start => Standing::Likely,
        true => Standing::Noun,
    };
    let meaning = |form: Form| reading.rules.lexicon.meaning(form.lemma, &object);
    verbs
        .into_iter()
        .map(|(at, form)| Claim {
            lemma: Some(form.lemma),
            meaning: meaning(form),
            place,
            at,
            standing,
            ambiguous: form.noun,
        })
        .collect()
}

/// True when the verb is the method of a request whose path is the name: `delete_teams__id__members`. The method says
/// how the path is called; what the call does, the description says.
fn is_request_path(words: &Words<'_>, verb: usize) -> bool {
    verb == 0 && ["get", "post", "put", "patch", "delete"].contains(&words.get(0)) && words.source().contains("__")
}

/// The claim of a name that asks a question.
fn asked<'t>(place: Place, at: usize) -> Claim<'t> {
    let meaning = Meaning { rule: QUESTION, says: Category::Read, strength: Strength::Strong, specific: false };
    Claim { lemma: None, meaning, place, at, standing: Standing::Sure, ambiguous: false }
}

/// The word of a name, from word `start` on, that is its verb: first or second if it can only be a verb, then last, then
/// anywhere.
fn verb_of_name(
    reading: &Reading<'_>,
    words: &Words<'_>,
    start: usize,
    agreeing: &[Claim<'_>],
) -> Option<(usize, Form)> {
    let lexicon = &reading.rules.lexicon;
    let last = words.len().saturating_sub(1);
    let rank = |at: usize, form: Form| {
        // A vague verb gives way to another verb in the same name, as a noun does: do_get_object.
        let place = match (form.noun || lexicon.is_vague(form.lemma), at - start) {
            // "stores_list", "arms_search": a plural or a product, unless nothing else is a verb.
            _ if form.inflection == Inflection::Third => 5,
            (false, 0) => 60,
            (false, 1) => 55,
            (false, _) if at == last => 50,
            (true, 0) => 40,
            (false, _) => 30,
            (true, 1) => 20,
            (true, _) if at == last => 10,
            (true, _) => 0,
        };
        place + agreement(reading, words, (at, form), agreeing)
    };
    words
        .iter()
        .enumerate()
        .skip(start)
        .filter_map(|(at, word)| Some((at, lexicon.form(word)?)))
        .filter(|(at, form)| match form.inflection {
            Inflection::Base | Inflection::Foreign => true,
            // "runs", "comments" are things in a name, unless the name opens with them; "billing", "onboarding" always.
            Inflection::Third => *at == 0 && !form.noun,
            Inflection::Gerund => false,
        })
        .max_by_key(|&(at, form)| (rank(at, form), std::cmp::Reverse(at)))
}

/// How much it counts that the description opens with the same verb, or with one of the same category.
fn agreement(reading: &Reading<'_>, words: &Words<'_>, (at, form): (usize, Form), agreeing: &[Claim<'_>]) -> u8 {
    if agreeing.iter().any(|c| c.lemma == Some(form.lemma)) {
        return 45;
    }
    let meaning = || reading.rules.lexicon.meaning(form.lemma, &object_of_name(reading, words, at));
    match agreeing.first().filter(|c| c.is_strong() && c.standing == Standing::Sure) {
        Some(opening) if meaning().says == opening.says() => 35,
        _ => 0,
    }
}

/// Behind a verb that only hands something over, the verb of what is run: `execute_delete_users`, `run_device_show`. Code
/// that is run stays what is run: `execute_update_query`.
fn verb_that_is_run(reading: &Reading<'_>, words: &Words<'_>, (at, form): (usize, Form)) -> Option<(usize, Form)> {
    let grammar = &reading.rules.grammar;
    let lexicon = &reading.rules.lexicon;
    let last = words.len() - 1;
    if form.inflection == Inflection::Foreign
        || !grammar.runners.contains(words.get(at))
        || grammar.code_nouns.contains(words.get(last))
    {
        return None;
    }
    let is_plain = |form: &Form| !form.noun && form.inflection == Inflection::Base && !lexicon.is_vague(form.lemma);
    [at + 1, last]
        .into_iter()
        .filter(|&next| next > at && next <= last && !grammar.runners.contains(words.get(next)))
        .filter_map(|next| Some((next, lexicon.form(words.get(next)).filter(is_plain)?)))
        .next()
}

/// What stands after the verb of a name; before it when the verb is last.
fn object_of_name<'w>(reading: &Reading<'_>, words: &'w Words<'_>, verb: usize) -> Object<'w> {
    if verb + 1 >= words.len() {
        return Object { phrase: (0..verb).map(|at| words.get(at)).collect(), ..Object::default() };
    }
    let grammar = &reading.rules.grammar;
    let mut object = Object::default();
    let mut in_from = false;
    for at in verb + 1..words.len() {
        let word = words.get(at);
        if word == "from" {
            in_from = true;
        } else if in_from {
            object.from.push(word);
        } else if grammar.prepositions.contains(word) && !object.phrase.is_empty() {
            break;
        } else if !grammar.determiners.contains(word) {
            object.phrase.push(word);
        }
    }
    object
}

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
        None => of_identifier(reading, &reading.title, Place::Title),
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

/// True when the text between two words ends a phrase.
fn breaks(gap: &str) -> bool {
    gap.contains(['.', ';', ':', '(', ',', '—', '\n', '!', '?'])
}

/// True when one of the three words before `at`, within its sentence, is a negation.
fn is_negated(reading: &Reading<'_>, start: usize, at: usize) -> bool {
    (start.max(at.saturating_sub(3))..at)
        .any(|before| reading.rules.grammar.negations.contains(reading.description.get(before)))
}

/// Where there is no verb, a noun that names what is read: "Weather forecast for a city".
fn read_noun<'t>(
    reading: &'t Reading<'t>,
    words: &Words<'_>,
    place: Place,
    start: usize,
    end: usize,
) -> Option<Claim<'t>> {
    let grammar = &reading.rules.grammar;
    let stop = (start..end).find(|&at| at > start && grammar.prepositions.contains(words.get(at))).unwrap_or(end);
    let mut head = stop.checked_sub(1).filter(|head| *head >= start)?;
    // "An agent for market analysis": what it is for tells.
    if words.get(stop) == "for" && AGENT_NOUNS.contains(&words.get(head)) {
        let from = stop + 1;
        let ends = |&at: &usize| grammar.prepositions.contains(words.get(at)) || breaks(words.gap_before(at));
        head = (from..end).find(ends).unwrap_or(end).checked_sub(1).filter(|head| *head >= from)?;
    }
    let meaning = Meaning { rule: READ_NOUN, says: Category::Read, strength: Strength::Weak, specific: false };
    grammar.read_nouns.contains(words.get(head)).then_some(Claim {
        lemma: None,
        meaning,
        place,
        at: head,
        standing: Standing::Noun,
        ambiguous: true,
    })
}
