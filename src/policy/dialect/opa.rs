//! A Rego module for the Open Policy Agent. For the input `{"tool": NAME, "arguments": {...}}`, `decision` is "allow",
//! "ask" or "deny". `hidden` lists the tools that an agent should not see.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use serde_json::{Value, json};

use crate::model::{Check, Condition, Decision, Guard, Op, PolicyAction};
use crate::policy::{Policy, Rule};
use crate::text::quote;

use super::about;
use super::error::WriteError;
use super::proxy::Proxy;
use super::start_values::{StartValue, start_values};
use super::stated::Stated;

pub(crate) const FORMAT: Proxy = Proxy {
    name: "opa",
    title: "Open Policy Agent",
    reader: "the Open Policy Agent",
    tab: "Open Policy Agent",
    note: "A Rego module for the Open Policy Agent.",
    file: "Rego module `mcp_scan`, asked for `data.mcp_scan.decision`",
    download: "opa.rego",
    extension: "rego",
    can: ["yes", "yes (`hidden`)", "no: reported", "all but totals"],
    checked: "engine (`regorus`)",
    hides_refused: false,
    state,
    fits: None,
    write: file,
    fragment,
    remarks: |_| Vec::new(),
    read: None,
};

/// The comparisons, each of which holds for present arguments; `absent` says what applies to absent ones.
const COMPARISONS: &str = include_str!("../../../templates/policy/comparisons.rego");

/// What this format states for `rule`.
pub(crate) fn state(rule: &Rule) -> Stated {
    let mut decision = rule.decision.clone();
    // Where every call is asked about only because no condition reaches the elements of an array, this format reaches them.
    let mut asking = decision.guards.iter().filter(|guard| !guard.can_be_held() && guard.asks).peekable();
    let reaches = asking.peek().is_some() && asking.all(|guard| guard.each.is_some());
    if decision.action == PolicyAction::Approve && rule.listed == 1 && reaches {
        decision = Decision { action: PolicyAction::Allow, reason: None, ..decision };
    }
    let decision = Decision { extent: false, ..decision };
    let stated = Stated { decision: Some(decision), note: None, unenforced: None };
    stated.with_guards(rule, expressible).without_limits()
}

/// The guard as this format can express it: on each element of an array, of which one that fails is asked about.
fn expressible(guard: &Guard) -> Option<Guard> {
    match (&guard.each, &guard.check) {
        (Some(each), _) => Some(Guard { check: Check::Argument(each.clone()), asks: true, ..guard.clone() }),
        (None, Check::Argument(_) | Check::Refusal(_)) => Some(guard.clone()),
        (None, Check::Total(_) | Check::Unenforceable(_)) => None,
    }
}

/// The complete module for `policy`.
pub(crate) fn file(policy: &Policy) -> Result<String, WriteError> {
    let mut head = String::new();
    about::lines(policy).iter().for_each(|line| {
        let _ = writeln!(head, "# {line}");
    });
    head += "# Asked about {\"tool\": NAME, \"arguments\": {...}}, `decision` is \"allow\", \"ask\" or \"deny\".\n";
    let is_unlimited = |rule: &&Rule| {
        let decision = &rule.decision;
        let counts = |guard: &Guard| matches!(guard.check, Check::Total(_));
        !decision.action.refuses() && (decision.rate_limit.is_some() || decision.guards.iter().any(counts))
    };
    let unlimited = policy.rules.iter().filter(is_unlimited).count();
    if unlimited > 0 {
        let tools = crate::text::prose::count(unlimited, "tool");
        let _ = writeln!(head, "# Not held here, because Rego keeps no counters: limits and totals of {tools}.");
    }
    let starts = Starts::new(start_values(policy, state), &policy.rules);
    let places = starts
        .values
        .iter()
        .map(|(_, start)| (start.guard.id.as_str(), start.tools.first().map_or("", String::as_str)));
    if let Some(text) = about::to_set(places) {
        let _ = writeln!(head, "# {text}");
    }
    module(&head, &policy.rules, policy.default, &starts)
}

/// A minimal module with the rule for one tool.
pub(crate) fn fragment(rule: &Rule) -> Result<String, WriteError> {
    module("", std::slice::from_ref(rule), PolicyAction::Deny, &Starts::default())
}

/// The values that are written once, with a name of their own.
#[derive(Default)]
struct Starts {
    /// The values to set.
    values: Vec<(String, StartValue)>,
    /// The long patterns, by their text.
    patterns: BTreeMap<String, String>,
}

impl Starts {
    fn new(values: Vec<StartValue>, rules: &[Rule]) -> Self {
        let mut starts = Self { patterns: patterns(rules), ..Self::default() };
        for value in values {
            let plain: String =
                value.guard.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let same = starts.values.iter().filter(|(_, start)| start.guard.id == value.guard.id).count();
            let number = if same == 0 { String::new() } else { format!("_{}", same + 1) };
            starts.values.push((format!("set_{plain}{number}"), value));
        }
        starts
    }

    /// The name of the value that `guard` uses.
    fn name(&self, guard: &Guard) -> Option<&str> {
        let asks = |start: &StartValue| guard.fill_in && start.is_of(guard);
        self.values.iter().find(|(_, start)| asks(start)).map(|(name, _)| name.as_str())
    }

    /// A line per value.
    fn lines(&self) -> Result<String, WriteError> {
        let mut text = String::new();
        for (pattern, name) in &self.patterns {
            let _ = writeln!(text, "\n{name} := {}", quoted(&json!(pattern))?);
        }
        for (name, start) in &self.values {
            if let Check::Argument(condition) = &start.guard.check {
                let _ = writeln!(text, "\n{name} := {} # SET THIS", quoted(&condition.value)?);
            }
        }
        Ok(text)
    }
}

/// Names for the long patterns of `rules`, by their text, after the first guard that has each.
fn patterns(rules: &[Rule]) -> BTreeMap<String, String> {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    let stated: Vec<Decision> = rules.iter().filter_map(|rule| state(rule).decision).collect();
    for guard in stated.iter().filter(|decision| !decision.action.refuses()).flat_map(|decision| &decision.guards) {
        for condition in guard.conditions().iter().filter(|condition| condition.op == Op::Regex) {
            let Some(pattern) = condition.value.as_str().filter(|pattern| pattern.len() > MAX_STRING) else { continue };
            if named.contains_key(pattern) {
                continue;
            }
            let plain: String = guard.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let count = taken.entry(plain.clone()).or_default();
            *count += 1;
            let number = if *count == 1 { String::new() } else { format!("_{count}") };
            named.insert(pattern.to_owned(), format!("pattern_{plain}{number}"));
        }
    }
    named
}

fn module(head: &str, rules: &[Rule], default: PolicyAction, starts: &Starts) -> Result<String, WriteError> {
    let hidden: Vec<&str> =
        rules.iter().filter(|rule| rule.decision.action == PolicyAction::Hide).map(|rule| rule.tool.as_str()).collect();
    let mut text =
        format!("{head}package mcp_scan\n\nimport rego.v1\n\ndefault decision := {}\n", quoted(&json!(word(default)))?);
    let _ = writeln!(text, "\nhidden := {}", quoted(&json!(hidden))?);
    // A client may leave out the arguments of a call that has none.
    text.push_str("\narguments := object.get(input, \"arguments\", {})\n");
    text.push_str(&starts.lines()?);
    for (number, rule) in rules.iter().enumerate() {
        text.push_str(&entry(rule, default, starts, number)?);
    }
    text.push('\n');
    text.push_str(COMPARISONS);
    Ok(text)
}

/// The Rego rules for one tool; empty if the default applies without conditions.
///
/// `number` makes the names of the tool's own rules unique in the module.
fn entry(rule: &Rule, default: PolicyAction, starts: &Starts, number: usize) -> Result<String, WriteError> {
    let Some(decision) = state(rule).decision else { return Ok(String::new()) };
    let answer = word(decision.action);
    if answer == word(default) && (decision.action.refuses() || decision.guards.is_empty()) {
        return Ok(String::new());
    }
    let mut conditions = format!("\tinput.tool == {}\n", quoted(&json!(rule.tool))?);
    let guards = if decision.action.refuses() { &[][..] } else { &decision.guards };
    let (mut asking, refusing): (Vec<&Guard>, Vec<&Guard>) = guards.iter().partition(|guard| guard.asks);
    if decision.action == PolicyAction::Approve {
        asking.clear();
    }
    for guard in refusing {
        conditions.push_str(&demand(guard, starts)?);
    }
    if asking.is_empty() {
        return Ok(format!("\n# {}\ndecision := {} if {{\n{conditions}}}\n", rule.category, quoted(&json!(answer))?));
    }
    let passes = format!("passes_{number}");
    let mut text = format!("\n# {}\n{passes} if {{\n", rule.category);
    for guard in asking {
        text.push_str(&demand(guard, starts)?);
    }
    let _ = writeln!(text, "}}\n\ndecision := \"allow\" if {{\n{conditions}\t{passes}\n}}");
    let _ = writeln!(text, "\ndecision := \"ask\" if {{\n{conditions}\tnot {passes}\n}}");
    Ok(text)
}

fn demand(guard: &Guard, starts: &Starts) -> Result<String, WriteError> {
    let start = starts.name(guard);
    let conditions = guard.conditions().iter().map(|condition| comparison(condition, start, starts));
    let conditions = conditions.collect::<Result<Vec<_>, _>>()?.join("; ");
    let holds = match &guard.check {
        Check::Argument(condition) if guard.each.is_some() => on_elements(condition, start, starts)?,
        Check::Argument(_) => conditions,
        Check::Refusal(_) => format!("count([1 | {conditions}]) == 0"),
        Check::Total(_) | Check::Unenforceable(_) => return Ok(String::new()),
    };
    Ok(format!("\t{holds} # {}\n", guard.id.escape_default()))
}

/// `start` is the name of the value if it is defined elsewhere.
fn comparison(condition: &Condition, start: Option<&str>, starts: &Starts) -> Result<String, WriteError> {
    let Condition { parameter, op, value, absent_passes } = condition;
    let start = start.or_else(|| starts.patterns.get(value.as_str()?).map(String::as_str));
    let value = start.map_or_else(|| quoted(value), |name| Ok(name.to_owned()))?;
    let path: Vec<&str> = parameter.split('.').collect();
    Ok(format!(
        "meets({}, object.get(arguments, {}, null), {value}, {absent_passes})",
        quoted(&json!(op.name()))?,
        quoted(&json!(path))?
    ))
}

/// The comparison of every element that the path of `condition` leads to: `requests[].url`.
fn on_elements(condition: &Condition, start: Option<&str>, starts: &Starts) -> Result<String, WriteError> {
    let Condition { parameter, op, value, absent_passes } = condition;
    let start = start.or_else(|| starts.patterns.get(value.as_str()?).map(String::as_str));
    let value = start.map_or_else(|| quoted(value), |name| Ok(name.to_owned()))?;
    let mut steps: Vec<Vec<&str>> = vec![Vec::new()];
    for part in parameter.split('.') {
        steps.last_mut().into_iter().for_each(|keys| keys.push(part.trim_end_matches("[]")));
        if part.ends_with("[]") {
            steps.push(Vec::new());
        }
    }
    let last = steps.len() - 1;
    let mut text = String::new();
    for (depth, keys) in steps.iter().enumerate() {
        let within = if depth == 0 { "arguments".to_owned() } else { format!("element_{}", depth - 1) };
        let keys = quoted(&json!(keys))?;
        let absent = depth < last || *absent_passes;
        let _ = write!(text, "every element_{depth} in elements({within}, {keys}, {absent}) {{ ");
    }
    let _ = write!(text, "meets({}, element_{last}, {value}, {absent_passes})", quoted(&json!(op.name()))?);
    text.push_str(&" }".repeat(steps.len()));
    Ok(text)
}

fn word(action: PolicyAction) -> &'static str {
    match action {
        PolicyAction::Allow => "allow",
        PolicyAction::Approve => "ask",
        PolicyAction::Deny | PolicyAction::Hide => "deny",
    }
}

/// Longest string on one line, in characters: some Rego readers reject longer lines.
const MAX_STRING: usize = 200;

/// A value in Rego; a long string is split.
fn quoted(value: &Value) -> Result<String, WriteError> {
    match value.as_str() {
        Some(text) if text.len() > MAX_STRING => {
            let characters: Vec<char> = text.chars().collect();
            let parts = characters.chunks(MAX_STRING).map(|part| on_one_line(&part.iter().collect::<String>().into()));
            Ok(format!("concat(\"\", [\n\t\t{},\n\t])", parts.collect::<Result<Vec<_>, _>>()?.join(",\n\t\t")))
        }
        _ => on_one_line(value),
    }
}

/// JSON is valid Rego for strings, numbers and lists.
fn on_one_line(value: &Value) -> Result<String, WriteError> {
    Ok(quote::json(&serde_json::to_string(value)?))
}

#[cfg(test)]
mod tests {
    use crate::model::{Category, Refusal};
    use crate::policy::{Call, Decisions, Outcome, evaluate};

    use super::*;

    fn rule(tool: &str, decision: Decision) -> Rule {
        Rule {
            tool: tool.into(),
            category: Category::Write,
            description: None,
            parameters: Vec::new(),
            decision,
            overridden: None,
            confirm: false,
            claims_to_read: false,
            listed: 1,
        }
    }

    /// The decision of a Rego interpreter.
    fn asked(module: &str, tool: &str, arguments: &Value) -> String {
        let mut engine = regorus::Engine::new();
        engine.add_policy("policy.rego".into(), module.into()).unwrap_or_else(|e| panic!("{e}\n{module}"));
        let input = json!({"tool": tool, "arguments": arguments}).to_string();
        engine.set_input(regorus::Value::from_json_str(&input).unwrap());
        let answer = engine.eval_rule("data.mcp_scan.decision".into()).unwrap_or_else(|e| panic!("{e}\n{module}"));
        answer.as_string().unwrap().to_string()
    }

    #[test]
    fn rego_answers_what_was_meant() {
        for name in ["t", "a\"b", "new\nline", "\u{202e}x", "\u{1f600}", "*", "a\\b", "}"] {
            let rules =
                [rule(name, Decision::allow()), rule("ask", Decision::approve(None)), rule("no", Decision::hide())];
            let module = module("", &rules, PolicyAction::Deny, &Starts::default()).unwrap();
            let of = |tool| asked(&module, tool, &json!({}));
            assert_eq!([of(name), of("ask"), of("no"), of("other")], ["allow", "ask", "deny", "deny"], "{module}");
        }
    }

    #[test]
    fn omitted_arguments_are_none() {
        let check = |absent_passes| {
            let condition = Condition { parameter: "x".into(), op: Op::Eq, value: json!("a"), absent_passes };
            Decision { guards: vec![Guard::new("g", Check::Argument(condition))], ..Decision::allow() }
        };
        for (absent_passes, wanted) in [(true, "allow"), (false, "deny")] {
            let module =
                module("", &[rule("t", check(absent_passes))], PolicyAction::Deny, &Starts::default()).unwrap();
            let mut engine = regorus::Engine::new();
            engine.add_policy("policy.rego".into(), module).unwrap();
            engine.set_input(regorus::Value::from_json_str(r#"{"tool": "t"}"#).unwrap());
            let answer = engine.eval_rule("data.mcp_scan.decision".into()).unwrap();
            assert_eq!(answer.as_string().unwrap().to_string(), wanted);
        }
    }

    #[test]
    fn every_comparison_means_what_the_simulator_means() {
        let values = [json!("a"), json!("b"), json!(5), json!("5"), json!(5.5), json!(true), json!(["a"]), json!(null)];
        for op in Op::ALL {
            let wanted = match op {
                Op::In | Op::NotIn => vec![json!(["a", 5]), json!([])],
                Op::Lt | Op::Lte | Op::Gt | Op::Gte => vec![json!(5), json!(5.5)],
                Op::Regex => vec![json!("^a$"), json!("5")],
                Op::Exists => vec![json!(true), json!(false)],
                Op::Eq | Op::Neq | Op::Contains => vec![json!("a"), json!(5)],
            };
            for value in wanted {
                for absent_passes in [true, false] {
                    let condition = Condition { parameter: "x.y".into(), op, value: value.clone(), absent_passes };
                    let check = Check::Argument(condition);
                    let decision = Decision { guards: vec![Guard::new("g", check)], ..Decision::allow() };
                    let module =
                        module("", &[rule("t", decision.clone())], PolicyAction::Deny, &Starts::default()).unwrap();
                    let decisions = Decisions {
                        default: PolicyAction::Deny,
                        tools: [("t".to_owned(), decision)].into(),
                        every: None,
                    };
                    for given in values.iter().map(|v| json!({"x": {"y": v}})).chain([json!({}), json!({"x": 1})]) {
                        let call = Call { tool: "t".into(), arguments: given.clone(), at: 0 };
                        let meant = evaluate(&decisions, &call).outcome == Outcome::Allowed;
                        let is_allowed = asked(&module, "t", &given) == "allow";
                        assert_eq!(is_allowed, meant, "{} {value} on {given}, absent {absent_passes}", op.name());
                    }
                }
            }
        }
    }

    /// A tool that is asked about for what lies in `path` alone, which must be at most "m" by its letters.
    fn with_elements(path: &str) -> Rule {
        let each = Condition { parameter: path.into(), op: Op::Regex, value: json!("^[a-m]*$"), absent_passes: true };
        let unheld = Check::Unenforceable(crate::model::UnenforceableGuard { unheld: path.into() });
        let guard = Guard { each: Some(each), asks: true, ..Guard::new("g", unheld) };
        rule("t", Decision { guards: vec![guard], ..Decision::approve(None) })
    }

    #[test]
    fn every_element_of_an_array_is_compared() {
        let none = json!({});
        for (path, fine, wrong) in [
            (
                "names",
                vec![json!({"names": ["a", "b"]}), json!({"names": []}), none.clone()],
                json!({"names": ["a", "z"]}),
            ),
            ("names", vec![json!({"names": "a"})], json!({"names": "z"})),
            ("names", vec![json!({"names": null})], json!({"names": [["a"]]})),
            (
                "rows[].name",
                vec![json!({"rows": [{"name": "a"}, {}]})],
                json!({"rows": [{"name": "a"}, {"name": "z"}]}),
            ),
            ("rows[].name", vec![json!({"rows": []}), none.clone()], json!({"rows": ["z"]})),
            (
                "a.rows[].b[].c",
                vec![json!({"a": {"rows": [{"b": [{"c": "a"}]}]}})],
                json!({"a": {"rows": [{"b": [{"c": "z"}]}]}}),
            ),
        ] {
            let module = module("", &[with_elements(path)], PolicyAction::Deny, &Starts::default()).unwrap();
            for call in fine {
                assert_eq!(asked(&module, "t", &call), "allow", "{path} {call}\n{module}");
            }
            assert_eq!(asked(&module, "t", &wrong), "ask", "{path} {wrong}\n{module}");
        }
    }

    #[test]
    fn what_is_asked_about_for_another_reason_stays_so() {
        let mut other = with_elements("names");
        other.decision.guards[0].asks = false;
        let twice = Rule { listed: 2, ..with_elements("names") };
        for rule in [other, twice] {
            let module = module("", &[rule], PolicyAction::Deny, &Starts::default()).unwrap();
            assert_eq!(asked(&module, "t", &json!({"names": ["a"]})), "ask", "{module}");
        }
    }

    #[test]
    fn a_refusal_needs_all_its_conditions() {
        let condition =
            |parameter: &str, op, value| Condition { parameter: parameter.into(), op, value, absent_passes: false };
        let refused_when = vec![condition("a", Op::Gt, json!(9)), condition("b", Op::Regex, json!("^x"))];
        let check = Check::Refusal(Refusal { refused_when });
        let decision = Decision { guards: vec![Guard::new("g", check)], ..Decision::allow() };
        let module = module("", &[rule("t", decision)], PolicyAction::Deny, &Starts::default()).unwrap();
        for (arguments, answer) in [
            (json!({"a": 10, "b": "x"}), "deny"),
            (json!({"a": 9, "b": "x"}), "allow"),
            (json!({"a": 10}), "allow"),
            (json!({}), "allow"),
        ] {
            assert_eq!(asked(&module, "t", &arguments), answer, "{arguments}\n{module}");
        }
    }
}
