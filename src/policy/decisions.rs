//! What a policy file decides, and what it calls the rules behind its decisions.

use std::collections::BTreeMap;

use crate::model::{Check, Decision, Guard, PolicyAction};

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

    /// True when calls must be counted.
    pub(crate) fn has_limits(&self) -> bool {
        let is_total = |guard: &Guard| matches!(guard.check, Check::Total(_));
        let counts = |decision: &Decision| decision.rate_limit.is_some() || decision.guards.iter().any(is_total);
        self.tools.values().chain(&self.every).any(counts)
    }
}

/// The names that a file gives to the rules of its tools, where its format has names. Two files that call their rules
/// differently decide the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleNames {
    /// For each tool that the file names, and for all tools under `*`.
    pub tools: BTreeMap<String, ToolRuleNames>,
}

/// The names of a tool's rules that are not guards; guards have their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolRuleNames {
    /// The rule that refuses every call.
    pub refusal: Option<String>,
    /// The rule of the rate limit.
    pub limit: Option<String>,
}

/// What a format's reader finds in a file.
#[derive(Debug)]
pub struct Contents {
    /// What the file decides.
    pub decisions: Decisions,
    /// What it calls its rules.
    pub names: RuleNames,
}
