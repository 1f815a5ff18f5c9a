//! The decisions of a policy file, and the names of the rules behind them.

use std::collections::BTreeMap;

use crate::model::{Decision, PolicyAction};

/// The decisions of a policy file, by tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// The action for tools that the file does not name.
    pub default: PolicyAction,
    /// The decision for each named tool.
    pub tools: BTreeMap<String, Decision>,
    /// The decision that applies to every call in addition. Its limits count the calls of all tools together.
    pub every: Option<Decision>,
}

impl Decisions {
    /// The decision for `tool`, whether named or not.
    pub fn for_tool(&self, tool: &str) -> Decision {
        let unnamed = Decision { action: self.default, ..Decision::allow() };
        self.tools.get(tool).cloned().unwrap_or(unnamed)
    }
}

/// The names of a file's rules, if its format has names. They do not affect the decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleNames {
    /// By tool; `*` for all tools.
    pub tools: BTreeMap<String, ToolRuleNames>,
}

/// The names of a tool's rules, except guards, which have their own names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolRuleNames {
    /// The name of the rule that denies every call.
    pub refusal: Option<String>,
    /// The name of the rule with the rate limit.
    pub limit: Option<String>,
}

/// The content of a policy file.
#[derive(Debug)]
pub struct Contents {
    /// The decisions of the file.
    pub decisions: Decisions,
    /// The names of its rules.
    pub names: RuleNames,
}
