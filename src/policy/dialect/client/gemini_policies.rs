//! The policy engine of Gemini CLI: rules in TOML, of which the one of the highest priority decides, also with `--yolo`.

use serde::{Deserialize, Serialize};

use super::names::{BEFORE_SLASH, as_is, is_plain};
use super::settings::{Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const GEMINI_POLICIES: Client = Client {
    name: ClientName::GEMINI_POLICIES,
    file: "~/.gemini/policies/mcp-scan.toml",
    extension: "toml",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: true,
    checked: Evidence::Ran("0.61.0"),
    read_only_hint: ReadOnlyHint::Ignored,
    warning: None,
    servers: BEFORE_SLASH,
    can_name: is_plain,
    spelled: as_is,
    write,
    read,
};

#[derive(Serialize, Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    mcp_name: String,
    tool_name: ToolName,
    decision: Decision,
    priority: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ToolName {
    Every(String),
    These(Vec<String>),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Allow,
    AskUser,
    Deny,
}

fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let lists = [
        (&named.refused, Decision::Deny, 900),
        (&named.ask, Decision::AskUser, 800),
        (&named.free, Decision::Allow, 100),
    ];
    let rule =
        |tool_name, decision, priority| Rule { mcp_name: named.server.to_owned(), tool_name, decision, priority };
    let named_rules = lists.into_iter().filter(|(tools, ..)| !tools.is_empty());
    let mut rules: Vec<Rule> = named_rules
        .map(|(tools, decision, priority)| rule(ToolName::These(tools.clone()), decision, priority))
        .collect();
    rules.push(rule(ToolName::Every("*".into()), Decision::Deny, 0));
    let comment: String = named.comment.iter().map(|line| format!("# {line}\n")).collect();
    Ok(comment + &toml::to_string_pretty(&Rules { rule: rules })?)
}

fn read(text: &str, server: &str) -> ReadTools {
    let rules: Rules = toml::from_str(text)?;
    let of_server = rules.rule.into_iter().filter(|rule| rule.mcp_name == server);
    let named = of_server.flat_map(|rule| {
        let permission = match rule.decision {
            Decision::Allow => Permission::Free,
            Decision::AskUser => Permission::Ask,
            Decision::Deny => Permission::Refused,
        };
        let tools = match rule.tool_name {
            ToolName::These(tools) => tools,
            ToolName::Every(_) => Vec::new(),
        };
        tools.into_iter().map(move |tool| (tool, permission))
    });
    Ok(named.collect())
}
