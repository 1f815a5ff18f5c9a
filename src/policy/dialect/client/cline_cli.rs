//! Cline's command line: tools in `disabledTools` of its own settings, as `SERVER__TOOL`, are not available.

use serde_json::json;

use super::names::{BETWEEN_UNDERSCORES, as_is, is_word};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse, strings,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const CLINE_CLI: Client = Client {
    name: ClientName::CLINE_CLI,
    file: "~/.cline/data/settings/global-settings.json",
    extension: "json",
    can: &[Permission::Refused],
    unnamed: Permission::Ask,
    hides: true,
    checked: Evidence::Ran("3.0.65"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: Some("It asks only without automatic approval; `toolAutoApprove` is known from its schema alone."),
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let disabled: Vec<String> = named.refused.iter().map(|tool| format!("{}__{tool}", named.server)).collect();
    json_file(&json!({"disabledTools": disabled, "toolAutoApprove": false}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("{server}__");
    let tools = strings(&settings["disabledTools"]).filter_map(|entry| entry.strip_prefix(&prefix));
    Ok(tools.map(|tool| (tool.to_owned(), Permission::Refused)).collect())
}
