//! Passes on what the server returns or asks for after it was read.

use std::borrow::Cow;
use std::sync::Arc;

use super::imitation;
use super::message::RequestId;
use super::raw_object::RawObject;
use super::replies;
use super::results::{CheckedResult, Passed, ResultReader};
use super::session::Session;
use crate::text::{clean, prose};

/// Longer results are read on a thread of their own, in bytes.
const LONG: usize = 16 << 10;

/// A reply that was read.
pub(super) struct CheckedReply<'l> {
    pub(super) line: Cow<'l, [u8]>,
    /// The ids of what was found in it.
    pub(super) found: Vec<String>,
    pub(super) withheld: bool,
}

impl Session {
    /// Reads the reply `object`, sent as `line`, if results are watched. A withheld reply to a call is a result that the
    /// model reads.
    pub(super) async fn checked<'l>(
        &self,
        id: &RequestId,
        mut object: RawObject<'_>,
        line: &'l str,
        is_call: bool,
    ) -> CheckedReply<'l> {
        let unchanged = CheckedReply { line: Cow::Borrowed(line.as_bytes()), found: Vec::new(), withheld: false };
        let Some(reader) = &self.gate.options.results else { return unchanged };
        let has_error = object.get("error").is_some_and(|json| json != "null");
        let key = match (has_error, object.get("result").is_some()) {
            // Clients differ in which of the two they take.
            (true, true) => {
                let line = replies::failed(id, "The reply has a result and an error.");
                return CheckedReply { line: Cow::Owned(line), found: vec!["unreadable".into()], withheld: true };
            }
            (true, false) => "error",
            (false, _) => "result",
        };
        let Some(json) = object.get(key) else { return unchanged };
        let CheckedResult { passed, found } = check(reader, json).await;
        self.report_found("a result", &found);
        match passed {
            Passed::Unchanged => CheckedReply { found, ..unchanged },
            Passed::Changed(json) => {
                object.set(key, json);
                CheckedReply { line: Cow::Owned(object.to_raw().get().into()), found, withheld: false }
            }
            Passed::Withheld(why) => {
                let is_modern = object.object(key).is_some_and(|result| result.get("resultType").is_some());
                let line = match is_call && key == "result" {
                    true => replies::withheld(id, &why, is_modern),
                    false => replies::failed(id, &why),
                };
                CheckedReply { line: Cow::Owned(line), found, withheld: true }
            }
        }
    }

    /// Reads the request `object` of the server, sent as `line`, if results are watched: a model or a person reads what it asks
    /// for. Returns what the client gets, or as an error the reply to a request that is withheld from the client.
    pub(super) async fn checked_request<'l>(
        &self,
        id: &RequestId,
        method: &str,
        mut object: RawObject<'_>,
        line: &'l str,
    ) -> Result<Cow<'l, [u8]>, Vec<u8>> {
        let marked = object.get("params").and_then(|params| imitation::marked_request(method, params));
        let is_marked = marked.is_some();
        if let Some(params) = marked {
            object.set("params", params);
        }
        let own = is_marked.then(|| object.to_raw().get().to_owned());
        let checked = match &own {
            Some(own) => self.checked_params("a request", object, own).await.map(|line| Cow::Owned(line.into_owned())),
            None => self.checked_params("a request", object, line).await,
        };
        checked.ok_or_else(|| replies::failed(id, "the request is not safe to read"))
    }

    /// Reads the notification `object` of the server, sent as `line`, if results are watched: it may hold the result of a task, or
    /// a text that the client shows. Returns what the client gets; `None` if it is withheld.
    pub(super) async fn checked_notification<'l>(&self, object: RawObject<'_>, line: &'l str) -> Option<Cow<'l, [u8]>> {
        self.checked_params("a notification", object, line).await
    }

    async fn checked_params<'l>(
        &self,
        message: &str,
        mut object: RawObject<'_>,
        line: &'l str,
    ) -> Option<Cow<'l, [u8]>> {
        let unchanged = Cow::Borrowed(line.as_bytes());
        let Some(reader) = &self.gate.options.results else { return Some(unchanged) };
        let Some(json) = object.get("params") else { return Some(unchanged) };
        let CheckedResult { passed, found } = check(reader, json).await;
        self.report_found(message, &found);
        match passed {
            Passed::Unchanged => Some(unchanged),
            Passed::Changed(json) => {
                object.set("params", json);
                Some(Cow::Owned(object.to_raw().get().into()))
            }
            Passed::Withheld(_) => None,
        }
    }

    fn report_found(&self, message: &str, found: &[String]) {
        if !found.is_empty() {
            let found: Vec<String> = found.iter().map(|id| clean::excerpt(id, 80)).collect();
            self.gate.report(&format!("{message} of the server holds {}", prose::list(&found)));
        }
    }
}

async fn check(reader: &Arc<ResultReader>, json: &str) -> CheckedResult {
    if json.len() <= LONG {
        return reader.check(json);
    }
    let (reader, json) = (Arc::clone(reader), json.to_owned());
    let read = tokio::task::spawn_blocking(move || reader.check(&json)).await;
    read.unwrap_or_else(|_| CheckedResult {
        passed: Passed::Withheld("The result could not be read.".into()),
        found: vec!["unreadable".into()],
    })
}
