//! Claude Code: `permissions.allow`, `ask` and `deny` are lists of `mcp__SERVER__TOOL`; a denial anywhere wins. In a
//! tool's name, Claude Code replaces every character except ASCII letters, digits, `_` and `-` by `_`. Source:
//! code.claude.com/docs/en/permissions.

use serde_json::json;

use super::names::{BETWEEN_UNDERSCORES, folded, is_some};
use super::settings::{
    Client, Evidence, PERMISSION_LISTS, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file,
    read_lists,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const CLAUDE_CODE: Client = Client {
    name: ClientName::CLAUDE_CODE,
    file: ".claude/settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Ran("2.1.332"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: None,
    servers: BETWEEN_UNDERSCORES,
    can_name: is_some,
    spelled: folded,
    write,
    read,
};

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list = |tools: &[String]| -> Vec<String> {
        tools.iter().map(|tool| format!("mcp__{}__{tool}", named.server)).collect()
    };
    json_file(&json!({"permissions": {
        "allow": list(&named.free), "ask": list(&named.ask), "deny": list(&named.refused),
        // In automatic mode, a model decides about tools that are not named.
        "defaultMode": "default",
    }}))
}

fn read(text: &str, server: &str) -> ReadTools {
    read_lists(text, &PERMISSION_LISTS, &format!("mcp__{server}__"), "")
}
