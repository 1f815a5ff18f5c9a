//! The formats of policies, one file each. A format only writes and reads: the decisions are made before. If it cannot
//! express a rule, it writes a stricter one, and a note says so.

use crate::model::{Decision, ToolReport};

use super::decisions::Decisions;
use super::{Policy, Rule};
use start_values::start_values;
use stated::Stated;

mod about;
mod agentgateway;
mod all_tools;
mod allow_or_deny;
mod cel;
pub mod client;
mod docker_gateway;
mod envoy;
mod error;
mod formats;
mod hooks;
mod intercept;
mod opa;
mod policylayer;
mod proxy;
mod seed;
mod start_values;
mod stated;
mod toolhive;
pub(super) mod tree;
pub(super) mod validator;
mod yaml;

/// A rule that a format can only express more strictly than intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The tool's name on its server.
    pub tool: String,
    /// A sentence for display.
    pub text: String,
}

pub(super) use all_tools::all_tools;
pub use error::PolicyError;
pub use formats::Dialect;
pub(crate) use proxy::Proxy;
pub use start_values::StartValue;
pub(super) use yaml::{comment_lines, description, scalar, shared_value, to_set_lines};

/// Renders `policy` as a file. The same policy always gives the same bytes.
pub fn write(policy: &Policy, dialect: Dialect) -> Result<String, PolicyError> {
    let written = match dialect {
        Dialect::Proxy(proxy) => (proxy.write)(policy),
        Dialect::Client(client) => {
            can_address(&policy.key, dialect)?;
            client.file(policy)
        }
    };
    written.map_err(|cause| PolicyError::Write { dialect: dialect.name(), cause })
}

/// An error if files of this format cannot address a server named `server`.
pub fn can_address(server: &str, dialect: Dialect) -> Result<(), PolicyError> {
    match dialect {
        Dialect::Client(client) => client.can_address(server),
        Dialect::Proxy(_) => Ok(()),
    }
}

/// The Intercept file for `policy` without references between values, so that entries can be removed from it.
pub(crate) fn write_apart(policy: &Policy) -> Result<String, PolicyError> {
    let written = yaml::file(policy, &intercept::APART);
    written.map_err(|cause| PolicyError::Write { dialect: Dialect::INTERCEPT.name(), cause })
}

/// A minimal policy with the rule for one tool, made by the same code as a file. `server` is the server's name in the
/// client.
pub(crate) fn snippet(server: &str, tool: &ToolReport, dialect: Dialect) -> String {
    let rule = Rule::new(tool);
    let written = match dialect {
        Dialect::Proxy(proxy) => (proxy.fragment)(&rule),
        Dialect::Client(client) => client.fragment(server, &rule),
    };
    written.expect("the built-in templates can say any rule")
}

/// Remarks for readers of [`snippet`]: where it differs from what is intended.
pub(crate) fn snippet_notes(tool: &ToolReport, dialect: Dialect) -> Vec<String> {
    dialect.state(&Rule::new(tool)).remarks().map(str::to_owned).collect()
}

/// What `dialect` states for `tool` with `decision`; a denial if it cannot name the tool.
pub fn stated_decision(tool: &ToolReport, decision: Decision, dialect: Dialect) -> Decision {
    let rule = Rule { decision, ..Rule::new(tool) };
    dialect.state(&rule).decision.unwrap_or_else(|| Decision::deny(None))
}

/// Notes on rules that `dialect` states more strictly than `policy`, in order.
pub fn notes(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |(rule, stated): (&Rule, Stated)| Some(Note { tool: rule.tool.clone(), text: stated.note? });
    policy.rules.iter().zip(dialect.states(policy)).filter_map(note).collect()
}

/// The server, the content and the ruleset of `policy` as `dialect` states it, one per line.
pub fn about(policy: &Policy, dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Proxy(_) => about::lines(policy),
        Dialect::Client(client) => client.about(policy),
    }
}

/// Remarks about the file as a whole.
pub fn remarks(policy: &Policy, dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Proxy(proxy) => (proxy.remarks)(policy),
        Dialect::Client(client) => client.remarks(policy),
    }
}

/// Notes on rules that `dialect` enforces less strictly than `policy`, in order.
pub fn unenforced(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |(rule, stated): (&Rule, Stated)| Some(Note { tool: rule.tool.clone(), text: stated.unenforced? });
    policy.rules.iter().zip(dialect.states(policy)).filter_map(note).collect()
}

/// The decisions that the `dialect` file for `policy` states.
pub fn stated(policy: &Policy, dialect: Dialect) -> Decisions {
    let said = |(rule, stated): (&Rule, Stated)| Some((rule.tool.clone(), stated.decision?));
    let tools = policy.rules.iter().zip(dialect.states(policy)).filter_map(said).collect();
    let every = all_tools(policy.limits_on_all_tools()).filter(|_| dialect.limits_all_tools());
    Decisions { default: policy.default, tools, every }
}

/// The values that a person must set in the `dialect` file, in the order of its rules.
pub fn to_set(policy: &Policy, dialect: Dialect) -> Vec<StartValue> {
    start_values(policy, |rule| dialect.state(rule))
}
