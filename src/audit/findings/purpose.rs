//! What a server's tools do beside what the server is there for.

use super::finding;
use super::schema::names;
use crate::model::{Category, Confidence, Finding, Server, Signal, ToolReport};
use crate::rules::{Detect, FindingRule, Ruleset};
use crate::text::clean;
use crate::text::words::Words;

/// Most characters of a quotation.
const MAX_QUOTE: usize = 100;
/// With fewer other tools, nothing tells what is usual on a server.
const FEW: usize = 4;

/// Tools that surely change something, on a server that is said to read only.
pub fn contradicted(rule: &FindingRule, server: &Server, tools: &[ToolReport]) -> Option<String> {
    let said = [Some(&server.name), server.title.as_ref(), server.instructions.as_ref()];
    let quote = said.into_iter().flatten().find_map(|text| {
        let words = Words::of(text.as_str());
        let found = rule.phrases.find(&words).into_iter().find(|found| found.owner)?;
        Some(clean::excerpt(words.text(found.from, found.to), MAX_QUOTE))
    })?;
    let surely = |tool: &&ToolReport| writes(tool) && tool.assessment.confidence == Confidence::High;
    let changing: Vec<&str> = tools.iter().filter(surely).map(|tool| tool.tool.name.as_str()).collect();
    let does = if changing.len() == 1 { "does" } else { "do" };
    (!changing.is_empty()).then(|| format!("The server says \"{quote}\", but {} {does} more.", names(&changing)))
}

/// The place of the one tool of a server that changes something, if it does so by means that no other tool has, and
/// the finding on it.
pub fn lone_writer(tools: &[ToolReport], ruleset: &Ruleset) -> Option<(usize, Finding)> {
    let rule = ruleset.findings.iter().find(|rule| rule.entry.detect == Detect::LoneWritingTool)?;
    let (at, tool) = tools.iter().enumerate().find(|(_, tool)| writes(tool))?;
    let others = || tools.iter().enumerate().filter(|(nth, _)| *nth != at).map(|(_, tool)| tool);
    if others().count() < FEW || others().any(writes) {
        return None;
    }
    let has = |tool: &ToolReport, id: &str| tool.assessment.signals.iter().any(|signal| signal.id == id);
    let its_own =
        |signal: &&Signal| rule.entry.signals.contains(&signal.id) && !others().any(|tool| has(tool, &signal.id));
    let means = tool.assessment.signals.iter().find(its_own)?;
    let text =
        format!("All other tools only read; this one {} and is {}.", lower(&means.text), tool.assessment.category);
    Some((at, finding(rule, rule.severity(&tool.assessment), Some(&tool.tool.name), text)))
}

fn writes(tool: &ToolReport) -> bool {
    tool.assessment.category != Category::Read
}

/// A signal's text inside a sentence.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
