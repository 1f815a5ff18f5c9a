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
        "amp" => {
            let rules = json()["amp.permissions"].clone();
            let rules = rules.as_array().expect("a list");
            let (last, named) = rules.split_last().expect("the rule for what is not named");
            assert_eq!(*last, serde_json::json!({"tool": format!("mcp__{server}__*"), "action": "reject"}));
            let answer = |rule: &Value| word(&rule["action"], ["allow", "ask", "reject"]);
            let tool = |rule: &Value| cut(rule["tool"].as_str().expect("a text"), &format!("mcp__{server}__"), "");
            named.iter().map(|rule| (tool(rule), answer(rule))).collect()
        }
        "cline" => within(&[(&entry()["autoApprove"], Allow)], "", ""),
        "cline-cli" => {
            assert_eq!(json()["toolAutoApprove"], false);
            within(&[(&json()["disabledTools"], Deny)], &format!("{server}__"), "")
        }
        "continue" => {
            let lists: Value = serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            within(&[(&lists["allow"], Allow), (&lists["ask"], Approve), (&lists["exclude"], Deny)], "", "")
        }
        "copilot-managed" => {
            let rules = &json()["permissions"];
            let lists = [(&rules["allow"], Allow), (&rules["ask"], Approve), (&rules["deny"], Deny)];
            within(&lists, &format!("Mcp({server}/"), ")")
        }
        "crush" => {
            let (settings, prefix) = (json(), format!("mcp_{server}_"));
            let entry = &settings["mcp"][server];
            let free = within(&[(&settings["permissions"]["allowed_tools"], Allow)], &prefix, "");
            let mut all = within(&[(&entry["enabled_tools"], Approve), (&entry["disabled_tools"], Deny)], "", "");
            all.extend(free);
            all
        }
        "droid" => within(&[(&entry()["enabledTools"], Approve), (&entry()["disabledTools"], Deny)], "", ""),
        "gemini-policies" => gemini_policies(text, server),
        "goose" => {
            let file: Value = serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let user = &file["user"];
            let lists = [(&user["always_allow"], Allow), (&user["ask_before"], Approve), (&user["never_allow"], Deny)];
            within(&lists, &format!("{server}__"), "")
        }
        "opencode" | "kilo" => {
            let settings = json();
            let mut rules = settings["permission"].as_object().expect("an object").iter();
            let first = rules.next().map(|(pattern, word)| (pattern.clone(), word.clone()));
            assert_eq!(first, Some((format!("{server}_*"), "deny".into())), "what is not named comes first");
            let tool = |key: &str| cut(key, &format!("{server}_"), "");
            rules.map(|(key, answer)| (tool(key), word(answer, ["allow", "ask", "deny"]))).collect()
        }
        "qwen-code" => {
            let settings = json();
            assert_eq!(entry()["trust"], false, "nothing is taken on trust");
            let rules = &settings["permissions"];
            let lists = [(&rules["allow"], Allow), (&rules["ask"], Approve), (&rules["deny"], Deny)];
            let answers = within(&lists, &format!("mcp__{server}__"), "");
            let mut there = within(&[(&entry()["includeTools"], Allow), (&entry()["excludeTools"], Deny)], "", "");
            there.retain(|tool, action| answers.get(tool).is_none_or(|answer| (*answer == Deny) != (*action == Deny)));
            assert!(there.is_empty(), "the lists disagree: {there:?}");
            answers
        }
        "codex" => codex(text, server),
        "copilot-cli" => within(&[(&entry()["tools"], Approve)], "", ""),
        "cursor" => within(&[(&json()["mcpAllowlist"], Allow)], &format!("{server}:"), ""),
        "cursor-cli" => {
            let rules = &json()["permissions"];
            within(&[(&rules["allow"], Allow), (&rules["deny"], Deny)], &format!("Mcp({server}:"), ")")
        }
        "gemini-cli" => {
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
            tools.keys().map(|key| (key.clone(), Approve)).collect()
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

/// The answer that `said` stands for, among the words for allow, approve and deny.
fn word(said: &Value, words: [&str; 3]) -> PolicyAction {
    let actions = [PolicyAction::Allow, PolicyAction::Approve, PolicyAction::Deny];
    let found = words.iter().position(|word| said == word).unwrap_or_else(|| panic!("{said}"));
    actions[found]
}

/// Rules by priority; what no rule names is denied by the rule for every tool.
fn gemini_policies(text: &str, server: &str) -> Answers {
    let settings: toml::Table = toml::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let mut rules: Vec<&toml::Value> = settings["rule"].as_array().expect("rules").iter().collect();
    rules.sort_by_key(|rule| rule["priority"].as_integer());
    assert!(rules[0]["toolName"].as_str() == Some("*") && rules[0]["decision"].as_str() == Some("deny"), "{text}");
    let mut answers = Answers::new();
    for rule in &rules[1..] {
        assert_eq!(rule["mcpName"].as_str(), Some(server));
        let action = match rule["decision"].as_str() {
            Some("allow") => PolicyAction::Allow,
            Some("ask_user") => PolicyAction::Approve,
            Some("deny") => PolicyAction::Deny,
            other => panic!("{other:?}"),
        };
        let tools = rule["toolName"].as_array().expect("a list").iter();
        answers.extend(tools.map(|tool| (tool.as_str().expect("a name").to_owned(), action)));
    }
    answers
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
