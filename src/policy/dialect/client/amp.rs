//! Amp: `amp.permissions` is a list of rules; the first that matches decides. A rule may list values of an argument.

use serde_json::{Value, json};

use super::listed_values::ListedValues;
use super::names::{BETWEEN_UNDERSCORES, as_is, is_word};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const AMP: Client = Client {
    name: ClientName::AMP,
    file: "~/.config/amp/settings.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: false,
    checked: Evidence::Ran("its permissions test"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: true,
    warning: None,
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    spelled: as_is,
    write,
    read,
};

const ACTIONS: [(&str, Permission); 3] =
    [("allow", Permission::Free), ("ask", Permission::Ask), ("reject", Permission::Refused)];

const KEY: &str = "amp.permissions";

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let rule = |tool: &str, action: &str| {
        let tool_name = format!("mcp__{}__{tool}", named.server);
        match named.listed_values.get(tool) {
            Some(ListedValues { argument, values, .. }) => {
                json!({"tool": tool_name, "matches": {argument: values}, "action": action})
            }
            None => json!({"tool": tool_name, "action": action}),
        }
    };
    let lists = [&named.free, &named.ask, &named.refused];
    let mut rules: Vec<Value> = Vec::new();
    for (list, (action, _)) in lists.into_iter().zip(ACTIONS) {
        rules.extend(list.iter().map(|tool| rule(tool, action)));
    }
    rules.push(rule("*", "reject"));
    json_file(&json!({KEY: rules}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("mcp__{server}__");
    let rules = settings[KEY].as_array().into_iter().flatten();
    let named = rules.filter_map(|rule| {
        let tool = rule["tool"].as_str()?.strip_prefix(&prefix).filter(|tool| *tool != "*")?;
        let (_, permission) = ACTIONS.into_iter().find(|(action, _)| rule["action"] == *action)?;
        Some((tool.to_owned(), permission))
    });
    Ok(named.collect())
}
