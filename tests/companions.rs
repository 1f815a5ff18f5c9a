//! Profiles, guards, companions and `mcp-scan policy test`, as a user runs them.

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mcp_scan::policy::{Dialect, Policy, Simulator, cases, read, write};
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};

use program::{finished, program};

const SHOP: &str = "fixtures/listings/example-shop.json";

fn run(arguments: &[&str]) -> (String, String, Option<i32>) {
    let (code, out, err) = finished(program().args(arguments));
    (out, err, Some(code))
}

/// Every policy that is written for `path`, in every profile and format that can be read back, passes its companion;
/// gives how many calls were tried.
fn companions_pass(path: &Path) -> usize {
    let mut ruleset = Ruleset::builtin().expect("the built-in rules load");
    let mut calls = 0;
    for profile in ruleset.profiles.iter().map(|profile| profile.id.clone()).collect::<Vec<_>>() {
        assert!(ruleset.choose_profile(&profile));
        let saved = Saved::open(&Target::File(path.to_owned())).expect("the listing opens");
        let report = mcp_scan::report(saved.listings().expect("it is a listing"), Vec::new(), &ruleset);
        for server in &report.servers {
            let policy = Policy::for_server(server, &report);
            for dialect in [Dialect::INTERCEPT, Dialect::SEED, Dialect::POLICY_LAYER] {
                let text = write(&policy, dialect).expect("it can be said");
                let decisions = read(&text, dialect).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let companion =
                    cases::write_companion(&cases::for_policy(server, &policy, dialect, &ruleset), "policy.yaml");
                let cases = cases::read_companion(&companion).expect("the companion can be read");
                calls += cases.len();
                for tried in cases::run(Simulator::new(&decisions), cases) {
                    assert!(tried.as_expected, "{} {profile} {}: {tried:#?}", path.display(), dialect.name());
                }
            }
        }
    }
    calls
}

#[test]
fn every_written_policy_passes_its_companion() {
    let listings = fs::read_dir("fixtures/listings").expect("the fixtures are there");
    let json = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
    let paths = listings.map(|entry| entry.expect("an entry").path()).filter(|path| json(path));
    let calls: usize = paths.map(|path| companions_pass(&path)).sum();
    assert!(calls > 20, "only {calls} calls were tried");
}

#[test]
fn a_profile_decides_and_the_run_tells_what_each_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("policy.yaml");
    let policy = policy.to_str().expect("a plain path");
    let (_, err, code) = run(&["--policy", policy, "--profile", "read-only", SHOP]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("of 15 tools, profile starter allows ") && err.contains(" tokens of context)"), "{err}");
    let text = fs::read_to_string(policy).expect("written");
    assert!(text.contains("# Profile read-only;") && text.contains("hide:\n  - "), "{text}");
    let (json, _, _) = run(&["-f", "json", "--profile", "strict", SHOP]);
    assert!(json.contains("\"profile\": \"strict\"") && json.contains("\"action\": \"approve\""), "{json}");
    let (out, err, code) = run(&["--profile", "lax", SHOP]);
    assert_eq!((out.as_str(), code), ("", Some(2)));
    assert!(err.contains("no profile has this name") && err.contains("no-irreversible"), "{err}");
}

#[test]
fn calls_are_tried_and_a_surprise_fails_the_gate() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
    let (policy, calls) = (path("policy.yaml"), path("calls.jsonl"));
    assert_eq!(run(&["--policy", &policy, "--policy-tests", SHOP]).2, Some(0));
    let (out, err, code) = run(&["policy", "test", &policy]);
    assert_eq!((err.as_str(), code), ("", Some(0)), "{out}");
    assert!(out.ends_with(", 0 not as expected\n"), "{out}");

    fs::write(&calls, "{\"tool\": \"no_such_tool\", \"expect\": \"allowed\"}\n{\"tool\": \"search_products\", \"arguments\": {\"query\": \"lamp\"}}\n")
        .unwrap();
    let (out, _, code) = run(&["policy", "test", &policy, &calls]);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("NOT AS EXPECTED: no_such_tool denied by default, expected allowed\n"), "{out}");
    let (out, _, _) = run(&["policy", "test", &policy, &calls, "--format", "json"]);
    let tried: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&tried[0]["as_expected"], &tried[1]["verdict"]["outcome"]), (&false.into(), &"allowed".into()));

    fs::write(&calls, "{\"tol\": 1}\n").unwrap();
    let (_, err, code) = run(&["policy", "test", &policy, &calls]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("could not read the calls") && err.contains("calls.jsonl:1:1") && err.contains("no key \"tol\""),
        "{err}"
    );
    let (_, err, code) = run(&["policy", "test", &calls]);
    assert_eq!(code, Some(2));
    assert!(err.contains("could not read the policy as"), "{err}");
}

#[test]
fn a_companion_that_was_edited_is_not_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
    let (policy, tests) = (path("policy.yaml"), path("policy.tests.yaml"));
    let args = ["--policy", &policy, "--policy-tests", SHOP];
    assert_eq!(run(&args).2, Some(0));
    assert_eq!(run(&args).2, Some(0), "one of ours is replaced");
    let edited = fs::read_to_string(&tests).expect("written").replacen("about: ", "about: Ours ", 1);
    fs::write(&tests, &edited).expect("writable");
    fs::write(&policy, "mine").expect("writable");
    let (_, err, code) = run(&args);
    assert!(code == Some(2) && err.contains("was edited and would be lost"), "{err}");
    assert_eq!(
        (fs::read_to_string(&tests).ok(), fs::read_to_string(&policy).ok()),
        (Some(edited), Some("mine".into()))
    );
}

/// For each profile the run says how many tools stay, and about how much of a context the hidden ones would have taken.
#[test]
fn the_run_says_what_each_profile_leaves_and_saves() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let listing: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(SHOP).expect("it is there")).expect("JSON");
    for profile in ["starter", "read-only", "no-irreversible", "no-money", "strict"] {
        let (report, policy) = (path("report.json"), path("policy.yaml"));
        let arguments = ["--profile", profile, "--policy", &policy, "-f", "json", "-o", &report, SHOP];
        let (_, said, code) = run(&arguments);
        assert_eq!(code, Some(0), "{said}");
        let decisions =
            read(&fs::read_to_string(&policy).expect("it was written"), Dialect::INTERCEPT).expect("it reads");
        let tools = listing["tools"].as_array().expect("a list");
        let (mut by_action, mut bytes) = (BTreeMap::new(), 0);
        let report: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&report).expect("it was written")).expect("JSON");
        for (tool, judged) in tools.iter().zip(report["servers"][0]["tools"].as_array().expect("a list")) {
            let name = tool["name"].as_str().expect("a name");
            assert_eq!(judged["name"], name);
            let action = &judged["policy"]["action"];
            let refuses = action == "deny" || action == "hide";
            assert_eq!(decisions.for_tool(name).action.refuses(), refuses, "{profile}: {name} {action}");
            *by_action.entry(action.as_str().expect("a name").to_owned()).or_insert(0) += 1;
            if action == "hide" {
                let handed = serde_json::json!([name, tool["description"], tool["inputSchema"]]).to_string();
                bytes += handed.len();
            }
        }
        let start = format!("of 15 tools, profile {profile} ");
        let told = said.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{said}"));
        for (action, verb) in [("allow", "allows"), ("approve", "asks about"), ("deny", "denies"), ("hide", "hides")] {
            match by_action.get(action) {
                Some(count) => assert!(told.contains(&format!("{verb} {count}")), "{profile}: {told}"),
                None => assert!(!told.contains(verb), "{profile}: {told}"),
            }
        }
        let written = fs::read_to_string(&policy).expect("it was written");
        assert!(written.contains(told.split(" (").next().expect("a part")), "{profile}: {told}");
        let saved: usize = told.split_once("(saves about ").map_or(0, |(_, rest)| {
            rest.split(' ').next().expect("a number").replace(',', "").parse().expect("a number")
        });
        assert!(saved.abs_diff(bytes / 4) * 20 <= bytes / 4, "{profile}: {saved} told, {} counted", bytes / 4);
    }
}
