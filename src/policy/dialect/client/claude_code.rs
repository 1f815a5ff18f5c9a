//! Claude Code: `permissions.allow`, `ask` and `deny`, each a list of `mcp__SERVER__TOOL`; a denial anywhere wins.
//! Source: code.claude.com/docs/en/permissions.

use std::collections::BTreeMap;

use serde_json::json;

use super::names::{BETWEEN_UNDERSCORES, is_word};
use super::{Answer, Client, Named, parse, strings};

pub const CLAUDE_CODE: Client = Client {
    name: "claude-code",
    title: "Claude Code",
    file: ".claude/settings.json",
    extension: "json",
    can: &[Answer::Free, Answer::Ask, Answer::Refused],
    unnamed: Answer::Ask,
    hides: false,
    checked: true,
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    write,
    read,
};

const LISTS: [(&str, Answer); 3] = [("allow", Answer::Free), ("ask", Answer::Ask), ("deny", Answer::Refused)];

fn write(named: &Named<'_>) -> Result<String, String> {
    let list =
        |tools: &[&str]| -> Vec<String> { tools.iter().map(|tool| format!("mcp__{}__{tool}", named.server)).collect() };
    super::json(&json!({"permissions": {
        "allow": list(&named.free), "ask": list(&named.ask), "deny": list(&named.refused),
    }}))
}

fn read(text: &str, server: &str) -> Result<BTreeMap<String, Answer>, String> {
    let settings = parse(text)?;
    let prefix = format!("mcp__{server}__");
    let named = LISTS.into_iter().flat_map(|(key, answer)| {
        let tools = strings(&settings["permissions"][key]).filter_map(|entry| entry.strip_prefix(&prefix));
        tools.map(|tool| (tool.to_owned(), answer)).collect::<Vec<_>>()
    });
    Ok(named.collect())
}
