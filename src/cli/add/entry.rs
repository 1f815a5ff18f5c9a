//! Builds the entry of a server in a client's configuration.

use serde_json::{Map, Value, json};

use crate::source::Target;
use crate::source::client::Client;

/// The entry of `target` under `name`, nested in the keys that `client` uses for servers. `None` for a target that a
/// configuration cannot contain.
pub(crate) fn document(
    client: &Client,
    name: &str,
    target: &Target,
    env: &[(String, String)],
    headers: &[(String, String)],
) -> Option<Value> {
    let entry = match target {
        Target::Command(command) => started(client.name.id, &command.program, &command.args, env),
        Target::Url(url) => reached(client.name.id, url.as_str(), headers),
        Target::Stdin | Target::File(_) | Target::Folder(_) | Target::Package(_) | Target::Configured(_) => {
            return None;
        }
    };
    let keys = client.servers.first()?;
    let named = match client.name.id {
        // Continue has a list of named servers.
        "continue" => {
            let name = Map::from_iter([("name".to_owned(), json!(name))]);
            json!([Value::Object(name.into_iter().chain(entry).collect())])
        }
        _ => Value::Object(Map::from_iter([(name.to_owned(), Value::Object(entry))])),
    };
    Some(keys.iter().rev().fold(named, |below, key| Value::Object(Map::from_iter([((*key).to_owned(), below)]))))
}

fn started(client: &str, program: &str, args: &[String], env: &[(String, String)]) -> Map<String, Value> {
    let env: Map<String, Value> = env.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let (mut entry, env_key) = match client {
        "opencode" => {
            let words: Vec<&str> = std::iter::once(program).chain(args.iter().map(String::as_str)).collect();
            (json!({"type": "local", "command": words, "enabled": true}), "environment")
        }
        "goose" => (json!({"type": "stdio", "enabled": true, "cmd": program, "args": args}), "envs"),
        "vscode" => (json!({"type": "stdio", "command": program, "args": args}), "env"),
        "copilot-cli" => (json!({"type": "local", "command": program, "args": args, "tools": ["*"]}), "env"),
        _ => (json!({"command": program, "args": args}), "env"),
    };
    if let (Some(entry), false) = (entry.as_object_mut(), env.is_empty()) {
        entry.insert(env_key.to_owned(), Value::Object(env));
    }
    fields(entry)
}

fn reached(client: &str, url: &str, headers: &[(String, String)]) -> Map<String, Value> {
    let headers: Map<String, Value> = headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let (mut entry, headers_key) = match client {
        "opencode" => (json!({"type": "remote", "url": url, "enabled": true}), "headers"),
        "goose" => (json!({"type": "streamable_http", "enabled": true, "uri": url}), "headers"),
        "continue" => (json!({"type": "streamable-http", "url": url}), "headers"),
        "claude-code" | "vscode" => (json!({"type": "http", "url": url}), "headers"),
        "copilot-cli" => (json!({"type": "http", "url": url, "tools": ["*"]}), "headers"),
        "gemini-cli" | "qwen-code" => (json!({"httpUrl": url}), "headers"),
        "windsurf" => (json!({"serverUrl": url}), "headers"),
        "codex" => (json!({"url": url}), "http_headers"),
        _ => (json!({"url": url}), "headers"),
    };
    if let (Some(entry), false) = (entry.as_object_mut(), headers.is_empty()) {
        entry.insert(headers_key.to_owned(), Value::Object(headers));
    }
    fields(entry)
}

fn fields(entry: Value) -> Map<String, Value> {
    match entry {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
