//! What the clauses of a text say that is done to things: "All rows are removed", "The card on file is charged", "Its body
//! is passed to eval".

use super::clauses::{ARTICLES, AUXILIARIES, Clause, Lead};
use super::further_acts::{How, PRONOUNS, Text};
use super::sentences::is_adverb;
use crate::model::Parameter;
use crate::rules::{Inflection, LemmaId, Object, Strength};

/// Words of the subject that are looked at.
const MAX_SUBJECT: usize = 12;
/// Words behind the participle that are looked at.
const MAX_BEHIND: usize = 8;
/// Words between "passed" and what runs it.
const MAX_HANDED: usize = 4;
/// Words that begin a clause about the noun in front of them.
const RELATIVES: [&str; 4] = ["that", "which", "who", "whose"];
/// Words of `conditions` that tell of a thing: "accounts without a login".
const TELLING: [&str; 9] = ["to", "for", "in", "with", "as", "without", "like", "including", "than"];

/// What is said to be done to something.
struct Patient<'w> {
    /// Without determiners.
    words: Vec<&'w str>,
    head: &'w str,
    /// "all", "each".
    quantified: bool,
    /// "the card", "their password".
    definite: bool,
    /// "Stale volumes".
    plural: bool,
    /// "Data in the archive".
    qualified: bool,
}

impl<'w> Text<'_, 'w, '_> {
    /// "All rows are removed", "the order is then refunded".
    pub(super) fn passive(&mut self, lead: &Lead, clause: Clause) {
        let words = self.words;
        let Clause { from, to, start, end, conditional, opens, only_explicit, .. } = clause;
        // "Jobs that are stopped are left out": the first is told about the jobs.
        let tells = |at: usize| RELATIVES.contains(&words.get(at - 1));
        let Some(aux) = (from + 1..to).find(|&at| AUXILIARIES.contains(&words.get(at)) && !tells(at)) else { return };
        // "The code is run": the lead may have taken the whole subject.
        let subject_at = Some(lead.named_at.unwrap_or(lead.at)).filter(|at| *at < aux).unwrap_or(from);
        if aux - subject_at > MAX_SUBJECT {
            return;
        }
        let is_be = words.get(aux) == "be";
        let before = words.get(aux - 1);
        if (is_be && before != "will") || before == "to" {
            return;
        }
        let mut sequel = lead.sequel;
        let mut at = aux + 1;
        while at < to {
            let length = self.rules().sequel_len(words, at);
            if length > 0 {
                sequel = true;
                at += length;
            } else if is_adverb(words.get(at)) || words.get(at).ends_with("ly") || words.get(at) == "being" {
                at += 1;
            } else {
                break;
            }
        }
        if at < to
            && !conditional
            && !opens
            && self.runs_what_is_handed(at, end)
            && self.patient(subject_at, aux).is_some()
        {
            return self.note_run(at, true);
        }
        let Some(lemma) = self.participle(at).filter(|_| at < to) else { return };
        let is_definite = ARTICLES.contains(&words.get(subject_at));
        sequel |= (!only_explicit || is_definite) && self.follows_sequel(at + 1, to.min(at + 6));
        let by_call = self.is_by_call(at + 1, to);
        sequel |= by_call;
        let Some(patient) = self.patient(subject_at, aux).filter(|_| !lead.relative || sequel) else { return };
        // Of a parameter, less counts: "the timeout after which the run is terminated".
        if self.is_parameter() && !patient.quantified {
            return;
        }
        // "Is emptied and rebuilt every night".
        let goes_on = words.get(to) == "and" && !ARTICLES.contains(&words.get(to + 1));
        let said_to = if goes_on { end } else { to };
        let habitual = !by_call && self.rules().is_habit(words, at + 1, said_to.min(at + 1 + MAX_BEHIND));
        // "A refund is issued".
        if let Some(noun) = (subject_at..aux).find(|&at| self.rules().deed(words.get(at)).is_some()) {
            let carried = ["issued", "made", "performed", "initiated", "triggered", "started", "scheduled", "executed"];
            let stands = sequel || patient.quantified || (patient.definite && !opens);
            if carried.contains(&words.get(at)) && !conditional && !habitual && stands {
                let lemma = self.rules().deed(words.get(noun)).unwrap_or(lemma);
                let plain = patient.definite;
                let how = How { explicit: sequel, only_explicit, plain, sequel, ..How::default() };
                let phrase = if plain { vec![words.get(noun)] } else { Vec::new() };
                return self.note(lemma, noun, &Object { phrase, ..Object::default() }, how);
            }
        }
        let of_code = self.rules().entry.code.contains(patient.head) && self.rules().runs(lemma);
        // "All orders are refunded or paid", "is deleted, paid or refunded": kinds of orders.
        let is_alternative =
            words.get(at + 1) == "or" || (words.gap_after(at).contains(',') && self.participle(at + 1).is_some());
        let (at, lemma) = self.gravest(at, lemma, &patient, end);
        let object = Object { from: self.place(at + 1, to), phrase: patient.words.clone(), ..Object::default() };
        let meaning = self.reading.rules.lexicon.meaning(lemma, &object);
        let is_thing = patient.quantified
            || patient.definite
            || (patient.plural && ["are", "get", "be"].contains(&words.get(aux)))
            || patient.qualified
            || meaning.specific;
        let plainly =
            is_thing && !self.points_elsewhere(start, end) && !self.rules().entry.mild.contains(words.get(at));
        let states = sequel || (!conditional && !habitual && !is_alternative && (!opens || of_code) && plainly);
        if !states || (sequel && habitual && conditional) {
            return;
        }
        let weak = meaning.strength == Strength::Weak && !sequel;
        if !weak || of_code {
            let how = How { explicit: sequel, only_explicit, plain: plainly, sequel, ..How::default() };
            self.note(lemma, at, &object, how);
        }
    }

    /// What is said of a parameter in a passive: "folder whose duplicates are deleted", "when true the best hit is bought".
    pub(super) fn passive_of_parameter(&mut self, from: usize, to: usize, start: usize) {
        let words = self.words;
        for aux in from + 1..to {
            let will = words.get(aux) == "be" && words.get(aux - 1) == "will";
            if !will && !["is", "are", "gets", "get"].contains(&words.get(aux)) {
                continue;
            }
            let behind = aux - usize::from(will);
            let at =
                (aux + 1..to).find(|&at| !is_adverb(words.get(at)) && !words.get(at).ends_with("ly")).unwrap_or(to);
            let Some(lemma) = self.participle(at).filter(|_| at < to) else { continue };
            let is_alternative = words.get(at + 1) == "or"
                || words.gap_after(at).contains(',')
                || self.rules().entry.mild.contains(words.get(at));
            let habitual = self.rules().is_habit(words, at + 1, to.min(at + 1 + MAX_BEHIND));
            let by_others = ["by", "when", "if"].contains(&words.get(at + 1));
            if self.points_elsewhere(start, to) || is_alternative || aux - from > MAX_SUBJECT {
                continue;
            }
            let relative = (from..aux).rev().find(|&at| RELATIVES.contains(&words.get(at)));
            let patient = match relative {
                Some(relative) if words.get(relative) == "whose" => self.patient(relative + 1, aux),
                Some(relative) if relative + 1 == behind => self.patient(from.max(start), relative),
                Some(_) => None,
                None => self.patient(self.behind_switch(from, aux), aux),
            };
            let Some(patient) = patient else { continue };
            let object = Object { from: self.place(at + 1, to), phrase: patient.words.clone(), ..Object::default() };
            let of_code = self.rules().runs(lemma)
                && (self.rules().entry.code.contains(patient.head)
                    || self.rules().entry.statements.contains(patient.head));
            // "Stations that are removed": which, not what is done.
            let tells = relative.is_some_and(|relative| words.get(relative) != "whose");
            if (of_code && !by_others) || (!tells && !habitual && self.is_grave(lemma, &object)) {
                self.note(lemma, at, &object, How { plain: true, ..How::default() });
                return;
            }
        }
    }

    /// "Executed on the server": what goes in is run.
    pub(super) fn run_on_machine(&mut self, from: usize, to: usize) {
        let is_run = ["executed", "run"].contains(&self.words.get(from));
        if is_run && self.words.get(from + 1) == "on" && self.is_on_machine(from) && from + 1 < to {
            self.note_run(from, false);
        }
    }

    /// The first word behind "if true", "when set".
    fn behind_switch(&self, from: usize, aux: usize) -> usize {
        let words = self.words;
        let switched = ["if", "when"].contains(&words.get(from))
            && ["true", "set", "enabled", "given", "yes", "specified"].contains(&words.get(from + 1));
        if switched { (from + 2).min(aux) } else { from }
    }

    /// "Danach wird die Datenbank gelöscht": the participle stands last.
    pub(super) fn german_passive(&mut self, lead: &Lead, from: usize, to: usize) {
        let words = self.words;
        let Some(aux) = (from..to).find(|&at| ["wird", "werden"].contains(&words.get(at))) else { return };
        let Some(last) = (aux + 1..to).rev().find(|&at| self.participle(at).is_some()) else { return };
        let denied = (from..last).any(|at| ["nicht", "kein", "keine", "wenn", "falls"].contains(&words.get(at)));
        if let Some(lemma) = self.participle(last).filter(|_| lead.sequel && !denied) {
            let object = Object { phrase: (aux + 1..last).map(|at| words.get(at)).collect(), ..Object::default() };
            self.note(lemma, last, &object, How { explicit: true, sequel: true, ..How::default() });
        }
    }

    /// The thing that the words `from..aux` name; nothing for what is denied, conditional or a sentence by itself.
    fn patient(&self, from: usize, aux: usize) -> Option<Patient<'w>> {
        let (words, entry) = (self.words, &self.rules().entry);
        let grammar = &self.reading.rules.grammar;
        let all: Vec<&'w str> =
            (from..aux).map(|at| words.get(at)).filter(|word| !["will", "now", "being"].contains(word)).collect();
        let relative = all.iter().position(|word| RELATIVES.contains(word));
        // "Error 7 means that the process is killed": what is meant, not what is done.
        let is_speech = relative.is_some_and(|at| at == 0 || self.is_finite(all[at - 1]));
        let told = &all[..relative.unwrap_or(all.len())];
        let first = *told.first()?;
        let form = self.reading.rules.lexicon.form(first);
        let begins_with_verb = told.len() > 1 && form.is_some_and(|form| !form.noun && self.is_plain_verb(first));
        let denied =
            told.iter().any(|word| grammar.negations.contains(*word) && (*word != "without" || *word == first));
        let conditional = told.iter().any(|word| entry.conditions.contains(*word) && !TELLING.contains(word));
        // "To ensure your order is filled", "the address the coins are sent from".
        let is_base = |word: &str| self.is_plain_verb(word) && !self.is_noun(word);
        let aims = told.windows(2).any(|pair| pair[0] == "to" && is_base(pair[1]));
        let is_new = |pair: &[&str]| {
            ["the", "a", "an", "your", "its", "their"].contains(&pair[1])
                && !grammar.prepositions.contains(pair[0])
                && !["all", "each", "both", "then", "also", "without"].contains(&pair[0])
        };
        let nests = told.windows(2).any(is_new);
        if is_speech
            || begins_with_verb
            || aims
            || nests
            || denied
            || conditional
            || told.iter().any(|word| self.is_finite(word))
        {
            return None;
        }
        let named: Vec<&'w str> = told.iter().copied().filter(|word| !grammar.determiners.contains(*word)).collect();
        let ends = |word: &&str| grammar.prepositions.contains(*word) || *word == "without";
        let stop = named.iter().position(ends).unwrap_or(named.len());
        let head = stop.checked_sub(1).map_or(first, |head| named[head]);
        Some(Patient {
            head,
            quantified: told.iter().any(|word| entry.quantifiers.contains(*word)),
            definite: ARTICLES.contains(&first) || PRONOUNS.contains(&first),
            qualified: told.len() > 1,
            plural: head.len() > 3 && head.ends_with('s'),
            words: named[..stop].to_vec(),
        })
    }

    /// True for a verb form that is as often a noun.
    fn is_noun(&self, word: &str) -> bool {
        self.reading.rules.lexicon.form(word).is_some_and(|form| form.noun)
    }

    /// True for a verb form in the base or the third person.
    fn is_plain_verb(&self, word: &str) -> bool {
        let form = self.reading.rules.lexicon.form(word);
        form.is_some_and(|form| [Inflection::Base, Inflection::Third].contains(&form.inflection))
    }

    /// The graver of two participles: "emptied and deleted".
    fn gravest(&self, at: usize, lemma: LemmaId, patient: &Patient<'_>, end: usize) -> (usize, LemmaId) {
        let words = self.words;
        if words.get(at + 1) != "and" {
            return (at, lemma);
        }
        let is_between = |word: &str| is_adverb(word) || word.ends_with("ly") || ["then", "also"].contains(&word);
        let next = (at + 2..end).find(|&next| !is_between(words.get(next))).unwrap_or(end);
        let object = Object { phrase: patient.words.clone(), ..Object::default() };
        let says = |lemma: LemmaId| self.reading.rules.lexicon.meaning(lemma, &object).says;
        let other = self.participle(next).filter(|other| next < end && says(*other) > says(lemma));
        other.map_or((at, lemma), |other| (next, other))
    }

    /// The place behind "from": "removed from the results".
    fn place(&self, from: usize, to: usize) -> Vec<&'w str> {
        let (words, grammar) = (self.words, &self.reading.rules.grammar);
        let Some(at) = (from..to.min(from + 3)).find(|&at| words.get(at) == "from") else { return Vec::new() };
        let ends = |at: &usize| grammar.prepositions.contains(words.get(*at));
        let stop = (at + 1..to).find(ends).unwrap_or(to);
        (at + 1..stop).map(|at| words.get(at)).filter(|word| !grammar.determiners.contains(*word)).collect()
    }

    /// "are removed by this call".
    fn is_by_call(&self, from: usize, to: usize) -> bool {
        let (words, entry) = (self.words, &self.rules().entry);
        let by = (from..to.min(from + 4)).find(|&at| words.get(at) == "by");
        by.is_some_and(|by| ["this", "the"].contains(&words.get(by + 1)) && entry.tools.contains(words.get(by + 2)))
    }

    /// "passed to a shell", "executed as SQL": true if the participle at word `at` hands something to what runs it.
    pub(super) fn runs_what_is_handed(&self, at: usize, end: usize) -> bool {
        let (words, rules) = (self.words, self.rules());
        let runs =
            ["run", "executed", "evaluated", "interpreted", "compiled", "runs", "executes", "evaluates", "interprets"]
                .contains(&words.get(at));
        if !runs && !rules.entry.handings.contains(words.get(at)) {
            return false;
        }
        let leads =
            |at: &usize| ["to", "into", "as", "with", "through", "by", "via", "in", "inside"].contains(&words.get(*at));
        let Some(lead) = (at + 1..end.min(at + 1 + MAX_HANDED)).find(leads) else { return false };
        if words.get(lead) == "as" && !runs {
            return false;
        }
        (lead + 1..end.min(lead + 1 + MAX_HANDED)).any(|at| rules.interpreter_len(words, at) > 0)
            || (words.get(lead) == "as"
                && (lead + 1..end.min(lead + 4)).any(|at| rules.entry.code.contains(words.get(at))))
    }

    /// "Evaluated with eval()", "host name; passed to a shell", "shell command to run": what goes in is run.
    pub(super) fn handed_over(&mut self, parameter: &Parameter, start: usize, end: usize) {
        let (words, entry) = (self.words, &self.rules().entry);
        let negations = &self.reading.rules.grammar.negations;
        let is_past = |at: usize| ["was", "were", "been", "be"].contains(&words.get(at));
        let handed = (start..end).find(|&at| {
            let denied = (start.max(at.saturating_sub(4))..at)
                .any(|before| negations.contains(words.get(before)) || is_past(before));
            !denied && self.runs_what_is_handed(at, end)
        });
        // "Shell command to run for each hit".
        let head = (start..end.min(start + 5)).find(|&at| words.get(at) == "to");
        let head = head.filter(|&to| to > start && parameter.values.is_empty());
        let to_run = head.filter(|&to| {
            entry.code.contains(words.get(to - 1))
                && self.verb(to + 1).is_some_and(|form| self.rules().runs(form.lemma))
        });
        if let Some(at) = handed.or(to_run.map(|to| to + 1)) {
            self.note_run(at, to_run.is_none());
        }
    }
}
