//! ToolHive's authorization file: Cedar policies, one `permit` per tool; everything else is denied.
//!
//! Cedar sees only what ToolHive passes of a call's arguments: a string or boolean as `context.arg_NAME`, a number as a
//! decimal of that name. Of all other values, including `null`, it sees only their presence, as
//! `context.arg_NAME_present`. A tool is listed to an agent if a call without arguments would pass. Sources:
//! docs.stacklok.com/toolhive/reference/authz-policy-reference; stacklok/toolhive, pkg/authz.

use serde_json::{Number, Value, json};

use crate::model::{Check, Condition, Decision, Guard, JsonTypes, Op, Refusal};
use crate::policy::{Policy, Rule};
use crate::text::{json, prose, quote};

use super::error::WriteError;
use super::proxy::Proxy;
use super::stated::Stated;

pub(crate) const FORMAT: Proxy = Proxy {
    name: "toolhive",
    title: "ToolHive",
    reader: "ToolHive",
    tab: "ToolHive",
    note: "Authorization in Cedar, in the file that ToolHive reads.",
    file: "`thv run --authz-config`, Cedar in JSON",
    download: "toolhive.json",
    extension: "json",
    can: [
        "no: denied",
        "as denied",
        "no: reported",
        "comparisons of top-level scalar arguments; of patterns on paths a list of refused parts; else the tool is denied, but for one that only reads much",
    ],
    checked: "engine (`cedar-policy`)",
    hides_refused: true,
    state,
    fits: None,
    write: |policy| file(&policy.rules),
    fragment: |rule| file(std::slice::from_ref(rule)),
    remarks,
    read: None,
};

/// The types whose values Cedar sees.
const SEEN: [&str; 5] = ["string", "boolean", "number", "integer", "null"];
/// The largest Cedar decimal: an `i64` in ten-thousandths.
const MAX_DECIMAL: f64 = 922_337_203_685_477.0;

/// What this format states for `rule`.
pub(crate) fn state(rule: &Rule) -> Stated {
    let fenced = Rule { decision: fenced(&rule.decision), ..rule.clone() };
    let has_fences = fenced.decision.guards.len() > rule.decision.guards.len();
    let rule = &fenced;
    let say = |guard: &Guard| {
        let guard = Guard { asks: false, ..guard.clone() };
        let is_said = is_seen(rule, &guard) && demand(&guard).is_some();
        if is_said { Some(guard) } else { not_given(guard) }
    };
    let mut stated = Stated::exactly(rule).with_guards(rule, say).without_limits();
    if !rule.decision.action.refuses() && rule.decision.guards.iter().any(|guard| guard.asks) {
        let refused = "This format cannot ask a person, so the calls about which one would be asked are refused.";
        stated.note.get_or_insert_with(|| refused.into());
    }
    if has_fences {
        let fence = "This format has no patterns, so paths are refused by their parts, which lets more pass.";
        stated.note.get_or_insert_with(|| fence.into());
    }
    if stated.decision.as_ref().is_some_and(is_unlisted) {
        let unlisted = "ToolHive does not list the tool to an agent, because a call without arguments is refused.";
        stated.note.get_or_insert_with(|| unlisted.into());
    }
    // A tool without a `permit` is not listed either.
    stated.with_hidden_denied()
}

/// `decision` with a refusal for each part of a fence in place of the pattern.
fn fenced(decision: &Decision) -> Decision {
    let parts = |guard: &Guard| -> Vec<Guard> {
        let Check::Argument(condition) = &guard.check else { return vec![guard.clone()] };
        if guard.fence.is_empty() || condition.op != Op::Regex {
            return vec![guard.clone()];
        }
        let given = Condition { op: Op::Exists, value: true.into(), ..condition.clone() };
        let given = (!condition.absent_passes).then_some(Check::Argument(given));
        let refuses = |part: &String| {
            let contains = Condition { op: Op::Contains, value: part.as_str().into(), ..condition.clone() };
            Check::Refusal(Refusal { refused_when: vec![Condition { absent_passes: false, ..contains }] })
        };
        let checks = given.into_iter().chain(guard.fence.iter().map(refuses));
        checks.map(|check| Guard { check, fence: Vec::new(), ..guard.clone() }).collect()
    };
    Decision { guards: decision.guards.iter().flat_map(parts).collect(), ..decision.clone() }
}

/// A demand that the argument of `guard` is left out, where that passes the guard and the value cannot be compared.
fn not_given(guard: Guard) -> Option<Guard> {
    let Check::Argument(condition) = &guard.check else { return None };
    let may_lack = condition.absent_passes || condition.op == Op::Exists && condition.value == false;
    if !may_lack || guard.skip_if_uninspected {
        return None;
    }
    let condition = Condition { op: Op::Exists, value: false.into(), absent_passes: true, ..condition.clone() };
    let guard = Guard { check: Check::Argument(condition), fence: Vec::new(), ..guard };
    demand(&guard).is_some().then_some(guard)
}

/// Remarks about the file as a whole.
pub fn remarks(policy: &Policy) -> Vec<String> {
    let said =
        policy.rules.iter().filter_map(|rule| state(rule).decision).filter(|decision| !decision.action.refuses());
    let open = said.filter(|decision| decision.guards.iter().any(is_open_above)).count();
    let remark = |n| {
        let tools = prose::count(n, "tool");
        format!(
            "ToolHive leaves out a number beyond {MAX_DECIMAL}; where it may be left out, no limit holds it: {tools}."
        )
    };
    (open > 0).then(|| remark(open)).into_iter().collect()
}

/// The complete file for `rules`.
pub(crate) fn file(rules: &[Rule]) -> Result<String, WriteError> {
    let policies: Vec<String> = rules.iter().filter_map(permission).collect();
    let file = json!({
        "version": "1.0",
        "type": "cedarv1",
        "cedar": {"policies": policies, "entities_json": "[]"},
    });
    let text = serde_json::to_string_pretty(&file)?;
    Ok(quote::json(&text) + "\n")
}

/// The `permit` statement for the tool; `None` if it is denied.
fn permission(rule: &Rule) -> Option<String> {
    let Stated { decision, unenforced, .. } = state(rule);
    let decision = decision.filter(|decision| !decision.action.refuses())?;
    let note = unenforced.map_or_else(String::new, |text| format!("@note({}) ", string(&text)));
    let head =
        format!(r#"{note}permit(principal, action == Action::"call_tool", resource == Tool::{})"#, string(&rule.tool));
    let conditions = demands(&decision.guards);
    Some(match conditions.is_empty() {
        true => format!("{head};"),
        false => format!("{head} when {{ {} }};", conditions.join(" && ")),
    })
}

/// The guards as Cedar expressions. The refused parts of one argument are one expression.
fn demands(guards: &[Guard]) -> Vec<String> {
    let is_alike = |a: &Guard, b: &Guard| {
        refused_part(a).zip(refused_part(b)).is_some_and(|((a, _), (b, _))| a.parameter == b.parameter)
    };
    let expression = |group: &[Guard]| {
        let parts: Vec<(&Condition, &str)> = group.iter().filter_map(refused_part).collect();
        match parts.as_slice() {
            [(first, _), _, ..] => Some(without_parts(&first.parameter, parts.iter().map(|(_, part)| *part))),
            _ => group.first().and_then(demand),
        }
    };
    guards.chunk_by(is_alike).filter_map(expression).collect()
}

/// The condition and the part that the guard refuses; `None` for other guards.
fn refused_part(guard: &Guard) -> Option<(&Condition, &str)> {
    let Check::Refusal(refusal) = &guard.check else { return None };
    let [condition] = refusal.refused_when.as_slice() else { return None };
    let part = condition.value.as_str().filter(|_| condition.op == Op::Contains && !condition.parameter.contains('.'));
    part.map(|part| (condition, part))
}

fn without_parts<'p>(parameter: &str, parts: impl Iterator<Item = &'p str>) -> String {
    let (name, unseen) = (string(&format!("arg_{parameter}")), string(&format!("arg_{parameter}_present")));
    let parts: Vec<String> = parts.map(|part| format!("context[{name}] like {}", containing(part))).collect();
    format!("!(context has {unseen} || context has {name} && ({}))", parts.join(" || "))
}

/// True if, by the schema, Cedar sees the values of the guard's arguments.
fn is_seen(rule: &Rule, guard: &Guard) -> bool {
    let is_seen = |condition: &Condition| {
        let declared = rule.parameters.iter().find(|parameter| parameter.path == condition.parameter);
        declared.is_some_and(|p| !p.types.is_empty() && p.types.are_in(JsonTypes::from_names(SEEN)))
    };
    guard.conditions().iter().all(is_seen)
}

/// True if a guard denies calls without arguments.
fn is_unlisted(decision: &Decision) -> bool {
    let holds = |condition: &Condition| {
        if condition.op == Op::Exists { condition.value == false } else { condition.absent_passes }
    };
    let refuses = |guard: &Guard| match &guard.check {
        Check::Argument(condition) => !holds(condition),
        Check::Refusal(refusal) => refusal.refused_when.iter().all(holds),
        Check::Total(_) | Check::Unenforceable(_) => false,
    };
    !decision.action.refuses() && decision.guards.iter().any(refuses)
}

/// True for a numeric limit that passes if the argument is absent.
fn is_open_above(guard: &Guard) -> bool {
    match &guard.check {
        Check::Argument(condition) => condition.absent_passes && condition.op.is_order(),
        Check::Refusal(refusal) => refusal.refused_when.iter().any(|condition| condition.op.is_order()),
        Check::Total(_) | Check::Unenforceable(_) => false,
    }
}

/// A guard as a Cedar expression; `None` if Cedar cannot express it: patterns, totals, values within an argument,
/// numbers with more than four decimal places. A text with a part that is refused is sought by `like`.
fn demand(guard: &Guard) -> Option<String> {
    match &guard.check {
        Check::Argument(condition) => expression(condition),
        Check::Refusal(refusal) => {
            let held = refusal.refused_when.iter().map(is_held).collect::<Option<Vec<_>>>()?;
            Some(format!("!({})", held.join(" && ")))
        }
        Check::Total(_) | Check::Unenforceable(_) => None,
    }
}

/// The condition of a refusal. Whether a value that Cedar does not see contains a part is unknown, so it counts as held.
fn is_held(condition: &Condition) -> Option<String> {
    let holds = expression(condition)?;
    let unseen = string(&format!("arg_{}_present", condition.parameter));
    Some(if condition.op == Op::Contains { format!("(context has {unseen} || {holds})") } else { holds })
}

fn expression(condition: &Condition) -> Option<String> {
    if condition.parameter.contains('.') {
        return None;
    }
    let name = string(&format!("arg_{}", condition.parameter));
    let absent =
        format!("!(context has {name} || context has {})", string(&format!("arg_{}_present", condition.parameter)));
    if condition.op == Op::Exists {
        return Some(if condition.value == true { format!("context has {name}") } else { absent });
    }
    let holds = comparison(&format!("context[{name}]"), condition)?;
    Some(match condition.absent_passes {
        true => format!("({absent} || context has {name} && {holds})"),
        false => format!("(context has {name} && {holds})"),
    })
}

fn comparison(argument: &str, condition: &Condition) -> Option<String> {
    let values = || match &condition.value {
        Value::Array(values) => set(values),
        value => set(std::slice::from_ref(value)),
    };
    let order = |method: &str| Some(format!("{argument}.{method}({})", decimal(condition.value.as_f64()?)?));
    match condition.op {
        Op::Eq | Op::In => Some(format!("{}.contains({argument})", values()?)),
        Op::Neq | Op::NotIn => Some(format!("!({}.contains({argument}))", values()?)),
        Op::Lt => order("lessThan"),
        Op::Lte => order("lessThanOrEqual"),
        Op::Gt => order("greaterThan"),
        Op::Gte => order("greaterThanOrEqual"),
        Op::Contains => Some(format!("{argument} like {}", containing(condition.value.as_str()?))),
        Op::Regex | Op::Exists => None,
    }
}

/// A Cedar pattern for the texts that contain `part`.
fn containing(part: &str) -> String {
    format!("\"*{}*\"", part.escape_default().to_string().replace('*', "\\*"))
}

/// A set with each value in all forms: the policy treats a number and its text as equal, Cedar does not.
fn set(values: &[Value]) -> Option<String> {
    let mut forms = Vec::new();
    for value in values {
        let text = json::plain(value);
        match value {
            Value::Number(number) => forms.push(decimal(number.as_f64()?)?),
            Value::Bool(_) => forms.push(text.clone()),
            Value::String(_) => {
                let number = serde_json::from_str::<Number>(&text).ok().filter(|number| number.to_string() == text);
                forms.extend(number.and_then(|number| decimal(number.as_f64()?)));
                forms.extend(text.parse::<bool>().ok().map(|form| form.to_string()));
            }
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        }
        forms.push(string(&text));
    }
    Some(format!("[{}]", forms.join(", ")))
}

/// A Cedar decimal; `None` if it cannot represent the number exactly.
fn decimal(number: f64) -> Option<String> {
    let tens = number * 10_000.0;
    (tens.fract() == 0.0 && number.abs() <= MAX_DECIMAL).then(|| format!("decimal(\"{number:.4}\")"))
}

/// A Cedar string: it has the same escapes as Rust.
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
    use crate::model::{Category, Parameter};

    fn rule(tool: &str, decision: Decision) -> Rule {
        let mut mode = Parameter::named("", "mode");
        mode.types = JsonTypes::from_names(["string", "number"]);
        Rule {
            tool: tool.into(),
            category: Category::Write,
            description: None,
            parameters: vec![mode],
            decision,
            overridden: None,
            confirm: false,
            claims_to_read: false,
            listed: 1,
        }
    }

    fn guard(op: Op, value: Value, absent_passes: bool) -> Guard {
        let check = Check::Argument(Condition { parameter: "mode".into(), op, value, absent_passes });
        Guard::new("g", check)
    }

    /// True if the engine that ToolHive uses permits the call.
    fn permits(file: &str, tool: &str, arguments: &Value) -> bool {
        let file: Value = serde_json::from_str(file).unwrap();
        let text: Vec<&str> =
            file["cedar"]["policies"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        let policies = PolicySet::from_str(&text.join("\n")).unwrap();
        let uid = |kind: &str, id: &str| {
            EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).unwrap(), EntityId::new(id))
        };
        let context = arguments.as_object().unwrap().iter().map(|(name, value)| match value {
            Value::String(_) | Value::Bool(_) => (format!("arg_{name}"), value.clone()),
            Value::Number(number) => {
                let arg = format!("{:.4}", number.as_f64().unwrap());
                (format!("arg_{name}"), json!({"__extn": {"fn": "decimal", "arg": arg}}))
            }
            _ => (format!("arg_{name}_present"), json!(true)),
        });
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
            (Op::Lte, json!(99.5), json!({"mode": 99.5}), true),
            (Op::Gt, json!(99.5), json!({"mode": 99.5}), false),
            (Op::NotIn, json!(["a"]), json!({"mode": ["a"]}), false),
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
    fn a_pattern_becomes_a_list_of_refused_parts() {
        for absent_passes in [true, false] {
            let fence = ["..", "/etc/", "a*b", "\"q\\"].map(String::from).to_vec();
            let pattern = Guard { fence, ..guard(Op::Regex, json!("^[a-z/]*$"), absent_passes) };
            let mut rule = rule("t", Decision { guards: vec![pattern], ..Decision::allow() });
            rule.parameters[0].types = JsonTypes::from_names(["string"]);
            let stated = state(&rule);
            assert!(stated.note.is_some_and(|note| note.contains("parts")) && stated.unenforced.is_none());
            let file = file(&[rule]).unwrap();
            for (given, passes) in [
                (json!({"mode": "src/a.rs"}), true),
                (json!({"mode": "a/../b"}), false),
                (json!({"mode": "/etc/passwd"}), false),
                (json!({"mode": "axb"}), true),
                (json!({"mode": "a*b"}), false),
                (json!({"mode": "x\"q\\y"}), false),
                (json!({"mode": ["/etc/passwd"]}), false),
                (json!({}), absent_passes),
            ] {
                assert_eq!(permits(&file, "t", &given), passes, "{given}\n{file}");
            }
        }
    }

    #[test]
    fn a_refusal_needs_all_its_conditions() {
        let condition =
            |parameter: &str, value| Condition { parameter: parameter.into(), op: Op::Eq, value, absent_passes: false };
        let refused_when = vec![condition("a", json!("x")), condition("b", json!(5))];
        let refusal = Guard { check: Check::Refusal(Refusal { refused_when }), ..guard(Op::Eq, json!(0), false) };
        let mut rule = rule("t", Decision { guards: vec![refusal], ..Decision::allow() });
        let seen = |path: &str| Parameter { path: path.into(), ..rule.parameters[0].clone() };
        rule.parameters = vec![seen("a"), seen("b")];
        let file = file(&[rule]).unwrap();
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
