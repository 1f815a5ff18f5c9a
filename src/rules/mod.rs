//! The ruleset: everything that judges, as data. Read from `rules/`, built into the binary, compiled once.

use std::collections::{HashMap, HashSet};
use std::path::Path;

mod attacks;
mod detectors;
mod docs;
mod entries;
mod exposures;
mod files;
mod findings;
mod flows;
mod grading;
mod group;
mod guards;
mod inputs;
mod lexicon;
mod phrases;
mod problems;
mod profiles;
mod settings;
mod sql;
mod verdicts;
mod whatif;
mod word_patterns;
mod wording;

pub(crate) use attacks::{Attack, Case};
pub(crate) use detectors::{Detect, ServerDetector, ServerView, ServersDetector, are_alike, moving_version};
pub use docs::{RuleDoc, docs};
pub(crate) use entries::{Effect, Example, Examples, Measure, Scoring, SignalEntry, StatementEntry, Strength};
pub(crate) use exposures::{ExposureEntry, Exposures};
pub(crate) use files::{BUILTIN, RuleFileCause, RuleFileError, RulesError};
pub(crate) use findings::FindingRule;
pub(crate) use flows::{Alternative, FlowEntry, FlowRole, FlowRoleEntry};
pub(crate) use grading::{Cost, Grading};
pub use group::Group;
pub(crate) use guards::{GuardEntry, GuardRule, GuardSubject, GuardTemplate};
pub(crate) use inputs::Input;
pub(crate) use lexicon::{Form, Inflection, LemmaId, Lexicon, Meaning, Object};
pub(crate) use phrases::{Found, Phrases, Sequence};
pub(crate) use problems::PolicyProblem;
pub(crate) use profiles::{DEFAULT_PROFILE, Profile};
pub use settings::{SettingError, Settings};
pub use sql::SqlRules;
pub(crate) use sql::{SqlEffect, SqlFunctions};
pub(crate) use verdicts::{Condition, VerdictEntry};
pub(crate) use whatif::{Part, WhatIf};
pub(crate) use word_patterns::Without;
pub use wording::{Feature, FeatureKind, SaidBefore, Wording};

use crate::orders::Reader;
use entries::{GrammarEntry, InputEntry};
use files::{Entry, RuleFiles};

/// Everything that judges.
#[derive(Debug)]
pub struct Ruleset {
    /// `sha256:` and 64 hex digits over all rule files.
    pub digest: String,
    /// Verbs and what they say with their objects.
    pub lexicon: Lexicon,
    /// Words that carry a sentence.
    pub grammar: Grammar,
    /// Sentences that state a limit or a consequence.
    pub statements: Vec<StatementEntry>,
    /// Parameter roles, in file order.
    pub inputs: Vec<Input>,
    /// What a reviewer should know, in file order.
    pub signals: Vec<SignalEntry>,
    /// The phrases of statements and signals, found in one pass.
    pub phrases: Phrases<PhraseOwner>,
    /// The score's arithmetic.
    pub scoring: Scoring,
    /// What limits the grade of a server and what costs it points.
    pub grading: Grading,
    /// What a server lets an agent do at worst, the gravest first.
    pub exposures: Exposures,
    /// Whether a server can be added: the first that holds answers.
    pub verdicts: Vec<VerdictEntry>,
    /// What a policy does with each category, by profile.
    pub profiles: Vec<Profile>,
    /// The one of them that decides; `starter` unless another was chosen.
    pub profile: Profile,
    /// What a person sets for the guards.
    pub settings: Settings,
    /// What a policy asks of the arguments of a call, in file order.
    pub guards: Vec<GuardRule>,
    /// What guards on SQL let through where a parser decides.
    pub sql: SqlRules,
    /// What can be wrong with a policy.
    pub policy_problems: Vec<PolicyProblem>,
    /// What can be wrong with a definition, in file order.
    pub findings: Vec<FindingRule>,
    /// Reads the sentences that some of these findings are about.
    pub reader: Reader,
    /// The parts that tools can take in flows.
    pub flow_roles: Vec<FlowRole>,
    /// Ways on which tools do harm together.
    pub flows: Vec<FlowEntry>,
    /// Documented attacks, each attached to the categories and signals it abuses.
    pub attacks: Vec<Attack>,
    /// Changes to a definition that could change its verdict.
    pub what_ifs: Vec<WhatIf>,
    /// What labelled tools teach the second reader.
    pub wording: Wording,
}

/// Whose phrase was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhraseOwner {
    /// A statement, by its place in [`Ruleset::statements`].
    Statement(usize),
    /// A signal, by its place in [`Ruleset::signals`].
    Signal(usize),
    /// An exception to a signal's phrases.
    Exception,
}

/// Words that carry a sentence, compiled for look-up.
#[derive(Debug)]
pub struct Grammar {
    /// Skipped in front of the opening verb.
    pub(crate) fillers: HashSet<String>,
    /// Fillers that are verbs too.
    pub(crate) weak_fillers: HashSet<String>,
    /// End an object.
    pub(crate) prepositions: HashSet<String>,
    /// Skipped inside an object.
    pub(crate) determiners: HashSet<String>,
    /// Open a name that asks a question.
    pub questions: HashSet<String>,
    /// Behind a verb, say when the tool is to be called.
    pub(crate) occasions: HashSet<String>,
    /// Verb forms that tell how a tool is used, not what it does.
    pub(crate) describers: HashSet<String>,
    /// Verb forms that hand something over to be run.
    pub(crate) runners: HashSet<String>,
    /// Nouns for code that is run.
    pub(crate) code_nouns: HashSet<String>,
    /// Verb forms that only try out or examine what another verb would do.
    pub(crate) simulators: HashSet<String>,
    /// Verb forms that end something.
    pub(crate) enders: HashSet<String>,
    /// Verb forms that send a request.
    pub(crate) requesters: HashSet<String>,
    /// Verb forms that only begin or go on with the verb behind them: "starts creating".
    pub(crate) aspects: HashSet<String>,
    /// Verb forms that a taking-back verb may follow: "adds or removes".
    pub(crate) adders: HashSet<String>,
    /// Verb forms that take back what was added.
    pub(crate) removers: HashSet<String>,
    /// Verb forms that say only that something is made.
    pub(crate) makers: HashSet<String>,
    /// Verb forms for looking after something, which changes it.
    pub(crate) managers: HashSet<String>,
    /// Verb forms for bringing something over.
    pub(crate) downloads: HashSet<String>,
    /// Verb forms behind "to" that show what is run only for its answer.
    pub(crate) lookups: HashSet<String>,
    /// Turn the verb after them round.
    pub(crate) negations: HashSet<String>,
    /// Open a sentence that says when not to call the tool.
    pub(crate) discouragements: Vec<Sequence>,
    /// Open a part that documents arguments or examples, by first word.
    pub sections: HashMap<Box<str>, Vec<Sequence>>,
    /// Names of parameters that choose an operation.
    pub(crate) dispatchers: HashSet<String>,
    /// Names of parameters that take the name of an operation.
    pub(crate) operation_names: HashSet<String>,
    /// Names of parameters that take an operation's arguments.
    pub(crate) operation_arguments: HashSet<String>,
    /// What is read when there is no verb.
    pub(crate) read_nouns: HashSet<String>,
}

impl Ruleset {
    /// The ruleset that is built in.
    pub fn builtin() -> Result<Self, RulesError> {
        Self::load(None)
    }

    /// The built-in ruleset with the rule files of `folder` over it.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, RulesError> {
        let shown = || folder.map_or_else(|| "the built-in rules".into(), |folder| folder.display().to_string());
        Self::read(folder).map_err(|cause| RulesError::new(shown(), cause))
    }

    fn read(folder: Option<&Path>) -> Result<Self, RuleFileError> {
        let files = RuleFiles::read(folder)?;
        let statements: Vec<StatementEntry> = files.entries("statements.yaml")?;
        let signals: Vec<SignalEntry> = files.entries("signals.yaml")?;
        let inputs: Vec<InputEntry> = files.entries("inputs.yaml")?;
        for signal in &signals {
            require("signals.yaml", &signal.id, &signal.inputs, "inputs.yaml", &inputs)?;
        }
        let profiles: Vec<Profile> = files.entries("policy.yaml")?;
        let guards: Vec<GuardEntry> = files.entries("guards.yaml")?;
        for guard in &guards {
            require("guards.yaml", &guard.id, &guard.roles, "inputs.yaml", &inputs)?;
            require("guards.yaml", &guard.id, &guard.signals, "signals.yaml", &signals)?;
        }
        let sql: SqlRules = files.value(sql::FILE)?;
        let decided: Vec<String> = sql.guards.iter().map(|guard| guard.id.clone()).collect();
        require(sql::FILE, "guards", &decided, "guards.yaml", &guards)?;
        let guards = guards.into_iter().map(GuardRule::compile).collect::<Result<_, _>>();
        let guards = guards.map_err(|cause| invalid("guards.yaml", cause))?;
        let findings: Vec<FindingRule> = files.entries("findings.yaml")?;
        let structures = findings.iter().enumerate().flat_map(|(index, rule)| match &rule.detect {
            Detect::Sentences(sentences) => sentences.structures.iter().map(|it| (index, it)).collect(),
            Detect::Tool(_) | Detect::Text(_) | Detect::Server(_) | Detect::Servers(_) => Vec::new(),
        });
        let reader = Reader::new(files.entries("order-words.yaml")?, structures)
            .map_err(|cause| invalid("findings.yaml and order-words.yaml", cause))?;
        let flow_roles: Vec<FlowRoleEntry> = files.entries("flow-roles.yaml")?;
        let flows: Vec<FlowEntry> = files.entries("flows.yaml")?;
        for flow in &flows {
            require("flows.yaml", &flow.id, &flow.steps, "flow-roles.yaml", &flow_roles)?;
        }
        let lexicon = Lexicon::compile(files.entries("verbs.yaml")?, files.entries("senses.yaml")?)
            .map_err(|cause| invalid("verbs.yaml and senses.yaml", cause))?;
        Ok(Self {
            digest: files.digest(),
            lexicon,
            grammar: Grammar::compile(files.value("grammar.yaml")?),
            phrases: phrases(&statements, &signals),
            statements,
            inputs: inputs.into_iter().map(Input::compile).collect(),
            signals,
            scoring: files.value("scoring.yaml")?,
            grading: files.value("grade.yaml")?,
            exposures: Exposures::compile(files.entries("exposures.yaml")?),
            verdicts: files.entries("verdict.yaml")?,
            profile: starter(&profiles)?,
            profiles,
            settings: Settings::default(),
            guards,
            sql,
            policy_problems: files.entries("policy-problems.yaml")?,
            reader,
            findings,
            flow_roles: flow_roles.into_iter().map(FlowRole::compile).collect(),
            flows,
            attacks: files.entries("attacks.yaml")?,
            what_ifs: files.entries("whatif.yaml")?,
            wording: files.wording()?,
        })
    }
}

impl Ruleset {
    /// Lets the profile of that id decide; false when there is none.
    pub fn choose_profile(&mut self, id: &str) -> bool {
        let found = self.profiles.iter().find(|profile| profile.id == id);
        found.cloned().map(|profile| self.profile = profile).is_some()
    }
}

fn invalid(file: &'static str, cause: impl std::error::Error + Send + Sync + 'static) -> RuleFileError {
    RuleFileError::new(file, RuleFileCause::Invalid(Box::new(cause)))
}

/// The profile that decides when none is chosen.
fn starter(profiles: &[Profile]) -> Result<Profile, RuleFileError> {
    let found = profiles.iter().find(|profile| profile.id == DEFAULT_PROFILE).cloned();
    found.ok_or_else(|| RuleFileError::new("policy.yaml", RuleFileCause::NoStarter))
}

/// An error when `entry` of `file` names an id that no entry of `other` has.
fn require<T: Entry>(
    file: &str,
    entry: &str,
    names: &[String],
    other: &'static str,
    known: &[T],
) -> Result<(), RuleFileError> {
    match names.iter().find(|name| !known.iter().any(|known| known.id() == **name)) {
        Some(missing) => {
            let (entry, missing) = (entry.to_owned(), missing.clone());
            Err(RuleFileError::new(file, RuleFileCause::UnknownEntry { entry, missing, file: other }))
        }
        None => Ok(()),
    }
}

impl Grammar {
    fn compile(entry: GrammarEntry) -> Self {
        let mut sections: HashMap<Box<str>, Vec<Sequence>> = HashMap::new();
        for section in phrases::sequences(&entry.sections) {
            if let Some(first) = section.first() {
                sections.entry(first.clone()).or_default().push(section);
            }
        }
        let set = |list: Vec<String>| list.into_iter().collect();
        Self {
            fillers: set(entry.fillers),
            weak_fillers: set(entry.weak_fillers),
            prepositions: set(entry.prepositions),
            determiners: set(entry.determiners),
            questions: set(entry.questions),
            occasions: set(entry.occasions),
            describers: set(entry.describers),
            runners: set(entry.runners),
            discouragements: phrases::sequences(&entry.discouragements),
            code_nouns: set(entry.code_nouns),
            simulators: set(entry.simulators),
            enders: set(entry.enders),
            requesters: set(entry.requesters),
            aspects: set(entry.aspects),
            adders: set(entry.adders),
            removers: set(entry.removers),
            makers: set(entry.makers),
            managers: set(entry.managers),
            downloads: set(entry.downloads),
            lookups: set(entry.lookups),
            negations: set(entry.negations),
            sections,
            dispatchers: set(entry.dispatchers),
            operation_names: set(entry.operation_names),
            operation_arguments: set(entry.operation_arguments),
            read_nouns: set(entry.read_nouns),
        }
    }
}

/// All statements share one group, so that an exception covers another statement's phrase; each signal has its own.
fn phrases(statements: &[StatementEntry], signals: &[SignalEntry]) -> Phrases<PhraseOwner> {
    let mut phrases = Phrases::default();
    for (at, statement) in statements.iter().enumerate() {
        statement.phrases.iter().for_each(|p| phrases.add(p, 0, PhraseOwner::Statement(at)));
    }
    for (at, signal) in signals.iter().enumerate() {
        signal.phrases.iter().for_each(|p| phrases.add(p, at + 1, PhraseOwner::Signal(at)));
        signal.except.iter().for_each(|p| phrases.add(p, at + 1, PhraseOwner::Exception));
    }
    phrases
}
