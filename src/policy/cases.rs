//! Test cases for policies: calls with expected outcomes. Generated for a written policy, or read from a companion file
//! or JSON lines, and run in the simulator.

use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Outcome, Verdict};
use super::dialect::{Dialect, stated};
use super::example_call::arguments;
use super::simulate::{Simulator, evaluate};
use super::{Decisions, Policy};
use crate::model::{Check, Condition, Decision, Guard, Op, ServerReport, Tool};
use crate::rules::Ruleset;
use crate::text::{quote, unedited};

mod reader;

pub use reader::{companion as read_companion, lines as read_lines};

/// Longest key that is written: YAML readers do not look further ahead for the colon.
const MAX_KEY: usize = 1_000;

/// A call and its expected outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// What the case demonstrates, for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The tool's name.
    pub tool: String,
    /// The arguments; `null` if none are given.
    pub arguments: Value,
    /// The time of the call, in seconds since the start of the clock, which is the start of a day. By default, the time
    /// of the previous call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// The expected outcome; `None` if nothing is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Outcome>,
    /// The rule that is expected to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// A case with its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    #[serde(flatten)]
    pub case: Case,
    /// The result of the call.
    pub verdict: Verdict,
    /// False if the result differs from what was expected.
    pub as_expected: bool,
}

/// Runs the cases in order on one clock.
pub fn run(mut simulator: Simulator<'_>, cases: Vec<Case>) -> Vec<Tried> {
    run_by(|call| simulator.call(call), cases)
}

/// Runs the cases in order, each decided by `decide`.
pub(crate) fn run_by(mut decide: impl FnMut(&Call) -> Verdict, cases: Vec<Case>) -> Vec<Tried> {
    let mut now = 0;
    let tried = |case: Case| {
        now = case.at.unwrap_or(now);
        let verdict = decide(&Call { tool: case.tool.clone(), arguments: case.arguments.clone(), at: now });
        let as_expected = case.expect.is_none_or(|outcome| outcome == verdict.outcome)
            && case.rule.as_ref().is_none_or(|rule| *rule == verdict.rule);
        Tried { case, verdict, as_expected }
    };
    cases.into_iter().map(tried).collect()
}

/// An allowed and a denied call for each tool with guards in the `dialect` file of `policy`, made from the tool's
/// schema. Calls that cannot be made, for example because a pattern of the schema is too hard to satisfy, are left out.
pub fn for_policy(server: &ServerReport, policy: &Policy, dialect: Dialect, ruleset: &Ruleset) -> Vec<Case> {
    let decisions = stated(policy, dialect);
    let guarded = |tool: &Tool| {
        let decision = decisions.tools.get(&tool.name)?;
        (!decision.action.refuses() && !decision.guards.is_empty()).then_some(decision)
    };
    let mut cases = Vec::new();
    for rule in &policy.rules {
        let Some(tool) = server.tools.iter().map(|report| &report.tool).find(|tool| tool.name == rule.tool) else {
            continue;
        };
        let Some(decision) = guarded(tool).filter(|_| rule.listed == 1) else { continue };
        let maker = CaseMaker { decisions: &decisions, decision, tool, ruleset };
        cases.extend(maker.cases(dialect == Dialect::INTERCEPT));
    }
    if policy.all_tools.iter().any(|limit| cases.len() > (limit.max / 2) as usize) {
        // A minute apart, so that the limit on all tools together is not reached.
        cases.iter_mut().zip((0..).step_by(60)).for_each(|(case, at)| case.at = Some(at));
    }
    cases
}

/// The text of the companion of `policy_file`, with comments. The same cases always give the same bytes.
pub fn write_companion(cases: &[Case], policy_file: &str) -> String {
    let mut out = format!(
        "# Calls that try the guards of {0}: `mcp-scan policy test {0}` runs them.\n\
         # Made by mcp-scan from the tools' schemas. Who sets a value in the policy may have to\n\
         # change the call here that tries it.\n",
        crate::text::clean::one_line(policy_file)
    );
    out.push_str(if cases.is_empty() { "tests: []\n" } else { "tests:\n" });
    for case in cases {
        let lines = [
            case.about.as_ref().map(|about| format!("about: {}", quote::yaml(about))),
            Some(format!("tool: {}", quote::yaml(&case.tool))),
            Some(format!("arguments: {}", quote::yaml_flow(&case.arguments.to_string()))),
            case.at.map(|at| format!("at: {at}")),
            case.expect.map(|outcome| format!("expect: {}", outcome.name())),
            case.rule.as_ref().map(|rule| format!("rule: {}", quote::yaml(rule))),
        ];
        for (at, line) in lines.into_iter().flatten().enumerate() {
            out.push_str(if at == 0 { "  - " } else { "    " });
            out.push_str(&line);
            out.push('\n');
        }
    }
    unedited::marked(&out)
}

/// Makes the cases for one tool.
struct CaseMaker<'a> {
    decisions: &'a Decisions,
    decision: &'a Decision,
    tool: &'a Tool,
    ruleset: &'a Ruleset,
}

impl CaseMaker<'_> {
    /// An allowed and a denied call, if both can be made; `named`: the format has rule names.
    fn cases(&self, named: bool) -> Vec<Case> {
        let passing = self.passing();
        let verdict = self.verdict(&passing);
        let (asking, refusing): (Vec<&Guard>, Vec<&Guard>) = self.decision.guards.iter().partition(|guard| guard.asks);
        let refused = refusing.into_iter().chain(asking).find_map(|guard| self.refused(&passing, guard));
        let passes = matches!(verdict.outcome, Outcome::Allowed | Outcome::Approval);
        let Some((guard, refused)) = refused.filter(|_| passes && has_short_keys(&passing)) else { return Vec::new() };
        let case = |about: String, arguments: Value, expect: Outcome, rule: Option<&str>| Case {
            about: Some(about),
            tool: self.tool.name.clone(),
            arguments,
            at: None,
            expect: Some(expect),
            rule: rule.filter(|_| named).map(str::to_owned),
        };
        let (verb, outcome) =
            if guard.asks { ("asked about", Outcome::Approval) } else { ("refused", Outcome::Denied) };
        vec![
            case("passes all guards".into(), passing, verdict.outcome, None),
            case(format!("{verb} by {}", guard.id), refused, outcome, Some(&guard.id)),
        ]
    }

    /// A minimal call in which each guarded argument passes its guards.
    fn passing(&self) -> Value {
        let mut arguments = arguments(self.tool);
        for guard in &self.decision.guards {
            for path in guard.parameters() {
                let holds = |arguments: &Value| {
                    let guards =
                        self.decision.guards.iter().filter(|g| g.parameters().contains(&path)).cloned().collect();
                    self.passes(guards, arguments)
                };
                if holds(&arguments) {
                    continue;
                }
                let on_it = self.decision.guards.iter().filter_map(|g| Some((g, condition_on(g, path)?)));
                let pass = |guard: &Guard| matches!(guard.check, Check::Argument(_));
                let candidates = on_it.flat_map(|(guard, condition)| self.candidates(guard, condition, pass(guard)));
                let found = candidates.map(|value| with(&arguments, path, value)).find(holds);
                arguments = found.unwrap_or(arguments);
            }
        }
        arguments
    }

    /// A call that only `guard` denies.
    fn refused<'g>(&self, passing: &Value, guard: &'g Guard) -> Option<(&'g Guard, Value)> {
        let calls = match &guard.check {
            Check::Argument(condition) => {
                let candidates = self.candidates(guard, condition, false).into_iter();
                candidates.map(|value| with(passing, &condition.parameter, value)).collect()
            }
            Check::Refusal(refusal) => vec![refusal.refused_when.iter().fold(passing.clone(), |call, condition| {
                let candidates = self.candidates(guard, condition, true).into_iter();
                let guards = || vec![Guard { check: Check::Argument(condition.clone()), ..guard.clone() }];
                let mut calls = candidates.map(|value| with(&call, &condition.parameter, value));
                calls.find(|changed| self.passes(guards(), changed)).unwrap_or(call)
            })],
            Check::Total(_) | Check::Unenforceable(_) => Vec::new(),
        };
        let is_refused = |arguments: &Value| {
            let verdict = self.verdict(arguments);
            let outcome = if guard.asks { Outcome::Approval } else { Outcome::Denied };
            verdict.outcome == outcome && verdict.rule == guard.id
        };
        calls.into_iter().find(is_refused).map(|call| (guard, call))
    }

    /// True if a call with `arguments` passes `guards`.
    fn passes(&self, guards: Vec<Guard>, arguments: &Value) -> bool {
        let decision = Decision { guards, ..Decision::allow() };
        let decisions = Decisions { tools: [(self.tool.name.clone(), decision)].into(), ..self.decisions.clone() };
        evaluate(&decisions, &self.call(arguments)).outcome == Outcome::Allowed
    }

    /// Candidate values that may pass the condition, or may fail it. `None` omits the argument.
    fn candidates(&self, guard: &Guard, condition: &Condition, pass: bool) -> Vec<Option<Value>> {
        let entry = self.ruleset.guards.iter().map(|rule| &rule.entry).find(|entry| guard.entry_id() == entry.id);
        let samples = entry.map_or(&[][..], |entry| if pass { &entry.passes } else { &entry.refuses });
        let parameter = self.tool.parameters.iter().find(|parameter| parameter.path == condition.parameter);
        let listed =
            parameter.into_iter().flat_map(|parameter| parameter.values.iter().map(|v| Value::from(v.as_str())));
        let own = match (&condition.value, condition.op) {
            (_, Op::Regex) => Vec::new(),
            (Value::Array(list), _) => list.clone(),
            (value, _) => vec![value.clone()],
        };
        let beside = condition.value.as_i64().into_iter().flat_map(|number| [number + 1, number - 1]).map(Value::from);
        let values = listed.chain(samples.iter().cloned()).chain(own).chain(beside);
        let switched = [Value::Bool(true), Value::Bool(false), Value::from("another value")];
        let values = values.chain(switched).filter(|value| !value.is_null()).map(Some);
        if condition.op == Op::Exists && (condition.value == true) != pass {
            return vec![None, Some(Value::Bool(true))];
        }
        values.chain([None]).collect()
    }

    fn verdict(&self, arguments: &Value) -> Verdict {
        evaluate(self.decisions, &self.call(arguments))
    }

    fn call(&self, arguments: &Value) -> Call {
        Call { tool: self.tool.name.clone(), arguments: arguments.clone(), at: 0 }
    }
}

fn condition_on<'g>(guard: &'g Guard, path: &str) -> Option<&'g Condition> {
    guard.conditions().iter().find(|condition| condition.parameter == path)
}

/// `arguments` with `value` at the dotted path; `None` removes the argument.
fn with(arguments: &Value, path: &str, value: Option<Value>) -> Value {
    let mut changed = arguments.clone();
    let (parents, name) = path.rsplit_once('.').map_or((None, path), |(parents, name)| (Some(parents), name));
    let mut place = &mut changed;
    for part in parents.into_iter().flat_map(|parents| parents.split('.')) {
        if !place.get(part).is_some_and(Value::is_object) && place.is_object() {
            place[part] = Value::Object(serde_json::Map::new());
        }
        match place.get_mut(part) {
            Some(inner) => place = inner,
            None => return changed,
        }
    }
    if let Some(map) = place.as_object_mut() {
        match value {
            Some(value) => drop(map.insert(name.to_owned(), value)),
            None => drop(map.shift_remove(name)),
        }
    }
    changed
}

fn has_short_keys(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().all(|(key, value)| key.len() <= MAX_KEY && has_short_keys(value)),
        Value::Array(list) => list.iter().all(has_short_keys),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Listing, RateLimit, Server};
    use crate::policy::{read, write};

    /// A server whose tools have a guard of each kind.
    fn report(ruleset: &Ruleset) -> crate::model::Report {
        let tool = |name: &str, text: &str, properties: Value, required: Value| {
            let schema = json!({"type": "object", "properties": properties, "required": required});
            Tool {
                name: name.into(),
                description: Some(text.into()),
                parameters: crate::model::flatten(&schema).parameters,
                input_schema: Some((&schema).into()),
                ..Tool::default()
            }
        };
        let text = json!({"type": "string"});
        let tools = vec![
            tool("read_file", "Reads a file.", json!({"path": text, "url": text}), json!(["path"])),
            tool(
                "fetch_page",
                "Fetches a page.",
                json!({"options": {"type": "object", "required": ["url"], "properties": {"url": text}}}),
                json!(["options"]),
            ),
            tool(
                "run_job: now\u{202e}",
                "Runs a job.",
                json!({"job": text, "force": {"type": "boolean"}}),
                json!(["job"]),
            ),
            tool(
                "manage_branch",
                "Works on a branch.",
                json!({"operation": {"type": "string", "enum": ["delete", "list"]}}),
                json!(["operation"]),
            ),
            tool(
                "archive_rows",
                "Archives rows in bulk.",
                json!({"count": {"type": "integer", "minimum": 500}}),
                json!(["count"]),
            ),
        ];
        let server = Server { name: "Workshop".into(), ..Server::default() };
        crate::report(vec![Listing { server, tools, ..Listing::default() }], Vec::new(), ruleset)
    }

    #[test]
    fn the_companion_of_a_written_policy_passes() {
        let ruleset = Ruleset::builtin().unwrap();
        let report = report(&ruleset);
        let policy = Policy::new(&report.servers[0], &report.ruleset);
        for dialect in [Dialect::INTERCEPT, Dialect::POLICY_LAYER] {
            let cases = for_policy(&report.servers[0], &policy, dialect, &ruleset);
            assert_eq!(cases.len(), 6, "{cases:#?}");
            let written = write_companion(&cases, "policy.yaml");
            let again = read_companion(&written).unwrap_or_else(|e| panic!("{e:?}\n{written}"));
            assert_eq!(again, cases);
            let decisions = read(&write(&policy, dialect).unwrap(), dialect).unwrap();
            let wrong: Vec<Tried> =
                run(Simulator::new(&decisions), again).into_iter().filter(|tried| !tried.as_expected).collect();
            assert_eq!(wrong, []);
        }
        let cases = for_policy(&report.servers[0], &policy, Dialect::INTERCEPT, &ruleset);
        insta::assert_snapshot!(write_companion(&cases, "policy.yaml"));
    }

    #[test]
    fn a_changed_policy_fails_its_companion() {
        let ruleset = Ruleset::builtin().unwrap();
        let report = report(&ruleset);
        let policy = Policy::new(&report.servers[0], &report.ruleset);
        let cases = for_policy(&report.servers[0], &policy, Dialect::INTERCEPT, &ruleset);
        let mut decisions = stated(&policy, Dialect::INTERCEPT);
        decisions.tools.insert("read_file".into(), Decision::allow());
        let wrong: Vec<Tried> =
            run(Simulator::new(&decisions), cases).into_iter().filter(|tried| !tried.as_expected).collect();
        assert_eq!(wrong.len(), 1);
        assert_eq!((wrong[0].case.tool.as_str(), wrong[0].verdict.outcome), ("read_file", Outcome::Allowed));
    }

    #[test]
    fn lines_run_on_one_clock() {
        let limited = Decision::limited(RateLimit::per(1, "minute").unwrap());
        let decisions = Decisions {
            default: crate::model::PolicyAction::Deny,
            tools: [("t".to_owned(), limited)].into(),
            every: None,
        };
        let text = "{\"tool\": \"t\"}\n\n{\"name\": \"t\", \"at\": 59}\n{\"tool\": \"t\", \"at\": 60}\n{\"tool\": \"t\"}\n{\"tool\": \"u\", \"expect\": \"allowed\"}\n";
        let outcomes: Vec<Outcome> = run(Simulator::new(&decisions), read_lines(text).unwrap())
            .into_iter()
            .map(|tried| tried.verdict.outcome)
            .collect();
        use Outcome::{Allowed, Denied, Limited};
        assert_eq!(outcomes, [Allowed, Limited, Allowed, Limited, Denied]);
    }
}
