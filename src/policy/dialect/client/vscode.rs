//! VS Code: `chat.tools.eligibleForAutoApproval` says that calls of a tool always need confirmation. The key is the
//! tool's name with `_` for each dot, and it applies to the tools with that name on every server. No setting denies a
//! tool.

use serde_json::{Map, Value, json};

use super::names::{KEYS, is_plain, without_dots};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const VSCODE: Client = Client {
    name: ClientName::VSCODE,
    file: ".vscode/settings.json",
    extension: "json",
    can: &[Permission::Ask],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Source,
    read_only_hint: ReadOnlyHint::RunsUnnamed,
    compares_values: false,
    warning: Some("A name here means the tools of that name of every server."),
    servers: KEYS,
    can_name: is_plain,
    spelled: without_dots,
    write,
    read,
};

const KEY: &str = "chat.tools.eligibleForAutoApproval";

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let tools: Map<String, Value> = named.ask.iter().map(|tool| (tool.clone(), Value::Bool(false))).collect();
    json_file(&json!({KEY: tools}))
}

fn read(text: &str, _: &str) -> ReadTools {
    let settings = parse(text)?;
    let entries = settings[KEY].as_object().into_iter().flatten().filter(|(_, eligible)| **eligible == false);
    Ok(entries.map(|(tool, _)| (tool.clone(), Permission::Ask)).collect())
}
