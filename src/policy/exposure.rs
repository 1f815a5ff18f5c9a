//! How much of a server a profile leaves to an agent, and what the rest would have cost to carry around.

use std::collections::BTreeMap;

use super::{Rule, by_profile, settings};
use crate::model::{PolicyAction, Schema, ServerReport, Tool};
use crate::rules::{Profile, Ruleset};
use crate::text::prose;

/// Bytes of JSON to a token: a rule of thumb for English text and keys; the true number is the model's own.
const BYTES_PER_TOKEN: usize = 4;

/// What a profile leaves of some tools. Tools of one name count once, as in a policy file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// How many may be called.
    pub(crate) allowed: usize,
    /// How many wait for a person's approval.
    pub(crate) asked: usize,
    /// How many are refused.
    pub(crate) denied: usize,
    /// How many are refused and not listed.
    pub(crate) hidden: usize,
    /// About how many tokens of a model's context the definitions of the hidden ones take.
    pub(crate) saved_tokens: usize,
}

impl Exposure {
    /// What `profile` leaves of the tools of `server`.
    pub(crate) fn new(server: &ServerReport, profile: &Profile, ruleset: &Ruleset) -> Self {
        let settings = settings(&server.server, ruleset);
        let mut actions: BTreeMap<&str, (PolicyAction, usize)> = BTreeMap::new();
        for report in &server.tools {
            let action = match report.has_sure_attack() {
                true => PolicyAction::Deny,
                false => by_profile(&report.tool, &report.assessment, profile, ruleset, &settings).action,
            };
            let so_far = actions.entry(&report.tool.name).or_insert((action, 0));
            *so_far = (so_far.0.max(action), so_far.1 + tokens(&report.tool));
        }
        actions.into_values().fold(Self::default(), |so_far, (action, tokens)| so_far.with(action, tokens))
    }

    /// What `rules` leave.
    pub(crate) fn of_rules<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        rules.fold(Self::default(), |so_far, rule| so_far.with(rule.decision.action, 0))
    }

    /// The same with one tool more.
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

    /// How many there are.
    pub(crate) fn tools(self) -> usize {
        self.allowed + self.asked + self.denied + self.hidden
    }

    /// `allows 9, asks about 1 and denies 5`.
    pub(crate) fn words(self) -> String {
        let Self { allowed, asked, denied, hidden, saved_tokens: _ } = self;
        let parts = [("allows", allowed), ("asks about", asked), ("denies", denied), ("hides", hidden)];
        let parts = parts.into_iter().filter(|(_, count)| *count > 0);
        prose::list(&parts.map(|(verb, count)| format!("{verb} {}", prose::thousands(count))).collect::<Vec<_>>())
    }
}

/// About how many tokens the definition of `tool` takes in a model's context: what a client hands over of it is its
/// name, its description and its input schema.
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
            Exposure::new(&server, profile, &ruleset)
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
