//! Which servers Claude Code may run on a machine: lists of allowed and denied servers in its settings, and a file of servers
//! beside which it reads no other. <https://code.claude.com/docs/en/managed-mcp>

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::claude_code;
use super::config_path::{ConfigPath, paths};
use super::configured::Configured;
use super::document::{Document, Format};
use super::file_text::text;
use super::settings;
use crate::source::command::Command;

/// The keys of settings that hold the lists, and the one that lets only the administrator's list of allowed servers count.
const ALLOWED: &str = "allowedMcpServers";
const DENIED: &str = "deniedMcpServers";
const MANAGED_ALONE: &str = "allowManagedMcpServersOnly";
/// What an entry of a list compares.
const NAME: &str = "serverName";
const COMMAND: &str = "serverCommand";
const ADDRESS: &str = "serverUrl";

/// The restrictions of a machine.
#[derive(Debug, Default)]
pub(super) struct Restrictions {
    denied: Vec<Value>,
    /// `None` if all are allowed.
    allowed: Option<Vec<Value>>,
    /// The file of servers beside which no other counts.
    only: Option<PathBuf>,
}

impl Restrictions {
    /// Those of this machine and user.
    pub(super) fn of_this_machine() -> Self {
        let files = |is_managed: bool| {
            let places = settings::of_claude_code().iter().filter(move |place| match place {
                ConfigPath::Machine { .. } => is_managed,
                ConfigPath::Home(_) | ConfigPath::Variable(..) => !is_managed,
                ConfigPath::Config(_) | ConfigPath::Xdg(_) | ConfigPath::Project(_) => false,
            });
            places.flat_map(|place| paths(&[*place], &[])).filter_map(|path| json(&path)).collect::<Vec<_>>()
        };
        let machine = claude_code::CLIENT.places.iter().filter(|place| matches!(place, ConfigPath::Machine { .. }));
        let only = machine.flat_map(|place| paths(&[*place], &[])).next();
        Self { only, ..Self::new(&files(true), &files(false)) }
    }

    /// Those of the settings of the administrator and of the user.
    fn new(managed: &[Value], own: &[Value]) -> Self {
        let list = |settings: &Value, key: &str| settings.get(key).and_then(Value::as_array).cloned();
        let is_alone = managed.iter().any(|settings| settings.get(MANAGED_ALONE) == Some(&Value::Bool(true)));
        let all = || managed.iter().chain(own);
        let denied = all().filter_map(|settings| list(settings, DENIED)).flatten().collect();
        let allowed: Vec<Vec<Value>> = match is_alone {
            true => managed.iter().filter_map(|settings| list(settings, ALLOWED)).collect(),
            false => all().filter_map(|settings| list(settings, ALLOWED)).collect(),
        };
        let allowed = (is_alone || !allowed.is_empty()).then(|| allowed.concat());
        Self { denied, allowed, only: None }
    }

    /// True if Claude Code does not run `server`.
    pub(super) fn forbid(&self, server: &Configured) -> bool {
        let is_elsewhere = |only: &PathBuf| only != Path::new(&server.origin.file);
        self.only.as_ref().is_some_and(is_elsewhere)
            || self.forbids(&server.origin.server, server.command().as_ref(), server.address())
    }

    fn forbids(&self, name: &str, command: Option<&Command>, address: Option<&str>) -> bool {
        let words: Option<Vec<&str>> =
            command.map(|it| std::iter::once(it.program.as_str()).chain(it.args.iter().map(String::as_str)).collect());
        let is_named = |entry: &Value| entry.get(NAME).and_then(Value::as_str) == Some(name);
        let is_command = |entry: &Value| {
            let list = entry.get(COMMAND).and_then(Value::as_array);
            list.is_some_and(|list| {
                words
                    .as_ref()
                    .is_some_and(|words| list.iter().map(Value::as_str).eq(words.iter().map(|word| Some(*word))))
            })
        };
        let is_address = |entry: &Value| {
            let pattern = entry.get(ADDRESS).and_then(Value::as_str);
            pattern.is_some_and(|pattern| command.is_none() && address.is_some_and(|address| matches(pattern, address)))
        };
        if self.denied.iter().any(|entry| is_named(entry) || is_command(entry) || is_address(entry)) {
            return true;
        }
        let Some(allowed) = &self.allowed else { return false };
        // Once commands or addresses are listed, a name is not enough for a server that has one.
        let has = |key: &str| allowed.iter().any(|entry| entry.get(key).is_some());
        let is_allowed = match command {
            Some(_) if has(COMMAND) => allowed.iter().any(is_command),
            None if has(ADDRESS) => allowed.iter().any(is_address),
            Some(_) | None => allowed.iter().any(is_named),
        };
        !is_allowed
    }
}

/// True if `address` is `pattern`, in which a `*` stands for any characters.
fn matches(pattern: &str, address: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = address.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

fn json(path: &Path) -> Option<Value> {
    Some(Document::parse(&text(path).ok()?, Format::Json).ok()?.value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The servers that `managed` and `own` settings forbid, of four.
    fn forbidden(managed: &Value, own: &Value) -> String {
        let found = Restrictions::new(std::slice::from_ref(managed), std::slice::from_ref(own));
        let command = |words: [&str; 2]| Command { program: words[0].into(), args: vec![words[1].into()] };
        let servers = [
            ("a", Some(command(["npx", "a-mcp"])), None),
            ("b", Some(command(["npx", "b-mcp"])), None),
            ("c", None, Some("https://c.den.example/mcp")),
            ("d", None, Some("https://d.example/mcp")),
        ];
        let forbidden = servers.iter().filter(|(name, command, url)| found.forbids(name, command.as_ref(), *url));
        forbidden.map(|(name, ..)| *name).collect()
    }

    #[test]
    fn lists_of_settings_forbid_by_name_command_and_address() {
        let none = json!({});
        assert_eq!(forbidden(&none, &none), "");
        assert_eq!(forbidden(&json!({"allowedMcpServers": []}), &none), "abcd");
        assert_eq!(forbidden(&json!({"allowedMcpServers": [{"serverName": "a"}]}), &none), "bcd");
        let command = json!({"allowedMcpServers": [{"serverCommand": ["npx", "a-mcp"]}, {"serverName": "b"}]});
        assert_eq!(forbidden(&command, &none), "bcd", "a name is not enough for a command");
        let address = json!({"allowedMcpServers": [{"serverUrl": "https://*.den.example/*"}, {"serverName": "a"}]});
        assert_eq!(forbidden(&address, &none), "bd");
        // What is denied stays so, and a user may allow more, unless the administrator decides alone.
        let denied =
            json!({"deniedMcpServers": [{"serverUrl": "https://d.example/*"}, {"serverCommand": ["npx", "b-mcp"]}]});
        assert_eq!(forbidden(&denied, &json!({"deniedMcpServers": [{"serverName": "a"}]})), "abd");
        let managed = json!({"allowedMcpServers": [{"serverName": "a"}]});
        let own = json!({"allowedMcpServers": [{"serverName": "b"}]});
        assert_eq!(forbidden(&managed, &own), "cd");
        let alone = json!({"allowedMcpServers": [{"serverName": "a"}], "allowManagedMcpServersOnly": true});
        assert_eq!(forbidden(&alone, &own), "bcd");
    }

    #[test]
    fn a_star_in_an_address_stands_for_any_characters() {
        for (pattern, address, expected) in [
            ("https://a.example/*", "https://a.example/mcp", true),
            ("https://*.a.example/*", "https://x.a.example/mcp", true),
            ("https://*.a.example/*", "https://a.example.evil.example/mcp", false),
            ("https://a.example", "https://a.example/mcp", false),
            ("*", "https://a.example", true),
        ] {
            assert_eq!(matches(pattern, address), expected, "{pattern} {address}");
        }
    }
}
