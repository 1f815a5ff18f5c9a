//! Categories and severities. What each means is decided in the risk model: the most severe thing one call can do.

use serde::{Deserialize, Serialize};

/// What one call can do to the systems behind the server, mildest first, so that `max` gives the most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// Retrieves or computes; nothing outlives the call.
    Read,
    /// Creates or changes state in a way that a later ordinary call can set right.
    Write,
    /// Runs code, a query that may write, a process or another tool.
    Execute,
    /// Deletes, revokes or overwrites with no undo in ordinary use.
    Destructive,
    /// Moves money or commits someone to pay.
    Financial,
}

impl Category {
    /// All categories, mildest first.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Execute, Self::Destructive, Self::Financial];

    /// The name as it is written in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Execute => "Execute",
            Self::Destructive => "Destructive",
            Self::Financial => "Financial",
        }
    }

    /// Severity follows the category alone.
    pub fn severity(self) -> Severity {
        match self {
            Self::Read => Severity::Low,
            Self::Write => Severity::Medium,
            Self::Execute => Severity::High,
            Self::Destructive | Self::Financial => Severity::Critical,
        }
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// How grave a category is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Read.
    Low,
    /// Write.
    Medium,
    /// Execute.
    High,
    /// Destructive and Financial.
    Critical,
}

impl Severity {
    /// All severities, mildest first.
    pub(crate) const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name as it is written in every output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
