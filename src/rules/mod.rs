//! The ruleset: all classification data. It is read from `rules/`, built into the binary and compiled once.

use std::path::Path;
use std::thread;

mod attacks;
mod detectors;
mod docs;
mod doubts;
mod entries;
mod exposures;
mod files;
mod findings;
mod flows;
mod further_acts;
mod grading;
mod group;
mod grouped_words;
mod guards;
mod inputs;
mod known_packages;
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
pub(crate) use detectors::{Detect, Possible, ServerDetector, ServerView, ServersDetector, are_alike, moving_version};
pub use docs::{RuleDoc, docs};
pub use doubts::Doubts;
pub(crate) use entries::{Effect, Example, Examples, Measure, Scoring, SignalEntry, StatementEntry, Strength};
pub(crate) use exposures::{ExposureEntry, Exposures, Takes};
pub(crate) use files::{BUILTIN, RuleFileCause, RuleFileError, RulesError};
pub(crate) use findings::FindingRule;
pub(crate) use flows::{Alternative, FlowEntry, FlowRole, FlowRoleEntry};
pub use further_acts::FurtherActs;
pub(crate) use grading::{Cost, Grading};
pub use group::Group;
pub(crate) use guards::{GuardEntry, GuardRule, GuardSubject, GuardTemplate};
pub use inputs::Inputs;
pub(crate) use inputs::Told;
pub use known_packages::KnownPackages;
pub(crate) use lexicon::{Form, Inflection, LemmaId, Lexicon, Meaning, Object};
pub(crate) use phrases::{Found, Phrases, Sequence};
pub(crate) use problems::PolicyProblem;
pub(crate) use profiles::{DEFAULT_PROFILE, Profile};
pub use settings::{SettingError, Settings};
pub use sql::SqlRules;
pub(crate) use sql::{SqlEffect, SqlFunctions};
pub(crate) use verdicts::{Condition, VerdictEntry};
pub(crate) use whatif::{Part, WhatIf};
pub use wording::{CalibrationBin, Feature, FeatureKind, Wording};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::orders::{Reader, WordingFiles};
use entries::GrammarEntry;
pub(crate) use entries::InputEntry;
use files::{Entry, Extent, RuleFiles};

/// All rules and data of a scan.
#[derive(Debug)]
pub struct Ruleset {
    /// `sha256:` and 64 hex digits over all rule files.
    pub digest: String,
    /// Verbs, and what they mean with their objects.
    pub lexicon: Lexicon,
    /// Function words and verb groups.
    pub grammar: Grammar,
    /// Words by which a text states acts besides those that it opens with.
    pub further_acts: FurtherActs,
    /// Words that leave a doubt that a tool only reads.
    pub doubts: Doubts,
    /// Sentences that state a limit or a consequence.
    pub statements: Vec<StatementEntry>,
    /// Parameter roles, in file order.
    pub inputs: Inputs,
    /// Signals, in file order.
    pub signals: Vec<SignalEntry>,
    /// The phrases of statements and signals, matched in one pass.
    pub phrases: Phrases<PhraseOwner>,
    /// How scores are computed.
    pub scoring: Scoring,
    /// What limits the grade of a server, and what costs points.
    pub grading: Grading,
    /// The worst that a server lets an agent do, the most severe first.
    pub exposures: Exposures,
    /// Rules for whether a server can be added; the first that holds decides.
    pub verdicts: Vec<VerdictEntry>,
    /// The actions of a policy by category, for each profile.
    pub profiles: Vec<Profile>,
    /// The profile in use: `starter` unless another is chosen.
    pub profile: Profile,
    /// The user's settings for guards.
    pub settings: Settings,
    /// Conditions of a policy on the arguments of calls, in file order.
    pub guards: Vec<GuardRule>,
    /// What guards on SQL let through where a parser decides.
    pub sql: SqlRules,
    /// What can be wrong with a policy.
    pub policy_problems: Vec<PolicyProblem>,
    /// The kinds of findings, in file order.
    pub findings: Vec<FindingRule>,
    /// Finds orders in sentences, for the findings that need it.
    pub reader: Reader,
    /// The names of widely used packages.
    pub known_packages: KnownPackages,
    /// The roles that tools can have in flows.
    pub flow_roles: Vec<FlowRole>,
    /// Flows: combinations of tools that do harm together.
    pub flows: Vec<FlowEntry>,
    /// Documented attacks, by the categories and signals that they abuse.
    pub attacks: Vec<Attack>,
    /// Changes to a definition that could change its verdict.
    pub what_ifs: Vec<WhatIf>,
    /// Word weights learned from labelled tools.
    pub wording: Wording,
}

/// The owner of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhraseOwner {
    /// A statement, by its index in [`Ruleset::statements`].
    Statement(usize),
    /// A signal, by its index in [`Ruleset::signals`].
    Signal(usize),
    /// An exception to a signal's phrases.
    Exception,
}

/// Function words and verb groups, compiled for look-up.
#[derive(Debug)]
pub struct Grammar {
    /// Skipped before the first verb.
    pub(crate) fillers: FxHashSet<String>,
    /// Fillers that can also be verbs.
    pub(crate) weak_fillers: FxHashSet<String>,
    /// End an object.
    pub(crate) prepositions: FxHashSet<String>,
    /// Skipped inside an object.
    pub(crate) determiners: FxHashSet<String>,
    /// Begin a name that is a question.
    pub questions: FxHashSet<String>,
    /// After a verb, begin a clause that says when to call the tool.
    pub(crate) occasions: FxHashSet<String>,
    /// Verb forms that describe how a tool is used, not what it does.
    pub(crate) describers: FxHashSet<String>,
    /// Verb forms that run something that they are given.
    pub(crate) runners: FxHashSet<String>,
    /// Nouns for code that is run.
    pub(crate) code_nouns: FxHashSet<String>,
    /// Verb forms that only simulate or inspect another action.
    pub(crate) simulators: FxHashSet<String>,
    /// Verb forms that end something.
    pub(crate) enders: FxHashSet<String>,
    /// Verb forms that send a request.
    pub(crate) requesters: FxHashSet<String>,
    /// Verb forms that begin or continue the action of the next verb: "starts creating".
    pub(crate) aspects: FxHashSet<String>,
    /// Verb forms that are often paired with their reverse: "adds or removes".
    pub(crate) adders: FxHashSet<String>,
    /// Verb forms that reverse an addition.
    pub(crate) removers: FxHashSet<String>,
    /// Verb forms that undo a link and leave the things.
    pub(crate) detachers: FxHashSet<String>,
    /// First words of the names of tools that edit one thing.
    pub(crate) editors: FxHashSet<String>,
    /// Verb forms that only say that something is produced.
    pub(crate) makers: FxHashSet<String>,
    /// Verb forms of management, which implies changes.
    pub(crate) managers: FxHashSet<String>,
    /// Names of switches that keep the result.
    pub(crate) keepers: FxHashSet<String>,
    /// Verb forms of fetching a copy.
    pub(crate) downloads: FxHashSet<String>,
    /// Verb forms after "to" that show that something is run only for its result.
    pub(crate) lookups: FxHashSet<String>,
    /// Negate the next verb.
    pub(crate) negations: FxHashSet<String>,
    /// Begin a sentence that says when not to call the tool.
    pub(crate) discouragements: Vec<Sequence>,
    /// Begin a section about arguments or examples; by first word.
    pub sections: FxHashMap<Box<str>, Vec<Sequence>>,
    /// Names of parameters that select an operation.
    pub(crate) dispatchers: FxHashSet<String>,
    /// Names of parameters that take the name of an operation.
    pub(crate) operation_names: FxHashSet<String>,
    /// Names of parameters that take an operation's arguments.
    pub(crate) operation_arguments: FxHashSet<String>,
    /// Nouns for things to read, used if there is no verb.
    pub(crate) read_nouns: FxHashSet<String>,
    /// Words between a verb and what goes in.
    pub(crate) amid: FxHashSet<String>,
    /// Words of parameter names that do not say what goes in.
    pub(crate) blank_names: FxHashSet<String>,
}

impl Ruleset {
    /// The built-in ruleset with its examples.
    pub fn builtin() -> Result<Self, RulesError> {
        Self::load_with_examples(None)
    }

    /// The built-in ruleset, overlaid by the rule files of `folder`. Built-in entries have no examples.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, RulesError> {
        Self::load_files(folder, Extent::WithoutExamples)
    }

    /// What of the same ruleset classifies tools and reads results.
    pub(crate) fn load_for_calls(folder: Option<&Path>) -> Result<Self, RulesError> {
        Self::load_files(folder, Extent::ForCalls)
    }

    /// The same with the examples.
    pub(crate) fn load_with_examples(folder: Option<&Path>) -> Result<Self, RulesError> {
        Self::load_files(folder, Extent::All)
    }

    fn load_files(folder: Option<&Path>, extent: Extent) -> Result<Self, RulesError> {
        let shown = || folder.map_or_else(|| "the built-in rules".into(), |folder| folder.display().to_string());
        let files = RuleFiles::read(folder).map(|files| files.with_extent(extent));
        files.and_then(|files| Self::read(&files)).map_err(|cause| RulesError::new(shown(), cause))
    }

    fn read(files: &RuleFiles) -> Result<Self, RuleFileError> {
        // Halves of about the same size, on two cores: most of a small scan is to read the rules.
        let (tools, reading) = thread::scope(|scope| {
            let reading = scope.spawn(|| Reading::read(files));
            let tools = ToolRules::read(files);
            (tools, reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (tools, Reading { findings, reader, wording }) = (tools?, reading?);
        let flow_roles: Vec<FlowRoleEntry> = files.entries("flow-roles.yaml")?;
        let flows: Vec<FlowEntry> = files.entries("flows.yaml")?;
        for flow in &flows {
            require("flows.yaml", &flow.id, &flow.steps, "flow-roles.yaml", &flow_roles)?;
        }
        Ok(Self {
            digest: files.digest(),
            further_acts: FurtherActs::compile(files.value(further_acts::FILE)?, &tools.lexicon),
            doubts: Doubts::compile(files.value(doubts::FILE)?),
            lexicon: tools.lexicon,
            grammar: Grammar::compile(files.value("grammar.yaml")?),
            phrases: phrases(&tools.statements, &tools.signals),
            statements: tools.statements,
            inputs: tools.inputs,
            signals: tools.signals,
            scoring: files.value("scoring.yaml")?,
            grading: files.value("grade.yaml")?,
            exposures: Exposures::compile(files.entries("exposures.yaml")?),
            verdicts: files.entries("verdict.yaml")?,
            profile: starter(&tools.profiles)?,
            profiles: tools.profiles,
            settings: Settings::default(),
            guards: tools.guards,
            sql: tools.sql,
            policy_problems: files.entries("policy-problems.yaml")?,
            reader,
            findings,
            known_packages: files.value(known_packages::FILE)?,
            flow_roles: flow_roles.into_iter().map(FlowRole::compile).collect(),
            flows,
            attacks: files.entries("attacks.yaml")?,
            what_ifs: files.entries("whatif.yaml")?,
            wording,
        })
    }
}

/// The rules that read texts.
struct Reading {
    findings: Vec<FindingRule>,
    reader: Reader,
    wording: Wording,
}

impl Reading {
    fn read(files: &RuleFiles) -> Result<Self, RuleFileError> {
        let findings: Vec<FindingRule> = files.entries("findings.yaml")?;
        let structures = findings.iter().enumerate().flat_map(|(index, rule)| match &rule.detect {
            Detect::Sentences(sentences) => sentences.structures.iter().map(|it| (index, it)).collect(),
            Detect::Tool(_) | Detect::Text(_) | Detect::Item(_) | Detect::Server(_) | Detect::Servers(_) => Vec::new(),
        });
        let entry_of_similar = findings
            .iter()
            .position(|rule| matches!(&rule.detect, Detect::Sentences(sentences) if sentences.similar_wording));
        let wording = WordingFiles { groups: files.data("word-groups.tsv"), weights: files.data("similar-orders.tsv") };
        let reader = Reader::new(files.entries("order-words.yaml")?, structures, wording, entry_of_similar).map_err(
            |cause| invalid("findings.yaml, order-words.yaml, word-groups.tsv and similar-orders.tsv", cause),
        )?;
        Ok(Self { findings, reader, wording: files.wording()? })
    }
}

/// The rules on what a tool does and takes, and on its policy.
struct ToolRules {
    statements: Vec<StatementEntry>,
    signals: Vec<SignalEntry>,
    inputs: Inputs,
    lexicon: Lexicon,
    profiles: Vec<Profile>,
    guards: Vec<GuardRule>,
    sql: SqlRules,
}

impl ToolRules {
    fn read(files: &RuleFiles) -> Result<Self, RuleFileError> {
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
            require("guards.yaml", &guard.id, &guard.unless_guarded, "guards.yaml", &guards)?;
        }
        let sql: SqlRules = files.value(sql::FILE)?;
        let decided: Vec<String> = sql.guards.iter().map(|guard| guard.id.clone()).collect();
        if !guards.is_empty() {
            require(sql::FILE, "guards", &decided, "guards.yaml", &guards)?;
        }
        let guards = guards.into_iter().map(GuardRule::compile).collect::<Result<_, _>>();
        let guards = guards.map_err(|cause| invalid("guards.yaml", cause))?;
        let lexicon = Lexicon::compile(files.entries("verbs.yaml")?, files.entries("senses.yaml")?)
            .map_err(|cause| invalid("verbs.yaml and senses.yaml", cause))?;
        let inputs = Inputs::new(inputs, &lexicon);
        Ok(Self { statements, signals, inputs, lexicon, profiles, guards, sql })
    }
}

impl Ruleset {
    /// Selects the profile with that id; false if there is none.
    pub fn choose_profile(&mut self, id: &str) -> bool {
        let found = self.profiles.iter().find(|profile| profile.id == id);
        found.cloned().map(|profile| self.profile = profile).is_some()
    }
}

fn invalid(file: &'static str, cause: impl std::error::Error + Send + Sync + 'static) -> RuleFileError {
    RuleFileError::new(file, RuleFileCause::Invalid(Box::new(cause)))
}

/// The profile in use if none is chosen.
fn starter(profiles: &[Profile]) -> Result<Profile, RuleFileError> {
    let found = profiles.iter().find(|profile| profile.id == DEFAULT_PROFILE).cloned();
    found.ok_or_else(|| RuleFileError::new("policy.yaml", RuleFileCause::NoStarter))
}

/// Fails if `entry` of `file` refers to an id that `other` does not have.
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
            detachers: set(entry.detachers),
            editors: set(entry.editors),
            makers: set(entry.makers),
            managers: set(entry.managers),
            keepers: set(entry.keepers),
            downloads: set(entry.downloads),
            lookups: set(entry.lookups),
            negations: set(entry.negations),
            sections: phrases::by_first_word(&entry.sections),
            dispatchers: set(entry.dispatchers),
            operation_names: set(entry.operation_names),
            operation_arguments: set(entry.operation_arguments),
            read_nouns: set(entry.read_nouns),
            amid: set(entry.amid),
            blank_names: set(entry.blank_names),
        }
    }
}

/// All statements share a group, so that an exception can cover another statement's phrase. Each signal has its own.
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
