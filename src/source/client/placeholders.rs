//! Placeholders in a configuration: what a client fills in when it starts a server. Folders are known at once; what
//! comes from the environment or from a person is filled in only when somebody has agreed to the start, because a
//! configuration could name any variable and send it anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use super::error::{ConfigurationCause, Unfilled};

/// How a client writes its placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholders {
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
pub type Inputs = BTreeMap<String, Option<String>>;

/// The `inputs` of a configuration (VS Code).
pub fn inputs(declared: Option<&Value>) -> Inputs {
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
    pub fn with_folders(self, text: &str, project: &Path) -> String {
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

    /// The variables of our environment that `text` names.
    pub fn variables(self, text: &str) -> BTreeSet<String> {
        let found = self.pattern().into_iter().flat_map(|pattern| pattern.captures_iter(text));
        let named = |found: Captures<'_>| match self.meaning(inner(&found)) {
            Meaning::Variable(name, _) => Some(name.to_owned()),
            _ => None,
        };
        found.filter_map(named).collect()
    }

    /// Fills everything in and adds what was put in to `values`; the error is why a placeholder has no value.
    pub fn fill(
        self,
        text: &str,
        inputs: &Inputs,
        given: &[(String, String)],
        values: &mut Vec<String>,
    ) -> Result<String, ConfigurationCause> {
        let Some(pattern) = self.pattern() else { return Ok(text.to_owned()) };
        let mut missing = None;
        let filled = pattern.replace_all(text, |found: &Captures<'_>| {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            let value = match self.meaning(inner(found)) {
                Meaning::Variable(name, default) => {
                    let set = std::env::var(name).ok().filter(|value| !value.is_empty());
                    set.or_else(|| default.map(str::to_owned)).ok_or(Unfilled::NotSet)
                }
                Meaning::Input(id) => {
                    let value = given.iter().find(|(name, _)| name == id).map(|(_, value)| value.clone());
                    value.or_else(|| inputs.get(id).cloned().flatten()).ok_or(Unfilled::Asked)
                }
                Meaning::Unknown => Err(Unfilled::ClientOnly),
            };
            match value {
                Ok(value) => {
                    values.push(value.clone());
                    value
                }
                Err(why) => {
                    missing
                        .get_or_insert_with(|| ConfigurationCause::Placeholder { placeholder: whole.to_owned(), why });
                    String::new()
                }
            }
        });
        let filled = filled.into_owned();
        missing.map_or(Ok(filled), Err)
    }
}

/// What stands between the braces.
fn inner<'a>(found: &Captures<'a>) -> &'a str {
    found.get(1).or_else(|| found.get(2)).map_or("", |inner| inner.as_str())
}
