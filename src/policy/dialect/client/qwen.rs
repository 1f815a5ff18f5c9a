//! Qwen Code: a server's `includeTools` are available, and `excludeTools` excludes some of them. `permissions` says
//! which run freely and which need approval, as `mcp__SERVER__TOOL`. A model decides about tools without an entry
//! there.

use serde_json::json;

use super::names::{BETWEEN_UNDERSCORES, as_is, is_word};
use super::settings::{
    Client, Evidence, PERMISSION_LISTS, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file,
    read_lists,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const QWEN: Client = Client {
    name: ClientName::QWEN_CODE,
    file: "~/.qwen/settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: true,
    checked: Evidence::Ran("0.24.4"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: Some("With --yolo nothing is asked."),
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list = |tools: &[String]| tools.iter().map(|tool| format!("mcp__{}__{tool}", named.server)).collect::<Vec<_>>();
    let present = [named.free.as_slice(), named.ask.as_slice()].concat();
    json_file(&json!({
        "mcpServers": {named.server: {"includeTools": present, "excludeTools": named.refused, "trust": false}},
        "permissions": {"allow": list(&named.free), "ask": list(&named.ask), "deny": list(&named.refused)},
    }))
}

fn read(text: &str, server: &str) -> ReadTools {
    read_lists(text, &PERMISSION_LISTS, &format!("mcp__{server}__"), "")
}
