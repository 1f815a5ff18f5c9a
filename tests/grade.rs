//! A grade cannot be bought: over every listing of `fixtures/`, as a scan reads it, hints and other tools are changed
//! one at a time, and the points are compared.

use std::fs;
use std::path::{Path, PathBuf};

use mcp_scan::model::{Category, Listing, Report, Severity, Tool};
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};

/// Most tools of a listing whose hints are changed.
const MAX_TOOLS: usize = 8;

fn rules() -> &'static Ruleset {
    static RULES: std::sync::OnceLock<Ruleset> = std::sync::OnceLock::new();
    RULES.get_or_init(|| Ruleset::builtin().unwrap())
}

/// The listings of the fixtures that can be read.
fn listings() -> Vec<Listing> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = ["listings", "seeds", "flows", "items"].map(|name| fixtures.join(name));
    let files = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = folders.into_iter().flat_map(files).filter(|path| path.is_file()).collect();
    files.sort();
    let read = |path| Saved::open(&Target::File(path)).ok()?.listings().ok();
    let listings: Vec<Listing> = files.into_iter().filter_map(read).flatten().collect();
    assert!(listings.len() > 10, "{} listings", listings.len());
    listings
}

fn report(listing: &Listing) -> Report {
    mcp_scan::report(vec![listing.clone()], Vec::new(), rules())
}

/// The points of a server; `None` without a grade.
fn points(listing: &Listing) -> Option<u32> {
    let report = report(listing);
    let sum = report.servers[0].grade_arithmetic.as_deref()?.rsplit(" = ").next()?;
    Some(sum.parse().unwrap())
}

fn with_hints(listing: &Listing, at: usize, read_only: Option<bool>, destructive: Option<bool>) -> Listing {
    let mut hinted = listing.clone();
    let hints = &mut hinted.tools[at].annotations;
    (hints.read_only_hint, hints.destructive_hint) = (read_only, destructive);
    hinted
}

/// The category of each tool, without any hint.
fn categories(listing: &Listing) -> Vec<Category> {
    let mut bare = listing.clone();
    for tool in &mut bare.tools {
        (tool.annotations.read_only_hint, tool.annotations.destructive_hint) = (None, None);
    }
    report(&bare).servers[0].tools.iter().map(|tool| tool.assessment.category).collect()
}

/// Calls `check` with each listing, the index of a tool in it, and the tool's category without hints.
fn each_tool(mut check: impl FnMut(&Listing, usize, Category)) {
    for listing in listings() {
        for (at, category) in categories(&listing).into_iter().enumerate().take(MAX_TOOLS) {
            check(&listing, at, category);
        }
    }
}

/// The hints that are true of a tool of `category`.
fn true_hints(category: Category) -> Vec<(Option<bool>, Option<bool>)> {
    match category {
        Category::Read => vec![(Some(true), None), (Some(true), Some(false))],
        Category::Write => vec![(Some(false), None), (Some(false), Some(false)), (None, Some(false))],
        Category::Execute | Category::Financial => vec![(Some(false), None), (Some(false), Some(true))],
        Category::Destructive => vec![(Some(false), None), (Some(false), Some(true)), (None, Some(true))],
    }
}

/// The hints that say less than a tool of `category` does.
fn false_hints(category: Category) -> Vec<(Option<bool>, Option<bool>)> {
    match category {
        Category::Read => vec![],
        Category::Write | Category::Execute | Category::Financial => {
            vec![(Some(true), None), (Some(true), Some(false)), (Some(true), Some(true))]
        }
        Category::Destructive => {
            vec![(Some(true), None), (None, Some(false)), (Some(false), Some(false)), (Some(true), Some(true))]
        }
    }
}

fn name(listing: &Listing, at: usize) -> String {
    format!("{} of {}", listing.tools[at].name, listing.server.name)
}

#[test]
fn a_false_hint_wins_no_point() {
    each_tool(|listing, at, category| {
        let bare = points(&with_hints(listing, at, None, None));
        for (read_only, destructive) in false_hints(category) {
            let lying = points(&with_hints(listing, at, read_only, destructive));
            assert!(lying <= bare, "{}: {bare:?}, and {lying:?} with {read_only:?} {destructive:?}", name(listing, at));
        }
    });
}

#[test]
fn a_true_hint_costs_no_point_and_its_absence_wins_none() {
    each_tool(|listing, at, category| {
        let bare = points(&with_hints(listing, at, None, None));
        for (read_only, destructive) in true_hints(category) {
            let honest = points(&with_hints(listing, at, read_only, destructive));
            assert!(
                honest >= bare,
                "{}: {bare:?}, and {honest:?} with {read_only:?} {destructive:?}",
                name(listing, at)
            );
        }
    });
}

#[test]
fn a_server_without_one_of_its_tools_is_graded_no_lower() {
    each_tool(|listing, at, _| {
        let whole = points(listing);
        let mut fewer = listing.clone();
        fewer.tools.remove(at);
        let without = points(&fewer);
        assert!(without.is_none() || without >= whole, "{}: {whole:?}, {without:?} without", name(listing, at));
    });
}

/// A tool that only reads, with this name and description.
fn harmless(name: String, description: &str) -> Tool {
    let schema = serde_json::json!({"type": "object", "properties": {}});
    let mut tool = Tool { name, description: Some(description.into()), ..Tool::default() };
    tool.input_schema = Some((&schema).into());
    tool.annotations.read_only_hint = Some(true);
    tool
}

#[test]
fn harmless_tools_win_no_point_whatever_they_repeat() {
    for listing in listings().iter().filter(|listing| !listing.tools.is_empty()) {
        let before = points(listing);
        // Names and sentences that many tools share are read as the server's own: harmless tools may share those of a
        // grave tool on purpose.
        let tools = listing.tools.iter().take(6);
        let disguises = tools.flat_map(|tool| {
            let first = tool.name.split(['_', '-']).next().unwrap_or_default().to_owned();
            [(String::from("look"), tool.description.clone().unwrap_or_default()), (first, "Lists planets.".into())]
        });
        for (prefix, text) in disguises {
            let mut more = listing.clone();
            // As many as there are tools, so that what they share is shared by most.
            let verbs = ["get", "list", "show"].into_iter().cycle().enumerate();
            let added = verbs.take(listing.tools.len().max(9));
            more.tools.extend(added.map(|(at, verb)| harmless(format!("{prefix}_{verb}_{at}"), &text)));
            let after = points(&more);
            assert!(after <= before, "{}: {before:?}, {after:?} beside {prefix}_get: {text}", listing.server.name);
        }
    }
}

/// A listing of one server with `tools`.
fn server(tools: Vec<Tool>) -> Listing {
    let mut listing = listings().remove(0);
    (listing.tools, listing.items, listing.deviations) = (tools, Vec::new(), Vec::new());
    listing
}

/// A tool that takes two numbers.
fn of_two_numbers(name: &str, description: &str, read_only: Option<bool>) -> Tool {
    let schema = serde_json::json!({
        "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"],
    });
    let mut tool = harmless(name.into(), description);
    tool.parameters = mcp_scan::model::flatten(&schema).parameters;
    tool.input_schema = Some((&schema).into());
    tool.annotations.read_only_hint = read_only;
    tool
}

/// A computation is one however it is worded, and a hint that says so is neither a lie nor needed.
#[test]
fn a_computation_gets_an_a_however_it_is_worded() {
    for (name, description) in [
        ("add", "Add two numbers"),
        ("add", "Adds two numbers together."),
        ("add", "Add two numbers and return the result"),
        ("add_numbers", "Adds the numbers a and b."),
        ("sum", "Returns the sum of two numbers."),
        ("subtract", "Subtract b from a"),
        ("multiply", "Multiplies two numbers."),
        ("divide", "Divide a by b"),
        ("calculator_add", "Calculate the sum of a and b."),
    ] {
        for hint in [None, Some(true), Some(false)] {
            let report = report(&server(vec![of_two_numbers(name, description, hint)]));
            let tool = &report.servers[0].tools[0];
            let findings: Vec<_> = tool.findings.iter().filter(|found| found.severity > Severity::Low).collect();
            let grade = (report.servers[0].grade.as_deref(), &report.servers[0].grade_arithmetic);
            assert_eq!(grade.0, Some("A"), "{name}, {description:?}, {hint:?}: {grade:?}");
            assert!(findings.is_empty(), "{name}, {description:?}, {hint:?}: {findings:?}");
        }
    }
}

/// A tool with one parameter of text, or without a schema.
fn of_one_text(name: &str, description: &str, parameter: Option<&str>) -> Tool {
    let mut tool = harmless(name.into(), description);
    tool.annotations.read_only_hint = None;
    tool.input_schema = None;
    if let Some(parameter) = parameter {
        let schema = serde_json::json!({"type": "object", "properties": {parameter: {"type": "string"}}});
        tool.parameters = mcp_scan::model::flatten(&schema).parameters;
        tool.input_schema = Some((&schema).into());
    }
    tool
}

/// What name and text say about the input counts as much as its name in the schema.
#[test]
fn no_schema_and_no_meaningful_name_win_a_letter() {
    let letter = |tool: Tool| {
        let server = report(&server(vec![tool])).servers.remove(0);
        (server.grade.unwrap_or_default(), server.grade_arithmetic.unwrap_or_default())
    };
    let tools = [
        ("run_sql", "Runs a SQL statement.", "sql"),
        ("run_sql", "Executes raw SQL against the database and returns the rows.", "sql"),
        ("query_database", "Executes a SQL query.", "sql"),
        ("helper", "Runs the given SQL query against the database.", "sql"),
        ("run_command", "Runs a shell command.", "command"),
        ("terminal", "Executes a command in the terminal.", "command"),
        ("run_code", "Runs Python code.", "code"),
        ("evaluate", "Evaluates a code snippet.", "code"),
        ("test_code", "Tests code by running it.", "code"),
        ("run_script", "Executes a script.", "script"),
        ("read_file", "Reads a file.", "path"),
        ("read_file", "Reads the contents of a file from disk.", "path"),
        ("write_file", "Writes a file.", "path"),
        ("delete_file", "Deletes a file.", "path"),
        ("fetch", "Fetches a URL.", "url"),
        ("fetch_page", "Fetches a web page and returns its text.", "url"),
        ("scrape", "Scrapes a website.", "url"),
    ];
    let blank = ["x", "a", "arg1", "p", "input", "value", "data", "zorb", "qux", "text"];
    for (name, text, parameter) in tools {
        let declared = letter(of_one_text(name, text, Some(parameter)));
        let variants = blank.iter().map(|blank| Some(*blank)).chain([None]);
        for variant in variants {
            let hidden = letter(of_one_text(name, text, variant));
            assert!(hidden.0 >= declared.0, "{name}, {text:?}, {variant:?}: {declared:?}, then {hidden:?}");
        }
    }
}

/// A later sentence costs as much as the first: the grade of a reader that states a grave act is not its own.
#[test]
fn the_order_of_the_sentences_wins_no_letter() {
    for (name, reads, acts) in [
        ("get_item", "Gets an item.", "It then deletes the whole database."),
        ("get_item", "Gets an item.", "Calling this tool also wipes the disk."),
        ("list_orders", "Lists orders.", "Each listed order is refunded."),
        ("weather", "Returns the weather.", "Afterwards all files of the user are removed."),
        ("get_status", "Gets the status.", "Also runs the given shell command."),
    ] {
        let graded = |text: &str| report(&server(vec![of_one_text(name, text, Some("id"))])).servers.remove(0).grade;
        assert!(graded(reads) < Some("C".into()), "{reads}");
        assert!(graded(&format!("{reads} {acts}")) >= Some("D".into()), "{reads} {acts}");
        assert!(graded(&format!("{reads}\n\n{acts}")) >= Some("D".into()), "{reads} {acts}");
    }
}

/// Tools that are dressed so that a grave act stands beside the description, and honest look-alikes: what names an act or
/// cannot be read is no A and no B, and what is honest loses nothing.
#[test]
fn what_stands_beside_the_description_wins_no_letter() {
    #[derive(serde::Deserialize)]
    struct Row {
        kind: String,
        honest: bool,
        tools: Vec<serde_json::Value>,
    }
    let rows = include_str!("../fixtures/labelled/dressed.jsonl");
    let dir = tempfile::tempdir().unwrap();
    let (mut well, mut worse) = (Vec::new(), Vec::new());
    for row in rows.lines().map(|row| serde_json::from_str::<Row>(row).unwrap()) {
        let path = dir.path().join("tools.json");
        fs::write(&path, serde_json::json!({"tools": row.tools}).to_string()).unwrap();
        let listing = Saved::open(&Target::File(path)).unwrap().listings().unwrap().remove(0);
        let grade = report(&listing).servers.remove(0).grade.unwrap();
        match row.honest {
            true if grade != "A" => worse.push(row.kind),
            false if grade.as_str() < "C" => well.push(row.kind),
            true | false => {}
        }
    }
    assert_eq!(worse, Vec::<String>::new(), "honest tools that lose a letter");
    // Each could as well be said of something honest: a state, a receipt, a label, a form, a euphemism.
    let known = [
        "out-prop-desc",
        "out-receipt",
        "out-enum",
        "oneof-const",
        "markdown-desc",
        "example-call",
        "graphql-url",
        "template",
        "router-url",
        "lang-vi",
        "lang-ar",
        "euphemism",
        "euphemism2",
    ];
    well.retain(|kind| !known.contains(&kind.as_str()));
    assert_eq!(well, Vec::<String>::new(), "grave tools with an A or a B");
}
