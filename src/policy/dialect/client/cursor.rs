//! Cursor: the editor has a list of what runs freely and asks about all else (cursor.com/docs/reference/permissions);
//! the command line has `allow` and `deny` (cursor.com/docs/cli/reference/permissions).

use std::collections::BTreeMap;

use serde_json::json;

use super::names::{BEFORE_COLON, is_plain};
use super::{Answer, Client, Named, parse, strings};

pub const CURSOR: Client = Client {
    name: "cursor",
    title: "Cursor",
    file: ".cursor/permissions.json",
    extension: "json",
    can: &[Answer::Free],
    unnamed: Answer::Ask,
    hides: false,
    checked: true,
    servers: BEFORE_COLON,
    can_name: is_plain,
    write,
    read,
};

pub const CURSOR_CLI: Client = Client {
    name: "cursor-cli",
    title: "Cursor CLI",
    file: ".cursor/cli.json",
    extension: "json",
    can: &[Answer::Free, Answer::Refused],
    unnamed: Answer::Ask,
    hides: false,
    checked: true,
    servers: BEFORE_COLON,
    can_name: is_plain,
    write: write_cli,
    read: read_cli,
};

fn write(named: &Named<'_>) -> Result<String, String> {
    let tools: Vec<String> = named.free.iter().map(|tool| format!("{}:{tool}", named.server)).collect();
    super::json(&json!({"mcpAllowlist": tools}))
}

fn read(text: &str, server: &str) -> Result<BTreeMap<String, Answer>, String> {
    let settings = parse(text)?;
    let prefix = format!("{server}:");
    let tools = strings(&settings["mcpAllowlist"]).filter_map(|entry| entry.strip_prefix(&prefix));
    Ok(tools.map(|tool| (tool.to_owned(), Answer::Free)).collect())
}

fn write_cli(named: &Named<'_>) -> Result<String, String> {
    let list =
        |tools: &[&str]| -> Vec<String> { tools.iter().map(|tool| format!("Mcp({}:{tool})", named.server)).collect() };
    super::json(&json!({"permissions": {"allow": list(&named.free), "deny": list(&named.refused)}}))
}

fn read_cli(text: &str, server: &str) -> Result<BTreeMap<String, Answer>, String> {
    let settings = parse(text)?;
    let prefix = format!("Mcp({server}:");
    let named = [("allow", Answer::Free), ("deny", Answer::Refused)].into_iter().flat_map(|(key, answer)| {
        let entries = strings(&settings["permissions"][key]);
        let tools = entries.filter_map(|entry| entry.strip_prefix(&prefix)?.strip_suffix(')'));
        tools.map(|tool| (tool.to_owned(), answer)).collect::<Vec<_>>()
    });
    Ok(named.collect())
}
