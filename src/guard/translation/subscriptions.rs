//! Who hears of changes: `subscriptions/listen` of the newer revisions over the notifications of the older ones.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::messages::raw;
use super::steps::Step;
use crate::guard::message::RequestId;
use crate::guard::methods::{ACKNOWLEDGED, SUBSCRIPTION, TOOLS_CHANGED};
use crate::guard::raw_object::RawObject;

const UPDATED: &str = "notifications/resources/updated";
/// The fields of a filter, with the notification that each is for and the capability that announces it.
const CHANGES: [(&str, &str, &str); 3] = [
    ("toolsListChanged", TOOLS_CHANGED, "tools"),
    ("promptsListChanged", "notifications/prompts/list_changed", "prompts"),
    ("resourcesListChanged", "notifications/resources/list_changed", "resources"),
];
const RESOURCES: &str = "resourceSubscriptions";
/// Most subscriptions at once, and most resources of one.
const MAX_SUBSCRIPTIONS: usize = 1_000;
const MAX_RESOURCES: usize = 1_000;

/// The subscriptions of all clients of a server.
#[derive(Default)]
pub(super) struct Subscriptions(Vec<Subscription>);

struct Subscription {
    /// The request that began it.
    id: RequestId,
    notifications: Vec<&'static str>,
    resources: Vec<String>,
}

/// Whether a notification of the server is one that only subscribers get.
pub(super) fn is_for_subscribers(method: &str) -> bool {
    method == UPDATED || CHANGES.iter().any(|(_, notification, _)| *notification == method)
}

impl Subscriptions {
    /// Begins the subscription `id` with the filter in `params`. Returns the acknowledgment, and the resources that the server
    /// is to watch.
    pub(super) fn begin(
        &mut self,
        id: RequestId,
        params: &RawObject<'_>,
        capabilities: &RawObject<'_>,
    ) -> Result<(Step, Vec<String>), &'static str> {
        if self.0.len() >= MAX_SUBSCRIPTIONS {
            return Err("too many subscriptions are open");
        }
        let filter: Value =
            params.get("notifications").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let has = |capability: &str, flag: &str| {
            capabilities.object(capability).is_some_and(|capability| capability.get(flag) == Some("true"))
        };
        let mut honoured = json!({});
        let mut notifications = Vec::new();
        for (field, notification, capability) in CHANGES {
            if filter[field] == true && has(capability, "listChanged") {
                honoured[field] = true.into();
                notifications.push(notification);
            }
        }
        let named = filter[RESOURCES].as_array().filter(|_| has("resources", "subscribe"));
        let named = named.into_iter().flatten().filter_map(Value::as_str).take(MAX_RESOURCES);
        let resources: Vec<String> = named.map(str::to_owned).collect();
        if !resources.is_empty() {
            honoured[RESOURCES] = json!(resources);
        }
        let params = json!({"_meta": {SUBSCRIPTION: id.to_json()}, "notifications": honoured});
        let acknowledged = json!({"jsonrpc": "2.0", "method": ACKNOWLEDGED, "params": params});
        let new = resources.iter().filter(|uri| !self.0.iter().any(|it| it.resources.contains(uri))).cloned().collect();
        self.0.push(Subscription { id, notifications, resources });
        Ok((Step::FromServer(acknowledged.to_string()), new))
    }

    /// Ends the subscription `id`. Returns the resources that nobody wants any more. `None` if there is none.
    pub(super) fn end(&mut self, id: &RequestId) -> Option<Vec<String>> {
        let at = self.0.iter().position(|subscription| subscription.id == *id)?;
        let ended = self.0.remove(at);
        Some(ended.resources.into_iter().filter(|uri| !self.0.iter().any(|it| it.resources.contains(uri))).collect())
    }

    /// The notification `object` for each subscriber of it.
    pub(super) fn notified(&self, method: &str, object: &RawObject<'_>) -> Vec<Step> {
        let params = object.object("params").unwrap_or_default();
        let uri = params.text("uri");
        let wanted = self.0.iter().filter(|it| match method {
            // A server may name a part of the resource.
            UPDATED => {
                uri.as_ref().is_some_and(|uri| it.resources.iter().any(|wanted| uri.starts_with(wanted.as_str())))
            }
            _ => it.notifications.contains(&method),
        });
        wanted.map(|subscription| Step::FromServer(addressed(object, &params, &subscription.id))).collect()
    }
}

/// The notification with the id of the subscription that it is for.
fn addressed(object: &RawObject<'_>, params: &RawObject<'_>, id: &RequestId) -> String {
    let (mut object, mut params) = (object.clone(), params.clone());
    let mut meta = params.object("_meta").map(RawObject::into_owned).unwrap_or_default();
    meta.set(SUBSCRIPTION, raw(&id.to_json()));
    let meta: Box<RawValue> = meta.to_raw();
    params.set("_meta", meta);
    object.set("params", params.to_raw());
    object.to_raw().get().to_owned()
}
