//! What a client makes of its settings, read with the library of the format and nothing of ours.

use std::collections::BTreeMap;

use mcp_scan::model::PolicyAction;
use serde_json::Value;

type Answers = BTreeMap<String, PolicyAction>;

/// What the settings `text` of the client `client` say by name of the tools of `server`: allow, approve or deny.
pub fn answers(client: &str, text: &str, server: &str) -> Answers {
    use PolicyAction::{Allow, Approve, Deny};
    let json = || serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{client}: {e}\n{text}"));
    let entry = || json()["mcpServers"][server].clone();
    match client {
        "claude-code" => {
            let rules = &json()["permissions"];
            let lists = [(&rules["allow"], Allow), (&rules["ask"], Approve), (&rules["deny"], Deny)];
            within(&lists, &format!("mcp__{server}__"), "")
        }
        "cline" => within(&[(&entry()["alwaysAllow"], Allow)], "", ""),
        "codex" => codex(text, server),
        "copilot-cli" => within(&[(&entry()["tools"], Approve)], "", ""),
        "cursor" => within(&[(&json()["mcpAllowlist"], Allow)], &format!("{server}:"), ""),
        "cursor-cli" => {
            let rules = &json()["permissions"];
            within(&[(&rules["allow"], Allow), (&rules["deny"], Deny)], &format!("Mcp({server}:"), ")")
        }
        "gemini-cli" | "qwen-code" => {
            let entry = entry();
            assert_eq!(entry["trust"], false, "nothing is taken on trust");
            within(&[(&entry["includeTools"], Approve), (&entry["excludeTools"], Deny)], "", "")
        }
        "kiro" => within(&[(&entry()["autoApprove"], Allow), (&entry()["disabledTools"], Deny)], "", ""),
        "roo" => within(&[(&entry()["alwaysAllow"], Allow), (&entry()["disabledTools"], Deny)], "", ""),
        "vscode" => {
            let settings = json();
            let tools = settings["chat.tools.eligibleForAutoApproval"].as_object().expect("an object");
            assert!(tools.values().all(|eligible| *eligible == false), "{text}");
            tools.keys().map(|key| (cut(key, &format!("{server}/"), ""), Approve)).collect()
        }
        "windsurf" => within(&[(&entry()["disabledTools"], Deny)], "", ""),
        "zed" => {
            let settings = json();
            let tools = settings["agent"]["tool_permissions"]["tools"].as_object().expect("an object");
            let answer = |rule: &Value| match rule["default"].as_str() {
                Some("allow") => Allow,
                Some("confirm") => Approve,
                Some("deny") => Deny,
                other => panic!("{other:?}\n{text}"),
            };
            tools.iter().map(|(key, rule)| (cut(key, &format!("mcp:{server}:"), ""), answer(rule))).collect()
        }
        other => panic!("nobody has said how {other} is read"),
    }
}

/// `enabled_tools` is what is there, `disabled_tools` is taken from it, and what is there is asked about unless its own
/// mode says otherwise.
fn codex(text: &str, server: &str) -> Answers {
    let settings: toml::Table = toml::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let server = &settings["mcp_servers"][server];
    assert_eq!(server["default_tools_approval_mode"].as_str(), Some("prompt"));
    let names = |key: &str| {
        let list = server[key].as_array().expect("a list").iter();
        list.map(|name| name.as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let mode = |tool: &String| server.get("tools")?.get(tool)?.get("approval_mode")?.as_str();
    let present = names("enabled_tools").into_iter().map(|tool| match mode(&tool) {
        Some("approve") => (tool, PolicyAction::Allow),
        None => (tool, PolicyAction::Approve),
        Some(other) => panic!("{other}"),
    });
    let disabled = names("disabled_tools").into_iter().map(|tool| (tool, PolicyAction::Deny));
    present.collect::<Answers>().into_iter().chain(disabled).collect()
}

/// The entries of lists, each without what stands before and after the tool's name; no tool is in two of them.
fn within(lists: &[(&Value, PolicyAction)], before: &str, after: &str) -> Answers {
    let mut answers = Answers::new();
    for (list, action) in lists {
        for entry in list.as_array().expect("a list") {
            let tool = cut(entry.as_str().expect("a text"), before, after);
            assert_eq!(answers.insert(tool, *action), None, "{entry} stands in two lists");
        }
    }
    answers
}

fn cut(entry: &str, before: &str, after: &str) -> String {
    let tool = entry.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    tool.unwrap_or_else(|| panic!("{entry} is of no tool of this server")).to_owned()
}
