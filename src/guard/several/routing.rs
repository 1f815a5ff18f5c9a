//! Which server a message of the client is for, and how that server reads it.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::merging::is_list;
use super::names::{json_text, split_item, split_resource};
use crate::guard::methods::{CALL_TOOL, DISCOVER, GET_PROMPT, GET_SKILL, INITIALIZE, PING, READ_RESOURCE};
use crate::guard::raw_object::RawObject;

pub(super) const LISTEN: &str = "subscriptions/listen";
const SET_LEVEL: &str = "logging/setLevel";
const COMPLETE: &str = "completion/complete";
/// The methods that use something of one server, with the parameter that names it and whether that is an address.
const USES: [(&str, &str, bool); 7] = [
    (CALL_TOOL, "name", false),
    (GET_PROMPT, "name", false),
    (READ_RESOURCE, "uri", true),
    (GET_SKILL, "uri", true),
    ("resources/subscribe", "uri", true),
    ("resources/unsubscribe", "uri", true),
    ("resources/directory/list", "uri", true),
];
/// The methods for a task of one server.
const TASKS: &str = "tasks/";

/// Where a request goes.
pub(super) enum Route {
    /// To all servers; their replies are joined.
    All,
    /// To the server of this name, as this message.
    One(String, String),
    /// To all servers, for each the addresses that are its own.
    Listen,
    /// To the server that has begun this task.
    Task(String),
    /// The guard replies itself.
    Pong,
    /// Nowhere; why, in a sentence.
    Nowhere(String),
    UnknownMethod,
}

/// Where the request `object` for `method` goes.
pub(super) fn route(method: &str, object: &RawObject<'_>) -> Route {
    match method {
        INITIALIZE | DISCOVER | SET_LEVEL => Route::All,
        PING => Route::Pong,
        LISTEN => Route::Listen,
        COMPLETE => completed(object),
        _ if is_list(method) => Route::All,
        _ if method.starts_with(TASKS) => {
            let task = object.object("params").and_then(|params| params.text("taskId").map(|id| id.into_owned()));
            task.map_or_else(|| Route::Nowhere("the request names no task".into()), Route::Task)
        }
        _ => match USES.into_iter().find(|(known, ..)| *known == method) {
            Some((_, key, is_address)) => used(object, key, is_address),
            None => Route::UnknownMethod,
        },
    }
}

fn used(object: &RawObject<'_>, key: &'static str, is_address: bool) -> Route {
    let params = object.object("params");
    let named = params.as_ref().and_then(|params| params.text(key).map(|text| text.into_owned()));
    let (Some(params), Some(named)) = (params, named) else {
        return Route::Nowhere(format!("the request has no unambiguous {key}"));
    };
    let split = if is_address { split_resource(&named) } else { split_item(&named) };
    let Some((server, own)) = split else { return Route::Nowhere(unknown(&named)) };
    Route::One(server.to_owned(), with_param(object, &params, key, json_text(own)))
}

fn completed(object: &RawObject<'_>) -> Route {
    const NO_REFERENCE: &str = "the request names neither a prompt nor a resource";
    let params = object.object("params").unwrap_or_default();
    let Some(mut reference) = params.object("ref").map(RawObject::into_owned) else {
        return Route::Nowhere(NO_REFERENCE.into());
    };
    for (key, is_address) in [("name", false), ("uri", true)] {
        let Some(named) = reference.text(key).map(|text| text.into_owned()) else { continue };
        let split = if is_address { split_resource(&named) } else { split_item(&named) };
        let Some((server, own)) = split else { return Route::Nowhere(unknown(&named)) };
        reference.set(key, json_text(own));
        return Route::One(server.to_owned(), with_param(object, &params, "ref", reference.to_raw()));
    }
    Route::Nowhere(NO_REFERENCE.into())
}

/// Why a name is of no server.
pub(super) fn unknown(name: &str) -> String {
    format!("no server behind this guard has {}", crate::text::clean::excerpt(name, 100))
}

fn with_param(object: &RawObject<'_>, params: &RawObject<'_>, key: &'static str, value: Box<RawValue>) -> String {
    let (mut object, mut params) = (object.clone(), params.clone());
    params.set(key, value);
    object.set("params", params.to_raw());
    object.to_raw().get().to_owned()
}

/// The request with another cursor, for the next page.
pub(super) fn next_page(line: &str, cursor: &str) -> Option<String> {
    let object = RawObject::parse(line).ok()?;
    let params = object.object("params").unwrap_or_default();
    Some(with_param(&object, &params, "cursor", json_text(cursor)))
}

/// The subscription `object` as `server` gets it: of the resources only its own.
pub(super) fn listen_for(server: &str, object: &RawObject<'_>) -> Option<String> {
    let params = object.object("params")?;
    let mut filter: Value = serde_json::from_str(params.get("notifications")?).ok()?;
    if let Some(resources) = filter.get_mut("resourceSubscriptions") {
        let own = resources.as_array().into_iter().flatten().filter_map(Value::as_str).filter_map(split_resource);
        let own: Vec<&str> = own.filter(|(name, _)| *name == server).map(|(_, uri)| uri).collect();
        *resources = json!(own);
    }
    Some(with_param(object, &params, "notifications", RawValue::from_string(filter.to_string()).ok()?))
}
