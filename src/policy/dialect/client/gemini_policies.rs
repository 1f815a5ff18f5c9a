//! The policy engine of Gemini CLI: rules in TOML. The rule with the highest priority decides, even with `--yolo`.

use serde::{Deserialize, Serialize};

use super::listed_values::ListedValues;
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
    compares_values: true,
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
    /// Matches the arguments as JSON, in which NUL marks the borders of those at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    args_pattern: Option<String>,
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
    let rule = |tool_name, decision, priority| Rule {
        mcp_name: named.server.to_owned(),
        tool_name,
        args_pattern: None,
        decision,
        priority,
    };
    let mut rules: Vec<Rule> = Vec::new();
    for (tools, decision, priority) in lists {
        let (compared, whole): (Vec<String>, Vec<String>) =
            tools.iter().cloned().partition(|tool| named.listed_values.contains_key(tool));
        rules.extend((!whole.is_empty()).then(|| rule(ToolName::These(whole), decision, priority)));
        for tool in compared {
            let args_pattern = named.listed_values.get(&tool).map(pattern);
            rules.push(Rule { args_pattern, ..rule(ToolName::These(vec![tool]), decision, priority) });
        }
    }
    rules.push(rule(ToolName::Every("*".into()), Decision::Deny, 0));
    let comment: String = named.comment.iter().map(|line| format!("# {line}\n")).collect();
    Ok(comment + &toml::to_string_pretty(&Rules { rule: rules })?)
}

fn pattern(listed: &ListedValues) -> String {
    format!(r#"\x00"{}":"({})"\x00"#, listed.argument, listed.values.join("|"))
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
