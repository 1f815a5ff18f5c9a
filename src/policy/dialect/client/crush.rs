//! Crush: a server's `enabled_tools` are available, `disabled_tools` excludes some of them, and those in
//! `allowed_tools`, as `mcp_SERVER_TOOL`, run without a prompt.

use serde_json::json;

use super::names::{WORDS, as_is, is_word};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse, strings,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const CRUSH: Client = Client {
    name: ClientName::CRUSH,
    file: "crush.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: true,
    checked: Evidence::Source,
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: None,
    servers: WORDS,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let allowed: Vec<String> = named.free.iter().map(|tool| format!("mcp_{}_{tool}", named.server)).collect();
    let present = [named.free.as_slice(), named.ask.as_slice()].concat();
    json_file(&json!({
        "mcp": {named.server: {"enabled_tools": present, "disabled_tools": named.refused}},
        "permissions": {"allowed_tools": allowed},
    }))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let entry = &settings["mcp"][server];
    let prefix = format!("mcp_{server}_");
    let lists = [(&entry["enabled_tools"], Permission::Ask), (&entry["disabled_tools"], Permission::Refused)];
    let listed = lists.into_iter().flat_map(|(list, permission)| strings(list).map(move |tool| (tool, permission)));
    let free = strings(&settings["permissions"]["allowed_tools"]).filter_map(|entry| entry.strip_prefix(&prefix));
    let all = listed.chain(free.map(|tool| (tool, Permission::Free)));
    Ok(all.map(|(tool, permission)| (tool.to_owned(), permission)).collect())
}
