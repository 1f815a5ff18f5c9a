//! Placeholders in a configuration, which a client fills in when it starts a server. Folders are filled in at once.
//! Environment variables and user input are filled in only with consent, because a configuration could name any
//! variable and send it anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::error::{ConfigurationCause, Unfilled};
use crate::source::secret;

/// The placeholder syntax of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholders {
    /// No placeholders.
    None,
    /// `${env:NAME}`, `${NAME}`, `${NAME:-default}`, `${input:id}`, `${workspaceFolder}`.
    DollarBraces,
    /// Like `DollarBraces`, and also `$NAME`.
    Dollar,
    /// `{env:NAME}`.
    Braces,
    /// `${{ secrets.NAME }}`, `${{ inputs.NAME }}`.
    DoubleBraces,
}

static DOLLAR_BRACES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{([^{}]*)\}"));
static DOLLAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$(?:\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*))"));
static BRACES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{((?:env|file):[^{}]*)\}"));
static DOUBLE_BRACES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{\{\s*([^{}]*?)\s*\}\}"));

/// A placeholder of any client, with its default.
static ANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\$\{\{[^{}]*\}\}|\{\{[^{}]*\}\}|\$\{[^{}]*?(?::[-=]([^{}]*))?\}|\$[A-Za-z_][A-Za-z0-9_]*|\{(?:env|file|input):[^{}]*\}|%[A-Za-z_][A-Za-z0-9_]*%|<[^<>]*>",
    )
});

/// How many placeholders within placeholders are followed: `${A:-${B}}`.
const MAX_NESTED: usize = 8;

/// `text` with the placeholders of all clients replaced by their defaults, or removed.
pub(crate) fn literal_text(text: &str) -> String {
    let mut literal = text.to_owned();
    for _ in 0..MAX_NESTED {
        let default = |found: &Captures<'_>| found.get(1).map_or("", |default| default.as_str()).to_owned();
        let is_nested = literal.contains(":-${") || literal.contains(":=${");
        literal = ANY.replace_all(&literal, default).into_owned();
        if !is_nested {
            break;
        }
    }
    literal
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are right")
}

/// The meaning of a placeholder.
enum Meaning<'a> {
    /// A variable of our environment, with its default.
    Variable(&'a str, Option<&'a str>),
    /// An input that the user is asked for.
    Input(&'a str),
    /// Something that only the client knows.
    Unknown,
}

/// The inputs that the user may be asked for: id and default.
pub(crate) type Inputs = BTreeMap<String, Option<String>>;

/// The `inputs` in a VS Code configuration.
pub(crate) fn inputs(declared: Option<&Value>) -> Inputs {
    let declared = declared.and_then(Value::as_array).into_iter().flatten();
    let read = |input: &Value| {
        let text = |key: &str| input.get(key).and_then(Value::as_str).map(str::to_owned);
        Some((text("id")?, text("default")))
    };
    declared.filter_map(read).collect()
}

impl Placeholders {
    fn pattern(self) -> Option<&'static Regex> {
        match self {
            Self::None => None,
            Self::DollarBraces => Some(&DOLLAR_BRACES),
            Self::Dollar => Some(&DOLLAR),
            Self::Braces => Some(&BRACES),
            Self::DoubleBraces => Some(&DOUBLE_BRACES),
        }
    }

    fn meaning(self, inner: &str) -> Meaning<'_> {
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let read = |name| if is_name(name) { Meaning::Variable(name, default) } else { Meaning::Unknown };
        if self == Self::DoubleBraces {
            return match (inner.strip_prefix("inputs."), inner.strip_prefix("secrets.")) {
                (Some(id), _) => Meaning::Input(id),
                (_, Some(name)) => read(name),
                _ => Meaning::Unknown,
            };
        }
        match (name.strip_prefix("env:"), inner.strip_prefix("input:")) {
            (Some(name), _) => read(name),
            (_, Some(id)) => Meaning::Input(id),
            _ => read(name),
        }
    }

    /// Fills in the project and home folders.
    pub(crate) fn with_folders(self, text: &str, project: &Path) -> String {
        let Some(pattern) = self.pattern() else { return text.to_owned() };
        let filled = pattern.replace_all(text, |found: &Captures<'_>| {
            let value = match inner(found) {
                "workspaceFolder" | "workspaceRoot" | "CLAUDE_PLUGIN_ROOT" | "PLUGIN_ROOT" => {
                    project.to_str().map(str::to_owned)
                }
                "workspaceFolderBasename" => project.file_name().and_then(|name| name.to_str()).map(str::to_owned),
                "userHome" => std::env::home_dir().and_then(|home| home.to_str().map(str::to_owned)),
                "pathSeparator" | "/" => Some(std::path::MAIN_SEPARATOR.to_string()),
                _ => None,
            };
            value.unwrap_or_else(|| found.get(0).map_or("", |whole| whole.as_str()).to_owned())
        });
        filled.into_owned()
    }

    /// `text` with the defaults that the file itself gives for its placeholders. Those that have a value stay: what our
    /// environment or the user gives is no part of a log.
    pub(crate) fn with_defaults(self, text: &str, inputs: &Inputs, given: &[(String, String)]) -> String {
        let Some(pattern) = self.pattern() else { return text.to_owned() };
        let filled = pattern.replace_all(text, |found: &Captures<'_>| {
            let default = match self.meaning(inner(found)) {
                Meaning::Variable(name, default) => {
                    default.filter(|_| !std::env::var(name).is_ok_and(|value| !value.is_empty()))
                }
                Meaning::Input(id) => {
                    inputs.get(id).and_then(Option::as_deref).filter(|_| !given.iter().any(|(name, _)| name == id))
                }
                Meaning::Unknown => None,
            };
            default.unwrap_or_else(|| found.get(0).map_or("", |whole| whole.as_str())).to_owned()
        });
        filled.into_owned()
    }

    /// True when `text` holds a placeholder.
    pub(crate) fn stand_in(self, text: &str) -> bool {
        self.pattern().is_some_and(|pattern| pattern.is_match(text))
    }

    /// The environment variables that `text` uses.
    pub(crate) fn variables(self, text: &str) -> BTreeSet<String> {
        let found = self.pattern().into_iter().flat_map(|pattern| pattern.captures_iter(text));
        let named = |found: Captures<'_>| match self.meaning(inner(&found)) {
            Meaning::Variable(name, _) => Some(name.to_owned()),
            Meaning::Input(_) | Meaning::Unknown => None,
        };
        found.filter_map(named).collect()
    }

    /// Fills in environment variables, user input and defaults.
    pub(crate) fn fill(self, text: &str, inputs: &Inputs, given: &[(String, String)]) -> Filled {
        let mut filled = Filled::default();
        let mut end = 0;
        for found in self.pattern().into_iter().flat_map(|pattern| pattern.captures_iter(text)) {
            let Some(whole) = found.get(0) else { continue };
            filled.literal(text.get(end..whole.start()).unwrap_or_default());
            end = whole.end();
            match self.meaning(inner(&found)) {
                Meaning::Variable(name, default) => {
                    let set = std::env::var(name).ok().filter(|value| !value.is_empty());
                    filled.placeholder(name, whole.as_str(), set, default, Unfilled::NotSet);
                }
                Meaning::Input(id) => {
                    let value = given.iter().find(|(name, _)| name == id).map(|(_, value)| value.clone());
                    let default = inputs.get(id).and_then(Option::as_deref);
                    filled.placeholder(id, whole.as_str(), value, default, Unfilled::Asked);
                }
                Meaning::Unknown => filled.unknown(whole.as_str(), Unfilled::ClientOnly),
            }
        }
        filled.literal(text.get(end..).unwrap_or_default());
        filled
    }
}

/// A text with its placeholders filled in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filled {
    /// The text for the server.
    pub(crate) value: String,
    /// The text for display. Secrets from our environment stay placeholders.
    pub(crate) shown: String,
    /// The values that replaced placeholders.
    pub(crate) values: Vec<String>,
    /// The values among them that are secrets from our environment.
    pub(crate) secrets: Vec<String>,
    /// Why a placeholder has no value, if any. Such a placeholder stays in the text.
    pub(crate) missing: Option<ConfigurationCause>,
}

impl Filled {
    fn literal(&mut self, text: &str) {
        self.value.push_str(text);
        self.shown.push_str(text);
    }

    /// Adds a placeholder with the user's value, otherwise with its default. A default comes from the file and is
    /// always shown.
    fn placeholder(
        &mut self,
        name: &str,
        whole: &str,
        given: Option<String>,
        default: Option<&str>,
        missing: Unfilled,
    ) {
        match (given, default) {
            (Some(value), _) => {
                let is_hidden = is_opaque(&value) && secret::is_secret(name, &value);
                self.shown.push_str(if is_hidden { whole } else { &value });
                self.value.push_str(&value);
                if is_hidden {
                    self.secrets.push(value.clone());
                }
                self.values.push(value);
            }
            (None, Some(default)) => {
                self.literal(default);
                self.values.push(default.to_owned());
            }
            (None, None) => self.unknown(whole, missing),
        }
    }

    fn unknown(&mut self, whole: &str, why: Unfilled) {
        self.literal(whole);
        self.missing.get_or_insert_with(|| ConfigurationCause::Placeholder { placeholder: whole.to_owned(), why });
    }
}

/// True if `value` is one word of characters that occur in tokens. Anything else may be a command.
fn is_opaque(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=:@%".contains(c))
}

/// The text between the braces.
fn inner<'a>(found: &Captures<'a>) -> &'a str {
    found.get(1).or_else(|| found.get(2)).map_or("", |inner| inner.as_str())
}
