//! What the words of a name, or of another identifier, claim.

use super::claims::{Claim, Standing, read_noun};
use super::reading::Reading;
use crate::model::{Category, Place};
use crate::rules::{Form, Inflection, Meaning, Object, Strength};
use crate::text::words::Words;

/// Words that join two verbs.
const CONJUNCTIONS: [&str; 3] = ["and", "or", "then"];
/// The id of the claim that a question makes.
const QUESTION: &str = "question";
/// The claims of the tool's name: the words behind its server's namespace, or all of them where those tell nothing.
/// `agreeing` are verbs that the description opens with: where the name has several words that could be its verb, the
/// shared one is.
pub(crate) fn of_tool_name<'t>(reading: &'t Reading<'t>, agreeing: &[Claim<'t>]) -> Vec<Claim<'t>> {
    let own = of_words(reading, &reading.name, reading.namespace, Place::Name, agreeing);
    if own.is_empty() { of_words(reading, &reading.name, 0, Place::Name, agreeing) } else { own }
}

/// The claims of any other identifier, such as a title or a value that chooses an operation.
pub(crate) fn of_identifier<'t>(reading: &'t Reading<'t>, words: &Words<'_>, place: Place) -> Vec<Claim<'t>> {
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
    if let Some(at) = (start..words.len().saturating_sub(1)).find(|&at| asks(reading, words, at)) {
        return vec![asked(place, at)];
    }
    let noun = read_noun(reading, words, place, start, words.len());
    let Some(verb) = verb_of_name(reading, words, start, agreeing) else { return noun.into_iter().collect() };
    let verb = verb_that_is_run(reading, words, verb).unwrap_or(verb);
    let agreed = agreeing.first().is_some_and(|c| c.lemma == Some(verb.1.lemma));
    // transfer_quote, message_history, price_index: the last noun tells more than a noun that could be a verb.
    let reads = agreeing.first().is_some_and(|c| c.says() == Category::Read);
    if verb.1.noun && (verb.0 > start || (reads && words.len() > verb.0 + 1)) && !agreed && noun.is_some() {
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
        // "stores_list": a plural or a product, more often than a verb.
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

/// True when the verb is the method of a request whose path is the name: `delete_teams__id__members`. The method says
/// how the path is called; what the call does, the description says.
fn is_request_path(words: &Words<'_>, verb: usize) -> bool {
    verb == 0 && ["get", "post", "put", "patch", "delete"].contains(&words.get(0)) && words.source().contains("__")
}

/// True when a question opens at word `at`: in front of the name, or before a pronoun inside it, `tests_can_i_deploy`.
fn asks(reading: &Reading<'_>, words: &Words<'_>, at: usize) -> bool {
    let is_question = reading.rules.grammar.questions.contains(words.get(at));
    is_question && (at == 0 || ["i", "we", "you"].contains(&words.get(at + 1)))
}

/// The claim of a name that asks a question.
fn asked<'t>(place: Place, at: usize) -> Claim<'t> {
    let meaning = Meaning::plain(QUESTION, Category::Read, Strength::Strong);
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
        Some(opening) if !form.noun && meaning().says == opening.says() => 35,
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
        .find_map(|next| Some((next, lexicon.form(words.get(next)).filter(is_plain)?)))
}

/// What stands after the verb of a name; before it when the verb is last.
fn object_of_name<'w>(reading: &Reading<'_>, words: &'w Words<'_>, verb: usize) -> Object<'w> {
    if verb + 1 >= words.len() {
        return Object { phrase: (0..verb).map(|at| words.get(at)).collect(), ..Object::default() };
    }
    let grammar = &reading.rules.grammar;
    let mut object = Object::default();
    let mut in_from = false;
    // "send_email_tool": that it is a tool says nothing.
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
