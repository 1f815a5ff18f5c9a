//! Clients that keep lists of tools beside the server's own entry under `mcpServers`. Which lists those are is all that
//! tells them apart.

use serde_json::{Map, Value, json};

use super::names::{KEYS, is_no_wildcard, is_plain};
use super::settings::{Client, Permission, ReadTools, ToolsByDecision, json as json_file, parse, strings};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

/// The names of the lists.
struct Lists {
    /// What runs freely.
    free: Option<&'static str>,
    /// What is there at all: free and asked about.
    present: Option<&'static str>,
    refused: Option<&'static str>,
    /// Set beside them.
    also: Option<(&'static str, bool)>,
}

const NONE: Lists = Lists { free: None, present: None, refused: None, also: None };
const ALWAYS_ALLOW: Lists = Lists { free: Some("alwaysAllow"), ..NONE };
const ALWAYS_ALLOW_OR_DISABLED: Lists = Lists { free: Some("alwaysAllow"), refused: Some("disabledTools"), ..NONE };
const AUTO_APPROVE_OR_DISABLED: Lists = Lists { free: Some("autoApprove"), refused: Some("disabledTools"), ..NONE };
const DISABLED: Lists = Lists { refused: Some("disabledTools"), ..NONE };
const INCLUDE_OR_EXCLUDE: Lists = Lists {
    present: Some("includeTools"),
    refused: Some("excludeTools"),
    // What is trusted is never asked about.
    also: Some(("trust", false)),
    ..NONE
};
const TOOLS: Lists = Lists { present: Some("tools"), ..NONE };

/// A client with the lists `$lists`.
macro_rules! client {
    ($name:ident, $client:ident, $file:literal, $lists:ident, $can:expr, $unnamed:ident, $checked:literal, $can_name:ident) => {
        pub const $name: Client = Client {
            name: ClientName::$client,
            file: $file,
            extension: "json",
            can: &$can,
            unnamed: Permission::$unnamed,
            // A list of what runs freely alone takes nothing away.
            hides: $lists.present.is_some() || $lists.refused.is_some(),
            checked: $checked,
            servers: KEYS,
            can_name: $can_name,
            write: |named| write(named, &$lists),
            read: |text, server| read(text, server, &$lists),
        };
    };
}

use Permission::{Ask as ASK, Free as FREE, Refused as REFUSED};

// Google's and Qwen's settings are one and the same; an exclusion wins.
client!(GEMINI, GEMINI_CLI, ".gemini/settings.json", INCLUDE_OR_EXCLUDE, [ASK, REFUSED], Refused, true, is_plain);
client!(QWEN, QWEN_CODE, ".qwen/settings.json", INCLUDE_OR_EXCLUDE, [ASK, REFUSED], Refused, true, is_plain);
client!(COPILOT_CLI, COPILOT_CLI, "~/.copilot/mcp-config.json", TOOLS, [ASK], Refused, true, is_no_wildcard);
client!(CLINE, CLINE, "cline_mcp_settings.json", ALWAYS_ALLOW, [FREE], Ask, true, is_no_wildcard);
client!(ROO, ROO, ".roo/mcp.json", ALWAYS_ALLOW_OR_DISABLED, [FREE, REFUSED], Ask, true, is_no_wildcard);
client!(KIRO, KIRO, ".kiro/settings/mcp.json", AUTO_APPROVE_OR_DISABLED, [FREE, REFUSED], Ask, true, is_no_wildcard);
client!(WINDSURF, WINDSURF, "~/.codeium/windsurf/mcp_config.json", DISABLED, [REFUSED], Ask, false, is_no_wildcard);

fn write(named: &ToolsByDecision<'_>, lists: &Lists) -> Result<String, WriteError> {
    let mut server = Map::new();
    let present = || [named.free.as_slice(), named.ask.as_slice()].concat();
    let all = [(lists.free, named.free.clone()), (lists.present, present()), (lists.refused, named.refused.clone())];
    server.extend(all.into_iter().filter_map(|(key, tools)| Some((key?.to_owned(), json!(tools)))));
    server.extend(lists.also.map(|(key, value)| (key.to_owned(), Value::Bool(value))));
    json_file(&json!({"mcpServers": {named.server: server}}))
}

fn read(text: &str, server: &str, lists: &Lists) -> ReadTools {
    let settings = parse(text)?;
    let server = &settings["mcpServers"][server];
    let all = [(lists.present, ASK), (lists.free, FREE), (lists.refused, REFUSED)];
    let named =
        all.into_iter().filter_map(|(key, permission)| Some((key?, permission))).flat_map(|(key, permission)| {
            strings(&server[key]).map(|tool| (tool.to_owned(), permission)).collect::<Vec<_>>()
        });
    Ok(named.collect())
}
