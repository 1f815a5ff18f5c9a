//! The entries of the rule files, as written.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::model::{
    Annotations, Authorization, Category, CodeEffect, Comparison, EffectKind, JsonTypes, Publication, Schema, Tool,
    ToolApp, flatten,
};

/// How much weight a verb has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Strength {
    /// Any strong word overrides it.
    Weak,
    /// Decides unless a more specific word does.
    #[default]
    Strong,
}

/// An entry of `verbs.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerbEntry {
    /// Kebab-case, never reused.
    pub(crate) id: String,
    /// Title for display.
    pub(crate) title: String,
    /// The category that the verb stands for.
    pub(crate) says: Category,
    /// How much weight it has.
    #[serde(default)]
    pub(crate) strength: Strength,
    /// Why the entry exists.
    pub(crate) why: String,
    /// The version that introduced it.
    pub(crate) since: String,
    /// Base forms.
    pub(crate) verbs: Vec<String>,
    /// Verbs that are as often nouns.
    #[serde(default)]
    pub(crate) nouns: Vec<String>,
    /// Verbs without other forms.
    #[serde(default)]
    pub(crate) uninflected: Vec<String>,
    /// Words of other languages.
    #[serde(default)]
    pub(crate) others: Vec<String>,
    /// Tools for which it decides, and tools for which it does not.
    pub(crate) examples: Examples,
}

/// An entry of `senses.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SenseEntry {
    /// Kebab-case, never reused.
    pub(crate) id: String,
    /// Title for display.
    pub(crate) title: String,
    /// The category that verb and object stand for together.
    pub(crate) says: Category,
    /// How much weight it has.
    #[serde(default)]
    pub(crate) strength: Strength,
    /// Why the entry exists.
    pub(crate) why: String,
    /// The version that introduced it.
    pub(crate) since: String,
    /// Base forms of verbs in `verbs.yaml`.
    pub(crate) verbs: Vec<String>,
    /// Last words of the object phrase, in the singular.
    #[serde(default)]
    pub(crate) objects: Vec<String>,
    /// Words anywhere in the object phrase.
    #[serde(default)]
    pub(crate) mentions: Vec<String>,
    /// Nouns after "from".
    #[serde(default)]
    pub(crate) from: Vec<String>,
    /// Last words of the noun phrase after "into".
    #[serde(default)]
    pub(crate) into: Vec<String>,
    /// True if a description with this sense overrides a more severe verb that stands only in the name.
    #[serde(default)]
    pub(crate) outweighs_name: bool,
    /// Words that cancel the sense.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// Nouns after "from" that cancel the sense.
    #[serde(default)]
    pub(crate) unless_from: Vec<String>,
    /// Tools for which it decides, and tools for which it does not.
    pub(crate) examples: Examples,
}

/// How a statement in a description affects the classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    /// The tool accepts or does reads only.
    ReadsOnly,
    /// Whatever it runs only reports results.
    Reports,
    /// It returns the result to the caller.
    Returns,
    /// No effect: an exception to another phrase.
    None,
    /// Data is lost permanently.
    Loses,
    /// It cannot be undone.
    Irreversible,
    /// It stores the result.
    Stores,
    /// It changes something other than the result.
    Changes,
    /// It starts something.
    Runs,
    /// It moves money or creates an obligation.
    Pays,
}

/// An entry of `statements.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// Title for display.
    pub title: String,
    /// How it affects the classification.
    pub(crate) effect: Effect,
    /// Why the entry exists.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// Word sequences.
    pub phrases: Vec<String>,
    /// Tools that state it, and tools that do not.
    pub examples: Examples,
}

/// An entry of `inputs.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// Title for display.
    pub title: String,
    /// Why the entry exists.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// True if a tool with such a parameter is never classified below what the rules say, even if its wording suggests
    /// it.
    #[serde(default)]
    pub grave: bool,
    /// Last words of the parameter's name.
    #[serde(default)]
    pub names: Vec<String>,
    /// Complete names.
    #[serde(default)]
    pub whole: Vec<String>,
    /// First words of the parameter's name.
    #[serde(default)]
    pub begins: Vec<String>,
    /// Word sequences in the values that the schema lists. One value gives the parameter the role whatever its name.
    #[serde(default)]
    pub(crate) values: Vec<String>,
    /// Word sequences in the name that cancel the role.
    #[serde(default)]
    pub except: Vec<String>,
    /// JSON types that it must have, if it has a type.
    #[serde(default)]
    pub types: JsonTypes,
    /// Word sequences. For names in `needs_mention`, a description must contain one.
    #[serde(default)]
    pub(crate) mentions: Vec<String>,
    /// Names that count only if a description contains one of `mentions`.
    #[serde(default)]
    pub(crate) needs_mention: Vec<String>,
    /// Word sequences in the parameter's description that give it the role whatever its name.
    #[serde(default)]
    pub(crate) description_mentions: Vec<String>,
    /// Word sequences in the parameter's description that cancel the role.
    #[serde(default)]
    pub(crate) unless_mentions: Vec<String>,
    /// How the texts of a tool tell that something with this role goes in.
    #[serde(default)]
    pub(crate) told: Option<ToldEntry>,
    /// Parameters with the role, and parameters without.
    pub examples: Examples,
}

/// How the texts of a tool tell what goes in, where no parameter says so by its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToldEntry {
    /// Base forms of `verbs.yaml`.
    pub(crate) verbs: Vec<String>,
    /// Objects of the verbs.
    pub(crate) objects: Vec<String>,
    /// Word sequences in the description of a parameter whose name says nothing.
    pub(crate) nouns: Vec<String>,
    /// Whole names of tools that say what goes in without a verb: `shell`.
    pub(crate) tools: Vec<String>,
    /// Places of the objects; an object in another place is no such input. Any place if empty.
    #[serde(default)]
    pub(crate) places: Vec<String>,
    /// Tools whose texts tell it, and tools whose texts do not.
    pub(crate) examples: Examples,
}

/// A property of the whole tool that is measured instead of read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    /// It has `parameter_count` parameters or more.
    ParameterCount,
    /// It takes unbounded free text in a role that matters.
    UnboundedInput,
    NoDescription,
    /// No input schema.
    NoSchema,
    /// `destructiveHint: true`.
    DestructiveHint,
}

/// An entry of `signals.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// The text in reports.
    pub text: String,
    /// True if it raises the score.
    pub aggravating: bool,
    /// Why the entry exists.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// Parameter roles that raise the signal.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Word sequences that raise the signal.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Word sequences that suppress it.
    #[serde(default)]
    pub except: Vec<String>,
    /// Effects of statements that raise the signal.
    #[serde(default)]
    pub(crate) effects: Vec<Effect>,
    /// A measure that raises the signal.
    #[serde(default)]
    pub(crate) measure: Option<Measure>,
    /// Categories to which it applies; all if empty.
    #[serde(default)]
    pub(crate) only_for: Vec<Category>,
    /// True if it means that a wrong call may be hard to undo.
    #[serde(default)]
    pub(crate) lasting: bool,
    /// Tools with the signal, and tools without.
    pub examples: Examples,
}

/// `scoring.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// The score of a category without aggravating signals.
    pub base: BTreeMap<Category, u8>,
    /// Added once if there is any aggravating signal.
    pub(crate) bump: u8,
    /// The lowest score of a tool with a signal, by signal id.
    #[serde(default)]
    pub least: BTreeMap<String, u8>,
    /// The highest score.
    pub max: u8,
    /// The number of parameters from which on the count is a signal.
    pub(crate) parameter_count: usize,
}

/// `grammar.yaml`: function words and verb groups for reading sentences.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrammarEntry {
    /// Skipped before the first verb.
    pub(crate) fillers: Vec<String>,
    /// Fillers that can also be verbs.
    pub(crate) weak_fillers: Vec<String>,
    /// End an object.
    pub(crate) prepositions: Vec<String>,
    /// Skipped inside an object.
    pub(crate) determiners: Vec<String>,
    /// Begin a name that is a question.
    pub(crate) questions: Vec<String>,
    /// After a verb, begin a clause that says when to call the tool.
    pub(crate) occasions: Vec<String>,
    /// Verb forms that describe how a tool is used, not what it does.
    pub(crate) describers: Vec<String>,
    /// Verb forms that run something that they are given.
    pub(crate) runners: Vec<String>,
    /// Nouns for code that is run.
    pub(crate) code_nouns: Vec<String>,
    /// Verb forms that only simulate or inspect another action.
    pub(crate) simulators: Vec<String>,
    /// Verb forms that end something.
    pub(crate) enders: Vec<String>,
    /// Verb forms that send a request.
    pub(crate) requesters: Vec<String>,
    /// Verb forms that begin or continue the action of the next verb: "starts creating".
    pub(crate) aspects: Vec<String>,
    /// Verb forms that are often paired with their reverse: "adds or removes".
    pub(crate) adders: Vec<String>,
    /// Verb forms that reverse an addition.
    pub(crate) removers: Vec<String>,
    /// Verb forms that undo a link and leave the things.
    pub(crate) detachers: Vec<String>,
    /// First words of the names of tools that edit one thing.
    pub(crate) editors: Vec<String>,
    /// Verb forms that only say that something is produced.
    pub(crate) makers: Vec<String>,
    /// Verb forms of management, which implies changes.
    pub(crate) managers: Vec<String>,
    /// Names of switches that keep the result.
    pub(crate) keepers: Vec<String>,
    /// Verb forms of fetching a copy.
    pub(crate) downloads: Vec<String>,
    /// Verb forms after "to" that show that something is run only for its result.
    pub(crate) lookups: Vec<String>,
    /// Negate the next verb.
    pub(crate) negations: Vec<String>,
    /// Begin a sentence that says when not to call the tool.
    pub(crate) discouragements: Vec<String>,
    /// Begin a section about arguments or examples.
    pub(crate) sections: Vec<String>,
    /// Names of parameters that select an operation.
    pub(crate) dispatchers: Vec<String>,
    /// Names of parameters that take the name of an operation.
    pub(crate) operation_names: Vec<String>,
    /// Names of parameters that take an operation's arguments.
    pub(crate) operation_arguments: Vec<String>,
    /// Nouns for things to read, used if there is no verb.
    pub(crate) read_nouns: Vec<String>,
    /// Words between a verb and what goes in: "runs a given SQL statement".
    pub(crate) amid: Vec<String>,
    /// Words of parameter names that do not say what goes in.
    pub(crate) blank_names: Vec<String>,
}

/// Positive and negative examples, each with a reason.
#[derive(Debug, Default)]
pub struct Examples {
    /// The entry applies to these.
    pub matches: Vec<Example>,
    /// The entry does not apply to these.
    pub reject: Vec<Example>,
}

thread_local! {
    static ARE_PASSED_OVER: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read`, during which no example is kept: only the commands on rules use them, and they are a third of what the rules take
/// in memory.
pub(super) fn without_examples<T>(read: impl FnOnce() -> T) -> T {
    let before = ARE_PASSED_OVER.replace(true);
    let value = read();
    ARE_PASSED_OVER.set(before);
    value
}

impl<'de> Deserialize<'de> for Examples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(rename = "match")]
            matches: Vec<Example>,
            reject: Vec<Example>,
        }
        if ARE_PASSED_OVER.get() {
            return IgnoredAny::deserialize(deserializer).map(|_| Self::default());
        }
        let Written { matches, reject } = Written::deserialize(deserializer)?;
        Ok(Self { matches, reject })
    }
}

/// A tool in short form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The tool's name (in `inputs.yaml`, the parameter's).
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub text: Option<String>,
    /// Its parameters by name, with JSON type or schema.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// The required parameters.
    #[serde(default)]
    pub required: Vec<String>,
    #[serde(default)]
    pub annotations: Option<Annotations>,
    /// Who sees it: `model`, `app`.
    #[serde(default)]
    pub visibility: Option<Vec<String>>,
    /// What its code does.
    #[serde(default)]
    pub code: Vec<EffectKind>,
    /// Settings of the client, as lines.
    #[serde(default)]
    pub settings: Vec<String>,
    /// What the server publishes about signing in.
    #[serde(default)]
    pub authorization: Option<Authorization>,
    /// How the started server differs from its source.
    #[serde(default)]
    pub compared: Option<Comparison>,
    /// How its package was published.
    #[serde(default)]
    pub publication: Option<Publication>,
    /// Names of other tools: on the same server or, for detectors across servers, on another one. For a secret in a
    /// configuration, the entry that contains it.
    #[serde(default)]
    pub others: Vec<String>,
    /// Why the entry applies or does not.
    pub because: String,
}

impl Example {
    /// Builds the tool.
    pub(crate) fn tool(&self) -> Tool {
        let schema = |given: &Value| if given.is_string() { json!({"type": given}) } else { given.clone() };
        let properties: Map<String, Value> =
            self.parameters.iter().map(|(name, given)| (name.clone(), schema(given))).collect();
        let input_schema = (!properties.is_empty())
            .then(|| json!({"type": "object", "properties": properties, "required": self.required}));
        Tool {
            name: self.name.clone(),
            description: self.text.clone().filter(|text| !text.is_empty()),
            parameters: input_schema.as_ref().map(flatten).unwrap_or_default().parameters,
            input_schema: input_schema.as_ref().map(Schema::from),
            annotations: self.annotations.clone().unwrap_or_default(),
            code: self
                .code
                .iter()
                .map(|effect| CodeEffect { effect: *effect, call: "call".into(), file: "file".into(), line: 1 })
                .collect(),
            app: self.visibility.clone().map(|list| ToolApp { visibility: Some(list), ..ToolApp::default() }),
            ..Tool::default()
        }
    }
}
