//! The category, how sure it is, and what it rests on.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::claims::{Claim, Standing};
use super::reading::Reading;
use super::{actions, names, sentences, similar_wording};
use crate::model::{Action, Category, Confidence, Evidence, Place};
use crate::rules::{Effect, Found, PhraseOwner};

/// Parameter roles through which a call says what is to be run.
const CODE_ROLES: [&str; 3] = ["code", "command", "query-language"];

/// What was decided and on which grounds, the deciding piece first.
pub struct Verdict {
    /// The category.
    pub category: Category,
    /// How sure it is.
    pub confidence: Confidence,
    /// The grounds.
    pub evidence: Vec<Evidence>,
    /// For a dispatch tool, its operations.
    pub actions: Vec<Action>,
}

/// A category under consideration: the grounds for it are gathered as it is found.
struct Draft<'t> {
    reading: &'t Reading<'t>,
    category: Category,
    confidence: Confidence,
    evidence: Vec<Evidence>,
    /// True when the words decided by a verb whose object is known.
    specific: bool,
}

/// Decides on a tool that was read.
pub fn decide<'t>(reading: &'t Reading<'t>) -> Verdict {
    if reading.tool.error.is_some() {
        return too_little();
    }
    let (mut draft, actions) = draft(reading);
    draft.similar_wording_decides();
    draft.hints_decide();
    draft.finish(actions)
}

/// What the rules alone decide, before the second reader and the author's hints.
pub fn by_rules<'t>(reading: &'t Reading<'t>) -> Verdict {
    if reading.tool.error.is_some() {
        return too_little();
    }
    let (draft, actions) = draft(reading);
    draft.finish(actions)
}

/// What the rules decide.
fn draft<'t>(reading: &'t Reading<'t>) -> (Draft<'t>, Vec<Action>) {
    let opening = sentences::of_opening(reading);
    let name = names::of_tool_name(reading, &opening);
    let mut draft = Draft {
        reading,
        category: Category::Write,
        confidence: Confidence::Low,
        evidence: Vec::new(),
        specific: false,
    };
    draft.words_decide(&name, &opening);
    let actions = actions::of(reading);
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
    draft.consequences_decide(name_is_sure);
    draft.outputs_decide();
    if draft.evidence.is_empty() && reading.tool.annotations.destructive_hint != Some(true) {
        draft.nouns_decide();
    }
    (draft, actions)
}

/// The verdict on a definition that cannot be read or says nothing: never Read by default.
fn too_little() -> Verdict {
    let evidence = Evidence {
        rule: "says-too-little".into(),
        place: Place::Nothing,
        parameter: None,
        span: [0, 0],
        text: String::new(),
        says: Category::Write,
    };
    Verdict { category: Category::Write, confidence: Confidence::Low, evidence: vec![evidence], actions: Vec::new() }
}

impl<'t> Draft<'t> {
    /// Name and opening of the description: where they agree the verdict is sure; where one is vague the other
    /// decides; where both are plain and differ, [`Self::settle`] does, and it is not sure.
    fn words_decide(&mut self, name: &[Claim<'t>], opening: &[Claim<'t>]) {
        let strongest = |claims: &[Claim<'t>]| claims.iter().copied().max_by_key(|c| (weight(c), c.says()));
        let (first, second) = match (strongest(name), strongest(opening)) {
            (Some(n), Some(o)) => {
                let agree = n.says() == o.says();
                let (first, second) = match weight(&n).cmp(&weight(&o)) {
                    // "order: details of an order": two nouns, of which the description's says what it is.
                    _ if n.ambiguous && n.standing < Standing::Sure && o.is_noun_phrase() => (o, n),
                    Ordering::Less if !agree => (o, n),
                    Ordering::Equal if !agree => self.settle(n, o),
                    _ => (n, o),
                };
                let (more, less) = (weight(&n).max(weight(&o)), weight(&n).min(weight(&o)));
                self.confidence = match (agree, more, less) {
                    (true, 3, 2 | 3) => Confidence::High,
                    (true, 2.., _) | (false, 3, 0 | 1) => Confidence::Medium,
                    _ => Confidence::Low,
                };
                (first, Some(second))
            }
            (Some(only), None) | (None, Some(only)) => {
                self.confidence = if weight(&only) == 3 { Confidence::Medium } else { Confidence::Low };
                (only, None)
            }
            (None, None) => return,
        };
        self.category = first.says();
        self.specific = first.meaning.specific;
        self.add_claim(&first);
        if let Some(second) = second {
            self.add_claim(&second);
        }
    }

    /// Two plain claims that differ, the name's and the opening's: the deciding one first.
    fn settle(&self, name: Claim<'t>, opening: Claim<'t>) -> (Claim<'t>, Claim<'t>) {
        let same_verb = name.lemma == opening.lemma && name.meaning.specific != opening.meaning.specific;
        let opening_wins = match (name.says(), opening.says()) {
            // One verb, of which only the description names the object.
            _ if same_verb => opening.meaning.specific,
            // A name that plainly reads is believed, unless the description tells of something grave.
            (Category::Read, Category::Write) => name.ambiguous,
            // "analyze_health: triggers a new analysis": what is set off works on after the call.
            (Category::Read, Category::Execute) => {
                !self.is_runner(&opening) || self.takes_code() && self.reading.statement(Effect::ReadsOnly).is_none()
            }
            // "deploy_contract: simulates a deployment": nothing is done.
            (_, Category::Read) if self.is_one_of(&self.reading.rules.grammar.simulators, &opening) => true,
            // "execute_query: runs a PromQL query": what is run tells more than that it is run.
            (Category::Execute, Category::Read) => opening.meaning.specific && !name.meaning.specific,
            (_, Category::Read) => false,
            // "execute_sql: runs statements to insert, update and delete": what is run decides.
            (Category::Execute, Category::Destructive) if self.takes_code() => false,
            // "delete_flag: removes a flag from a project": the graver word stands.
            (n @ Category::Destructive, o @ Category::Write) | (n @ Category::Write, o @ Category::Destructive) => {
                o > n
            }
            _ if name.meaning.specific != opening.meaning.specific => opening.meaning.specific,
            (n, o) => o > n,
        };
        if opening_wins { (opening, name) } else { (name, opening) }
    }

    /// True for a verb that hands something over to be run.
    fn is_runner(&self, claim: &Claim<'t>) -> bool {
        self.is_one_of(&self.reading.rules.grammar.runners, claim)
    }

    /// True when the verb of `claim` is one of `words`.
    fn is_one_of(&self, words: &HashSet<String>, claim: &Claim<'t>) -> bool {
        words.contains(self.reading.words(claim.place).get(claim.at))
    }

    /// True when a parameter takes code, a command or a statement that may write.
    fn takes_code(&self) -> bool {
        CODE_ROLES.iter().any(|role| self.reading.role(role).is_some())
    }

    /// A dispatch tool is as severe as its most severe operation.
    fn actions_decide(&mut self, actions: &[Action]) {
        let Some(action) = actions::most_severe(actions) else { return };
        let category = action.category;
        let vague = self.evidence.is_empty() || self.confidence == Confidence::Low;
        // Where name and description agree on reading and some operations read, a value such as "download" only chooses
        // what is read.
        let sure_read = self.category == Category::Read
            && self.confidence == Confidence::High
            && category == Category::Write
            && actions.iter().any(|action| action.category == Category::Read);
        if (category > self.category && !sure_read) || (vague && category != self.category) {
            let evidence = of_parameter("dispatch", &action.parameter, &action.value, category);
            // An enum binds the caller; a list in a description may be only examples.
            let bound = self.reading.tool.parameters.iter().any(|p| p.path == action.parameter && !p.values.is_empty());
            self.raise(category, if bound { Confidence::High } else { Confidence::Medium }, evidence);
        }
    }

    /// A vague tool is as severe as the gravest operation that its description lists.
    fn listed_operations_decide(&mut self) {
        if self.confidence > Confidence::Low || self.category == Category::Read {
            return;
        }
        let claims = sentences::of_listed_operations(self.reading);
        let gravest = claims.iter().filter(|claim| claim.is_strong()).max_by_key(|claim| claim.says());
        if let Some(claim) = gravest.filter(|claim| claim.says() > self.category) {
            let evidence = self.evidence_of(claim);
            self.raise(claim.says(), Confidence::Medium, evidence);
        }
    }

    /// A tool that takes the name of an operation and its arguments can do whatever the operation does.
    fn router_decide(&mut self, actions: &[Action]) {
        let plainly_reads = self.category == Category::Read && self.confidence == Confidence::High;
        if plainly_reads || self.category >= Category::Execute || !actions.is_empty() {
            return;
        }
        if let Some(chooser) = actions::router_parameter(self.reading) {
            let evidence = of_parameter("router", &chooser.path, chooser.name(), Category::Execute);
            self.raise(Category::Execute, Confidence::Medium, evidence);
        }
    }

    /// A later sentence that says what the tool also does raises the verdict, unless the name already says plainly
    /// that it changes something, or that it reads and the sentence tells of nothing grave.
    fn later_sentences_decide(&mut self, name_is_sure: Option<Category>) {
        for claim in sentences::of_later_sentences(self.reading) {
            let passed_over = match name_is_sure {
                Some(Category::Read) => self.confidence == Confidence::High || claim.says() == Category::Write,
                Some(_) => true,
                None => {
                    self.category != Category::Read && self.confidence >= Confidence::Medium && !claim.meaning.specific
                }
            };
            if !passed_over && claim.is_strong() && claim.says() > self.category {
                let evidence = self.evidence_of(&claim);
                self.raise(claim.says(), Confidence::Low, evidence);
            }
        }
    }

    /// A query or an execution that takes code can do whatever the code says.
    fn inputs_decide(&mut self, name: &[Claim<'t>], opening: &[Claim<'t>]) {
        let runners = &self.reading.rules.grammar.runners;
        let runs = name.iter().chain(opening).any(|c| runners.contains(self.reading.words(c.place).get(c.at)));
        let role = CODE_ROLES.iter().find_map(|id| Some((*id, self.reading.role(id)?)));
        if let Some(parameter) = self.reading.role("command-arguments").filter(|_| self.category < Category::Execute) {
            let evidence = of_parameter("command-arguments", &parameter.path, parameter.name(), Category::Execute);
            return self.raise(Category::Execute, Confidence::Medium, evidence);
        }
        if let Some((role, parameter)) = role.filter(|_| runs && self.category < Category::Execute) {
            let evidence = of_parameter(role, &parameter.path, parameter.name(), Category::Execute);
            self.raise(Category::Execute, Confidence::Medium, evidence);
        }
    }

    /// A request whose method the caller chooses does what the addressed interface does with it.
    fn requests_decide(&mut self, name: &[Claim<'t>], opening: &[Claim<'t>]) {
        let requesters = &self.reading.rules.grammar.requesters;
        let requests = name.iter().chain(opening).any(|claim| self.is_one_of(requesters, claim));
        if !requests || self.category >= Category::Execute {
            return;
        }
        if let (Some(method), Some(_)) = (actions::http_method(self.reading), self.reading.role("url")) {
            let evidence = of_parameter("http-method", &method.path, method.name(), Category::Execute);
            self.raise(Category::Execute, Confidence::Medium, evidence);
        }
    }

    /// A result that goes to a place that the call must name is kept there.
    fn outputs_decide(&mut self) {
        if self.category != Category::Read {
            return;
        }
        if let Some(parameter) = self.reading.role("output-place").filter(|p| p.required)
            && self.reading.statement(Effect::ReadsOnly).is_none()
        {
            let evidence = of_parameter("output-place", &parameter.path, parameter.name(), Category::Write);
            self.raise(Category::Write, Confidence::Medium, evidence);
        }
    }

    /// A stated limit holds for what runs queries, and for what is unclear; never against a plain verb of change.
    /// What runs no code of the caller's and says that it reports is a check.
    fn limits_decide(&mut self, name_is_sure: Option<Category>) {
        let runs = self.category == Category::Execute
            && self
                .evidence
                .first()
                .is_some_and(|e| self.reading.rules.grammar.runners.contains(&e.text.to_lowercase()));
        let takes_code = self.takes_code();
        let unclear = self.category <= Category::Execute
            && self.confidence == Confidence::Low
            && name_is_sure.is_none_or(|c| c == Category::Read);
        let limited = runs || (self.category == Category::Execute && takes_code) || unclear;
        for (effect, holds) in [(Effect::ReadsOnly, limited), (Effect::Reports, runs && !takes_code && !self.specific)]
        {
            if let Some((statement, place, found)) = self.reading.statement(effect).filter(|_| holds) {
                let evidence = self.evidence_at(&statement.id, place, found, Category::Read);
                return self.raise(Category::Read, Confidence::Medium, evidence);
            }
        }
    }

    /// Sentences that state a consequence, and switches that have one.
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
                // What works by itself decides where the words are vague, not against a name that plainly reads.
                Effect::Runs => vague || (self.category == Category::Read && name_is_sure.is_none()),
                Effect::Loses => self.category == Category::Write,
                // What is stopped or cancelled for good is lost.
                Effect::Irreversible => self.category < Category::Destructive && self.ends_something(),
                Effect::Pays => Category::Read < self.category && self.category < Category::Financial,
                _ => self.category == Category::Read,
            };
            if let Some((statement, place, found)) = reading.statement(effect).filter(|_| applies) {
                let evidence = self.evidence_at(&statement.id, place, found, says);
                self.raise(says, Confidence::Medium, evidence);
            }
        }
        if let Some(parameter) = reading.role("data-loss-flag")
            && [Category::Write, Category::Execute].contains(&self.category)
        {
            let evidence = of_parameter("data-loss-flag", &parameter.path, parameter.name(), Category::Destructive);
            self.raise(Category::Destructive, Confidence::Low, evidence);
        }
    }

    /// The author's hints raise and never lower: not read-only is at least Write, unless name and description both
    /// plainly read (there the definition is right more often than the hint, and the audit tells of it); destructive
    /// decides only where the definition says too little.
    fn hints_decide(&mut self) {
        let hints = &self.reading.tool.annotations;
        let hint = |text: &str, says| Evidence {
            rule: "author-hint".into(),
            place: Place::Annotations,
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

    /// Labelled tools with similar wording settle what the rules leave unsure, and say how sure the verdict is.
    fn similar_wording_decides(&mut self) {
        let verdict = (self.category, self.confidence);
        let Some(settled) = similar_wording::settle(self.reading, verdict, &self.evidence) else { return };
        self.category = settled.category;
        self.confidence = settled.confidence;
        if let Some(evidence) = settled.evidence {
            self.evidence.insert(0, evidence);
        }
    }

    fn finish(self, actions: Vec<Action>) -> Verdict {
        if self.evidence.is_empty() {
            return too_little();
        }
        Verdict { category: self.category, confidence: self.confidence, evidence: self.evidence, actions }
    }

    /// True when the deciding word ends something.
    fn ends_something(&self) -> bool {
        let enders = &self.reading.rules.grammar.enders;
        self.evidence.first().is_some_and(|evidence| enders.contains(&evidence.text.to_lowercase()))
    }

    /// Where no word is a verb: what is paged through, and what a name in the plural lists, is read.
    fn nouns_decide(&mut self) {
        let reading = self.reading;
        if self.takes_code() || reading.role("amount").is_some() {
            return;
        }
        if let Some(parameter) = reading.role("paging") {
            let evidence = of_parameter("paging", &parameter.path, parameter.name(), Category::Read);
            return self.raise(Category::Read, Confidence::Low, evidence);
        }
        let last = reading.name.len().saturating_sub(1);
        if reading.description.is_empty() && is_plural(reading.name.get(last)) {
            let evidence = self.evidence_between("plural-name", Place::Name, last, last, Category::Read);
            self.raise(Category::Read, Confidence::Low, evidence);
        }
    }

    fn raise(&mut self, category: Category, confidence: Confidence, evidence: Evidence) {
        self.category = category;
        self.confidence = confidence;
        self.evidence.insert(0, evidence);
    }

    fn add_claim(&mut self, claim: &Claim<'t>) {
        let evidence = self.evidence_of(claim);
        self.evidence.push(evidence);
    }

    fn evidence_of(&self, claim: &Claim<'t>) -> Evidence {
        self.evidence_between(claim.meaning.rule, claim.place, claim.at, claim.at, claim.says())
    }

    fn evidence_at(&self, rule: &str, place: Place, found: Found<PhraseOwner>, says: Category) -> Evidence {
        self.evidence_between(rule, place, found.from, found.to, says)
    }

    fn evidence_between(&self, rule: &str, place: Place, from: usize, to: usize, says: Category) -> Evidence {
        let words = self.reading.words(place);
        let (start, end) = words.bytes(from, to);
        let chars = |to: usize| words.source()[..to].chars().count();
        Evidence {
            rule: rule.to_owned(),
            place,
            parameter: None,
            span: [chars(start), chars(end)],
            text: words.text(from, to).to_owned(),
            says,
        }
    }
}

/// True for a word that looks like the plural of an English noun.
fn is_plural(word: &str) -> bool {
    word.len() > 3 && word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end))
}

/// Evidence that stands in the parameter at `path`.
fn of_parameter(rule: &str, path: &str, text: &str, says: Category) -> Evidence {
    Evidence {
        rule: rule.to_owned(),
        place: Place::Parameter,
        parameter: Some(path.to_owned()),
        span: [0, text.chars().count()],
        text: text.to_owned(),
        says,
    }
}

/// How much a claim decides, 0-3: a vague verb nothing, a noun little, a verb that can only be one most.
pub fn weight(claim: &Claim<'_>) -> u8 {
    match (claim.is_strong(), claim.standing) {
        (false, _) => 0,
        (true, Standing::Noun) => 1,
        (true, Standing::Likely) => 2,
        (true, Standing::Sure) => 3,
    }
}
