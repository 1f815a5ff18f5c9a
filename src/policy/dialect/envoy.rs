//! The authorization of a route of the Envoy AI Gateway: tools that may be called, each with a CEL expression over its
//! arguments; the rest is denied. An expression that fails permits nothing, so only permissions are written.

use std::fmt::Write;

use crate::model::{Check, Guard, PolicyAction};
use crate::policy::Rule;

use super::about;
use super::cel;
use super::proxy::Proxy;
use super::stated::{Stated, is_plain_name};

pub(crate) const FORMAT: Proxy = Proxy {
    name: "envoy",
    title: "Envoy AI Gateway",
    reader: "the Envoy AI Gateway",
    tab: "Envoy AI Gateway",
    note: "The authorization of an MCPRoute of the Envoy AI Gateway, as a patch.",
    file: "`securityPolicy.authorization` of an `MCPRoute`, for `kubectl patch --type merge --patch-file`",
    download: "envoy.yaml",
    extension: "yaml",
    can: ["no: denied", "no: denied", "no: reported", "all but totals"],
    checked: "third party",
    hides_refused: false,
    state,
    write: |policy| Ok(about::comment(policy) + &patch(&policy.key, &policy.rules)),
    fragment: |rule| Ok(patch("SERVER", std::slice::from_ref(rule))),
    remarks: |_| Vec::new(),
    read: None,
};

/// Where an expression finds the arguments of a call.
const ARGUMENTS: &str = "request.mcp.params.arguments";

/// What this format states for `rule`.
fn state(rule: &Rule) -> Stated {
    if !is_plain_name(&rule.tool) {
        return Stated::unnamed("The tool's name has characters that are not written here; the default denies it.");
    }
    let say = |guard: &Guard| cel::guard(guard, ARGUMENTS).map(|_| Guard { asks: false, ..guard.clone() });
    let mut stated = Stated::exactly(rule).with_guards(say).without_limits();
    if rule.decision.action == PolicyAction::Allow && rule.decision.guards.iter().any(|guard| guard.asks) {
        let refused = "This format cannot ask a person, so the calls about which one would be asked are refused.";
        stated.note.get_or_insert_with(|| refused.into());
    }
    stated.with_hidden_denied()
}

/// The patch of a route that leads to the backend `server`.
fn patch(server: &str, rules: &[Rule]) -> String {
    let mut text =
        String::from("spec:\n  securityPolicy:\n    authorization:\n      defaultAction: Deny\n      rules:");
    let before = text.len();
    for rule in rules {
        let Some(decision) = state(rule).decision.filter(|decision| !decision.action.refuses()) else { continue };
        let (server, tool) = (cel::text(server), cel::text(&rule.tool));
        let _ = write!(
            text,
            "\n        - action: Allow\n          target:\n            tools:\n              - backend: {server}\n                tool: {tool}"
        );
        let guards = decision.guards.iter().filter(|guard| !matches!(guard.check, Check::Total(_)));
        let guards: Vec<String> = guards.filter_map(|guard| cel::guard(guard, ARGUMENTS)).collect();
        if !guards.is_empty() {
            let _ = write!(text, "\n          cel: {}", cel::text(&guards.join(" && ")));
        }
    }
    if text.len() == before {
        text.push_str(" []");
    }
    text + "\n"
}
