//! The command as a user runs it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use scraper::{Html, Selector};
use serde_json::{Value, json};

fn mcp_scan(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-scan"));
    command.current_dir(folder).args(arguments).assert().success();
}

/// A server that reads private data, reads what strangers wrote, and sends: `called` by another name in another version.
fn listing(called: &str, description: &str) -> Value {
    let tool = |name: &str, description: &str, parameter: &str| {
        json!({"name": name, "description": description,
               "inputSchema": {"type": "object", "properties": {parameter: {"type": "string"}}}})
    };
    json!({"serverInfo": {"name": "desk", "version": "1"}, "tools": [
        tool("read_file", "Reads a file from the disk.", "path"),
        tool("get_order", description, "id"),
        tool(called, "Fetches a web page.", "url"),
        tool("send_email", "Sends an e-mail to anyone.", "to"),
    ]})
}

fn first_page(folder: &Path) -> Html {
    Html::parse_document(&fs::read_to_string(folder.join("site/index.html")).unwrap())
}

/// What stands in the rows of the section with that heading.
fn rows(page: &Html, section: &str) -> Vec<String> {
    let rows = Selector::parse(&format!("section[aria-labelledby={section}] > ul > li")).unwrap();
    let text = |row: scraper::ElementRef<'_>| row.text().collect::<String>();
    page.select(&rows).map(|row| text(row).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_first_page_tells_what_has_changed_since_it_was_approved() {
    let dir = tempfile::tempdir().unwrap();
    let save = |listing: Value| fs::write(dir.path().join("desk.json"), listing.to_string()).unwrap();
    let build = ["catalogue", "desk.json", "--lock", "approved.lock", "-o", "site"];
    save(listing("fetch_url", "Gets an order."));
    mcp_scan(dir.path(), &["lock", "-o", "approved.lock", "desk.json"]);
    mcp_scan(dir.path(), &build);
    let whole = first_page(dir.path());
    assert!(rows(&whole, "changes").is_empty());
    let said = Selector::parse("section[aria-labelledby=changes]").unwrap();
    assert!(whole.select(&said).next().unwrap().text().collect::<String>().contains("as it was approved"));
    save(listing("fetch_page", "Gets an order, and deletes it permanently."));
    mcp_scan(dir.path(), &build);
    let changed = rows(&first_page(dir.path()), "changes");
    assert!(changed[0].starts_with("get_order of desk: category Read → Destructive, "), "{changed:?}");
    assert!(changed[0].ends_with("(raises the risk)"), "{changed:?}");
    assert!(changed[0].contains("description changed") && !changed[0].contains("permanently"), "{changed:?}");
    assert!(changed.contains(&"fetch_page of desk: was fetch_url".to_owned()), "{changed:?}");
    mcp_scan(dir.path(), &["catalogue", "desk.json", "-o", "site"]);
    assert!(first_page(dir.path()).select(&said).next().is_none());
}

#[test]
fn changes_lead_to_the_server_that_changed_and_name_those_that_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let save = |file: &str, name: &str, tools: Value| {
        let listing = json!({"serverInfo": {"name": name, "version": "1"}, "tools": tools});
        fs::write(dir.path().join(file), listing.to_string()).unwrap();
    };
    let desk = |description: &str| json!([{"name": "get_order", "description": description}]);
    save("a.json", "desk", json!([{"name": "list_pens", "description": "Lists the pens."}]));
    save("b.json", "desk", desk("Gets an order."));
    save("c.json", "lamp", json!([]));
    mcp_scan(dir.path(), &["lock", "-o", "approved.lock", "a.json", "b.json", "c.json"]);
    let build = ["catalogue", "a.json", "b.json", "--lock", "approved.lock", "-o", "site"];
    mcp_scan(dir.path(), &build);
    let text = |page: &Html| page.root_element().text().collect::<String>();
    let same = text(&first_page(dir.path()));
    assert!(same.contains("Everything that is here is as it was approved."), "{same}");
    assert!(same.contains("Approved, and not in this catalogue: lamp."), "{same}");
    save("b.json", "desk", desk("Gets an order, and deletes it permanently."));
    mcp_scan(dir.path(), &build);
    let page = first_page(dir.path());
    let changed = rows(&page, "changes");
    assert!(changed[0].starts_with("get_order of desk: category Read → Destructive"), "{changed:?}");
    assert!(changed[1].starts_with("desk: grade ") && changed.len() == 2, "{changed:?}");
    let link = Selector::parse("section[aria-labelledby=changes] li a").unwrap();
    let href = page.select(&link).next().unwrap().attr("href").unwrap();
    let pages = |of: &Path| -> Vec<_> {
        let folders = fs::read_dir(of.join("site/servers")).unwrap().map(|entry| entry.unwrap().path());
        folders.filter(|folder| folder.join("get_order").exists()).collect()
    };
    let (before, led_to) = (pages(dir.path()), fs::read_to_string(dir.path().join("site").join(href)).unwrap());
    assert!(led_to.contains("permanently"), "{href}");
    save("0.json", "desk", json!([{"name": "list_lamps", "description": "Lists the lamps."}]));
    mcp_scan(dir.path(), &["catalogue", "0.json", "a.json", "b.json", "-o", "site"]);
    assert_eq!(before.len(), 1);
    assert_eq!(pages(dir.path()), before, "one more of the name takes no address over");
}

#[test]
fn the_first_page_tells_what_tools_can_do_together() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("desk.json"), listing("fetch_url", "Gets an order.").to_string()).unwrap();
    mcp_scan(dir.path(), &["catalogue", "desk.json", "-o", "site"]);
    let together = rows(&first_page(dir.path()), "together").join(" / ");
    for step in ["reads what strangers wrote, then reads private data, then sends data out", "fetch_url of desk", "→"]
    {
        assert!(together.contains(step), "{together}");
    }
}

#[test]
fn policies_are_shown_in_the_formats_that_were_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("desk.json"), listing("fetch_url", "Gets an order.").to_string()).unwrap();
    let build = ["catalogue", "desk.json", "-o", "site", "--policy-format", "codex", "--policy-format", "opa"];
    mcp_scan(dir.path(), &build);
    let mut files: Vec<String> = fs::read_dir(dir.path().join("site/servers/desk"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("policy"))
        .collect();
    files.sort();
    assert_eq!(files, ["policy.codex.toml", "policy.opa.rego"]);
    let page = Html::parse_document(&fs::read_to_string(dir.path().join("site/servers/desk/index.html")).unwrap());
    let links = Selector::parse("a[href*='policy.']").unwrap();
    let linked: Vec<&str> = page.select(&links).filter_map(|link| link.attr("href")).collect();
    assert!(
        !linked.is_empty() && linked.iter().all(|href| files.iter().any(|f| href.ends_with(f.as_str()))),
        "{linked:?}"
    );
}

#[test]
fn a_server_that_a_client_cannot_name_costs_that_file_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut named = listing("fetch_url", "Gets an order.");
    named["serverInfo"]["name"] = "my__server".into();
    fs::write(dir.path().join("odd.json"), named.to_string()).unwrap();
    fs::write(dir.path().join("desk.json"), listing("fetch_url", "Gets an order.").to_string()).unwrap();
    mcp_scan(dir.path(), &["catalogue", "odd.json", "desk.json", "-o", "site", "--policy-format", "all"]);
    let servers = fs::read_dir(dir.path().join("site/servers")).unwrap().map(|entry| entry.unwrap().path());
    let servers: Vec<_> = servers.filter(|path| path.is_dir()).collect();
    assert_eq!(servers.len(), 2, "both have their pages");
    let odd = servers.iter().find(|path| path.ends_with("my__server")).unwrap();
    let page = fs::read_to_string(odd.join("index.html")).unwrap();
    assert!(page.contains("cannot refer to a server called"), "the page says why");
}
