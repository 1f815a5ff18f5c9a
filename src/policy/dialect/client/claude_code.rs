//! Claude Code: `permissions.allow`, `ask` and `deny`, each a list of `mcp__SERVER__TOOL`; a denial anywhere wins.
//! Source: code.claude.com/docs/en/permissions.

use serde_json::json;

use super::names::{BETWEEN_UNDERSCORES, is_word};
use super::settings::{Client, Permission, ReadTools, ToolsByDecision, json as json_file, parse, strings};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub const CLAUDE_CODE: Client = Client {
    name: ClientName::CLAUDE_CODE,
    file: ".claude/settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: true,
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    write,
    read,
};

const LISTS: [(&str, Permission); 3] =
    [("allow", Permission::Free), ("ask", Permission::Ask), ("deny", Permission::Refused)];

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list =
        |tools: &[&str]| -> Vec<String> { tools.iter().map(|tool| format!("mcp__{}__{tool}", named.server)).collect() };
    json_file(&json!({"permissions": {
        "allow": list(&named.free), "ask": list(&named.ask), "deny": list(&named.refused),
    }}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("mcp__{server}__");
    let named = LISTS.into_iter().flat_map(|(key, permission)| {
        let tools = strings(&settings["permissions"][key]).filter_map(|entry| entry.strip_prefix(&prefix));
        tools.map(|tool| (tool.to_owned(), permission)).collect::<Vec<_>>()
    });
    Ok(named.collect())
}
