//! Finds the only tool of a server that changes something, with signals that no other tool has.

use serde::{Deserialize, Serialize};

use super::views::OnServer;
use crate::model::{Category, Signal, ToolReport};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str =
    "the only tool of a server that does more than read, with one of the signals that no other tool has";

/// Fewest other tools that show the purpose of a server.
const MIN_OTHERS: usize = 4;

/// Signals of tools that change something.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoneWritingTool {
    /// Ids of entries in `signals.yaml`.
    signals: Vec<String>,
}

impl LoneWritingTool {
    /// The tool that differs from all others.
    pub(crate) fn find(&self, tools: &[ToolReport]) -> Option<OnServer> {
        let (at, tool) = tools.iter().enumerate().find(|(_, tool)| writes(tool))?;
        let others = || tools.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, tool)| tool);
        if others().count() < MIN_OTHERS || others().any(writes) {
            return None;
        }
        let has = |tool: &ToolReport, id: &str| tool.assessment.signals.iter().any(|signal| signal.id == id);
        let is_its_own =
            |signal: &&Signal| self.signals.contains(&signal.id) && !others().any(|tool| has(tool, &signal.id));
        let means = tool.assessment.signals.iter().find(is_its_own)?;
        let text =
            format!("All other tools only read; this one {} and is {}.", lower(&means.text), tool.assessment.category);
        Some(OnServer { tool: Some(at), text })
    }
}

pub(crate) fn writes(tool: &ToolReport) -> bool {
    tool.assessment.category != Category::Read
}

/// A signal's text with a lower-case first letter, for use within a sentence.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
