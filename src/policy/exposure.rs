//! How many tools of a server a profile exposes to an agent, and how many context tokens hiding the others saves.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Rule, by_profile, settings};
use crate::model::{Decision, PolicyAction, Schema, ServerReport, Tool, ToolReport};
use crate::rules::{Profile, Ruleset};
use crate::text::prose;

/// Bytes of JSON per token: a rule of thumb for English text and keys. The true number depends on the model.
const BYTES_PER_TOKEN: usize = 4;

/// Counts of tools by action. Tools with the same name count once, as in a policy file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// Tools that can be called.
    pub(crate) allowed: usize,
    /// Tools that need approval.
    pub(crate) asked: usize,
    /// Tools that are denied.
    pub(crate) denied: usize,
    /// Tools that are denied and not listed.
    pub(crate) hidden: usize,
    /// About how many context tokens the definitions of the hidden tools take.
    pub(crate) saved_tokens: usize,
}

impl Exposure {
    /// The exposure of `server` under `profile`, in a file that says `stated` for a decision.
    pub(crate) fn new(
        server: &ServerReport,
        profile: &Profile,
        stated: impl Fn(&ToolReport, Decision) -> PolicyAction + Sync,
        ruleset: &Ruleset,
    ) -> Self {
        let settings = settings(&server.server, ruleset);
        let action = |report: &ToolReport| match report.has_sure_attack() {
            true => PolicyAction::Deny,
            false => stated(report, by_profile(&report.tool, &report.assessment, profile, ruleset, &settings)),
        };
        let each: Vec<PolicyAction> = server.tools.par_iter().map(action).collect();
        let mut actions: BTreeMap<&str, (PolicyAction, usize)> = BTreeMap::new();
        for (report, action) in server.tools.iter().zip(each) {
            let so_far = actions.entry(&report.tool.name).or_insert((action, 0));
            *so_far = (so_far.0.max(action), so_far.1 + tokens(&report.tool));
        }
        actions.into_values().fold(Self::default(), |so_far, (action, tokens)| so_far.with(action, tokens))
    }

    /// The exposure under `rules`.
    pub(crate) fn of_rules<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        rules.fold(Self::default(), |so_far, rule| so_far.with(rule.decision.action, 0))
    }

    /// Adds a tool.
    fn with(self, action: PolicyAction, tokens: usize) -> Self {
        match action {
            PolicyAction::Allow => Self { allowed: self.allowed + 1, ..self },
            PolicyAction::Approve => Self { asked: self.asked + 1, ..self },
            PolicyAction::Deny => Self { denied: self.denied + 1, ..self },
            PolicyAction::Hide => Self { hidden: self.hidden + 1, saved_tokens: self.saved_tokens + tokens, ..self },
        }
    }

    /// The sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            allowed: self.allowed + other.allowed,
            asked: self.asked + other.asked,
            denied: self.denied + other.denied,
            hidden: self.hidden + other.hidden,
            saved_tokens: self.saved_tokens + other.saved_tokens,
        }
    }

    /// The number of tools.
    pub(crate) fn tools(self) -> usize {
        self.allowed + self.asked + self.denied + self.hidden
    }

    /// A summary: `allows 9, asks about 1 and denies 5`.
    pub(crate) fn words(self) -> String {
        let Self { allowed, asked, denied, hidden, saved_tokens: _ } = self;
        let parts = [("allows", allowed), ("asks about", asked), ("denies", denied), ("hides", hidden)];
        let parts = parts.into_iter().filter(|(_, count)| *count > 0);
        prose::list(&parts.map(|(verb, count)| format!("{verb} {}", prose::thousands(count))).collect::<Vec<_>>())
    }
}

/// About how many context tokens the definition of `tool` takes. Clients pass its name, description and input schema to
/// the model.
fn tokens(tool: &Tool) -> usize {
    let schema = tool.input_schema.as_ref().map_or(0, Schema::size);
    (tool.name.len() + tool.description.as_deref().map_or(0, str::len) + schema).div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::flatten;

    #[test]
    fn a_stricter_profile_leaves_fewer_tools_and_saves_what_it_hides() {
        let ruleset = Ruleset::builtin().unwrap();
        let report = |name: &str| {
            let schema = json!({"type": "object", "properties": {"id": {"type": "string"}}});
            let tool = Tool {
                name: name.into(),
                parameters: flatten(&schema).parameters,
                input_schema: Some((&schema).into()),
                ..Tool::default()
            };
            crate::assess_tool(tool, &ruleset)
        };
        let tools = ["list_users", "create_user", "run_job", "delete_user", "pay_invoice", "pay_invoice"].map(report);
        let server = crate::policy::tests::server("Ledger", tools.into());
        let of = |id: &str| {
            let profile = ruleset.profiles.iter().find(|profile| profile.id == id).unwrap();
            Exposure::new(&server, profile, |_, decision| decision.action, &ruleset)
        };
        assert_eq!(of("starter").words(), "allows 1, asks about 2 and denies 2");
        assert_eq!(of("no-money").words(), "allows 1, asks about 3 and hides 1");
        assert_eq!(of("no-irreversible").words(), "allows 1, asks about 2 and hides 2");
        assert_eq!(of("strict").words(), "allows 1, asks about 1 and hides 3");
        assert_eq!(of("read-only").words(), "allows 1 and hides 4");
        let definition = "pay_invoice".len() + r#"{"type":"object","properties":{"id":{"type":"string"}}}"#.len();
        assert_eq!(of("no-money").saved_tokens, 2 * definition.div_ceil(4));
    }
}
