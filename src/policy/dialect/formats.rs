//! The table of policy formats. A format is a file that describes it, and a line in the table. The command line, the
//! catalogue, the documentation and the readers all use the table.

use std::hash::{Hash, Hasher};

use super::client::{self, Client};
use super::proxy::Proxy;
use super::stated::Stated;
use super::{agentgateway, docker_gateway, envoy, hooks, intercept, opa, policylayer, seed, toolhive};
use crate::policy::{Policy, Rule};

/// A policy format.
#[derive(Debug, Clone, Copy)]
pub enum Dialect {
    /// A file that a proxy or policy engine enforces.
    Proxy(&'static Proxy),
    /// The settings of a client.
    Client(&'static Client),
}

/// All formats; the first is the default.
pub(crate) const FORMATS: [Dialect; 36] = [
    Dialect::INTERCEPT,
    Dialect::SEED,
    Dialect::POLICY_LAYER,
    Dialect::TOOL_HIVE,
    Dialect::OPA,
    Dialect::Proxy(&envoy::FORMAT),
    Dialect::Proxy(&agentgateway::FORMAT),
    Dialect::Proxy(&docker_gateway::FORMAT),
    Dialect::Proxy(&hooks::CLAUDE_CODE),
    Dialect::Proxy(&hooks::CODEX),
    Dialect::Proxy(&hooks::COPILOT_CLI),
    Dialect::Proxy(&hooks::GEMINI),
    Dialect::Proxy(&hooks::QWEN),
    Dialect::Client(&client::AMP),
    Dialect::Client(&client::CLAUDE_CODE),
    Dialect::Client(&client::CLINE),
    Dialect::Client(&client::CLINE_CLI),
    Dialect::Client(&client::CODEX),
    Dialect::Client(&client::CONTINUE),
    Dialect::Client(&client::COPILOT_CLI),
    Dialect::Client(&client::COPILOT_MANAGED),
    Dialect::Client(&client::CRUSH),
    Dialect::Client(&client::CURSOR),
    Dialect::Client(&client::CURSOR_CLI),
    Dialect::Client(&client::DROID),
    Dialect::Client(&client::GEMINI),
    Dialect::Client(&client::GEMINI_POLICIES),
    Dialect::Client(&client::GOOSE),
    Dialect::Client(&client::KILO),
    Dialect::Client(&client::KIRO),
    Dialect::Client(&client::OPENCODE),
    Dialect::Client(&client::QWEN),
    Dialect::Client(&client::ROO),
    Dialect::Client(&client::VSCODE),
    Dialect::Client(&client::WINDSURF),
    Dialect::Client(&client::ZED),
];

impl Dialect {
    /// The YAML of version 1 of the Intercept proxy.
    pub const INTERCEPT: Self = Self::Proxy(&intercept::FORMAT);
    /// The YAML rule list of public tool pages: actions, limits in seconds, reasons.
    pub const SEED: Self = Self::Proxy(&seed::FORMAT);
    /// PolicyLayer's `policy.json`.
    pub const POLICY_LAYER: Self = Self::Proxy(&policylayer::FORMAT);
    /// ToolHive's authorization file, in Cedar.
    pub const TOOL_HIVE: Self = Self::Proxy(&toolhive::FORMAT);
    /// A Rego module for the Open Policy Agent.
    pub const OPA: Self = Self::Proxy(&opa::FORMAT);

    /// All formats; the first is the default.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        FORMATS.into_iter()
    }

    /// The formats that can be read.
    pub fn readable() -> impl Iterator<Item = Self> + Clone {
        Self::all().filter(|dialect| dialect.is_readable())
    }

    /// The formats of which single calls can be decided: those that can be read, and those with an engine.
    pub(crate) fn decidable() -> impl Iterator<Item = Self> + Clone {
        Self::readable().chain([Self::TOOL_HIVE, Self::OPA])
    }

    /// True for a format that can be read.
    pub(crate) fn is_readable(self) -> bool {
        matches!(self, Self::Proxy(Proxy { read: Some(_), .. }))
    }

    /// The formats that are client settings.
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
            Self::Client(client) => client.name.id,
        }
    }

    /// The name of the program that reads it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Proxy(proxy) => proxy.title,
            Self::Client(client) => client.name.title,
        }
    }

    /// The format named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|dialect| dialect.name() == name)
    }

    /// True when a file can limit the calls of all tools together.
    pub fn limits_all_tools(self) -> bool {
        self == Self::INTERCEPT || self == Self::POLICY_LAYER
    }

    /// The ending of its files, without the dot.
    pub(crate) fn file_extension(self) -> &'static str {
        match self {
            Self::Proxy(proxy) => proxy.extension,
            Self::Client(client) => client.extension,
        }
    }

    /// True if its files have comments, which name their source.
    pub fn has_comments(self) -> bool {
        matches!(self.file_extension(), "yaml" | "toml" | "rego" | "sh")
    }

    /// What this format states for each rule of `policy`, in order.
    pub(super) fn states(self, policy: &Policy) -> Vec<Stated> {
        match self {
            Self::Proxy(proxy) => {
                let stated: Vec<Stated> = policy.rules.iter().map(proxy.state).collect();
                match proxy.fits {
                    Some(fits) => fits(&policy.rules, stated),
                    None => stated,
                }
            }
            Self::Client(client) => client.states(policy),
        }
    }

    /// What this format states for `rule`.
    pub(super) fn state(self, rule: &Rule) -> Stated {
        match self {
            Self::Proxy(proxy) => (proxy.state)(rule),
            Self::Client(client) => client.state(rule),
        }
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
