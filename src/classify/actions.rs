//! Dispatch tools: a parameter whose values name operations is classified value by value.

use super::claims::{self, Claim, Standing};
use super::reading::Reading;
use crate::model::{Action, Category, Parameter, Place};
use crate::rules::Strength;
use crate::text::words::Words;

/// Most values of a parameter that are looked at.
const MAX_VALUES: usize = 200;

/// Request methods of HTTP (RFC 9110, RFC 5789).
const HTTP_METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// The operations that a tool dispatches to, each with what it can do; none for a tool that does one thing.
pub fn of<'t>(reading: &'t Reading<'t>) -> Vec<(Action, Claim<'t>)> {
    let mut actions = Vec::new();
    for parameter in &reading.tool.parameters {
        if actions.is_empty() && parameter.values.len() >= 2 && !parameter.path.contains("[]") {
            actions = of_parameter(reading, parameter);
        }
    }
    actions
}

fn of_parameter<'t>(reading: &'t Reading<'t>, parameter: &Parameter) -> Vec<(Action, Claim<'t>)> {
    // The methods of HTTP say how an address is called, not what this tool does.
    let http = parameter.values.iter().all(|v| HTTP_METHODS.contains(&v.to_ascii_uppercase().as_str()));
    let chooses = is_dispatcher(reading, parameter) && !http;
    let claims: Vec<Option<Claim<'t>>> =
        parameter.values.iter().take(MAX_VALUES).map(|value| of_value(reading, value)).collect();
    let known = claims
        .iter()
        .flatten()
        .filter(|c| c.meaning.strength == Strength::Strong && c.standing >= Standing::Likely)
        .count();
    // A parameter that is named like a chooser needs half of its values to be verbs; any other is only a filter or a mode.
    if !chooses || 2 * known < claims.len() {
        return Vec::new();
    }
    parameter
        .values
        .iter()
        .zip(claims)
        .filter_map(|(value, claim)| {
            let claim = claim?;
            let action = Action { parameter: parameter.path.clone(), value: value.clone(), category: claim.says() };
            Some((action, claim))
        })
        .collect()
}

/// What one value says, as a verb that acts on what the tool's name speaks of.
fn of_value<'t>(reading: &'t Reading<'t>, value: &str) -> Option<Claim<'t>> {
    let words = Words::of(value);
    if words.len() > 1 {
        return claims::of_name(reading, &words, Place::Parameter, &[])
            .into_iter()
            .next()
            .filter(|c| c.at == 0 || c.at + 1 == words.len());
    }
    let with_object = format!(
        "{value} {}",
        reading.name.iter().filter(|w| reading.rules.lexicon.form(w).is_none()).collect::<Vec<_>>().join(" ")
    );
    claims::of_name(reading, &Words::of(with_object), Place::Parameter, &[]).into_iter().next().filter(|c| c.at == 0)
}

fn is_dispatcher(reading: &Reading<'_>, parameter: &Parameter) -> bool {
    let name = Words::of(parameter.name.as_str());
    let dispatchers = &reading.rules.grammar.dispatchers;
    let whole = name.iter().collect::<Vec<_>>().join(" ");
    dispatchers.contains(&whole)
        || name.iter().next_back().is_some_and(|last| dispatchers.contains(last) && name.len() <= 2)
}

/// The most severe of `actions`.
pub fn most_severe<'a, 't>(actions: &'a [(Action, Claim<'t>)]) -> Option<(Category, &'a Action)> {
    actions.iter().map(|(action, _)| (action.category, action)).rev().max_by_key(|(category, _)| *category)
}
