//! What each profile would leave of the servers, a sentence each.

use super::diagnose::Messages;
use crate::model::Report;
use crate::policy::Exposure;
use crate::rules::{Profile, Ruleset};
use crate::text::prose;

/// Reports what each profile leaves of the tools of `report`; the counts are those of the policy that it writes.
pub(crate) fn report(report: &Report, ruleset: &Ruleset, messages: Messages) {
    let left = |profile: &Profile| {
        let each = report.servers.iter().map(|server| Exposure::new(server, profile, ruleset));
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
