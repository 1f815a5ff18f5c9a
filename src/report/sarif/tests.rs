//! Tests of SARIF logs from the view of code scanning.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_message_is_neither_a_link_nor_the_place_of_an_argument() {
    let shown = |text: &str| Text::message(text).text;
    assert_eq!(shown("see [x](https://e.vil) {0}"), "see \\[x\\](https://e.vil) {{0}}");
    assert_eq!(shown("\\[x](y) a\\b"), "\\\\\\[x\\](y) a\\b");
}

#[test]
fn a_log_holds_rules_results_and_places() {
    let rule = Rule {
        id: "r".into(),
        title: "T".into(),
        severity: Severity::High,
        why: "W.".into(),
        remedy: "Do.".into(),
        references: vec!["SAFE-T1402".into(), "CWE-451".into()],
    };
    let finding = Finding {
        rule: "r".into(),
        severity: Severity::Medium,
        text: "Wrong\u{202e} here.".into(),
        file: Some("a folder/policy.yaml".into()),
        position: Some((3, 5)),
        subject: "server/tool".into(),
        fingerprint: "f".into(),
        suppression: Some("accepted: known".into()),
        path: vec![],
    };
    let mut out = Vec::new();
    write(&[rule], &[finding], RunFacts::default(), &mut out).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleIndex"], &result["level"]), (&json!(0), &json!("warning")));
    assert_eq!(result["message"]["text"], "Wrong here.");
    assert_eq!(result["suppressions"][0]["justification"], "accepted: known");
    let tags = &log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["tags"];
    assert_eq!(*tags, json!(["security", "SAFE-T1402", "external/cwe/cwe-451"]));
    let physical = &result["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "a%20folder/policy.yaml");
    assert_eq!(physical["region"], json!({"startLine": 3, "startColumn": 5}));
}

#[test]
fn paths_become_references() {
    for (path, uri) in [
        ("policy.yaml", "policy.yaml"),
        ("./a/../b #1.yaml", "b%20%231.yaml"),
        ("dir\\p.yaml", "dir/p.yaml"),
        ("/etc/p?.yaml", "file:///etc/p%3F.yaml"),
        ("../only.json", "../only.json"),
        ("../../a/../b.json", "../../b.json"),
        ("c%.json", "c%25.json"),
        ("c%20d.json", "c%2520d.json"),
        ("a:b/ü.json", "a%3Ab/%C3%BC.json"),
        ("/a/../../b.json", "file:///b.json"),
    ] {
        assert_eq!(relative_uri(path), uri);
    }
}
