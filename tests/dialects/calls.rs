//! Calls with arguments, any of them: an engine answers as the policy does that its file was said to state.

use mcp_scan::model::{
    Adds, Category, Check, Condition, Decision, Guard, JsonTypes, Op, Parameter, PolicyAction, Total,
};
use mcp_scan::policy::dialect::stated;
use mcp_scan::policy::{Call, Dialect, Outcome, Policy, Rule, evaluate, notes, unenforced, write};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engines::{Opa, ToolHive};

/// What a parameter may be called.
const NAMES: [&str; 8] = ["mode", "b.c", "a b", "a\"b", "__proto__", "\u{1f600}", "a\\", "yes"];

fn any_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["a", "5", "05", "true", "0x1F", "=x", "a\"b\\", "\u{202e}x", "null", ""])
            .prop_map(|v| json!(v)),
        (-3..6i64).prop_map(|n| json!(n)),
        Just(json!(2.5)),
        any::<bool>().prop_map(|b| json!(b)),
    ]
}

fn any_guard() -> impl Strategy<Value = Guard> {
    let compared = prop_oneof![
        (prop::sample::select(vec![Op::Eq, Op::Neq, Op::Contains]), any_scalar()),
        (
            prop::sample::select(vec![Op::In, Op::NotIn]),
            prop::collection::vec(any_scalar(), 0..4).prop_map(Value::from)
        ),
        (
            prop::sample::select(vec![Op::Lt, Op::Lte, Op::Gt, Op::Gte]),
            prop_oneof![(-3..6i64).prop_map(|n| json!(n)), Just(json!(2.5))]
        ),
        (Just(Op::Regex), prop::sample::select(vec!["^a$", "x", "\\d"]).prop_map(|v| json!(v))),
        (Just(Op::Exists), any::<bool>().prop_map(|b| json!(b))),
    ];
    let name = prop::sample::select(NAMES.to_vec());
    let condition = (name, compared, any::<bool>()).prop_map(|(parameter, (op, value), absent_passes)| {
        Check::Argument(Condition { parameter: parameter.into(), op, value, absent_passes })
    });
    let total = Just(Check::Total(Total { adds: Adds::Each(1), window_seconds: 60, max: 5 }));
    (prop_oneof![9 => condition, 1 => total], any::<bool>()).prop_map(|(check, essential)| Guard {
        id: "guard\n}".into(),
        check,
        cause: None,
        essential,
        asks: !essential,
        fill_in: essential,
        skip_if_uninspected: false,
        extent: false,
        each: None,
        fence: Vec::new(),
        on_deny: Some("No: #1".into()),
    })
}

/// Arguments for some of the parameters, as a schema with scalars alone lets them be.
fn any_arguments() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), any_scalar(), 0..5).prop_map(|given| {
        let mut arguments = json!({});
        for (name, value) in given {
            match name.split_once('.') {
                Some((outer, inner)) => arguments[outer] = json!({inner: value}),
                None => arguments[name] = value,
            }
        }
        arguments
    })
}

fn any_tool() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec!["*", "a\"b", "0x1F", "new\nline", "\u{202e}x", "__proto__", "}", "' #"])
            .prop_map(str::to_owned)
    ]
}

fn policy(tool: &str, action: PolicyAction, guards: Vec<Guard>) -> Policy {
    let parameter = |name: &&str| {
        let mut parameter = Parameter::named("", name);
        parameter.types = JsonTypes::from_names(["string", "boolean", "number", "integer"]);
        parameter
    };
    let rule = |tool: &str, decision: Decision| Rule {
        tool: tool.into(),
        category: Category::Write,
        description: None,
        parameters: NAMES.iter().map(parameter).collect(),
        decision,
        overridden: None,
        confirm: false,
        claims_to_read: false,
        listed: 1,
    };
    // Beside another tool, which must not be mistaken for it.
    let other = rule(&format!("{tool}2"), Decision::allow());
    Policy {
        server: "Ledger".into(),
        key: "ledger".into(),
        version: None,
        package: None,
        ruleset: "sha256:00".into(),
        profile: "starter".into(),
        all_tools: Vec::new(),
        default: PolicyAction::Deny,
        rules: vec![rule(tool, Decision { action, guards, ..Decision::allow() }), other],
    }
}

/// What the file was said to state answers, and where nothing tells of a difference, what was meant does.
fn meant(policy: &Policy, dialect: Dialect, tool: &str, arguments: &Value) -> Outcome {
    let call = Call { tool: tool.into(), arguments: arguments.clone(), at: 0 };
    let said = evaluate(&stated(policy, dialect), &call).outcome;
    let untold = |note: &mcp_scan::policy::Note| note.tool != tool || note.text.contains("does not list");
    if notes(policy, dialect).iter().all(untold) && unenforced(policy, dialect).iter().all(untold) {
        assert_eq!(said, evaluate(&policy.decisions(), &call).outcome, "{}: {policy:#?}", dialect.name());
    }
    said
}

proptest! {
    #[test]
    fn rego_answers_any_call_as_the_policy_does(
        tool in any_tool(),
        action in prop::sample::select(PolicyAction::ALL.to_vec()),
        guards in prop::collection::vec(any_guard(), 0..4),
        calls in prop::collection::vec(any_arguments(), 1..4),
    ) {
        let policy = policy(&tool, action, guards);
        let text = write(&policy, Dialect::OPA).expect("it can be written");
        let mut opa = Opa::with(&text);
        for arguments in calls {
            let answer = match meant(&policy, Dialect::OPA, &tool, &arguments) {
                Outcome::Allowed => "allow",
                Outcome::Approval => "ask",
                Outcome::Denied | Outcome::Limited => "deny",
            };
            prop_assert_eq!(opa.decision(&tool, &arguments), answer, "{}\n{}", arguments, text);
        }
    }

    #[test]
    fn cedar_answers_any_call_as_the_policy_does(
        tool in any_tool(),
        action in prop::sample::select(PolicyAction::ALL.to_vec()),
        guards in prop::collection::vec(any_guard(), 0..4),
        calls in prop::collection::vec(any_arguments(), 1..4),
    ) {
        let policy = policy(&tool, action, guards);
        let text = write(&policy, Dialect::TOOL_HIVE).expect("it can be written");
        let toolhive = ToolHive::with(&text);
        for arguments in calls {
            let passes = meant(&policy, Dialect::TOOL_HIVE, &tool, &arguments) == Outcome::Allowed;
            prop_assert_eq!(toolhive.permits(&tool, &arguments), passes, "{}\n{}", arguments, text);
        }
        // What the schema does not foresee is refused where a guard looks at it, never let through.
        for odd in [json!({"mode": ["a"], "yes": {}}), json!({"mode": null})] {
            if toolhive.permits(&tool, &odd) {
                prop_assert_eq!(meant(&policy, Dialect::TOOL_HIVE, &tool, &odd), Outcome::Allowed, "{}\n{}", odd, text);
            }
        }
    }
}
