//! Checks the conditions on one tool: whether its arguments exist, and whether a call can meet them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::schema::{At, InputSchema};
use crate::model::{Adds, Check, Condition, Guard, JsonTypes, Op, Parameter, Tool, Total};
use crate::policy::implication::meets;
use crate::policy::re2::{self, Unusable};
use crate::text::json::plain;

/// The id of the problem, and a sentence.
type ProblemText = (&'static str, String);

/// A tool with its parsed input schema.
struct Defined<'t> {
    tool: &'t Tool,
    schema: InputSchema,
}

/// The problems of `guards` on the tool `name`. Without its definition, only problems that do not depend on the schema.
pub(crate) fn problems(name: &str, tool: Option<&Tool>, guards: &[Guard]) -> Vec<ProblemText> {
    let tool = tool.filter(|_| !guards.is_empty()).map(|tool| Defined { tool, schema: InputSchema::new(tool) });
    let tool = tool.as_ref();
    let mut found = Vec::new();
    for guard in guards {
        match &guard.check {
            Check::Argument(condition) => found.extend(of_condition(name, tool, condition)),
            Check::Refusal(refusal) => {
                found.extend(refusal.refused_when.iter().flat_map(|condition| of_refusal(name, tool, condition)));
            }
            Check::Total(total) => found.extend(of_total(name, tool, total)),
            Check::Unenforceable(_) => {}
        }
    }
    let mut on_each: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
    for condition in guards.iter().filter(|guard| matches!(guard.check, Check::Argument(_))).flat_map(Guard::conditions)
    {
        on_each.entry(&condition.parameter).or_default().push(condition);
    }
    for (path, conditions) in &on_each {
        let known = tool.and_then(|tool| known(tool.tool, path));
        let is_closed = tool.and_then(|tool| tool.schema.at(path)).is_some_and(|at| at.is_closed());
        let listed = known.filter(|_| is_closed).map_or(&[][..], |parameter| parameter.values.as_slice());
        let why = excluding(known, conditions).or_else(|| none_left(listed, conditions));
        found.extend(why.map(|why| ("unmeetable-condition", format!("{path} of {name} {why}."))));
    }
    found
}

/// The problems of a condition that must hold.
fn of_condition(name: &str, tool: Option<&Defined<'_>>, condition: &Condition) -> Vec<ProblemText> {
    let mut found = by_itself(name, tool, condition);
    let known = tool.and_then(|tool| known(tool.tool, &condition.parameter));
    let at = tool.and_then(|tool| tool.schema.at(&condition.parameter));
    let beyond = at.filter(|at| !at.reaches(condition)).map(|_| "never gets there, as its schema bounds it");
    let forbidden = condition.op == Op::Exists && condition.value == false && known.is_some_and(|known| known.required);
    let forbidden = forbidden.then_some("is required, and the policy forbids it");
    let unmeetable = known.and_then(|parameter| misfit(parameter, condition)).or(beyond).or(forbidden);
    let empty = condition.op == Op::In && condition.value.as_array().is_some_and(Vec::is_empty);
    let unmeetable = if empty { Some("must be one of no values") } else { unmeetable };
    found.extend(unmeetable.map(|why| ("unmeetable-condition", format!("{} {why}.", described(name, condition)))));
    found
}

/// The problems of a condition that denies: if it never holds, it denies nothing. Repeating a bound of the schema is
/// not a problem here.
fn of_refusal(name: &str, tool: Option<&Defined<'_>>, condition: &Condition) -> Vec<ProblemText> {
    let mut found = by_itself(name, tool, condition);
    let dead = tool.and_then(|tool| misfit(known(tool.tool, &condition.parameter)?, condition));
    let told = |why| format!("{} {why}, so that nothing is refused.", described(name, condition));
    found.extend(dead.map(|why| ("unreachable-rule", told(why))));
    found
}

/// A condition for messages: "count of update_order (gte 10)".
fn described(name: &str, condition: &Condition) -> String {
    format!("{} of {name} ({} {})", condition.parameter, condition.op.name(), condition.value)
}

/// The problems of a condition of either kind.
fn by_itself(name: &str, tool: Option<&Defined<'_>>, condition: &Condition) -> Vec<ProblemText> {
    let path = &condition.parameter;
    let pattern = condition.value.as_str().filter(|_| condition.op == Op::Regex);
    let unusable = pattern.and_then(|pattern| re2::compile(pattern).err()).map(|why| match why {
        Unusable::Refused(why) => ("refused-pattern", format!("The pattern for {path} of {name} is refused: {why}.")),
        Unusable::Here(why) => {
            ("unchecked-pattern", format!("The pattern for {path} of {name} cannot be checked here: {why}."))
        }
    });
    let open = pattern
        .filter(|pattern| lets_all_pass(pattern))
        .map(|pattern| ("open-guard", format!("The pattern {pattern:?} for {path} of {name} lets every value pass.")));
    let of_tool = tool.and_then(|tool| match tool.schema.at(path) {
        None => Some(unknown(name, path)),
        Some(at) => foreign_value(name, &at, condition),
    });
    unusable.into_iter().chain(open).chain(of_tool).collect()
}

/// Values of which any useful guard rejects at least one.
const PROBES: [&str; 7] =
    ["", "x", "../../etc/passwd", "DROP TABLE t; --", "http://169.254.169.254/", "rm -rf / | sh", "\u{e9} \t\u{0}"];

/// True for a pattern without literal characters that matches every probe. A pattern with letters may reject a word
/// that is in no probe.
fn lets_all_pass(pattern: &str) -> bool {
    static NO_LITERALS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\\.|\(\?[a-zA-Z-]+[:)]|\{[0-9, ]*\}").expect("the pattern is a constant"));
    let rest = NO_LITERALS.replace_all(pattern, "");
    !rest.contains(char::is_alphanumeric)
        && re2::compile(pattern).is_ok_and(|pattern| PROBES.iter().all(|probe| pattern.is_match(probe)))
}

fn of_total(name: &str, tool: Option<&Defined<'_>>, total: &Total) -> Vec<ProblemText> {
    let mut found = Vec::new();
    if total.max == 0 {
        found.push(("unmeetable-condition", format!("A total of {name} may hold 0, so that no call passes.")));
    }
    if let (Some(tool), Adds::Argument(path)) = (tool, &total.adds) {
        let is_number = known(tool.tool, path).is_none_or(|parameter| is_one_of(parameter, &["number", "integer"]));
        if tool.schema.at(path).is_none() {
            found.push(unknown(name, path));
        } else if !is_number {
            found.push(("unmeetable-condition", format!("A total of {name} adds up {path}, which is no number.")));
        }
    }
    found
}

fn unknown(name: &str, path: &str) -> ProblemText {
    ("unknown-parameter", format!("{name} has no parameter {path}."))
}

/// The parameter at `path`, if the schema lists it. A path has no array marks: `files.path` also means `files[].path`.
fn known<'t>(tool: &'t Tool, path: &str) -> Option<&'t Parameter> {
    tool.parameters.iter().find(|parameter| parameter.path.replace("[]", "") == path)
}

/// Reports a value that the schema does not allow at this path.
fn foreign_value(name: &str, at: &At<'_>, condition: &Condition) -> Option<ProblemText> {
    let values = match (condition.op, &condition.value) {
        (Op::Eq | Op::Neq, value) => std::slice::from_ref(value),
        (Op::In | Op::NotIn, Value::Array(values)) => values,
        (Op::In | Op::NotIn | Op::Lt | Op::Lte | Op::Gt | Op::Gte, _) | (Op::Contains | Op::Regex | Op::Exists, _) => {
            return None;
        }
    };
    let value = values.iter().find(|value| !at.admits(value))?;
    let value = plain(value);
    Some(("unknown-value", format!("{} of {name} never takes the value {value}.", condition.parameter)))
}

/// Why no value of the parameter's types can meet the comparison.
fn misfit(parameter: &Parameter, condition: &Condition) -> Option<&'static str> {
    if condition.op.is_order() && !is_one_of(parameter, &["number", "integer"]) {
        return Some("is no number");
    }
    let is_text = condition.op != Op::Regex || is_one_of(parameter, &["string"]);
    (!is_text).then_some("is no string")
}

/// True if the parameter can have one of `types`, or its schema has no type.
fn is_one_of(parameter: &Parameter, types: &[&str]) -> bool {
    parameter.types.is_empty() || parameter.types.share(JsonTypes::from_names(types.iter().copied()))
}

/// Why the conditions on an argument exclude each other, if they do.
fn excluding(parameter: Option<&Parameter>, conditions: &[&Condition]) -> Option<String> {
    let absent = conditions.iter().any(|c| c.op == Op::Exists && c.value == false);
    let given = conditions.iter().any(|c| if c.op == Op::Exists { c.value == true } else { !c.absent_passes });
    if absent && given {
        return Some("must not be given, and be compared".into());
    }
    let whole = parameter.is_some_and(|parameter| {
        !parameter.types.is_empty() && parameter.types.are_in(JsonTypes::from_names(["integer"]))
    });
    let bounds = |ops: [Op; 2]| conditions.iter().filter(move |c| ops.contains(&c.op));
    for lower in bounds([Op::Gt, Op::Gte]) {
        for upper in bounds([Op::Lt, Op::Lte]) {
            let (Some(least), Some(most)) = (lower.value.as_f64(), upper.value.as_f64()) else { continue };
            let touching = lower.op == Op::Gte && upper.op == Op::Lte;
            // The smallest integer above the lower bound, to test against the upper bound.
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

/// Why no possible value of the argument (those of `schema` if it lists them) meets all `conditions`. A single
/// condition is already reported if its values are not in the schema.
fn none_left(schema: &[String], conditions: &[&Condition]) -> Option<String> {
    // An argument that must be absent needs no value.
    if conditions.iter().any(|condition| condition.op == Op::Exists && condition.value == false) {
        return None;
    }
    let of_schema = || schema.iter().map(|value| json!(value)).collect::<Vec<_>>();
    let listed = conditions.iter().find_map(|condition| match (condition.op, &condition.value) {
        (Op::Eq, value) => Some(vec![value.clone()]),
        (Op::In, Value::Array(values)) => Some(values.clone()),
        _ => None,
    });
    let possible = listed.unwrap_or_else(of_schema);
    let has_several = conditions.len() > 1 || !schema.is_empty();
    // Invalid patterns are reported elsewhere.
    let is_usable = |c: &&&Condition| c.op != Op::Regex || c.value.as_str().is_some_and(|p| re2::compile(p).is_ok());
    let conditions: Vec<&Condition> = conditions.iter().filter(is_usable).copied().collect();
    let left = possible.is_empty() || possible.iter().any(|value| meets(&conditions, value));
    (has_several && !left).then(|| "has no value that meets all conditions on it".into())
}
