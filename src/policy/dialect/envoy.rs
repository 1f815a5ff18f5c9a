//! The authorization of a route of the Envoy AI Gateway: tools that may be called, each with a CEL expression over its
//! arguments; the rest is denied. An expression that fails permits nothing, so only permissions are written.
//!
//! The resource bounds what it holds, and a file beyond that is refused as a whole. Sources: envoyproxy/ai-gateway,
//! `MCPRouteAuthorization` in the API (the bounds), internal/mcpproxy/authorization.go (costs, and that a request that lists
//! tools is decided by the same rules).

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::model::{Check, Condition, Decision, Guard, Op, PolicyAction};
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
    can: ["no: denied", "no: denied", "no: reported", "all but totals; what is too long is denied"],
    checked: "third party",
    hides_refused: false,
    state,
    fits: Some(fitting),
    write: |policy| Ok(about::comment(policy) + &patch(&policy.key, &policy.rules)),
    fragment: |rule| Ok(patch("SERVER", std::slice::from_ref(rule))),
    remarks: |_| Vec::new(),
    read: None,
};

/// Where an expression finds the arguments of a call.
const ARGUMENTS: &str = "request.mcp.params.arguments";
/// Holds where a rule decides whether a tool is listed: the parameters are then those of the request that lists the tools.
/// The method is "tools/call" there too.
const LISTED: &str = "!has(request.mcp.params.name) && !has(request.mcp.params.arguments)";
/// Most characters of an expression.
const MAX_EXPRESSION: usize = 4096;
/// Most characters of the expression of one guard. The gateway gives up an expression above a cost of 10,000, and the cost of
/// a pattern grows with its length and that of the text.
const MAX_GUARD: usize = 1_500;
/// Most rules of a route.
const MAX_RULES: usize = 32;
/// Most tools of a rule.
const MAX_TOOLS: usize = 16;

/// What this format states for `rule`.
fn state(rule: &Rule) -> Stated {
    if !is_plain_name(&rule.tool) {
        return Stated::unnamed("The tool's name has characters that are not written here; the default denies it.");
    }
    let fenced = Rule { decision: without_long_patterns(&rule.decision), ..rule.clone() };
    let say = |guard: &Guard| said(guard).map(|_| Guard { asks: false, ..guard.clone() });
    let mut stated = Stated::exactly(&fenced).with_guards(&fenced, say).without_limits();
    let expression = stated.decision.as_ref().and_then(expression);
    if expression.is_some_and(|expression| expression.chars().count() > MAX_EXPRESSION) {
        let note = "The guards of the tool are longer than an expression may be in this format, so it is denied.";
        return Stated::strictly(Decision::deny(rule.decision.reason.clone()), note);
    }
    if let Some(note) = shortened(&rule.decision) {
        stated.note.get_or_insert_with(|| note.into());
    }
    if rule.decision.action == PolicyAction::Allow && rule.decision.guards.iter().any(|guard| guard.asks) {
        let refused = "This format cannot ask a person, so the calls about which one would be asked are refused.";
        stated.note.get_or_insert_with(|| refused.into());
    }
    stated.with_hidden_denied()
}

/// How the patterns of `decision` that are too long are said, if there are any.
fn shortened(decision: &Decision) -> Option<&'static str> {
    let long: Vec<&Guard> = decision.guards.iter().filter(|guard| is_long(guard)).collect();
    if long.iter().any(|guard| !guard.fence.is_empty()) {
        return Some(
            "A pattern is longer than an expression may be in this format, so paths are refused by their parts, which lets \
             more pass.",
        );
    }
    let note = "A pattern is longer than an expression may be in this format, so its argument must be left out.";
    (!long.is_empty()).then_some(note)
}

/// True if the whole pattern of `guard` is too long.
fn is_long(guard: &Guard) -> bool {
    let whole = cel::guard(guard, ARGUMENTS);
    whole.is_some_and(|whole| whole.chars().count() > MAX_GUARD)
}

/// `decision` with its patterns as this format says them: one that is too long needs the parts of its fence, or, where it
/// has none and the argument may be left out, that it is.
fn without_long_patterns(decision: &Decision) -> Decision {
    let shorter = |guard: &Guard| match &guard.check {
        Check::Argument(condition) if is_long(guard) && condition.absent_passes && guard.fence.is_empty() => {
            let condition = Condition { op: Op::Exists, value: false.into(), ..condition.clone() };
            Guard { check: Check::Argument(condition), ..guard.clone() }
        }
        Check::Argument(_) | Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => guard.clone(),
    };
    Decision { guards: decision.guards.iter().map(shorter).collect(), ..decision.clone() }
}

/// The guard in CEL: by the parts of its fence, if it has one and the pattern itself is too long.
fn said(guard: &Guard) -> Option<String> {
    if !guard.fence.is_empty() && is_long(guard) { cel::fence(guard, ARGUMENTS) } else { cel::guard(guard, ARGUMENTS) }
}

/// The expression for the calls of a tool; `None` if all pass.
fn expression(decision: &Decision) -> Option<String> {
    let guards: Vec<String> = decision.guards.iter().filter_map(said).collect();
    (!guards.is_empty()).then(|| format!("{LISTED} || ({})", guards.join(" && ")))
}

/// A rule of the route: the tools that share an expression.
struct Permission {
    expression: Option<String>,
    tools: Vec<String>,
}

/// The rules for `stated`, the tools that need no expression first. Of tools with one, those that come first.
fn permissions(rules: &[Rule], stated: &[Stated]) -> Vec<Permission> {
    let mut permissions: Vec<Permission> = Vec::new();
    let allowed = |stated: &Stated| stated.decision.clone().filter(|decision| !decision.action.refuses());
    let allowed: Vec<(&Rule, Option<String>)> =
        rules.iter().zip(stated).filter_map(|(rule, stated)| Some((rule, expression(&allowed(stated)?)))).collect();
    let (plain, guarded): (Vec<_>, Vec<_>) = allowed.into_iter().partition(|(_, expression)| expression.is_none());
    for (rule, expression) in plain.into_iter().chain(guarded) {
        let has_room =
            |permission: &&mut Permission| permission.expression == expression && permission.tools.len() < MAX_TOOLS;
        match permissions.iter_mut().find(has_room) {
            Some(permission) => permission.tools.push(rule.tool.clone()),
            None => permissions.push(Permission { expression, tools: vec![rule.tool.clone()] }),
        }
    }
    permissions
}

/// Denies the tools whose rules are too many for a route.
fn fitting(rules: &[Rule], stated: Vec<Stated>) -> Vec<Stated> {
    let permissions = permissions(rules, &stated);
    let beyond: BTreeSet<&str> =
        permissions.iter().skip(MAX_RULES).flat_map(|permission| &permission.tools).map(String::as_str).collect();
    let fit = |(rule, stated): (&Rule, Stated)| match beyond.contains(rule.tool.as_str()) {
        false => stated,
        true => {
            let note = format!("A route has at most {MAX_RULES} rules, so the tool is denied.");
            Stated::strictly(Decision::deny(rule.decision.reason.clone()), &note)
        }
    };
    rules.iter().zip(stated).map(fit).collect()
}

/// The patch of a route that leads to the backend `server`.
fn patch(server: &str, rules: &[Rule]) -> String {
    let mut text =
        String::from("spec:\n  securityPolicy:\n    authorization:\n      defaultAction: Deny\n      rules:");
    let stated: Vec<Stated> = rules.iter().map(state).collect();
    let permissions = permissions(rules, &stated);
    if permissions.is_empty() {
        text.push_str(" []");
    }
    let server = cel::text(server);
    for Permission { expression, tools } in permissions.into_iter().take(MAX_RULES) {
        text.push_str("\n        - action: Allow\n          target:\n            tools:");
        for tool in tools {
            let tool = cel::text(&tool);
            let _ = write!(text, "\n              - backend: {server}\n                tool: {tool}");
        }
        if let Some(expression) = expression {
            let _ = write!(text, "\n          cel: {}", cel::text(&expression));
        }
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Category;

    fn rule(tool: &str, guards: Vec<Guard>) -> Rule {
        Rule {
            tool: tool.into(),
            category: Category::Read,
            description: None,
            parameters: Vec::new(),
            decision: Decision { guards, ..Decision::allow() },
            overridden: None,
            confirm: false,
            claims_to_read: false,
            listed: 1,
        }
    }

    fn pattern(pattern: &str, absent_passes: bool) -> Guard {
        let condition = Condition { parameter: "a".into(), op: Op::Regex, value: json!(pattern), absent_passes };
        Guard::new("g", Check::Argument(condition))
    }

    #[test]
    fn a_route_has_no_more_than_its_resource_admits() {
        let mut rules: Vec<Rule> = (0..40).map(|n| rule(&format!("plain_{n}"), Vec::new())).collect();
        rules.extend((0..40).map(|n| rule(&format!("guarded_{n}"), vec![pattern(&format!("^{n}$"), false)])));
        rules.extend((0..3).map(|n| rule(&format!("same_{n}"), vec![pattern("^0$", false)])));
        let text = patch("shop", &rules);
        assert_eq!(text.matches("action: Allow").count(), MAX_RULES);
        let stated = fitting(&rules, rules.iter().map(state).collect());
        for (rule, stated) in rules.iter().zip(&stated) {
            let is_allowed = stated.decision.as_ref().is_some_and(|decision| !decision.action.refuses());
            assert_eq!(text.contains(&format!("tool: \"{}\"\n", rule.tool)), is_allowed, "{}", rule.tool);
            assert!(is_allowed || stated.note.as_ref().is_some_and(|note| note.contains("32 rules")), "{}", rule.tool);
        }
        let allowed = stated.iter().filter(|stated| stated.note.is_none()).count();
        assert_eq!(allowed, 40 + 29 + 3, "40 plain tools need three rules, and equal expressions one");
    }

    #[test]
    fn a_pattern_that_is_too_long_becomes_its_fence_or_a_denial() {
        let long = "x".repeat(MAX_EXPRESSION);
        let fenced = Guard { fence: vec!["..".into(), "/etc/".into()], ..pattern(&long, false) };
        let text = patch("shop", &[rule("read", vec![fenced.clone()])]);
        assert!(text.contains(r#"[\"..\", \"/etc/\"].exists("#) && text.len() < 1_000, "{text}");
        assert!(
            text.contains(r#"cel: "!has(request.mcp.params.name) && !has(request.mcp.params.arguments) || ("#),
            "{text}"
        );
        assert!(state(&rule("read", vec![fenced])).note.is_some_and(|note| note.contains("parts")));
        let denied = state(&rule("read", vec![pattern(&long, false)]));
        assert!(denied.decision.is_some_and(|decision| decision.action.refuses()));
        assert!(denied.note.is_some_and(|note| note.contains("longer")));
        let left_out = patch("shop", &[rule("read", vec![pattern(&long, true)])]);
        assert!(left_out.contains(r#"(!(\"a\" in"#), "{left_out}");
    }
}
