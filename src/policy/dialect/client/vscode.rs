//! VS Code: `chat.tools.eligibleForAutoApproval` says of a tool that its calls must always be confirmed. Nothing in the
//! settings refuses a tool. How a tool of an MCP server is referred to there is not documented in so many words; written
//! is `SERVER/TOOL`, as in the tool references of agent files.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::names::{BEFORE_SLASH, is_plain};
use super::{Answer, Client, Named, parse};

pub const VSCODE: Client = Client {
    name: "vscode",
    title: "VS Code",
    file: ".vscode/settings.json",
    extension: "json",
    can: &[Answer::Ask],
    unnamed: Answer::Ask,
    hides: false,
    checked: false,
    servers: BEFORE_SLASH,
    can_name: is_plain,
    write,
    read,
};

const KEY: &str = "chat.tools.eligibleForAutoApproval";

fn write(named: &Named<'_>) -> Result<String, String> {
    let tools: Map<String, Value> =
        named.ask.iter().map(|tool| (format!("{}/{tool}", named.server), Value::Bool(false))).collect();
    super::json(&json!({KEY: tools}))
}

fn read(text: &str, server: &str) -> Result<BTreeMap<String, Answer>, String> {
    let settings = parse(text)?;
    let prefix = format!("{server}/");
    let entries = settings[KEY].as_object().into_iter().flatten().filter(|(_, eligible)| **eligible == false);
    Ok(entries.filter_map(|(key, _)| Some((key.strip_prefix(&prefix)?.to_owned(), Answer::Ask))).collect())
}
