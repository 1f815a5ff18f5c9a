//! Builds the entry of a server in a client's configuration.

use serde_json::{Map, Value, json};

use crate::model::Redacted;
use crate::source::client::Client;
use crate::source::{Command, Target, secret};

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
    let named = match is_in_a_list(client) {
        true => {
            let name = Map::from_iter([("name".to_owned(), json!(name))]);
            json!([Value::Object(name.into_iter().chain(entry).collect())])
        }
        false => Value::Object(Map::from_iter([(name.to_owned(), Value::Object(entry))])),
    };
    Some(keys.iter().rev().fold(named, |below, key| Value::Object(Map::from_iter([((*key).to_owned(), below)]))))
}

/// True if `client` has a list of named servers.
pub(crate) fn is_in_a_list(client: &Client) -> bool {
    ["continue", "reasonix", "vibe"].contains(&client.name.id)
}

/// The same entry for display: without the secrets of `target`, and without the values of `env` and `headers`.
pub(crate) fn shown(
    client: &Client,
    name: &str,
    target: &Target,
    env: &[(String, String)],
    headers: &[(String, String)],
) -> Option<Value> {
    let without_values = |pairs: &[(String, String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, _)| (name.clone(), Redacted::MARK.to_owned())).collect()
    };
    let target = match target {
        Target::Command(command) => {
            let args = secret::redact_args(&command.program, &command.args);
            let args = args.into_iter().map(String::from).collect();
            Target::Command(Command { program: command.program.clone(), args })
        }
        Target::Url(url) => {
            let shown = String::from(secret::redact_url(url));
            Target::Url(shown.parse().unwrap_or_else(|_| url.clone()))
        }
        other => other.clone(),
    };
    document(client, name, &target, &without_values(env), &without_values(headers))
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
        "vibe" => (json!({"transport": "stdio", "command": program, "args": args}), "env"),
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
        "vibe" => (json!({"transport": "streamable-http", "url": url}), "headers"),
        "reasonix" => (json!({"type": "http", "url": url}), "headers"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::client::CLIENTS;

    #[test]
    fn a_client_with_a_list_gets_an_entry_with_a_name() {
        let target = Target::parse(&["sh".to_owned(), "serve".to_owned()], true).remove(0).unwrap();
        let of = |id: &str| {
            let client = CLIENTS.iter().find(|client| client.name.id == id).unwrap();
            document(client, "x", &target, &[], &[]).unwrap()
        };
        assert_eq!(
            of("vibe"),
            json!({"mcp_servers": [{"name": "x", "transport": "stdio", "command": "sh", "args": ["serve"]}]})
        );
        assert_eq!(of("reasonix"), json!({"plugins": [{"name": "x", "command": "sh", "args": ["serve"]}]}));
    }

    #[test]
    fn what_is_shown_has_no_values_and_no_secrets() {
        let pairs = [("API_KEY".to_owned(), "planted-value".to_owned())];
        let words = ["sh", "--token", "planted-argument-0123456789", "serve"].map(str::to_owned);
        let started = Target::parse(&words, true).remove(0).unwrap();
        let reached =
            Target::parse(&["https://x.example/mcp?token=planted-query".to_owned()], false).remove(0).unwrap();
        for client in &CLIENTS {
            for target in [&started, &reached] {
                let Some(written) = document(client, "x", target, &pairs, &pairs) else { continue };
                let written = written.to_string();
                let shown = shown(client, "x", target, &pairs, &pairs).unwrap().to_string();
                assert!(written.contains("planted-value") && shown.contains("API_KEY"), "{written}");
                assert!(shown.contains("***") && !shown.contains("planted"), "{shown}");
            }
        }
    }
}
