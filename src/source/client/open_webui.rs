//! Open WebUI: the connections of its exported configuration, or of the variable by which a deployment sets them.

use serde_json::{Value, json};

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// The variable with the connections, as JSON. A configuration that the program sends and returns has it as a key.
pub(super) const VARIABLE: &str = "TOOL_SERVER_CONNECTIONS";

pub(crate) const CLIENT: Client = Client {
    name: ClientName::OPEN_WEBUI,
    places: &[
        ConfigPath::Project("docker-compose.yml"),
        ConfigPath::Project("docker-compose.yaml"),
        ConfigPath::Project("compose.yml"),
        ConfigPath::Project("compose.yaml"),
    ],
    servers: &[&["tool_server", "connections"], &[VARIABLE]],
    placeholders: Placeholders::DollarBraces,
};

/// Moves the connections that a service of a Compose file gets in its environment to the top of `document`. Connections
/// to servers of another protocol are left out.
pub(super) fn collect_connections(document: &mut Value) {
    // The list that its window exports and imports.
    if let Value::Array(connections) = document
        && connections.iter().any(is_mcp)
    {
        *document = json!({ VARIABLE: std::mem::take(connections) });
    }
    let mut found: Vec<Value> = Vec::new();
    let services = document.get("services").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    for service in services {
        let text = match service.get("environment") {
            Some(Value::Object(map)) => map.get(VARIABLE).and_then(Value::as_str),
            Some(Value::Array(list)) => {
                let mut texts = list.iter().filter_map(Value::as_str);
                texts.find_map(|text| text.strip_prefix(VARIABLE)?.strip_prefix('='))
            }
            _ => None,
        };
        let connections = text.and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
        found.extend(connections.into_iter().flatten());
    }
    for keys in [&["tool_server", "connections"][..], &[VARIABLE]] {
        let below = keys.iter().try_fold(&mut *document, |value, key| value.get_mut(*key));
        if let Some(Value::Array(list)) = below {
            list.retain(is_mcp);
        }
    }
    found.retain(is_mcp);
    if let (Value::Object(root), false) = (document, found.is_empty()) {
        root.insert(VARIABLE.to_owned(), json!(found));
    }
}

fn is_mcp(connection: &Value) -> bool {
    connection.get("type").and_then(Value::as_str) == Some("mcp")
}
