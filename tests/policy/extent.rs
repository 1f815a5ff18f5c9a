//! What only reads much, in formats that cannot ask; and where `policy check` places what an overlay brings.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{mcp_scan, stdout, write};

fn tool(name: &str, text: &str, properties: &Value) -> Value {
    json!({"name": name, "description": text, "inputSchema": {"type": "object", "properties": properties}})
}

#[test]
fn what_only_reads_much_is_left_open_and_told_where_no_person_can_be_asked() {
    let folder = TempDir::new().unwrap();
    let tools = json!({"tools": [
        tool("list_employees", "Lists the employees.", &json!({})),
        tool("list_customers", "Lists customers.", &json!({"limit": {"type": "integer"}})),
        tool("get_api_key", "Gets an API key.", &json!({})),
        tool("send_message", "Sends a message to a person.", &json!({"text": {"type": "string"}})),
    ]});
    let listing = write(&folder, "people.json", &tools.to_string());
    // Cedar compares numbers; the rule list looks at no argument.
    for (format, with_bound, beyond) in [("toolhive", "allowed", "denied"), ("seed", "allowed", "allowed")] {
        let policy = folder.path().join(format).to_str().unwrap().to_owned();
        mcp_scan(&["-q", "--policy", &policy, "--policy-format", format, "-o", "/dev/null", &listing]).success();
        let calls = [
            json!({"tool": "list_employees", "expect": "allowed"}),
            json!({"tool": "list_customers", "arguments": {"limit": 20}, "expect": with_bound}),
            json!({"tool": "list_customers", "arguments": {"limit": 5000}, "expect": beyond}),
            json!({"tool": "get_api_key", "expect": "denied"}),
            json!({"tool": "send_message", "arguments": {"text": "a"}, "expect": "denied"}),
        ];
        let calls = write(&folder, "calls.jsonl", &calls.map(|call| call.to_string()).join("\n"));
        mcp_scan(&["policy", "test", &policy, &calls]).success();
        let text = fs::read_to_string(&policy).unwrap();
        assert!(text.contains("How much a call reads is not held here"), "{text}");
        let told = stdout(&mcp_scan(&["policy", "check", &policy, &listing]).code(1));
        assert!(told.contains("medium: list_employees may read as much as it likes, and a policy of the"), "{told}");
        assert_eq!(
            told.contains("list_customers may read as much as it likes by limit"),
            beyond == "allowed",
            "{told}"
        );
        assert!(!told.contains("get_api_key") && !told.contains("weaker-than-default"), "{told}");
    }
    // A format that asks is complete, and one that only allows says so for each.
    let policy = folder.path().join("policy.yaml").to_str().unwrap().to_owned();
    mcp_scan(&["-q", "--policy", &policy, "-o", "/dev/null", &listing]).success();
    mcp_scan(&["policy", "check", &policy, &listing]).success();
}

#[test]
fn a_problem_of_an_overlay_stands_in_its_file() {
    let folder = TempDir::new().unwrap();
    let listing = write(&folder, "a.json", &json!({"tools": [tool("list_a", "Lists a.", &json!({}))]}).to_string());
    let base = write(&folder, "base.yaml", "version: '1'\ndefault: deny\ntools: {list_a: {rules: []}}\n");
    let rules = "version: '1'\ndefault: allow\ntools:\n  list_a: {rules: []}\n  create_note: {rules: []}\n";
    let overlay = write(&folder, "prod.yaml", rules);
    let text = stdout(&mcp_scan(&["policy", "check", &base, &listing, "--overlay", &overlay]).code(1));
    let wanted = format!("{overlay}:5:3: medium: The server has no tool create_note.");
    assert!(text.contains(&wanted), "{wanted} in {text}");
}

#[test]
fn a_name_that_the_policy_has_already_is_no_new_name() {
    let folder = TempDir::new().unwrap();
    let tools = json!({"tools": [
        tool("delete_draft", "Permanently deletes a draft.", &json!({"id": {"type": "string"}})),
        tool("remove_email", "Takes an email away.", &json!({"id": {"type": "string"}})),
    ]});
    let listing = write(&folder, "mail.json", &tools.to_string());
    let entry = |name: &str, what: &str| {
        format!(
            "  # Permanently deletes {what}.\n  #   - id (string)\n  {name}: {{rules: [{{name: no, action: deny}}]}}\n"
        )
    };
    let (email, draft) = (entry("delete_email", "an email"), entry("delete_draft", "a draft"));
    let policy = write(&folder, "p.yaml", &format!("version: '1'\ndefault: deny\ntools:\n{email}{draft}"));
    let text = stdout(&mcp_scan(&["policy", "check", &policy, &listing]).code(1));
    assert!(text.contains("no tool delete_email."), "{text}");
}
