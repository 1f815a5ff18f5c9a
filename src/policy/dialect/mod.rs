//! The formats that a policy can be said in, one file each. A dialect only writes and reads: what is allowed was decided
//! before. Where a format cannot say a rule, it says something stricter and a note tells so.

use crate::model::{Decision, ToolReport};

use super::decisions::Decisions;
use super::{Policy, Rule};
use start_values::start_values;
use stated::Stated;

mod about;
mod all_tools;
mod allow_or_deny;
pub mod client;
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

/// A rule that a format could say only more strictly than it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The tool it concerns, as its server names it.
    pub tool: String,
    /// One sentence for people.
    pub text: String,
}

pub(super) use all_tools::all_tools;
pub use error::PolicyError;
pub use formats::Dialect;
pub(crate) use proxy::Proxy;
pub use start_values::StartValue;
pub(super) use yaml::{comment_lines, description, scalar, shared_value, to_set_lines};

/// The whole file for `policy`: the same policy always gives the same bytes.
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

/// An error when a file of this format cannot name a server called `server`.
pub fn can_address(server: &str, dialect: Dialect) -> Result<(), PolicyError> {
    match dialect {
        Dialect::Client(client) => client.can_address(server),
        Dialect::Proxy(_) => Ok(()),
    }
}

/// The Intercept file for `policy` in which no value refers to another, so that entries can be taken out of it.
pub(crate) fn write_apart(policy: &Policy) -> Result<String, PolicyError> {
    let written = yaml::file(policy, &intercept::APART);
    written.map_err(|cause| PolicyError::Write { dialect: Dialect::INTERCEPT.name(), cause })
}

/// The smallest policy that holds the rule for one tool, made by the same code as a whole file; `server` is the name by
/// which a client knows the server.
pub(crate) fn snippet(server: &str, tool: &ToolReport, dialect: Dialect) -> String {
    let rule = Rule::of(tool);
    let written = match dialect {
        Dialect::Proxy(proxy) => (proxy.fragment)(&rule),
        Dialect::Client(client) => client.fragment(server, &rule),
    };
    written.expect("the built-in templates can say any rule")
}

/// What a reader of [`snippet`] should know: where it says something else than was meant.
pub(crate) fn snippet_notes(tool: &ToolReport, dialect: Dialect) -> Vec<String> {
    dialect.state(&Rule::of(tool)).remarks().map(str::to_owned).collect()
}

/// What `dialect` says for `tool` where `decision` is meant; where it cannot name the tool, the default, which denies.
pub fn said(tool: &ToolReport, decision: Decision, dialect: Dialect) -> Decision {
    let rule = Rule { decision, ..Rule::of(tool) };
    dialect.state(&rule).decision.unwrap_or_else(|| Decision::deny(None))
}

/// Where `dialect` says something stricter than `policy` means, in the order of its rules.
pub fn notes(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |(rule, stated): (&Rule, Stated)| Some(Note { tool: rule.tool.clone(), text: stated.note? });
    policy.rules.iter().zip(dialect.states(policy)).filter_map(note).collect()
}

/// Which server `policy` is for, what it holds and by which rules it was made: one line each.
pub fn about(policy: &Policy) -> Vec<String> {
    about::lines(policy)
}

/// What a reader of the file must know of it as a whole.
pub fn remarks(policy: &Policy, dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Proxy(proxy) => (proxy.remarks)(policy),
        Dialect::Client(client) => client.remarks(policy),
    }
}

/// Where `dialect` asks less of a call than `policy` means, in the order of its rules.
pub fn unenforced(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |(rule, stated): (&Rule, Stated)| Some(Note { tool: rule.tool.clone(), text: stated.unenforced? });
    policy.rules.iter().zip(dialect.states(policy)).filter_map(note).collect()
}

/// What the file that `dialect` writes for `policy` means.
pub fn stated(policy: &Policy, dialect: Dialect) -> Decisions {
    let said = |(rule, stated): (&Rule, Stated)| Some((rule.tool.clone(), stated.decision?));
    let tools = policy.rules.iter().zip(dialect.states(policy)).filter_map(said).collect();
    let every = all_tools(policy.limits_on_all_tools()).filter(|_| dialect.limits_all_tools());
    Decisions { default: policy.default, tools, every }
}

/// The values that a person must set in the file that `dialect` writes, in the order of its rules.
pub fn to_set(policy: &Policy, dialect: Dialect) -> Vec<StartValue> {
    start_values(policy, |rule| dialect.state(rule))
}
