//! Decides the category, its confidence and its evidence.

use std::cmp::Ordering;

use super::claims::{Claim, Standing};
use super::draft::{Draft, weight};
use super::reading::Reading;
use super::{actions, doubts, evidence, further_acts, kept, names, sentences, settle, similar_wording, told};
use crate::model::{Action, Category, Confidence, Evidence, EvidenceField};
use crate::rules::{Effect, Found, Inflection, PhraseOwner};

/// A classification: category, confidence and evidence.
pub(crate) struct Verdict {
    pub(crate) category: Category,
    /// The confidence in the category.
    pub(crate) confidence: Confidence,
    /// The evidence, the deciding piece first.
    pub(crate) evidence: Vec<Evidence>,
    /// The operations of a dispatch tool.
    pub(crate) actions: Vec<Action>,
}

/// Classifies a parsed tool.
pub(crate) fn decide<'t>(reading: &'t Reading<'t>) -> Verdict {
    if reading.tool.error.is_some() {
        return too_little();
    }
    let (mut draft, actions) = by_rules(reading);
    draft.similar_wording_decides();
    draft.doubts_decide();
    draft.hints_decide();
    draft.finish(actions)
}

/// The classification by the rules alone, without the similar-wording model and the author's hints, and the operations
/// of a dispatch tool.
pub(crate) fn by_rules<'t>(reading: &'t Reading<'t>) -> (Draft<'t>, Vec<Action>) {
    let opening = sentences::of_opening(reading);
    let name = names::of_tool_name(reading, &opening);
    let mut draft = Draft {
        reading,
        category: Category::Write,
        confidence: Confidence::Low,
        evidence: Vec::new(),
        name: strongest(&name),
        opening: strongest(&opening),
        specific: false,
        vague_verb: false,
        states_more: false,
        only_tries: false,
    };
    draft.words_decide(&name, &opening);
    draft.trial_decides(&opening);
    let actions = actions::find(reading);
    let most_severe = actions::most_severe(&actions).map(|action| action.category);
    draft.actions_decide(&actions);
    draft.listed_operations_decide();
    draft.router_decide(&actions);
    let name_is_sure = name.iter().find(|c| weight(c) == 3).map(Claim::says);
    draft.later_sentences_decide(name_is_sure);
    draft.inputs_decide(&name, &opening);
    draft.requests_decide(&name, &opening);
    if most_severe.is_none_or(|category| category == Category::Read) {
        draft.limits_decide(name_is_sure);
    }
    draft.further_acts_decide(&opening);
    draft.consequences_decide(name_is_sure);
    draft.outputs_decide();
    if draft.evidence.is_empty() && reading.tool.annotations.destructive_hint != Some(true) {
        draft.nouns_decide();
    }
    (draft, actions)
}

/// The classification of a definition that cannot be read or says nothing: never Read by default.
fn too_little() -> Verdict {
    let evidence = Evidence {
        rule: "says-too-little".into(),
        place: EvidenceField::Nothing,
        parameter: None,
        span: [0, 0],
        text: String::new(),
        says: Category::Write,
    };
    Verdict { category: Category::Write, confidence: Confidence::Low, evidence: vec![evidence], actions: Vec::new() }
}

impl<'t> Draft<'t> {
    /// Decides by name and description. If they agree, the confidence is high. If one is vague, the other decides. If
    /// both are clear and differ, `settle` decides, and the confidence is not high.
    fn words_decide(&mut self, name: &[Claim<'t>], opening: &[Claim<'t>]) {
        let (first, second) = match (self.name, self.opening) {
            (Some(n), Some(o)) => {
                let is_vague = n.lemma.is_some_and(|lemma| self.reading.rules.lexicon.is_vague(lemma));
                let agree = n.says() == o.says();
                let (first, second) = match weight(&n).cmp(&weight(&o)) {
                    // "order: details of an order": of two nouns, the description's decides.
                    _ if n.ambiguous && n.standing < Standing::Sure && o.is_noun_phrase() => (o, n),
                    // "checkout_cart: checks the cart out": a severe verb with its object decides.
                    Ordering::Less if !agree && is_grave(&n) && o.says() == Category::Read && !o.meaning.specific => {
                        (n, o)
                    }
                    Ordering::Less if !agree => (o, n),
                    // "generate_summary: generates and stores a summary": a clear verb overrides a vague one.
                    Ordering::Equal if !agree && is_vague && !o.meaning.specific && o.says() > n.says() => (o, n),
                    Ordering::Equal if !agree => settle::settle(self.reading, n, o),
                    _ => (n, o),
                };
                let (more, less) = (weight(&n).max(weight(&o)), weight(&n).min(weight(&o)));
                self.confidence = match (agree, more, less) {
                    (true, 3, 2 | 3) => Confidence::High,
                    (true, 2.., _) | (false, 3, 0 | 1) => Confidence::Medium,
                    // "git_reset: unstages all changes": the entry says that the description tells more than the name.
                    _ if first.meaning.outweighs_name => Confidence::Medium,
                    _ => Confidence::Low,
                };
                (first, Some(second))
            }
            // "riddle_type": a noun alone is not evidence for a severe category.
            (Some(only), None) if self.is_lone_noun(&only) => return,
            (Some(only), None) | (None, Some(only)) => {
                self.confidence = if weight(&only) == 3 { Confidence::Medium } else { Confidence::Low };
                (only, None)
            }
            (None, None) => return,
        };
        self.category = first.says();
        self.specific = first.meaning.specific;
        self.vague_verb = !first.is_strong() && first.lemma.is_some();
        // "Manages policies and tests rules": management changes something.
        let managers = &self.reading.rules.grammar.managers;
        let manager = opening.iter().find(|claim| settle::is_one_of(self.reading, managers, claim));
        if let Some(manager) = manager.filter(|_| self.category == Category::Read && name_gives_way(name)) {
            self.category = Category::Write;
            self.confidence = Confidence::Low;
            self.specific = false;
            self.add_claim(manager);
        }
        self.add_claim(&first);
        if let Some(second) = second {
            self.add_claim(&second);
        }
    }

    /// "dry_run_delete: shows which rows would be deleted": a dry run does what its description says, and no more.
    fn trial_decides(&mut self, opening: &[Claim<'t>]) {
        let name = &self.reading.name;
        let tries =
            (0..name.len()).any(|at| name.get(at) == "dryrun" || (name.get(at) == "dry" && name.get(at + 1) == "run"));
        let Some(first) = opening.first().filter(|_| tries) else { return };
        if first.is_strong() && opening.iter().all(|claim| claim.says() == Category::Read) {
            let evidence = self.evidence_of(first);
            self.raise(Category::Read, Confidence::Medium, evidence);
            self.only_tries = true;
        }
    }

    /// True for a noun that could be a severe verb, if the description has no verb.
    fn is_lone_noun(&self, claim: &Claim<'t>) -> bool {
        weight(claim) == 1 && claim.says() > Category::Write && !self.reading.sentences.is_empty()
    }

    /// A dispatch tool is as severe as its most severe operation.
    fn actions_decide(&mut self, actions: &[Action]) {
        let Some(action) = actions::most_severe(actions) else { return };
        let category = action.category;
        let vague = self.evidence.is_empty() || self.confidence == Confidence::Low;
        // If name and description agree on reading and some operations read, a value such as "download" only selects
        // what is read.
        let sure_read = self.category == Category::Read
            && self.confidence == Confidence::High
            && category == Category::Write
            && actions.iter().any(|action| action.category == Category::Read);
        if (category > self.category && !sure_read) || (vague && category != self.category) {
            let evidence = evidence::in_parameter("dispatch", &action.parameter, &action.value, category);
            // An enum limits the caller; a list in a description may contain only examples.
            let bound = self.reading.tool.parameters.iter().any(|p| p.path == action.parameter && !p.values.is_empty());
            self.raise(category, if bound { Confidence::High } else { Confidence::Medium }, evidence);
        }
    }

    /// A vague tool is as severe as the most severe operation in its description.
    fn listed_operations_decide(&mut self) {
        let decided = self.specific || (self.category == Category::Read && !self.vague_verb);
        if self.confidence > Confidence::Low || decided {
            return;
        }
        let claims = sentences::of_listed_operations(self.reading);
        let gravest = claims.iter().filter(|claim| claim.is_strong()).max_by_key(|claim| claim.says());
        if let Some(claim) = gravest.filter(|claim| claim.says() > self.category) {
            let evidence = self.evidence_of(claim);
            self.raise(claim.says(), Confidence::Medium, evidence);
        }
    }

    /// A tool that takes an operation's name and arguments can do whatever the operations do.
    fn router_decide(&mut self, actions: &[Action]) {
        let plainly_reads = self.category == Category::Read && self.confidence == Confidence::High;
        let only_reads = plainly_reads || self.reading.statement(Effect::ReadsOnly).is_some();
        if only_reads || self.category >= Category::Execute || !actions.is_empty() {
            return;
        }
        if let Some(chooser) = actions::router_parameter(self.reading) {
            let evidence = evidence::in_parameter("router", &chooser.path, chooser.name(), Category::Execute);
            self.raise(Category::Execute, Confidence::Medium, evidence);
        }
    }

    /// A later sentence can raise the category, unless the name clearly says that the tool changes something, or
    /// clearly says that it reads and the sentence mentions nothing severe.
    fn later_sentences_decide(&mut self, name_is_sure: Option<Category>) {
        for claim in sentences::of_later_sentences(self.reading) {
            let passed_over = match name_is_sure {
                Some(Category::Read) => self.confidence == Confidence::High || claim.says() == Category::Write,
                Some(_) => true,
                None => {
                    self.category != Category::Read && self.confidence >= Confidence::Medium && !claim.meaning.specific
                }
            };
            let returned = claim.says() == Category::Write
                && self.category == Category::Read
                && self.reading.statement(Effect::Returns).is_some();
            if !passed_over && !returned && claim.is_strong() && claim.says() > self.category {
                let evidence = self.evidence_of(&claim);
                // "Writes a byte to the bus": a sentence of its own, and what it says stays.
                let opens_sentence = self.reading.sentences.iter().any(|&(start, _)| start == claim.at);
                let lasts = claim.lemma.is_some_and(|lemma| self.reading.rules.further_acts.lasts(lemma));
                self.states_more |= opens_sentence && lasts;
                self.raise(claim.says(), Confidence::Low, evidence);
            }
        }
    }

    /// What any sentence states that the tool does counts, whatever its name and its opening say.
    fn further_acts_decide(&mut self, opening: &[Claim<'t>]) {
        if self.category == Category::Financial {
            return;
        }
        let reading = self.reading;
        let is_base = |claim: &Claim<'_>| {
            let form = reading.rules.lexicon.form(reading.words(claim.place).get(claim.at));
            form.is_some_and(|form| form.inflection == Inflection::Base)
        };
        let limited = self.category == Category::Read && reading.statement(Effect::ReadsOnly).is_some();
        let takes_code = settle::takes_code(reading);
        let queries = takes_code
            && opening
                .iter()
                .chain(&self.name)
                .any(|claim| reading.rules.grammar.runners.contains(reading.words(claim.place).get(claim.at)));
        for act in further_acts::find(reading, opening.first().is_none_or(is_base)) {
            // "Runs a query. It executes the SQL in a read-only transaction": the limit is of what is run. "Takes a
            // read-only snapshot by running commands": so it is where no code goes in.
            let is_limited = act.runs_code
                && (limited && (queries || act.is_way && !takes_code) || reading.statement(Effect::Reports).is_some());
            let counts = act.explicit || self.category == Category::Read;
            if counts && !is_limited {
                self.states_more |= act.says() > Category::Read;
                if act.says() > self.category {
                    self.raise(act.says(), Confidence::Low, act.evidence);
                }
            }
        }
    }

    /// A tool that runs or queries code from the caller can do whatever the code says.
    fn inputs_decide(&mut self, name: &[Claim<'t>], opening: &[Claim<'t>]) {
        let runners = &self.reading.rules.grammar.runners;
        let runs = name.iter().chain(opening).any(|c| runners.contains(self.reading.words(c.place).get(c.at)));
        let reading = self.reading;
        let role = settle::CODE_ROLES.iter().find_map(|id| Some((*id, reading.role(id)?)));
        if let Some(parameter) = self.reading.role("command-arguments").filter(|_| self.category < Category::Execute) {
            let evidence =
                evidence::in_parameter("command-arguments", &parameter.path, parameter.name(), Category::Execute);
            return self.raise(Category::Execute, Confidence::Medium, evidence);
        }
        if let Some((role, parameter)) = role.filter(|_| runs && self.category < Category::Execute) {
            let evidence = evidence::in_parameter(role, &parameter.path, parameter.name(), Category::Execute);
            return self.raise(Category::Execute, Confidence::Medium, evidence);
        }
        // No parameter says so, and the text does.
        let told = settle::CODE_ROLES.iter().find_map(|id| told::role(reading, id));
        if let Some(told) = told.filter(|_| runs && self.category < Category::Execute) {
            let evidence = evidence::between(reading, &told.role, told.place, told.from, told.to, Category::Execute);
            self.raise(Category::Execute, Confidence::Medium, evidence);
        }
    }

    /// If the caller chooses the HTTP method, the tool can do whatever the requested API does.
    fn requests_decide(&mut self, name: &[Claim<'t>], opening: &[Claim<'t>]) {
        let requesters = &self.reading.rules.grammar.requesters;
        let requests = name.iter().chain(opening).any(|claim| settle::is_one_of(self.reading, requesters, claim));
        if self.category >= Category::Execute {
            return;
        }
        let Some(method) = actions::http_method(self.reading) else { return };
        // What is called a look-up and takes a body sends a request too.
        if (requests && self.reading.role("url").is_some()) || actions::takes_body(self.reading, method) {
            let evidence = evidence::in_parameter("http-method", &method.path, method.name(), Category::Execute);
            self.raise(Category::Execute, Confidence::Medium, evidence);
        }
    }

    /// If the caller must name a destination for the result, the tool writes it there; so it does if it keeps the result
    /// unless a switch is turned off.
    fn outputs_decide(&mut self) {
        if self.category != Category::Read {
            return;
        }
        let place = self.reading.role("output-place").filter(|p| p.required).or_else(|| kept::switch(self.reading));
        if let Some(parameter) = place.filter(|_| self.reading.statement(Effect::ReadsOnly).is_none()) {
            let evidence = evidence::in_parameter("output-place", &parameter.path, parameter.name(), Category::Write);
            self.raise(Category::Write, Confidence::Medium, evidence);
        }
    }

    /// A stated limit applies to tools that run queries and to unclear ones, never against a clear verb of change. A
    /// tool that runs no code of the caller and says that it only reports is a check.
    fn limits_decide(&mut self, name_is_sure: Option<Category>) {
        let runs = self.category == Category::Execute
            && self
                .evidence
                .first()
                .is_some_and(|e| self.reading.rules.grammar.runners.contains(&e.text.to_lowercase()));
        let takes_code = settle::takes_code(self.reading);
        let unclear = self.category <= Category::Execute
            && self.confidence == Confidence::Low
            && name_is_sure.is_none_or(|c| c == Category::Read);
        let limited = runs || (self.category == Category::Execute && takes_code) || unclear;
        let downloads = &self.reading.rules.grammar.downloads;
        let fetches = self.category == Category::Write
            && self.reading.role("output-place").is_none()
            && !self.evidence.is_empty()
            && self.evidence.iter().all(|e| e.says == Category::Read || downloads.contains(&e.text.to_lowercase()));
        for (effect, holds) in [
            (Effect::ReadsOnly, limited),
            (Effect::Reports, runs && !takes_code && !self.specific),
            (Effect::Returns, fetches),
        ] {
            if let Some((statement, place, found)) = self.reading.statement(effect).filter(|_| holds) {
                let evidence = self.evidence_at(&statement.id, place, found, Category::Read);
                return self.raise(Category::Read, Confidence::Medium, evidence);
            }
        }
    }

    /// Statements of consequences, and parameters that have one.
    fn consequences_decide(&mut self, name_is_sure: Option<Category>) {
        let reading = self.reading;
        for (effect, says) in [
            (Effect::Stores, Category::Write),
            (Effect::Changes, Category::Write),
            (Effect::Runs, Category::Execute),
            (Effect::Loses, Category::Destructive),
            (Effect::Irreversible, Category::Destructive),
            (Effect::Pays, Category::Financial),
        ] {
            let vague = self.category == Category::Write && self.confidence == Confidence::Low;
            let applies = match effect {
                // Autonomous work decides if the words are vague, but not against a name that clearly reads.
                Effect::Runs => vague || (self.category == Category::Read && name_is_sure.is_none()),
                Effect::Loses => [Category::Write, Category::Execute].contains(&self.category),
                // What is stopped or cancelled permanently is lost.
                Effect::Irreversible => self.category < Category::Destructive && self.ends_something(),
                Effect::Pays => Category::Read < self.category && self.category < Category::Financial,
                Effect::Stores | Effect::Changes => self.category == Category::Read,
                // Not in the list of effects above.
                Effect::ReadsOnly | Effect::Reports | Effect::Returns | Effect::None => false,
            };
            // Verb and object of a name say more than a phrase in it.
            let stated = reading.statement(effect).filter(|(_, place, _)| applies && *place != EvidenceField::Name);
            if let Some((statement, place, found)) = stated {
                let evidence = self.evidence_at(&statement.id, place, found, says);
                self.raise(says, Confidence::Medium, evidence);
            }
        }
        let parameter = match self.category {
            Category::Write | Category::Execute => reading.role("data-loss-flag"),
            Category::Read if reading.statement(Effect::ReadsOnly).is_none() => further_acts::switch(reading),
            Category::Read | Category::Destructive | Category::Financial => None,
        };
        if let Some(parameter) = parameter {
            let evidence =
                evidence::in_parameter("data-loss-flag", &parameter.path, parameter.name(), Category::Destructive);
            self.raise(Category::Destructive, Confidence::Low, evidence);
        }
    }

    /// The author's hints raise the category and never lower it. `readOnlyHint: false` means at least Write, unless
    /// name and description both clearly read: then the hint is more often wrong, and the audit reports it.
    /// `destructiveHint: true` decides only if the definition says too little.
    fn hints_decide(&mut self) {
        let hints = &self.reading.tool.annotations;
        let hint = |text: &str, says| Evidence {
            rule: "author-hint".into(),
            place: EvidenceField::Annotations,
            parameter: None,
            span: [0, text.len()],
            text: text.to_owned(),
            says,
        };
        if hints.destructive_hint == Some(true) && self.evidence.is_empty() {
            self.raise(Category::Destructive, Confidence::Low, hint("destructiveHint: true", Category::Destructive));
        } else if hints.read_only_hint == Some(false)
            && self.category == Category::Read
            && self.confidence < Confidence::High
        {
            self.raise(Category::Write, Confidence::Medium, hint("readOnlyHint: false", Category::Write));
        }
    }

    /// The similar-wording model decides what the rules leave unsure, and sets the confidence.
    fn similar_wording_decides(&mut self) {
        let Some(settled) = similar_wording::settle(self) else { return };
        self.category = settled.category;
        self.confidence = settled.confidence;
        if let Some(evidence) = settled.evidence {
            self.evidence.insert(0, evidence);
        }
    }

    /// What could be more than reading leaves a doubt.
    fn doubts_decide(&mut self) {
        if self.category != Category::Read {
            return;
        }
        let Some(doubt) = doubts::find(self.reading) else { return };
        self.confidence = self.confidence.min(doubt.confidence);
        self.evidence.extend(doubt.evidence);
    }

    fn finish(self, actions: Vec<Action>) -> Verdict {
        if self.evidence.is_empty() {
            return too_little();
        }
        Verdict { category: self.category, confidence: self.confidence, evidence: self.evidence, actions }
    }

    /// True if the deciding word ends something.
    fn ends_something(&self) -> bool {
        let enders = &self.reading.rules.grammar.enders;
        self.evidence.first().is_some_and(|evidence| enders.contains(&evidence.text.to_lowercase()))
    }

    pub(super) fn raise(&mut self, category: Category, confidence: Confidence, evidence: Evidence) {
        self.category = category;
        self.confidence = confidence;
        self.evidence.insert(0, evidence);
    }

    fn add_claim(&mut self, claim: &Claim<'t>) {
        let evidence = self.evidence_of(claim);
        self.evidence.push(evidence);
    }

    fn evidence_of(&self, claim: &Claim<'t>) -> Evidence {
        evidence::between(self.reading, claim.meaning.rule, claim.place, claim.at, claim.at, claim.says())
    }

    fn evidence_at(&self, rule: &str, place: EvidenceField, found: Found<PhraseOwner>, says: Category) -> Evidence {
        evidence::between(self.reading, rule, place, found.from, found.to, says)
    }
}

/// The claim with the most weight; of equal ones, the most severe; of these, one with a known object.
fn strongest<'t>(claims: &[Claim<'t>]) -> Option<Claim<'t>> {
    claims.iter().copied().max_by_key(|claim| (weight(claim), claim.says(), claim.meaning.specific))
}

/// True for a verb at the start of a name that, with its object, moves money or loses data.
fn is_grave(name: &Claim<'_>) -> bool {
    name.meaning.specific && name.standing == Standing::Likely && name.says() >= Category::Destructive
}

/// True if the name has no clear verb.
fn name_gives_way(name: &[Claim<'_>]) -> bool {
    name.iter().all(|claim| weight(claim) < 3)
}
