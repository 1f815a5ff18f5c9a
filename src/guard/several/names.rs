//! The names under which a client sees what several servers offer: `SERVER__TOOL`, and `SERVER+URI` for resources.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::guard::raw_object::RawObject;

const NAME_MARK: &str = "__";
const URI_MARK: &str = "+";
/// The members that hold the address of a resource.
const URIS: [&str; 2] = ["uri", "uriTemplate"];
/// Where the results of uses name resources: the list, and the member of an item that does. Empty is the item itself.
const PLACES: [(&str, &str); 4] = [("content", ""), ("content", "resource"), ("contents", ""), ("messages", "content")];

/// True if names that begin with that of the server can be told from those of others.
pub(crate) fn is_usable(server: &str) -> bool {
    !server.contains(NAME_MARK) && !server.ends_with('_')
}

/// The name of a tool or a prompt of `server`.
pub(super) fn of_item(server: &str, name: &str) -> String {
    format!("{server}{NAME_MARK}{name}")
}

/// The address of a resource of `server`.
pub(super) fn of_resource(server: &str, uri: &str) -> String {
    format!("{server}{URI_MARK}{uri}")
}

/// The server and the name that it knows.
pub(super) fn split_item(name: &str) -> Option<(&str, &str)> {
    name.split_once(NAME_MARK)
}

/// The server and the address that it knows.
pub(super) fn split_resource(uri: &str) -> Option<(&str, &str)> {
    uri.split_once(URI_MARK)
}

/// An item of a list with the name or address that the client sees. `None` if it has none.
pub(super) fn seen_item(server: &str, item: &str, key: &'static str) -> Option<Box<RawValue>> {
    let mut object = RawObject::parse(item).ok()?;
    let own = object.text(key)?.into_owned();
    let seen = if URIS.contains(&key) { of_resource(server, &own) } else { of_item(server, &own) };
    object.set(key, json_text(&seen));
    Some(object.to_raw())
}

/// The result of a use, in which addresses of resources are those that the client sees. `None` if it names none.
pub(super) fn seen_result(server: &str, result: &str) -> Option<Box<RawValue>> {
    // Most results name none, and are left as they are.
    if !result.contains("\"uri\"") {
        return None;
    }
    let mut object = RawObject::parse(result).ok()?.into_owned();
    let mut changed = false;
    for (list, member) in PLACES {
        let Some(items) = object.get(list).and_then(|json| serde_json::from_str::<Vec<Value>>(json).ok()) else {
            continue;
        };
        let mut items = items;
        for item in &mut items {
            let place = if member.is_empty() { Some(item) } else { item.get_mut(member) };
            let Some(Value::String(uri)) = place.and_then(|place| place.get_mut("uri")) else { continue };
            *uri = of_resource(server, uri);
            changed = true;
        }
        if changed {
            object.set(list, serde_json::value::to_raw_value(&items).ok()?);
        }
    }
    changed.then(|| object.to_raw())
}

pub(super) fn json_text(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_again() {
        assert_eq!(split_item(&of_item("shop", "a__b")), Some(("shop", "a__b")));
        assert_eq!(split_item(&of_item("shop", "_b")), Some(("shop", "_b")));
        assert_eq!(split_resource(&of_resource("wiki", "git+ssh://x")), Some(("wiki", "git+ssh://x")));
        assert!(is_usable("my_shop") && !is_usable("my__shop") && !is_usable("shop_"));
        let seen = seen_item("shop", r#"{"name":"look","x": 1.0}"#, "name").unwrap();
        assert_eq!(seen.get(), r#"{"name":"shop__look","x":1.0}"#);
        let result =
            r#"{"content":[{"type":"resource_link","uri":"file:///a"},{"type":"resource","resource":{"uri":"b:c"}}]}"#;
        let seen = seen_result("shop", result).unwrap();
        assert!(seen.get().contains(r#""shop+file:///a""#) && seen.get().contains(r#""shop+b:c""#), "{seen}");
        assert!(seen_result("shop", r#"{"content":[{"type":"text","text":"uri"}]}"#).is_none());
    }
}
