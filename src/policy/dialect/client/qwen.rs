//! Qwen Code: a server's `includeTools` are there at all, `excludeTools` are taken from them, and `permissions` says which
//! run freely and which are asked about, by `mcp__SERVER__TOOL`. Without an entry there a model answers for a person.

use serde_json::json;

use super::names::{BETWEEN_UNDERSCORES, as_is, is_word};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse, strings,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub const QWEN: Client = Client {
    name: ClientName::QWEN_CODE,
    file: "~/.qwen/settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: true,
    checked: Evidence::Ran("0.24.4"),
    read_only_hint: ReadOnlyHint::Ignored,
    warning: Some("With --yolo nothing is asked."),
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

const LISTS: [(&str, Permission); 3] =
    [("allow", Permission::Free), ("ask", Permission::Ask), ("deny", Permission::Refused)];

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let list = |tools: &[String]| tools.iter().map(|tool| format!("mcp__{}__{tool}", named.server)).collect::<Vec<_>>();
    let present = [named.free.as_slice(), named.ask.as_slice()].concat();
    json_file(&json!({
        "mcpServers": {named.server: {"includeTools": present, "excludeTools": named.refused, "trust": false}},
        "permissions": {"allow": list(&named.free), "ask": list(&named.ask), "deny": list(&named.refused)},
    }))
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
