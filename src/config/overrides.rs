//! A verdict that a person puts in the place of the rules' own.

use serde::Deserialize;

use super::{Pattern, ServerIdentity, ServerPattern};
use crate::classify::score;
use crate::model::{Assessment, Category, Confidence, Overridden, Score};
use crate::rules::Ruleset;

/// An entry of `overrides`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Override {
    servers: ServerPattern,
    tool: Pattern,
    category: Option<Category>,
    score: Option<u8>,
    reason: String,
}

/// Why an entry is no override.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OverrideError {
    /// It overrides nothing.
    #[error("an override gives a category, a score or both")]
    Nothing,
    /// The score is not 1 to 5.
    #[error("a score is 1 to 5")]
    Score,
    /// The reason is empty.
    #[error("an override gives its reason")]
    NoReason,
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    server: Pattern,
    reported_name: Option<Pattern>,
    tool: Pattern,
    category: Option<Category>,
    score: Option<u8>,
    reason: String,
}

impl TryFrom<Unchecked> for Override {
    type Error = OverrideError;

    fn try_from(entry: Unchecked) -> Result<Self, OverrideError> {
        let Unchecked { server, reported_name, tool, category, score, reason } = entry;
        if category.is_none() && score.is_none() {
            return Err(OverrideError::Nothing);
        }
        if score.is_some_and(|score| !(1..=5).contains(&score)) {
            return Err(OverrideError::Score);
        }
        if reason.trim().is_empty() {
            return Err(OverrideError::NoReason);
        }
        Ok(Self { servers: ServerPattern::new(server, reported_name), tool, category, score, reason })
    }
}

impl Override {
    /// True when it is for the tool of that name on this server.
    pub(crate) fn is_for(&self, server: &ServerIdentity, tool: &str) -> bool {
        self.tool.fits(tool) && self.servers.fits(server)
    }

    /// What it looks for, for people.
    pub(crate) fn looks_for(&self) -> String {
        format!("tool {} of server {}", self.tool.text(), self.servers.text())
    }

    /// What it asks for, for people.
    pub(crate) fn request(&self) -> String {
        let category = self.category.map(|category| format!("category {category}"));
        let score = self.score.map(|score| format!("score {score}"));
        let verdict: Vec<String> = category.into_iter().chain(score).collect();
        format!("judge {} as {}", self.looks_for(), verdict.join(", "))
    }

    /// Puts its verdict in the place of the rules' own, which is kept beside it. A score that is not given follows from
    /// the category; what a person decided is certain.
    pub(crate) fn apply(&self, entry: usize, verdict: &mut Assessment, ruleset: &Ruleset) {
        let own = Overridden {
            reason: self.reason.clone(),
            category: verdict.category,
            score: verdict.score.clone(),
            confidence: verdict.confidence,
            entry,
        };
        if let Some(category) = self.category {
            verdict.category = category;
            verdict.severity = category.severity();
            verdict.confidence = Confidence::High;
        }
        verdict.score = match self.score {
            Some(value) => Score { value, arithmetic: format!("{value} (override)") },
            None => score(verdict.category, &verdict.signals, &ruleset.scoring),
        };
        verdict.overridden = Some(Box::new(own));
    }
}
