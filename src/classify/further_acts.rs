//! Acts that a text states besides those that it opens with: "It then deletes the file", "All rows are removed
//! afterwards", "Checks the code by running it". They are looked for in every clause of the description, of the title
//! and of the parameters' descriptions.
//!
//! A clause states an act of the tool if nothing stands in front of the verb but words that speak of the tool or of the
//! order of things (`further-acts.yaml`). What another subject does, what is denied, conditional, advised or told about
//! items ("that were deleted") has other words there.

use super::claims::Standing;
use super::clauses::{ARTICLES, AUXILIARIES, Lead, Subject, begins_clause, lead};
use super::reading::Reading;
use super::sentences::{is_adverb, object_of_sentence};
use super::{evidence, names};
use crate::model::{Category, Evidence, EvidenceField, Parameter};
use crate::rules::{Form, FurtherActs, Inflection, LemmaId, Object, Strength};
use crate::text::words::Words;

/// Words behind a carrier or an auxiliary that are looked at.
const MAX_BEHIND: usize = 8;
/// Sentences of the description that are looked at.
const MAX_SENTENCES: usize = 60;
/// Words in which code is looked for.
const MAX_OPENING: usize = 40;
/// Words of the subject of a passive that are looked at.
const MAX_SUBJECT: usize = 12;

/// Objects that stand for what the sentence was about.
const PRONOUNS: [&str; 3] = ["it", "them", "this"];

/// An act of the tool.
pub(crate) struct FurtherAct {
    /// The words that state it.
    pub(crate) evidence: Evidence,
    /// True if the words leave no doubt that the tool does it, as "it then deletes".
    pub(crate) explicit: bool,
    /// True if something is run that may be limited to reading.
    pub(crate) runs_code: bool,
}

impl FurtherAct {
    pub(crate) fn says(&self) -> Category {
        self.evidence.says
    }
}

/// The further acts of a tool, in the order of its texts. `imperative`: the description opens with a base form.
pub(crate) fn find<'t>(reading: &'t Reading<'t>, imperative: bool) -> Vec<FurtherAct> {
    let mut acts = Vec::new();
    let takes_code = super::settle::takes_code(reading);
    let mut scan =
        |words: &Words<'_>, source: Source<'_>, ranges: &[(usize, usize)], opens: bool, only_explicit: bool| {
            let entry = &reading.rules.further_acts.entry;
            let is_code = |word: &str| entry.code.contains(word) || entry.statements.contains(word);
            let code = takes_code || words.iter().take(MAX_OPENING).any(is_code);
            let imperative = imperative || matches!(source, Source::Text(EvidenceField::Title));
            let mut text = Text { reading, words, source, code, imperative, acts: &mut acts };
            for (at, &(start, end)) in ranges.iter().take(MAX_SENTENCES).enumerate() {
                text.sentence(start, end, opens && at == 0, only_explicit);
            }
        };
    let description = &reading.description;
    scan(description, Source::Text(EvidenceField::Description), &reading.sentences, true, false);
    scan(description, Source::Text(EvidenceField::Description), &reading.sections, false, true);
    if !reading.title.is_empty() {
        let whole = [(0, reading.title.len())];
        scan(&reading.title, Source::Text(EvidenceField::Title), &whole, true, true);
    }
    acts.extend(of_title(reading));
    let mut scan = |words: &Words<'_>, parameter: &Parameter| {
        let code = takes_code;
        let mut text = Text { reading, words, source: Source::Parameter(parameter), code, imperative, acts: &mut acts };
        sentences(words).into_iter().for_each(|(start, end)| text.sentence(start, end, false, true));
    };
    for (parameter, words) in &reading.parameter_texts {
        if words.iter().any(|word| reading.rules.further_acts.entry.tools.contains(word))
            || (0..words.len()).any(|at| reading.rules.further_acts.sequel_len(words, at) > 0)
        {
            scan(words, parameter);
        }
    }
    acts
}

/// The grave verb that a title begins with: "Delete database".
fn of_title<'t>(reading: &'t Reading<'t>) -> Option<FurtherAct> {
    let last = reading.title.get(reading.title.len().checked_sub(1)?);
    let claims = names::of_identifier(reading, &reading.title, EvidenceField::Title);
    let claim =
        claims.into_iter().find(|claim| claim.at == 0 && claim.standing == Standing::Sure && claim.is_strong())?;
    let grave = claim.says() >= Category::Destructive && !reading.rules.grammar.read_nouns.contains(last);
    grave.then(|| FurtherAct {
        evidence: evidence::between(reading, claim.meaning.rule, EvidenceField::Title, 0, 0, claim.says()),
        explicit: false,
        runs_code: false,
    })
}

/// The sentences of a text without sections.
fn sentences(words: &Words<'_>) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for at in 0..words.len() {
        if at + 1 == words.len() || words.ends_sentence(at) {
            ranges.push((start, at + 1));
            start = at + 1;
        }
    }
    ranges
}

#[derive(Clone, Copy)]
enum Source<'p> {
    Text(EvidenceField),
    Parameter(&'p Parameter),
}

/// How an act is stated.
#[derive(Clone, Copy, Default)]
struct How {
    /// Without doubt that the tool does it.
    explicit: bool,
    /// In a text where nothing else counts.
    only_explicit: bool,
    /// With "then", "also".
    sequel: bool,
    gerund: bool,
    /// As the way in which something else is done: "by clearing the cache".
    manner: bool,
    /// In a base form, as what the caller may be told to do: "then call it".
    advises: bool,
    /// With a verb that tells how a tool is used.
    describes: bool,
}

struct Text<'t, 'w, 'a> {
    reading: &'t Reading<'t>,
    words: &'w Words<'w>,
    source: Source<'w>,
    /// True if code goes in or is spoken of.
    code: bool,
    imperative: bool,
    acts: &'a mut Vec<FurtherAct>,
}

impl Text<'_, '_, '_> {
    fn is_title(&self) -> bool {
        matches!(self.source, Source::Text(EvidenceField::Title))
    }

    fn rules(&self) -> &FurtherActs {
        &self.reading.rules.further_acts
    }

    fn sentence(&mut self, start: usize, end: usize, opens: bool, only_explicit: bool) {
        let conditional = self.rules().entry.conditions.contains(self.words.get(start))
            && self.rules().sequel_len(self.words, start) == 0;
        // True if an earlier clause of the sentence speaks of the tool.
        let mut speaks = opens;
        let mut inherited: Option<Lead> = None;
        let mut from = start;
        while from < end {
            let to = (from + 1..end).find(|&at| begins_clause(self.words, at)).unwrap_or(end);
            let mut lead = lead(self.words, self.rules(), from, to);
            if let Some(earlier) = inherited.take() {
                lead.sequel |= earlier.sequel;
                lead.notice |= earlier.notice;
                lead.subject = lead.subject.max(earlier.subject);
            }
            if lead.at >= to {
                inherited = Some(lead);
                from = to;
                continue;
            }
            let first = from == start;
            // "In the process, a refund is issued": what opens the sentence is said of the next clause too.
            if first && self.rules().sequel_len(self.words, from) > 0 {
                inherited = Some(Lead { subject: Subject::Nobody, notice: false, ..lead });
            }
            // What stands beside the opening verb is read with it, except in an aside.
            let is_opening = opens && (first || self.words.gap_before(from) == " ");
            if !is_opening || lead.sequel || lead.manner || lead.subject > Subject::Nobody || self.is_title() {
                speaks |= self.active(&lead, to, first, speaks, only_explicit);
            }
            self.passive(&lead, from, to, conditional, opens, only_explicit);
            self.german_passive(&lead, from, to);
            self.manner(from, to);
            from = to;
        }
    }

    /// Notes the act of the clause's verb. True if the clause speaks of the tool.
    fn active(&mut self, lead: &Lead, to: usize, first: bool, speaks: bool, only_explicit: bool) -> bool {
        let (at, words) = (lead.at, self.words);
        if self.reading.rules.grammar.negations.contains(words.get(at)) {
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
        let Some(form) = self.verb(at) else { return false };
        let entry = &self.rules().entry;
        let mark = words.gap_before(at);
        let takes_article = ARTICLES.contains(&words.get(at + 1)) || PRONOUNS.contains(&words.get(at + 1));
        let by_tool = lead.subject >= Subject::It || (lead.subject == Subject::Actor && lead.sequel);
        let by_nobody = lead.subject == Subject::Nobody;
        let states = match form.inflection {
            Inflection::Third => {
                by_tool
                    || (by_nobody && lead.sequel && (!form.noun || takes_article))
                    || (first && by_nobody && (!form.noun || takes_article))
                    || (by_nobody
                        && speaks
                        && (!form.noun || takes_article)
                        && (lead.conjunction || mark.contains(',') || takes_article))
            }
            Inflection::Base => {
                let clear = !form.noun || takes_article;
                (lead.modal && by_tool)
                    || (lead.subject == Subject::Actor && lead.sequel && clear)
                    || (by_nobody
                        && self.imperative
                        && clear
                        && (lead.sequel || (lead.conjunction && speaks && takes_article && self.is_title())))
            }
            Inflection::Gerund => {
                let quantified = (at + 1..to.min(at + 4)).any(|near| entry.quantifiers.contains(words.get(near)));
                (lead.sequel
                    || (lead.manner && lead.subject == Subject::Nobody && words.get(at - 1) != "by")
                    || quantified && mark.contains(','))
                    && (speaks || lead.sequel)
            }
            Inflection::Foreign => lead.sequel || (first && by_nobody),
        };
        let plain = !(lead.sequel || lead.subject >= Subject::It || first);
        let next = words.get(at + 1);
        let has_object =
            at + 1 < to && (PRONOUNS.contains(&next) || !self.reading.rules.grammar.prepositions.contains(next));
        if !states || (plain && !has_object) {
            return false;
        }
        // "This tool continues the listing", "then continue increasing it": how it works, not what it does.
        let grammar = &self.reading.rules.grammar;
        let describes = (!lead.sequel && grammar.describers.contains(words.get(at)))
            || (grammar.aspects.contains(words.get(at)) && words.get(at + 1).ends_with("ing"));
        let explicit = lead.sequel
            || lead.subject == Subject::Tool
            || (lead.notice && lead.subject >= Subject::It)
            || (lead.conjunction && by_nobody && speaks && form.inflection != Inflection::Gerund);
        let object = object_of_sentence(words, &self.reading.rules.grammar, at);
        // "deletes nothing", "removes no row".
        let denied = ["nothing", "no", "none", "neither", "not"].contains(&words.get(at + 1));
        if !denied {
            let how = How {
                explicit,
                only_explicit,
                sequel: lead.sequel,
                gerund: form.inflection == Inflection::Gerund,
                manner: false,
                advises: form.inflection == Inflection::Base && lead.subject == Subject::Nobody,
                describes,
            };
            self.note(form.lemma, at, &object, how);
        }
        form.inflection == Inflection::Third || lead.subject >= Subject::It
    }

    /// "All rows are removed", "the order is then refunded".
    fn passive(&mut self, lead: &Lead, from: usize, to: usize, conditional: bool, opens: bool, only_explicit: bool) {
        let words = self.words;
        let Some(aux) = (from + 1..to).find(|&at| AUXILIARIES.contains(&words.get(at))) else { return };
        let entry = &self.rules().entry;
        // "The code is run": the lead may have taken the whole subject.
        let subject_at = if lead.at < aux { lead.at } else { from };
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
        let Some(lemma) = self.participle(at).filter(|_| at < to) else { return };
        sequel |= !only_explicit
            && (at + 1..to.min(at + 6)).any(|near| {
                !["finally", "later", "next", "lastly", "plus"].contains(&words.get(near))
                    && self.rules().sequel_len(words, near) > 0
            });
        let subject: Vec<&str> = (subject_at..aux).map(|word| words.get(word)).filter(|word| *word != "will").collect();
        let negated = subject.iter().any(|word| self.reading.rules.grammar.negations.contains(*word));
        let qualified = subject
            .iter()
            .any(|word| entry.conditions.contains(*word) && !["to", "for", "in", "with", "as"].contains(word));
        if negated || qualified || lead.relative && !sequel {
            return;
        }
        let quantified = subject.iter().any(|word| entry.quantifiers.contains(*word));
        let definite = subject.first().is_some_and(|word| ARTICLES.contains(word) || PRONOUNS.contains(word));
        let habitual = self.rules().is_habit(words, at + 1, to.min(at + 1 + MAX_BEHIND));
        let grammar = &self.reading.rules.grammar;
        // "A refund is issued".
        if let Some(noun) = (subject_at..aux).find(|&at| self.rules().deed(words.get(at)).is_some()) {
            let carried = ["issued", "made", "performed", "initiated", "triggered", "started", "scheduled", "executed"];
            if carried.contains(&words.get(at)) && !conditional && !habitual && (sequel || quantified) {
                let lemma = self.rules().deed(words.get(noun)).unwrap_or(lemma);
                let how = How { explicit: sequel, only_explicit, sequel, ..How::default() };
                return self.note(lemma, noun, &Object::default(), how);
            }
        }
        let of_code = subject.last().is_some_and(|last| entry.code.contains(*last)) && self.rules().runs(lemma);
        // "All orders are refunded or paid": kinds of orders.
        let is_alternative = words.get(at + 1) == "or";
        let plainly = quantified || (definite && (is_be || of_code));
        // "The timeout after which the run is terminated".
        let of_parameter = matches!(self.source, Source::Parameter(_));
        if of_parameter && !quantified {
            return;
        }
        let states = sequel || (!conditional && !habitual && !is_alternative && (!opens || of_code) && plainly);
        if !states || (sequel && habitual && conditional) {
            return;
        }
        let object = Object {
            phrase: subject.into_iter().filter(|word| !grammar.determiners.contains(*word)).collect(),
            ..Object::default()
        };
        self.note(lemma, at, &object, How { explicit: sequel, only_explicit, sequel, ..How::default() });
    }

    /// "Danach wird die Datenbank gelöscht": the participle stands last.
    fn german_passive(&mut self, lead: &Lead, from: usize, to: usize) {
        let words = self.words;
        let Some(aux) = (from..to).find(|&at| ["wird", "werden"].contains(&words.get(at))) else { return };
        let Some(last) = (aux + 1..to).rev().find(|&at| self.participle(at).is_some()) else { return };
        let denied = (from..last).any(|at| ["nicht", "kein", "keine", "wenn", "falls"].contains(&words.get(at)));
        if let Some(lemma) = self.participle(last).filter(|_| lead.sequel && !denied) {
            let object = Object { phrase: (aux + 1..last).map(|at| words.get(at)).collect(), ..Object::default() };
            self.note(lemma, last, &object, How { explicit: true, sequel: true, ..How::default() });
        }
    }

    /// "Tests code by running it".
    fn manner(&mut self, from: usize, to: usize) {
        let words = self.words;
        for at in from + 1..to {
            let leads = ["by", "through", "via"].contains(&words.get(at - 1))
                || (["actually", "then", "directly", "first", "simply"].contains(&words.get(at - 1))
                    && at > from + 1
                    && words.get(at - 2) == "by");
            let Some(form) = self.verb(at).filter(|form| leads && form.inflection == Inflection::Gerund) else {
                continue;
            };
            let object = object_of_sentence(words, &self.reading.rules.grammar, at);
            // "Frees space by deleting all logs": otherwise only what is run counts.
            let quantified =
                (at + 1..to.min(at + 4)).any(|near| self.rules().entry.quantifiers.contains(words.get(near)));
            let how = How { explicit: true, gerund: true, manner: !quantified, ..How::default() };
            self.note(form.lemma, at, &object, how);
        }
    }

    fn verb(&self, at: usize) -> Option<Form> {
        let form = self.reading.rules.lexicon.form(self.words.get(at))?;
        (!self.words.is_in_compound(at)).then_some(form)
    }

    fn participle(&self, at: usize) -> Option<LemmaId> {
        let lemma = self.rules().participle(self.words.get(at), &self.reading.rules.lexicon)?;
        (!self.words.is_in_compound(at)).then_some(lemma)
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

    fn note(&mut self, lemma: LemmaId, at: usize, object: &Object<'_>, how: How) {
        let rules = self.reading.rules;
        let meaning = rules.lexicon.meaning(lemma, object);
        let entry = &rules.further_acts.entry;
        let strong = meaning.strength == Strength::Strong;
        let runs = rules.further_acts.runs(lemma);
        let of_code = match object.phrase.last() {
            _ if PRONOUNS.contains(&self.words.get(at + 1)) => self.code,
            Some(last) => entry.code.contains(*last),
            None => self.code,
        };
        // What a check runs is what it was given.
        let says = if runs && of_code { meaning.says.max(Category::Execute) } else { meaning.says };
        let counts = match says {
            Category::Read => false,
            // "Saves a call": parameters tell how they are used.
            Category::Write if matches!(self.source, Source::Parameter(_)) => false,
            Category::Write => {
                let lasts = rules.further_acts.lasts(lemma) || (how.sequel && rules.further_acts.changes(lemma));
                how.explicit && !how.gerund && !how.describes && lasts && !object.phrase.is_empty()
            }
            Category::Execute => {
                (of_code && runs)
                    || (how.explicit
                        && !how.gerund
                        && !how.advises
                        && !how.describes
                        && !runs
                        && strong
                        && !object.phrase.is_empty())
            }
            Category::Destructive | Category::Financial => (strong || how.sequel) && !how.manner,
        };
        let outside = object.phrase.iter().chain(&object.from).any(|word| entry.outside.contains(*word));
        if !counts || (outside && says != Category::Execute) || (how.only_explicit && !how.explicit) {
            return;
        }
        let text = self.words.text(at, at);
        let evidence = match self.source {
            Source::Text(place) => evidence::between(self.reading, meaning.rule, place, at, at, says),
            Source::Parameter(parameter) => evidence::in_parameter(meaning.rule, &parameter.path, text, says),
        };
        self.acts.push(FurtherAct {
            evidence,
            explicit: how.explicit,
            runs_code: says == Category::Execute && of_code,
        });
    }
}
