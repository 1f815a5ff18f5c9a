//! `mcp-scan policy` as a user runs it.

use std::fs;

use assert_cmd::Command;
use serde_json::json;
use tempfile::TempDir;

#[path = "policy/calls.rs"]
mod calls;
#[path = "policy/check.rs"]
mod check;
#[path = "policy/extent.rs"]
mod extent;
#[path = "policy/unread.rs"]
mod unread;

const SHOP: &str = "fixtures/listings/example-shop.json";

fn mcp_scan(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("mcp-scan").unwrap().args(args).assert()
}

fn stdout(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn listing(folder: &TempDir) -> String {
    let tools = json!({"tools": [
        {"name": "list_orders", "description": "Lists orders.", "inputSchema": {"type": "object"}},
        {"name": "update_order", "description": "Updates an order.", "inputSchema": {"type": "object", "properties": {
            "id": {"type": "string"}, "state": {"type": "string", "enum": ["open", "done"]}, "count": {"type": "integer", "maximum": 9}}}},
        {"name": "delete_order", "description": "Deletes an order.", "inputSchema": {"type": "object"}},
        {"name": "manage_order", "description": "Works on an order.", "inputSchema": {"type": "object", "required": ["operation"],
            "properties": {"operation": {"type": "string", "enum": ["delete", "list"]}}}},
    ]});
    write(folder, "listing.json", &tools.to_string())
}
