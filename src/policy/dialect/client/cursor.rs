//! Cursor: the editor has a list of tools that run freely and prompts for all others
//! (cursor.com/docs/reference/permissions). The command line has `allow` and `deny`
//! (cursor.com/docs/cli/reference/permissions).

use serde_json::json;

use super::names::{BEFORE_COLON, as_is, is_plain};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse, read_lists,
    strings,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const CURSOR: Client = Client {
    name: ClientName::CURSOR,
    file: ".cursor/permissions.json",
    extension: "json",
    can: &[Permission::Free],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Documented,
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: None,
    servers: BEFORE_COLON,
    can_name: is_plain,
    spelled: as_is,
    write,
    read,
};

pub(crate) const CURSOR_CLI: Client = Client {
    name: ClientName::CURSOR_CLI,
    file: ".cursor/cli.json",
    extension: "json",
    can: &[Permission::Free, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Documented,
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: None,
    servers: BEFORE_COLON,
    can_name: is_plain,
    spelled: as_is,
    write: write_cli,
    read: read_cli,
};

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let tools: Vec<String> = named.free.iter().map(|tool| format!("{}:{tool}", named.server)).collect();
    json_file(&json!({"mcpAllowlist": tools}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("{server}:");
    let tools = strings(&settings["mcpAllowlist"]).filter_map(|entry| entry.strip_prefix(&prefix));
    Ok(tools.map(|tool| (tool.to_owned(), Permission::Free)).collect())
}

fn write_cli(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list = |tools: &[String]| -> Vec<String> {
        tools.iter().map(|tool| format!("Mcp({}:{tool})", named.server)).collect()
    };
    json_file(&json!({"permissions": {"allow": list(&named.free), "deny": list(&named.refused)}}))
}

fn read_cli(text: &str, server: &str) -> ReadTools {
    let lists = [("allow", Permission::Free), ("deny", Permission::Refused)];
    read_lists(text, &lists, &format!("Mcp({server}:"), ")")
}
