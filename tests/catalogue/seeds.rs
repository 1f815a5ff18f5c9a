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
        "A person must approve it.",
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
    let policies =
        Html::parse_document(&site[&format!("servers/{}/{}/policies.html", server.slug, server.tools[0].slug)]);
    let snippets: Vec<String> = all(&policies, ".format pre").into_iter().map(text).collect();
    assert_eq!(snippets.len(), Dialect::all().count());
    assert!(snippets.iter().take(3).all(|s| s.contains(tool)), "{snippets:?}");
}

/// What one of the five pages prints, and whose it is. Names, numbers and terms only.
struct Printed {
    file: &'static str,
    tool: &'static str,
    server: &'static str,
    /// The package, or the address of a remote server.
    from: &'static str,
    risk: Option<u8>,
    signals: &'static [&'static str],
    /// How many tools the server had then.
    tools: usize,
    /// The format of its policy, and that format's tab here.
    format: (&'static str, &'static str),
}

const SEEDS: [Printed; 5] = [
    Printed {
        file: "aipaygen.json",
        tool: "generate_api_key",
        server: "AiPayGen",
        from: "aipaygen-mcp",
        risk: Some(2),
        signals: &[],
        tools: 106,
        format: ("rules with action and rate_limit", "seed"),
    },
    Printed {
        file: "agentpay.json",
        tool: "create_api_key",
        server: "Agentpay",
        from: "agentpay-mcp-server",
        risk: Some(2),
        signals: &[],
        tools: 17,
        format: ("rules with action and rate_limit", "seed"),
    },
    Printed {
        file: "fusionauth.json",
        tool: "createAPIKey",
        server: "Mcp Api",
        from: "@fusionauth/mcp-api",
        risk: Some(3),
        signals: &["Handles credentials or secrets (requestBody.apiKey)", "High parameter count (17 properties)"],
        tools: 310,
        format: ("rules with action and rate_limit", "seed"),
    },
    Printed {
        file: "ulinkly.json",
        tool: "create_api_key",
        server: "Ulinkly",
        from: "@ulinkly/mcp-server",
        risk: Some(2),
        signals: &[],
        tools: 24,
        format: ("rules with action and rate_limit", "seed"),
    },
    Printed {
        file: "molt2meet.json",
        tool: "create_api_key",
        server: "Molt2Meet",
        from: "https://molt.molt2meet.com/mcp",
        risk: None,
        signals: &["Handles credentials or secrets (apiKey)"],
        tools: 54,
        format: ("policy.json with a counter", "policylayer"),
    },
];

#[test]
fn every_fact_of_the_seeds_is_told() {
    for seed in &SEEDS {
        let risk = seed.risk.map(|risk| format!("Risk {risk}/5"));
        let facts: Vec<&str> = seed.signals.iter().copied().chain(risk.as_deref()).collect();
        assert_told(seed.file, seed.tool, seed.from, &facts);
    }
}

/// The facts of a seed's page beside those of ours: what it is, as printed, as our page has it.
fn compared(seed: &Printed) -> Vec<[String; 3]> {
    let report = scanned(seed.file);
    let server = &report.servers[0];
    let site = site(&report);
    let html = Html::parse_document(&site[&format!("servers/{}/{}/index.html", server.slug, server.tools[0].slug)]);
    let texts = |selector: &str| all(&html, selector).into_iter().map(text).collect::<Vec<String>>();
    let fact = |name: &str| {
        let at = texts(".facts dt").iter().position(|dt| dt == name);
        at.map_or_else(|| "none".into(), |at| texts(".facts dd")[at].clone())
    };
    let listed = |rows: Vec<String>| if rows.is_empty() { "none".into() } else { rows.join("; ") };
    let signals = texts(".signals li").into_iter().map(|s| s.replace(" raises the score", ", which raises the score"));
    let (format, tab) = seed.format;
    let from = if seed.from.starts_with("https:") { "Address" } else { "Package" };
    let policies =
        Html::parse_document(&site[&format!("servers/{}/{}/policies.html", server.slug, server.tools[0].slug)]);
    let snippet: Vec<String> = all(&policies, &format!("#format-{tab} pre")).into_iter().map(text).collect();
    assert!(snippet[0].contains(seed.tool), "{snippet:?}");
    let row = |name: &str, printed: String, ours: String| [name.to_owned(), printed, ours];
    vec![
        row("Tool", seed.tool.into(), texts("h1").concat()),
        row("Server", seed.server.into(), fact("MCP server")),
        row(from, seed.from.into(), fact(from)),
        row("Severity", "Medium".into(), fact("Severity")),
        row("Category", "Write".into(), fact("Category")),
        row("Risk", seed.risk.map_or("not printed".into(), |risk| format!("{risk}/5")), fact("Risk score")),
        row("Signals", listed(seed.signals.iter().map(|s| (*s).to_owned()).collect()), listed(signals.collect())),
        row("Rule", "allow, 30 in 60 seconds".into(), fact("Policy")),
        row(
            "Formats of the rule",
            format!("1: {format}"),
            format!("{}, that one among them", texts(".format-name, .formats a").len()),
        ),
        row("Tools of the server", seed.tools.to_string(), format!("{} in our fixture", server.tools.len())),
        row(
            "Why it was judged so",
            "not printed".into(),
            format!("{}; confidence {}", texts(".sum code").concat(), fact("Confidence")),
        ),
        row("What would change it", "not printed".into(), format!("{} conditions", texts(".changes li").len())),
        row("Parameters", "not printed".into(), fact("Parameters")),
        row("Attacks", "a list".into(), format!("{}, each with its defence", texts("#attacks ~ .attacks li").len())),
        row("Questions", "6".into(), texts("#questions details").len().to_string()),
    ]
}

#[test]
fn the_table_in_the_docs_is_true() {
    let mut doc = String::from(
        "# The five seed pages and ours\n\nWhat each of the five published pages that the project began from tells of its tool, and what our page tells.\n\
         The definitions behind ours are our own ([fixtures/seeds](../fixtures/seeds)), with the parameters that the pages\n\
         name. Made by `UPDATE_DOCS=1 cargo test --test catalogue`; the test fails when a fact is no longer told.\n",
    );
    for seed in &SEEDS {
        doc += &format!("\n## {} of {}\n\n| fact | seed page | ours |\n| --- | --- | --- |\n", seed.tool, seed.server);
        for [name, printed, ours] in compared(seed) {
            doc += &format!("| {name} | {printed} | {ours} |\n");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/seed-pages.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &doc).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == doc, "run UPDATE_DOCS=1 cargo test --test catalogue");
}
