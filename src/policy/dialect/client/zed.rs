//! Zed: `agent.tool_permissions.tools` has the key `mcp:SERVER:TOOL` for each tool, with a default of allow, confirm or
//! deny. The settings of a project have no `agent`.

use serde_json::{Map, Value, json};

use super::names::{BETWEEN_COLONS, as_is, is_no_wildcard};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const ZED: Client = Client {
    name: ClientName::ZED,
    file: "~/.config/zed/settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Source,
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: None,
    servers: BETWEEN_COLONS,
    can_name: is_no_wildcard,
    spelled: as_is,
    write,
    read,
};

const DEFAULTS: [(Permission, &str); 3] =
    [(Permission::Free, "allow"), (Permission::Ask, "confirm"), (Permission::Refused, "deny")];

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let lists = [&named.free, &named.ask, &named.refused];
    let mut tools: Map<String, Value> = Map::new();
    for (list, (_, default)) in lists.into_iter().zip(DEFAULTS) {
        tools.extend(list.iter().map(|tool| (format!("mcp:{}:{tool}", named.server), json!({"default": default}))));
    }
    json_file(&json!({"agent": {"tool_permissions": {"tools": tools}}}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("mcp:{server}:");
    let tools = settings["agent"]["tool_permissions"]["tools"].as_object().into_iter().flatten();
    let named = tools.filter_map(|(key, tool)| {
        let (permission, _) = DEFAULTS.into_iter().find(|(_, default)| tool["default"] == *default)?;
        Some((key.strip_prefix(&prefix)?.to_owned(), permission))
    });
    Ok(named.collect())
}
