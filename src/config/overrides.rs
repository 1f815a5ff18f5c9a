//! Overrides: verdicts of a person that replace those of the rules.

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

/// Why an entry is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OverrideError {
    /// It has neither a category nor a score.
    #[error("an override gives a category, a score or both")]
    Nothing,
    /// The score is not 1 to 5.
    #[error("a score is 1 to 5")]
    Score,
    /// The reason is empty.
    #[error("an override gives its reason")]
    NoReason,
}

/// The entry as deserialized.
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
    /// True if it matches the tool named `tool` on this server.
    pub(crate) fn is_for(&self, server: &ServerIdentity, tool: &str) -> bool {
        self.tool.fits(tool) && self.servers.fits(server)
    }

    /// What it matches, in words.
    pub(crate) fn looks_for(&self) -> String {
        format!("tool {} of server {}", self.tool.text(), self.servers.text())
    }

    /// What it requests, in words.
    pub(crate) fn request(&self) -> String {
        let category = self.category.map(|category| format!("category {category}"));
        let score = self.score.map(|score| format!("score {score}"));
        let verdict: Vec<String> = category.into_iter().chain(score).collect();
        format!("judge {} as {}", self.looks_for(), verdict.join(", "))
    }

    /// Replaces the verdict of the rules, which is kept next to the new one. A missing score follows from the category.
    /// The confidence is high because a person decided.
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
