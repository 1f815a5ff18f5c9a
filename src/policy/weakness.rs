//! What the decision of a policy lets pass that the default policy refuses or asks about. `policy check` and a merge both
//! use it.
//!
//! Whether one pattern allows more than another is not decidable by a comparison, so values are tried: those that the
//! guard's own rule lists as refused, those just beyond a bound, and the values of the schema that the guard leaves out.

use std::collections::{HashMap, HashSet};

use regex::Regex;
use serde_json::{Value, json};

use super::calls_per_day;
use super::decider::compares;
use super::implication::{implies, refused_values};
use super::re2;
use crate::model::{Check, Condition, Decision, Guard, JsonTypes, Op, Parameter, PolicyAction, Total};
use crate::rules::Ruleset;
use crate::text::json::plain;
use crate::text::{clean, prose};

/// Most values in a message.
const MAX_VALUES: usize = 5;
/// Longest value or argument path in a message, in characters.
const MAX_VALUE: usize = 60;
/// A bound that a person must set holds any number that can be meant, and so not this one.
const BEYOND_MEANING: f64 = 1e15;

/// A way in which a decision is weaker than the default one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Weakness {
    /// An argument may have values that a guard of the default policy stops.
    Lets {
        /// The argument's path.
        path: String,
        /// The values that pass.
        values: Vec<Value>,
        /// True if the default asks a person about them; false if it refuses them.
        asks: bool,
    },
    /// Nothing guards these arguments. Each is the name of a guard and its arguments.
    Unguarded(Vec<MissingGuard>),
    /// A total is not kept.
    Total(Total),
    /// The tool is allowed, and the default refuses it or asks.
    Allowed,
    /// A person is asked, and the default refuses.
    Asked,
    /// More calls pass.
    Calls,
}

/// A guard of the default policy that the policy lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingGuard {
    id: String,
    paths: Vec<String>,
}

impl Weakness {
    /// In words, after the name of the tool: "lets path be /etc/shadow, which a new policy refuses."
    pub(crate) fn words(&self, own: &Decision, wanted: &Decision) -> String {
        match self {
            Self::Lets { path, values, asks } => {
                let shown = values.iter().take(MAX_VALUES).map(|value| clean::excerpt(&plain(value), MAX_VALUE));
                let mut shown: Vec<String> = shown.collect();
                let more = values.len().saturating_sub(MAX_VALUES);
                shown.extend((more > 0).then(|| format!("{} more", prose::thousands(more))));
                let path = clean::excerpt(path, MAX_VALUE);
                let does = if *asks { "asks about" } else { "refuses" };
                format!("lets {path} be {}, which a new policy {does}.", prose::list(&shown))
            }
            Self::Unguarded(guards) => {
                let mut names: Vec<String> = guards.iter().map(MissingGuard::words).collect();
                names.dedup();
                format!("does not ask what a new policy asks: {}.", prose::list(&names))
            }
            Self::Total(total) => {
                format!("does not keep a total that a new policy keeps: {}.", Check::Total(total.clone()).words())
            }
            Self::Allowed | Self::Asked | Self::Calls => {
                format!("says \"{}\", and a new policy \"{}\".", own.words(), wanted.words())
            }
        }
    }
}

impl MissingGuard {
    pub(crate) fn arguments(&self) -> &[String] {
        &self.paths
    }

    /// "no-parent-path (path)".
    fn words(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|path| clean::excerpt(path, MAX_VALUE)).collect();
        if paths.is_empty() { self.id.clone() } else { format!("{} ({})", self.id, prose::list(&paths)) }
    }
}

/// Compares decisions with those of the default policy. Patterns are compiled once.
pub(crate) struct Comparison<'r> {
    /// The values that each guard must stop, by the guard's id.
    refused: HashMap<&'r str, &'r [Value]>,
    patterns: HashMap<String, Option<Regex>>,
}

/// A tool whose decision is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared<'a> {
    /// The decision of the default policy.
    pub(crate) wanted: &'a Decision,
    /// The part of it that the format of the file states.
    pub(crate) stated: &'a Decision,
    pub(crate) parameters: &'a [Parameter],
    /// The decision of the file.
    pub(crate) own: &'a Decision,
    /// What the file says about every call of any tool.
    pub(crate) every: Option<&'a Decision>,
}

impl<'r> Comparison<'r> {
    pub(crate) fn new(ruleset: &'r Ruleset) -> Self {
        let refused = ruleset.guards.iter().map(|rule| (rule.entry.id.as_str(), rule.entry.refuses.as_slice()));
        Self { refused: refused.collect(), patterns: HashMap::new() }
    }

    /// All ways in which the decision is weaker than the default one.
    pub(crate) fn weaknesses(&mut self, tool: Compared<'_>) -> Vec<Weakness> {
        let Compared { wanted, stated, own, every, .. } = tool;
        // A format that cannot ask leaves some tools open.
        let opened = Decision { action: PolicyAction::Allow, ..wanted.clone() };
        let is_opened = wanted.action == PolicyAction::Approve && stated.action == PolicyAction::Allow;
        let wanted = if is_opened { &opened } else { wanted };
        let tool = Compared { wanted, ..tool };
        if own.action.refuses() || every.is_some_and(|every| every.action.refuses()) {
            return Vec::new();
        }
        match (own.action, wanted.action) {
            (PolicyAction::Allow, PolicyAction::Allow) => {
                let mut found = self.of_guards(tool);
                found.extend((calls_per_day(own) > calls_per_day(wanted)).then_some(Weakness::Calls));
                found
            }
            (PolicyAction::Allow, PolicyAction::Approve | PolicyAction::Deny | PolicyAction::Hide) => {
                vec![Weakness::Allowed]
            }
            (
                PolicyAction::Approve | PolicyAction::Deny | PolicyAction::Hide,
                PolicyAction::Deny | PolicyAction::Hide,
            ) => vec![Weakness::Asked],
            (
                PolicyAction::Approve | PolicyAction::Deny | PolicyAction::Hide,
                PolicyAction::Allow | PolicyAction::Approve,
            ) => Vec::new(),
        }
    }

    fn of_guards(&mut self, tool: Compared<'_>) -> Vec<Weakness> {
        let own: Vec<&Guard> =
            tool.own.guards.iter().chain(tool.every.iter().flat_map(|every| &every.guards)).collect();
        let (mut found, mut missing, mut told) = (Vec::new(), Vec::new(), HashSet::new());
        for guard in tool.wanted.guards.iter().filter(|guard| is_expected(guard, tool.stated)) {
            if own.iter().any(|other| implies(&other.check, &guard.check)) {
                continue;
            }
            match &guard.check {
                Check::Total(total) => {
                    let is_own = |other: &&Guard| matches!(&other.check, Check::Total(own) if own.adds == total.adds);
                    if !(guard.fill_in && own.iter().copied().any(|other| is_own(&other))) {
                        found.push(Weakness::Total(total.clone()));
                    }
                }
                Check::Argument(condition) => {
                    let path = condition.parameter.as_str();
                    if !own.iter().any(|other| other.parameters().iter().any(|own| is_around(own, path))) {
                        let paths = guard.parameters().into_iter().map(str::to_owned).collect();
                        missing.push(MissingGuard { id: guard.id.clone(), paths });
                        // Of an operation it is known which values do harm.
                        if !(guard.essential && matches!(condition.op, Op::In | Op::NotIn)) {
                            continue;
                        }
                    }
                    let values = self.passing(guard, condition, &tool, &own);
                    if !values.is_empty() && told.insert(path) {
                        found.push(Weakness::Lets { path: path.to_owned(), values, asks: guard.asks });
                    }
                }
                Check::Refusal(_) | Check::Unenforceable(_) => {}
            }
        }
        found.extend((!missing.is_empty()).then_some(Weakness::Unguarded(missing)));
        found
    }

    /// The values that `guard` with its `condition` stops and that pass all of `own`.
    fn passing(&mut self, guard: &Guard, condition: &Condition, tool: &Compared<'_>, own: &[&Guard]) -> Vec<Value> {
        let parameter = tool.parameters.iter().find(|parameter| parameter.path == condition.parameter);
        let tried = self.tried(guard, condition, parameter, tool.parameters);
        let stopped: Vec<Value> = tried.into_iter().filter(|value| !self.holds(condition, value)).collect();
        let path = condition.parameter.as_str();
        let passes = |comparison: &mut Self, value: &Value| !own.iter().any(|own| comparison.stops(own, path, value));
        let passing: Vec<Value> = stopped.iter().filter(|value| passes(self, value)).cloned().collect();
        // A condition of one's own on what should not be given at all may allow any one value.
        let needs_all = condition.op == Op::Exists;
        if needs_all && passing.len() < stopped.len() { Vec::new() } else { passing }
    }

    /// Values of the argument of `guard` to try against a policy; some of them may pass the guard.
    pub(crate) fn values_to_try(&self, guard: &Guard, parameters: &[Parameter]) -> Vec<Value> {
        let Check::Argument(condition) = &guard.check else { return Vec::new() };
        let parameter = parameters.iter().find(|parameter| parameter.path == condition.parameter);
        self.tried(guard, condition, parameter, parameters)
    }

    /// Values to try against `guard`; some of them may pass it.
    fn tried(
        &self,
        guard: &Guard,
        condition: &Condition,
        parameter: Option<&Parameter>,
        parameters: &[Parameter],
    ) -> Vec<Value> {
        let bound = condition.value.as_f64();
        let beyond = |step: f64| if guard.fill_in { Some(step * BEYOND_MEANING) } else { Some(bound? + step) };
        match condition.op {
            Op::Regex => self.refused.get(guard.entry_id()).map_or_else(Vec::new, |values| values.to_vec()),
            Op::In | Op::NotIn => refused_values(condition, parameters),
            Op::Lt | Op::Lte => {
                let most = parameter.and_then(|parameter| parameter.maximum).unwrap_or(f64::INFINITY);
                beyond(1.0).filter(|value| *value <= most).map(number).into_iter().collect()
            }
            Op::Gt | Op::Gte => {
                let least = parameter.and_then(|parameter| parameter.minimum).unwrap_or(f64::NEG_INFINITY);
                beyond(-1.0).filter(|value| *value >= least).map(number).into_iter().collect()
            }
            Op::Eq => condition.value.as_bool().map(|value| json!(!value)).into_iter().collect(),
            Op::Neq if condition.value == "[]" => vec![json!([])],
            Op::Neq | Op::Contains => vec![condition.value.clone()],
            Op::Exists if condition.value == true => Vec::new(),
            Op::Exists => {
                let types = parameter.map_or_else(JsonTypes::default, |parameter| parameter.types);
                let samples = [
                    ("string", json!("text")),
                    ("integer", json!(1)),
                    ("boolean", json!(true)),
                    ("array", json!(["text"])),
                    ("object", json!({"text": "text"})),
                ];
                let fits = |name: &str| types.is_empty() || types.has(name);
                samples.into_iter().filter(|(name, _)| fits(name)).map(|(_, value)| value).collect()
            }
        }
    }

    /// True if `guard` stops calls whose argument at `path` is `value`, whatever else they give.
    fn stops(&mut self, guard: &Guard, path: &str, value: &Value) -> bool {
        match &guard.check {
            Check::Argument(condition) if condition.parameter == path => !self.holds(condition, value),
            Check::Argument(condition) => {
                condition.op == Op::Exists && condition.value == false && is_around(&condition.parameter, path)
            }
            Check::Refusal(refusal) => {
                refusal.refused_when.iter().all(|condition| condition.parameter == path && self.holds(condition, value))
            }
            Check::Total(_) | Check::Unenforceable(_) => false,
        }
    }

    fn holds(&mut self, condition: &Condition, value: &Value) -> bool {
        match condition.op {
            Op::Exists => condition.value == true,
            Op::Regex => {
                let (Some(pattern), Some(text)) = (condition.value.as_str(), value.as_str()) else { return false };
                if !self.patterns.contains_key(pattern) {
                    self.patterns.insert(pattern.to_owned(), re2::compile(pattern).ok());
                }
                self.patterns.get(pattern).and_then(Option::as_ref).is_some_and(|pattern| pattern.is_match(text))
            }
            op => compares(op, value, &condition.value),
        }
    }
}

/// True if a file of the format that states `stated` can be expected to hold `guard`. The writer of a format leaves some
/// guards out, and says so; where it denies the tool instead, a file that allows it lacks the others.
fn is_expected(guard: &Guard, stated: &Decision) -> bool {
    let is_said = || {
        let is_same = |said: &Guard| said.entry_id() == guard.id && said.parameters() == guard.parameters();
        stated.guards.iter().any(is_same)
    };
    guard.can_be_held() && (is_said() || !guard.skip_if_uninspected && stated.action != PolicyAction::Allow)
}

/// True if `outer` is `path`, or an object or array that contains it.
pub(crate) fn is_around(outer: &str, path: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A number without a decimal point if it is whole.
fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size are exact")]
    let whole = (number.fract() == 0.0 && number.abs() <= BEYOND_MEANING).then(|| json!(number as i64));
    whole.unwrap_or_else(|| json!(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Adds, RateLimit};

    fn on(path: &str, op: Op, value: Value) -> Condition {
        Condition { parameter: path.into(), op, value, absent_passes: false }
    }

    fn guard(id: &str, condition: Condition) -> Guard {
        Guard::new(id, Check::Argument(condition))
    }

    fn allowed(guards: Vec<Guard>) -> Decision {
        Decision { guards, ..Decision::allow() }
    }

    fn found(wanted: &Decision, own: &Decision) -> Vec<Weakness> {
        let ruleset = Ruleset::builtin().unwrap();
        let tool = Compared { wanted, stated: wanted, parameters: &[], own, every: None };
        Comparison::new(&ruleset).weaknesses(tool)
    }

    /// The check of the built-in guard `id`.
    fn built_in(id: &str) -> Guard {
        let ruleset = Ruleset::builtin().unwrap();
        let rule = ruleset.guards.iter().find(|rule| rule.entry.id == id).unwrap();
        let crate::rules::GuardTemplate::Pattern { value, .. } = &rule.entry.check else { panic!("{id}") };
        guard(id, on("a", Op::Regex, value.as_str().into()))
    }

    #[test]
    fn a_pattern_that_lets_through_what_its_rule_refuses_is_weaker() {
        for (id, laxer) in [
            ("project-path", "^/"),
            ("public-host", "^https?://"),
            ("read-only-sql", "(?i)select"),
            ("project-path", r"[\s\S]"),
        ] {
            let wanted = allowed(vec![built_in(id)]);
            let own = allowed(vec![guard("mine", on("a", Op::Regex, laxer.into()))]);
            let weak = found(&wanted, &own);
            assert!(matches!(weak.as_slice(), [Weakness::Lets { path, .. }] if path == "a"), "{id} {laxer}: {weak:?}");
            assert!(found(&wanted, &wanted).is_empty(), "{id}");
        }
        // One's own folder is no weakness, as what must not be read still is not.
        let own = allowed(vec![guard("mine", on("a", Op::Regex, r"^/srv/data/[a-z0-9_-]+\.csv$".into()))]);
        assert_eq!(found(&allowed(vec![built_in("project-path")]), &own), []);
    }

    #[test]
    fn a_bound_is_compared_by_its_number_and_its_direction() {
        let lte = |most: i64| allowed(vec![guard("cap", on("n", Op::Lte, most.into()))]);
        let is_weaker = |own: &Decision| !found(&lte(250), own).is_empty();
        assert!(is_weaker(&lte(250_000_000)) && is_weaker(&lte(251)) && !is_weaker(&lte(250)) && !is_weaker(&lte(9)));
        assert!(is_weaker(&allowed(vec![guard("cap", on("n", Op::Gte, json!(0)))])));
        assert!(!is_weaker(&allowed(vec![guard("cap", on("n", Op::In, json!([10, 20])))])));
        let mut start = lte(250);
        start.guards[0].fill_in = true;
        assert_eq!(found(&start, &lte(5_000)), [], "a person sets it");
        assert!(!found(&start, &allowed(vec![guard("cap", on("n", Op::Gte, json!(0)))])).is_empty());
    }

    #[test]
    fn what_is_missing_allowed_or_asked_is_told() {
        let exists = |wanted: bool| guard("g", on("a", Op::Exists, wanted.into()));
        let limited = |max| Decision::limited(RateLimit::per(max, "minute").unwrap());
        let total = |max| Check::Total(Total { adds: Adds::Each(1), window_seconds: 3_600, max });
        for (wanted, own, weak) in [
            (allowed(vec![exists(false)]), Decision::allow(), true),
            (allowed(vec![exists(false)]), allowed(vec![exists(true)]), true),
            (allowed(vec![exists(false)]), allowed(vec![guard("mine", on("a", Op::In, json!(["text"])))]), false),
            (Decision::deny(None), Decision::allow(), true),
            (Decision::deny(None), Decision::approve(None), true),
            (Decision::approve(None), Decision::allow(), true),
            (Decision::approve(None), Decision::deny(None), false),
            (limited(30), limited(31), true),
            (limited(30), limited(3), false),
            (allowed(vec![Guard::new("t", total(5))]), allowed(vec![Guard::new("t", total(6))]), true),
            (allowed(vec![Guard::new("t", total(5))]), allowed(vec![Guard::new("t", total(4))]), false),
            (
                allowed(vec![guard("g", on("a", Op::Eq, false.into()))]),
                allowed(vec![guard("g", on("a", Op::Eq, true.into()))]),
                true,
            ),
        ] {
            assert_eq!(!found(&wanted, &own).is_empty(), weak, "{wanted:?} {own:?}");
        }
    }
}
