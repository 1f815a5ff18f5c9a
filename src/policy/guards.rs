//! Guards from a definition: what is asked of the arguments of a call, by the entries of `guards.yaml`.

use std::cell::OnceCell;
use std::collections::HashSet;

use serde_json::{Number, Value, json};

use super::simulate::{Call, Outcome, evaluate};
use super::{Decisions, by_profile};
use crate::classify::{words_of_description, words_of_parameter};
use crate::model::{
    Action, Adds, Assessment, Category, Cause, Check, Condition, Decision, Guard, JsonTypes, Op, Parameter,
    PolicyAction, Tool, Total, Unheld,
};
use crate::rules::{Example, GuardEntry, GuardRule, GuardSubject, GuardTemplate, Profile, Ruleset};
use crate::text::words::Words;
use crate::text::{clean, prose};

/// Characters of a parameter's path in a sentence.
const MAX_PATH: usize = 80;
/// Most values of a parameter that a guard lists.
const MAX_VALUES: usize = 200;
/// Most guards on one tool; a hostile schema has thousands of parameters.
const MAX_GUARDS: usize = 40;

/// The guards on the parameters of `tool`, in the order of the entries, each on its parameters in schema order.
pub fn of(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Vec<Guard> {
    let asked: Vec<&GuardRule> = ruleset.guards.iter().filter(|rule| is_asked(&rule.entry, tool, assessment)).collect();
    if asked.is_empty() || tool.parameters.is_empty() {
        return Vec::new();
    }
    let parameters = read(tool);
    let is_dispatch = !assessment.actions.is_empty();
    let description = words_of_description(tool);
    let (mut taken, mut told) = (HashSet::new(), HashSet::new());
    let mut guards = Vec::new();
    for rule in asked {
        let entry = &rule.entry;
        for (at, read) in parameters.iter().enumerate() {
            let Some(cause) = cause(rule, read, &description, assessment, ruleset) else { continue };
            if entry.group.as_ref().is_some_and(|group| taken.contains(&(group, at))) {
                continue;
            }
            let Some(check) = check(entry, read.parameter, is_dispatch) else { continue };
            taken.extend(entry.group.as_ref().map(|group| (group, at)));
            if read.can_be_held(entry) {
                guards.push(guard(entry, check, read.parameter, cause));
            } else if !entry.quiet && told.insert(at) {
                let unheld = Check::Unheld(Unheld { unheld: read.parameter.path.clone() });
                guards.push(Guard { fill_in: false, on_deny: None, ..guard(entry, unheld, read.parameter, cause) });
            }
        }
        if entry.of == GuardSubject::Required {
            one_answer(entry, &mut guards);
        }
    }
    guards.truncate(MAX_GUARDS);
    guards
}

/// The guard that lets only those operations of a dispatch tool through that `profile` does not refuse; nothing when no
/// comparison can hold it to them.
pub fn on_operations(tool: &Tool, assessment: &Assessment, profile: &Profile, ruleset: &Ruleset) -> Option<Guard> {
    let entry = &ruleset.guards.iter().find(|rule| rule.entry.of == GuardSubject::Operations)?.entry;
    let chooser = &assessment.actions.first()?.parameter;
    let parameter = read(tool).into_iter().find(|read| read.leads && read.parameter.path == *chooser)?.parameter;
    let refused: Vec<&Action> = assessment.actions.iter().filter(|action| profile.refuses(action.category)).collect();
    let is_text = parameter.types.are_in(JsonTypes::of(["string"]));
    if refused.is_empty() || !is_text {
        return None;
    }
    let worst = refused.iter().map(|action| action.category).max()?;
    let values = refused.iter().map(|action| action.value.as_str()).collect::<Vec<_>>();
    let condition = condition(entry, parameter, Op::NotIn, json!(values), false);
    let cause = Cause {
        id: "operations".into(),
        text: format!("Chooses between operations, the worst of them {worst} ({})", shown(&parameter.path)),
    };
    Some(Guard { essential: true, ..guard(entry, Check::Argument(condition), parameter, cause) })
}

/// A parameter, and its words once they were asked for.
struct Read<'t> {
    parameter: &'t Parameter,
    /// A dotted path leads to it, so that a condition can name it: not inside arrays or free keys, nor with a dot in its
    /// own name.
    leads: bool,
    words: OnceCell<(Words<'t>, Words<'t>)>,
}

impl Read<'_> {
    /// True when a condition can say what `entry` asks.
    fn can_be_held(&self, entry: &GuardEntry) -> bool {
        let fits = || self.parameter.types.are_in(entry.types.and(JsonTypes::of(["null"])));
        self.leads && (entry.of == GuardSubject::Required || fits())
    }
}

fn read(tool: &Tool) -> Vec<Read<'_>> {
    let is_plain = |p: &Parameter| !p.name().contains('.') && !p.name().is_empty();
    let dotted: Vec<&str> = tool.parameters.iter().filter(|p| !is_plain(p)).map(|p| p.path.as_str()).collect();
    let leads = |p: &Parameter| {
        let marks = p.path.split('.').any(|part| part.is_empty() || part == "*" || part.ends_with("[]"));
        is_plain(p) && !marks && !dotted.iter().any(|path| p.path.starts_with(path))
    };
    let read = |parameter| Read { parameter, leads: leads(parameter), words: OnceCell::new() };
    tool.parameters.iter().map(read).collect()
}

/// True when the entry is asked of a tool of this kind at all.
fn is_asked(entry: &GuardEntry, tool: &Tool, assessment: &Assessment) -> bool {
    let claims_to_read = tool.annotations.read_only_hint == Some(true) || assessment.category == Category::Read;
    entry.of != GuardSubject::Operations
        && (entry.only_for.is_empty() || entry.only_for.contains(&assessment.category))
        && (!entry.reads || claims_to_read)
        && (entry.signals.is_empty() || assessment.signals.iter().any(|signal| entry.signals.contains(&signal.id)))
}

/// Why the entry is asked of the parameter; nothing when it is not.
fn cause(
    rule: &GuardRule,
    read: &Read<'_>,
    description: &Words<'_>,
    assessment: &Assessment,
    ruleset: &Ruleset,
) -> Option<Cause> {
    let Read { parameter, words, .. } = read;
    let path = shown(&parameter.path);
    if rule.entry.of == GuardSubject::Required {
        let category = assessment.category;
        let text = format!("Must be given to {} {category} tool ({path})", prose::article(category.name()));
        return (parameter.required && read.leads && !parameter.path.contains('.'))
            .then(|| Cause { id: "required".into(), text });
    }
    if parameter.types.is_empty() {
        return None;
    }
    let (name, text) = words.get_or_init(|| words_of_parameter(parameter));
    let mut roles = ruleset.inputs.iter().filter(|input| rule.entry.roles.contains(&input.entry.id));
    let role = &roles.find(|input| input.fits(parameter, name, text, description))?.entry;
    if !rule.is_spoken_of(parameter, name, text, description) {
        return None;
    }
    let shown = assessment.signals.iter().find(|signal| rule.entry.signals.contains(&signal.id));
    let signal = shown.and_then(|shown| ruleset.signals.iter().find(|signal| signal.id == shown.id));
    let (id, reason) = signal.map_or((&role.id, &role.title), |signal| (&signal.id, &signal.text));
    Some(Cause { id: id.clone(), text: format!("{reason} ({path})") })
}

/// What the entry asks of the parameter; nothing when its schema says as much already. Of a dispatch tool, some operations
/// may do without the argument.
fn check(entry: &GuardEntry, parameter: &Parameter, is_dispatch: bool) -> Option<Check> {
    let listed = !parameter.values.is_empty();
    match &entry.check {
        GuardTemplate::Compare { op: Op::Regex, .. } if listed => None,
        GuardTemplate::Compare { op, value } => {
            let value = within(*op, value, parameter);
            Some(Check::Argument(condition(entry, parameter, *op, value, is_dispatch)))
        }
        GuardTemplate::ListedValues => {
            let values = json!(parameter.values);
            let fits = listed && parameter.values.len() <= MAX_VALUES;
            fits.then(|| Check::Argument(condition(entry, parameter, Op::In, values, is_dispatch)))
        }
        GuardTemplate::RefusedOperations => None,
        // A total is of calls that give the number: it would refuse the others.
        GuardTemplate::Total { .. } if is_dispatch && !parameter.required => None,
        GuardTemplate::Total { max, window_seconds } => Some(Check::Total(Total {
            adds: Adds::Argument(parameter.path.clone()),
            window_seconds: *window_seconds,
            max: *max,
        })),
    }
}

/// A cap is never below what the schema asks for at least, nor above what it allows at most.
fn within(op: Op, value: &Value, parameter: &Parameter) -> Value {
    let (Some(cap), Op::Lte) = (value.as_f64(), op) else { return value.clone() };
    let held = cap.min(parameter.maximum.unwrap_or(cap)).max(parameter.minimum.unwrap_or(f64::MIN));
    if held == cap {
        return value.clone();
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size are exact")]
    let whole = (held.fract() == 0.0 && held.abs() < 1e15).then(|| json!(held as i64));
    whole.or_else(|| Number::from_f64(held).map(Value::Number)).unwrap_or_else(|| value.clone())
}

fn condition(entry: &GuardEntry, parameter: &Parameter, op: Op, value: Value, may_lack: bool) -> Condition {
    let absent_passes = (may_lack || !entry.must_be_given) && !parameter.required;
    Condition { parameter: parameter.path.clone(), op, value, absent_passes }
}

fn guard(entry: &GuardEntry, check: Check, parameter: &Parameter, cause: Cause) -> Guard {
    let on_deny = entry.on_deny.replace("{parameter}", &shown(&parameter.path));
    Guard {
        id: entry.id.clone(),
        check,
        cause: Some(cause),
        essential: false,
        fill_in: entry.fill_in,
        on_deny: Some(on_deny),
    }
}

/// Gives all guards of `entry` the one sentence that names all their arguments.
fn one_answer(entry: &GuardEntry, guards: &mut [Guard]) {
    let paths: Vec<String> =
        guards.iter().filter(|g| g.id == entry.id).flat_map(Guard::parameters).map(shown).collect();
    let on_deny = entry.on_deny.replace("{parameter}", &prose::list(&paths));
    guards.iter_mut().filter(|g| g.id == entry.id).for_each(|guard| guard.on_deny = Some(on_deny.clone()));
}

fn shown(path: &str) -> String {
    clean::excerpt(path, MAX_PATH)
}

/// Every example of `guards.yaml` that does not come out as its entry says: the tools of which it is asked, and the
/// values that pass its check.
pub fn example_failures(ruleset: &Ruleset) -> Vec<String> {
    ruleset
        .guards
        .iter()
        .flat_map(|rule| tool_failures(&rule.entry, ruleset).chain(value_failures(&rule.entry)))
        .collect()
}

fn tool_failures<'r>(entry: &'r GuardEntry, ruleset: &'r Ruleset) -> impl Iterator<Item = String> + 'r {
    let is_asked = move |example: &Example| {
        let tool = example.tool();
        let assessment = crate::classify::classify_alone(&tool, ruleset);
        let decision = by_profile(&tool, &assessment, &ruleset.profile, ruleset);
        decision.guards.iter().any(|guard| guard.id == entry.id)
    };
    let lists = [(&entry.examples.matches, "should"), (&entry.examples.reject, "should not")];
    lists.into_iter().flat_map(move |(examples, should)| {
        let wrong = move |example: &&Example| is_asked(example) != (should == "should");
        let told = move |e: &Example| format!("{} {should} be asked of {}: {}", entry.id, e.name, e.because);
        examples.iter().filter(wrong).map(told).collect::<Vec<_>>()
    })
}

fn value_failures(entry: &GuardEntry) -> impl Iterator<Item = String> + '_ {
    let passes = |value: &Value| {
        let parameter = Parameter::named("", "value");
        let cause = Cause { id: String::new(), text: String::new() };
        let guards = check(entry, &parameter, false).map(|check| guard(entry, check, &parameter, cause));
        let decision = Decision { guards: guards.into_iter().collect(), ..Decision::allow() };
        let decisions =
            Decisions { default: PolicyAction::Deny, tools: [(String::new(), decision)].into(), every: None };
        let call = Call { tool: String::new(), arguments: json!({"value": value}), at: 0 };
        evaluate(&decisions, &call).outcome == Outcome::Allowed
    };
    let wrong = |values: &[Value], should: bool| {
        let told = |value: &Value| {
            let verb = if should { "pass" } else { "be refused" };
            format!("{}: the value {value} should {verb}", entry.id)
        };
        values.iter().filter(|value| passes(value) != should).map(told).collect::<Vec<_>>()
    };
    wrong(&entry.passes, true).into_iter().chain(wrong(&entry.refuses, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_keeps_its_word() {
        let failures = example_failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
