//! The five published pages this project was made from: names, numbers and facts of theirs, definitions of ours. They
//! must come out as they were printed (the fifth page prints no number; its signal makes it 3).

use std::path::Path;

use mcp_scan::model::{Category, Severity, ToolReport};
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};

fn seed(file: &str) -> ToolReport {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seeds").join(file);
    let saved = Saved::open(&Target::File(path)).expect("the fixture opens");
    let listings = saved.listings().expect("the fixture is a listing");
    let report = mcp_scan::report(listings, Vec::new(), &Ruleset::builtin().expect("the built-in rules load"));
    report.servers[0].tools[0].clone()
}

/// Category, severity, score with its arithmetic, and the signals that a parameter caused or that raise the score.
#[track_caller]
fn assert_printed(file: &str, name: &str, score: u8, arithmetic: &str, signals: &[&str]) {
    let tool = seed(file);
    let verdict = &tool.assessment;
    assert_eq!(tool.tool.name, name);
    assert_eq!((verdict.category, verdict.severity), (Category::Write, Severity::Medium));
    assert_eq!((verdict.score.value, verdict.score.arithmetic.as_str()), (score, arithmetic));
    let shown: Vec<&str> = verdict
        .signals
        .iter()
        .filter(|s| s.aggravating || s.parameter.is_some() || s.count.is_some())
        .map(|s| s.text.as_str())
        .collect();
    assert_eq!(shown, signals);
}

#[test]
fn generate_api_key_of_aipaygen() {
    assert_printed("aipaygen.json", "generate_api_key", 2, "2 (Write) = 2", &[]);
}

#[test]
fn create_api_key_of_agentpay() {
    assert_printed("agentpay.json", "create_api_key", 2, "2 (Write) = 2", &[]);
}

#[test]
fn create_api_key_of_fusionauth() {
    let signals = ["Handles credentials or secrets (requestBody.apiKey)", "High parameter count (17 properties)"];
    assert_printed("fusionauth.json", "createAPIKey", 3, "2 (Write) + 1 (credentials) = 3", &signals);
}

#[test]
fn create_api_key_of_ulinkly() {
    assert_printed("ulinkly.json", "create_api_key", 2, "2 (Write) = 2", &[]);
}

#[test]
fn create_api_key_of_molt2meet() {
    let signals = ["Handles credentials or secrets (apiKey)"];
    assert_printed("molt2meet.json", "create_api_key", 3, "2 (Write) + 1 (credentials) = 3", &signals);
}
