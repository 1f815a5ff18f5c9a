//! Flows between six servers: every way through, and the fewest tools whose denial leaves none.

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use program::{finished, program};

/// What a scan of `folder` prints.
fn scan(folder: &Path, format: &str) -> String {
    let (code, out, _) = finished(program().args(["--format", format]).arg(folder));
    assert_eq!(code, 0);
    out
}

/// The flows of a scan of `folder`.
fn flows(folder: &Path) -> Value {
    serde_json::from_str::<Value>(&scan(folder, "json")).unwrap()["flows"].take()
}

fn fixture() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/flows"))
}

fn name(tool: &Value) -> String {
    tool["tool"].as_str().unwrap().to_owned()
}

/// Every way through the flow `id`: one tool of each step.
fn ways(flows: &Value, id: &str) -> BTreeSet<String> {
    let flow = flows["found"].as_array().unwrap().iter().find(|flow| flow["id"] == id).unwrap();
    let mut ways = vec![Vec::new()];
    for step in flow["steps"].as_array().unwrap() {
        let tools: Vec<String> = step["tools"].as_array().unwrap().iter().map(name).collect();
        ways =
            ways.iter().flat_map(|way| tools.iter().map(|tool| [way.clone(), vec![tool.clone()]].concat())).collect();
    }
    assert_eq!(flow["paths"], ways.len());
    ways.iter().map(|way| way.join(" > ")).collect()
}

/// A copy of the fixture without the tools `denied`.
fn without(denied: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(fixture()).unwrap().map(|file| file.unwrap().path()) {
        let mut listing: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        listing["tools"].as_array_mut().unwrap().retain(|tool| !denied.iter().any(|name| tool["name"] == **name));
        fs::write(folder.path().join(file.file_name().unwrap()), listing.to_string()).unwrap();
    }
    folder
}

#[test]
fn every_way_through_six_servers_is_found() {
    let flows = flows(fixture());
    let product = |steps: &[&[&str]]| {
        steps.iter().fold(BTreeSet::from([String::new()]), |ways, step| {
            let longer =
                |way: &String, tool: &str| if way.is_empty() { tool.into() } else { format!("{way} > {tool}") };
            ways.iter().flat_map(|way| step.iter().map(move |tool| longer(way, tool))).collect()
        })
    };
    let strangers: &[&str] = &["search_news", "list_tickets", "read_email"];
    let private: &[&str] = &["list_tickets", "list_customers", "read_email", "get_secret", "run_command"];
    let (secret, out): (&[&str], &[&str]) = (&["get_secret", "run_command"], &["send_email", "run_command"]);
    assert_eq!(ways(&flows, "lethal-trifecta"), product(&[strangers, private, out]));
    assert_eq!(ways(&flows, "untrusted-to-execution"), product(&[strangers, &["run_command"]]));
    assert_eq!(ways(&flows, "secret-to-outbound"), product(&[secret, out]));
    assert_eq!(flows["found"].as_array().unwrap().len(), 3);
}

#[test]
fn the_cut_leaves_no_way_and_no_single_denial_does() {
    let whole = flows(fixture());
    let cut: Vec<String> = whole["cut"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(cut, ["send_email", "run_command"]);
    let left = flows(without(&cut).path());
    assert_eq!((left["found"].as_array().unwrap().len(), left["cut"].as_array().unwrap().len()), (0, 0));
    let report: Value = serde_json::from_str(&scan(fixture(), "json")).unwrap();
    let tools = report["servers"].as_array().unwrap().iter().flat_map(|server| server["tools"].as_array().unwrap());
    for tool in tools.map(|tool| tool["name"].as_str().unwrap().to_owned()) {
        let left = flows(without(std::slice::from_ref(&tool)).path());
        assert!(!left["found"].as_array().unwrap().is_empty(), "{tool} alone");
    }
}

#[test]
fn the_table_names_the_way_and_the_cut() {
    let text = scan(fixture(), "table");
    let told = text.split("Flows between tools").nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let way = "What strangers write can send private data out list_tickets (help-desk) -> run_command (workbench) ";
    assert!(told.contains(way) && told.contains(" and other ways "), "{told}");
    assert!(told.contains("Cut by denying 2 tools: send_email (mailbox) and run_command (workbench)."), "{told}");
}
