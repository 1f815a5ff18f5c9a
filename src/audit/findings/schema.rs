//! What the schema leaves open.

use std::collections::BTreeSet;

use crate::model::{Assessment, JsonTypes, Parameter, Severity, Tool};
use crate::rules::FindingRule;
use crate::text::words::Words;
use crate::text::{clean, prose};

/// Most names in a sentence.
const MAX_NAMES: usize = 3;
const MAX_NAME: usize = 60;

/// A signal of the assessment that is a finding for this category.
pub fn signal(rule: &FindingRule, assessment: &Assessment) -> Option<String> {
    let signals = || assessment.signals.iter().filter(|signal| rule.entry.signals.contains(&signal.id));
    let first = signals().next()?;
    let parameters: Vec<&str> = signals().filter_map(|signal| signal.parameter.as_deref()).collect();
    Some(match parameters.is_empty() {
        true => format!("{}.", first.text),
        false => format!("{}: {}.", rule.entry.title, names(&parameters)),
    })
}

/// One argument by which the tool reads or destroys, or does whatever it is told.
pub fn broad_dispatch(rule: &FindingRule, tool: &Tool, assessment: &Assessment) -> Option<String> {
    both_ways(assessment).or_else(|| anything(rule, tool))
}

/// One that names an operation which no list bounds, or a method that deletes, beside a free argument for the rest.
fn anything(rule: &FindingRule, tool: &Tool) -> Option<String> {
    let is_in = |parameter: &Parameter, names: &[String]| {
        let name = Words::of(parameter.path.as_str()).iter().collect::<Vec<_>>().join(" ");
        names.contains(&name)
    };
    let free = |parameter: &Parameter| parameter.values.is_empty() && !parameter.bounded;
    let chooses = |parameter: &&Parameter| is_in(parameter, &rule.entry.choosers);
    let rest = tool.parameters.iter().find(|parameter| is_in(parameter, &rule.entry.beside) && free(parameter))?;
    let quote = |parameter: &Parameter| clean::excerpt(&parameter.path, MAX_NAME);
    let chooser = tool.parameters.iter().filter(chooses).find(|parameter| {
        let of_http = parameter.values.iter().any(|value| value.eq_ignore_ascii_case("DELETE"));
        let is_object = rest.types.share(JsonTypes::of(["object", "array"]));
        of_http || (free(parameter) && is_object)
    })?;
    Some(match chooser.values.is_empty() {
        true => format!("{} names any operation, and {} is passed on to it.", quote(chooser), quote(rest)),
        false => format!("{} reads and deletes, and {} says what.", quote(chooser), quote(rest)),
    })
}

fn both_ways(assessment: &Assessment) -> Option<String> {
    let of = |severity: Severity| assessment.actions.iter().find(|action| action.category.severity() == severity);
    let (reads, destroys) = (of(Severity::Low)?, of(Severity::Critical)?);
    let quote = |text: &str| clean::excerpt(text, MAX_NAME);
    Some(format!(
        "{} chooses between \"{}\" ({}) and \"{}\" ({}).",
        quote(&reads.parameter),
        quote(&reads.value),
        reads.category,
        quote(&destroys.value),
        destroys.category
    ))
}

/// Arguments that may be anything.
pub fn untyped(tool: &Tool) -> Option<String> {
    let untyped = tool.parameters.iter().filter(|parameter| parameter.types.is_empty() && parameter.values.is_empty());
    let paths: Vec<&str> = untyped.map(|parameter| parameter.path.as_str()).collect();
    let have = if paths.len() == 1 { "has" } else { "have" };
    (!paths.is_empty()).then(|| format!("{} {have} no type.", names(&paths)))
}

/// The first of `names`, each once, and how many more there are.
pub fn names(names: &[&str]) -> String {
    let all: BTreeSet<&str> = names.iter().copied().collect();
    let mut shown: Vec<String> = all.iter().take(MAX_NAMES).map(|name| clean::excerpt(name, MAX_NAME)).collect();
    if all.len() > MAX_NAMES {
        shown.push(format!("{} more", all.len() - MAX_NAMES));
    }
    prose::list(&shown)
}
