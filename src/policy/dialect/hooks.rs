//! Settings that make a client pass each call of a server's tools to `mcp-scan hook`. It enforces guards and limits
//! that the client's own permissions cannot express. The policy is an Intercept file, whose path is in the settings.

use serde_json::{Value, json};

use super::error::WriteError;
use super::proxy::Proxy;
use super::stated::Stated;
use super::{about, client, intercept};
use crate::model::PolicyAction;
use crate::policy::hook::HookClient;
use crate::policy::{Policy, Rule};
use crate::text::shell;
use crate::text::slug::slug;

/// Defines the hook of `$client`.
macro_rules! hook {
    ($name:ident, $client:ident, $id:literal, $title:literal, $extension:literal, $file:literal, $ask:literal, $checked:literal) => {
        pub(crate) const $name: Proxy = Proxy {
            name: $id,
            title: $title,
            reader: $title,
            tab: $title,
            note: concat!("Goes into ", $file, "; the policy itself is an Intercept file beside it."),
            file: concat!("`", $file, "`, which starts `mcp-scan hook`"),
            download: concat!($id, ".", $extension),
            extension: $extension,
            can: [$ask, "as denied", "per minute, hour, day", "all"],
            checked: $checked,
            hides_refused: false,
            state: |rule| state(rule, HookClient::$client),
            fits: None,
            write: |policy| settings(&policy.key, HookClient::$client, &about::comment(policy)),
            fragment: |_| settings("SERVER", HookClient::$client, ""),
            remarks: |policy| remarks(policy, $file, HookClient::$client),
            read: None,
        };
    };
}

hook!(
    CLAUDE_CODE,
    ClaudeCode,
    "claude-code-hook",
    "Claude Code's hook",
    "json",
    ".claude/settings.json",
    "yes",
    "ran 2.1.332"
);
hook!(
    CODEX,
    Codex,
    "codex-hook",
    "Codex's hook",
    "toml",
    "~/.codex/config.toml",
    "refused: the hook cannot ask",
    "ran 0.171.0"
);
hook!(
    COPILOT_CLI,
    CopilotCli,
    "copilot-cli-hook",
    "Copilot CLI's hook",
    "json",
    "~/.copilot/settings.json",
    "yes",
    "ran 1.0.102"
);
hook!(GEMINI, Gemini, "gemini-cli-hook", "Gemini CLI's hook", "json", "~/.gemini/settings.json", "yes", "ran 0.61.0");
hook!(QWEN, Qwen, "qwen-code-hook", "Qwen Code's hook", "json", "~/.qwen/settings.json", "yes", "ran 0.24.4");

/// What the Intercept file states, except that approval is a real prompt.
fn state(rule: &Rule, hooked: HookClient) -> Stated {
    let stated = intercept::state(rule);
    let wants_prompt = rule.decision.action == PolicyAction::Approve && rule.tool != "*";
    let can_ask = match hooked {
        HookClient::Codex | HookClient::DockerMcpGateway => false,
        HookClient::ClaudeCode | HookClient::CopilotCli | HookClient::Gemini | HookClient::Qwen => true,
    };
    if wants_prompt && can_ask { Stated { note: None, ..stated } } else { stated }
}

/// The path of the policy for `server`.
fn policy_place(server: &str) -> String {
    format!("$HOME/.config/mcp-scan/{}.yaml", slug(server))
}

/// The command that decides a call. If it fails, it must still deny the call: clients do so on exit code 2.
fn command(server: &str, client: HookClient) -> String {
    let quoted = format!("'{}'", server.replace('\'', "'\\''"));
    let policy = policy_place(server);
    format!("mcp-scan hook --client {} --server-name {quoted} --policy \"{policy}\" || exit 2", client.name())
}

/// What starts the hook of `client`: its settings, or a command line.
pub(super) fn settings(server: &str, client: HookClient, comment: &str) -> Result<String, WriteError> {
    let command = command(server, client);
    let matcher = format!("{}.*", client.prefix(server).replace('.', "\\."));
    let hook = json!({"type": "command", "command": command});
    let (event, entry): (&str, Value) = match client {
        HookClient::ClaudeCode | HookClient::Qwen | HookClient::Codex => {
            ("PreToolUse", json!({"matcher": matcher, "hooks": [hook]}))
        }
        HookClient::Gemini => ("BeforeTool", json!({"matcher": matcher, "hooks": [hook]})),
        HookClient::CopilotCli => ("preToolUse", json!({"type": "command", "bash": command})),
        HookClient::DockerMcpGateway => {
            let interceptor = shell::quote(&format!("before:exec:{command}"));
            return Ok(format!("exec docker mcp gateway run --profile \"$1\" --interceptor {interceptor}\n"));
        }
    };
    let settings = json!({"hooks": {event: [entry]}});
    if client == HookClient::Codex {
        return Ok(comment.to_owned() + &toml::to_string_pretty(&settings)?);
    }
    client::json_file(&settings)
}

/// Where the policy of `server` is to be written.
pub(super) fn remark_on_policy(server: &str) -> String {
    let place = policy_place(server).replace("$HOME", "~");
    format!("Write the policy itself, --policy-format intercept, to {place}.")
}

fn remarks(policy: &Policy, file: &str, client: HookClient) -> Vec<String> {
    let mut remarks = vec![
        format!("Merge this into {file}; it takes the server to be called \"{}\" there.", policy.key),
        remark_on_policy(&policy.key),
    ];
    if client == HookClient::Codex {
        remarks.push("Codex runs a hook only once a person has trusted it.".into());
    }
    remarks
}
