//! What the clauses of a text say that the tool does: "It then deletes the file", "Stops the database", "deleting the
//! source afterwards", and for a parameter "tidy deletes every note".

use super::clauses::{ARTICLES, AUXILIARIES, Clause, Lead, Subject, begins_clause};
use super::further_acts::{How, PRONOUNS, Text};
use super::sentences::{is_adverb, object_of_sentence};
use crate::model::{Category, Parameter};
use crate::rules::{Form, Inflection, LemmaId, Object};

/// Words behind a carrier that are looked at.
const MAX_BEHIND: usize = 8;

impl Text<'_, '_, '_> {
    /// Notes the act of the clause's verb. True if the clause speaks of the tool.
    pub(super) fn active(&mut self, lead: &Lead, clause: Clause, speaks: bool) -> bool {
        let (at, words) = (lead.at, self.words);
        let Clause { to, first, only_explicit, .. } = clause;
        let grammar = &self.reading.rules.grammar;
        if grammar.negations.contains(words.get(at)) {
            return false;
        }
        // "Side effects: deletion of all items".
        let noun = at + usize::from(ARTICLES.contains(&words.get(at)));
        if lead.sequel && self.note_deed(noun, true) {
            return true;
        }
        let entry = &self.rules().entry;
        // "This causes the removal of all items".
        if entry.carriers.contains(words.get(at)) && (lead.sequel || lead.subject >= Subject::It) {
            let explicit = lead.sequel || lead.subject == Subject::Tool || words.get(at).ends_with('s');
            if (at + 1..to.min(at + 1 + MAX_BEHIND)).any(|next| self.note_deed(next, explicit)) {
                return true;
            }
        }
        let by_nobody = lead.subject == Subject::Nobody;
        // "Passes the text to a shell".
        let speaks_of_tool = lead.subject >= Subject::It || (by_nobody && (first || speaks));
        if speaks_of_tool && words.get(at).ends_with('s') && self.runs_what_is_handed(at, clause.end) {
            self.note_run(at, true);
            return true;
        }
        // "Results in the deletion of the account".
        let brings =
            ["causes", "triggers", "leads", "results", "forces", "performs", "initiates", "ensures", "guarantees"]
                .contains(&words.get(at));
        if brings && first && by_nobody && (at + 1..to.min(at + 5)).any(|next| self.note_deed(next, false)) {
            return true;
        }
        let Some(mut form) = self.verb(at) else { return false };
        // "Proceeds to drop the table", "takes care of deleting it".
        if lead.chain && [Inflection::Base, Inflection::Gerund].contains(&form.inflection) {
            form = Form { inflection: Inflection::Third, noun: false, ..form };
        }
        // "List pauses, limits and writes needing review": a noun beside nouns.
        let is_noun = form.inflection == Inflection::Third && lead.conjunction && words.get(at + 1).ends_with("ing");
        if is_noun && self.imperative && by_nobody && !lead.sequel {
            return false;
        }
        // "Kills and restarts the service": the first verb has no object of its own.
        if form.inflection == Inflection::Third && at + 1 == to && first && by_nobody && words.get(to) == "and" {
            return true;
        }
        let entry = &self.rules().entry;
        let mark = words.gap_before(at);
        let takes_article = ARTICLES.contains(&words.get(at + 1)) || PRONOUNS.contains(&words.get(at + 1));
        let takes_thing = self.takes_thing(at, to);
        let object = object_of_sentence(words, grammar, at);
        let by_tool = lead.subject >= Subject::It || (lead.subject == Subject::Actor && lead.sequel);
        // "Show & delete record".
        let is_joined = self.is_title() && !first && mark.contains(['&', '+', ',']);
        let is_command =
            form.inflection == Inflection::Base && by_nobody && self.commands(form.lemma, &object, lead, clause);
        // "The server deletes the file", "we delete the file".
        let is_finite = form.inflection == Inflection::Third || words.get(at.saturating_sub(1)) == "we";
        let by_actor = lead.subject == Subject::Actor
            && is_finite
            && takes_thing
            && self.is_grave(form.lemma, &object)
            && !self.rules().is_habit(words, at + 1, to.min(at + 1 + MAX_BEHIND));
        // "If the row exists, deletes the table".
        let is_conditional = clause.conditional
            && by_nobody
            && mark.contains(',')
            && form.inflection == Inflection::Third
            && takes_thing
            && self.is_grave(form.lemma, &object);
        let is_loss = form.inflection == Inflection::Gerund && takes_thing && self.is_grave(form.lemma, &object);
        let states = match form.inflection {
            Inflection::Third => {
                by_tool
                    || by_actor
                    || (by_nobody && lead.sequel && (!form.noun || takes_thing))
                    || (first && by_nobody && (!form.noun || takes_thing))
                    || is_conditional
                    || (by_nobody
                        && speaks
                        && (!form.noun || takes_thing)
                        && (lead.conjunction || mark.contains(',') || takes_thing))
            }
            Inflection::Base => {
                let clear = !form.noun || takes_article;
                (lead.modal && by_tool)
                    || by_actor
                    || (lead.subject == Subject::Actor && lead.sequel && clear)
                    || is_command
                    || (by_nobody
                        && self.imperative
                        && clear
                        && (lead.sequel || (lead.conjunction && speaks && takes_article && self.is_title())))
                    || (is_joined && by_nobody && !form.noun)
            }
            Inflection::Gerund => {
                let quantified = (at + 1..to.min(at + 4)).any(|near| entry.quantifiers.contains(words.get(near)));
                let apart = mark.contains(',') && !lead.conjunction;
                (lead.sequel
                    || (lead.manner && lead.subject == Subject::Nobody && words.get(at - 1) != "by")
                    || apart && (quantified || is_loss || (takes_thing && self.follows_sequel(at + 1, to))))
                    && (speaks || lead.sequel)
            }
            Inflection::Foreign => lead.sequel || (first && by_nobody),
        };
        let plain = !(lead.sequel || lead.subject >= Subject::It || first);
        let next = words.get(at + 1);
        let has_object = at + 1 < to && (PRONOUNS.contains(&next) || !grammar.prepositions.contains(next));
        if !states || (plain && !has_object) {
            return false;
        }
        // "Terminates idle instances".
        let is_plural = object.phrase.last().is_some_and(|head| head.len() > 3 && head.ends_with('s')) && !form.noun;
        let is_said = (by_nobody && (first || speaks)) || is_conditional || lead.subject == Subject::It;
        let is_whole = is_said && (takes_thing || is_plural);
        // "This tool continues the listing", "then continue increasing it": how it works, not what it does.
        let describes = (!(lead.sequel || is_whole && first) && grammar.describers.contains(words.get(at)))
            || (grammar.aspects.contains(words.get(at)) && words.get(at + 1).ends_with("ing"));
        let explicit = lead.sequel
            || lead.subject == Subject::Tool
            || (lead.notice && lead.subject >= Subject::It)
            || ((lead.conjunction || is_joined) && by_nobody && speaks && form.inflection != Inflection::Gerund);
        // "deletes nothing", "removes no row".
        let denied = ["nothing", "no", "none", "neither", "not"].contains(&words.get(at + 1));
        let is_done = form.inflection == Inflection::Gerund && takes_thing && self.follows_sequel(at + 1, to);
        if !denied {
            let how = How {
                explicit,
                only_explicit,
                plain: is_done || is_command || (form.inflection == Inflection::Third && is_whole),
                sequel: lead.sequel,
                gerund: form.inflection == Inflection::Gerund && !is_done,
                manner: false,
                advises: form.inflection == Inflection::Base && lead.subject == Subject::Nobody && !is_command,
                describes,
            };
            self.note(form.lemma, at, &object, how);
            // "Purges the cache and the database".
            if words.get(to) == "and" && ARTICLES.contains(&words.get(to + 1)) {
                let object = object_of_sentence(words, &self.reading.rules.grammar, to);
                self.note(form.lemma, at, &object, how);
            }
        }
        form.inflection == Inflection::Third || lead.subject >= Subject::It
    }

    /// True if a verb in the base form says what the tool does, as a step of it: "Then stop the database", "Shut it down
    /// after reading". What names another tool or a condition is advice.
    fn commands(&self, lemma: LemmaId, object: &Object<'_>, lead: &Lead, clause: Clause) -> bool {
        let Clause { first, to, start, end, .. } = clause;
        let entry = &self.rules().entry;
        let meaning = self.reading.rules.lexicon.meaning(lemma, object);
        let is_step = lead.sequel || self.follows_sequel(lead.at + 1, to);
        let begins = first || lead.sequel;
        let is_condition = |at: usize| {
            let word = self.words.get(at);
            [
                "if", "when", "unless", "whenever", "until", "you", "your", "should", "must", "please", "use", "using",
                "call", "via", "with", "or",
            ]
            .contains(&word)
                && self.rules().sequel_len(self.words, at) == 0
        };
        meaning.says >= Category::Execute
            && !self.rules().runs(lemma)
            && begins
            && is_step
            && self.takes_thing(lead.at, to)
            && !entry.conditions.contains(self.words.get(lead.at))
            && !(start..end).any(is_condition)
            && !self.points_elsewhere(start, end)
    }

    /// True if words behind a verb or a participle say that it is done besides or after: "is revoked in the process".
    pub(super) fn follows_sequel(&self, from: usize, to: usize) -> bool {
        (from..to.min(from + MAX_BEHIND)).any(|near| {
            !["finally", "later", "next", "lastly", "plus"].contains(&self.words.get(near))
                && self.rules().sequel_len(self.words, near) > 0
        })
    }

    /// "Tests code by running it", "fetches a record before deleting it".
    pub(super) fn manner(&mut self, clause: Clause, opens: bool) {
        let words = self.words;
        let Clause { from, to, .. } = clause;
        for at in from + 1..to {
            let leads = ["by", "through", "via"].contains(&words.get(at - 1))
                || (["actually", "then", "directly", "first", "simply"].contains(&words.get(at - 1))
                    && at > from + 1
                    && words.get(at - 2) == "by");
            let before = opens && !self.imperative && words.get(at - 1) == "before";
            let is_gerund = |form: &Form| form.inflection == Inflection::Gerund;
            let Some(form) = self.verb(at).filter(|form| (leads || before) && is_gerund(form)) else { continue };
            let object = object_of_sentence(words, &self.reading.rules.grammar, at);
            // "Frees space by deleting all logs": otherwise only what is run counts.
            let quantified =
                (at + 1..to.min(at + 4)).any(|near| self.rules().entry.quantifiers.contains(words.get(near)));
            let manner = if before { !PRONOUNS.contains(&words.get(at + 1)) } else { !quantified };
            self.note(form.lemma, at, &object, How { explicit: true, gerund: true, manner, ..How::default() });
        }
    }

    /// Notes the act of a noun such as "deletion"; false if word `at` is none.
    fn note_deed(&mut self, at: usize, explicit: bool) -> bool {
        let Some(lemma) = self.rules().deed(self.words.get(at)) else { return false };
        if !["of", "from"].contains(&self.words.get(at + 1)) {
            return false;
        }
        let object = object_of_sentence(self.words, &self.reading.rules.grammar, at + 1);
        self.note(lemma, at, &object, How { explicit, sequel: true, ..How::default() });
        true
    }

    /// Notes what the description of a parameter says that the tool does for its value: "tidy deletes every note",
    /// "if true, deletes the source", "set to true to delete the logs".
    pub(super) fn sentence_of_parameter(&mut self, parameter: &Parameter, start: usize, end: usize) {
        let words = self.words;
        let mut from = start;
        let is_boolean = parameter.types.has("boolean");
        let is_switch = parameter.types.is_empty() || is_boolean;
        while from < end {
            let to = (from + 1..end).find(|&at| begins_clause(words, at)).unwrap_or(end);
            let at = self.value_verb(from, to);
            if let Some((at, form)) = at {
                let stands = match form.inflection {
                    Inflection::Third => self.takes_thing(at, to),
                    Inflection::Base => is_switch && at == start && self.takes_thing(at, to),
                    Inflection::Gerund | Inflection::Foreign => false,
                };
                if stands {
                    // "Delete the source after the copy": a switch says when.
                    let said_to = if form.inflection == Inflection::Base { at } else { to };
                    self.note_of_value(form.lemma, at, said_to);
                }
            }
            for at in from + 2..to {
                // "Set to true to delete the logs".
                let switched = words.get(at - 1) == "to"
                    && (["true", "yes", "1"].contains(&words.get(at - 2))
                        || (is_boolean && words.get(at - 2) == "whether" && self.takes_thing(at, to)));
                if let Some(form) = self.verb(at).filter(|form| switched && form.inflection == Inflection::Base) {
                    self.note_of_value(form.lemma, at, at);
                }
            }
            self.passive_of_parameter(from, to, start);
            self.run_on_machine(from, to);
            from = to;
        }
        self.handed_over(parameter, start, end);
    }

    /// The verb that a clause of a parameter begins with, or that follows one word, the parameter or a value of it.
    fn value_verb(&self, from: usize, to: usize) -> Option<(usize, Form)> {
        let (words, entry) = (self.words, &self.rules().entry);
        let skip = |mut at: usize| {
            while at < to && (is_adverb(words.get(at)) || words.get(at).ends_with("ly")) {
                at += 1;
            }
            at
        };
        let first = skip(from);
        let is_verb = |form: &Form| [Inflection::Third, Inflection::Base].contains(&form.inflection);
        if let Some(form) = self.verb(first).filter(is_verb).filter(|_| self.takes_thing(first, to)) {
            return Some((first, form));
        }
        let subject = words.get(from);
        let is_other = entry.actors.contains(subject)
            || entry.conditions.contains(subject)
            || AUXILIARIES.contains(&subject)
            || ARTICLES.contains(&subject)
            || ["user", "users", "admin", "owner", "customer", "client", "caller", "and", "or", "that", "not", "never"]
                .contains(&subject);
        let second = skip(from + 1);
        let is_third = |form: &Form| form.inflection == Inflection::Third;
        self.verb(second).filter(is_third).filter(|_| !is_other && second < to).map(|form| (second, form))
    }

    /// Notes what a value of a parameter does, unless it is harmless.
    fn note_of_value(&mut self, lemma: LemmaId, at: usize, to: usize) {
        let object = object_of_sentence(self.words, &self.reading.rules.grammar, at);
        let habitual = self.rules().is_habit(self.words, at + 1, to.min(at + 1 + MAX_BEHIND));
        if self.is_grave(lemma, &object) && !habitual {
            self.note(lemma, at, &object, How { plain: true, ..How::default() });
        }
    }
}
