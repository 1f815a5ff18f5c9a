//! A shell script for the Docker MCP gateway: it enables the allowed tools of a profile and no others, then runs the gateway
//! with `mcp-scan hook` as an interceptor, which holds guards and limits.
//!
//! From the source of the gateway (docker/mcp-gateway): `--disable-all` comes before `--enable`, a tool is named
//! `SERVER.TOOL` up to the first dot, and a call whose interceptor fails is not passed on.

use std::fmt::Write;

use super::about;
use super::hooks;
use super::intercept;
use super::proxy::Proxy;
use super::stated::{Stated, is_plain_name};
use crate::model::{Decision, PolicyAction};
use crate::policy::Rule;
use crate::policy::hook::HookClient;
use crate::text::shell;

pub(crate) const FORMAT: Proxy = Proxy {
    name: "docker-mcp-gateway",
    title: "Docker MCP gateway",
    reader: "the Docker MCP gateway",
    tab: "Docker MCP gateway",
    note: "A shell script that sets the tools of a profile and starts the gateway; the policy itself is an Intercept file.",
    file: "shell script for a profile of the Docker MCP gateway, which starts `mcp-scan hook`",
    download: "docker-mcp-gateway.sh",
    extension: "sh",
    can: ["no: denied", "as denied", "per minute, hour, day", "all"],
    checked: "source",
    hides_refused: true,
    state,
    fits: None,
    write: |policy| {
        let hook = hooks::settings(&policy.key, HookClient::DockerMcpGateway, "")?;
        let head =
            about::comment(policy) + "# Run with `sh`, followed by the id of a profile of the gateway.\nset -eu\n";
        Ok(head + &tools(&policy.key, &policy.rules) + &hook)
    },
    fragment: |rule| Ok(tools("SERVER", std::slice::from_ref(rule))),
    remarks: |policy| {
        let server = &policy.key;
        vec![
            format!("It takes the server to be called \"{server}\" in the profile, and to be the only one there."),
            hooks::remark_on_policy(server),
        ]
    },
    read: None,
};

/// What the Intercept file states; a tool that a person is to be asked about is not enabled.
fn state(rule: &Rule) -> Stated {
    if !is_plain_name(&rule.tool) {
        return Stated::unnamed("The tool's name has characters that are not written here, so it is not enabled.");
    }
    let stated = intercept::state(rule);
    let asks = stated.decision.as_ref().is_some_and(|decision| decision.action == PolicyAction::Approve);
    if asks {
        let denied = Decision::deny(rule.decision.reason.clone());
        return Stated::strictly(denied, "The gateway cannot ask a person, so the tool is not enabled.");
    }
    stated.with_hidden_denied()
}

/// The command that enables the allowed ones of `rules`.
fn tools(server: &str, rules: &[Rule]) -> String {
    let mut text = format!("docker mcp profile tools \"$1\" --disable-all {}", shell::quote(server));
    let is_allowed = |rule: &&Rule| state(rule).decision.is_some_and(|decision| !decision.action.refuses());
    for rule in rules.iter().filter(is_allowed) {
        let _ = write!(text, " \\\n  --enable {}", shell::quote(&format!("{server}.{}", rule.tool)));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RateLimit;

    #[test]
    fn a_shell_reads_the_script_as_it_was_meant() {
        let rule = |tool: &str, decision| Rule {
            tool: tool.into(),
            category: crate::model::Category::Read,
            description: None,
            parameters: Vec::new(),
            decision,
            overridden: None,
            confirm: false,
            claims_to_read: false,
            listed: 1,
        };
        let limited = Decision::limited(RateLimit::per(5, "minute").expect("a limit"));
        let rules = [
            rule("list_orders", Decision::allow()),
            rule("add order;id", limited),
            rule("pay", Decision::approve(None)),
            rule("drop", Decision::deny(None)),
            rule("gone", Decision::hide()),
            rule("a'b", Decision::allow()),
            rule("*", Decision::allow()),
        ];
        let script = tools("shop", &rules);
        let words = shlex::split(&script.replace("\\\n", " ")).expect("a command line");
        assert_eq!(words[..6], ["docker", "mcp", "profile", "tools", "$1", "--disable-all"], "{script}");
        assert_eq!(words[6..], ["shop", "--enable", "shop.list_orders", "--enable", "shop.add order;id"], "{script}");
        let run = hooks::settings("shop", HookClient::DockerMcpGateway, "").expect("a command line");
        let interceptor = shlex::split(&run).expect("words").pop().expect("the last");
        let hook = interceptor.strip_prefix("before:exec:").expect("an interceptor before the call");
        assert!(hook.starts_with("mcp-scan hook --client docker-mcp-gateway --server-name 'shop'"), "{hook}");
    }
}
