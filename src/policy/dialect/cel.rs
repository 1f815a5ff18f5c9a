//! Guards as expressions of the Common Expression Language (CEL). An expression that fails, on a value of another type,
//! is no permission.

use serde_json::Value;

use crate::model::{Check, Condition, Guard, Op};

/// The guard over the object `arguments`; `None` if CEL cannot express it without letting more pass.
pub(super) fn guard(guard: &Guard, arguments: &str) -> Option<String> {
    match &guard.check {
        Check::Argument(condition) => comparison(condition, arguments),
        Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => None,
    }
}

/// The parts of the fence of `guard`, which is on a text, that the text must not contain.
pub(super) fn fence(guard: &Guard, arguments: &str) -> Option<String> {
    let Check::Argument(condition) = &guard.check else { return None };
    let (at, present) = place(&condition.parameter, arguments);
    let parts = texts(&Value::from(guard.fence.clone()))?;
    let holds = format!("!{parts}.exists(part, {at}.contains(part))");
    Some(if condition.absent_passes { format!("(!({present}) || {holds})") } else { format!("{present} && {holds}") })
}

/// Where the argument at `path` is, and the expression that it is given.
fn place(path: &str, arguments: &str) -> (String, String) {
    let (mut at, mut present) = (arguments.to_owned(), Vec::new());
    for part in path.split('.') {
        let part = text(part);
        present.push(format!("{part} in {at}"));
        at = format!("{at}[{part}]");
    }
    let present = format!("{} && type({at}) != null_type", present.join(" && "));
    (at, present)
}

/// A text in CEL; JSON escapes what CEL escapes, in the same way.
pub(super) fn text(value: &str) -> String {
    Value::from(value).to_string()
}

fn comparison(condition: &Condition, arguments: &str) -> Option<String> {
    let (at, present) = place(&condition.parameter, arguments);
    if condition.op == Op::Exists {
        return Some(if condition.value == true { present } else { format!("!({present})") });
    }
    let holds = holds(condition.op, &condition.value, &at)?;
    Some(match condition.absent_passes {
        true => format!("(!({present}) || {holds})"),
        false => format!("{present} && {holds}"),
    })
}

/// The comparison of the value `at` with `value`. Where values of several types mean the same to the policy, it holds for
/// one type only.
fn holds(op: Op, value: &Value, at: &str) -> Option<String> {
    let number = || value.as_f64().map(|number| format!("{number:?}"));
    let ordered = |sign: &str| Some(format!("type({at}) != string && double({at}) {sign} {}", number()?));
    match op {
        Op::Eq => match value {
            Value::String(value) => Some(format!("{at} == {}", text(value))),
            Value::Bool(value) => Some(format!("{at} == {value}")),
            Value::Number(_) => ordered("=="),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        },
        Op::Neq => (value == "").then(|| format!("{at} != \"\"")),
        Op::In => Some(format!("{at} in {}", texts(value)?)),
        Op::NotIn => Some(format!("type({at}) == string && !({at} in {})", texts(value)?)),
        Op::Lt => ordered("<"),
        Op::Lte => ordered("<="),
        Op::Gt => ordered(">"),
        Op::Gte => ordered(">="),
        Op::Regex => Some(format!("{at}.matches({})", text(value.as_str()?))),
        Op::Contains | Op::Exists => None,
    }
}

/// A list of texts; `None` for other values.
fn texts(value: &Value) -> Option<String> {
    let list = value.as_array()?.iter().map(|item| item.as_str().map(text));
    Some(format!("[{}]", list.collect::<Option<Vec<_>>>()?.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_absent_argument_passes_only_where_it_may() {
        let condition = |op, value, absent_passes| Condition { parameter: "a.b".into(), op, value, absent_passes };
        let said = |condition| comparison(&condition, "args");
        let present = r#""a" in args && "b" in args["a"] && type(args["a"]["b"]) != null_type"#;
        for (condition, wanted) in [
            (condition(Op::Eq, json!("x\"y"), false), format!(r#"{present} && args["a"]["b"] == "x\"y""#)),
            (
                condition(Op::Regex, json!(r"^\w+$"), true),
                format!(r#"(!({present}) || args["a"]["b"].matches("^\\w+$"))"#),
            ),
            (condition(Op::Exists, json!(false), true), format!("!({present})")),
            (condition(Op::Exists, json!(true), false), present.to_owned()),
            (condition(Op::In, json!(["x", "y"]), false), format!(r#"{present} && args["a"]["b"] in ["x", "y"]"#)),
            (
                condition(Op::Lte, json!(100), false),
                format!(r#"{present} && type(args["a"]["b"]) != string && double(args["a"]["b"]) <= 100.0"#),
            ),
        ] {
            assert_eq!(said(condition), Some(wanted));
        }
        for (op, value) in [(Op::Neq, json!("[]")), (Op::In, json!([1])), (Op::Contains, json!("x"))] {
            assert_eq!(said(condition(op, value, false)), None, "{}", op.name());
        }
    }
}
