//! Reports what each profile would allow, in one sentence each.

use super::diagnose::Messages;
use crate::model::{Decision, PolicyAction, Report, ToolRef, ToolReport};
use crate::policy::dialect::stated_decision;
use crate::policy::{Dialect, Exposure};
use crate::rules::{Profile, Ruleset};
use crate::text::prose;

/// Most tools named that cut flows.
const MAX_CUT: usize = 5;

/// Reports the flows that the written policy leaves possible: each of their steps has a tool that is not denied.
fn note_flows(report: &Report, stated: &dyn Fn(&ToolReport, Decision) -> PolicyAction, messages: Messages) {
    let is_left = |tool: &ToolRef| {
        let found = report.indices_of(tool).map(|(server, tool)| &report.servers[server].tools[tool]);
        found.is_some_and(|tool| !stated(tool, tool.decision.clone()).refuses())
    };
    let open = report.flows.found.iter().filter(|flow| flow.suppression().is_none());
    let left = open.filter(|flow| flow.steps.iter().all(|step| step.tools.iter().any(is_left)));
    let titles: Vec<String> = left.map(|flow| flow.title.to_lowercase()).collect();
    if !titles.is_empty() {
        // What the policy refuses already cuts nothing more.
        let cut: Vec<&str> =
            report.flows.cut.iter().filter(|tool| is_left(tool)).map(|tool| tool.tool.as_str()).collect();
        let more = if cut.len() > MAX_CUT { " and others" } else { "" };
        let (them, flows) = if titles.len() == 1 { ("it", "this flow") } else { ("them", "these flows") };
        let named = cut.iter().take(MAX_CUT).copied().collect::<Vec<_>>().join(", ");
        let denying = if cut.is_empty() { String::new() } else { format!("; denying {named}{more} cuts {them}") };
        messages.note(&format!("the policy leaves {flows} possible: {}{denying}", titles.join("; ")));
    }
}

/// Reports how many tools of `report` each profile leaves available. The counts are those of the file that it writes:
/// settings of a client ask about what the policy allows within limits. With several formats, those of the policy.
pub(crate) fn report(report: &Report, dialects: &[Dialect], ruleset: &Ruleset, messages: Messages) {
    if messages.quiet {
        return;
    }
    let dialect = if let [dialect] = dialects { *dialect } else { Dialect::INTERCEPT };
    let stated = |tool: &ToolReport, decision: Decision| match dialect {
        Dialect::Proxy(_) => decision.action,
        Dialect::Client(_) => stated_decision(tool, decision, dialect).action,
    };
    let left = |profile: &Profile| {
        let each = report.servers.iter().map(|server| Exposure::new(server, profile, stated, ruleset));
        each.fold(Exposure::default(), Exposure::plus)
    };
    note_flows(report, &stated, messages);
    for profile in &ruleset.profiles {
        let left = left(profile);
        let tools = prose::count(left.tools(), "tool");
        let saved = match left.saved_tokens {
            0 => String::new(),
            tokens => format!(" (saves about {} tokens of context)", prose::thousands(tokens)),
        };
        messages.note(&format!("of {tools}, profile {} {}{saved}", profile.id, left.words()));
    }
}
