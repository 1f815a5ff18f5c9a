//! Messages between a client of the revisions without `initialize` and a server that the guard has initialized.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::messages::{self, Handshake, raw};
use super::open_requests::{Answered, OpenRequests, Retried};
use super::steps::Step;
use super::subscriptions::{Subscriptions, is_for_subscribers};
use crate::guard::client::REVISION;
use crate::guard::error_codes::{INVALID_PARAMS, UNSUPPORTED_REVISION};
use crate::guard::message::{self, Message, RequestId};
use crate::guard::methods::{CANCELLED, DISCOVER, INITIALIZE, LOG_LEVEL, LOG_MESSAGE, PING};
use crate::guard::raw_object::RawObject;
use crate::guard::replies;
use crate::source::newest_revision;
use crate::text::clean;

const LISTEN: &str = "subscriptions/listen";
const SUBSCRIBE: &str = "resources/subscribe";
const UNSUBSCRIBE: &str = "resources/unsubscribe";
const SET_LEVEL: &str = "logging/setLevel";
/// Requests and notifications of the client that only the older revisions have.
const OLDER_REQUESTS: [&str; 5] = [INITIALIZE, PING, SET_LEVEL, SUBSCRIBE, UNSUBSCRIBE];
const OLDER_NOTIFICATIONS: [&str; 2] = ["notifications/initialized", "notifications/roots/list_changed"];

/// A server that the guard has initialized in the place of its client.
pub(super) struct Ready {
    handshake: Handshake,
    /// Whether several clients share the server. It may then ask none of them: nobody knows which one it means.
    is_shared: bool,
    requests: OpenRequests,
    subscriptions: Subscriptions,
    /// The level of log messages that the server was asked for.
    log_level: Option<String>,
}

impl Ready {
    pub(super) fn new(handshake: Handshake, is_shared: bool) -> Self {
        Self {
            handshake,
            is_shared,
            requests: OpenRequests::default(),
            subscriptions: Subscriptions::default(),
            log_level: None,
        }
    }

    /// Handles a message of the client.
    pub(super) fn client_sends(&mut self, line: &str) -> Vec<Step> {
        let mut steps = self.requests.end_abandoned();
        match message::parse(line) {
            Ok(Message::Request { id, method, object }) => steps.extend(self.request(id, &method, &object)),
            Ok(Message::Notification { method, object }) if method == CANCELLED => {
                let id = RequestId::cancelled_by(&object);
                steps.extend(id.into_iter().flat_map(|id| self.cancelled(&id)));
            }
            Ok(Message::Notification { method, .. }) if !OLDER_NOTIFICATIONS.contains(&method.as_str()) => {
                steps.push(Step::ToServer(line.to_owned()));
            }
            // A client of these revisions replies to nothing.
            Ok(Message::Notification { .. } | Message::Response { .. } | Message::Batch(_)) | Err(_) => {}
        }
        steps
    }

    fn request(&mut self, id: RequestId, method: &str, object: &RawObject<'_>) -> Vec<Step> {
        if OLDER_REQUESTS.contains(&method) {
            return vec![Step::unknown_method(&id, method)];
        }
        let params = object.object("params");
        if params.is_none() && object.get("params").is_some() {
            return vec![Step::error(&id, INVALID_PARAMS, "the parameters are ambiguous, or no object")];
        }
        let meta = params.as_ref().and_then(|params| params.object("_meta")).unwrap_or_default();
        if let Some(requested) = meta.text(REVISION).filter(|revision| *revision != newest_revision()) {
            return vec![unsupported(&id, &requested)];
        }
        match (method, &params) {
            (DISCOVER, _) => vec![Step::FromServer(messages::reply(&id, self.handshake.discovered()))],
            (LISTEN, Some(params)) => self.listen(id, params),
            (LISTEN, None) => vec![Step::error(&id, INVALID_PARAMS, "the subscription names no notifications")],
            _ => {
                if let Some(params) = &params
                    && let Some(token) = params.text("requestState")
                {
                    return match self.requests.retried(id, method, params, &token) {
                        Retried::Steps(steps) => steps,
                        Retried::Answered(mut steps, answered) => {
                            steps.push(self.reply(&answered));
                            steps
                        }
                    };
                }
                let mut steps: Vec<Step> = self.log_level(meta.text(LOG_LEVEL).as_deref()).into_iter().collect();
                let may_be_task = self.handshake.has_tasks_of_calls();
                steps.push(self.requests.begin(id, method, object, params.as_ref(), may_be_task));
                steps
            }
        }
    }

    /// Asks the server for log messages of `level`, if it was not and sends some.
    fn log_level(&mut self, level: Option<&str>) -> Option<Step> {
        let level = level.filter(|level| self.log_level.as_deref() != Some(level))?;
        self.handshake.capabilities.get("logging")?;
        self.log_level = Some(level.to_owned());
        Some(self.own(SET_LEVEL, &json!({"level": level})))
    }

    /// A request of the guard, to whose reply nobody listens.
    fn own(&mut self, method: &str, params: &Value) -> Step {
        let id = self.requests.next_number();
        Step::ToServer(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string())
    }

    fn listen(&mut self, id: RequestId, params: &RawObject<'_>) -> Vec<Step> {
        match self.subscriptions.begin(id.clone(), params, &self.handshake.capabilities) {
            Err(why) => vec![Step::failed(&id, why)],
            Ok((acknowledged, resources)) => {
                let watched = resources.iter().map(|uri| self.own(SUBSCRIBE, &json!({"uri": uri}))).collect::<Vec<_>>();
                [acknowledged].into_iter().chain(watched).collect()
            }
        }
    }

    fn cancelled(&mut self, id: &RequestId) -> Vec<Step> {
        match self.subscriptions.end(id) {
            Some(resources) => resources.iter().map(|uri| self.own(UNSUBSCRIBE, &json!({"uri": uri}))).collect(),
            None => self.requests.cancelled(id),
        }
    }

    /// Handles a message of the server.
    pub(super) fn server_sends(&mut self, line: &str) -> Vec<Step> {
        match message::parse(line) {
            Ok(Message::Response { id: Some(RequestId::Integer(number)), object, .. }) => {
                if let Some(step) = self.requests.goes_on_as_task(number, &object) {
                    return vec![step];
                }
                let answered = self.requests.answered(number, line.to_owned());
                answered.map(|answered| self.reply(&answered)).into_iter().collect()
            }
            // A late reply to what the guard asked before the handshake.
            Ok(Message::Response { id: Some(RequestId::Text(_)), .. }) => Vec::new(),
            Ok(Message::Request { id, method, .. }) if method == PING => vec![Step::pong(&id)],
            Ok(Message::Request { id, .. }) if self.is_shared => {
                vec![Step::refusal(&id, "several clients share this server, so none of them can be asked")]
            }
            Ok(Message::Request { id, method, object }) => self.requests.asked(id, &method, object.get("params")),
            Ok(Message::Notification { method, object }) => self.notified(&method, &object, line),
            Ok(Message::Response { id: None, .. } | Message::Batch(_)) | Err(_) => {
                vec![Step::FromServer(line.to_owned())]
            }
        }
    }

    fn notified(&mut self, method: &str, object: &RawObject<'_>, line: &str) -> Vec<Step> {
        match method {
            CANCELLED => {
                RequestId::cancelled_by(object).into_iter().for_each(|id| self.requests.question_is_void(&id));
                Vec::new()
            }
            LOG_MESSAGE if !self.requests.want_log() => Vec::new(),
            _ if is_for_subscribers(method) => self.subscriptions.notified(method, object),
            _ => vec![Step::FromServer(line.to_owned())],
        }
    }

    /// A reply of the server as the client gets it.
    fn reply(&self, Answered { client, method, reply }: &Answered) -> Step {
        let Ok(mut object) = RawObject::parse(reply) else {
            return Step::failed(client, "the server's reply cannot be read");
        };
        object.set("id", raw(&client.to_json()));
        let result = object.get("result").and_then(|result| self.handshake.result(method, result));
        let error = object.get("error").and_then(|error| messages::error(method, error));
        let set = |object: &mut RawObject<'_>, key: &'static str, value: Option<Box<RawValue>>| {
            if let Some(value) = value {
                object.set(key, value);
            }
        };
        set(&mut object, "result", result);
        set(&mut object, "error", error);
        Step::FromServer(object.to_raw().get().to_owned())
    }

    /// The id that the client gave the request `id`, which the server will not answer.
    pub(super) fn is_failed(&mut self, id: &RequestId) -> Option<RequestId> {
        match id {
            RequestId::Integer(number) => self.requests.failed(*number),
            RequestId::Text(_) => None,
        }
    }

    /// The server answers nothing any more.
    pub(super) fn forget_requests(&mut self) {
        self.requests.clear();
    }
}

fn unsupported(id: &RequestId, requested: &str) -> Step {
    let data = json!({"supported": [newest_revision()], "requested": clean::excerpt(requested, 40)});
    let error =
        json!({"code": UNSUPPORTED_REVISION, "message": "mcp-scan guard: the revision is not supported", "data": data});
    Step::reply(replies::to_line(&json!({"jsonrpc": "2.0", "id": id.to_json(), "error": error})))
}
