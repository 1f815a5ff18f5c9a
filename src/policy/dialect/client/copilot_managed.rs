//! The managed settings of Copilot CLI, which hold for every user of a machine: `permissions` with `deny`, `ask` and `allow`,
//! each a list of `Mcp(SERVER/TOOL)`. They hold against hints and `--allow-all-tools`.

use serde_json::json;

use super::names::{BEFORE_SLASH, as_is, is_word};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse, strings,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub const COPILOT_MANAGED: Client = Client {
    name: ClientName::COPILOT_MANAGED,
    file: "/etc/github-copilot/managed-settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Ran("1.0.102"),
    read_only_hint: ReadOnlyHint::RunsUnnamed,
    warning: None,
    servers: BEFORE_SLASH,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

const LISTS: [(&str, Permission); 3] =
    [("allow", Permission::Free), ("ask", Permission::Ask), ("deny", Permission::Refused)];

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list = |tools: &[String]| tools.iter().map(|tool| format!("Mcp({}/{tool})", named.server)).collect::<Vec<_>>();
    json_file(&json!({"permissions": {
        "deny": list(&named.refused), "ask": list(&named.ask), "allow": list(&named.free),
        "disableBypassPermissionsMode": "disable",
    }}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("Mcp({server}/");
    let named = LISTS.into_iter().flat_map(|(key, permission)| {
        let entries = strings(&settings["permissions"][key]);
        let tools = entries.filter_map(|entry| entry.strip_prefix(&prefix)?.strip_suffix(')'));
        tools.map(|tool| (tool.to_owned(), permission)).collect::<Vec<_>>()
    });
    Ok(named.collect())
}
