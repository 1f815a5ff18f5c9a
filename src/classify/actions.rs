//! Dispatch tools: if a parameter's values name operations, each value is classified by itself.

use rustc_hash::FxHashSet;

use super::claims::{Claim, Standing};
use super::reading::Reading;
use super::{listed, names};
use crate::model::{Action, Category, EvidenceField, JsonTypes, Parameter, Tool};
use crate::rules::Strength;
use crate::text::words::Words;

/// Most values of a parameter that are read.
const MAX_VALUES: usize = 200;

/// Arithmetic operations, which give "add" another meaning.
const ARITHMETIC: [&str; 2] = ["multiply", "divide"];

/// Names of parameters whose values a text may list without quotes.
const LISTED: [&str; 4] = ["action", "operation", "op", "subcommand"];

/// HTTP methods (RFC 9110, RFC 5789).
const HTTP_METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// The operations of a dispatch tool, each with its category; empty for other tools.
pub(crate) fn find<'t>(reading: &'t Reading<'t>) -> Vec<Action> {
    let choosers = reading.tool.parameters.iter().filter(|p| !p.path.contains("[]") && is_dispatcher(reading, p));
    choosers.map(|parameter| of_parameter(reading, parameter)).find(|actions| !actions.is_empty()).unwrap_or_default()
}

fn of_parameter<'t>(reading: &'t Reading<'t>, parameter: &Parameter) -> Vec<Action> {
    let described;
    let values: &[String] = if parameter.values.is_empty() {
        described = described_values(reading, parameter);
        &described
    } else {
        &parameter.values
    };
    // An HTTP method says how a URL is requested, not what the tool does.
    let calculates = values.iter().any(|value| ARITHMETIC.contains(&value.as_str()));
    // A list in a text may be one example of many; a schema with one value allows no other.
    let fewest = if parameter.values.is_empty() { 2 } else { 1 };
    if values.len() < fewest || are_http_methods(values) || calculates {
        return Vec::new();
    }
    let claims: Vec<Option<Claim<'t>>> = values.iter().take(MAX_VALUES).map(|value| of_value(reading, value)).collect();
    let sure = |c: &&Claim<'_>| c.meaning.strength == Strength::Strong && c.standing >= Standing::Likely;
    // At least half of the values must be verbs, and one of them a certain verb, or a severe one of a tool that changes
    // something. Any other parameter is a filter or a mode.
    let is_severe = |c: &Claim<'_>| c.says() >= Category::Destructive && changes_something(reading);
    let plain = claims.iter().flatten().any(|c| c.standing == Standing::Sure || is_severe(c));
    let mostly_verbs = 2 * claims.iter().flatten().filter(sure).count() >= claims.len();
    // "action": "basic", "modules", "set_title": nouns name what is read, and a verb with its object acts.
    let acts = |value: &str, claim: &Claim<'_>| {
        let words = Words::new(value);
        // "log_entries", "tag_added": what is read, or what happened.
        let last = words.get(words.len() - 1);
        let is_verb = claim.standing == Standing::Sure
            || !reading.rules.grammar.read_nouns.contains(last) && !last.ends_with("ed");
        sure(&claim) && is_verb && claim.at == 0 && claim.says() > Category::Read && words.len() > 1
    };
    let is_bound_operation = !parameter.values.is_empty() && LISTED.contains(&parameter.name().to_lowercase().as_str());
    let claims: Vec<Option<Claim<'t>>> = match mostly_verbs {
        true => claims,
        false if is_bound_operation => {
            values.iter().zip(claims).map(|(value, claim)| claim.filter(|claim| acts(value, claim))).collect()
        }
        false => return Vec::new(),
    };
    let is_dispatch = if mostly_verbs { plain } else { claims.iter().any(Option::is_some) };
    if !is_dispatch {
        return Vec::new();
    }
    if is_filter(reading, parameter, &claims) {
        return Vec::new();
    }
    let edits = edits_one_thing(reading, values);
    let action = |value: &String, claim: &Claim<'_>| Action {
        parameter: parameter.path.clone(),
        value: value.clone(),
        category: if edits { claim.says().min(Category::Write) } else { claim.says() },
    };
    values.iter().zip(&claims).filter_map(|(value, claim)| claim.as_ref().map(|claim| action(value, claim))).collect()
}

/// True if the values are kinds of what is listed: "lists audit events by action", with values of which none reads.
fn is_filter(reading: &Reading<'_>, parameter: &Parameter, claims: &[Option<Claim<'_>>]) -> bool {
    let lists = ["list", "search", "find", "count", "query"].contains(&reading.name.get(reading.namespace));
    let words = &reading.description;
    let kind = Words::new(parameter.name());
    let tells = (1..words.len())
        .any(|at| words.get(at - 1) == "by" && words.get(at) == kind.get(0) || words.get(at).starts_with("filter"));
    let own = Words::new(parameter.description.as_deref().unwrap_or(""));
    let filters = own.iter().any(|word| word.starts_with("filter") || ["only", "whose"].contains(&word));
    lists && (tells || filters) && claims.iter().flatten().all(|claim| claim.says() != Category::Read)
}

/// True if the name's verb plainly changes something: "create_adjustment" with "credit" or "refund".
fn changes_something(reading: &Reading<'_>) -> bool {
    let name = names::of_tool_name(reading, &[]);
    name.first().is_some_and(|c| {
        c.standing == Standing::Sure && c.meaning.strength == Strength::Strong && c.says() != Category::Read
    })
}

/// "set_node_groups" with "add", "remove" and "replace": what is taken out of the edited thing can be put back.
fn edits_one_thing(reading: &Reading<'_>, values: &[String]) -> bool {
    let grammar = &reading.rules.grammar;
    let is = |words: &FxHashSet<String>, value: &String| words.contains(&value.to_lowercase());
    grammar.editors.contains(reading.name.get(reading.namespace))
        && values.iter().any(|value| is(&grammar.adders, value))
        && values.iter().all(|value| {
            is(&grammar.adders, value)
                || is(&grammar.removers, value)
                || is(&grammar.editors, value)
                || value == "replace"
        })
}

/// The values that a text lists for a parameter without an enum: `operation: "add", "remove" or "list"`. Searched in
/// the parameter's own description, then after its name in the tool's description, then in the tool's list of
/// operations.
fn described_values(reading: &Reading<'_>, parameter: &Parameter) -> Vec<String> {
    let own_text = parameter.description.as_deref().unwrap_or("");
    let own = quoted(own_text);
    if own.len() >= 2 {
        return own;
    }
    let names_operations = LISTED.contains(&parameter.name().to_lowercase().as_str());
    let own = if names_operations { listed_in(&Words::new(own_text)) } else { Vec::new() };
    if own.len() >= 2 {
        return own;
    }
    let description = reading.tool.description.as_deref().unwrap_or("");
    let line = description
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(parameter.name())?.trim_start().strip_prefix([':', '(', '-']));
    match line.map(quoted) {
        Some(values) if values.len() >= 2 => values,
        _ if names_operations => listed_in(&reading.description),
        other => other.unwrap_or_default(),
    }
}

/// The operations that `words` list, without duplicates.
fn listed_in(words: &Words<'_>) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for (from, to) in listed::operations(words) {
        let value = words.text(from, to);
        if !values.iter().any(|v| v == value) {
            values.push(value.to_owned());
        }
    }
    values
}

/// The quoted identifiers in `text`, without duplicates.
fn quoted(text: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for part in text.split(['"', '\'', '`']).skip(1).step_by(2).take(MAX_VALUES) {
        let is_identifier =
            !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-' || c == '.');
        if is_identifier && !values.iter().any(|v| v == part) {
            values.push(part.to_owned());
        }
    }
    values
}

/// The claim of a value: a verb whose object is that of the tool's name.
fn of_value<'t>(reading: &'t Reading<'t>, value: &str) -> Option<Claim<'t>> {
    let words = Words::new(value);
    // "run_by_area" runs what the tool is about.
    if words.len() > 1 && words.get(1) != "by" {
        return names::of_identifier(reading, &words, EvidenceField::Parameter)
            .into_iter()
            .next()
            .filter(|c| c.at <= 1 || c.at + 1 == words.len());
    }
    let with_object = format!(
        "{} {}",
        words.get(0),
        reading
            .name
            .iter()
            .filter(|w| reading.rules.lexicon.form(w).is_none_or(|f| f.noun))
            .collect::<Vec<_>>()
            .join(" ")
    );
    names::of_identifier(reading, &Words::new(with_object), EvidenceField::Parameter)
        .into_iter()
        .next()
        .filter(|c| c.at == 0)
}

/// A parameter that is an HTTP method which changes something, or any.
pub(crate) fn http_method<'t>(reading: &Reading<'t>) -> Option<&'t Parameter> {
    let tool: &'t Tool = reading.tool;
    let chosen = tool
        .parameters
        .iter()
        .find(|p| are_http_methods(&p.values) && p.values.iter().any(|v| v.eq_ignore_ascii_case("post")));
    chosen.or_else(|| reading.role("http-method").filter(|method| method.values.is_empty()))
}

/// True if a parameter beside `method` is the body of a request.
pub(crate) fn takes_body(reading: &Reading<'_>, method: &Parameter) -> bool {
    let is_body = |p: &Parameter| ["body", "payload", "request_body", "requestBody"].contains(&p.name());
    let place = |p: &Parameter| p.path.get(..p.name_at as usize).unwrap_or_default().to_owned();
    reading.tool.parameters.iter().any(|p| is_body(p) && place(p) == place(method))
}

/// True for two or more HTTP methods, with or without a prefix: `POST`, `request.post`.
fn are_http_methods(values: &[String]) -> bool {
    let is_method = |value: &String| {
        let words = Words::new(value.as_str());
        let last = words.get(words.len().saturating_sub(1)).to_ascii_uppercase();
        words.len() <= 2 && (HTTP_METHODS.contains(&last.as_str()) || ["ANY", "ALL"].contains(&last.as_str()))
    };
    values.len() >= 2 && values.iter().filter(|value| is_method(value)).count() * 5 >= values.len() * 4
}

/// A parameter that takes any operation name, next to one for the operation's arguments.
pub(crate) fn router_parameter<'t>(reading: &Reading<'t>) -> Option<&'t Parameter> {
    let grammar = &reading.rules.grammar;
    let tool: &'t Tool = reading.tool;
    let name = |p: &Parameter| Words::new(p.name()).iter().collect::<Vec<_>>().join(" ");
    let at_top = || tool.parameters.iter().filter(|p| !p.path.contains(['.', '[']));
    let text = JsonTypes::from_names(["string"]);
    let is_free = |p: &&Parameter| p.values.is_empty() && p.types.share(text);
    let chooser = at_top().filter(is_free).find(|p| grammar.operation_names.contains(&name(p)))?;
    at_top().any(|p| grammar.operation_arguments.contains(&name(p))).then_some(chooser)
}

fn is_dispatcher(reading: &Reading<'_>, parameter: &Parameter) -> bool {
    let name = Words::new(parameter.name());
    let dispatchers = &reading.rules.grammar.dispatchers;
    let whole = name.iter().collect::<Vec<_>>().join(" ");
    dispatchers.contains(&whole)
        || name.iter().next_back().is_some_and(|last| dispatchers.contains(last) && name.len() <= 2)
}

pub(crate) fn most_severe(actions: &[Action]) -> Option<&Action> {
    actions.iter().rev().max_by_key(|action| action.category)
}
