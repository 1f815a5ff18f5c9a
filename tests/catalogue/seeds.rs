//! The five published pages this project was made from: what each of them tells a reader, ours tells too.

use std::path::Path;

use mcp_scan::model::Report;
use mcp_scan::policy::Dialect;
use mcp_scan::source::{Target, saved::Saved};
use scraper::Html;

use super::{all, reports::RULESET, site, text};

fn scanned(file: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seeds").join(file);
    let listings = Saved::open(&Target::File(path)).unwrap().listings().unwrap();
    mcp_scan::report(listings, vec![], &RULESET)
}

/// Asserts that the page of the first tool in `file` holds `facts` and everything that all five pages hold.
#[track_caller]
fn assert_told(file: &str, tool: &str, package: &str, facts: &[&str]) {
    let report = scanned(file);
    let server = &report.servers[0];
    let site = site(&report);
    let html = Html::parse_document(&site[&format!("servers/{}/{}/index.html", server.slug, server.tools[0].slug)]);
    let whole = text(html.root_element());
    let everywhere = [
        "Medium severity",
        "What agents use it for",
        "Why it needs a policy",
        "at most 30 calls per minute",
        "Attacks that abuse this kind of access",
        "All attack patterns",
        "Questions and answers",
        &format!("What does {tool} do?"),
        &format!("How do I enforce a policy on {tool}?"),
        &format!("How risky is {tool}?"),
        &format!("Can I rate-limit {tool}?"),
        &format!("How do I block {tool} altogether?"),
        &format!("Which MCP server provides {tool}?"),
    ];
    for fact in facts.iter().chain(&everywhere) {
        assert!(whole.contains(fact), "{file}: {fact:?}");
    }
    assert_eq!(text(all(&html, "h1")[0]), tool);
    assert!(all(&html, ".facts dd").into_iter().any(|dd| text(dd).contains(package)), "{file}: {package}");
    let snippets: Vec<String> = all(&html, ".tabs pre").into_iter().map(text).collect();
    assert_eq!(snippets.len(), Dialect::published().count());
    assert!(snippets.iter().take(3).all(|s| s.contains(tool) && s.contains("30")), "{snippets:?}");
}

#[test]
fn aipaygen() {
    assert_told("aipaygen.json", "generate_api_key", "aipaygen-mcp", &["Risk 2/5"]);
}

#[test]
fn agentpay() {
    assert_told("agentpay.json", "create_api_key", "agentpay-mcp-server", &["Risk 2/5"]);
}

#[test]
fn fusionauth() {
    let signals = ["Handles credentials or secrets (requestBody.apiKey)", "High parameter count (17 properties)"];
    assert_told("fusionauth.json", "createAPIKey", "@fusionauth/mcp-api", &[&signals[..], &["Risk 3/5"]].concat());
}

#[test]
fn ulinkly() {
    assert_told("ulinkly.json", "create_api_key", "@ulinkly/mcp-server", &["Risk 2/5"]);
}

#[test]
fn molt2meet() {
    let provider = "of the Molt2Meet MCP server, reached at https://molt.molt2meet.com/mcp.";
    let facts = ["Handles credentials or secrets (apiKey)", "Risk 3/5", provider];
    assert_told("molt2meet.json", "create_api_key", "https://molt.molt2meet.com/mcp", &facts);
}
