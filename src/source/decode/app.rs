//! Decodes what `_meta.ui` says of apps, on resources and on tools.

use serde_json::{Map, Value};

use super::limits::{MAX_NAME, MAX_PARTS, MAX_URI, cut};
use crate::model::{AppDomain, Item, ToolApp};

/// Adds to `item` what `meta`, the `_meta` of a resource, says of an app.
pub(super) fn add_to(item: &mut Item, meta: &Value) {
    let Some(ui) = meta.get("ui") else { return };
    for (directive, list) in ui.get("csp").and_then(Value::as_object).into_iter().flatten() {
        for domain in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let (directive, domain) = (bounded_name(directive), bounded_name(domain));
            if item.domains.len() < MAX_PARTS {
                item.domains.push(AppDomain { directive, domain });
            }
        }
    }
    let permissions: Vec<&str> = match ui.get("permissions") {
        Some(Value::Object(map)) => {
            map.iter().filter(|(_, value)| **value != Value::Bool(false)).map(|(name, _)| name.as_str()).collect()
        }
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    item.permissions.extend(permissions.into_iter().take(MAX_PARTS).map(bounded_name));
}

/// `_meta.ui` of a tool, in the current form or the older flat one.
pub(super) fn of_tool(map: &Map<String, Value>) -> Option<ToolApp> {
    let meta = map.get("_meta")?;
    let ui = meta.get("ui").filter(|ui| ui.is_object());
    let uri = ui.and_then(|ui| ui.get("resourceUri")).or_else(|| meta.get("ui/resourceUri")).and_then(Value::as_str);
    let visibility = ui.and_then(|ui| ui.get("visibility")).and_then(Value::as_array);
    let app = ToolApp {
        resource_uri: uri.map(|uri| cut(uri, MAX_URI).unwrap_or_else(|| uri.to_owned())),
        visibility: visibility
            .map(|list| list.iter().take(MAX_PARTS).filter_map(Value::as_str).map(bounded_name).collect()),
    };
    (app != ToolApp::default()).then_some(app)
}

fn bounded_name(name: &str) -> String {
    cut(name, MAX_NAME).unwrap_or_else(|| name.to_owned())
}
