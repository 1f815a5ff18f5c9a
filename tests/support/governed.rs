//! A policy for the tools of `fixtures/servers/server.rs`, and calls that it decides.

use serde_json::{Value, json};

pub const POLICY: &str = "
version: '1'
default: deny
hide: [second]
tools:
  first: {rules: []}
  fails: {rules: []}
  dies: {rules: []}
  hangs: {rules: []}
  limited: {rules: [{name: twenty a day, rate_limit: 20/day}]}
  never: {rules: [{name: never, action: deny, on_deny: Not here.}]}
";

/// A call of `tool`.
pub fn call(id: u32, tool: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": {"x": 1}}})
}

/// True if the guard refused the call.
pub fn is_refused(reply: &Value) -> bool {
    reply["result"]["content"][0]["text"].as_str().is_some_and(|text| text.starts_with("[DENIED BY POLICY]"))
}
