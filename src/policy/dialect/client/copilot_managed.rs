//! The managed settings of Copilot CLI, which apply to all users of a machine: `permissions` has `deny`, `ask` and
//! `allow`, lists of `Mcp(SERVER/TOOL)`. They override hints and `--allow-all-tools`.

use serde_json::json;

use super::names::{BEFORE_SLASH, as_is, is_word};
use super::settings::{
    Client, Evidence, PERMISSION_LISTS, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file,
    read_lists,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const COPILOT_MANAGED: Client = Client {
    name: ClientName::COPILOT_MANAGED,
    file: "/etc/github-copilot/managed-settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Ran("1.0.102"),
    read_only_hint: ReadOnlyHint::RunsUnnamed,
    compares_values: false,
    warning: None,
    servers: BEFORE_SLASH,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list = |tools: &[String]| tools.iter().map(|tool| format!("Mcp({}/{tool})", named.server)).collect::<Vec<_>>();
    json_file(&json!({"permissions": {
        "deny": list(&named.refused), "ask": list(&named.ask), "allow": list(&named.free),
        "disableBypassPermissionsMode": "disable",
    }}))
}

fn read(text: &str, server: &str) -> ReadTools {
    read_lists(text, &PERMISSION_LISTS, &format!("Mcp({server}/"), ")")
}
