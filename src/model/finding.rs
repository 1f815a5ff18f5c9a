//! Findings: problems of a definition.

use serde::{Deserialize, Serialize};

use super::Severity;
use super::ignored::{Ignored, suppression};

/// The kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A text, name or character that targets the model or the user.
    Attack,
    /// A claim of the author contradicts the rest of the definition.
    Contradiction,
    /// Arguments or access that are too broad.
    Exposure,
    /// The code that is installed or started can change.
    SupplyChain,
    /// A secret that others can read.
    Secret,
    /// The server deviates from the protocol.
    Protocol,
    /// The definition contains too little information.
    Quality,
}

impl FindingKind {
    /// The name used in rules and reports.
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

/// A problem of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of the ruleset entry, kebab-case.
    pub id: String,
    /// The kind of problem.
    pub kind: FindingKind,
    /// How severe it is.
    pub severity: Severity,
    /// The tool that it is about. `None` if it is about the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The description. For a contradiction it quotes both sides.
    pub text: String,
    /// Set if the user's configuration accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// True if the baseline contains it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// The quoted words of the definition, if known. They are marked where the definition is shown.
    #[serde(skip)]
    pub quote: Option<String>,
    /// The index of the tool in the listing, because tool names are not unique.
    #[serde(skip)]
    pub tool_index: Option<usize>,
    /// A digest of what was judged, by which a baseline tells it from another finding of the same rule in the same place: for an
    /// attack the texts that were read, for a problem of a package its name. `None` for other findings.
    #[serde(skip)]
    pub content_digest: Option<String>,
}

impl Finding {
    /// True for an attack of severity High or above that is not ignored. Every policy denies the tool.
    pub(crate) fn is_sure_attack(&self) -> bool {
        self.kind == FindingKind::Attack && self.severity >= Severity::High && self.ignored.is_none()
    }

    /// The suppression reason in words, if any.
    pub(crate) fn suppression(&self) -> Option<String> {
        suppression(self.ignored.as_ref(), self.known)
    }
}
