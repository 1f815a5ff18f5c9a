//! What a policy file calls the rules behind its answers. A decision has no names: two files that call their rules
//! otherwise decide the same.

use std::collections::BTreeMap;

use super::dialect::{self, Dialect};

/// The names that a file gives to the rules of its tools, where its format has names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleNames {
    /// For each tool that the file names, and for all tools under `*`.
    pub tools: BTreeMap<String, OfTool>,
}

/// The names of a tool's rules that are no guards; those have theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfTool {
    /// The rule that refuses every call.
    pub refusal: Option<String>,
    /// The rule of the rate limit.
    pub limit: Option<String>,
}

impl RuleNames {
    /// The names in `text`; none where it cannot be read.
    pub fn of(text: &str, dialect: Dialect) -> Self {
        Self { tools: dialect::rule_names(text, dialect) }
    }
}
