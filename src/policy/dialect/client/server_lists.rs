//! Clients with lists of tools in the server's entry under `mcpServers`. They differ only in the names of these lists.

use serde_json::{Map, Value, json};

use super::names::{KEYS, as_is, is_no_wildcard, is_plain};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse, strings,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

/// The names of a client's lists.
struct Lists {
    /// Tools that run freely.
    free: Option<&'static str>,
    /// Tools that are available: they run freely or need approval.
    present: Option<&'static str>,
    refused: Option<&'static str>,
    /// A setting that is written next to the lists.
    also: Option<(&'static str, bool)>,
}

const NONE: Lists = Lists { free: None, present: None, refused: None, also: None };
const AUTO_APPROVE: Lists = Lists { free: Some("autoApprove"), ..NONE };
const ALWAYS_ALLOW_OR_DISABLED: Lists = Lists { free: Some("alwaysAllow"), refused: Some("disabledTools"), ..NONE };
const AUTO_APPROVE_OR_DISABLED: Lists = Lists { free: Some("autoApprove"), refused: Some("disabledTools"), ..NONE };
const DISABLED: Lists = Lists { refused: Some("disabledTools"), ..NONE };
const INCLUDE_OR_EXCLUDE: Lists = Lists {
    present: Some("includeTools"),
    refused: Some("excludeTools"),
    // A trusted server's tools never need approval.
    also: Some(("trust", false)),
    ..NONE
};
const ENABLED_OR_DISABLED: Lists = Lists { present: Some("enabledTools"), refused: Some("disabledTools"), ..NONE };
const TOOLS: Lists = Lists { present: Some("tools"), ..NONE };

/// Defines a client with the lists `$lists`.
macro_rules! client {
    ($name:ident, $client:ident, $file:literal, $lists:ident, $can:expr, $unnamed:ident, $checked:expr, $can_name:ident, $hint:ident, $warning:expr) => {
        pub(crate) const $name: Client = Client {
            name: ClientName::$client,
            file: $file,
            extension: "json",
            can: &$can,
            unnamed: Permission::$unnamed,
            // A list of tools that run freely does not hide the others.
            hides: $lists.present.is_some() || $lists.refused.is_some(),
            checked: $checked,
            read_only_hint: ReadOnlyHint::$hint,
            compares_values: false,
            warning: $warning,
            servers: KEYS,
            can_name: $can_name,
            spelled: as_is,
            write: |named| write(named, &$lists),
            read: |text, server| read(text, server, &$lists),
        };
    };
}

use Permission::{Ask as ASK, Free as FREE, Refused as REFUSED};

// An exclusion wins.
client!(
    GEMINI,
    GEMINI_CLI,
    ".gemini/settings.json",
    INCLUDE_OR_EXCLUDE,
    [ASK, REFUSED],
    Refused,
    Evidence::Ran("0.61.0"),
    is_plain,
    Ignored,
    Some("With --yolo nothing is asked; the format gemini-policies asks then, too.")
);
client!(
    COPILOT_CLI,
    COPILOT_CLI,
    "~/.copilot/mcp-config.json",
    TOOLS,
    [ASK],
    Refused,
    Evidence::Ran("1.0.102"),
    is_no_wildcard,
    Runs,
    Some("The format copilot-managed asks about tools that say they only read, too.")
);
client!(
    CLINE,
    CLINE,
    "cline_mcp_settings.json",
    AUTO_APPROVE,
    [FREE],
    Ask,
    Evidence::Source,
    is_no_wildcard,
    Ignored,
    Some("Only the extension reads this; for the command line there is the format cline-cli.")
);
client!(
    DROID,
    DROID,
    "~/.factory/mcp.json",
    ENABLED_OR_DISABLED,
    [ASK, REFUSED],
    Refused,
    Evidence::Ran("0.215.0"),
    is_no_wildcard,
    Ignored,
    None
);
client!(
    ROO,
    ROO,
    ".roo/mcp.json",
    ALWAYS_ALLOW_OR_DISABLED,
    [FREE, REFUSED],
    Ask,
    Evidence::Source,
    is_no_wildcard,
    Ignored,
    Some("What is allowed runs freely only with Roo's own setting that approves MCP tools.")
);
client!(
    KIRO,
    KIRO,
    ".kiro/settings/mcp.json",
    AUTO_APPROVE_OR_DISABLED,
    [FREE, REFUSED],
    Ask,
    Evidence::Documented,
    is_no_wildcard,
    Ignored,
    None
);
client!(
    WINDSURF,
    WINDSURF,
    "~/.codeium/windsurf/mcp_config.json",
    DISABLED,
    [REFUSED],
    Ask,
    Evidence::ThirdParty,
    is_no_wildcard,
    Ignored,
    None
);

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
