//! Zed: `agent.tool_permissions.tools`, keyed by the exact triple `mcp:SERVER:TOOL`, each with a default of allow,
//! confirm or deny.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::names::{BETWEEN_COLONS, is_no_wildcard};
use super::{Answer, Client, Named, parse};

pub const ZED: Client = Client {
    name: "zed",
    title: "Zed",
    file: ".zed/settings.json",
    extension: "json",
    can: &[Answer::Free, Answer::Ask, Answer::Refused],
    unnamed: Answer::Ask,
    hides: false,
    checked: false,
    servers: BETWEEN_COLONS,
    can_name: is_no_wildcard,
    write,
    read,
};

const DEFAULTS: [(Answer, &str); 3] = [(Answer::Free, "allow"), (Answer::Ask, "confirm"), (Answer::Refused, "deny")];

fn write(named: &Named<'_>) -> Result<String, String> {
    let lists = [&named.free, &named.ask, &named.refused];
    let mut tools: Map<String, Value> = Map::new();
    for (list, (_, default)) in lists.into_iter().zip(DEFAULTS) {
        tools.extend(list.iter().map(|tool| (format!("mcp:{}:{tool}", named.server), json!({"default": default}))));
    }
    super::json(&json!({"agent": {"tool_permissions": {"tools": tools}}}))
}

fn read(text: &str, server: &str) -> Result<BTreeMap<String, Answer>, String> {
    let settings = parse(text)?;
    let prefix = format!("mcp:{server}:");
    let tools = settings["agent"]["tool_permissions"]["tools"].as_object().into_iter().flatten();
    let named = tools.filter_map(|(key, tool)| {
        let (answer, _) = DEFAULTS.into_iter().find(|(_, default)| tool["default"] == *default)?;
        Some((key.strip_prefix(&prefix)?.to_owned(), answer))
    });
    Ok(named.collect())
}
