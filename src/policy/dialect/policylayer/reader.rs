//! A tree as a `policy.json`.

use std::collections::BTreeMap;

use crate::model::{Check, Condition, Decision, Guard, PolicyAction, RateLimit, Refusal};
use crate::policy::decisions::Decisions;
use crate::policy::dialect::allow_or_deny::{ALLOW_OR_DENY, hide};
use crate::policy::dialect::tree::Node;
use crate::policy::dialect::validator::{Fields, Validator};

/// What the file `root` answers for each tool. What is wrong is in `validator`, and left out here.
pub(crate) fn file(validator: &mut Validator, root: &Node) -> Decisions {
    let mut read = Decisions { default: PolicyAction::Deny, tools: BTreeMap::new(), every: None };
    let keys = ["version", "default", "hide", "all_tools", "tools"];
    let Some(fields) = validator.fields(root, "a policy", &keys) else { return read };
    if let Some(version) = validator.required(&fields, "version") {
        validator.version(version);
    }
    if let Some(plain) =
        validator.required(&fields, "default").and_then(|node| validator.word(node, "default", &ALLOW_OR_DENY))
    {
        read.default = plain.into();
    }
    let every = fields.get("all_tools").and_then(|node| validator.fields(node, "all_tools", &["limits"]));
    read.every = every.map(|fields| limited(validator, &fields, Decision::allow()));
    let tools = fields.get("tools").and_then(|node| validator.entries(node, "tools"));
    for (name, node) in tools.into_iter().flatten() {
        if let Some(decision) = tool(validator, node) {
            read.tools.insert(name.text.clone(), decision);
        }
    }
    let hidden = validator.names(&fields, "hide");
    if let Some((_, at)) = hidden.iter().find(|(name, _)| *name == "*") {
        validator.diagnostic(at, "\"*\" under hide leaves no tool", "name the tools");
    }
    hide(&mut read.tools, hidden.into_iter().map(|(name, _)| name));
    read
}

/// The answer for one tool.
fn tool(validator: &mut Validator, node: &Node) -> Option<Decision> {
    let fields = validator.fields(node, "a tool", &["require", "deny_if", "limits"])?;
    let required = list(validator, &fields, "require").iter().enumerate().filter_map(|(at, node)| {
        let check = Check::Argument(condition(validator, node)?);
        Some(guard(format!("require {}", at + 1), check, None))
    });
    let mut guards: Vec<Guard> = required.collect();
    let mut decision = Decision::allow();
    for (at, node) in list(validator, &fields, "deny_if").iter().enumerate() {
        let Some(Denial { refused_when, on_deny }) = denial(validator, node) else { continue };
        if refused_when.is_empty() && decision.action == PolicyAction::Allow {
            decision = Decision::deny(on_deny);
        } else if !refused_when.is_empty() {
            guards.push(guard(format!("deny_if {}", at + 1), Check::Refusal(Refusal { refused_when }), on_deny));
        }
    }
    Some(limited(validator, &fields, Decision { guards, ..decision }))
}

/// `decision` with the limits of `fields`: the first as its rate limit, the others as totals.
fn limited(validator: &mut Validator, fields: &Fields<'_>, mut decision: Decision) -> Decision {
    for (at, node) in list(validator, fields, "limits").iter().enumerate() {
        let Some(limit) = limit(validator, node) else { continue };
        match decision.rate_limit {
            None => decision.rate_limit = Some(limit),
            Some(_) => decision.guards.push(guard(format!("limits {}", at + 1), Check::Total(limit.into()), None)),
        }
    }
    decision
}

fn list<'t>(validator: &mut Validator, fields: &Fields<'t>, key: &str) -> &'t [Node] {
    fields.get(key).map_or(&[], |node| validator.list(node, key))
}

/// What refuses a call.
struct Denial {
    /// All must hold; without any it always holds.
    refused_when: Vec<Condition>,
    on_deny: Option<String>,
}

fn denial(validator: &mut Validator, node: &Node) -> Option<Denial> {
    let fields = validator.fields(node, "a denial", &["conditions", "on_deny"])?;
    let on_deny = validator.optional_text(&fields, "on_deny").map(str::to_owned);
    let conditions = validator.required(&fields, "conditions")?;
    let items = validator.list(conditions, "conditions");
    let refused_when: Vec<Condition> = items.iter().filter_map(|node| condition(validator, node)).collect();
    (refused_when.len() == items.len()).then_some(Denial { refused_when, on_deny })
}

fn condition(validator: &mut Validator, node: &Node) -> Option<Condition> {
    let fields = validator.fields(node, "a condition", &["path", "op", "value"])?;
    let path = validator.required(&fields, "path").and_then(|node| validator.path(node, &["args."]));
    let op = validator.required(&fields, "op").and_then(|node| validator.op(node));
    let value = validator.required(&fields, "value");
    let (path, op, value) = (path?, op?, value?);
    let parameter = path.strip_prefix("args.")?.to_owned();
    validator.compared(value, op).then(|| Condition { parameter, op, value: value.json(), absent_passes: false })
}

fn limit(validator: &mut Validator, node: &Node) -> Option<RateLimit> {
    let fields = validator.fields(node, "a limit", &["counter", "window", "max", "scope"])?;
    if let Some(counter) = validator.required(&fields, "counter") {
        validator.name(counter, "a counter");
    }
    if let Some(scope) = validator.required(&fields, "scope") {
        validator.word(scope, "scope", &[("grant", ())]);
    }
    let window = validator.required(&fields, "window").and_then(|node| validator.window(node));
    let max_at = validator.required(&fields, "max");
    let max = max_at.and_then(|node| validator.whole(node, "max"));
    let limit = RateLimit::new(max?, window?);
    limit.map_err(|why| validator.diagnostic(&max_at.unwrap_or(node).span, why.to_string(), "")).ok()
}

/// A guard whose place in the file names it, since nothing else does.
fn guard(id: String, check: Check, on_deny: Option<String>) -> Guard {
    Guard { on_deny, ..Guard::new(id, check) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::policy::decisions::Decisions;
    use crate::policy::diagnostic::PolicyDiagnostic;
    use crate::policy::dialect::Dialect;
    use crate::policy::document::decisions_or_diagnostics;

    fn read(text: &str) -> Result<Decisions, Vec<PolicyDiagnostic>> {
        decisions_or_diagnostics(text, Dialect::POLICY_LAYER)
    }
    use crate::policy::{Call, Outcome, evaluate};

    fn file(tool: &str) -> String {
        format!(r#"{{"version": "1", "default": "deny", "tools": {{"t": {tool}}}}}"#)
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        let limit = |max: u32, window: &str| {
            format!(r#"{{"limits": [{{"counter": "c", "window": "{window}", "max": {max}, "scope": "grant"}}]}}"#)
        };
        let required = |condition: &str| format!(r#"{{"require": [{condition}]}}"#);
        for (tool, at, want) in [
            (limit(0, "minute"), "0", "from 1"),
            (limit(5, "week"), "\"week\"", "window cannot be"),
            (required(r#"{"path": "a", "op": "eq", "value": 1}"#), "\"a\"", "must start with \"args.\""),
            (required(r#"{"path": "args.a", "op": "eg", "value": 1}"#), "\"eg\"", "op cannot be"),
            (required(r#"{"path": "args.a", "op": "in", "value": 1}"#), "1", "in needs a list"),
            (r#"{"deny": true}"#.into(), "\"deny\"", "did you mean \"deny_if\"?"),
            (r#"{"limits": [], "limits": []}"#.into(), "\"limits\"", "stands twice"),
        ] {
            let text = file(&tool);
            let diagnostics = read(&text).err().unwrap_or_default();
            let [diagnostic] = diagnostics.as_slice() else { panic!("{tool}: {diagnostics:?}") };
            assert!(
                diagnostic.sentence().contains(want) && &text[diagnostic.span.clone()] == at,
                "{tool}: {diagnostic:?}"
            );
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let text = r#"{"version": "2", "tools": {"t": {"require": [{"op": "eq"}], "limits": 5}, "u": []}}"#;
        let found: Vec<String> =
            read(text).unwrap_err().iter().map(crate::policy::diagnostic::PolicyDiagnostic::sentence).collect();
        insta::assert_debug_snapshot!(found);
    }

    #[test]
    fn what_is_no_json_is_told_in_its_place() {
        for (text, at) in [("{\"a\": 01}", 7), ("{\"a\": 1,}", 7), ("{\"a\" 1}", 5), ("", 0), ("{'a': 1}", 1), ("[", 0)]
        {
            let diagnostics = read(text).unwrap_err();
            assert!(diagnostics.len() == 1 && diagnostics[0].span.start == at, "{text}: {diagnostics:?}");
        }
    }

    #[test]
    fn a_denial_needs_all_its_conditions() {
        let text = file(
            r#"{"deny_if": [
                {"conditions": [{"path": "args.a", "op": "gt", "value": 9}, {"path": "args.b", "op": "eq", "value": "x"}], "on_deny": "No."},
                {"conditions": [{"path": "args.b", "op": "regex", "value": "^y"}]},
                {"conditions": [{"path": "args.c", "op": "exists", "value": true}]}
            ]}"#,
        );
        let decisions = read(&text).unwrap();
        for (arguments, by) in [
            (json!({"a": 10, "b": "x"}), Some("deny_if 1")),
            (json!({"a": 9, "b": "x"}), None),
            (json!({"a": 10}), None),
            (json!({"b": "yes"}), Some("deny_if 2")),
            (json!({"c": 0}), Some("deny_if 3")),
        ] {
            let verdict = evaluate(&decisions, &Call { tool: "t".into(), arguments: arguments.clone(), at: 0 });
            let refused = (verdict.outcome == Outcome::Denied).then_some(verdict.rule.as_str());
            assert_eq!(refused, by, "{arguments}");
        }
    }

    #[test]
    fn several_limits_all_hold_and_so_do_those_of_all_tools() {
        let limits = |max: &str| {
            format!(
                r#"[{{"counter": "c", "window": "day", "max": {max}, "scope": "grant"}},
            {{"counter": "d", "window": "minute", "max": 1, "scope": "grant"}}]"#
            )
        };
        let text = format!(
            r#"{{"version": "1", "default": "allow", "all_tools": {{"limits": {0}}}, "tools": {{"t": {{"limits": {0}}}}}}}"#,
            limits("2")
        );
        let decisions = read(&text).unwrap();
        let mut simulator = crate::policy::Simulator::new(&decisions);
        let mut call = |at| simulator.call(&Call { tool: "t".into(), arguments: json!({}), at }).outcome;
        use Outcome::{Allowed, Limited};
        assert_eq!([call(0), call(1), call(60), call(120)], [Allowed, Limited, Allowed, Limited]);
    }
}
