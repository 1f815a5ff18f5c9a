//! The conditions of one tool: whether they speak of its arguments, and whether a call can meet them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{Adds, Check, Condition, Guard, JsonTypes, Op, Parameter, Tool, Total};
use crate::policy::implication::meets;
use crate::policy::re2::{self, Unusable};

/// What is wrong: the id of the problem and a sentence.
type Found = (&'static str, String);

/// What is wrong with the conditions `guards` on the tool `name`; without its definition only what is wrong by itself.
pub fn problems(name: &str, tool: Option<&Tool>, guards: &[Guard]) -> Vec<Found> {
    let mut found = Vec::new();
    for guard in guards {
        match &guard.check {
            Check::Argument(condition) => found.extend(of_condition(name, tool, condition)),
            Check::Refusal(refusal) => {
                found.extend(refusal.refused_when.iter().flat_map(|condition| of_refusal(name, tool, condition)));
            }
            Check::Total(total) => found.extend(of_total(name, tool, total)),
            Check::Unheld(_) => {}
        }
    }
    let mut on_each: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
    for condition in guards.iter().filter(|guard| matches!(guard.check, Check::Argument(_))).flat_map(Guard::conditions)
    {
        on_each.entry(&condition.parameter).or_default().push(condition);
    }
    for (path, conditions) in &on_each {
        let known = tool.and_then(|tool| known(tool, path));
        let why = excluding(known, conditions).or_else(|| none_left(known, conditions));
        found.extend(why.map(|why| ("unmeetable-condition", format!("{path} of {name} {why}."))));
    }
    found
}

/// What is wrong with a condition that must hold.
fn of_condition(name: &str, tool: Option<&Tool>, condition: &Condition) -> Vec<Found> {
    let mut found = by_itself(name, tool, condition);
    let known = tool.and_then(|tool| known(tool, &condition.parameter));
    let unmeetable = known.and_then(|parameter| misfit(parameter, condition).or_else(|| beyond(parameter, condition)));
    let empty = condition.op == Op::In && condition.value.as_array().is_some_and(Vec::is_empty);
    let unmeetable = if empty { Some("must be one of no values") } else { unmeetable };
    found.extend(unmeetable.map(|why| ("unmeetable-condition", format!("{} {why}.", described(name, condition)))));
    found
}

/// What is wrong with a condition that refuses: one that never holds refuses nothing. A bound that the schema has, too,
/// is no mistake there.
fn of_refusal(name: &str, tool: Option<&Tool>, condition: &Condition) -> Vec<Found> {
    let mut found = by_itself(name, tool, condition);
    let dead = tool.and_then(|tool| misfit(known(tool, &condition.parameter)?, condition));
    let told = |why| format!("{} {why}, so that nothing is refused.", described(name, condition));
    found.extend(dead.map(|why| ("unreachable-rule", told(why))));
    found
}

/// "count of update_order (gte 10)".
fn described(name: &str, condition: &Condition) -> String {
    format!("{} of {name} ({} {})", condition.parameter, condition.op.name(), condition.value)
}

/// What is wrong with a condition, whatever it is for.
fn by_itself(name: &str, tool: Option<&Tool>, condition: &Condition) -> Vec<Found> {
    let path = &condition.parameter;
    let pattern = condition.value.as_str().filter(|_| condition.op == Op::Regex);
    let unusable = pattern.and_then(|pattern| re2::compile(pattern).err()).map(|why| match why {
        Unusable::Refused(why) => ("refused-pattern", format!("The pattern for {path} of {name} is refused: {why}.")),
        Unusable::Here(why) => {
            ("unchecked-pattern", format!("The pattern for {path} of {name} cannot be checked here: {why}."))
        }
    });
    let of_tool = tool.and_then(|tool| match parameter(tool, path) {
        Named::Unknown => Some(unknown(name, path)),
        Named::Known(parameter) => foreign_value(name, parameter, condition),
        Named::Free => None,
    });
    unusable.into_iter().chain(of_tool).collect()
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

/// The parameter at `path`, where the schema has one.
fn known<'t>(tool: &'t Tool, path: &str) -> Option<&'t Parameter> {
    match parameter(tool, path) {
        Named::Known(parameter) => Some(parameter),
        Named::Free | Named::Unknown => None,
    }
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

/// Why no value of the parameter's types can meet the comparison.
fn misfit(parameter: &Parameter, condition: &Condition) -> Option<&'static str> {
    if condition.op.is_order() && !is_one_of(parameter, &["number", "integer"]) {
        return Some("is no number");
    }
    let is_text = condition.op != Op::Regex || is_one_of(parameter, &["string"]);
    (!is_text).then_some("is no string")
}

/// Why no value that the schema admits can meet the comparison.
fn beyond(parameter: &Parameter, condition: &Condition) -> Option<&'static str> {
    if condition.op == Op::Exists && condition.value == false && parameter.required {
        return Some("is required, and the policy forbids it");
    }
    let value = condition.value.as_f64()?;
    let excluded = match condition.op {
        Op::Lt => parameter.minimum.is_some_and(|minimum| value <= minimum),
        Op::Lte => parameter.minimum.is_some_and(|minimum| value < minimum),
        Op::Gt => parameter.maximum.is_some_and(|maximum| value >= maximum),
        Op::Gte => parameter.maximum.is_some_and(|maximum| value > maximum),
        _ => false,
    };
    excluded.then_some("never gets there, as its schema bounds it")
}

/// True when the parameter may be of one of `types`, or its schema does not say.
fn is_one_of(parameter: &Parameter, types: &[&str]) -> bool {
    parameter.types.is_empty() || parameter.types.share(JsonTypes::of(types.iter().copied()))
}

/// Two of the conditions on one argument that leave nothing between them.
fn excluding(parameter: Option<&Parameter>, conditions: &[&Condition]) -> Option<String> {
    let absent = conditions.iter().any(|c| c.op == Op::Exists && c.value == false);
    let given = conditions.iter().any(|c| if c.op == Op::Exists { c.value == true } else { !c.absent_passes });
    if absent && given {
        return Some("must not be given, and be compared".into());
    }
    let whole = parameter
        .is_some_and(|parameter| !parameter.types.is_empty() && parameter.types.are_in(JsonTypes::of(["integer"])));
    let bounds = |ops: [Op; 2]| conditions.iter().filter(move |c| ops.contains(&c.op));
    for lower in bounds([Op::Gt, Op::Gte]) {
        for upper in bounds([Op::Lt, Op::Lte]) {
            let (Some(least), Some(most)) = (lower.value.as_f64(), upper.value.as_f64()) else { continue };
            let touching = lower.op == Op::Gte && upper.op == Op::Lte;
            // The least whole number that the one lets through, for the other.
            let first = if lower.op == Op::Gt { least.floor() + 1.0 } else { least.ceil() };
            let between = least < most || (touching && least <= most);
            if !between || (whole && !meets(&[upper], &json!(first))) {
                let low = if lower.op == Op::Gt { "above" } else { "at least" };
                let high = if upper.op == Op::Lt { "below" } else { "at most" };
                return Some(format!("must be {low} {least} and {high} {most}"));
            }
        }
    }
    None
}

/// That none of the values which an argument may take meets all `conditions` on it. A single one is told already when
/// its values are foreign.
fn none_left(parameter: Option<&Parameter>, conditions: &[&Condition]) -> Option<String> {
    let schema = parameter.map_or(&[][..], |parameter| parameter.values.as_slice());
    let of_schema = || schema.iter().map(|value| json!(value)).collect::<Vec<_>>();
    let listed = conditions.iter().find_map(|condition| match (condition.op, &condition.value) {
        (Op::Eq, value) => Some(vec![value.clone()]),
        (Op::In, Value::Array(values)) => Some(values.clone()),
        _ => None,
    });
    let possible = listed.unwrap_or_else(of_schema);
    let has_several = conditions.len() > 1 || !schema.is_empty();
    // A pattern that cannot be used is told by itself.
    let is_usable = |c: &&&Condition| c.op != Op::Regex || c.value.as_str().is_some_and(|p| re2::compile(p).is_ok());
    let conditions: Vec<&Condition> = conditions.iter().filter(is_usable).copied().collect();
    let left = possible.is_empty() || possible.iter().any(|value| meets(&conditions, value));
    (has_several && !left).then(|| "has no value that meets all conditions on it".into())
}
