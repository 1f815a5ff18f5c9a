//! What a configuration holds besides its servers. It may be a file that itself decides what runs: a `package.json`.

use std::ops::Range;
use std::path::Path;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::document::ANY;
use super::document::{Format, jsonc};
use super::entry::Entry;

/// The text of the configuration at `path` without its lists of servers, to which the keys `servers` lead. `None` where they cannot be told from the rest:
/// other formats than JSON, and lists with comments or with anything but servers.
pub(super) fn without_servers(path: &Path, servers: &[&[&str]], text: &str) -> Option<String> {
    let format = Format::from_path(path).filter(|format| matches!(format, Format::Json | Format::Json5))?;
    let document = jsonc(text, format == Format::Json5).ok()?;
    let mut lists = Vec::new();
    for keys in servers {
        find(&document, keys, &mut lists);
    }
    if lists.is_empty() && path.ends_with(".mcp.json") {
        lists.push(&document);
    }
    let mut ranges: Vec<Range<usize>> = lists.iter().map(|list| list.start()..list.end()).collect();
    let are_servers = lists.iter().all(|list| holds_only_servers(list));
    let has_comment = |range: &Range<usize>| {
        text.get(range.clone()).is_none_or(|list| serde_json::from_str::<IgnoredAny>(list).is_err())
    };
    if !are_servers || ranges.iter().any(has_comment) {
        return None;
    }
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut rest = String::new();
    let mut end = 0;
    for range in ranges {
        // A list in another list is cut out with it.
        if range.start >= end {
            rest.push_str(text.get(end..range.start)?);
            end = range.end;
        }
    }
    rest.push_str(text.get(end..)?);
    Some(rest)
}

/// Adds the lists that `keys` lead to from `value`, in objects and lists alike. Equal keys all count.
fn find<'a, 'b>(value: &'b ast::Value<'a>, keys: &[&str], found: &mut Vec<&'b ast::Value<'a>>) {
    let Some((first, rest)) = keys.split_first() else {
        found.push(value);
        return;
    };
    if let Some(object) = value.as_object() {
        let named = object.properties.iter().filter(|property| *first == ANY || property.name.as_str() == *first);
        named.for_each(|property| find(&property.value, rest, found));
    } else if let (Some(list), true) = (value.as_array(), *first == ANY) {
        list.elements.iter().for_each(|item| find(item, rest, found));
    }
}

fn holds_only_servers(list: &ast::Value<'_>) -> bool {
    let is_server = |value: &Value| value.as_object().is_some_and(Entry::is_server);
    match Value::from(list.clone()) {
        Value::Object(servers) => servers.values().all(is_server),
        Value::Array(servers) => servers.iter().all(is_server),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_are_cut_out() {
        let rest = |name: &str, text: &str| without_servers(Path::new(name), &[&["mcpServers"]], text);
        let of_package = |servers: &str, script: &str| {
            let text = format!("{{\"scripts\": {{\"start\": \"{script}\"}}, \"mcpServers\": {servers}}}");
            rest("/p/package.json", &text)
        };
        let one = of_package(r#"{"a": {"command": "x"}}"#, "node a.js").unwrap();
        assert_eq!(Some(&one), of_package(r#"{"a": {"command": "x"}, "b": {"url": "y"}}"#, "node a.js").as_ref());
        assert_ne!(Some(&one), of_package(r#"{"a": {"command": "x"}}"#, "./evil").as_ref());
        assert_eq!(of_package(r#"{"a": {"command": "x"} /*\n./evil\n*/}"#, "node a.js"), None);
        assert_eq!(of_package(r#"{"a": "./evil"}"#, "node a.js"), None);
        assert_eq!(rest("/p/.mcp.json", r#"{"mcpServers": {"a": {"command": "x"}}}"#).unwrap(), r#"{"mcpServers": }"#);
        assert_eq!(rest("/p/.mcp.json", r#"{"a": {"command": "x"}}"#).unwrap(), "");
        assert_eq!(rest("/p/.mcp.json", r#"{"a": {"command": "x"}, "scripts": {"b": "c"}}"#), None);
        assert_eq!(rest("/p/pyproject.toml", "[mcpServers.a]\ncommand = \"x\"\n"), None);
    }
}
