//! Tests of all formats on the same policies: what is written reads back as intended, for any tool names.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::{
    Adds, Cause, Check, Condition, Guard, Listing, Op, RateLimit, Refusal, Registry, Server, Tool, Total, flatten,
};
use crate::policy::dialect::snippet;
use crate::rules::Ruleset;
use crate::text::clean::is_unsafe;

/// Names that break naive writers and readers.
const ODD_NAMES: [&str; 34] = [
    "*",
    "__proto__",
    "<<",
    "~",
    "null",
    "no",
    "On",
    "true",
    "1e5",
    "0x1F",
    "12:30",
    "2026-01-01",
    " ",
    "\u{a0}",
    "\t",
    "---",
    "- a",
    "? a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "'a'",
    "\"a\"",
    "a\\b",
    "{a}",
    "[a]",
    "&a",
    "!a",
    "%a",
    "a\nb: c",
    "\u{1b}[31mred",
    "\u{202e}drowssap",
    "issues.list",
];

fn limit(max: u32, window: &str) -> Decision {
    Decision::limited(RateLimit::per(max, window).unwrap())
}

fn allow() -> Decision {
    Decision::allow()
}

fn deny(reason: &str) -> Decision {
    Decision::deny(Some(reason.into()))
}

fn rule(tool: &str, category: Category, decision: Decision) -> Rule {
    Rule {
        tool: tool.into(),
        category,
        description: None,
        parameters: Vec::new(),
        decision,
        overridden: None,
        confirm: false,
        claims_to_read: false,
        listed: 1,
    }
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        server: "Ledger".into(),
        key: "ledger".into(),
        version: None,
        package: None,
        ruleset: "sha256:00".into(),
        profile: "starter".into(),
        all_tools: Vec::new(),
        default: PolicyAction::Deny,
        rules,
    }
}

fn tool(name: &str, category: Category, decision: Decision) -> ToolReport {
    let schema = json!({
        "properties": {
            "account": {"type": "string"},
            "options": {"properties": {"limit": {"type": ["integer", "null"]}, "any": true}}
        },
        "required": ["account"]
    });
    let tool = Tool {
        name: name.into(),
        description: Some(format!(
            "Uses the {name} operation of a ledger.\n\nSee the handbook: it tells which accounts may be named."
        )),
        parameters: flatten(&schema).parameters,
        ..Tool::default()
    };
    let assessment = crate::model::Assessment {
        category,
        severity: category.severity(),
        score: crate::model::Score { value: 1, arithmetic: "1 (for a test) = 1".into() },
        confidence: crate::model::Confidence::High,
        signals: Vec::new(),
        evidence: Vec::new(),
        actions: Vec::new(),
        overridden: None,
    };
    ToolReport {
        slug: crate::text::slug::slug(name),
        tool,
        assessment,
        without_hints: None,
        findings: Vec::new(),
        decision,
    }
}

/// A server with a tool of each category; two names differ only in case.
fn ledger() -> ServerReport {
    let tools = vec![
        tool("close_account", Category::Destructive, deny("Cannot be undone.")),
        tool("addEntry", Category::Write, limit(30, "minute")),
        tool("pay_invoice", Category::Financial, deny("Moves money.")),
        tool("run_report", Category::Execute, limit(10, "minute")),
        tool("list_entries", Category::Read, allow()),
        tool("addentry", Category::Write, limit(30, "minute")),
    ];
    server("Ledger", tools)
}

pub(super) fn server(name: &str, tools: Vec<ToolReport>) -> ServerReport {
    let package = Package { registry: Registry::Npm, name: "@example/ledger".into(), version: Some("1.2.3".into()) };
    let server =
        Server { name: name.into(), version: Some("1.2.0".into()), package: Some(package), ..Server::default() };
    let categories = ByCategory::count(tools.iter().map(|t| t.assessment.category));
    ServerReport {
        server,
        slug: crate::text::slug::slug(name),
        tool_count: tools.len(),
        categories,
        severities: crate::model::BySeverity::from_categories(&categories),
        grade: Some("C".into()),
        verdict: crate::model::Verdict {
            answer: crate::model::Answer::AddWithPolicy,
            because: "it deletes what others may need (delete_user)".into(),
            unless: Some("without delete_user it would be: Add".into()),
            notes: Vec::new(),
            rule: "grave-exposure".into(),
        },
        exposure: None,
        care: None,
        grade_arithmetic: Some("72 (deletes notes and other small records: delete_user) - 2 (findings) = 70".into()),
        grade_raised_by: vec![],
        own_findings: Vec::new(),
        items: Vec::new(),
        left_unread: None,
        deviations: Vec::new(),
        tools,
    }
}

/// Writes and reads `policy` in every format: each decision is the intended one, or stricter with a note.
fn assert_reads_back(policy: &Policy) {
    for dialect in Dialect::readable() {
        let text = write(policy, dialect).unwrap();
        assert_eq!(write(policy, dialect).unwrap(), text, "the same bytes every time");
        assert!(!text.contains(is_unsafe), "{} shows no invisible character", dialect.name());
        let read = read(&text, dialect).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(read.default, policy.default);
        let noted: BTreeSet<String> = notes(policy, dialect).into_iter().map(|note| note.tool).collect();
        for rule in &policy.rules {
            let answer = read.for_tool(&rule.tool);
            if noted.contains(&rule.tool) {
                assert_ne!(answer.action, PolicyAction::Allow, "{}: {:?}", dialect.name(), rule.tool);
            } else {
                let meant = Decision { guards: answer.guards.clone(), ..rule.decision.clone() };
                assert_eq!(answer, meant, "{}: {:?}", dialect.name(), rule.tool);
            }
        }
        let named: BTreeSet<&str> = policy.rules.iter().map(|rule| rule.tool.as_str()).collect();
        assert!(read.tools.keys().all(|tool| named.contains(tool.as_str())), "{} names no other tool", dialect.name());
    }
}

#[test]
fn the_rules_follow_the_categories_and_then_the_listing() {
    let policy = Policy::new(&ledger(), "sha256:00");
    let tools: Vec<&str> = policy.rules.iter().map(|rule| rule.tool.as_str()).collect();
    assert_eq!(tools, ["list_entries", "addEntry", "addentry", "run_report", "pay_invoice", "close_account"]);
    assert_eq!(policy.default, PolicyAction::Deny);
}

#[test]
fn of_two_tools_with_one_name_the_stricter_decision_holds() {
    let (read, write, drop) = (
        ("t", Category::Read, allow()),
        ("t", Category::Write, limit(9, "hour")),
        ("t", Category::Destructive, deny("No.")),
    );
    for order in [[&read, &write, &drop], [&drop, &write, &read], [&write, &drop, &read]] {
        let tools = order.map(|(name, category, decision)| tool(name, *category, decision.clone()));
        let policy = Policy::new(&server("s", tools.to_vec()), "sha256:00");
        assert_eq!(policy.rules.len(), 1);
        assert_eq!((&policy.rules[0].decision, policy.rules[0].category), (&drop.2, Category::Destructive));
        assert!(super::write(&policy, Dialect::INTERCEPT).unwrap().contains("lists 3 tools of this name"));
    }
    assert!(calls_per_day(&limit(9, "hour")) < calls_per_day(&limit(1, "minute")));
    assert!(calls_per_day(&limit(1, "minute")) < calls_per_day(&allow()));
}

#[test]
fn the_intercept_file() {
    insta::assert_snapshot!(write(&Policy::new(&ledger(), "sha256:00"), Dialect::INTERCEPT).unwrap());
}

#[test]
fn the_seed_file() {
    insta::assert_snapshot!(write(&Policy::new(&ledger(), "sha256:00"), Dialect::SEED).unwrap());
}

#[test]
fn the_policylayer_file() {
    insta::assert_snapshot!(write(&Policy::new(&ledger(), "sha256:00"), Dialect::POLICY_LAYER).unwrap());
}

#[test]
fn a_hostile_listing_is_shown_harmless() {
    let mut hostile = tool("a\": *b\n  evil:\n    rules: []", Category::Write, limit(30, "minute"));
    hostile.tool.description =
        Some("Fine.\n  evil:\n    rules: []\r\u{85}\u{2028}\u{1b}[2J\u{202e}# x: y\u{fffe}".into());
    hostile.tool.parameters[0].path = "p\n  evil:".into();
    let wildcard = tool("*", Category::Read, allow());
    let dotted = tool("entries.add", Category::Execute, limit(10, "minute"));
    let mut server = server("Ledger\n  evil: {}", vec![hostile, wildcard, dotted]);
    server.server.version = Some("1\nevil: 2".into());
    let policy = Policy::new(&server, "sha256:00");
    assert_reads_back(&policy);
    insta::assert_snapshot!(write(&policy, Dialect::INTERCEPT).unwrap());
}

#[test]
fn odd_names_read_back_in_every_category() {
    let decisions = [allow(), limit(30, "minute"), limit(5, "hour"), limit(1, "day"), deny("a: \"b\"\n#c\u{202e}")];
    for (category, decision) in Category::ALL.into_iter().zip(decisions) {
        let long = ["x".repeat(300), "\u{e0041}".repeat(300), "é: ".repeat(600)];
        let names = ODD_NAMES.into_iter().map(str::to_owned).chain(long);
        let rules = names.map(|name| rule(&name, category, decision.clone())).collect();
        assert_reads_back(&policy(rules));
    }
    assert_reads_back(&policy(Vec::new()));
    assert_reads_back(&policy(vec![rule("*", Category::Write, limit(1, "day"))]));
}

#[test]
fn what_a_format_cannot_say_is_noted_and_denied() {
    let policy = policy(vec![
        rule("*", Category::Read, allow()),
        rule("a.b", Category::Write, limit(30, "minute")),
        rule("a.c", Category::Read, allow()),
    ]);
    let noted = |dialect| notes(&policy, dialect).into_iter().map(|note| note.tool).collect::<Vec<_>>();
    assert_eq!(noted(Dialect::INTERCEPT), ["*", "a.b"]);
    assert_eq!(noted(Dialect::SEED), ["*"]);
    assert_eq!(noted(Dialect::POLICY_LAYER), ["*"]);
}

#[test]
fn a_snippet_says_what_the_whole_file_says() {
    for (name, decision) in [("run_report", limit(10, "minute")), ("pay: now", deny("Ask.")), ("look", allow())] {
        let tool = tool(name, Category::Execute, decision.clone());
        let seed = snippet("s", &tool, Dialect::SEED);
        assert_eq!(read(&seed, Dialect::SEED).unwrap().tools, BTreeMap::from([(name.to_owned(), decision.clone())]));
        let layer = read(&snippet("s", &tool, Dialect::POLICY_LAYER), Dialect::POLICY_LAYER).unwrap();
        assert_eq!((layer.for_tool(name), layer.default), (decision.clone(), PolicyAction::Deny));
        let intercept = snippet("s", &tool, Dialect::INTERCEPT);
        assert!(intercept.starts_with("tools:\n"), "{intercept}");
        let whole = write(&Policy::new(&server("s", vec![tool]), "sha256:00"), Dialect::INTERCEPT).unwrap();
        assert!(whole.ends_with(intercept.strip_prefix("tools:\n").unwrap()), "{whole}\n{intercept}");
    }
    let wildcard = snippet("s", &tool("*", Category::Write, allow()), Dialect::INTERCEPT);
    assert!(wildcard.starts_with("tools: {}\n  # "), "{wildcard}");
}

#[test]
fn an_error_tells_every_problem_and_its_place_without_hostile_text() {
    let text = "version: '2'\ntools:\n  \"a\\e[2J\":\n    rules:\n      - rate_limit: 5/week\n";
    let error = read(text, Dialect::INTERCEPT).unwrap_err().to_string();
    assert!(error.starts_with("not a valid intercept policy: version cannot be \"2\""), "{error}");
    assert!(error.contains("a rule must have the key name") && error.contains("\"week\""), "{error}");
    let error = read(text, Dialect::INTERCEPT).unwrap_err().report("p.yaml", text);
    assert!(!error.contains(is_unsafe), "{error}");
    insta::assert_snapshot!(error);
}

#[test]
fn each_server_has_its_own_file() {
    let listing =
        |name: &str| Listing { server: Server { name: name.into(), ..Server::default() }, ..Listing::default() };
    let ruleset = Ruleset::builtin().unwrap();
    let files = |names: &[&str]| {
        let report = crate::report(names.iter().map(|name| listing(name)).collect(), Vec::new(), &ruleset);
        let files = write_all(&report, std::path::Path::new("out/policy.yaml"), Dialect::INTERCEPT, None);
        files.into_iter().map(|file| file.unwrap().path.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(files(&["one"]), ["out/policy.yaml"]);
    let alike = files(&["one", "two", "one"]);
    assert_eq!(alike[1], "out/policy-two.yaml");
    assert_eq!(alike[2], alike[0].replace(".yaml", "-2.yaml"));
    assert!(alike[0].starts_with("out/policy-one-"), "{alike:?}");
    assert_eq!(files(&[]), [""; 0]);
}

#[test]
fn a_person_is_asked_only_where_the_format_can_say_so() {
    let pay = Decision { action: PolicyAction::Approve, ..deny("Moves money.") };
    let asked = policy(vec![rule("pay", Category::Financial, pay)]);
    assert!(write(&asked, Dialect::OPA).unwrap().contains("decision := \"ask\""));
    assert!(notes(&asked, Dialect::OPA).is_empty());
    let plain = write(&asked, Dialect::INTERCEPT).unwrap();
    assert!(plain.contains("action: deny") && !notes(&asked, Dialect::INTERCEPT).is_empty());
}

#[test]
fn dialects_are_found_by_their_names() {
    for dialect in Dialect::all() {
        assert_eq!(Dialect::from_name(dialect.name()), Some(dialect));
    }
    assert_eq!(Dialect::from_name("Intercept "), None);
}

#[test]
fn ten_thousand_tools_are_quick() {
    let tools: Vec<ToolReport> =
        (0..10_000).map(|i| tool(&format!("tool_{i}"), Category::ALL[i % 5], limit(30, "minute"))).collect();
    let policy = Policy::new(&server("large", tools), "sha256:00");
    for dialect in Dialect::readable() {
        let start = Instant::now();
        let text = write(&policy, dialect).unwrap();
        assert_eq!(read(&text, dialect).unwrap().tools.len(), 10_000);
        // Far more than a debug build takes on a busy machine, and far less than a quadratic algorithm would.
        assert!(start.elapsed() < Duration::from_secs(30), "{}: {:?}", dialect.name(), start.elapsed());
    }
    for dialect in Dialect::all() {
        assert!(!write(&policy, dialect).unwrap().is_empty(), "{}", dialect.name());
    }
}

fn any_decision() -> impl Strategy<Value = Decision> {
    let window = prop::sample::select(vec!["minute", "hour", "day"]);
    prop_oneof![
        Just(allow()),
        (1..=u32::MAX, window).prop_map(|(max, window)| limit(max, window)),
        prop::option::of(any::<String>()).prop_map(Decision::deny),
    ]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~\n\t]{0,12}",
        "[a-z.*:#\\-]{0,4}",
        prop::sample::select(ODD_NAMES.to_vec()).prop_map(str::to_owned),
    ]
}

/// Guards on two arguments, as a file may contain them.
fn any_guard() -> impl Strategy<Value = Guard> {
    let numbers = (0..4i64).prop_map(|n| json!(n));
    let texts = prop::sample::select(vec!["a", "b: #c", "^a", "1", "\u{202e}x"]).prop_map(|text| json!(text));
    let scalar = prop_oneof![numbers.clone(), texts.clone(), any::<bool>().prop_map(|b| json!(b))];
    let list = prop::collection::vec(scalar.clone(), 0..3).prop_map(serde_json::Value::from);
    let compared = prop_oneof![
        (prop::sample::select(vec![Op::Eq, Op::Neq, Op::Contains]), scalar),
        (prop::sample::select(vec![Op::In, Op::NotIn]), list),
        (prop::sample::select(vec![Op::Lt, Op::Lte, Op::Gt, Op::Gte]), numbers),
        (Just(Op::Regex), texts),
        (Just(Op::Exists), any::<bool>().prop_map(|b| json!(b))),
    ];
    let parameter = prop::sample::select(vec!["a", "b.c"]);
    let condition = (parameter, compared, any::<bool>()).prop_map(|(parameter, (op, value), absent_passes)| {
        Condition { parameter: parameter.into(), op, value, absent_passes }
    });
    let refusal = prop::collection::vec(condition.clone(), 1..3)
        .prop_map(|refused_when| Check::Refusal(Refusal { refused_when }));
    let condition = condition.prop_map(Check::Argument);
    let adds = prop_oneof![(0..3u32).prop_map(Adds::Each), Just(Adds::Argument("a".into()))];
    let total = (adds, 0..5u64).prop_map(|(adds, max)| Check::Total(Total { adds, window_seconds: 60, max }));
    (prop_oneof![4 => condition, 2 => refusal, 1 => total], any::<bool>(), any::<bool>()).prop_map(
        |(check, essential, fill_in)| Guard {
            cause: Some(Cause { id: "c".into(), text: "because\n- x: y".into() }),
            essential,
            fill_in,
            on_deny: Some("No: #1".into()),
            ..Guard::new("guard", check)
        },
    )
}

fn any_argument() -> impl Strategy<Value = serde_json::Value> {
    prop::sample::select(vec![
        json!(0),
        json!(2),
        json!("a"),
        json!("1"),
        json!(true),
        json!(false),
        json!(null),
        json!(["a"]),
    ])
}

proptest! {
    /// A written and read policy means what the format states, and that is the intended meaning unless a note mentions
    /// more or fewer denials.
    #[test]
    fn any_guard_means_the_same_after_writing_and_reading(
        guards in prop::collection::vec(any_guard(), 0..4),
        action in prop::sample::select(vec![PolicyAction::Allow, PolicyAction::Approve, PolicyAction::Hide]),
        calls in prop::collection::vec((any_argument(), any_argument()), 1..6),
        name in prop::sample::select(vec!["tool", "a.tool", "t: #\u{202e}"]),
    ) {
        let meant = policy(vec![rule(name, Category::Write, Decision { action, guards, ..Decision::allow() })]);
        let outcomes = |decisions: &Decisions| {
            let mut simulator = Simulator::new(decisions);
            let call = |(a, c): &(serde_json::Value, serde_json::Value)| {
                simulator.call(&Call { tool: name.into(), arguments: json!({"a": a, "b": {"c": c}}), at: 0 }).outcome
            };
            calls.iter().map(call).collect::<Vec<_>>()
        };
        for dialect in [Dialect::INTERCEPT, Dialect::SEED, Dialect::POLICY_LAYER] {
            let text = write(&meant, dialect).unwrap();
            let read = read(&text, dialect).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let said = outcomes(&dialect::stated(&meant, dialect));
            prop_assert_eq!(&outcomes(&read), &said, "{}", text);
            let switched = calls.iter().any(|(a, c)| *a == false || *c == false);
            if notes(&meant, dialect).is_empty() && unenforced(&meant, dialect).is_empty() && !switched {
                prop_assert_eq!(&outcomes(&meant.decisions()), &said, "{}", text);
            }
        }
    }

    #[test]
    fn any_listing_reads_back(
        tools in prop::collection::btree_map(
            any_name(),
            (prop::sample::select(Category::ALL.to_vec()), any_decision(), any::<String>(), any_name()),
            0..12,
        ),
        name in any::<String>(),
    ) {
        let listed = tools.into_iter().map(|(tool_name, (category, decision, description, parameter))| {
            let mut tool = tool(&tool_name, category, decision);
            tool.tool.description = Some(description);
            tool.tool.parameters[0].path = parameter;
            tool
        });
        let server = server(&name, listed.collect());
        assert_reads_back(&Policy::new(&server, "sha256:00"));
    }
}

#[test]
fn a_tool_that_returns_a_secret_is_never_allowed_without_a_question() {
    let ruleset = Ruleset::builtin().unwrap();
    for (name, text) in [
        ("get_env", "Returns the environment variables of the process."),
        ("get_connection_string", "Returns the connection string of a database."),
        ("reveal_key", "Reveals the private key of an account."),
        ("show_process", "Shows the process with its environment variables."),
    ] {
        let definition = Tool { name: name.into(), description: Some(text.into()), ..Tool::default() };
        let tool = crate::assess_tool(definition, &ruleset);
        assert!(tool.assessment.signals.iter().any(|signal| signal.id == "secret-output"), "{name}");
        assert!(tool.assessment.score.value > 1, "{name}");
        for profile in &ruleset.profiles {
            let decision = by_profile(&tool.tool, &tool.assessment, profile, &ruleset, &ruleset.settings);
            assert_ne!(decision.action, PolicyAction::Allow, "{name} under {}", profile.id);
        }
        for dialect in Dialect::all() {
            let said = dialect::said(&tool, tool.decision.clone(), dialect);
            assert_ne!(said.action, PolicyAction::Allow, "{name} in {}", dialect.name());
        }
    }
}
