//! What is wrong with a definition.

use serde::{Deserialize, Serialize};

use super::Severity;
use super::ignored::{Ignored, suppression};

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A text, a name or a character that is aimed at the model or the user.
    Attack,
    /// The definition says one thing and the author another.
    Contradiction,
    /// Input or reach that is too wide.
    Exposure,
    /// What is installed or started can change.
    SupplyChain,
    /// A secret where others can read it.
    Secret,
    /// The server does not keep to the protocol.
    Protocol,
    /// The definition says too little.
    Quality,
}

impl FindingKind {
    /// The name in rules and reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Contradiction => "contradiction",
            Self::Exposure => "exposure",
            Self::SupplyChain => "supply-chain",
            Self::Secret => "secret",
            Self::Protocol => "protocol",
            Self::Quality => "quality",
        }
    }
}

/// Something wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The ruleset entry, kebab-case.
    pub id: String,
    /// What it is about.
    pub kind: FindingKind,
    /// How grave it is.
    pub severity: Severity,
    /// The tool it concerns, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What is wrong, quoting both sides of a contradiction.
    pub text: String,
    /// Set when the user's configuration accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// True when the baseline knows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// The words of the definition that it rests on, if they are known, to be marked where the definition is shown.
    #[serde(skip)]
    pub quote: Option<String>,
    /// The index of the tool in the listing: several may bear one name.
    #[serde(skip)]
    pub tool_index: Option<usize>,
}

impl Finding {
    /// True for a High attack that is not ignored: every policy denies the tool.
    pub(crate) fn is_sure_attack(&self) -> bool {
        self.kind == FindingKind::Attack && self.severity >= Severity::High && self.ignored.is_none()
    }

    /// The reason why it is suppressed, for people; `None` when it is not.
    pub(crate) fn suppression(&self) -> Option<String> {
        suppression(self.ignored.as_ref(), self.known)
    }
}
