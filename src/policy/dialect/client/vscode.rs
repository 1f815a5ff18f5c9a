//! VS Code: `chat.tools.eligibleForAutoApproval` says of a tool that its calls must always be confirmed. Nothing in the
//! settings refuses a tool. How a tool of an MCP server is referred to there is not documented in so many words; written
//! is `SERVER/TOOL`, as in the tool references of agent files.

use serde_json::{Map, Value, json};

use super::names::{BEFORE_SLASH, is_plain};
use super::settings::{Client, Permission, ReadTools, ToolsByDecision, json as json_file, parse};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub const VSCODE: Client = Client {
    name: ClientName::VSCODE,
    file: ".vscode/settings.json",
    extension: "json",
    can: &[Permission::Ask],
    unnamed: Permission::Ask,
    hides: false,
    checked: false,
    servers: BEFORE_SLASH,
    can_name: is_plain,
    write,
    read,
};

const KEY: &str = "chat.tools.eligibleForAutoApproval";

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let tools: Map<String, Value> =
        named.ask.iter().map(|tool| (format!("{}/{tool}", named.server), Value::Bool(false))).collect();
    json_file(&json!({KEY: tools}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("{server}/");
    let entries = settings[KEY].as_object().into_iter().flatten().filter(|(_, eligible)| **eligible == false);
    Ok(entries.filter_map(|(key, _)| Some((key.strip_prefix(&prefix)?.to_owned(), Permission::Ask))).collect())
}
