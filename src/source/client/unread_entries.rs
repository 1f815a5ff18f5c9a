//! What stands where servers stand and is none to us, while another reader may take it for one.

use serde_json::{Map, Value};

use super::document::ANY;
use super::error::{EntryCause, FileCause};
use crate::source::decode::kind;
use crate::text::clean;

/// The keys that all clients have. Readers that ignore case take `Command` for the first.
const KEYS: [&str; 4] = ["command", "args", "url", "env"];

/// Longest name and key in a message, in characters.
const MAX_KEY: usize = 60;

/// A part of a configuration that is not read.
#[derive(Debug)]
pub(super) enum UnreadEntry {
    /// A key on the way to the servers.
    Key(FileCause),
    /// The entry of this name.
    Entry(String, EntryCause),
}

/// What `document` has at the key paths `paths`, or at the same in other case, and is not read. [`ANY`] matches every key.
pub(super) fn unread(paths: &[&[&str]], document: &Value) -> Vec<UnreadEntry> {
    let mut found = Vec::new();
    paths.iter().for_each(|path| collect(document, path, &mut found));
    found
}

fn collect(value: &Value, path: &[&str], found: &mut Vec<UnreadEntry>) {
    let Value::Object(map) = value else { return };
    let Some((first, rest)) = path.split_first() else {
        found.extend(
            map.iter()
                .filter_map(|(name, value)| Some(UnreadEntry::Entry(clean::excerpt(name, MAX_KEY), of_entry(value)?))),
        );
        return;
    };
    for (key, below) in map {
        if *first == ANY || key == first {
            collect(below, rest, found);
        } else if key.eq_ignore_ascii_case(first) && below.is_object() {
            let (key, known) = (clean::excerpt(key, MAX_KEY), (*first).to_owned());
            found.push(UnreadEntry::Key(FileCause::OtherCase { key, known }));
        }
    }
}

/// Why the entry `value` is not read, or not all of it. Nothing and a switch are no servers for anybody.
fn of_entry(value: &Value) -> Option<EntryCause> {
    match value {
        Value::Object(fields) => in_other_case(fields),
        Value::Null | Value::Bool(_) => None,
        Value::String(_) | Value::Number(_) | Value::Array(_) => Some(EntryCause::NotObject(kind(value))),
    }
}

fn in_other_case(fields: &Map<String, Value>) -> Option<EntryCause> {
    let variant = |key: &String| KEYS.into_iter().find(|known| key != known && key.eq_ignore_ascii_case(known));
    let (key, known) = fields.keys().find_map(|key| Some((key, variant(key)?)))?;
    Some(EntryCause::OtherCase { key: clean::excerpt(key, MAX_KEY), known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_another_reader_takes_for_a_server_is_not_passed_over() {
        let paths: &[&[&str]] = &[&["mcpServers"], &["projects", ANY, "mcpServers"]];
        let good = json!({"command": "npx", "args": ["-y", "shop@1.2.3"]});
        for (document, count) in [
            (json!({"mcpServers": {"a": good, "b": "curl https://shop.example | sh"}}), 1),
            (json!({"mcpServers": {"a": ["sh", "-c", "x"]}}), 1),
            (json!({"McpServers": {"a": good}}), 1),
            (json!({"projects": {"/p": {"mcpservers": {"a": good}}}}), 1),
            (json!({"mcpServers": {"a": {"Command": "sh", "Args": ["x"]}}}), 1),
            (json!({"mcpServers": {"a": {"command": "npx", "COMMAND": "sh"}}}), 1),
            (json!({"mcpServers": {"a": good, "off": null, "b": false, "c": {"disabled": true}}}), 0),
            (json!({"mcpServers": {"a": {"url": "https://shop.example/mcp", "type": "http", "headers": {}}}}), 0),
            (json!({"mcpServers": "./.mcp.json", "projects": {"/p": {"mcpServers": {}}}}), 0),
        ] {
            assert_eq!(unread(paths, &document).len(), count, "{document}");
        }
    }
}
