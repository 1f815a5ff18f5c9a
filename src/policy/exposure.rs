//! How much of a server a profile leaves to an agent, and what the rest would have cost to carry around.

use super::by_profile;
use crate::model::{PolicyAction, Schema, Tool, ToolReport};
use crate::rules::{Profile, Ruleset};

/// Bytes of JSON to a token: a rule of thumb for English text and keys; the true number is the model's own.
const BYTES_PER_TOKEN: usize = 4;

/// What a profile leaves of some tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exposure {
    /// How many tools there are.
    pub tools: usize,
    /// How many may be called, with or without a person's approval.
    pub stay: usize,
    /// How many are hidden.
    pub hidden: usize,
    /// About how many tokens of a model's context the definitions of the hidden ones take.
    pub saved_tokens: usize,
}

/// What `profile` leaves of `tools`.
pub fn exposure<'t>(tools: impl Iterator<Item = &'t ToolReport>, profile: &Profile, ruleset: &Ruleset) -> Exposure {
    tools.fold(Exposure::default(), |so_far, report| {
        let action = by_profile(&report.tool, &report.assessment, profile, ruleset, &ruleset.settings).action;
        let is_hidden = action == PolicyAction::Hide;
        Exposure {
            tools: so_far.tools + 1,
            stay: so_far.stay + usize::from(!action.refuses()),
            hidden: so_far.hidden + usize::from(is_hidden),
            saved_tokens: so_far.saved_tokens + if is_hidden { tokens(&report.tool) } else { 0 },
        }
    })
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
        let tools = ["list_users", "create_user", "run_job", "delete_user", "pay_invoice"].map(report);
        let of = |id: &str| {
            let profile = ruleset.profiles.iter().find(|profile| profile.id == id).unwrap();
            exposure(tools.iter(), profile, &ruleset)
        };
        let stay = |id: &str| (of(id).stay, of(id).hidden);
        assert_eq!(stay("starter"), (3, 0));
        assert_eq!(stay("no-money"), (4, 1));
        assert_eq!(stay("no-irreversible"), (3, 2));
        assert_eq!(stay("strict"), (2, 3));
        assert_eq!(stay("read-only"), (1, 4));
        let definition = "pay_invoice".len() + r#"{"type":"object","properties":{"id":{"type":"string"}}}"#.len();
        assert_eq!(of("no-money").saved_tokens, definition.div_ceil(4));
    }
}
