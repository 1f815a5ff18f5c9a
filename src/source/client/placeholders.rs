//! Placeholders in a configuration: what a client fills in when it starts a server. Folders are known at once; what
//! comes from the environment or from a person is filled in only when somebody has agreed to the start, because a
//! configuration could name any variable and send it anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::error::{ConfigurationCause, Unfilled};
use crate::source::secret;

/// How a client writes its placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholders {
    /// It has none: texts are taken as they stand.
    None,
    /// `${env:NAME}`, `${NAME}`, `${NAME:-default}`, `${input:id}`, `${workspaceFolder}`.
    DollarBraces,
    /// The same, and `$NAME`.
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

/// A placeholder of any client, with the default that stands in for it.
static ANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\$\{\{[^{}]*\}\}|\{\{[^{}]*\}\}|\$\{[^{}]*?(?::-([^{}]*))?\}|\$[A-Za-z_][A-Za-z0-9_]*|\{(?:env|file|input):[^{}]*\}|%[A-Za-z_][A-Za-z0-9_]*%|<[^<>]*>",
    )
});

/// `text` without the placeholders of any client, each replaced by its default where it has one.
pub(crate) fn literal_text(text: &str) -> String {
    ANY.replace_all(text, |found: &Captures<'_>| found.get(1).map_or("", |default| default.as_str()).to_owned())
        .into_owned()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are right")
}

/// What a placeholder stands for.
enum Meaning<'a> {
    /// A variable of our environment, with what stands in for one that is not set.
    Variable(&'a str, Option<&'a str>),
    /// What a person is asked for.
    Input(&'a str),
    /// Something that only the client knows.
    Unknown,
}

/// What a person may be asked for, and what stands in for it: by id.
pub(crate) type Inputs = BTreeMap<String, Option<String>>;

/// The `inputs` of a configuration (VS Code).
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

    /// Fills in the folders: those of the project and of the user.
    pub(crate) fn with_folders(self, text: &str, project: &Path) -> String {
        let Some(pattern) = self.pattern() else { return text.to_owned() };
        let filled = pattern.replace_all(text, |found: &Captures<'_>| {
            let value = match inner(found) {
                "workspaceFolder" | "workspaceRoot" => project.to_str().map(str::to_owned),
                "workspaceFolderBasename" => project.file_name().and_then(|name| name.to_str()).map(str::to_owned),
                "userHome" => std::env::home_dir().and_then(|home| home.to_str().map(str::to_owned)),
                "pathSeparator" | "/" => Some(std::path::MAIN_SEPARATOR.to_string()),
                _ => None,
            };
            value.unwrap_or_else(|| found.get(0).map_or("", |whole| whole.as_str()).to_owned())
        });
        filled.into_owned()
    }

    /// True when `text` holds a placeholder.
    pub(crate) fn stand_in(self, text: &str) -> bool {
        self.pattern().is_some_and(|pattern| pattern.is_match(text))
    }

    /// The variables of our environment that `text` names.
    pub(crate) fn variables(self, text: &str) -> BTreeSet<String> {
        let found = self.pattern().into_iter().flat_map(|pattern| pattern.captures_iter(text));
        let named = |found: Captures<'_>| match self.meaning(inner(&found)) {
            Meaning::Variable(name, _) => Some(name.to_owned()),
            _ => None,
        };
        found.filter_map(named).collect()
    }

    /// Fills in what our environment, a person and the defaults give.
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
    /// The text that the server gets.
    pub(crate) value: String,
    /// The text that a person may see: a secret of our own environment stays a placeholder.
    pub(crate) shown: String,
    /// The values that stand in it for placeholders.
    pub(crate) values: Vec<String>,
    /// Those of them that are secrets of ours.
    pub(crate) secrets: Vec<String>,
    /// Why a placeholder has no value. It stays as it is written.
    pub(crate) missing: Option<ConfigurationCause>,
}

impl Filled {
    fn literal(&mut self, text: &str) {
        self.value.push_str(text);
        self.shown.push_str(text);
    }

    /// Adds a placeholder with the value that the user gives, else with the default that the file gives, which is shown
    /// whatever it looks like.
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

/// True when `value` is one word of the characters of a token. Anything else may be a command.
fn is_opaque(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=:@%".contains(c))
}

/// What stands between the braces.
fn inner<'a>(found: &Captures<'a>) -> &'a str {
    found.get(1).or_else(|| found.get(2)).map_or("", |inner| inner.as_str())
}
