//! The settings of a client besides its servers, as lines that rules can match: `permissions.allow[] = mcp__*`.

use std::path::Path;

use serde_json::{Map, Value};

use super::config_path::ConfigPath;
use super::document::{Document, Format};
use super::file_text::text;
use crate::model::{ClientName, Origin};
use crate::source::unasked::Unasked;

/// Most lines of a file or an entry, and the longest line, in characters.
const MAX_LINES: usize = 5_000;
const MAX_LINE: usize = 300;
/// Keys that hold servers, or values that may be secret. They are described elsewhere or not at all.
const LEFT_OUT: [&str; 17] = [
    "mcpServers",
    "servers",
    "mcp_servers",
    "mcp",
    "mcp.servers",
    "amp.mcpServers",
    "context_servers",
    "extensions",
    "history",
    "env",
    "envs",
    "environment",
    "headers",
    "http_headers",
    "args",
    "command",
    "url",
];

/// The file of settings that an administrator manages, and the folder in which another client has it.
const MANAGED: &str = "managed-settings.json";
const OF_AMP: &str = "ampcode";

/// Files that hold the settings of a client and no servers.
pub(super) const FILES: [(ClientName, &[ConfigPath]); 12] = [
    (
        ClientName::CLAUDE_CODE,
        &[
            ConfigPath::Variable("CLAUDE_CONFIG_DIR", "settings.json"),
            ConfigPath::Home(".claude/settings.json"),
            ConfigPath::Project(".claude/settings.json"),
            ConfigPath::Project(".claude/settings.local.json"),
            ConfigPath::Machine {
                linux: "/etc/claude-code/managed-settings.json",
                macos: "/Library/Application Support/ClaudeCode/managed-settings.json",
                windows: "C:/Program Files/ClaudeCode/managed-settings.json",
            },
            ConfigPath::Machine {
                linux: "/etc/claude-code/managed-settings.d/*",
                macos: "/Library/Application Support/ClaudeCode/managed-settings.d/*",
                windows: "C:/Program Files/ClaudeCode/managed-settings.d/*",
            },
        ],
    ),
    (ClientName::CLINE, &[ConfigPath::Home(".cline/data/settings/global-settings.json")]),
    (ClientName::CONTINUE, &[ConfigPath::Home(".continue/permissions.yaml")]),
    (
        ClientName::CURSOR,
        &[
            ConfigPath::Home(".cursor/cli-config.json"),
            ConfigPath::Project(".cursor/cli.json"),
            ConfigPath::Home(".cursor/permissions.json"),
            ConfigPath::Project(".cursor/permissions.json"),
        ],
    ),
    (ClientName::DROID, &[ConfigPath::Home(".factory/settings.json"), ConfigPath::Project(".factory/settings.json")]),
    (ClientName::GEMINI_CLI, &[ConfigPath::Home(".gemini/policies/*"), ConfigPath::Project(".gemini/policies/*")]),
    (ClientName::GOOSE, &[ConfigPath::Xdg("goose/permission.yaml")]),
    (ClientName::JETBRAINS, &[ConfigPath::Home(".junie/allowlist.json"), ConfigPath::Project(".junie/allowlist.json")]),
    (ClientName::KIMI_CODE, &[ConfigPath::Home(".kimi-code/config.toml")]),
    (ClientName::KIRO, &[ConfigPath::Home(".kiro/hooks/*"), ConfigPath::Project(".kiro/hooks/*")]),
    (ClientName::ROVO_DEV, &[ConfigPath::Home(".rovodev/config.yml"), ConfigPath::Project(".rovodev/config.yml")]),
    (ClientName::VSCODE, &[ConfigPath::Project(".vscode/tasks.json")]),
];

/// The places of the settings of Claude Code.
pub(super) fn of_claude_code() -> &'static [ConfigPath] {
    FILES.iter().find(|(client, _)| *client == ClientName::CLAUDE_CODE).map_or(&[], |(_, places)| places)
}

/// True if the file at `path` is a settings file of a client that never has servers, whatever its content.
pub(crate) fn holds_no_servers(path: &Path) -> bool {
    at_place(path).is_some()
}

/// The client whose settings the file at `path` holds, for display.
pub(crate) fn client_of(path: &Path) -> Option<&'static str> {
    at_place(path).or_else(|| {
        // A copy of what an administrator manages. Amp has servers under that name, in a folder of its own.
        let is_managed = path.file_name().is_some_and(|name| name == MANAGED)
            && path.parent().and_then(Path::file_name).is_none_or(|folder| folder != OF_AMP);
        is_managed.then_some(ClientName::CLAUDE_CODE.title)
    })
}

/// The client that has settings at `path`.
fn at_place(path: &Path) -> Option<&'static str> {
    let is_at = |place: &ConfigPath| place.match_length(path).is_some();
    FILES.iter().find(|(_, places)| places.iter().any(is_at)).map(|(client, _)| client.title)
}

/// The settings in the file at `path`. `None` if it cannot be read or holds none.
pub(super) fn of_file(client: ClientName, path: &Path) -> Option<Origin> {
    let document = Document::parse(&text(path).ok()?, Format::from_path(path)?).ok()?;
    let file_settings = all_lines(&document.value);
    (!file_settings.is_empty()).then(|| Origin {
        client: client.title.to_owned(),
        file: path.display().to_string(),
        server: "settings".into(),
        file_settings: file_settings.into(),
        ..Origin::default()
    })
}

/// The settings in `value`, and what runs without a question.
pub(super) fn all_lines(value: &Value) -> Vec<String> {
    [lines(value), Unasked::in_manifest(value).lines].concat()
}

/// The lines of `value`, in its order, without servers and secrets. An object of a list has a line of its own besides,
/// because its fields belong together: `rules[] = {"tool":"*","action":"allow"}`.
pub(crate) fn lines(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found
}

/// The depth is bounded by the parsers.
fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    if found.len() >= MAX_LINES || path.len() > MAX_LINE {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, below) in map.iter().filter(|(key, _)| !LEFT_OUT.contains(&key.as_str())) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(below, &path, found);
            }
        }
        Value::Array(items) => {
            let path = format!("{path}[]");
            for item in items {
                let fields: Map<String, Value> = item.as_object().map(kept).unwrap_or_default();
                if !fields.is_empty() && fields.values().all(is_flat) {
                    let fields = Value::Object(fields);
                    found.push(format!("{path} = {fields}").chars().take(MAX_LINE).collect());
                }
                collect(item, &path, found);
            }
        }
        Value::String(text) => found.push(format!("{path} = {text}").chars().take(MAX_LINE).collect()),
        Value::Bool(_) | Value::Number(_) => found.push(format!("{path} = {value}")),
        Value::Null => {}
    }
}

/// `fields` without servers and secrets.
fn kept(fields: &Map<String, Value>) -> Map<String, Value> {
    let kept = fields.iter().filter(|(key, _)| !LEFT_OUT.contains(&key.as_str()));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// True for a scalar, and for an object of scalars of which none is a server or a secret.
fn is_flat(value: &Value) -> bool {
    let is_plain = |(key, value): (&String, &Value)| is_scalar(value) && !LEFT_OUT.contains(&key.as_str());
    value.as_object().map_or_else(|| is_scalar(value), |fields| fields.iter().all(is_plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_lines_without_servers_and_secrets() {
        let settings = json!({
            "enableAllProjectMcpServers": true, "permissions": {"allow": ["mcp__*", "Read"], "defaultMode": "plan"},
            "mcpServers": {"a": {"command": "x"}}, "env": {"TOKEN": "planted-1"},
            "rules": [{"tool": "*", "action": "allow"}]
        });
        assert_eq!(
            lines(&settings),
            [
                "enableAllProjectMcpServers = true",
                "permissions.allow[] = mcp__*",
                "permissions.allow[] = Read",
                "permissions.defaultMode = plan",
                r#"rules[] = {"tool":"*","action":"allow"}"#,
                "rules[].tool = *",
                "rules[].action = allow",
            ]
        );
    }
    #[test]
    fn the_line_of_an_object_has_no_secret() {
        let settings = json!({"models": [
            {"name": "a", "url": "https://me:planted@h.example", "command": "x planted", "headers": {"X": "planted"}},
            {"env": "planted"}, {"name": "b", "more": {"env": "planted"}}
        ]});
        assert_eq!(lines(&settings), [r#"models[] = {"name":"a"}"#, "models[].name = a", "models[].name = b"]);
    }

    #[test]
    fn a_copy_of_managed_settings_is_known_by_its_name() {
        assert_eq!(client_of(Path::new("copy/managed-settings.json")), Some("Claude Code"));
        assert_eq!(client_of(Path::new("/etc/ampcode/managed-settings.json")), None);
        assert_eq!(client_of(Path::new("settings.json")), None);
    }

    #[test]
    fn all_that_runs_unasked_is_read_from_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.json");
        let hooks =
            r#"{"hooks": {"Stop": [{"run": ["./done.sh", "--all"]}, {"url": "https://me:planted@log.example/x"}]}}"#;
        std::fs::write(&path, hooks).unwrap();
        let found = of_file(ClientName::CLAUDE_CODE, &path).unwrap().file_settings.join("\n");
        assert!(found.contains("hooks.Stop[].run = ./done.sh --all"), "{found}");
        assert!(found.contains("hooks.Stop[].url = https://") && !found.contains("planted"), "{found}");
    }
}
