//! Codex: `enabled_tools` lists the available tools, `disabled_tools` excludes some of them, and each tool can have an
//! `approval_mode`. Source: openai/codex, docs/config.md.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names::{WORDS, as_is, is_visible};
use super::settings::{Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const CODEX: Client = Client {
    name: ClientName::CODEX,
    file: "~/.codex/config.toml",
    extension: "toml",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: true,
    checked: Evidence::Ran("0.171.0"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: None,
    servers: WORDS,
    can_name: is_visible,
    spelled: as_is,
    write,
    read,
};

#[derive(Serialize, Deserialize)]
struct Settings {
    mcp_servers: BTreeMap<String, Server>,
}

#[derive(Serialize, Deserialize)]
struct Server {
    enabled_tools: Vec<String>,
    disabled_tools: Vec<String>,
    default_tools_approval_mode: Mode,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tools: BTreeMap<String, Tool>,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    approval_mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Prompt,
    Approve,
}

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let free = named.free.iter().map(|tool| (tool.clone(), Tool { approval_mode: Mode::Approve }));
    let server = Server {
        enabled_tools: [named.free.as_slice(), named.ask.as_slice()].concat(),
        disabled_tools: named.refused.clone(),
        default_tools_approval_mode: Mode::Prompt,
        tools: free.collect(),
    };
    let settings = Settings { mcp_servers: [(named.server.to_owned(), server)].into() };
    let body = toml::to_string_pretty(&settings)?;
    let comment: String = named.comment.iter().map(|line| format!("# {line}\n")).collect();
    Ok(comment + &body)
}

fn read(text: &str, server: &str) -> ReadTools {
    let mut settings: Settings = toml::from_str(text)?;
    let Some(server) = settings.mcp_servers.remove(server) else { return Ok(BTreeMap::new()) };
    let is_free = |tool: &String| server.tools.get(tool).is_some_and(|tool| tool.approval_mode == Mode::Approve);
    let permission = |tool: &String| if is_free(tool) { Permission::Free } else { Permission::Ask };
    let mut named: BTreeMap<String, Permission> =
        server.enabled_tools.iter().map(|tool| (tool.clone(), permission(tool))).collect();
    named.extend(server.disabled_tools.iter().map(|tool| (tool.clone(), Permission::Refused)));
    Ok(named)
}
