//! Acts that a text states besides those that it opens with: "It then deletes the file", "All rows are removed
//! afterwards", "Stops the database", "Checks the code by running it". They are looked for in every clause of the
//! description, of the title and of the parameters' descriptions.
//!
//! A clause states an act of the tool if nothing stands in front of the verb but words that speak of the tool or of the
//! order of things (`further-acts.yaml`), or if it says what is done to a thing ([`passive`](super::passive)). What another
//! subject does, what is denied, conditional, advised or told about items ("that were deleted") has other words there.

use super::claims::Standing;
use super::clauses::{ARTICLES, Clause, Lead, Subject, begins_clause, lead};
use super::reading::Reading;
use super::sentences::is_adverb;
use super::{evidence, names};
use crate::model::{Category, Evidence, EvidenceField, Parameter, Tool};
use crate::rules::{Form, FurtherActs, Inflection, LemmaId, Object, Strength};
use crate::text::words::{Words, puts_verb_last};

/// Words in which code is looked for.
const MAX_OPENING: usize = 40;
/// Words between a verb and the place of what is run.
const MAX_TO_PLACE: usize = 6;
/// Words between a verb and its particle: "shuts the whole cluster down".
const MAX_TO_PARTICLE: usize = 4;

/// Objects that stand for what the sentence was about.
pub(super) const PRONOUNS: [&str; 3] = ["it", "them", "this"];
/// Say of what is run that the caller hands it over.
const GIVEN: [&str; 7] = ["given", "provided", "supplied", "passed", "arbitrary", "user", "custom"];
/// Determiners of a definite object, besides the articles.
const DETERMINERS: [&str; 10] =
    ["his", "her", "our", "those", "these", "whatever", "everything", "everyone", "one", "two"];

/// An act of the tool.
pub(crate) struct FurtherAct {
    /// The words that state it.
    pub(crate) evidence: Evidence,
    /// True if the words leave no doubt that the tool does it, as "it then deletes".
    pub(crate) explicit: bool,
    /// True if something is run that may be limited to reading.
    pub(crate) runs_code: bool,
    /// True if it is only the way in which something else is done, with things of the tool: "by running checks".
    pub(crate) is_way: bool,
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
            for (at, &(start, end)) in ranges.iter().enumerate() {
                text.sentence(start, end, opens && at == 0, only_explicit);
            }
        };
    let description = &reading.description;
    scan(description, Source::Text(EvidenceField::Description), &reading.sentences, true, false);
    scan(description, Source::Text(EvidenceField::Description), &reading.sections, false, true);
    scan(description, Source::Text(EvidenceField::Description), &reading.boilerplate, false, false);
    if !reading.title.is_empty() {
        let whole = [(0, reading.title.len())];
        scan(&reading.title, Source::Text(EvidenceField::Title), &whole, true, true);
    }
    acts.extend(of_title(reading));
    acts.extend([EvidenceField::Name, EvidenceField::Title].into_iter().filter_map(|place| of_tail(reading, place)));
    for (parameter, words) in &reading.parameter_texts {
        let entry = &reading.rules.further_acts.entry;
        let source = Source::Parameter(parameter);
        let mut text = Text { reading, words, source, code: takes_code, imperative, acts: &mut acts };
        let ranges = sentences(words);
        if words.iter().any(|word| entry.tools.contains(word))
            || (0..words.len()).any(|at| reading.rules.further_acts.sequel_len(words, at) > 0)
        {
            ranges.iter().for_each(|&(start, end)| text.sentence(start, end, false, true));
        }
        ranges.iter().for_each(|&(start, end)| text.sentence_of_parameter(parameter, start, end));
    }
    acts
}

/// The flag of a tool that loses data if it is set: `delete_after_read`.
pub(crate) fn switch<'t>(reading: &Reading<'t>) -> Option<&'t Parameter> {
    let entry = &reading.rules.further_acts.entry;
    let tool: &'t Tool = reading.tool;
    tool.parameters.iter().find(|parameter| {
        let name = Words::new(parameter.name());
        let is_harmless =
            |word: &str| entry.outside.contains(word) || entry.faded.contains(word) || entry.returned.contains(word);
        parameter.types.has("boolean") && entry.switches.contains(name.get(0)) && !name.iter().any(is_harmless)
    })
}

/// The grave verb that a title begins with, or that stands beside its first: "Delete database", "Read and wipe".
fn of_title<'t>(reading: &'t Reading<'t>) -> Option<FurtherAct> {
    let last = reading.title.get(reading.title.len().checked_sub(1)?);
    let claims = names::of_identifier(reading, &reading.title, EvidenceField::Title);
    let begins = claims.first().is_some_and(|first| first.at == 0);
    let stands = |at: usize, standing: Standing| (at == 0 && standing == Standing::Sure) || (at > 0 && begins);
    let claim = claims
        .into_iter()
        .filter(|claim| stands(claim.at, claim.standing) && claim.is_strong())
        .max_by_key(|claim| claim.says())?;
    let grave = claim.says() >= Category::Destructive && !reading.rules.grammar.read_nouns.contains(last);
    grave.then(|| FurtherAct {
        evidence: evidence::between(
            reading,
            claim.meaning.rule,
            EvidenceField::Title,
            claim.at,
            claim.at,
            claim.says(),
        ),
        explicit: false,
        runs_code: false,
        is_way: false,
    })
}

/// The grave verb that an identifier ends with behind "and" or "then": "get row and drop table", `read_then_wipe`.
fn of_tail<'t>(reading: &'t Reading<'t>, place: EvidenceField) -> Option<FurtherAct> {
    let words = reading.words(place);
    let at = (1..words.len().saturating_sub(1)).find(|&at| ["and", "then", "n", "plus"].contains(&words.get(at)))?;
    let verb = at + 1 + usize::from(words.get(at + 1) == "then");
    let form = reading.rules.lexicon.form(words.get(verb)).filter(|form| form.inflection == Inflection::Base)?;
    let meaning = reading.rules.lexicon.meaning(form.lemma, &names::object_of_name(reading, words, verb));
    let is_verb = !form.noun || meaning.specific || words.get(verb - 1) == "then" || verb + 1 == words.len();
    // "get_buy_and_sell_orders": kinds of orders.
    let is_kind =
        at > 1 && reading.rules.lexicon.form(words.get(at - 1)).is_some_and(|form| form.inflection == Inflection::Base);
    let is_grave = meaning.says >= Category::Destructive && (meaning.strength == Strength::Strong || is_verb);
    (is_grave && is_verb && !is_kind).then(|| FurtherAct {
        evidence: evidence::between(reading, meaning.rule, place, verb, verb, meaning.says),
        explicit: true,
        runs_code: false,
        is_way: false,
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
pub(super) enum Source<'p> {
    Text(EvidenceField),
    Parameter(&'p Parameter),
}

/// How an act is stated.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    /// Without doubt that the tool does it.
    pub(super) explicit: bool,
    /// In a text where nothing else counts.
    pub(super) only_explicit: bool,
    /// As the whole of a clause, of a definite thing: "Stops the database", "the card on file is charged".
    pub(super) plain: bool,
    /// With "then", "also".
    pub(super) sequel: bool,
    pub(super) gerund: bool,
    /// As the way in which something else is done: "by clearing the cache".
    pub(super) manner: bool,
    /// In a base form, as what the caller may be told to do: "then call it".
    pub(super) advises: bool,
    /// With a verb that tells how a tool is used.
    pub(super) describes: bool,
}

/// A text of a tool while its acts are looked for.
pub(super) struct Text<'t, 'w, 'a> {
    pub(super) reading: &'t Reading<'t>,
    pub(super) words: &'w Words<'w>,
    pub(super) source: Source<'w>,
    /// True if code goes in or is spoken of.
    pub(super) code: bool,
    pub(super) imperative: bool,
    pub(super) acts: &'a mut Vec<FurtherAct>,
}

impl Text<'_, '_, '_> {
    pub(super) fn is_title(&self) -> bool {
        matches!(self.source, Source::Text(EvidenceField::Title))
    }

    pub(super) fn is_parameter(&self) -> bool {
        matches!(self.source, Source::Parameter(_))
    }

    pub(super) fn rules(&self) -> &FurtherActs {
        &self.reading.rules.further_acts
    }

    fn sentence(&mut self, start: usize, end: usize, opens: bool, only_explicit: bool) {
        let conditional = self.rules().entry.conditions.contains(self.words.get(start))
            && self.rules().sequel_len(self.words, start) == 0;
        let always = conditional && self.holds_always(start, end);
        let conditional = conditional && !always;
        // True until a clause has more than words that lead to it: "Warning - deletes the file".
        let mut only_led = true;
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
            lead.sequel |= always && from > start;
            if lead.at >= to {
                inherited = Some(lead);
                from = to;
                continue;
            }
            let (first, is_start) = (only_led, from == start);
            only_led = false;
            // "In the process, a refund is issued": what opens the sentence is said of the next clause too.
            if is_start && self.rules().sequel_len(self.words, from) > 0 {
                inherited = Some(Lead { subject: Subject::Nobody, notice: false, ..lead });
            }
            let clause = Clause { from, to, start, end, first, conditional, opens: opens && is_start, only_explicit };
            // What stands beside the opening verb is read with it, except in an aside.
            let is_opening = opens && (is_start || self.words.gap_before(from) == " ");
            let is_apart = lead.sequel || lead.manner || lead.subject > Subject::Nobody || self.is_title();
            if !is_opening || is_apart || (!first && self.reaches_others(lead.at)) {
                speaks |= self.active(&lead, clause, speaks);
            }
            self.passive(&lead, clause);
            self.does_what_another_does(&lead, clause);
            self.verb_last(from, to, opens && is_start);
            self.german_passive(&lead, from, to);
            self.manner(clause, opens);
            from = to;
        }
    }

    /// True if the condition that the sentence begins with always holds: "after the item is returned, ...".
    fn holds_always(&self, start: usize, end: usize) -> bool {
        let words = self.words;
        let Some(last) = (start + 1..end).find(|&at| words.gap_after(at).contains(',')) else { return false };
        let of_call = (start..last).any(|at| self.is_call(words.get(at)));
        let is_end = ["ends", "finishes", "completes", "returns", "succeeds"].contains(&words.get(last)) && of_call;
        let is_read = ["returned", "read", "fetched", "retrieved", "shown", "displayed"].contains(&words.get(last));
        ["after", "once", "when", "before", "upon"].contains(&words.get(start)) && (is_end || is_read)
    }

    /// True for a verb that reaches other people: "and emails every customer".
    fn reaches_others(&self, at: usize) -> bool {
        self.verb(at).is_some_and(|form| self.rules().reaches(form.lemma))
    }

    /// "Same as `delete_user`", "Calls drop_table internally".
    fn does_what_another_does(&mut self, lead: &Lead, clause: Clause) {
        let words = self.words;
        let length = self.rules().proxy_len(words, lead.at);
        let by_tool = lead.subject == Subject::Nobody || lead.subject >= Subject::It;
        if length == 0 || !clause.first || clause.conditional || !by_tool {
            return;
        }
        let skipped = |at: &usize| ARTICLES.contains(&words.get(*at)) || words.get(*at) == "tool";
        let at = (lead.at + length..clause.to).find(|at| !skipped(at)).unwrap_or(clause.to);
        let is_name = words.gap_after(at) == "_" || words.gap_after(at) == "-";
        let form = self.reading.rules.lexicon.form(words.get(at)).filter(|form| form.inflection == Inflection::Base);
        if let Some(form) = form.filter(|_| is_name && at < clause.to) {
            let object = Object { phrase: vec![words.get(at + 1)], ..Object::default() };
            self.note(form.lemma, at, &object, How { explicit: true, sequel: true, ..How::default() });
        }
    }

    /// Korean and Japanese put the verb last.
    fn verb_last(&mut self, from: usize, to: usize, opens: bool) {
        let words = self.words;
        let last = to - 1;
        if opens || last == from || !puts_verb_last(words.get(last)) {
            return;
        }
        if let Some(form) = self.reading.rules.lexicon.form(words.get(last)) {
            let object = Object { phrase: (from..last).map(|at| words.get(at)).collect(), ..Object::default() };
            if self.is_grave(form.lemma, &object) {
                self.note(form.lemma, last, &object, How { plain: true, ..How::default() });
            }
        }
    }

    pub(super) fn verb(&self, at: usize) -> Option<Form> {
        if self.words.is_in_compound(at) {
            return None;
        }
        let phrasal = || {
            (1..=MAX_TO_PARTICLE)
                .take_while(|&next| !self.words.ends_sentence(at + next - 1))
                .find_map(|next| self.rules().phrasal(self.words.get(at), self.words.get(at + next)))
        };
        let by_particle = self.rules().takes_particle(self.words.get(at)).then(phrasal).flatten();
        by_particle.or_else(|| self.reading.rules.lexicon.form(self.words.get(at)))
    }

    pub(super) fn participle(&self, at: usize) -> Option<LemmaId> {
        if self.words.is_in_compound(at) {
            return None;
        }
        let (word, next) = (self.words.get(at), self.words.get(at + 1));
        let phrasal = self.rules().phrasal(word, next).map(|form| form.lemma);
        phrasal.or_else(|| self.rules().participle(word, &self.reading.rules.lexicon))
    }

    /// True if a definite thing stands behind the verb: "stops the database", "shuts it down".
    pub(super) fn takes_thing(&self, at: usize, to: usize) -> bool {
        let is_between = |next: &usize| {
            let word = self.words.get(*next);
            is_adverb(word) || word.ends_with("ly") || ["down", "back", "off", "away", "up", "out"].contains(&word)
        };
        let next = (at + 1..to).find(|next| !is_between(next)).unwrap_or(to);
        let word = self.words.get(next);
        next < to
            && (ARTICLES.contains(&word)
                || PRONOUNS.contains(&word)
                || DETERMINERS.contains(&word)
                || word.bytes().all(|byte| byte.is_ascii_digit())
                || (self.rules().entry.quantifiers.contains(word) && word != "both"))
    }

    /// True if words of the sentence name another tool: `delete_user`, "with the delete tool".
    pub(super) fn points_elsewhere(&self, start: usize, end: usize) -> bool {
        let words = self.words;
        let is_name = |at: usize| {
            words.gap_after(at) == "_" || (words.gap_before(at).contains('`') && words.gap_after(at).contains('`'))
        };
        let is_tool = |at: usize| {
            ["tool", "tools", "endpoint"].contains(&words.get(at)) && !["this", "the"].contains(&words.get(at - 1))
        };
        (start..end).any(|at| is_name(at) || (at > start && is_tool(at)))
    }

    pub(super) fn note(&mut self, lemma: LemmaId, at: usize, object: &Object<'_>, how: How) {
        let rules = self.reading.rules;
        // "Paying it from the card": the card is not paid.
        let (nothing, stands_alone) = (Object::default(), ["it", "them"].contains(&self.words.get(at + 1)));
        let object = if stands_alone { &nothing } else { object };
        let meaning = rules.lexicon.meaning(lemma, object);
        let entry = &rules.further_acts.entry;
        let strong = meaning.strength == Strength::Strong;
        let runs = rules.further_acts.runs(lemma);
        let stands_for = PRONOUNS.contains(&self.words.get(at + 1));
        let head = object.phrase.last().copied();
        let of_code = match head {
            _ if stands_for => self.code,
            Some(last) => entry.code.contains(last),
            None => self.code,
        };
        let names_thing = !object.phrase.is_empty() || stands_for;
        let stated = how.explicit || how.plain;
        // What a check runs is what it was given.
        let says = if runs && of_code { meaning.says.max(Category::Execute) } else { meaning.says };
        let counts = match says {
            Category::Read => false,
            // "Saves a call": parameters tell how they are used.
            Category::Write if self.is_parameter() => false,
            Category::Write => {
                let lasts = rules.further_acts.lasts(lemma) || (how.sequel && rules.further_acts.changes(lemma));
                let kept = how.explicit && !how.describes && lasts;
                // "Sends the query": to whom it is asked.
                let sends = ["send", "sent"].iter().any(|form| self.words.get(at).starts_with(form));
                let is_thing = head.is_none_or(|head| !(sends && self.is_no_thing(at, head)));
                let reached = how.plain && is_thing && rules.further_acts.reaches(lemma);
                let touched = object.phrase.iter().chain(&object.purpose).any(|word| entry.weighty.contains(*word));
                // "Uses the admin interface": how it works.
                (kept || reached || (how.plain && touched && strong)) && !how.gerund && names_thing
            }
            Category::Execute => {
                let plainly = stated && !how.gerund && !how.advises && !how.describes && strong && names_thing;
                let is_thing = head.is_none_or(|head| !self.is_no_thing(at, head));
                let is_run = head.is_some_and(|head| entry.runnables.contains(head)) || self.is_on_machine(at);
                (of_code && runs) || (plainly && (is_run || !runs) && (how.explicit || is_thing))
            }
            Category::Destructive | Category::Financial => (strong || how.sequel || how.explicit) && !how.manner,
        };
        let any = |is: &dyn Fn(&str) -> bool| object.phrase.iter().chain(&object.from).any(|word| is(word));
        let outside = any(&|word| entry.outside.contains(word))
            || object.from.last().is_some_and(|place| entry.returned.contains(*place))
            || (!how.sequel && object.phrase.iter().any(|word| entry.faded.contains(*word)))
            || (self.is_parameter() && head.is_some_and(|head| entry.returned.contains(head)))
            || (!how.explicit && head.is_some_and(|head| self.is_call(head)));
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
            is_way: how.gerund && !stands_for && !object.phrase.iter().any(|word| GIVEN.contains(word)),
        });
    }

    /// "Executes its body on the host".
    pub(super) fn is_on_machine(&self, at: usize) -> bool {
        let words = self.words;
        let place = (at + 1..at + MAX_TO_PLACE).take_while(|&next| !words.ends_sentence(next - 1));
        let on = place.into_iter().find(|&next| ["on", "against", "inside"].contains(&words.get(next)));
        on.is_some_and(|on| (on + 1..on + 4).any(|next| self.rules().entry.machines.contains(words.get(next))))
    }

    /// Notes that what goes in is run as code.
    pub(super) fn note_run(&mut self, at: usize, explicit: bool) {
        let text = self.words.text(at, at);
        let says = Category::Execute;
        let rule = "further-acts";
        let evidence = match self.source {
            Source::Text(place) => evidence::between(self.reading, rule, place, at, at, says),
            Source::Parameter(parameter) => evidence::in_parameter(rule, &parameter.path, text, says),
        };
        self.acts.push(FurtherAct { evidence, explicit, runs_code: true, is_way: false });
    }

    /// True for the head of an object that is no thing which could be started or stopped: "starts a search", "triggers a
    /// refresh", "retries the request", "continues the listing".
    fn is_no_thing(&self, verb: usize, head: &str) -> bool {
        let lexicon = &self.reading.rules.lexicon;
        let form = lexicon.form(head);
        let sets_off = ["start", "trigger"].iter().any(|start| self.words.get(verb).starts_with(start));
        let most = if sets_off { Category::Write } else { Category::Read };
        let reads = form.is_some_and(|form| lexicon.meaning(form.lemma, &Object::default()).says <= most);
        self.is_call(head) || reads || head.ends_with("ing")
    }

    /// True for a noun for the tool or its call.
    fn is_call(&self, noun: &str) -> bool {
        let tools = &self.rules().entry.tools;
        tools.contains(noun) || noun.strip_suffix('s').is_some_and(|noun| tools.contains(noun))
    }

    /// True for a verb that loses or pays, said of `object`.
    pub(super) fn is_grave(&self, lemma: LemmaId, object: &Object<'_>) -> bool {
        let meaning = self.reading.rules.lexicon.meaning(lemma, object);
        meaning.says >= Category::Destructive && meaning.strength == Strength::Strong
    }

    /// True for a verb that is not as often a noun, in the third person.
    pub(super) fn is_finite(&self, word: &str) -> bool {
        let form = self.reading.rules.lexicon.form(word);
        form.is_some_and(|form| form.inflection == Inflection::Third && !form.noun)
    }
}
