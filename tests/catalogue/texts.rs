//! The sentences of the pages: each must hold for the tool, the policy and the format that are shown.

use std::collections::BTreeMap;

use mcp_scan::catalogue::{self, Options, Page};
use mcp_scan::model::{PolicyAction, Report, ToolReport};
use mcp_scan::policy::{Dialect, dialect};
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};
use scraper::Html;
use serde_json::json;

use super::{all, text};

/// A site under a profile, in one format, with the report that it was drawn from.
struct Told {
    report: Report,
    site: BTreeMap<String, String>,
    dialect: Dialect,
}

impl Told {
    /// The site of a small office, judged by the rules.
    fn of(profile: &str, format: &str) -> Self {
        let tool = |name: &str, description: &str, properties: serde_json::Value| json!({"name": name, "description": description, "inputSchema": {"type": "object", "properties": properties}});
        let id = || json!({"id": {"type": "string"}});
        let operation = json!({"operation": {"type": "string", "enum": ["list", "edit", "purge"]}});
        let listing = json!({
            "serverInfo": {"name": "office", "title": "The Office MCP Server", "version": "1.0.0"},
            "tools": [
                tool("list_notes", "Lists notes.", id()),
                tool("create_note", "Creates a note.", id()),
                tool("create.note", "Creates a note.", id()),
                tool("send_email", "Sends an email.", json!({"recipient": {"type": "string"}})),
                tool("manage_notes", "Lists, updates or deletes notes, as the operation says.", operation),
                tool("delete_note", "Deletes a note.", id()),
                tool("refund_payment", "Refunds a payment.", id()),
                tool("frobnicate", "", json!({})),
                tool("  \n", "Deletes a note.", id()),
                tool(&"delete_".repeat(40), "", id()),
            ],
        });
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        std::fs::write(file.path(), listing.to_string()).unwrap();
        let listings = Saved::open(&Target::File(file.path().to_owned())).unwrap().listings().unwrap();
        let mut ruleset = Ruleset::builtin().unwrap();
        assert!(ruleset.choose_profile(profile));
        let dialect = Dialect::from_name(format).unwrap();
        let options = Options { formats: vec![dialect], ..Options::default() };
        let report = mcp_scan::report(listings, vec![], &ruleset);
        let pages: Vec<Page> = catalogue::pages(&report, &ruleset, &options).collect::<Result<_, _>>().unwrap();
        let html = pages.into_iter().filter(|page| page.path.ends_with(".html"));
        let site = html.map(|page| (page.path, String::from_utf8(page.contents).unwrap())).collect();
        Self { report, site, dialect }
    }

    fn tools(&self) -> impl Iterator<Item = &ToolReport> {
        self.report.servers[0].tools.iter()
    }

    fn page(&self, tool: &ToolReport) -> Html {
        Html::parse_document(&self.site[&format!("servers/{}/{}/index.html", self.report.servers[0].slug, tool.slug)])
    }

    fn named(&self, name: &str) -> Html {
        self.page(self.tools().find(|tool| tool.tool.name == name).unwrap())
    }
}

/// The answer to the question that begins with `question`.
fn answer(page: &Html, question: &str) -> String {
    let found = all(page, "#questions details").into_iter().map(text).find(|t| t.starts_with(question));
    found.unwrap_or_else(|| panic!("{question}"))
}

/// The text below the heading with that id.
fn section(page: &Html, id: &str) -> String {
    text(all(page, &format!("section[aria-labelledby={id}]"))[0])
}

#[test]
fn an_answer_speaks_of_the_format_that_is_shown() {
    const ENFORCE: &str = "How do I enforce";
    const LIMIT: &str = "Can I rate-limit";
    const BLOCK: &str = "How do I block";
    // Under which profile and in which format, of which tool, to which question: what is said, and what is not.
    type Row = (&'static str, &'static str, &'static str, &'static str);
    let sites: [(&str, &str, &[Row]); 6] = [
        (
            "starter",
            "intercept",
            &[
                ("create_note", LIMIT, "rate_limit: 30/minute", "Not here"),
                ("create.note", LIMIT, "Intercept cannot count", "rate_limit"),
                ("delete_note", LIMIT, "in the place of the rule that denies it", "hide list"),
                ("manage_notes", BLOCK, "Its grave operations are refused already", "already blocks"),
                ("list_notes", ENFORCE, "with --policy policy.yaml.", "--policy-format"),
            ],
        ),
        (
            "starter",
            "cursor",
            &[
                ("delete_note", ENFORCE, ".cursor/permissions.json", "proxy"),
                ("delete_note", ENFORCE, "--policy policy.json --policy-format cursor.", "argument is checked"),
                ("delete_note", BLOCK, "Cursor cannot refuse this tool", "Intercept"),
                ("create_note", LIMIT, "A person is asked about each", "at most"),
            ],
        ),
        (
            "starter",
            "toolhive",
            &[
                ("create_note", LIMIT, "ToolHive cannot count", "and the policy does"),
                ("delete_note", BLOCK, "the agent is not shown delete_note", "hide list"),
            ],
        ),
        (
            "read-only",
            "intercept",
            &[
                ("create_note", LIMIT, "in the place of its name in the hide list", "the rule that denies it"),
                ("create_note", BLOCK, "the agent is not shown create_note", "add its name"),
                ("create_note", ENFORCE, "--profile read-only", "--policy-format"),
            ],
        ),
        (
            "no-money",
            "intercept",
            &[("delete_note", BLOCK, "a person is asked about each call of delete_note", "so the tool is denied")],
        ),
        ("no-money", "opa", &[("delete_note", LIMIT, "A person is asked about each of them", "refuses every call")]),
    ];
    for (profile, format, rows) in sites {
        let told = Told::of(profile, format);
        for (tool, question, said, unsaid) in rows {
            let answer = answer(&told.named(tool), question);
            assert!(answer.contains(said) && !answer.contains(unsaid), "{profile}, {format}, {tool}: {answer}");
        }
        for tool in told.tools() {
            let (page, said) = (told.page(tool), dialect::stated_decision(tool, tool.decision.clone(), told.dialect));
            let case = format!("{profile}, {format}, {:?}: {said:?}", tool.tool.name);
            assert_eq!(answer(&page, BLOCK).contains("already blocks it"), said.action.refuses(), "{case}");
            assert_eq!(answer(&page, LIMIT).contains("Yes, and the policy does"), said.rate_limit.is_some(), "{case}");
            let advised = section(&page, "policy").contains("Allow it at a pace");
            assert!(!advised || tool.decision.action == PolicyAction::Allow, "{case}");
            assert!(!text(page.root_element()).to_lowercase().contains("starter policy"), "{case}");
        }
    }
}

#[test]
fn a_text_that_would_not_hold_gives_way_to_one_that_does() {
    let told = Told::of("starter", "intercept");
    let why = |tool: &str| section(&told.named(tool), "why");
    assert!(why("create_note").contains("a nuisance that can be put right"));
    assert!(why("send_email").contains("Sends something to other people"));
    assert!(why("send_email").contains("may be hard to put right") && !why("send_email").contains("nuisance"));
    assert!(why("delete_note").contains("no second look") && !why("manage_notes").contains("no second look"));
    assert!(why("manage_notes").contains("look at that argument, as the one below does"));
    let mixed = section(&told.named("manage_notes"), "use");
    assert!(mixed.contains("3 operations that the rules know") && mixed.contains("1 is Destructive"), "{mixed}");
    let unsure = told.named("frobnicate");
    assert!(section(&unsure, "use").contains("cannot be told from its definition with certainty"));
    assert!(section(&unsure, "why").contains("so little behind it"));
    assert!(answer(&unsure, "What does").contains("With low confidence we read frobnicate as a Write tool"));
    let server = &told.site[&format!("servers/{}/index.html", told.report.servers[0].slug)];
    assert!(!server.contains("what is not named is denied"));
    assert!(answer(&unsure, "Which MCP server").ends_with("of the Office MCP server."));
}

#[test]
fn a_name_of_any_kind_leaves_the_sentences_whole() {
    let told = Told::of("starter", "intercept");
    for (path, page) in &told.site {
        let html = Html::parse_document(page);
        for element in all(&html, "h1, h2, h3, .name, p, li, dd, title") {
            let text = text(element);
            assert!(
                !text.contains("....") && !text.contains("call to ") && !text.contains("after ."),
                "{path}: {text}"
            );
            let heads = ["h1", "h2", "h3", "a", "title"].contains(&element.value().name());
            assert!(!heads || !text.is_empty(), "{path}: an empty heading");
        }
    }
    let blank = told.named("  \n");
    assert_eq!(text(all(&blank, "h1")[0]), "unnamed-tool");
    assert!(section(&blank, "use").starts_with("What agents use it for Agents call unnamed-tool to"));
}

#[test]
fn the_rules_are_told_by_what_they_are_about() {
    let told = Told::of("strict", "intercept");
    let page = |name: &str| text(Html::parse_document(&told.site[&format!("method/{name}/index.html")]).root_element());
    assert!(page("verbs").contains("each with its reason and examples of both kinds."));
    let flows = page("flows");
    assert!(flows.contains("each with its reason.") && !flows.contains("examples of both kinds"), "{flows}");
    assert!(page("flow-roles").contains("Rules: Parts in flows"));
    assert!(text(Html::parse_document(&told.site["method/index.html"]).root_element()).contains("Policy (strict)"));
    for file in ["verbs", "senses", "statements", "inputs", "signals", "guards", "findings", "flow-roles", "flows"] {
        assert!(!page(file).contains(&format!("Rules: {file}")), "{file}");
    }
}
