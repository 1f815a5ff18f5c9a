//! The formats that a policy can be said in, one file each. A dialect only writes and reads: what is allowed was decided
//! before. Where a format cannot say a rule, it says something stricter and a note tells so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Decision, PolicyAction, ToolReport};
use crate::text::clean;

use super::{Policy, Rule};

mod intercept;
mod policylayer;
mod seed;
mod yaml;

/// A policy format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// The YAML that version 1 of the Intercept proxy loads.
    Intercept,
    /// The YAML rule shape printed on public tool pages: actions, limits in seconds, reasons.
    Seed,
    /// PolicyLayer's `policy.json`.
    PolicyLayer,
}

impl Dialect {
    /// All formats, the default one first.
    pub const ALL: [Self; 3] = [Self::Intercept, Self::Seed, Self::PolicyLayer];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intercept => "intercept",
            Self::Seed => "seed",
            Self::PolicyLayer => "policylayer",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The ending of its files, without the dot.
    pub fn file_extension(self) -> &'static str {
        match self {
            Self::Intercept | Self::Seed => "yaml",
            Self::PolicyLayer => "json",
        }
    }

    /// What this format says for `rule`.
    fn state(self, rule: &Rule) -> Stated {
        match self {
            Self::Intercept => intercept::state(rule),
            Self::Seed => seed::state(rule),
            Self::PolicyLayer => policylayer::state(rule),
        }
    }
}

/// What a format says for one rule: the rule's own decision, or a stricter one with the reason why.
struct Stated {
    /// Nothing when the tool cannot be named at all, so that the default holds.
    decision: Option<Decision>,
    /// For people: what the format cannot say.
    note: Option<String>,
}

impl Stated {
    /// The rule's own decision, or a denial where a person should be asked.
    fn exactly(rule: &Rule) -> Self {
        let decision = rule.decision.clone();
        if decision.action != PolicyAction::Approve {
            return Self { decision: Some(decision), note: None };
        }
        let note = "This format cannot ask a person, so the tool is denied.";
        Self {
            decision: Some(Decision { action: PolicyAction::Deny, rate_limit: None, ..decision }),
            note: Some(note.into()),
        }
    }

    /// A tool named `*` cannot be named where `*` means every tool; the default, which denies, holds for it.
    fn unless_wildcard(rule: &Rule) -> Self {
        if rule.tool != "*" {
            return Self::exactly(rule);
        }
        let note = "A tool named \"*\" is left out, since \"*\" means every tool here; the default denies it.";
        Self { decision: None, note: Some(note.into()) }
    }
}

/// A rule that a format could say only more strictly than it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The tool it concerns, as its server names it.
    pub tool: String,
    /// One sentence for people.
    pub text: String,
}

/// What a format that knows two answers says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plain {
    Allow,
    Deny,
}

impl From<Plain> for PolicyAction {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Allow => Self::Allow,
            Plain::Deny => Self::Deny,
        }
    }
}

impl From<PolicyAction> for Plain {
    /// What is neither is a denial.
    fn from(action: PolicyAction) -> Self {
        if action == PolicyAction::Allow { Self::Allow } else { Self::Deny }
    }
}

/// What a policy file answers for each tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// What happens to a tool that the file does not name.
    pub default: PolicyAction,
    /// The answer for each tool that it names.
    pub tools: BTreeMap<String, Decision>,
    /// What holds for every call besides; its limits count the calls of all tools together.
    pub every: Option<Decision>,
}

impl Decisions {
    /// The answer for one tool.
    pub fn of(&self, tool: &str) -> Decision {
        let unnamed = Decision { action: self.default, ..Decision::allow() };
        self.tools.get(tool).cloned().unwrap_or(unnamed)
    }
}

pub(super) use yaml::parse as parse_yaml;

/// A policy that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The templates do not give a file.
    #[error("could not write the {dialect} policy: {cause}")]
    Write {
        /// The format's name.
        dialect: &'static str,
        /// What went wrong, as the library tells it.
        cause: String,
    },
    /// The text is not a policy of this format.
    #[error("not a valid {dialect} policy: {}", .problems.join("; "))]
    Read {
        /// The format's name.
        dialect: &'static str,
        /// Everything that is wrong, each with its place.
        problems: Vec<String>,
    },
}

/// The whole file for `policy`: the same policy always gives the same bytes.
pub fn write(policy: &Policy, dialect: Dialect) -> Result<String, PolicyError> {
    let written = match dialect {
        Dialect::Intercept => yaml::file(policy, &intercept::SHAPE),
        Dialect::Seed => yaml::file(policy, &seed::SHAPE),
        Dialect::PolicyLayer => policylayer::file(&policy.rules, policy.default),
    };
    written.map_err(|cause| PolicyError::Write { dialect: dialect.name(), cause })
}

/// The smallest policy that holds the rule for one tool, made by the same code as a whole file.
pub fn snippet(tool: &ToolReport, dialect: Dialect) -> String {
    let rule = Rule::of(tool);
    let written = match dialect {
        Dialect::Intercept => yaml::fragment(&rule, &intercept::SHAPE),
        Dialect::Seed => yaml::fragment(&rule, &seed::SHAPE),
        Dialect::PolicyLayer => policylayer::file(std::slice::from_ref(&rule), PolicyAction::Deny),
    };
    written.expect("the built-in templates can say any rule")
}

/// Where `dialect` says something stricter than `policy` means, in the order of its rules.
pub fn notes(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |rule: &Rule| Some(Note { tool: rule.tool.clone(), text: dialect.state(rule).note? });
    policy.rules.iter().filter_map(note).collect()
}

/// What the policy file `text` answers for each tool. Strict: what the format's own engine would refuse, or pass over
/// without a word, is an error here.
pub fn read(text: &str, dialect: Dialect) -> Result<Decisions, PolicyError> {
    let read = match dialect {
        Dialect::Intercept => intercept::read(text),
        Dialect::Seed => seed::read(text),
        Dialect::PolicyLayer => policylayer::read(text),
    };
    // A problem quotes the file, and an error is for people.
    let clean = |problem: String| clean::clean(&problem).into_owned();
    read.map_err(|problems| PolicyError::Read {
        dialect: dialect.name(),
        problems: problems.into_iter().map(clean).collect(),
    })
}
