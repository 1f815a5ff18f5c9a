//! `mcp-scan rules` and `--rules DIR`, as a user runs them.

#[path = "support/program.rs"]
mod program;

use std::fs;

use mcp_scan::rules::{RuleDoc, Ruleset};

use program::{finished, program};

fn run(arguments: &[&str]) -> (String, String, Option<i32>) {
    let (code, out, err) = finished(program().args(arguments));
    (out, err, Some(code))
}

#[test]
fn list_and_show_name_every_rule() {
    let (out, _, code) = run(&["rules", "list", "--format", "json"]);
    assert_eq!(code, Some(0));
    let docs: Vec<serde_json::Value> = serde_json::from_str(&out).expect("the list is JSON");
    assert!(docs.len() > 70);
    let (text, _, _) = run(&["rules", "list"]);
    for doc in &docs {
        let id = doc["id"].as_str().expect("an id");
        assert!(text.contains(&format!("  {id} ")), "{id} is not in the list");
        for part in ["title", "why", "since", "does"] {
            assert!(doc[part].as_str().is_some_and(|text| !text.is_empty()), "{id} has no {part}");
        }
    }
    let (page, _, code) = run(&["rules", "show", "delete-verb"]);
    assert_eq!(code, Some(0));
    assert!(page.starts_with("delete-verb (verbs.yaml, since 0.1.0)") && page.contains("does not apply to"), "{page}");
    let (_, err, code) = run(&["rules", "show", "nope"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no rule has this id") && err.contains("rules list"), "{err}");
}

#[test]
fn exported_rules_laid_over_the_built_in_ones_judge_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("rules");
    let rules = rules.to_str().expect("a plain path");
    assert_eq!(run(&["rules", "export", rules]).2, Some(0));
    let (_, err, code) = run(&["rules", "export", rules]);
    assert_eq!(code, Some(2));
    assert!(err.contains("could not export the rules"), "{err}");
    let (out, err, code) = run(&["rules", "test", "--rules", rules]);
    assert_eq!((err.as_str(), code), ("", Some(0)));
    assert!(out.ends_with(" 0 failed\n"), "{out}");
    let shop = "fixtures/listings/example-shop.json";
    assert_eq!(run(&["--rules", rules, shop]).0, run(&[shop]).0);
}

#[test]
fn a_rule_of_ones_own_changes_the_verdict_and_a_broken_one_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain path");
    let entry = "- {id: stock-is-money, title: Stock is money, says: Financial, why: Ours, since: 1.0.0, verbs: [update], \
                 objects: [stock], examples: {match: [{name: update_stock, because: ours}], reject: [{name: update_user, because: no}]}}\n";
    fs::write(folder.path().join("senses.yaml"), entry).expect("written");
    let (out, err, code) =
        run(&["explain", "fixtures/listings/example-shop.json", "--tool", "update_stock", "--rules", path]);
    assert_eq!((err.as_str(), code), ("", Some(0)));
    assert!(out.contains("says Financial (stock-is-money)"), "{out}");
    assert_eq!(run(&["rules", "test", "--rules", path]).2, Some(0));

    let failing = entry.replace("match: [{name: update_stock", "match: [{name: list_stock");
    fs::write(folder.path().join("senses.yaml"), failing).expect("written");
    let (_, err, code) = run(&["rules", "test", "--rules", path]);
    assert_eq!(code, Some(1));
    assert!(err.contains("stock-is-money should apply to list_stock: ours"), "{err}");

    fs::write(folder.path().join("senses.yaml"), "- {id: x, says: Evil}\n").expect("written");
    let (out, err, code) = run(&["--rules", path, "fixtures/listings/example-shop.json"]);
    assert_eq!((out.as_str(), code), ("", Some(2)));
    assert!(err.contains("senses.yaml") && err.contains("line 1") && err.contains("Evil"), "{err}");
}

/// `docs/rules.md` is made from the rules; `UPDATE_DOCS=1 cargo test --test rules` writes it anew.
#[test]
fn the_page_of_all_rules_is_up_to_date() {
    let docs = mcp_scan::rules::docs(&Ruleset::builtin().expect("the rules"));
    let mut page = String::from(
        "# The rules that judge\n\nMade from `rules/` by a test; what is printed here is `mcp-scan rules show ID`.\n",
    );
    let mut file = "";
    for doc in &docs {
        if doc.file != file {
            page.push_str(&format!("\n## {}\n", doc.file));
            file = doc.file;
        }
        page.push_str(&format!("\n### {}\n\n```text\n{}\n```\n", doc.id, shown(doc)));
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write("docs/rules.md", &page).expect("written");
    }
    let written = fs::read_to_string("docs/rules.md").unwrap_or_default();
    assert!(written == page, "docs/rules.md is stale; run UPDATE_DOCS=1 cargo test --test rules");
}

#[test]
fn no_rule_is_of_a_later_version_than_the_program() {
    let parts = |version: &str| version.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<u32>>();
    for rule in mcp_scan::rules::docs(&Ruleset::builtin().unwrap()) {
        assert!(parts(&rule.since) <= parts(env!("CARGO_PKG_VERSION")), "{}: {}", rule.id, rule.since);
    }
}

/// What `rules show` prints of one rule.
fn shown(doc: &RuleDoc) -> String {
    let mut page = Vec::new();
    mcp_scan::report::rules::pages(&[doc], &mut page).expect("written");
    String::from_utf8(page).expect("UTF-8").trim_end().to_owned()
}

/// The page of a finding is made from its entry: no key or value of the entry is left out.
#[test]
fn the_page_of_a_finding_prints_every_key_of_its_entry() {
    fn check(key: &str, value: &serde_json::Value, page: &str) {
        match value {
            // A pair of a structure is an example of it.
            serde_json::Value::Object(map) => {
                map.iter().filter(|(key, _)| *key != "pair").for_each(|(key, value)| check(key, value, page));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| check(key, item, page)),
            serde_json::Value::String(text) => {
                assert!(page.contains(&one_line(text)), "{key}: {text} is not in\n{page}");
            }
            other => assert!(page.contains(&other.to_string()), "{key}: {other} is not in\n{page}"),
        }
        let is_path = ["text", "tool", "server", "servers"].contains(&key) || value.is_object();
        let has_label = ["id", "title", "why", "since"].contains(&key) || is_path;
        let label = format!("{}:", key.replace('_', " "));
        assert!(has_label || page.contains(&label), "{label} is not in\n{page}");
    }
    fn one_line(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
    let text = fs::read_to_string("rules/findings.yaml").expect("the rules");
    let entries: Vec<serde_json::Map<String, serde_json::Value>> =
        mcp_scan::text::yaml::read("rules/findings.yaml", &text).expect("the entries");
    assert!(entries.len() > 20);
    let docs = mcp_scan::rules::docs(&Ruleset::builtin().expect("the rules"));
    for mut entry in entries {
        let examples = entry.remove("examples").expect("examples");
        let doc = docs.iter().find(|doc| doc.file == "findings.yaml" && doc.id == entry["id"].as_str().expect("an id"));
        let page = one_line(&shown(doc.expect("a page of the rule")));
        entry.iter().for_each(|(key, value)| check(key, value, &page));
        for example in ["match", "reject"].iter().flat_map(|kind| examples[*kind].as_array().expect("a list")) {
            for key in ["name", "because"] {
                assert!(
                    page.contains(&one_line(example[key].as_str().expect("a text"))),
                    "{example} is not in\n{page}"
                );
            }
        }
    }
}

#[test]
fn a_detector_refuses_the_fields_of_another_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain path");
    let entry = |detect: &str| {
        format!(
            "- {{id: x, title: X, kind: attack, severity: Low, detect: {detect}, why: w, remedy: r, references: [], since: 0.1.0, \
             examples: {{match: [], reject: []}}}}\n"
        )
    };
    for (detect, wrong) in [
        ("{text: {says: {phrases: [a], patterns: [b]}}}", "patterns"),
        ("{tool: {signal: {signals: [a], phrases: [b]}}}", "phrases"),
        ("{text: {matches: {found: f, patterns: ['(']}}}", "regex"),
        ("{tool: says}", "says"),
    ] {
        fs::write(folder.path().join("findings.yaml"), entry(detect)).expect("written");
        let (_, err, code) = run(&["rules", "list", "--rules", path]);
        assert_eq!(code, Some(2), "{detect}: {err}");
        assert!(err.contains("findings.yaml") && err.contains(wrong), "{detect}: {err}");
    }
}
