//! Harmful and ordinary calls against the policies that are written for the shapes of real servers. The calls and their
//! servers are in `fixtures/calls`; `docs/policy-calls.md` has the figures.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use mcp_scan::model::{Annotations, Listing, Schema, Server, Tool, flatten};
use mcp_scan::policy::{Call, Dialect, Outcome, Policy, Simulator, read, write};
use mcp_scan::rules::{Ruleset, Settings};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    server: String,
    /// The folders with which it is started.
    #[serde(default)]
    arguments: Vec<String>,
    tools: BTreeMap<String, ToolInShort>,
    calls: BTreeMap<String, Calls>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolInShort {
    text: String,
    #[serde(default)]
    hints: Annotations,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    #[serde(default)]
    required: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Calls {
    /// By the kind of harm.
    #[serde(default)]
    harmful: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    ordinary: Vec<Value>,
}

/// What became of the calls of one kind.
#[derive(Default, Clone, Copy)]
struct Count {
    calls: usize,
    allowed: usize,
    asked: usize,
    refused: usize,
}

impl Count {
    fn add(&mut self, outcome: Outcome) {
        self.calls += 1;
        match outcome {
            Outcome::Allowed => self.allowed += 1,
            Outcome::Approval => self.asked += 1,
            Outcome::Denied | Outcome::Limited => self.refused += 1,
        }
    }

    fn cells(self) -> String {
        format!("{} | {} | {} | {}", self.calls, self.allowed, self.asked, self.refused)
    }
}

fn tool(name: &str, short: &ToolInShort) -> Tool {
    let schema = |given: &Value| if given.is_string() { json!({"type": given}) } else { given.clone() };
    let properties: Map<String, Value> =
        short.parameters.iter().map(|(name, given)| (name.clone(), schema(given))).collect();
    let schema = json!({"type": "object", "properties": properties, "required": short.required});
    Tool {
        name: name.into(),
        description: Some(short.text.clone()),
        parameters: flatten(&schema).parameters,
        input_schema: Some(Schema::from(&schema)),
        annotations: short.hints.clone(),
        ..Tool::default()
    }
}

fn shapes() -> Vec<Shape> {
    let mut files: Vec<_> =
        fs::read_dir("fixtures/calls").expect("the folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let shape = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("a text");
        serde_saphyr::from_str(&text).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
    };
    files.iter().map(shape).collect()
}

/// The counts by kind of harm under `profile`, and those of the ordinary calls under "ordinary".
fn counts(shapes: &[Shape], profile: &str, ruleset: &mut Ruleset) -> (BTreeMap<String, Count>, Count) {
    assert!(ruleset.choose_profile(profile));
    let mut harmful: BTreeMap<String, Count> = BTreeMap::new();
    let mut ordinary = Count::default();
    for shape in shapes {
        ruleset.settings = Settings::default();
        shape.arguments.iter().for_each(|folder| ruleset.set(&format!("path-root={folder}")).expect("a setting"));
        let tools = shape.tools.iter().map(|(name, short)| tool(name, short)).collect();
        let server = Server { name: shape.server.clone(), ..Server::default() };
        let listing = Listing { server, tools, ..Listing::default() };
        let report = mcp_scan::report(vec![listing], Vec::new(), ruleset);
        let policy = Policy::new(&report.servers[0], &report.ruleset).under(profile);
        let text = write(&policy, Dialect::INTERCEPT).expect("it can be written");
        let decisions = read(&text, Dialect::INTERCEPT).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut simulator = Simulator::new(&decisions);
        let mut day = 0;
        for (tool, calls) in &shape.calls {
            assert!(shape.tools.contains_key(tool), "{}: no tool {tool}", shape.server);
            // Each on a day of its own, so that no limit is reached.
            let mut outcome = |arguments: &Value| {
                day += 86_400;
                simulator.call(&Call { tool: tool.clone(), arguments: arguments.clone(), at: day }).outcome
            };
            for (kind, calls) in &calls.harmful {
                calls.iter().for_each(|call| harmful.entry(kind.clone()).or_default().add(outcome(call)));
            }
            calls.ordinary.iter().for_each(|call| ordinary.add(outcome(call)));
        }
    }
    (harmful, ordinary)
}

fn total(counts: &BTreeMap<String, Count>) -> Count {
    counts.values().fold(Count::default(), |sum, count| Count {
        calls: sum.calls + count.calls,
        allowed: sum.allowed + count.allowed,
        asked: sum.asked + count.asked,
        refused: sum.refused + count.refused,
    })
}

#[test]
fn harmful_calls_do_not_pass_and_ordinary_ones_do() {
    let shapes = shapes();
    let mut ruleset = Ruleset::builtin().expect("the built-in rules load");
    let mut tables = String::new();
    for profile in ["starter", "read-only", "no-irreversible", "no-money", "strict"] {
        let (harmful, ordinary) = counts(&shapes, profile, &mut ruleset);
        let all = total(&harmful);
        assert!(all.calls + ordinary.calls >= 400, "{} calls", all.calls + ordinary.calls);
        assert!(all.allowed * 20 <= all.calls, "{profile}: {} of {} harmful calls pass", all.allowed, all.calls);
        if profile == "starter" {
            let refused = ordinary.refused;
            assert!(refused * 100 <= ordinary.calls * 3, "{refused} of {} ordinary calls are refused", ordinary.calls);
        }
        let _ = writeln!(
            tables,
            "\n## {profile}\n\n| calls | number | allowed | asked about | refused |\n| --- | --- | --- | --- | --- |"
        );
        for (kind, count) in &harmful {
            let _ = writeln!(tables, "| harmful: {kind} | {} |", count.cells());
        }
        let _ = writeln!(tables, "| harmful | {} |\n| ordinary | {} |", all.cells(), ordinary.cells());
    }
    let document = fs::read_to_string("docs/policy-calls.md").expect("the document");
    if std::env::var_os("UPDATE_DOCS").is_some()
        && let Some(start) = document.find("\n## starter\n")
    {
        fs::write("docs/policy-calls.md", format!("{}{tables}", &document[..start])).expect("written");
        return;
    }
    assert!(
        document.ends_with(&tables),
        "docs/policy-calls.md does not end with what came of it; UPDATE_DOCS=1 writes it"
    );
}
