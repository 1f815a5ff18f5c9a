//! Parses the calls that clients pass to a hook before a tool runs, and writes the answers.
//!
//! A client starts the hook for each call, with the call as JSON on standard input, and reads the answer from standard
//! output. The formats were observed in the real programs: `docs/policy-formats.md`.

use serde_json::{Map, Value, json};

use super::{Call, Decided, Decider, Decisions, Outcome, Verdict};
use crate::text::clean;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookClient {
    ClaudeCode,
    Codex,
    CopilotCli,
    /// Gemini CLI.
    Gemini,
    /// Qwen Code.
    Qwen,
    /// The Docker MCP gateway, of which the hook is an interceptor.
    DockerMcpGateway,
}

/// Why the text on standard input is not a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    /// It is not valid JSON.
    #[error("the call is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It has no tool name.
    #[error("the call names no tool")]
    NoTool,
    /// The arguments are not an object.
    #[error("the arguments of the call are not an object")]
    Arguments,
}

/// A call as the client sends it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HookCall {
    /// The server, if the client sends its name separately from the tool's.
    server: Option<String>,
    /// The tool's name in the client.
    tool: String,
    arguments: Value,
}

/// Longest reason in an answer, in characters.
const MAX_REASON: usize = 500;

impl HookClient {
    pub(crate) const ALL: [Self; 6] =
        [Self::ClaudeCode, Self::Codex, Self::CopilotCli, Self::Gemini, Self::Qwen, Self::DockerMcpGateway];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::CopilotCli => "copilot-cli",
            Self::Gemini => "gemini-cli",
            Self::Qwen => "qwen-code",
            Self::DockerMcpGateway => "docker-mcp-gateway",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.name() == name)
    }

    /// The client's prefix for the names of `server`'s tools.
    pub(crate) fn prefix(self, server: &str) -> String {
        let server = self.spelled(server);
        match self {
            Self::ClaudeCode | Self::Codex | Self::Qwen => format!("mcp__{server}__"),
            Self::Gemini => format!("mcp_{server}_"),
            Self::CopilotCli => format!("{server}-"),
            // The gateway calls tools as their servers do.
            Self::DockerMcpGateway => String::new(),
        }
    }

    /// The name of a server or tool as the client writes it: unsupported characters become `_`.
    fn spelled(self, name: &str) -> String {
        if self == Self::DockerMcpGateway {
            return name.to_owned();
        }
        let stays = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c) || (self == Self::Gemini && c == '.');
        name.chars().map(|c| if stays(c) { c } else { '_' }).collect()
    }

    /// Parses a call that the client wrote.
    pub(crate) fn call(self, text: &str) -> Result<HookCall, HookError> {
        let call: Value = serde_json::from_str(text)?;
        let apart = &call["mcp_context"];
        let (server, tool) = match (self, apart["server_name"].as_str(), apart["tool_name"].as_str()) {
            (Self::Gemini, Some(server), Some(tool)) => (Some(server.to_owned()), tool),
            _ => {
                let names = [&call["tool_name"], &call["toolName"], &call["params"]["name"]];
                (None, names.into_iter().find_map(Value::as_str).ok_or(HookError::NoTool)?)
            }
        };
        let given = [&call["tool_input"], &call["toolArgs"], &call["params"]["arguments"]]
            .into_iter()
            .find(|given| !given.is_null());
        let arguments = match given {
            None => Value::Object(Map::new()),
            Some(Value::String(text)) => serde_json::from_str(text)?,
            Some(given) => given.clone(),
        };
        if !arguments.is_object() {
            return Err(HookError::Arguments);
        }
        Ok(HookCall { server, tool: tool.to_owned(), arguments })
    }

    /// The answer for `verdict`; empty if the client treats no answer as approval.
    pub(crate) fn answer(self, verdict: &Verdict) -> String {
        let reason = reason(verdict);
        let answer = match (self, verdict.outcome) {
            // Codex supports only denials.
            (Self::Codex, Outcome::Allowed) => return String::new(),
            (Self::Codex, Outcome::Approval) => {
                pre_tool_use("deny", &format!("{reason} Codex cannot ask from a hook, so the call is refused."))
            }
            (Self::DockerMcpGateway, Outcome::Allowed) => return String::new(),
            (Self::DockerMcpGateway, Outcome::Approval) => {
                result(&format!("{reason} The gateway cannot ask, so the call is refused."))
            }
            (Self::DockerMcpGateway, Outcome::Limited | Outcome::Denied) => result(&reason),
            (Self::ClaudeCode | Self::Codex | Self::Qwen, outcome) => pre_tool_use(word(outcome), &reason),
            (Self::Gemini, outcome) => json!({"decision": word(outcome), "reason": reason}),
            (Self::CopilotCli, outcome) => {
                json!({"permissionDecision": word(outcome), "permissionDecisionReason": reason})
            }
        };
        answer.to_string()
    }
}

impl HookCall {
    /// The decision of `decider` on the call at second `at`; `None` for tools of servers other than `server`.
    ///
    /// A client may use one name for several tools; the strictest decision on any of them applies, and the limits of
    /// all.
    pub(crate) fn decide(
        &self,
        decider: &Decider,
        decisions: &Decisions,
        client: HookClient,
        server: &str,
        at: u64,
    ) -> Option<Decided> {
        let called = match &self.server {
            Some(named) => (named == server).then_some(self.tool.as_str())?,
            None => self.tool.strip_prefix(&client.prefix(server))?,
        };
        let is_called = |tool: &&String| client.spelled(tool) == called || *tool == called;
        let mut tools: Vec<&str> = decisions.tools.keys().filter(is_called).map(String::as_str).collect();
        if tools.is_empty() {
            tools.push(called);
        }
        let call = |tool: &str| Call { tool: tool.to_owned(), arguments: self.arguments.clone(), at };
        let decided = tools.into_iter().map(|tool| decider.decide(decisions, &call(tool)));
        decided.reduce(Decided::and)
    }
}

fn pre_tool_use(decision: &str, reason: &str) -> Value {
    json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": reason,
    }})
}

/// The result of a call that is not passed on.
fn result(reason: &str) -> Value {
    json!({"content": [{"type": "text", "text": reason}], "isError": true})
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allow",
        Outcome::Approval => "ask",
        Outcome::Limited | Outcome::Denied => "deny",
    }
}

/// The reason, in a sentence or two.
fn reason(verdict: &Verdict) -> String {
    let default = match verdict.outcome {
        Outcome::Allowed => "The policy allows it.",
        Outcome::Approval => "A person must approve it.",
        Outcome::Limited => "A limit is reached; try again later.",
        Outcome::Denied => "The policy refuses it.",
    };
    let message = verdict.message.as_deref().unwrap_or(default);
    clean::excerpt(&clean::visible(&format!("{message} (mcp-scan policy, {})", verdict.rule)), MAX_REASON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Counters, Dialect, read};

    const POLICY: &str = "
version: '1'
default: deny
tools:
  look: {rules: []}
  a.b: {rules: []}
  a_b: {rules: [{name: never, action: deny, on_deny: No.}]}
  change: {rules: [{name: limit, rate_limit: 1/minute}]}
  send: {rules: [{name: approve sending, action: deny, on_deny: A person must look.}]}
  list:
    rules: [{name: known, conditions: [{path: args.action, op: in, value: [list, get]}], on_deny: Only reading.}]
";

    fn outcomes(client: HookClient, calls: &[&str]) -> Vec<Option<Outcome>> {
        let decisions = read(POLICY, Dialect::INTERCEPT).unwrap();
        let (decider, mut counters) = (Decider::new(&decisions), Counters::default());
        let decide = |call: &&str| {
            let decided = client.call(call).unwrap().decide(&decider, &decisions, client, "my shop", 0)?;
            Some(counters.reserve(&decided.limits, 0).map_or(Outcome::Limited, |_| decided.verdict.outcome))
        };
        calls.iter().map(decide).collect()
    }

    #[test]
    fn each_client_is_understood() {
        use Outcome::{Allowed, Approval, Denied, Limited};
        let wanted = [Allowed, Denied, Allowed, Limited, Approval, Denied, Allowed, Denied].map(Some);
        let calls = |before: &str, tool: &str, arguments: &str| {
            let names = ["look", "a_b", "change", "change", "send", "list", "list", "unnamed"];
            let given = ["{}", "{}", "{}", "{}", "{}", r#"{"action":"delete"}"#, r#"{"action":"list"}"#, "{}"];
            let call = |(name, given): (&str, &str)| {
                let given = if arguments == "toolArgs" { serde_json::to_string(given).unwrap() } else { given.into() };
                format!(r#"{{"{tool}": "{before}{name}", "{arguments}": {given}}}"#)
            };
            names.into_iter().zip(given).map(call).collect::<Vec<_>>()
        };
        for (client, before, tool, arguments) in [
            (HookClient::ClaudeCode, "mcp__my_shop__", "tool_name", "tool_input"),
            (HookClient::Codex, "mcp__my_shop__", "tool_name", "tool_input"),
            (HookClient::Qwen, "mcp__my_shop__", "tool_name", "tool_input"),
            (HookClient::Gemini, "mcp_my_shop_", "tool_name", "tool_input"),
            (HookClient::CopilotCli, "my_shop-", "toolName", "toolArgs"),
        ] {
            let calls = calls(before, tool, arguments);
            let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
            assert_eq!(outcomes(client, &calls), wanted, "{}", client.name());
        }
    }

    #[test]
    fn an_interceptor_of_the_docker_gateway_is_given_the_call_itself() {
        let call = |tool: &str, arguments: &str| {
            format!(r#"{{"method": "tools/call", "params": {{"name": "{tool}", "arguments": {arguments}}}}}"#)
        };
        let calls = [call("look", "{}"), call("a.b", "{}"), call("list", r#"{"action": "delete"}"#), call("x", "null")];
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        let wanted = [Outcome::Allowed, Outcome::Allowed, Outcome::Denied, Outcome::Denied].map(Some);
        assert_eq!(outcomes(HookClient::DockerMcpGateway, &calls), wanted);
    }

    #[test]
    fn tools_of_other_servers_are_none_of_its_business() {
        let call = r#"{"tool_name": "mcp__other__look", "tool_input": {}}"#;
        assert_eq!(outcomes(HookClient::ClaudeCode, &[call, r#"{"tool_name": "Bash"}"#]), [None, None]);
        let apart = |server: &str| {
            format!(r#"{{"tool_name": "x", "mcp_context": {{"server_name": "{server}", "tool_name": "look"}}}}"#)
        };
        let calls = [apart("my shop"), apart("other")];
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        assert_eq!(outcomes(HookClient::Gemini, &calls), [Some(Outcome::Allowed), None]);
    }

    #[test]
    fn what_is_no_call_is_an_error() {
        for text in
            ["", "[]", "{}", r#"{"tool_name": "x", "tool_input": [1]}"#, r#"{"toolName": "x", "toolArgs": "{"}"#]
        {
            assert!(HookClient::CopilotCli.call(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_answers_as_they_are_written() {
        let verdict = |outcome, message: Option<&str>| Verdict {
            outcome,
            rule: "approve x".into(),
            message: message.map(str::to_owned),
        };
        let mut all = String::new();
        for client in HookClient::ALL {
            for outcome in Outcome::ALL {
                let answer = client.answer(&verdict(outcome, None));
                all += &format!("{} {}: {answer}\n", client.name(), outcome.name());
            }
        }
        insta::assert_snapshot!(all);
        let long = HookClient::ClaudeCode.answer(&verdict(Outcome::Denied, Some(&"x\u{1b}".repeat(9_000))));
        assert!(long.len() < 2_000 && !long.contains('\u{1b}'), "{long}");
    }
}
