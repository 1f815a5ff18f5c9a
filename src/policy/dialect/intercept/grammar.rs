//! The grammar of version 1. It rejects what Intercept's loader and validator reject, and also keys that Intercept
//! would ignore silently.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

use crate::model::{self, APPROVE, Adds, Check, Guard, Op, PolicyAction, RateLimit, Total};
use crate::policy::dialect::allow_or_deny::{ALLOW_OR_DENY, AllowOrDeny};
use crate::policy::dialect::tree::Node;
use crate::policy::dialect::validator::{Fields, Validator, quoted};

/// A policy file.
pub(crate) struct File<'t> {
    /// Allow by default.
    pub(crate) default: PolicyAction,
    /// Tools that the client neither sees nor can call.
    pub(crate) hide: Vec<&'t str>,
    /// The rules of each tool, and of all tools under `*`. A call must pass all rules of its tool; without rules, every
    /// call passes.
    pub(crate) tools: BTreeMap<&'t str, Vec<Rule<'t>>>,
}

pub(crate) struct Rule<'t> {
    /// The rule's name.
    pub(crate) name: &'t str,
    /// Evaluate by default.
    pub(crate) action: Action,
    /// `5/hour`: short for a condition and a counter.
    pub(crate) rate_limit: Option<RateLimit>,
    /// Conditions that must all hold.
    conditions: Vec<Condition<'t>>,
    /// The message for the agent.
    pub(crate) on_deny: Option<&'t str>,
    state: Option<State<'t>>,
    /// The name of its counter, or of its rate limit's counter, and its position.
    counter: Option<(String, &'t Range<usize>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Denies unless all conditions hold.
    Evaluate,
    Deny,
}

/// A comparison.
struct Condition<'t> {
    path: &'t str,
    op: Op,
    value: Value,
    path_at: &'t Range<usize>,
    value_at: &'t Range<usize>,
}

/// A counter that a rule increments.
struct State<'t> {
    name: &'t str,
    window_seconds: u32,
    adds: Adds,
}

/// Parses the file `root`. Problems are added to `validator`, and their parts are left out.
pub(crate) fn file<'t>(validator: &mut Validator, root: &'t Node) -> File<'t> {
    let mut file = File { default: PolicyAction::Allow, hide: Vec::new(), tools: BTreeMap::new() };
    let keys = ["version", "description", "default", "hide", "tools"];
    let Some(fields) = validator.fields(root, "a policy", &keys) else { return file };
    if let Some(version) = validator.required(&fields, "version") {
        validator.version(version);
    }
    validator.optional_text(&fields, "description");
    if let Some(plain) = fields.get("default").and_then(|node| validator.word(node, "default", &ALLOW_OR_DENY)) {
        file.default = AllowOrDeny::into(plain);
    }
    for (name, at) in validator.names(&fields, "hide") {
        if name.trim().is_empty() {
            validator.diagnostic(at, "an entry of hide must not be empty", "name a tool");
        }
        file.hide.push(name);
    }
    let tools = validator.required(&fields, "tools").and_then(|node| validator.entries(node, "tools"));
    for (name, node) in tools.into_iter().flatten() {
        file.tools.insert(&name.text, tool(validator, node, &name.text));
    }
    references(validator, &file);
    file
}

/// Parses the rules of the tool `name`.
fn tool<'t>(validator: &mut Validator, node: &'t Node, name: &str) -> Vec<Rule<'t>> {
    let Some(fields) = validator.fields(node, "a tool", &["rules"]) else { return Vec::new() };
    let Some(rules) = validator.required(&fields, "rules").filter(|rules| !rules.is_null()) else { return Vec::new() };
    let rules: Vec<Rule> =
        validator.list(rules, "rules").iter().filter_map(|node| rule(validator, node, name)).collect();
    let mut counters = BTreeSet::new();
    for (counter, at) in rules.iter().filter_map(|rule| rule.counter.as_ref()) {
        if !counters.insert(counter) {
            let what = format!("an earlier rule of this tool has the counter {} too", quoted(counter));
            validator.diagnostic(at, what, "keep one of them, or give it another window or name");
        }
    }
    rules
}

fn rule<'t>(validator: &mut Validator, node: &'t Node, tool: &str) -> Option<Rule<'t>> {
    let keys = ["name", "action", "rate_limit", "conditions", "on_deny", "state"];
    let fields = validator.fields(node, "a rule", &keys)?;
    let name = validator.required(&fields, "name").and_then(|at| validator.name(at, "the name of a rule"));
    let actions = [("evaluate", Action::Evaluate), ("deny", Action::Deny)];
    let asked = fields.get("action");
    let action = asked.map_or(Some(Action::Evaluate), |node| validator.word(node, "action", &actions));
    rule_form(validator, node, &fields, action);
    let limit = fields.get("rate_limit").and_then(|node| Some((rate_limit(validator, node, tool)?, &node.span)));
    let conditions = fields.get("conditions").map_or(&[][..], |node| validator.list(node, "conditions"));
    let conditions = conditions.iter().filter_map(|node| condition(validator, node)).collect();
    let state = fields.get("state").and_then(|node| Some((state(validator, node)?, &node.span)));
    let of_limit = limit.map(|(limit, at)| (format!("_rate_{}", limit.window_name()), at));
    let counter = state.as_ref().map(|(state, at)| (state.name.to_owned(), *at)).or(of_limit);
    Some(Rule {
        name: name.unwrap_or_default(),
        action: action.unwrap_or(Action::Deny),
        rate_limit: limit.map(|(limit, _)| limit),
        conditions,
        on_deny: validator.optional_text(&fields, "on_deny"),
        state: state.map(|(state, _)| state),
        counter,
    })
}

/// Checks which fields are combined in a rule. `action` is `None` if it cannot be read.
fn rule_form(validator: &mut Validator, node: &Node, fields: &Fields<'_>, action: Option<Action>) {
    let (conditions, limit) = (fields.get("conditions"), fields.get("rate_limit"));
    match (action, conditions, limit) {
        (Some(Action::Deny), Some(conditions), _) if !conditions.is_empty() => {
            validator.diagnostic(
                &conditions.span,
                "a deny rule must not have conditions",
                "leave out the conditions, or the action",
            );
        }
        (Some(Action::Evaluate), conditions, None) if conditions.is_none_or(Node::is_empty) => {
            let what = "an evaluate rule must have at least one condition";
            validator.diagnostic(&node.span, what, "give it conditions or a rate_limit, or leave the rule out");
        }
        (Some(Action::Deny | Action::Evaluate) | None, ..) => {}
    }
    let Some(limit) = limit else { return };
    if action == Some(Action::Deny) {
        validator.diagnostic(&limit.span, "rate_limit cannot stand in a deny rule", "leave out one of the two");
    }
    if fields.has("state") || conditions.is_some_and(|conditions| !conditions.is_empty()) {
        let what = "rate_limit cannot stand beside conditions or state";
        validator.diagnostic(&limit.span, what, "make it a rule of its own");
    }
}

/// Parses a limit such as `5/hour`.
fn rate_limit(validator: &mut Validator, node: &Node, tool: &str) -> Option<RateLimit> {
    let text = validator.text(node, "rate_limit")?;
    if tool.contains('.') {
        let what = "rate_limit cannot count calls of a tool with a dot in its name";
        validator.diagnostic(&node.span, what, "deny the tool, or allow it without a limit");
    }
    let Some((count, window)) = text.split_once('/') else {
        validator.wrong(node, "rate_limit", "COUNT/WINDOW, like 5/hour");
        return None;
    };
    let digits = count.bytes().all(|b| b.is_ascii_digit());
    let max = count.parse().ok().filter(|max| digits && *max > 0);
    if max.is_none() {
        validator.diagnostic(
            &node.span,
            format!("rate_limit must count from 1, got {}", quoted(count)),
            "write it like 5/hour",
        );
    }
    let limit = RateLimit::per(max.unwrap_or(1), window);
    if limit.is_none() {
        let what = format!("rate_limit must be per minute, hour or day, got {}", quoted(window));
        validator.diagnostic(&node.span, what, "write it like 5/hour");
    }
    limit.filter(|_| max.is_some())
}

fn condition<'t>(validator: &mut Validator, node: &'t Node) -> Option<Condition<'t>> {
    let fields = validator.fields(node, "a condition", &["path", "op", "value"])?;
    let path_node = validator.required(&fields, "path");
    let path = path_node.and_then(|node| validator.path(node, &["args.", "state."]));
    let op = validator.required(&fields, "op").and_then(|node| validator.op(node));
    let value = validator.required(&fields, "value");
    let (path_at, path, op, value) = (path_node?, path?, op?, value?);
    let fits = validator.compared(value, op);
    fits.then(|| Condition { path, op, value: value.json(), path_at: &path_at.span, value_at: &value.span })
}

fn state<'t>(validator: &mut Validator, node: &'t Node) -> Option<State<'t>> {
    let fields = validator.fields(node, "a state", &["counter", "window", "increment", "increment_from"])?;
    let name = validator.required(&fields, "counter").and_then(|node| validator.name(node, "a counter"));
    let window = validator.required(&fields, "window").and_then(|node| validator.window(node));
    let step = fields.get("increment").map_or(Some(1), |node| validator.whole(node, "increment"));
    let from = fields.get("increment_from").map(|node| validator.path(node, &["args."]));
    let adds = match from {
        None => Adds::Each(step?),
        Some(path) => Adds::Argument(path?.trim_start_matches("args.").to_owned()),
    };
    Some(State { name: name?, window_seconds: window?, adds })
}

/// A condition on a counter needs a rule that keeps the counter. The tool's part of the path ends at the second dot.
fn references(validator: &mut Validator, file: &File<'_>) {
    let is_kept = |tool: &str, counter: &str| {
        let rules = file.tools.get(tool).or_else(|| file.tools.get("*").filter(|_| tool == "_global"));
        let mut kept = rules.into_iter().flatten().filter_map(|rule| rule.counter.as_ref());
        kept.any(|(name, _)| name == counter)
    };
    for condition in file.tools.values().flatten().flat_map(|rule| &rule.conditions) {
        let counter = condition.path.strip_prefix("state.").and_then(|path| path.split_once('.'));
        if counter.is_some_and(|(tool, counter)| !is_kept(tool, counter)) {
            let what = format!("no rule keeps the counter {}", quoted(condition.path));
            validator.diagnostic(condition.path_at, what, "give a rule of that tool a state with this counter");
        }
    }
}

/// True if the rule with that name requires approval.
pub(crate) fn asks_by_name(name: &str) -> bool {
    name.starts_with(APPROVE)
}

impl Rule<'_> {
    /// A guard with `check` and this rule's name.
    pub(crate) fn guard(&self, check: Check) -> Guard {
        let on_deny = self.on_deny.map(str::to_owned);
        Guard { asks: asks_by_name(self.name), on_deny, ..Guard::new(self.name, check) }
    }

    /// Its conditions as guards. `scope` is the tool's part of counter paths.
    pub(crate) fn guards(&self, validator: &mut Validator, scope: &str) -> Vec<Guard> {
        self.conditions
            .iter()
            .filter_map(|condition| Some(self.guard(self.check(validator, condition, scope)?)))
            .collect()
    }

    fn check(&self, validator: &mut Validator, condition: &Condition<'_>, scope: &str) -> Option<Check> {
        let Condition { path, op, value, .. } = condition;
        if let Some(parameter) = path.strip_prefix("args.") {
            let (parameter, value) = (parameter.to_owned(), value.clone());
            return Some(Check::Argument(model::Condition { parameter, op: *op, value, absent_passes: false }));
        }
        let Some(state) = self.state.as_ref().filter(|state| *path == format!("state.{scope}.{}", state.name)) else {
            let what = format!("{} is not the counter of this rule", quoted(path));
            validator.diagnostic(condition.path_at, what, "put the condition into the rule whose state it is");
            return None;
        };
        let limit = value.as_f64().filter(|value| *value >= 0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut as the engine cuts it")]
        let max = match (op, limit) {
            (Op::Lt, Some(limit)) => (limit as u64).saturating_sub(1),
            (Op::Lte, Some(limit)) => limit as u64,
            _ => {
                let what = format!("a counter is held by lt or lte and a number from 0, got {} {value}", op.name());
                validator.diagnostic(condition.value_at, what, "compare it so");
                return None;
            }
        };
        Some(Check::Total(Total { adds: state.adds.clone(), window_seconds: state.window_seconds, max }))
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::decisions::Decisions;
    use crate::policy::diagnostic::PolicyDiagnostic;
    use crate::policy::dialect::Dialect;
    use crate::policy::document::decisions_or_diagnostics;

    fn read(text: &str) -> Result<Decisions, Vec<PolicyDiagnostic>> {
        decisions_or_diagnostics(text, Dialect::INTERCEPT)
    }

    /// The problems of a tool with these rules, each with the text at its position.
    fn problems_of(rules: &str) -> Vec<(String, String)> {
        let text = format!("version: \"1\"\ntools:\n  t:\n    rules: {rules}\n");
        let diagnostics = read(&text).err().unwrap_or_default();
        diagnostics
            .into_iter()
            .map(|diagnostic| (text[diagnostic.span.clone()].to_owned(), diagnostic.sentence()))
            .collect()
    }

    #[test]
    fn what_the_grammar_allows_has_no_problems() {
        for rules in [
            "[]",
            "[{name: n, rate_limit: 5/hour, on_deny: Wait.}]",
            "[{name: a, rate_limit: 5/hour}, {name: b, rate_limit: 20/day}]",
            "[{name: n, action: deny, on_deny: No, conditions: []}]",
            "[{name: 5, conditions: [{path: args.a.b, op: in, value: [x, y]}, {path: args.c, op: exists, value: false}]}]",
            "[{name: n, conditions: [{path: args.a, op: eq, value: null}], on_deny: ~}]",
            "[{name: n, conditions: [{path: state.t.spent, op: lte, value: 100}], state: {counter: spent, window: day, \
             increment_from: args.amount}}]",
        ] {
            assert_eq!(problems_of(rules), [], "{rules}");
        }
    }

    #[test]
    fn what_the_engine_refuses_is_told_at_its_place() {
        for (rules, at, want) in [
            ("[{rate_limit: 30/hour}]", "{", "a rule must have the key name; add it"),
            ("[{name: '', action: deny}]", "''", "must not be empty"),
            ("[{name: n}]", "{", "at least one condition"),
            ("[{name: n, action: evaluate}]", "{", "at least one condition"),
            (
                "[{name: n, action: allow, rate_limit: 1/day}]",
                "allow",
                "action cannot be \"allow\"; it is evaluate or deny",
            ),
            (
                "[{name: n, action: deny, conditions: [{path: args.a, op: eq, value: 1}]}]",
                "[",
                "must not have conditions",
            ),
            ("[{name: n, rate_limit: thirty/hour}]", "thirty/hour", "must count from 1"),
            ("[{name: n, rate_limit: 0/hour}]", "0/hour", "must count from 1"),
            ("[{name: n, rate_limit: +5/hour}]", "+5/hour", "must count from 1"),
            ("[{name: n, rate_limit: /hour}]", "/hour", "must count from 1"),
            ("[{name: n, rate_limit: 5/week}]", "5/week", "minute, hour or day"),
            ("[{name: n, rate_limit: '5'}]", "'5'", "COUNT/WINDOW"),
            ("[{name: n, rate_limit: {max: 5, window: 60}}]", "{", "rate_limit must be a text, got a mapping"),
            ("[{name: n, action: deny, rate_limit: 5/hour}]", "5/hour", "in a deny rule"),
            (
                "[{name: n, rate_limit: 5/hour, state: {counter: c, window: day}}]",
                "5/hour",
                "beside conditions or state",
            ),
            ("[{name: a, rate_limit: 5/hour}, {name: b, rate_limit: 9/hour}]", "9/hour", "an earlier rule"),
            (
                "[{name: n, conditions: [{path: amount, op: eq, value: 1}]}]",
                "amount",
                "must start with \"args.\" or \"state.\"",
            ),
            ("[{name: n, conditions: [{path: args.a, op: like, value: 1}]}]", "like", "op cannot be \"like\""),
            ("[{name: n, conditions: [{path: args.a, op: in, value: 1}]}]", "1", "in needs a list, got 1"),
            ("[{name: n, conditions: [{path: args.a, op: lte, value: many}]}]", "many", "lte needs a number"),
            ("[{name: n, conditions: [{path: args.a, op: exists, value: 1}]}]", "1", "exists needs true or false"),
            ("[{name: n, conditions: [{path: args.a, op: regex, value: 1}]}]", "1", "regex needs a text"),
            ("[{name: n, conditions: [{path: args.a, op: eq}]}]", "{", "a condition must have the key value"),
            ("[{name: n, conditions: [{path: state.u.c, op: lte, value: 1}]}]", "state.u.c", "no rule keeps"),
            ("[{name: n, action: deny, state: {counter: '', window: day}}]", "''", "must not be empty"),
            ("[{name: n, action: deny, state: {counter: c, window: week}}]", "week", "window cannot be \"week\""),
            (
                "[{name: n, action: deny, state: {counter: c, window: day, increment_from: amount}}]",
                "amount",
                "must start with",
            ),
            (
                "[{name: n, action: deny, reason: No.}]",
                "reason",
                "a rule has no key \"reason\"; a rule has name, action",
            ),
            ("[{name: n, action: deny, on_denny: No.}]", "on_denny", "did you mean \"on_deny\"?"),
            ("[{name: n, action: deny, action: deny}]", "action", "the key \"action\" stands twice"),
            ("{name: n, action: deny}", "{", "rules must be a list, got a mapping"),
        ] {
            let problems = problems_of(rules);
            let found = problems.iter().find(|(_, sentence)| sentence.contains(want));
            let place = found.unwrap_or_else(|| panic!("{rules}: {problems:?}")).0.as_str();
            assert_eq!(place, at, "{rules}");
        }
    }

    #[test]
    fn a_limit_on_a_dotted_name_is_refused() {
        let text = "version: '1'\ntools:\n  issues.list:\n    rules: [{name: n, rate_limit: 5/hour}]\n";
        let diagnostics = read(text).unwrap_err();
        assert!(diagnostics.len() == 1 && diagnostics[0].what.contains("dot in its name"), "{diagnostics:?}");
    }
}
