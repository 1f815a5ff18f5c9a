//! The table of policy formats. A format is one file, which describes it, and one line here; the command line, the
//! catalogue, the documentation and the readers draw from the table.

use std::hash::{Hash, Hasher};

use super::client::{self, Client};
use super::form::Form;
use super::tree::Node;
use super::{Stated, intercept, opa, policylayer, seed, toolhive};
use crate::policy::decisions::Contents;
use crate::policy::{Policy, Rule};

/// A policy format.
#[derive(Debug, Clone, Copy)]
pub enum Dialect {
    /// A file that a proxy or an engine enforces.
    Proxy(&'static Proxy),
    /// The settings of a client.
    Client(&'static Client),
}

/// Every format, the default one first.
pub const FORMATS: [Dialect; 18] = [
    Dialect::INTERCEPT,
    Dialect::SEED,
    Dialect::POLICY_LAYER,
    Dialect::TOOL_HIVE,
    Dialect::OPA,
    Dialect::Client(&client::CLAUDE_CODE),
    Dialect::Client(&client::CLINE),
    Dialect::Client(&client::CODEX),
    Dialect::Client(&client::COPILOT_CLI),
    Dialect::Client(&client::CURSOR),
    Dialect::Client(&client::CURSOR_CLI),
    Dialect::Client(&client::GEMINI),
    Dialect::Client(&client::KIRO),
    Dialect::Client(&client::QWEN),
    Dialect::Client(&client::ROO),
    Dialect::Client(&client::VSCODE),
    Dialect::Client(&client::WINDSURF),
    Dialect::Client(&client::ZED),
];

/// A format that a proxy or an engine enforces.
pub struct Proxy {
    /// The name on the command line.
    pub name: &'static str,
    /// What reads it.
    pub title: &'static str,
    /// The title in the middle of a sentence.
    pub reader: &'static str,
    /// The name of its tab on a page.
    pub tab: &'static str,
    /// One sentence about the file.
    pub note: &'static str,
    /// The file that it is for, in Markdown.
    pub file: &'static str,
    /// What follows `policy.` in the file name on a site.
    pub download: &'static str,
    /// The ending of its files, without the dot.
    pub extension: &'static str,
    /// What it can express, in Markdown: ask, hide, limits, guards.
    pub can: [&'static str; 4],
    /// How we know what its reader makes of it.
    pub checked: &'static str,
    /// True where a tool that is refused is not listed to the agent either.
    pub hides_refused: bool,
    /// What it says for a rule.
    pub(super) state: fn(&Rule) -> Stated,
    /// The whole file.
    pub(super) write: fn(&Policy) -> Result<String, String>,
    /// The part of a file that is about one tool.
    pub(super) fragment: fn(&Rule) -> Result<String, String>,
    /// What a reader of the file must know of it as a whole.
    pub(super) remarks: fn(&Policy) -> Vec<String>,
    /// The decisions of a file; `None` where nothing reads it back.
    pub(in crate::policy) read: Option<fn(&mut Form, &Node) -> Contents>,
}

impl Dialect {
    /// The YAML that version 1 of the Intercept proxy loads.
    pub const INTERCEPT: Self = Self::Proxy(&intercept::FORMAT);
    /// The YAML rule shape printed on public tool pages: actions, limits in seconds, reasons.
    pub const SEED: Self = Self::Proxy(&seed::FORMAT);
    /// PolicyLayer's `policy.json`.
    pub const POLICY_LAYER: Self = Self::Proxy(&policylayer::FORMAT);
    /// ToolHive's authorization file: Cedar.
    pub const TOOL_HIVE: Self = Self::Proxy(&toolhive::FORMAT);
    /// A Rego module for the Open Policy Agent.
    pub const OPA: Self = Self::Proxy(&opa::FORMAT);

    /// All formats, the default one first.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        FORMATS.into_iter()
    }

    /// The formats that can be read.
    pub fn readable() -> impl Iterator<Item = Self> + Clone {
        Self::all().filter(|dialect| dialect.is_readable())
    }

    /// True for a format that can be read.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Proxy(Proxy { read: Some(_), .. }))
    }

    /// The formats that are settings of clients.
    pub fn clients() -> impl Iterator<Item = &'static Client> {
        Self::all().filter_map(|dialect| match dialect {
            Self::Client(client) => Some(client),
            Self::Proxy(_) => None,
        })
    }

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proxy(proxy) => proxy.name,
            Self::Client(client) => client.name,
        }
    }

    /// The name of whatever reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Proxy(proxy) => proxy.title,
            Self::Client(client) => client.title,
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|dialect| dialect.name() == name)
    }

    /// The ending of its files, without the dot.
    pub fn file_extension(self) -> &'static str {
        match self {
            Self::Proxy(proxy) => proxy.extension,
            Self::Client(client) => client.extension,
        }
    }

    /// True when its files have comments, which say what they were made from.
    pub fn has_comments(self) -> bool {
        matches!(self.file_extension(), "yaml" | "toml" | "rego")
    }

    /// What this format says for `rule`.
    pub(super) fn state(self, rule: &Rule) -> Stated {
        match self {
            Self::Proxy(proxy) => (proxy.state)(rule),
            Self::Client(client) => client.state(rule),
        }
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Dialect {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Dialect {}

impl PartialOrd for Dialect {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dialect {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl Hash for Dialect {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_row_of_each_proxy_format() {
        let document = include_str!("../../../docs/policy-formats.md");
        let proxies = FORMATS.into_iter().filter_map(|dialect| match dialect {
            Dialect::Proxy(proxy) => Some(proxy),
            Dialect::Client(_) => None,
        });
        for Proxy { name, file, can: [ask, hide, limits, guards], checked, .. } in proxies {
            let row = format!("| `{name}` | {file} | yes | {ask} | yes | {hide} | {limits} | {guards} | {checked} |");
            assert!(document.contains(&row), "docs/policy-formats.md lacks: {row}");
        }
    }

    #[test]
    fn names_are_unique() {
        for (at, dialect) in FORMATS.iter().enumerate() {
            assert!(!FORMATS[..at].contains(dialect), "{}", dialect.name());
        }
    }
}
