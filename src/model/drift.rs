//! The changes since servers were approved, in particular those that raise the risk.

use serde::Serialize;

use super::ChangedPart;

/// The changes since the lock was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// True if anything has changed.
    pub changed: bool,
    /// True if a change should be reviewed by a person.
    pub(crate) needs_review: bool,
    /// True if a change raises the risk.
    pub raises_risk: bool,
    /// The servers that were compared, in the order of the new lock.
    pub servers: Vec<ServerDrift>,
    /// The names of locked servers that were not scanned.
    pub(crate) not_given: Vec<String>,
}

/// The changes of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerDrift {
    /// The current name.
    pub name: String,
    /// The index of the server in the report, because server names are not unique.
    #[serde(skip)]
    pub listed: Option<usize>,
    /// False if the lock does not contain the server, so that all of it is new.
    pub locked: bool,
    /// True if the server or one of its tools has changed.
    pub changed: bool,
    /// True if a change should be reviewed: a text that models read, the arguments of a tool, the launch command, an
    /// added or removed tool, or a higher risk.
    pub(crate) needs_review: bool,
    /// True if a change raises the risk.
    pub raises_risk: bool,
    /// Changes of its metadata, instructions and launch command.
    pub fields: Vec<FieldChange>,
    /// Changes of its risk.
    pub risk: Vec<RiskChange>,
    /// The tools that have changed, by name.
    pub tools: Vec<ToolDrift>,
}

/// The changes of one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolDrift {
    /// The current name; for a removed tool, the old name.
    pub name: String,
    /// The kind of change.
    #[serde(flatten)]
    pub change: ToolChange,
    /// True if the change raises the risk.
    pub raises_risk: bool,
    /// Changes of the definition.
    pub fields: Vec<FieldChange>,
    /// Changes of the verdict and the policy.
    pub risk: Vec<RiskChange>,
}

impl ToolDrift {
    /// True if the policy should change.
    pub(crate) fn changes_policy(&self) -> bool {
        self.risk.iter().any(|risk| matches!(risk.change.what, ChangedPart::Policy | ChangedPart::Guard))
    }
}

/// The kind of change of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum ToolChange {
    Added,
    /// The tool no longer exists.
    Removed,
    /// Most likely a tool that had another name.
    Renamed {
        /// The old name.
        from: String,
    },
    /// The definition or the risk has changed.
    Changed,
    /// The definition is unchanged and the verdict differs, for example because of other rules, another program
    /// version, another configuration or another order. This is not drift.
    Rejudged,
}

/// The value of a field or a part of it, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub what: ChangedPart,
    /// The value before; `None` if it did not exist.
    pub before: Option<String>,
    /// The value now; `None` if it no longer exists.
    pub after: Option<String>,
}

/// A change of a definition. If the lock contains only a digest, the values are digests.
pub(crate) type FieldChange = Change;

/// A change of the verdict or the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskChange {
    /// The field of the verdict or policy, with its values.
    #[serde(flatten)]
    pub change: Change,
    /// True when it raises the risk.
    pub raises: bool,
}
