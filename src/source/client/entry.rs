//! One server's entry, under the names that the clients have for the same things.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::EntryCause;
use super::placeholders::literal_text;
use crate::source::decode::kind;
use crate::source::secret;

/// The names of the address: `serverUrl` is Windsurf's, `httpUrl` Gemini's, which counts more than its `url`, `uri`
/// Goose's.
const ADDRESSES: [&str; 4] = ["httpUrl", "serverUrl", "url", "uri"];
/// The names of the program: `cmd` is Goose's.
const PROGRAMS: [&str; 2] = ["command", "cmd"];
/// The names of the environment: `envs` is Goose's, `environment` OpenCode's.
const ENVIRONMENTS: [&str; 3] = ["env", "envs", "environment"];
/// The names of the variables that are passed on: Codex's, and Goose's, which has their values in the keyring.
const PASSED: [&str; 2] = ["env_vars", "env_keys"];
/// The names of the headers: `http_headers` is Codex's.
const HEADERS: [&str; 2] = ["headers", "http_headers"];
/// The names of the working folder.
const FOLDERS: [&str; 3] = ["cwd", "workingDirectory", "working_directory"];

/// What an entry says. Texts may hold placeholders.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The program and its arguments; empty for a server that is reached.
    pub(crate) words: Vec<String>,
    /// The address of a server that is reached.
    pub(crate) url: Option<String>,
    /// Environment variables.
    pub(crate) env: BTreeMap<String, String>,
    /// Variables of our own environment to pass on.
    pub(crate) pass_env: Vec<String>,
    pub(crate) headers: BTreeMap<String, String>,
    /// Headers whose values are variables of our own environment, and what stands before the value.
    pub(crate) env_headers: BTreeMap<String, (&'static str, String)>,
    /// The working folder.
    pub(crate) cwd: Option<String>,
    /// It is not to be started.
    pub(crate) disabled: bool,
}

impl Entry {
    /// True when `fields` say how a server is started or reached; the extensions of editors do not.
    pub(crate) fn is_server(fields: &Map<String, Value>) -> bool {
        let fields = nested(fields);
        PROGRAMS.iter().chain(&ADDRESSES).any(|name| fields.get(*name).is_some_and(|value| !value.is_null()))
    }

    /// Reads `fields`; an error says which is wrong without what it holds, which may be a secret.
    pub(crate) fn read(fields: &Map<String, Value>) -> Result<Self, EntryCause> {
        let outer = fields;
        let fields = nested(fields);
        let mut env = texts(fields, &ENVIRONMENTS)?;
        let mut words = match first(fields, &PROGRAMS) {
            None => Vec::new(),
            Some((_, Value::String(program))) => vec![program.clone()],
            // OpenCode has the command as one list.
            Some((name, Value::Array(_))) => list(fields, name)?,
            // Zed had the parts of the command below it.
            Some((_, Value::Object(command))) => {
                env.extend(texts(command, &["env"])?);
                let path = text(command, &["path"])?.ok_or(EntryCause::NoPath)?;
                std::iter::once(path).chain(list(command, "args")?).collect()
            }
            Some((name, other)) => return Err(wrong(name, other, "a text or a list")),
        };
        words.extend(list(fields, "args")?);
        let url = text(fields, &ADDRESSES)?;
        if words.first().is_none_or(String::is_empty) && url.is_none() {
            return Err(EntryCause::NoCommand);
        }
        let mut headers = texts(fields, &HEADERS)?;
        if let Some(options) = fields.get("requestOptions").and_then(Value::as_object) {
            headers.extend(texts(options, &["headers"])?);
        }
        let named = texts(fields, &["env_http_headers"])?.into_iter();
        let mut env_headers: BTreeMap<_, _> = named.map(|(name, variable)| (name, ("", variable))).collect();
        if let Some(variable) = text(fields, &["bearer_token_env_var"])? {
            env_headers.insert("Authorization".into(), ("Bearer ", variable));
        }
        let mut pass_env = Vec::new();
        for name in PASSED {
            pass_env.extend(list(fields, name)?);
        }
        let says = |name: &str| [outer, fields].iter().find_map(|fields| fields.get(name)?.as_bool());
        Ok(Self {
            words,
            url,
            env,
            pass_env,
            headers,
            env_headers,
            cwd: text(fields, &FOLDERS)?,
            disabled: says("disabled") == Some(true) || says("enabled") == Some(false),
        })
    }

    /// The names of what holds a secret as it stands: variables, headers, and arguments by their numbers. What a client
    /// fills in is none; what stands beside it, or in its place when nothing is set, may be one.
    pub(crate) fn literal_secrets(&self) -> Vec<String> {
        let named = self.env.iter().chain(&self.headers).filter(|(name, value)| {
            let literal = literal_text(value);
            secret::holds_secret(name, &literal) || secret::has_secret(&literal)
        });
        let named = named.map(|(name, _)| name.clone());
        let words: Vec<String> = self.words.iter().map(|word| literal_text(word)).collect();
        let words = secret::words_with_secrets(&words).into_iter().map(|at| format!("argument {at}"));
        let url = self.url.iter().filter(|url| secret::has_secret(&literal_text(url)));
        named.chain(words).chain(url.map(|_| "the address".into())).collect()
    }
}

/// The fields, or those below `transport` or `config` where a client has them there (older Continue, Goose).
fn nested(fields: &Map<String, Value>) -> &Map<String, Value> {
    let below = ["transport", "config"].iter().find_map(|name| fields.get(*name)?.as_object());
    below.filter(|below| PROGRAMS.iter().chain(&ADDRESSES).any(|name| below.contains_key(*name))).unwrap_or(fields)
}

fn first<'a>(fields: &'a Map<String, Value>, names: &[&'a str]) -> Option<(&'a str, &'a Value)> {
    names.iter().find_map(|name| Some((*name, fields.get(*name).filter(|value| !value.is_null())?)))
}

fn wrong(name: &str, value: &Value, wanted: &'static str) -> EntryCause {
    EntryCause::Type { field: name.to_owned(), found: kind(value), wanted }
}

fn text(fields: &Map<String, Value>, names: &[&str]) -> Result<Option<String>, EntryCause> {
    match first(fields, names) {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(text.clone())),
        Some((name, other)) => Err(wrong(name, other, "a text")),
    }
}

/// A text, also where somebody wrote a number or a truth value.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn list(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, EntryCause> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let read = |item: &Value| scalar(item).ok_or_else(|| wrong(&format!("{name}[]"), item, "a text"));
            items.iter().map(read).collect()
        }
        Some(other) => Err(wrong(name, other, "a list")),
    }
}

/// Texts by name; one that is null is as good as absent.
fn texts(fields: &Map<String, Value>, names: &[&str]) -> Result<BTreeMap<String, String>, EntryCause> {
    match first(fields, names) {
        None => Ok(BTreeMap::new()),
        Some((name, Value::Object(map))) => {
            let read = |(key, value): (&String, &Value)| match scalar(value) {
                Some(text) => Ok((key.clone(), text)),
                None => Err(wrong(&format!("{name}.{key}"), value, "a text")),
            };
            map.iter().filter(|(_, value)| !value.is_null()).map(read).collect()
        }
        Some((name, other)) => Err(wrong(name, other, "an object")),
    }
}
