//! The part of a settings file that says how a server is started, and the same part with the guard in front of it.
//!
//! Only this part is replaced, so the rest of the file keeps its format and its comments.

use std::ops::Range;

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use thiserror::Error;
use toml::de::{DeTable, DeValue};

use crate::cli::add::edit::{EditError, Settings};
use crate::source::client::{ANY, Client};

/// Why an entry cannot be guarded.
#[derive(Debug, Error)]
pub(crate) enum EntryTextError {
    #[error(transparent)]
    Settings(#[from] EditError),
    /// The file is not TOML.
    #[error("it is not TOML: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("it has no server of this name")]
    Missing,
    /// It is below a key that differs for each project.
    #[error("it has the server only as one of a project, and the entries of a project in this file are not changed")]
    OfProject,
    /// It has an address, or a command in an unusual form.
    #[error("the entry has no command as a text with a list of arguments")]
    Form,
}

/// A part of a settings file, and what replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    pub(super) before: String,
    pub(super) after: String,
}

/// Where an entry says how its server is started.
struct LaunchFields {
    command: PlacedProperty,
    args: Option<PlacedProperty>,
}

#[derive(Clone)]
struct PlacedProperty {
    /// From the key to the end of the value.
    whole: Range<usize>,
    value: PlacedValue,
}

/// A value of a settings file, with its place.
#[derive(Clone)]
enum PlacedValue {
    Text(Range<usize>),
    List { range: Range<usize>, is_empty: bool },
    Table(Vec<(String, PlacedProperty)>),
    Other(Range<usize>),
}

impl PlacedValue {
    fn range(&self) -> Range<usize> {
        match self {
            Self::Text(range) | Self::List { range, .. } | Self::Other(range) => range.clone(),
            Self::Table(_) => 0..0,
        }
    }

    /// The property `key`. Of two the last counts, as for clients.
    fn get(&self, key: &str) -> Option<&PlacedProperty> {
        let Self::Table(properties) = self else { return None };
        properties.iter().rev().find(|(name, _)| name == key).map(|(_, property)| property)
    }
}

/// The text that starts `server` in the settings `text` of `client`.
pub(super) fn start_text(
    text: &str,
    format: Settings,
    client: &Client,
    server: &str,
) -> Result<String, EntryTextError> {
    let start = LaunchFields::find(text, format, client, server)?;
    Ok(text.get(start.range()).unwrap_or_default().to_owned())
}

/// Puts the command `words` in front of the one that starts `server`.
pub(super) fn guarded(
    text: &str,
    format: Settings,
    client: &Client,
    server: &str,
    words: &[String],
) -> Result<Replacement, EntryTextError> {
    let start = LaunchFields::find(text, format, client, server)?;
    let range = start.range();
    let at = |range: Range<usize>| text.get(range).unwrap_or_default();
    let quoted = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
    let (program, rest) = words.split_first().ok_or(EntryTextError::Form)?;
    let mut edits = Vec::new();
    let command = start.command.value.range();
    match (&start.command.value, &start.args) {
        // The command and its arguments are one list.
        (PlacedValue::List { is_empty: false, .. }, None) => {
            edits.push((command.start..command.start + 1, format!("[{}, ", quoted(words))));
        }
        (PlacedValue::Text(_), Some(PlacedProperty { value: PlacedValue::List { range, is_empty }, .. })) => {
            let after = if *is_empty { "" } else { ", " };
            edits.push((range.start..range.start + 1, format!("[{}, {}{after}", quoted(rest), at(command.clone()))));
            edits.push((command, self::quoted(program)));
        }
        (PlacedValue::Text(_), None) => {
            let list = format!("[{}, {}]", quoted(rest), at(command.clone()));
            let args = added(text, format, start.command.whole.start, &list);
            edits.push((command, format!("{}{args}", self::quoted(program))));
        }
        _ => return Err(EntryTextError::Form),
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut after, mut copied) = (String::new(), range.start);
    for (place, new) in edits {
        after.push_str(at(copied..place.start));
        after.push_str(&new);
        copied = place.end;
    }
    after.push_str(at(copied..range.end));
    let replacement = Replacement { before: at(range).to_owned(), after };
    // The form of the file may be one that this does not know.
    let whole = replaced(text, format, client, server, &replacement)?;
    match start_text(&whole, format, client, server) {
        Ok(found) if found == replacement.after => Ok(replacement),
        _ => Err(EntryTextError::Form),
    }
}

/// `text` with the part that starts `server` replaced. Fails if the part is not `replacement.before`.
pub(super) fn replaced(
    text: &str,
    format: Settings,
    client: &Client,
    server: &str,
    replacement: &Replacement,
) -> Result<String, EntryTextError> {
    let range = LaunchFields::find(text, format, client, server)?.range();
    match (text.get(..range.start), text.get(range.clone()), text.get(range.end..)) {
        (Some(head), Some(part), Some(tail)) if part == replacement.before => {
            Ok(format!("{head}{}{tail}", replacement.after))
        }
        _ => Err(EntryTextError::Form),
    }
}

impl LaunchFields {
    fn find(text: &str, format: Settings, client: &Client, server: &str) -> Result<Self, EntryTextError> {
        let root = match format {
            Settings::Json => json(text)?,
            Settings::Toml => toml_table(DeTable::parse(text)?.get_ref()),
        };
        let entry = client.servers.iter().find_map(|keys| {
            let below = keys.iter().try_fold(&root, |value, key| value.get(key).map(|property| &property.value))?;
            below.get(server)
        });
        let is_of_project = || client.servers.iter().any(|keys| keys.contains(&ANY) && holds(&root, keys, server));
        let missing = || if is_of_project() { EntryTextError::OfProject } else { EntryTextError::Missing };
        let entry = &entry.ok_or_else(missing)?.value;
        let command = ["command", "cmd"].iter().find_map(|key| entry.get(key)).ok_or(EntryTextError::Form)?;
        Ok(Self { command: command.clone(), args: entry.get("args").cloned() })
    }

    fn range(&self) -> Range<usize> {
        let command = &self.command.whole;
        self.args
            .as_ref()
            .map_or(command.clone(), |args| command.start.min(args.whole.start)..command.end.max(args.whole.end))
    }
}

/// True if `value` has the entry `server` below `keys`, of which [`ANY`] stands for each key.
fn holds(value: &PlacedValue, keys: &[&str], server: &str) -> bool {
    let Some((key, below)) = keys.split_first() else { return value.get(server).is_some() };
    let PlacedValue::Table(properties) = value else { return false };
    let fits = |name: &str| *key == ANY || *key == name;
    properties.iter().any(|(name, property)| fits(name) && holds(&property.value, below, server))
}

/// `list` as a new property after the one that starts at `command`, written as that one is.
fn added(text: &str, format: Settings, command: usize, list: &str) -> String {
    let line = text.get(..command).unwrap_or_default();
    let indent = line.rsplit('\n').next().unwrap_or_default();
    let has_own_line = indent.trim().is_empty();
    match (format, has_own_line) {
        (Settings::Json, true) => format!(",\n{indent}\"args\": {list}"),
        (Settings::Json, false) => format!(", \"args\": {list}"),
        (Settings::Toml, true) => format!("\n{indent}args = {list}"),
        (Settings::Toml, false) => format!(", args = {list}"),
    }
}

/// `word` as a string of JSON, which is also one of TOML.
fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

fn json(text: &str) -> Result<PlacedValue, EntryTextError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).map_err(EditError::from)?;
    parsed.value.as_ref().map(json_value).ok_or(EntryTextError::Missing)
}

fn json_value(value: &ast::Value<'_>) -> PlacedValue {
    let range = value.start()..value.end();
    match value {
        ast::Value::StringLit(_) => PlacedValue::Text(range),
        ast::Value::Array(list) => PlacedValue::List { range, is_empty: list.elements.is_empty() },
        ast::Value::Object(object) => {
            let property = |property: &ast::ObjectProp<'_>| {
                let whole = property.start()..property.end();
                (property.name.as_str().to_owned(), PlacedProperty { whole, value: json_value(&property.value) })
            };
            PlacedValue::Table(object.properties.iter().map(property).collect())
        }
        ast::Value::NumberLit(_) | ast::Value::BooleanLit(_) | ast::Value::NullKeyword(_) => PlacedValue::Other(range),
    }
}

fn toml_table(table: &DeTable<'_>) -> PlacedValue {
    let property = |(key, value): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)| {
        let range = value.span();
        let whole = key.span().start..range.end;
        let value = match value.get_ref() {
            DeValue::String(_) => PlacedValue::Text(range),
            DeValue::Array(list) => PlacedValue::List { range, is_empty: list.is_empty() },
            DeValue::Table(below) => toml_table(below),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                PlacedValue::Other(range)
            }
        };
        (key.get_ref().to_string(), PlacedProperty { whole, value })
    };
    PlacedValue::Table(table.iter().map(property).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::client::CLIENTS;

    fn client(id: &str) -> &'static Client {
        CLIENTS.iter().find(|client| client.name.id == id).unwrap()
    }

    #[test]
    fn the_guard_stands_before_the_command_and_the_rest_stays() {
        let words = ["/bin/mcp-scan", "guard", "--"].map(str::to_owned);
        let before_list = r#"["guard", "--", "npx""#;
        for (id, format, text, wanted) in [
            (
                "cursor",
                Settings::Json,
                "{\n  // mine\n  \"mcpServers\": {\n    \"shop\": {\n      \"command\": \"npx\", // new\n      \"args\": [\n        \"-y\", // yes\n        \"shop\"\n      ],\n      \"env\": {\"A\": \"b\"}\n    }\n  }\n}\n",
                format!("\"args\": {before_list}, \n        \"-y\", // yes"),
            ),
            (
                "cursor",
                Settings::Json,
                "{\"mcpServers\": {\"shop\": {\"args\": [ ], \"command\": \"npx\",}}}",
                format!("{{\"args\": {before_list} ], \"command\": \"/bin/mcp-scan\",}}"),
            ),
            (
                "cursor",
                Settings::Json,
                "{\"mcpServers\": {\"shop\": {\n\t\"command\": \"npx\"\n}}}",
                format!("\"/bin/mcp-scan\",\n\t\"args\": {before_list}]\n"),
            ),
            (
                "opencode",
                Settings::Json,
                "{\"mcp\": {\"shop\": {\"type\": \"local\", \"command\": [\"npx\", \"shop\"]}}}",
                "\"command\": [\"/bin/mcp-scan\", \"guard\", \"--\", \"npx\", \"shop\"]".into(),
            ),
            (
                "codex",
                Settings::Toml,
                "# mine\n[mcp_servers.shop] # keep\ncommand = 'npx' # new\nargs = [\"-y\", \"shop\"]\n\n[mcp_servers.shop.env]\nA = \"b\"\n",
                "args = [\"guard\", \"--\", 'npx', \"-y\", \"shop\"]".into(),
            ),
            (
                "codex",
                Settings::Toml,
                "[mcp_servers.shop]\ncommand = \"npx\"\nenabled = true\n",
                format!("command = \"/bin/mcp-scan\"\nargs = {before_list}]\nenabled"),
            ),
            (
                "codex",
                Settings::Toml,
                "mcp_servers.shop = { command = \"npx\" }\n",
                format!("{{ command = \"/bin/mcp-scan\", args = {before_list}] }}"),
            ),
        ] {
            let client = client(id);
            let replacement = guarded(text, format, client, "shop", &words).unwrap();
            let whole = replaced(text, format, client, "shop", &replacement).unwrap();
            assert!(whole.contains(&wanted), "{whole}");
            let back = Replacement { before: replacement.after, after: replacement.before };
            assert_eq!(replaced(&whole, format, client, "shop", &back).unwrap(), text);
            assert!(replaced(text, format, client, "shop", &back).is_err(), "it is not there to be taken back");
        }
    }

    #[test]
    fn an_entry_of_another_form_is_refused() {
        let words = ["mcp-scan".to_owned(), "guard".to_owned()];
        let error = |format, text| guarded(text, format, client("codex"), "shop", &words).unwrap_err().to_string();
        assert!(error(Settings::Toml, "[mcp_servers.other]\ncommand = 'x'\n").contains("no server of this name"));
        assert!(error(Settings::Toml, "[mcp_servers.shop]\nurl = 'https://example.com'\n").contains("no command"));
        assert!(error(Settings::Toml, "[mcp_servers.shop]\ncommand = 5\n").contains("no command"));
        assert!(error(Settings::Toml, "mcp_servers.shop.command = 'x'\n").contains("no command"));
        assert!(error(Settings::Toml, "[").contains("not TOML"));
        assert!(error(Settings::Json, "{").contains("not JSON"));
        let text = r#"{"projects": {"/x": {"mcpServers": {"shop": {"command": "npx"}}}}, "mcpServers": {}}"#;
        let of_project = guarded(text, Settings::Json, client("claude-code"), "shop", &words).unwrap_err();
        assert!(matches!(of_project, EntryTextError::OfProject), "{of_project}");
    }
}
