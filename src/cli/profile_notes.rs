//! Reports what each profile would allow, in one sentence each.

use super::diagnose::Messages;
use crate::model::{Decision, Report, ToolReport};
use crate::policy::dialect::said;
use crate::policy::{Dialect, Exposure};
use crate::rules::{Profile, Ruleset};
use crate::text::prose;

/// Reports how many tools of `report` each profile leaves available. The counts are those of the file that it writes:
/// settings of a client ask about what the policy allows within limits. With several formats, those of the policy.
pub(crate) fn report(report: &Report, dialects: &[Dialect], ruleset: &Ruleset, messages: Messages) {
    let dialect = if let [dialect] = dialects { *dialect } else { Dialect::INTERCEPT };
    let stated = |tool: &ToolReport, decision: Decision| match dialect {
        Dialect::Proxy(_) => decision.action,
        Dialect::Client(_) => said(tool, decision, dialect).action,
    };
    let left = |profile: &Profile| {
        let each = report.servers.iter().map(|server| Exposure::new(server, profile, stated, ruleset));
        each.fold(Exposure::default(), Exposure::plus)
    };
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
