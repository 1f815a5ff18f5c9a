//! A server entry, with the alternative key names of all clients.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::error::EntryCause;
use super::placeholders::literal_text;
use crate::source::decode::kind;
use crate::source::secret;

/// Keys of the URL. `serverUrl` is Windsurf's, `uri` is Goose's, and `httpUrl` is Gemini's, which takes precedence over
/// `url`.
const ADDRESSES: [&str; 4] = ["httpUrl", "serverUrl", "url", "uri"];
/// Keys of the program. `cmd` is Goose's.
const PROGRAMS: [&str; 2] = ["command", "cmd"];
/// Keys of the environment. `envs` is Goose's, `environment` is OpenCode's.
const ENVIRONMENTS: [&str; 3] = ["env", "envs", "environment"];
/// Keys of the list of variables to pass on. `env_vars` is Codex's; `env_keys` is Goose's, whose values are in the
/// keyring.
const PASSED: [&str; 2] = ["env_vars", "env_keys"];
/// Keys of the headers. `http_headers` is Codex's.
const HEADERS: [&str; 2] = ["headers", "http_headers"];
/// Fields whose values are names of variables.
const NAMES_OF_VARIABLES: [&str; 2] = ["env_http_headers", "envHttpHeaders"];
/// Keys of the working folder.
const FOLDERS: [&str; 3] = ["cwd", "workingDirectory", "working_directory"];

/// A decoded server entry. Its strings may contain placeholders.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The program and its arguments. Empty for a server with a URL.
    pub(crate) words: Vec<String>,
    /// The URL of a remote server.
    pub(crate) url: Option<String>,
    /// Environment variables to set.
    pub(crate) env: BTreeMap<String, String>,
    /// The file with further variables to set, as the configuration writes it.
    pub(crate) env_file: Option<String>,
    /// The variables in that file.
    pub(crate) env_of_file: BTreeMap<String, String>,
    /// Names of variables of our environment to pass on.
    pub(crate) pass_env: Vec<String>,
    pub(crate) headers: BTreeMap<String, String>,
    /// Headers whose value is a prefix plus a variable of our environment: header name to prefix and variable.
    pub(crate) env_headers: BTreeMap<String, (&'static str, String)>,
    pub(crate) cwd: Option<String>,
    /// Whether the configuration disables the server. What an entry says counts only for a client that knows the key.
    pub(crate) disabled: bool,
    /// Whether an extension of the client brings the server, so that what it runs is not written here.
    pub(crate) is_of_extension: bool,
}

impl Entry {
    /// True for the entry of a server that an extension brings: settings, and neither a command nor a URL.
    pub(super) fn is_of_extension(fields: &Map<String, Value>) -> bool {
        let is_named = fields.get("source").and_then(Value::as_str) == Some("extension");
        !Self::is_server(fields) && (is_named || fields.get("settings").is_some_and(Value::is_object))
    }

    /// True if `fields` has a command or a URL. The entries of editor extensions have neither.
    pub(crate) fn is_server(fields: &Map<String, Value>) -> bool {
        let fields = nested(fields);
        PROGRAMS.iter().chain(&ADDRESSES).any(|name| fields.get(*name).is_some_and(|value| !value.is_null()))
    }

    /// Decodes `fields`. An error names the key but not its value, which may be a secret.
    pub(crate) fn read(fields: &Map<String, Value>) -> Result<Self, EntryCause> {
        let fields = nested(fields);
        let mut env = texts(fields, &ENVIRONMENTS)?;
        let mut words = match first(fields, &PROGRAMS) {
            None => Vec::new(),
            Some((_, Value::String(program))) => vec![program.clone()],
            // OpenCode has program and arguments in one list.
            Some((name, Value::Array(_))) => list(fields, name)?,
            // Older versions of Zed have an object in `command`.
            Some((_, Value::Object(command))) => {
                env.extend(texts(command, &["env"])?);
                let path = text(command, &["path"])?.ok_or(EntryCause::NoPath)?;
                std::iter::once(path).chain(list(command, "args")?).collect()
            }
            Some((name, other)) => return Err(wrong(name, other, "a text or a list")),
        };
        words.extend(list(fields, "args")?);
        let url = text(fields, &ADDRESSES)?;
        let is_of_extension = Self::is_of_extension(fields);
        if words.first().is_none_or(String::is_empty) && url.is_none() && !is_of_extension {
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
        // Open WebUI keeps the credential beside the address.
        if let (Some("bearer"), Some(key)) = (fields.get("auth_type").and_then(Value::as_str), text(fields, &["key"])?)
        {
            headers.insert("Authorization".into(), format!("Bearer {key}"));
        }
        let mut pass_env = Vec::new();
        for name in PASSED {
            pass_env.extend(list(fields, name)?);
        }
        Ok(Self {
            words,
            url,
            env,
            env_file: text(fields, &["envFile"])?,
            env_of_file: BTreeMap::new(),
            pass_env,
            headers,
            env_headers,
            cwd: text(fields, &FOLDERS)?,
            disabled: false,
            is_of_extension,
        })
    }

    /// The names of variables, headers and argument positions that contain a literal secret. Placeholders are not
    /// secrets, but the text around them and their defaults may be.
    pub(crate) fn literal_secrets(&self, fields: &Map<String, Value>) -> Vec<String> {
        let named = self.env.iter().chain(&self.headers).filter(|(name, value)| {
            let literal = literal_text(value);
            secret::is_secret_value(name, &literal)
        });
        let named = named.map(|(name, _)| name.clone());
        let words: Vec<String> = self.words.iter().map(|word| literal_text(word)).collect();
        let in_pieces = |(_, word): &(usize, &String)| secret::writes_in_pieces(word);
        let in_pieces = self.words.iter().enumerate().filter(in_pieces).map(|(at, _)| at);
        let words: BTreeSet<usize> = secret::words_with_secrets(&words).into_iter().chain(in_pieces).collect();
        let words = words.into_iter().map(|at| format!("argument {at}"));
        let url = self.url.iter().filter(|url| secret::has_secret(&literal_text(url)));
        let mut found: Vec<String> = named.chain(words).chain(url.map(|_| "the address".into())).collect();
        collect_secrets(fields, "", &mut found);
        found
    }
}

/// Adds the paths of other fields that hold a secret: `oauth.clientSecret`. What an [`Entry`] has is left out.
fn collect_secrets(fields: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
    let read = [&ADDRESSES[..], &PROGRAMS, &ENVIRONMENTS, &HEADERS, &["args", "requestOptions"]].concat();
    // Elsewhere than here an entry reads nothing: `requestInit.headers` is a field like others.
    let is_read = |key: &str| ["", "transport.", "config."].contains(&path) && read.contains(&key);
    for (key, value) in fields.iter().filter(|(key, _)| !is_read(key) && !NAMES_OF_VARIABLES.contains(&key.as_str())) {
        let path = format!("{path}{key}");
        match value {
            Value::Object(below) => collect_secrets(below, &format!("{path}."), found),
            Value::String(text) => {
                let literal = literal_text(text);
                if secret::is_secret_value(key, &literal) {
                    found.push(path);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }
}

/// The fields, or those nested in `transport` or `config` (older Continue, Goose).
pub(super) fn nested(fields: &Map<String, Value>) -> &Map<String, Value> {
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

/// A string. Numbers and booleans are converted.
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

/// `Name: value` and `NAME=value`, as some programs list headers and variables.
fn pair(item: &Value) -> Option<(String, String)> {
    let (name, value) = item.as_str()?.split_once([':', '='])?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

/// A map of strings, or a list of pairs. Null values count as absent.
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
        Some((name, Value::Array(items))) => {
            let read =
                |item: &Value| pair(item).ok_or_else(|| wrong(&format!("{name}[]"), item, "a name with a value"));
            items.iter().map(read).collect()
        }
        Some((name, other)) => Err(wrong(name, other, "an object")),
    }
}
