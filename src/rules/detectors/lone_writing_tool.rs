//! The one tool of a server that changes something, by means that no other tool has.

use serde::{Deserialize, Serialize};

use super::views::OnServer;
use crate::model::{Category, Signal, ToolReport};

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str =
    "the only tool of a server that does more than read, with one of the signals that no other tool has";

/// Fewest other tools from which the purpose of a server can be told.
const MIN_OTHERS: usize = 4;

/// Means of changing something.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoneWritingTool {
    /// Ids of signals.yaml.
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

/// True for a tool that does more than read.
pub(crate) fn writes(tool: &ToolReport) -> bool {
    tool.assessment.category != Category::Read
}

/// A signal's text inside a sentence.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
