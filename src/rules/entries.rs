//! The shape of each rule file, as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::{Annotations, Category, JsonTypes, Schema, Tool, flatten};

/// How much a verb decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Strength {
    /// Gives way to any strong word.
    Weak,
    /// Decides unless something more specific does.
    #[default]
    Strong,
}

/// An entry of `verbs.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerbEntry {
    /// Kebab-case, never reused.
    pub(crate) id: String,
    /// For people.
    pub(crate) title: String,
    /// What the verb says a tool is.
    pub(crate) says: Category,
    /// How much it decides.
    #[serde(default)]
    pub(crate) strength: Strength,
    /// The reason behind the entry.
    pub(crate) why: String,
    /// The version that brought it.
    pub(crate) since: String,
    /// Base forms.
    pub(crate) verbs: Vec<String>,
    /// Those that are as often nouns.
    #[serde(default)]
    pub(crate) nouns: Vec<String>,
    /// Those that have no other forms.
    #[serde(default)]
    pub(crate) uninflected: Vec<String>,
    /// Words of other languages.
    #[serde(default)]
    pub(crate) others: Vec<String>,
    /// Tools that it decides and tools that it does not.
    pub(crate) examples: Examples,
}

/// An entry of `senses.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SenseEntry {
    /// Kebab-case, never reused.
    pub(crate) id: String,
    /// For people.
    pub(crate) title: String,
    /// What verb and object together say.
    pub(crate) says: Category,
    /// How much it decides.
    #[serde(default)]
    pub(crate) strength: Strength,
    /// The reason behind the entry.
    pub(crate) why: String,
    /// The version that brought it.
    pub(crate) since: String,
    /// Base forms from `verbs.yaml`.
    pub(crate) verbs: Vec<String>,
    /// Ends of the object's phrase, singular.
    #[serde(default)]
    pub(crate) objects: Vec<String>,
    /// Words anywhere in the object's phrase.
    #[serde(default)]
    pub(crate) mentions: Vec<String>,
    /// The noun after "from".
    #[serde(default)]
    pub(crate) from: Vec<String>,
    /// True when a description that says it outweighs a graver verb alone in the name.
    #[serde(default)]
    pub(crate) outweighs_name: bool,
    /// Words that take the sense away.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// Tools that it decides and tools that it does not.
    pub(crate) examples: Examples,
}

/// What a stated sentence does to a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    /// Only reading is accepted or done.
    ReadsOnly,
    /// What is run only reports what it found.
    Reports,
    /// The result itself comes back to the caller.
    Returns,
    /// An exception to another phrase.
    None,
    /// Data is lost for good.
    Loses,
    /// Cannot be undone.
    Irreversible,
    /// The result is kept.
    Stores,
    /// Something other than the result changes.
    Changes,
    /// Something is started.
    Runs,
    /// Money moves or an obligation arises.
    Pays,
}

/// An entry of `statements.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// For people.
    pub title: String,
    /// What it does to a verdict.
    pub(crate) effect: Effect,
    /// The reason behind the entry.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// Word sequences.
    pub phrases: Vec<String>,
    /// Tools that say it and tools that do not.
    pub examples: Examples,
}

/// An entry of `inputs.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputEntry {
    /// Kebab-case, never reused.
    pub id: String,
    /// For people.
    pub title: String,
    /// The reason behind the entry.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// True when a tool with such a parameter is never called milder than the rules say, however its words read.
    #[serde(default)]
    pub grave: bool,
    /// Ends of the parameter's name.
    #[serde(default)]
    pub names: Vec<String>,
    /// Whole names.
    #[serde(default)]
    pub whole: Vec<String>,
    /// Sequences in the name that take the role away.
    #[serde(default)]
    pub except: Vec<String>,
    /// JSON types it must have, when given.
    #[serde(default)]
    pub types: JsonTypes,
    /// Of which the descriptions must hold one, for the names in `only_speaking`.
    #[serde(default)]
    pub(crate) speaks: Vec<String>,
    /// Names that count only when a description speaks of it.
    #[serde(default)]
    pub(crate) only_speaking: Vec<String>,
    /// Sequences in the parameter's description that give it the role whatever its name.
    #[serde(default)]
    pub(crate) speaks_also: Vec<String>,
    /// Sequences in the parameter's description that take the role away.
    #[serde(default)]
    pub(crate) speaks_not: Vec<String>,
    /// Parameters that have the role and parameters that do not.
    pub examples: Examples,
}

/// Something about a tool as a whole that is measured, not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    /// `parameter_count` parameters or more.
    ParameterCount,
    /// A free text that nothing bounds, in a role that matters.
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
    /// For people, as reports print it.
    pub text: String,
    /// True when it raises the score.
    pub aggravating: bool,
    /// The reason behind the entry.
    pub why: String,
    /// The version that brought it.
    pub since: String,
    /// Parameter roles that cause it.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Word sequences that cause it.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Word sequences that take it away.
    #[serde(default)]
    pub except: Vec<String>,
    /// Effects of statements that cause it.
    #[serde(default)]
    pub(crate) effects: Vec<Effect>,
    /// What is measured.
    #[serde(default)]
    pub(crate) measure: Option<Measure>,
    /// Categories for which it is said; all when empty.
    #[serde(default)]
    pub(crate) only_for: Vec<Category>,
    /// True when it says that a wrong call may be hard to put right.
    #[serde(default)]
    pub(crate) lasting: bool,
    /// Tools that show it and tools that do not.
    pub examples: Examples,
}

/// `scoring.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// The score of a category without aggravating signals.
    pub base: BTreeMap<Category, u8>,
    /// Added once when there is one.
    pub(crate) bump: u8,
    /// The least score of a tool with the signal of this id.
    #[serde(default)]
    pub least: BTreeMap<String, u8>,
    /// The highest score.
    pub max: u8,
    /// From this many parameters on, the count is a signal.
    pub(crate) parameter_count: usize,
}

/// `grammar.yaml`: words that carry a sentence.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrammarEntry {
    /// Skipped in front of the opening verb.
    pub(crate) fillers: Vec<String>,
    /// Fillers that are verbs too.
    pub(crate) weak_fillers: Vec<String>,
    /// End an object.
    pub(crate) prepositions: Vec<String>,
    /// Skipped inside an object.
    pub(crate) determiners: Vec<String>,
    /// Open a name that asks a question.
    pub(crate) questions: Vec<String>,
    /// Behind a verb, say when the tool is to be called.
    pub(crate) occasions: Vec<String>,
    /// Verb forms that tell how a tool is used, not what it does.
    pub(crate) describers: Vec<String>,
    /// Verb forms that hand something over to be run.
    pub(crate) runners: Vec<String>,
    /// Nouns for code that is run.
    pub(crate) code_nouns: Vec<String>,
    /// Verb forms that only try out or examine what another verb would do.
    pub(crate) simulators: Vec<String>,
    /// Verb forms that end something.
    pub(crate) enders: Vec<String>,
    /// Verb forms that send a request.
    pub(crate) requesters: Vec<String>,
    /// Verb forms that only begin or go on with the verb behind them: "starts creating".
    pub(crate) aspects: Vec<String>,
    /// Verb forms that a taking-back verb may follow: "adds or removes".
    pub(crate) adders: Vec<String>,
    /// Verb forms that take back what was added.
    pub(crate) removers: Vec<String>,
    /// Verb forms that say only that something is made.
    pub(crate) makers: Vec<String>,
    /// Verb forms for looking after something, which changes it.
    pub(crate) managers: Vec<String>,
    /// Verb forms for bringing something over.
    pub(crate) downloads: Vec<String>,
    /// Verb forms behind "to" that show what is run only for its answer.
    pub(crate) lookups: Vec<String>,
    /// Turn the verb after them round.
    pub(crate) negations: Vec<String>,
    /// Open a sentence that says when not to call the tool.
    pub(crate) discouragements: Vec<String>,
    /// Open a part that documents arguments or examples.
    pub(crate) sections: Vec<String>,
    /// Names of parameters that choose an operation.
    pub(crate) dispatchers: Vec<String>,
    /// Names of parameters that take the name of an operation.
    pub(crate) operation_names: Vec<String>,
    /// Names of parameters that take an operation's arguments.
    pub(crate) operation_arguments: Vec<String>,
    /// What is read when there is no verb.
    pub(crate) read_nouns: Vec<String>,
}

/// Examples of both kinds, each with its reason.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// The entry applies.
    #[serde(rename = "match")]
    pub matches: Vec<Example>,
    /// It does not.
    pub reject: Vec<Example>,
}

/// A tool in short.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Its name (for `inputs.yaml`, the parameter's).
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub text: Option<String>,
    /// Its parameters: name and JSON type, or schema.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// Those of them that a call must give.
    #[serde(default)]
    pub required: Vec<String>,
    /// Its hints.
    #[serde(default)]
    pub annotations: Option<Annotations>,
    /// Names of tools beside it, on its own server or, where servers are compared, on another one; for a secret in a
    /// configuration, what holds it.
    #[serde(default)]
    pub others: Vec<String>,
    /// The reason.
    pub because: String,
}

impl Example {
    /// The tool that it describes.
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
            ..Tool::default()
        }
    }
}
