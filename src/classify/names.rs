//! The claims of the words in a name or another identifier.

use super::claims::{Claim, Standing, read_noun};
use super::reading::Reading;
use crate::model::{Category, EvidenceField};
use crate::rules::{Form, Inflection, Meaning, Object, Strength};
use crate::text::words::Words;

/// Words that join two verbs.
const CONJUNCTIONS: [&str; 3] = ["and", "or", "then"];
/// The rule id of claims by questions.
const QUESTION: &str = "question";
/// The claims of the tool's name: of the words after the server's namespace, or of all words if those have none.
/// `agreeing` are the claims of the description's opening: if several words of the name could be the verb, the one that
/// agrees with them is.
pub(crate) fn of_tool_name<'t>(reading: &'t Reading<'t>, agreeing: &[Claim<'t>]) -> Vec<Claim<'t>> {
    let own = of_words(reading, &reading.name, reading.namespace, EvidenceField::Name, agreeing);
    if own.is_empty() { of_words(reading, &reading.name, 0, EvidenceField::Name, agreeing) } else { own }
}

/// The claims of another identifier, such as a title or a value that selects an operation.
pub(crate) fn of_identifier<'t>(reading: &'t Reading<'t>, words: &Words<'_>, place: EvidenceField) -> Vec<Claim<'t>> {
    of_words(reading, words, 0, place, &[])
}

/// The claims of an identifier, from word `start` on.
fn of_words<'t>(
    reading: &'t Reading<'t>,
    words: &Words<'_>,
    start: usize,
    place: EvidenceField,
    agreeing: &[Claim<'t>],
) -> Vec<Claim<'t>> {
    if let Some(at) = (start..words.len().saturating_sub(1)).find(|&at| asks(reading, words, at)) {
        return vec![asked(place, at)];
    }
    let noun = read_noun(reading, words, place, start, words.len());
    let is_noun_of_path =
        |verb: &(usize, Form)| place == EvidenceField::Name && verb.1.noun && words.source().starts_with('/');
    // "/api/comment": the parts of a path are things.
    let verb = verb_of_name(reading, words, start, agreeing).filter(|verb| !is_noun_of_path(verb));
    let Some(verb) = verb else { return noun.into_iter().collect() };
    let verb = verb_that_is_run(reading, words, verb).unwrap_or(verb);
    let agreed = agreeing.first().is_some_and(|c| c.lemma == Some(verb.1.lemma));
    // transfer_quote, message_history, price_index: the last noun says more than a noun that could be a verb.
    let reads = agreeing.first().is_some_and(|c| c.says() == Category::Read);
    if verb.1.noun && (verb.0 > start || (reads && words.len() > verb.0 + 1)) && !agreed && noun.is_some() {
        return noun.into_iter().collect();
    }
    let mut verbs = vec![verb];
    let mut at = verb.0;
    // Joined verbs: create_or_update, get_and_delete.
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
        // "stores_list": more often a plural or a product than a verb.
        false if verb.1.inflection == Inflection::Third => Standing::Likely,
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

/// True if the verb is the HTTP method of a request whose path is the name: `delete_teams__id__members`. The method
/// says how the path is requested; the description says what the call does.
fn is_request_path(words: &Words<'_>, verb: usize) -> bool {
    verb == 0 && ["get", "post", "put", "patch", "delete"].contains(&words.get(0)) && words.source().contains("__")
}

/// True if a question begins at word `at`: at the start of the name, or before a pronoun: `tests_can_i_deploy`.
fn asks(reading: &Reading<'_>, words: &Words<'_>, at: usize) -> bool {
    let is_question = reading.rules.grammar.questions.contains(words.get(at));
    is_question && (at == 0 || ["i", "we", "you"].contains(&words.get(at + 1)))
}

/// The claim of a name that is a question.
fn asked<'t>(place: EvidenceField, at: usize) -> Claim<'t> {
    let meaning = Meaning::plain(QUESTION, Category::Read, Strength::Strong);
    Claim { lemma: None, meaning, place, at, standing: Standing::Sure, ambiguous: false }
}

/// The verb of a name, from word `start` on: the first or second word if it can only be a verb, then the last, then
/// any.
fn verb_of_name(
    reading: &Reading<'_>,
    words: &Words<'_>,
    start: usize,
    agreeing: &[Claim<'_>],
) -> Option<(usize, Form)> {
    let lexicon = &reading.rules.lexicon;
    let last = words.len().saturating_sub(1);
    let rank = |at: usize, form: Form| {
        // A vague verb ranks below another verb in the same name, as a noun does: do_get_object.
        let place = match (form.noun || lexicon.is_vague(form.lemma), at - start) {
            // "stores_list", "arms_search": a plural or a product, unless no other word is a verb.
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
            // "runs" and "comments" are nouns unless the name begins with them; "billing" and "onboarding" are always
            // nouns.
            Inflection::Third => *at == 0 && !form.noun,
            Inflection::Gerund => false,
        })
        .max_by_key(|&(at, form)| (rank(at, form), std::cmp::Reverse(at)))
}

/// The bonus if the description begins with the same verb, or with one of the same category.
fn agreement(reading: &Reading<'_>, words: &Words<'_>, (at, form): (usize, Form), agreeing: &[Claim<'_>]) -> u8 {
    if agreeing.iter().any(|c| c.lemma == Some(form.lemma)) {
        return 45;
    }
    let meaning = || reading.rules.lexicon.meaning(form.lemma, &object_of_name(reading, words, at));
    match agreeing.first().filter(|c| c.is_strong() && c.standing == Standing::Sure) {
        Some(opening) if !form.noun && meaning().says == opening.says() => 35,
        _ => 0,
    }
}

/// After a verb that only runs something, the verb of what is run: `execute_delete_users`, `run_device_show`. Code
/// keeps the verb of running: `execute_update_query`.
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
        .find_map(|next| Some((next, lexicon.form(words.get(next)).filter(is_plain)?)))
}

/// The words after the verb of a name, or those before it if the verb is last.
pub(super) fn object_of_name<'w>(reading: &Reading<'_>, words: &'w Words<'_>, verb: usize) -> Object<'w> {
    if verb + 1 >= words.len() {
        return Object { phrase: (0..verb).map(|at| words.get(at)).collect(), ..Object::default() };
    }
    let grammar = &reading.rules.grammar;
    let mut object = Object::default();
    let mut in_from = false;
    // "send_email_tool": the word "tool" is skipped.
    let end = words.len() - usize::from(words.len() > verb + 2 && words.get(words.len() - 1) == "tool");
    for at in verb + 1..end {
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
