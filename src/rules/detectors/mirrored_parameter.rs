//! Finds arguments that a client copies into an HTTP header (`x-mcp-header`).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names;
use crate::model::{Assessment, Tool};
use crate::text::words::Words;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "an argument that x-mcp-header copies into an HTTP header";

/// The keyword of the schema that names the header.
const KEYWORD: &str = "x-mcp-header";
/// The types that a client can write into a header in one way only. A number has several spellings.
const PLAIN_TYPES: [&str; 3] = ["string", "integer", "boolean"];
/// Characters of a header name besides letters and digits (RFC 9110).
const TOKEN: &str = "!#$%&'*+-.^_`|~";
/// Keys of a schema that hold values, not schemas.
const VALUES: [&str; 5] = ["enum", "const", "default", "examples", "required"];
/// What stands for an argument without a name of its own.
const ROOT: &str = "the schema";

/// Which of these arguments are a problem.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MirroredParameter {
    /// One that has one of these signals, or one of these words in its name, header or description.
    Secret { signals: Vec<String>, words: Vec<String> },
    /// An unbounded text whose name ends with one of these words.
    FreeText { words: Vec<String> },
    /// One that the protocol does not allow.
    Invalid,
}

/// An argument with the keyword.
struct Mirrored {
    path: String,
    header: Value,
    /// The type, if it is a single one.
    kind: Option<String>,
    description: String,
    /// True if a client finds it by way of `properties` alone, without looking at the values of a call.
    is_reachable: bool,
}

impl MirroredParameter {
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        let schema = tool.input_schema.as_ref().filter(|schema| schema.mentions(KEYWORD))?;
        let mut mirrored = Vec::new();
        collect(&schema.value(), "", Reach::Root, &mut mirrored);
        let (paths, problem): (Vec<&str>, &str) = match self {
            Self::Secret { signals, words } => {
                let has_signal = |path: &str| {
                    let is_around = |around: &str| path == around || path.starts_with(&format!("{around}."));
                    let has = |signal: &crate::model::Signal| signal.parameter.as_deref().is_some_and(is_around);
                    verdict.signals.iter().any(|signal| signals.contains(&signal.id) && has(signal))
                };
                let secret = mirrored.iter().filter(|it| has_signal(&it.path) || it.says(words));
                (secret.map(|it| it.path.as_str()).collect(), "a secret is copied into an HTTP header")
            }
            Self::FreeText { words } => {
                let is_free = |path: &str| {
                    let parameter = tool.parameters.iter().find(|parameter| parameter.path == path);
                    let ends =
                        |name: &str| Words::new(name).iter().last().is_some_and(|last| words.iter().any(|w| w == last));
                    parameter.is_some_and(|parameter| !parameter.bounded && ends(parameter.name()))
                };
                let free = mirrored.iter().filter(|it| is_free(&it.path));
                (free.map(|it| it.path.as_str()).collect(), "a free text is copied into an HTTP header")
            }
            Self::Invalid => {
                let mut seen = HashSet::new();
                let invalid = mirrored.iter().filter(|it| !it.is_valid(&mut seen));
                (
                    invalid.map(|it| it.path.as_str()).collect(),
                    "its x-mcp-header is not valid, so clients drop the tool",
                )
            }
        };
        (!paths.is_empty()).then(|| format!("{}: {problem}.", names::listed(&paths)))
    }
}

impl Mirrored {
    /// True if the header has a name of its own among `seen`, and the argument a plain type and a fixed place.
    fn is_valid(&self, seen: &mut HashSet<String>) -> bool {
        let is_token =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || TOKEN.contains(c));
        let is_named = self.header.as_str().is_some_and(|name| is_token(name) && seen.insert(name.to_lowercase()));
        let is_plain = self.kind.as_deref().is_some_and(|kind| PLAIN_TYPES.contains(&kind));
        is_named && is_plain && self.is_reachable
    }

    /// True if the name, the header or the description has one of `phrases`.
    fn says(&self, phrases: &[String]) -> bool {
        let name = self.path.rsplit('.').next().unwrap_or_default();
        let texts = [name, self.header.as_str().unwrap_or_default(), &self.description];
        texts.iter().any(|text| {
            let words = format!(" {} ", Words::new(*text).iter().collect::<Vec<_>>().join(" "));
            phrases.iter().any(|phrase| words.contains(&format!(" {phrase} ")))
        })
    }
}

/// How a schema was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It is the schema of all arguments.
    Root,
    /// By way of `properties` alone.
    Properties,
    /// By way of another keyword: of a list's items, or of alternatives.
    Other,
}

/// Collects the schemas in `schema` with the keyword. The depth is bounded by the JSON parser.
fn collect(schema: &Value, path: &str, reach: Reach, found: &mut Vec<Mirrored>) {
    let map = match schema {
        Value::Object(map) => map,
        Value::Array(parts) => return parts.iter().for_each(|part| collect(part, path, Reach::Other, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(header) = map.get(KEYWORD) {
        found.push(Mirrored {
            path: if path.is_empty() { ROOT.to_owned() } else { path.to_owned() },
            header: header.clone(),
            kind: text("type"),
            description: text("description").unwrap_or_default(),
            is_reachable: reach == Reach::Properties,
        });
    }
    for (key, below) in map.iter().filter(|(key, _)| !VALUES.contains(&key.as_str()) && *key != KEYWORD) {
        let named = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
        match below.as_object().filter(|_| named.contains(&key.as_str())) {
            Some(schemas) => {
                let is_fixed = key == "properties" && reach != Reach::Other;
                let reach = if is_fixed { Reach::Properties } else { Reach::Other };
                for (name, schema) in schemas {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    collect(schema, &path, reach, found);
                }
            }
            None => collect(below, path, Reach::Other, found),
        }
    }
}
