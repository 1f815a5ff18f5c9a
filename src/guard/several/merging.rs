//! The replies of several servers as one.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::names;
use crate::guard::era::guard_info;
use crate::guard::methods::{DISCOVER, INITIALIZE, LIST_TOOLS};
use crate::guard::raw_object::RawObject;
use crate::source::newest_revision;

/// The methods that list something, with the key of the list and that of the name or address of an item.
const LISTS: [(&str, &str, &str); 5] = [
    (LIST_TOOLS, "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    ("resources/templates/list", "resourceTemplates", "uriTemplate"),
    ("skills/list", "skills", "uri"),
];
/// Longest instructions of one server that are passed on, in characters.
const MAX_INSTRUCTIONS: usize = 100_000;
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// True if all servers are asked, and their lists are joined.
pub(super) fn is_list(method: &str) -> bool {
    LISTS.iter().any(|(list, ..)| *list == method)
}

/// The result for `method` from the results of the servers that have one, each with its name. `None` if the replies are not
/// joined.
pub(super) fn merged(method: &str, results: &[(&str, Vec<String>)]) -> Option<Box<RawValue>> {
    match method {
        INITIALIZE => Some(raw(&handshake(results))),
        DISCOVER => Some(raw(&discovery(results))),
        _ if is_list(method) => list(method, results),
        _ => results.iter().find_map(|(_, pages)| RawValue::from_string(pages.first()?.clone()).ok()),
    }
}

fn handshake(results: &[(&str, Vec<String>)]) -> Value {
    let parsed = parsed(results);
    let oldest = parsed.iter().filter_map(|(_, result)| result["protocolVersion"].as_str()).min();
    let mut result = json!({
        "protocolVersion": oldest,
        "capabilities": capabilities(&parsed),
        "serverInfo": guard_info(),
    });
    if let Some(text) = instructions(&parsed) {
        result["instructions"] = text.into();
    }
    result
}

fn discovery(results: &[(&str, Vec<String>)]) -> Value {
    let parsed = parsed(results);
    let mut result = json!({
        "resultType": "complete",
        "supportedVersions": [newest_revision()],
        "capabilities": capabilities(&parsed),
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": {SERVER_INFO: guard_info()},
    });
    if let Some(text) = instructions(&parsed) {
        result["instructions"] = text.into();
    }
    result
}

fn parsed<'r>(results: &[(&'r str, Vec<String>)]) -> Vec<(&'r str, Value)> {
    let first =
        |pages: &Vec<String>| pages.first().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    results.iter().map(|(name, pages)| (*name, first(pages))).collect()
}

/// What one of the servers can do.
fn capabilities(results: &[(&str, Value)]) -> Value {
    let mut all = Value::Object(Map::new());
    results.iter().for_each(|(_, result)| join(&mut all, &result["capabilities"]));
    all
}

fn join(all: &mut Value, one: &Value) {
    match (all, one) {
        (Value::Object(all), Value::Object(one)) => {
            for (key, value) in one {
                join(all.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (all @ Value::Null, value) => *all = value.clone(),
        (Value::Bool(all), Value::Bool(one)) => *all |= one,
        _ => {}
    }
}

/// The instructions of all servers, each below its name.
fn instructions(results: &[(&str, Value)]) -> Option<String> {
    let given = results.iter().filter_map(|(name, result)| Some((name, result["instructions"].as_str()?)));
    let parts: Vec<String> = given
        .map(|(name, text)| {
            format!(
                "The tools {} are of the server {name}. It says:\n{}",
                names::of_item(name, "*"),
                text.chars().take(MAX_INSTRUCTIONS).collect::<String>()
            )
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// The pages of all servers as one list.
fn list(method: &str, results: &[(&str, Vec<String>)]) -> Option<Box<RawValue>> {
    let (_, key, name) = LISTS.into_iter().find(|(list, ..)| *list == method)?;
    let mut items: Vec<Box<RawValue>> = Vec::new();
    let mut first: Option<RawObject<'static>> = None;
    for (server, pages) in results {
        for page in pages {
            let Ok(object) = RawObject::parse(page) else { continue };
            let listed: Vec<&RawValue> =
                object.get(key).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
            items.extend(listed.into_iter().filter_map(|item| names::seen_item(server, item.get(), name)));
            first.get_or_insert_with(|| object.clone().into_owned());
        }
    }
    let mut result = first?;
    let is_modern = result.get("resultType").is_some();
    ["nextCursor", "_meta"].into_iter().for_each(|key| result.remove(key));
    result.set(key, to_raw_value(&items).ok()?);
    if is_modern {
        result.set("ttlMs", raw(&json!(0)));
        result.set("cacheScope", raw(&json!("private")));
        result.set("_meta", raw(&json!({SERVER_INFO: guard_info()})));
    }
    Some(result.to_raw())
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}
