//! The conditions of one tool: whether they speak of its arguments, and whether a call can meet them.

use regex::Regex;
use serde_json::Value;

use crate::model::{Adds, Check, Condition, Guard, Op, Parameter, Tool, Total};

/// What is wrong: the id of the problem and a sentence.
type Found = (&'static str, String);

/// What is wrong with the conditions `guards` on the tool `name`; without its definition only what is wrong by itself.
pub fn problems(name: &str, tool: Option<&Tool>, guards: &[Guard]) -> Vec<Found> {
    let mut found = Vec::new();
    for guard in guards {
        match &guard.check {
            Check::Argument(condition) => found.extend(of_condition(name, tool, condition)),
            Check::Refusal(refusal) => {
                found.extend(refusal.refused_when.iter().flat_map(|condition| of_condition(name, tool, condition)));
            }
            Check::Total(total) => found.extend(of_total(name, tool, total)),
        }
    }
    let conditions = guards.iter().filter_map(|guard| match &guard.check {
        Check::Argument(condition) => Some(condition),
        Check::Refusal(_) | Check::Total(_) => None,
    });
    found.extend(excluding(name, &conditions.collect::<Vec<_>>()));
    found
}

fn of_condition(name: &str, tool: Option<&Tool>, condition: &Condition) -> Vec<Found> {
    let path = &condition.parameter;
    let mut found = Vec::new();
    if let (Op::Regex, Some(pattern)) = (condition.op, condition.value.as_str())
        && let Err(cause) = Regex::new(pattern)
    {
        let cause = cause.to_string();
        let cause = cause.lines().last().unwrap_or_default().trim();
        found.push(("refused-pattern", format!("The pattern for {path} of {name} is refused: {cause}.")));
    }
    if condition.op == Op::In && condition.value.as_array().is_some_and(Vec::is_empty) {
        found.push(("unmeetable-condition", format!("{path} of {name} must be one of no values.")));
    }
    let Some(tool) = tool else { return found };
    match parameter(tool, path) {
        Named::Unknown => found.push(unknown(name, path)),
        Named::Known(parameter) => {
            found.extend(foreign_value(name, parameter, condition));
            found.extend(misfit(name, parameter, condition));
        }
        Named::Free => {}
    }
    found
}

fn of_total(name: &str, tool: Option<&Tool>, total: &Total) -> Vec<Found> {
    let mut found = Vec::new();
    if total.max == 0 {
        found.push(("unmeetable-condition", format!("A total of {name} may hold 0, so that no call passes.")));
    }
    if let (Some(tool), Adds::Argument(path)) = (tool, &total.adds) {
        match parameter(tool, path) {
            Named::Unknown => found.push(unknown(name, path)),
            Named::Known(parameter) if !is_one_of(parameter, &["number", "integer"]) => {
                found.push(("unmeetable-condition", format!("A total of {name} adds up {path}, which is no number.")));
            }
            Named::Known(_) | Named::Free => {}
        }
    }
    found
}

fn unknown(name: &str, path: &str) -> Found {
    ("unknown-parameter", format!("{name} has no parameter {path}."))
}

/// What a path leads to.
enum Named<'t> {
    Known(&'t Parameter),
    /// The schema leaves open what stands there.
    Free,
    Unknown,
}

/// What `path` names, which has no array marks: `files.path` is `files[].path` too.
fn parameter<'t>(tool: &'t Tool, path: &str) -> Named<'t> {
    let plain = |parameter: &Parameter| parameter.path.replace("[]", "");
    if let Some(parameter) = tool.parameters.iter().find(|parameter| plain(parameter) == path) {
        return Named::Known(parameter);
    }
    let is_open = |parameter: &Parameter| {
        let plain = plain(parameter);
        let free = plain.strip_suffix('*').unwrap_or(&plain);
        let keys = plain.ends_with('*') && path.starts_with(free);
        let inside = path.strip_prefix(plain.as_str()).is_some_and(|rest| rest.starts_with('.'));
        let has_children = || tool.parameters.iter().any(|p| p.path.starts_with(&format!("{}.", parameter.path)));
        keys || (inside && !has_children())
    };
    match tool.parameters.is_empty() || tool.parameters.iter().any(is_open) {
        true => Named::Free,
        false => Named::Unknown,
    }
}

/// A value that the parameter's enum lacks.
fn foreign_value(name: &str, parameter: &Parameter, condition: &Condition) -> Option<Found> {
    let values: Vec<&Value> = match (condition.op, &condition.value) {
        (Op::Eq | Op::Neq, value) => vec![value],
        (Op::In | Op::NotIn, Value::Array(values)) => values.iter().collect(),
        _ => return None,
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let foreign = |value: &&Value| !parameter.values.contains(&text(value));
    let value = values.into_iter().find(|value| !parameter.values.is_empty() && foreign(value))?;
    Some(("unknown-value", format!("{} of {name} never takes the value {}.", parameter.path, text(value))))
}

/// A comparison that no value of the parameter can meet.
fn misfit(name: &str, parameter: &Parameter, condition: &Condition) -> Option<Found> {
    let numeric = matches!(condition.op, Op::Lt | Op::Lte | Op::Gt | Op::Gte);
    let path = &parameter.path;
    let why = if numeric && !is_one_of(parameter, &["number", "integer"]) {
        "is no number"
    } else if condition.op == Op::Regex && !is_one_of(parameter, &["string"]) {
        "is no string"
    } else if condition.op == Op::Exists && condition.value == false && parameter.required {
        "is required, and the policy forbids it"
    } else if beyond(parameter, condition) {
        "never gets there, as its schema bounds it"
    } else {
        return None;
    };
    let value = &condition.value;
    Some(("unmeetable-condition", format!("{path} of {name} {why} ({} {value}).", condition.op.name())))
}

/// True when the schema's own bounds exclude every number that passes.
fn beyond(parameter: &Parameter, condition: &Condition) -> bool {
    let Some(value) = condition.value.as_f64() else { return false };
    match condition.op {
        Op::Lt => parameter.minimum.is_some_and(|minimum| value <= minimum),
        Op::Lte => parameter.minimum.is_some_and(|minimum| value < minimum),
        Op::Gt => parameter.maximum.is_some_and(|maximum| value >= maximum),
        Op::Gte => parameter.maximum.is_some_and(|maximum| value > maximum),
        _ => false,
    }
}

/// True when the parameter may be of one of `types`, or its schema does not say.
fn is_one_of(parameter: &Parameter, types: &[&str]) -> bool {
    parameter.types.is_empty() || parameter.types.iter().any(|of| types.contains(&of.as_str()))
}

/// Pairs of bounds on one argument that leave no number between them.
fn excluding(name: &str, conditions: &[&Condition]) -> Vec<Found> {
    let number = |condition: &Condition| condition.value.as_f64();
    let mut found = Vec::new();
    for lower in conditions.iter().filter(|c| matches!(c.op, Op::Gt | Op::Gte)) {
        for upper in conditions.iter().filter(|c| matches!(c.op, Op::Lt | Op::Lte) && c.parameter == lower.parameter) {
            let (Some(least), Some(most)) = (number(lower), number(upper)) else { continue };
            let touching = lower.op == Op::Gte && upper.op == Op::Lte;
            if least > most || (least.total_cmp(&most).is_eq() && !touching) {
                let text = format!("{} of {name} must be above {least} and below {most}.", lower.parameter);
                found.push(("unmeetable-condition", text));
            }
        }
    }
    found
}
