//! What leaves a doubt that a tool which seems to read only reads: a sentence that names a grave act and does not say who
//! does it, a text that is written so that a program does not read it, or what stands [beside] the
//! description.

use super::beside;
use super::clauses::{ARTICLES, Subject, lead};
use super::evidence;
use super::further_acts::PRONOUNS;
use super::reading::Reading;
use super::sentences::is_adverb;
use crate::model::{Category, Confidence, Evidence, EvidenceField};
use crate::rules::{Effect, Form, Inflection, Object, PhraseOwner, Strength};
use crate::text::fold::latin;
use crate::text::words::Words;

/// Letters that stand by themselves one after the other, as in "d e l e t e".
const MIN_SPACED_LETTERS: usize = 6;
/// Particles of phrasal verbs.
const PARTICLES: [&str; 6] = ["out", "away", "off", "down", "up", "back"];
/// Words behind a verb among which the particle of a phrasal verb is looked for.
const MAX_TO_OBJECT: usize = 3;

/// A doubt about a tool that seems to read.
pub(crate) struct Doubt {
    /// The most confidence that is left.
    pub(crate) confidence: Confidence,
    /// What leaves the doubt, if it is a word.
    pub(crate) evidence: Option<Evidence>,
}

/// The gravest doubt that the texts of a tool leave.
pub(crate) fn find(reading: &Reading<'_>) -> Option<Doubt> {
    let low = |evidence| Some(Doubt { confidence: Confidence::Low, evidence });
    let words = &reading.description;
    if let Some(at) = (0..words.len()).find(|&at| is_disguised(words.get(at)) || is_spaced_out(words, at)) {
        return low(Some(said(reading, at, at, Category::Write)));
    }
    let mut later = reading.sentences.iter().skip(1).chain(&reading.boilerplate);
    if let Some(evidence) = later.find_map(|&(start, end)| unplaced(reading, start, end)) {
        return low(Some(evidence));
    }
    let mut all = reading.sentences.iter().chain(&reading.boilerplate).chain(&reading.sections);
    if let Some(evidence) = all.find_map(|&(start, end)| command(reading, start, end)) {
        return low(Some(evidence));
    }
    if let Some(evidence) = beside::find(reading) {
        return low(Some(evidence));
    }
    let mut later = reading.sentences.iter().skip(1);
    later
        .any(|&(start, end)| is_unknown(reading, start, end))
        .then_some(Doubt { confidence: Confidence::Medium, evidence: None })
}

fn said(reading: &Reading<'_>, from: usize, to: usize, says: Category) -> Evidence {
    evidence::between(reading, "further-acts", EvidenceField::Description, from, to, says)
}

/// True for a word of which some letters only look like Latin ones.
fn is_disguised(word: &str) -> bool {
    !word.is_ascii()
        && word.chars().any(|c| c.is_ascii_alphabetic())
        && word.chars().any(|c| is_of_another_script(c) && latin(c).is_some())
}

/// True for a letter of a script of which many letters look like Latin ones: Greek, Cyrillic, Armenian, Cherokee.
fn is_of_another_script(c: char) -> bool {
    ('\u{370}'..='\u{58f}').contains(&c) || ('\u{13a0}'..='\u{13ff}').contains(&c)
}

/// True if single letters stand in a row from word `at` on.
fn is_spaced_out(words: &Words<'_>, at: usize) -> bool {
    (at..at + MIN_SPACED_LETTERS)
        .all(|at| words.get(at).len() == 1 && words.get(at).is_ascii() && words.gap_after(at).trim().is_empty())
}

/// A grave act that a later sentence names without saying that the tool does it, or that something is gone.
fn unplaced(reading: &Reading<'_>, start: usize, end: usize) -> Option<Evidence> {
    let words = &reading.description;
    let rules = &reading.rules.further_acts;
    for at in start..end {
        let grave = grave_verb(reading, at, end);
        let length = rules.loss_len(words, at).max(usize::from(grave.is_some()));
        let advises = grave.is_some() && is_base(reading, start);
        if length > 0 && !advises && !is_cleared(reading, start, (at, at + length), end) {
            return Some(said(reading, at, at + length - 1, grave.unwrap_or(Category::Destructive)));
        }
        if gives_rights(reading, start, at, end) {
            return Some(said(reading, start, at, Category::Write));
        }
    }
    let found = reading.phrases.iter().find_map(|&(place, found)| match found.owner {
        PhraseOwner::Statement(entry) if place == EvidenceField::Description => {
            let is_loss = matches!(reading.rules.statements[entry].effect, Effect::Irreversible | Effect::Loses);
            // "Permanently deleted items are left out": by itself the word tells of items.
            let stands = (start..end).contains(&found.from) && words.get(found.from) != "permanently";
            let span = (found.from, found.to + 1);
            (is_loss && stands && !is_base(reading, start) && !is_cleared(reading, start, span, end)).then_some(found)
        }
        PhraseOwner::Statement(_) | PhraseOwner::Signal(_) | PhraseOwner::Exception => None,
    })?;
    Some(said(reading, found.from, found.to, Category::Destructive))
}

/// What the finite verb at word `at` says, if it loses or pays a definite thing: "the daemon deletes the file", "space is
/// made by deleting the oldest volumes".
fn grave_verb(reading: &Reading<'_>, at: usize, end: usize) -> Option<Category> {
    let words = &reading.description;
    if words.is_in_compound(at) {
        return None;
    }
    let rules = &reading.rules.further_acts;
    let phrasal = || (1..=MAX_TO_OBJECT).find_map(|behind| rules.phrasal(words.get(at), words.get(at + behind)));
    let form: Form = phrasal().or_else(|| reading.rules.lexicon.form(words.get(at)))?;
    let leads = || at > 0 && ["by", "through", "via", "thereby"].contains(&words.get(at - 1));
    let is_finite = match form.inflection {
        Inflection::Third => !form.noun,
        Inflection::Gerund => leads(),
        Inflection::Base | Inflection::Foreign => false,
    };
    let is_between = |word: &str| is_adverb(word) || word.ends_with("ly") || PARTICLES.contains(&word);
    let next = (at + 1..end).find(|&next| !is_between(words.get(next)))?;
    let word = words.get(next);
    let takes_thing = words.gap_before(next) == " "
        && (ARTICLES.contains(&word) || PRONOUNS.contains(&word) || rules.entry.quantifiers.contains(word));
    if !is_finite || !takes_thing {
        return None;
    }
    let ends = |next: &usize| reading.rules.grammar.prepositions.contains(words.get(*next));
    let stop = (next..end.min(next + 6)).find(ends).unwrap_or(end.min(next + 6));
    let phrase = (next..stop).map(|at| words.get(at)).filter(|word| !reading.rules.grammar.determiners.contains(*word));
    let object = Object { phrase: phrase.collect(), ..Object::default() };
    let is_outside =
        object.phrase.iter().any(|word| rules.entry.outside.contains(*word) || rules.entry.faded.contains(*word))
            || object.phrase.last().is_some_and(|word| rules.entry.returned.contains(*word));
    let meaning = reading.rules.lexicon.meaning(form.lemma, &object);
    (meaning.says >= Category::Destructive && meaning.strength == Strength::Strong && !is_outside)
        .then_some(meaning.says)
}

/// True if words of the sentence besides `found` say that it is not the tool that acts: a denial, a condition, another tool,
/// a person, an example, or what happens by itself.
fn is_cleared(reading: &Reading<'_>, start: usize, found: (usize, usize), end: usize) -> bool {
    let words = &reading.description;
    let (rules, grammar) = (&reading.rules.further_acts, &reading.rules.grammar);
    let is_tool_name = |at: usize| words.gap_after(at) == "_" || words.gap_before(at).ends_with('`');
    let is_condition = |before: usize| {
        rules.entry.conditions.contains(words.get(before))
            && !["in", "with", "to"].contains(&words.get(before))
            && rules.sequel_len(words, before) == 0
    };
    let mut beside = (start..end).filter(|at| !(found.0..found.1).contains(at));
    beside.any(|at| grammar.negations.contains(words.get(at)) || is_tool_name(at))
        || (start..found.0).any(|before| is_condition(before) || rules.entry.others.contains(words.get(before)))
        || rules.is_habit(words, found.1, end)
}

/// True if word `at` is a verb in the base form, as in advice to the caller.
fn is_base(reading: &Reading<'_>, at: usize) -> bool {
    let form = reading.rules.lexicon.form(reading.description.get(at));
    form.is_some_and(|form| form.inflection == Inflection::Base)
}

/// True if the sentence begins with what is done to somebody, and word `at` behind it is a right: "Adds them to sudoers".
fn gives_rights(reading: &Reading<'_>, start: usize, at: usize, end: usize) -> bool {
    let words = &reading.description;
    let form = reading.rules.lexicon.form(words.get(start));
    let reads =
        form.is_some_and(|form| reading.rules.lexicon.meaning(form.lemma, &Object::default()).says == Category::Read);
    at > start + 1
        && reading.rules.further_acts.entry.weighty.contains(words.get(at))
        && words.get(start).ends_with('s')
        && !reads
        && ["it", "them", "him", "her"].contains(&words.get(start + 1))
        && !is_cleared(reading, start, (at, at + 1), end)
}

/// A command that loses data, as `rm -rf`, in a text that does not refuse it.
fn command(reading: &Reading<'_>, start: usize, end: usize) -> Option<Evidence> {
    let words = &reading.description;
    let refuses =
        |at: usize| ["refused", "blocked", "rejected", "forbidden", "prevents", "detects"].contains(&words.get(at));
    let (at, length) = (start..end).find_map(|at| Some((at, reading.rules.further_acts.command_len(words, at)?)))?;
    let is_refused = (start..end).any(refuses) || is_cleared(reading, start, (at, at + length), end);
    (!is_refused).then(|| said(reading, at, at + length - 1, Category::Destructive))
}

/// True for a later sentence that says that something is done, and not known what: "Frobs the database", "The server
/// deletes the file".
fn is_unknown(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let words = &reading.description;
    let (grammar, entry) = (&reading.rules.grammar, &reading.rules.further_acts.entry);
    let lead = lead(words, &reading.rules.further_acts, start, end);
    let (at, verb) = (lead.at, words.get(lead.at));
    let form = reading.rules.lexicon.form(verb);
    let takes_thing = at + 1 < end && words.gap_after(at) == " " && ARTICLES.contains(&words.get(at + 1));
    let looks_like_verb = verb.len() > 3
        && verb.ends_with('s')
        && !verb.contains(['\'', '’'])
        && !["ss", "us", "is"].iter().any(|it| verb.ends_with(it));
    let is_known = form.is_some()
        || grammar.describers.contains(verb)
        || grammar.fillers.contains(verb)
        || grammar.read_nouns.contains(verb)
        || grammar.prepositions.contains(verb)
        || entry.harmless.contains(verb);
    let is_grave = form.is_some_and(|form| {
        let meaning = reading.rules.lexicon.meaning(form.lemma, &Object::default());
        form.inflection == Inflection::Third && meaning.says >= Category::Destructive
    });
    let by_other = lead.subject == Subject::Actor && is_grave;
    takes_thing && (by_other || (looks_like_verb && !is_known && !words.is_in_compound(at)))
}
