//! What a scan comes to: warnings, the gate, the exit code.

use super::Exit;
use super::diagnose::Messages;
use crate::audit::gate::Threshold;
use crate::config::Used;
use crate::model::ToolReport;
use crate::text::prose;

/// Counted as the tools go by, so that a stream needs no list of them.
#[derive(Debug)]
pub struct Tally {
    threshold: Option<Threshold>,
    /// Which entries of the configuration left a mark.
    pub used: Used,
    failed: usize,
    empty: usize,
}

impl Tally {
    /// Nothing counted yet; with a threshold there is a gate.
    pub fn new(threshold: Option<Threshold>) -> Self {
        Self { threshold, used: Used::default(), failed: 0, empty: 0 }
    }

    /// Counts one tool.
    pub fn tool(&mut self, tool: &ToolReport) {
        self.used.note(tool);
        self.failed += usize::from(self.threshold.is_some_and(|threshold| threshold.fails(&tool.assessment)));
    }

    /// Counts one listing by how many tools it has; one without any is doubtful, for what should have been judged
    /// was not seen.
    pub fn listing(&mut self, name: &str, tools: usize, messages: Messages) {
        if tools == 0 {
            self.empty += 1;
            messages.warning(&format!("{name} lists no tools"));
        }
    }

    /// The exit code, and what the gate says. A gate that failed outweighs a target that could not be read: it has
    /// failed whatever that target holds.
    pub fn exit(&self, all_read: bool, messages: Messages) -> Exit {
        if let Some(threshold) = self.threshold
            && self.failed + self.empty > 0
        {
            let tools = (self.failed > 0).then(|| format!("{} at {threshold}", prose::count(self.failed, "tool")));
            let empty = (self.empty > 0).then(|| format!("{} without tools", prose::count(self.empty, "server")));
            let reasons: Vec<String> = tools.into_iter().chain(empty).collect();
            messages.failure(&format!("the gate failed: {}", prose::list(&reasons)));
            return Exit::GateFailed;
        }
        if all_read { Exit::Done } else { Exit::Unread }
    }
}
