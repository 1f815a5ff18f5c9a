//! agentgateway's authorization: CEL expressions over the tool's name, of which one must hold. Tools that none of them
//! permits are not listed either.

use std::fmt::Write;

use crate::model::{Decision, PolicyAction};
use crate::policy::Rule;

use super::about;
use super::cel;
use super::proxy::Proxy;
use super::stated::{Stated, is_plain_name};

pub(crate) const FORMAT: Proxy = Proxy {
    name: "agentgateway",
    title: "agentgateway",
    reader: "agentgateway",
    tab: "agentgateway",
    note: "Authorization by the names of tools, in the configuration of agentgateway.",
    file: "`mcpAuthorization` in the configuration of agentgateway",
    download: "agentgateway.yaml",
    extension: "yaml",
    can: ["no: denied", "as denied", "no: reported", "no: guarded tools are denied"],
    checked: "source",
    hides_refused: true,
    state,
    fits: None,
    write: |policy| Ok(about::comment(policy) + &authorization(&policy.key, &policy.rules)),
    fragment: |rule| Ok(authorization("SERVER", std::slice::from_ref(rule))),
    remarks: |_| Vec::new(),
    read: None,
};

/// What this format states for `rule`.
fn state(rule: &Rule) -> Stated {
    if !is_plain_name(&rule.tool) {
        return Stated::unnamed("The tool's name has characters that are not written here; the default denies it.");
    }
    let allows = rule.decision.action == PolicyAction::Allow;
    if allows && rule.decision.guards.iter().any(|guard| !rule.may_leave_out(guard)) {
        let note = "This format looks at no argument, so a tool with guards is denied.";
        return Stated::strictly(Decision::deny(rule.decision.reason.clone()), note);
    }
    Stated::exactly(rule).with_guards(rule, |_| None).without_limits().with_hidden_denied()
}

/// The rules for the target `server`. Without any rule everything would pass.
fn authorization(server: &str, rules: &[Rule]) -> String {
    let is_allowed = |rule: &&Rule| state(rule).decision.is_some_and(|decision| !decision.action.refuses());
    let mut text = String::from("mcpAuthorization:\n  rules:");
    let before = text.len();
    for rule in rules.iter().filter(is_allowed) {
        let (tool, server) = (cel::text(&rule.tool), cel::text(server));
        let _ = write!(text, "\n    - 'mcp.tool.name == {tool} && mcp.tool.target == {server}'");
    }
    if text.len() == before {
        text.push_str("\n    - 'false'");
    }
    text + "\n"
}
