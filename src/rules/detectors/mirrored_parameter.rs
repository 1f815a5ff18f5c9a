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
/// The types that can be written into a header.
const PLAIN_TYPES: [&str; 4] = ["string", "number", "integer", "boolean"];
/// Characters of a header name besides letters and digits (RFC 9110).
const TOKEN: &str = "!#$%&'*+-.^_`|~";

/// Which of these arguments are a problem.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MirroredParameter {
    /// One that has one of these signals.
    Secret { signals: Vec<String> },
    /// An unbounded text whose name ends with one of these words.
    FreeText { words: Vec<String> },
    /// One that the protocol does not allow.
    Invalid,
}

/// An argument with the keyword.
struct Mirrored {
    path: String,
    header: Value,
    types: Vec<String>,
}

impl MirroredParameter {
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        let schema = tool.input_schema.as_ref().filter(|schema| schema.mentions(KEYWORD))?;
        let mut mirrored = Vec::new();
        collect(&schema.value(), "", &mut mirrored);
        let (paths, problem): (Vec<&str>, &str) = match self {
            Self::Secret { signals } => {
                let is_secret = |path: &str| {
                    let has = |signal: &crate::model::Signal| signal.parameter.as_deref() == Some(path);
                    verdict.signals.iter().any(|signal| signals.contains(&signal.id) && has(signal))
                };
                let secret = mirrored.iter().filter(|it| is_secret(&it.path));
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
    /// True if the header has a name of its own among `seen`, and the argument a plain type.
    fn is_valid(&self, seen: &mut HashSet<String>) -> bool {
        let is_token =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || TOKEN.contains(c));
        let is_named = self.header.as_str().is_some_and(|name| is_token(name) && seen.insert(name.to_lowercase()));
        is_named && self.types.iter().all(|word| PLAIN_TYPES.contains(&word.as_str()))
    }
}

/// Collects the properties of `schema` with the keyword. The depth is bounded by the JSON parser.
fn collect(schema: &Value, path: &str, found: &mut Vec<Mirrored>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if let Some(header) = property.get(KEYWORD) {
            let types = match property.get("type") {
                Some(Value::String(word)) => vec![word.clone()],
                Some(Value::Array(words)) => {
                    words.iter().filter_map(Value::as_str).filter(|word| *word != "null").map(str::to_owned).collect()
                }
                _ => Vec::new(),
            };
            found.push(Mirrored { path: path.clone(), header: header.clone(), types });
        }
        collect(property, &path, found);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let parts = schema.get(key).and_then(Value::as_array).into_iter().flatten();
        parts.for_each(|part| collect(part, path, found));
    }
}
