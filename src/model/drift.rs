//! What has changed since servers were approved, and above all what has changed in risk.

use serde::Serialize;

/// What has changed since the lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// True when something has changed.
    pub changed: bool,
    /// True when something has changed that a person should read.
    pub(crate) needs_review: bool,
    /// True when something that has changed raises the risk.
    pub raises_risk: bool,
    /// The servers that were looked at, in the order of the new lock.
    pub servers: Vec<ServerDrift>,
    /// The servers of the lock that were not looked at.
    pub(crate) not_given: Vec<String>,
}

/// What has changed of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerDrift {
    /// Its name now.
    pub name: String,
    /// Its place in the report that was looked at: several servers may bear one name.
    #[serde(skip)]
    pub listed: Option<usize>,
    /// False when the lock does not know it; then all of it is new.
    pub locked: bool,
    /// True when something of it or of its tools has changed.
    pub changed: bool,
    /// True when something of that is for a person to read: a text that the model reads, what a tool takes, how the server is
    /// started, a tool more or less, or a higher risk.
    pub(crate) needs_review: bool,
    /// True when something of that raises the risk.
    pub raises_risk: bool,
    /// How it presents itself and is started.
    pub fields: Vec<FieldChange>,
    /// What it means for the risk.
    pub risk: Vec<RiskChange>,
    /// Its tools, as far as they have changed, by name.
    pub tools: Vec<ToolDrift>,
}

/// What has changed of one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolDrift {
    /// Its name now; of one that is gone, its name then.
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub change: ToolChange,
    /// True when it raises the risk.
    pub raises_risk: bool,
    /// What changed in the definition.
    pub fields: Vec<FieldChange>,
    /// What changed in the verdict and the policy.
    pub risk: Vec<RiskChange>,
}

impl ToolDrift {
    /// True when the policy is to answer otherwise than it did.
    pub(crate) fn changes_policy(&self) -> bool {
        self.risk.iter().any(|risk| [RiskChange::POLICY, RiskChange::GUARD].contains(&risk.change.what.as_str()))
    }
}

/// What became of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum ToolChange {
    Added,
    /// It is gone.
    Removed,
    /// It is most likely the one that had another name.
    Renamed {
        /// The name it had.
        from: String,
    },
    /// Something of it is other than it was.
    Changed,
    /// Its definition is as it was, and is judged otherwise: by other rules, another version of this program, another
    /// configuration, or in another order. No drift.
    Rejudged,
}

/// A field, or a part of one, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which: `description`, `parameter path`, `category`, `signal`.
    pub what: String,
    /// The value before; `None` if it did not exist.
    pub before: Option<String>,
    /// The value now; `None` if it is gone.
    pub after: Option<String>,
}

/// A change of a definition. Where the lock holds only a digest, the digest is shown.
pub(crate) type FieldChange = Change;

/// A change of the verdict or the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskChange {
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
    /// True when it raises the risk.
    pub raises: bool,
}

impl RiskChange {
    /// What a change of the policy's answer is called.
    pub(crate) const POLICY: &'static str = "policy";
    /// What a change of its guards is called.
    pub(crate) const GUARD: &'static str = "guard";
}
