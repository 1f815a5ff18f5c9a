//! ToolHive's authorization file: Cedar policies, one permission per tool; what nothing permits is denied. An argument
//! is `context.arg_NAME`. Source: docs.stacklok.com/toolhive/reference/authz-policy-reference.

use serde_json::{Value, json};

use crate::model::{Check, Condition, Guard, Op, PolicyAction};
use crate::policy::Rule;
use crate::text::quote;

use super::Stated;

/// What this format says for `rule`.
pub fn state(rule: &Rule) -> Stated {
    let mut stated = Stated::exactly(rule).with_guards(|guard| demand(guard).map(|_| guard.clone()));
    if let Some(decision) = stated.decision.as_mut() {
        if decision.rate_limit.take().is_some() {
            let limit = "This format cannot count calls, so they are not limited.";
            stated.unsaid = Some(stated.unsaid.map_or_else(|| limit.into(), |unsaid| format!("{unsaid} {limit}")));
        }
        // A tool that nothing permits is not listed either.
        if decision.action == PolicyAction::Hide {
            decision.action = PolicyAction::Deny;
        }
    }
    stated
}

/// The whole file for `rules`.
pub fn file(rules: &[Rule]) -> Result<String, String> {
    let policies: Vec<String> = rules.iter().filter_map(permission).collect();
    let file = json!({
        "version": "1.0",
        "type": "cedarv1",
        "cedar": {"policies": policies, "entities_json": "[]"},
    });
    let text = serde_json::to_string_pretty(&file).map_err(|cause| cause.to_string())?;
    Ok(quote::json(&text) + "\n")
}

/// The statement that permits calls of the tool; nothing for one that is refused.
fn permission(rule: &Rule) -> Option<String> {
    let decision = state(rule).decision.filter(|decision| !decision.action.refuses())?;
    let head = format!(r#"permit(principal, action == Action::"call_tool", resource == Tool::{})"#, string(&rule.tool));
    let conditions: Vec<String> = decision.guards.iter().filter_map(demand).collect();
    Some(match conditions.is_empty() {
        true => format!("{head};"),
        false => format!("{head} when {{ {} }};", conditions.join(" && ")),
    })
}

/// A guard as an expression; nothing for one that Cedar cannot say of an argument: patterns, totals, what lies inside an
/// argument, numbers with a fraction.
fn demand(guard: &Guard) -> Option<String> {
    match &guard.check {
        Check::Argument(condition) => expression(condition),
        Check::Refusal(refusal) => {
            let held = refusal.refused_when.iter().map(expression).collect::<Option<Vec<_>>>()?;
            Some(format!("!({})", held.join(" && ")))
        }
        Check::Total(_) => None,
    }
}

fn expression(condition: &Condition) -> Option<String> {
    if condition.parameter.contains('.') {
        return None;
    }
    let name = string(&format!("arg_{}", condition.parameter));
    let given = format!("context has {name}");
    if condition.op == Op::Exists {
        return Some(if condition.value == true { given } else { format!("!({given})") });
    }
    let holds = comparison(&format!("context[{name}]"), condition)?;
    Some(match condition.absent_passes {
        true => format!("(!({given}) || {holds})"),
        false => format!("({given} && {holds})"),
    })
}

fn comparison(argument: &str, condition: &Condition) -> Option<String> {
    let values = || match &condition.value {
        Value::Array(values) => set(values),
        value => set(std::slice::from_ref(value)),
    };
    let number = || condition.value.as_i64();
    Some(match condition.op {
        Op::Eq | Op::In => format!("{}.contains({argument})", values()?),
        Op::Neq | Op::NotIn => format!("!({}.contains({argument}))", values()?),
        Op::Lt => format!("{argument} < {}", number()?),
        Op::Lte => format!("{argument} <= {}", number()?),
        Op::Gt => format!("{argument} > {}", number()?),
        Op::Gte => format!("{argument} >= {}", number()?),
        Op::Regex | Op::Contains | Op::Exists => return None,
    })
}

/// A set with each value as it may be sent: the engines compare a number and its text as equal, Cedar does not.
fn set(values: &[Value]) -> Option<String> {
    let mut forms = Vec::new();
    for value in values {
        match value {
            Value::String(text) => {
                forms.push(string(text));
                let other =
                    text.parse::<i64>().map(|n| n.to_string()).or_else(|_| text.parse::<bool>().map(|b| b.to_string()));
                forms.extend(other.ok().filter(|form| form == text));
            }
            Value::Bool(_) | Value::Number(_) if value.as_f64().is_none() || value.as_i64().is_some() => {
                forms.extend([value.to_string(), string(&value.to_string())]);
            }
            _ => return None,
        }
    }
    Some(format!("[{}]", forms.join(", ")))
}

/// A Cedar string: its escapes are Rust's.
fn string(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use cedar_policy::{
        Authorizer, Context, Decision as Answer, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    };

    use super::*;
    use crate::model::{Category, Decision, Refusal};

    fn rule(tool: &str, decision: Decision) -> Rule {
        Rule {
            tool: tool.into(),
            category: Category::Write,
            description: None,
            parameters: Vec::new(),
            decision,
            overridden: None,
            listed: 1,
        }
    }

    fn guard(op: Op, value: Value, absent_passes: bool) -> Guard {
        let check = Check::Argument(Condition { parameter: "mode".into(), op, value, absent_passes });
        Guard { id: "g".into(), check, cause: None, essential: false, fill_in: false, on_deny: None }
    }

    /// Whether the engine that ToolHive builds on permits the call.
    fn permits(file: &str, tool: &str, arguments: &Value) -> bool {
        let file: Value = serde_json::from_str(file).unwrap();
        let text: Vec<&str> =
            file["cedar"]["policies"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        let policies = PolicySet::from_str(&text.join("\n")).unwrap();
        let uid = |kind: &str, id: &str| {
            EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).unwrap(), EntityId::new(id))
        };
        let context = arguments.as_object().unwrap().iter().map(|(k, v)| (format!("arg_{k}"), v.clone()));
        let context = Context::from_json_value(Value::Object(context.collect()), None).unwrap();
        let request =
            Request::new(uid("Client", "c"), uid("Action", "call_tool"), uid("Tool", tool), context, None).unwrap();
        Authorizer::new().is_authorized(&request, &policies, &Entities::empty()).decision() == Answer::Allow
    }

    #[test]
    fn cedar_permits_what_was_meant() {
        for name in ["t", "a\"b", "new\nline", "\u{202e}x", "'quoted'", "\u{1f600}", "*", "a\\b"] {
            let file = file(&[rule(name, Decision::allow()), rule("no", Decision::deny(None))]).unwrap();
            assert!(permits(&file, name, &json!({})), "{file}");
            assert!(!permits(&file, "no", &json!({})) && !permits(&file, "other", &json!({})));
        }
    }

    #[test]
    fn guards_hold_in_cedar() {
        for (op, value, given, passes) in [
            (Op::In, json!(["list", "get"]), json!({"mode": "get"}), true),
            (Op::In, json!(["list", "get"]), json!({"mode": "delete"}), false),
            (Op::NotIn, json!(["delete"]), json!({"mode": "delete"}), false),
            (Op::NotIn, json!(["5"]), json!({"mode": 5}), false),
            (Op::Eq, json!(5), json!({"mode": "5"}), true),
            (Op::Lte, json!(10), json!({"mode": 10}), true),
            (Op::Lte, json!(10), json!({"mode": 11}), false),
            (Op::Lte, json!(10), json!({"mode": "many"}), false),
            (Op::Exists, json!(true), json!({}), false),
            (Op::Exists, json!(false), json!({}), true),
        ] {
            let guarded = Decision { guards: vec![guard(op, value.clone(), false)], ..Decision::allow() };
            let file = file(&[rule("t", guarded)]).unwrap();
            assert_eq!(permits(&file, "t", &given), passes, "{} {value} {given}\n{file}", op.name());
        }
        for absent_passes in [true, false] {
            let guarded = Decision { guards: vec![guard(Op::Eq, json!("a"), absent_passes)], ..Decision::allow() };
            assert_eq!(permits(&file(&[rule("t", guarded)]).unwrap(), "t", &json!({})), absent_passes);
        }
    }

    #[test]
    fn a_refusal_needs_all_its_conditions() {
        let condition =
            |parameter: &str, value| Condition { parameter: parameter.into(), op: Op::Eq, value, absent_passes: false };
        let refused_when = vec![condition("a", json!("x")), condition("b", json!(5))];
        let refusal = Guard { check: Check::Refusal(Refusal { refused_when }), ..guard(Op::Eq, json!(0), false) };
        let file = file(&[rule("t", Decision { guards: vec![refusal], ..Decision::allow() })]).unwrap();
        for (arguments, passes) in [
            (json!({"a": "x", "b": 5}), false),
            (json!({"a": "y", "b": 5}), true),
            (json!({"a": "x"}), true),
            (json!({}), true),
        ] {
            assert_eq!(permits(&file, "t", &arguments), passes, "{arguments}\n{file}");
        }
    }
}
