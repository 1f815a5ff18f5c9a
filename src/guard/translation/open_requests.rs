//! Requests of the client that wait at the server, and what the server asks meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::messages::{self, raw, stripped};
use super::steps::Step;
use crate::guard::client::CLIENT_CAPABILITIES;
use crate::guard::error_codes::{INVALID_PARAMS, METHOD_NOT_FOUND};
use crate::guard::message::RequestId;
use crate::guard::methods::{CALL_TOOL, CANCELLED, GET_PROMPT, LOG_LEVEL, READ_RESOURCE};
use crate::guard::random_id::random_id;
use crate::guard::raw_object::RawObject;
use crate::text::digest;

/// The methods during which a server may ask the client for something.
const ASKING: [&str; 3] = [CALL_TOOL, GET_PROMPT, READ_RESOURCE];
/// What a server may ask for, with the capability of the client that it needs.
const QUESTIONS: [(&str, &str); 3] =
    [("elicitation/create", "elicitation"), ("sampling/createMessage", "sampling"), ("roots/list", "roots")];
/// Most requests that wait for an answer of the client, and how long one waits.
const MAX_SUSPENDED: usize = 100;
const MAX_WAIT: Duration = Duration::from_secs(10 * 60);
/// Most questions of the server during one request at once.
const MAX_QUESTIONS: usize = 20;

/// The requests that the server was sent, by the number that each has there.
#[derive(Default)]
pub(super) struct OpenRequests {
    number: i64,
    open: BTreeMap<i64, Open>,
}

/// A request that the server has not answered.
struct Open {
    /// The id of the client's request that gets the reply. `None` while the client has to answer a question.
    client: Option<RequestId>,
    method: String,
    /// Tells whether a request is the same one, made again. `None` if the server may not ask during it.
    identity: Option<String>,
    /// What the client can do.
    capabilities: Vec<&'static str>,
    wants_log: bool,
    questions: Vec<Question>,
    suspended: Option<Suspended>,
    /// The reply, if it came while the client was asked.
    reply: Option<String>,
    task: TaskOfCall,
}

/// Whether a call is made as a task. A server of the older revisions may have tools that are called in no other way, and its
/// client of the newer ones knows nothing of that.
enum TaskOfCall {
    No,
    /// The call as it was sent, in case the server refuses it.
    Possible(RawObject<'static>),
    Requested,
    /// The id of the task whose result is awaited.
    Running(String),
}

/// A question of the server.
struct Question {
    id: RequestId,
    request: Value,
    /// Its name among the requested inputs, once the client was asked.
    name: Option<String>,
}

struct Suspended {
    token: String,
    since: Instant,
}

/// A reply of the server, and which request of the client it answers.
pub(super) struct Answered {
    pub(super) client: RequestId,
    pub(super) method: String,
    pub(super) reply: String,
}

/// What becomes of a request that is made again.
pub(super) enum Retried {
    Steps(Vec<Step>),
    /// The server has answered it meanwhile.
    Answered(Vec<Step>, Answered),
}

impl OpenRequests {
    /// A number for a request of the guard, to whose reply nobody listens.
    pub(super) fn next_number(&mut self) -> i64 {
        self.number += 1;
        self.number
    }

    /// The request `object` of the client as the server gets it.
    pub(super) fn begin(
        &mut self,
        id: RequestId,
        method: &str,
        object: &RawObject<'_>,
        params: Option<&RawObject<'_>>,
        may_be_task: bool,
    ) -> Step {
        let number = self.next_number();
        let meta = params.and_then(|params| params.object("_meta"));
        let stated = meta.as_ref().and_then(|meta| meta.object(CLIENT_CAPABILITIES)).unwrap_or_default();
        let open = Open {
            client: Some(id),
            method: method.to_owned(),
            identity: params.filter(|_| ASKING.contains(&method)).map(|params| identity(method, params)),
            capabilities: QUESTIONS
                .into_iter()
                .map(|(_, name)| name)
                .filter(|name| stated.get(name).is_some())
                .collect(),
            wants_log: meta.as_ref().is_some_and(|meta| meta.get(LOG_LEVEL).is_some()),
            questions: Vec::new(),
            suspended: None,
            reply: None,
            task: TaskOfCall::No,
        };
        let mut object = object.clone();
        object.set("id", raw(&number));
        if let Some(params) = params {
            object.set("params", stripped(params).to_raw());
        }
        let task = match may_be_task && method == CALL_TOOL {
            true => TaskOfCall::Possible(object.clone().into_owned()),
            false => TaskOfCall::No,
        };
        self.open.insert(number, Open { task, ..open });
        Step::ToServer(object.to_raw().get().to_owned())
    }

    /// The server has answered the request `number` with `reply`. `None` if nobody waits for it now.
    pub(super) fn answered(&mut self, number: i64, reply: String) -> Option<Answered> {
        let open = self.open.get_mut(&number)?;
        if open.client.is_none() {
            open.reply = Some(reply);
            return None;
        }
        let open = self.open.remove(&number)?;
        Some(Answered { client: open.client?, method: open.method, reply })
    }

    /// What is to be sent instead of passing on `reply` to the request `number`: the call once more, as a task, or the question
    /// for the result of that task.
    pub(super) fn goes_on_as_task(&mut self, number: i64, reply: &RawObject<'_>) -> Option<Step> {
        let code = reply.object("error").and_then(|error| error.get("code")?.parse().ok());
        let created =
            reply.object("result").and_then(|result| Some(result.object("task")?.text("taskId")?.into_owned()));
        let open = self.open.get_mut(&number)?;
        let (mut request, task) = match (&mut open.task, created) {
            (TaskOfCall::Possible(call), _) if code == Some(METHOD_NOT_FOUND) => {
                let mut params = call.object("params").unwrap_or_default().into_owned();
                params.set("task", raw(&json!({})));
                call.set("params", params.to_raw());
                (std::mem::take(call), TaskOfCall::Requested)
            }
            (TaskOfCall::Requested, Some(id)) => (task_request("tasks/result", &id), TaskOfCall::Running(id)),
            _ => return None,
        };
        let open = self.open.remove(&number)?;
        let number = self.next_number();
        self.open.insert(number, Open { task, ..open });
        request.set("id", raw(&number));
        Some(Step::ToServer(request.to_raw().get().to_owned()))
    }

    /// The server asks for something: `id` is its request, `method` and `params` what it wants.
    pub(super) fn asked(&mut self, id: RequestId, method: &str, params: Option<&str>) -> Vec<Step> {
        const NOBODY: &str = "the client cannot be asked: no request of it waits that allows this question";
        let Some((_, capability)) = QUESTIONS.into_iter().find(|(known, _)| *known == method) else {
            return vec![Step::refusal(&id, "the client knows no such request")];
        };
        let can = |open: &&mut Open| open.identity.is_some() && open.capabilities.contains(&capability);
        // The newest request; one that waits for an answer already only if there is no other.
        let found = self.open.values_mut().filter(can).max_by_key(|open| open.client.is_some());
        let Some(open) = found.filter(|open| open.questions.len() < MAX_QUESTIONS) else {
            return vec![Step::refusal(&id, NOBODY)];
        };
        let mut request = json!({"method": method});
        if let Some(mut params) = params.and_then(|params| serde_json::from_str::<Value>(params).ok()) {
            if let Some(params) = params.as_object_mut() {
                params.remove("_meta");
            }
            request["params"] = params;
        }
        open.questions.push(Question { id: id.clone(), request, name: None });
        match open.suspend() {
            Ok(Some(step)) => vec![step],
            Ok(None) => Vec::new(),
            Err(_) => {
                open.questions.retain(|question| question.id != id);
                vec![Step::refusal(&id, "the client cannot be asked now")]
            }
        }
    }

    /// The server needs no answer to its request any more.
    pub(super) fn question_is_void(&mut self, id: &RequestId) {
        self.open.values_mut().for_each(|open| open.questions.retain(|question| question.id != *id));
    }

    /// The request `id` of the client, a request made again under `token` with the answers in `params`.
    pub(super) fn retried(&mut self, id: RequestId, method: &str, params: &RawObject<'_>, token: &str) -> Retried {
        const UNKNOWN: &str = "the requestState is of no request that waits";
        const ANOTHER: &str = "the requestState belongs to another request";
        let found = self.open.iter_mut().find(|(_, open)| open.suspended.as_ref().is_some_and(|it| it.token == token));
        let Some((number, open)) = found else {
            return Retried::Steps(vec![Step::error(&id, INVALID_PARAMS, UNKNOWN)]);
        };
        if open.identity != Some(identity(method, params)) {
            return Retried::Steps(vec![Step::error(&id, INVALID_PARAMS, ANOTHER)]);
        }
        let number = *number;
        open.suspended = None;
        open.client = Some(id);
        let answers = params.object("inputResponses").unwrap_or_default();
        let (asked, rest): (Vec<_>, Vec<_>) = open.questions.drain(..).partition(|question| question.name.is_some());
        open.questions = rest;
        let answered = asked.into_iter().map(|question| match question.name.and_then(|name| answers.get(&name)) {
            Some(answer) => {
                let mut reply = RawObject::default();
                reply.set("jsonrpc", raw("2.0"));
                reply.set("id", raw(&question.id.to_json()));
                reply.set("result", serde_json::value::RawValue::from_string(answer.to_owned()).unwrap_or_default());
                Step::ToServer(reply.to_raw().get().to_owned())
            }
            None => Step::refusal(&question.id, "the client did not answer"),
        });
        let mut steps: Vec<Step> = answered.collect();
        if let Some(reply) = open.reply.take() {
            return match self.answered(number, reply) {
                Some(answered) => Retried::Answered(steps, answered),
                None => Retried::Steps(steps),
            };
        }
        if !open.questions.is_empty()
            && let Ok(Some(step)) = open.suspend()
        {
            steps.push(step);
        }
        Retried::Steps(steps)
    }

    /// Ends requests whose client does not come back: the server is told, and nobody waits.
    pub(super) fn end_abandoned(&mut self) -> Vec<Step> {
        let mut suspended: Vec<(Instant, i64)> = self
            .open
            .iter()
            .filter_map(|(number, open)| open.suspended.as_ref().map(|it| (it.since, *number)))
            .collect();
        suspended.sort_unstable();
        let too_many = suspended.len().saturating_sub(MAX_SUSPENDED);
        let abandoned = suspended.into_iter().enumerate();
        let abandoned = abandoned.filter(|(at, (since, _))| *at < too_many || since.elapsed() > MAX_WAIT);
        let numbers: Vec<i64> = abandoned.map(|(_, (_, number))| number).collect();
        numbers.into_iter().flat_map(|number| self.end(number)).collect()
    }

    fn end(&mut self, number: i64) -> Vec<Step> {
        let Some(open) = self.open.remove(&number) else { return Vec::new() };
        let questions = open.questions.iter().map(|question| Step::refusal(&question.id, "the client did not answer"));
        let params = json!({"requestId": number, "reason": "the client does not wait any more"});
        let cancelled = json!({"jsonrpc": "2.0", "method": CANCELLED, "params": params}).to_string();
        let mut steps: Vec<Step> = questions.chain([Step::ToServer(cancelled)]).collect();
        if let TaskOfCall::Running(id) = &open.task {
            let mut request = task_request("tasks/cancel", id);
            request.set("id", raw(&self.next_number()));
            steps.push(Step::ToServer(request.to_raw().get().to_owned()));
        }
        steps
    }

    /// The client cancels its request `id`.
    pub(super) fn cancelled(&mut self, id: &RequestId) -> Vec<Step> {
        let number = self.open.iter().find(|(_, open)| open.client.as_ref() == Some(id)).map(|(number, _)| *number);
        number.map(|number| self.end(number)).unwrap_or_default()
    }

    /// The server will not answer the request `number`. Returns the id of the client's request that waits for it.
    pub(super) fn failed(&mut self, number: i64) -> Option<RequestId> {
        self.open.remove(&number)?.client
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// True if a request that waits wants log messages.
    pub(super) fn want_log(&self) -> bool {
        self.open.values().any(|open| open.wants_log)
    }
}

impl Open {
    /// Replies to the client's request that its input is required. `None` if the client was asked something before that it has
    /// to answer first.
    fn suspend(&mut self) -> Result<Option<Step>, getrandom::Error> {
        let Some(client) = &self.client else { return Ok(None) };
        let token = random_id::<24>()?;
        let mut requests = serde_json::Map::new();
        for (at, question) in (1..).zip(&mut self.questions) {
            let name = format!("input-{at}");
            requests.insert(name.clone(), question.request.clone());
            question.name = Some(name);
        }
        let result = json!({"resultType": "input_required", "inputRequests": requests, "requestState": token});
        let reply = messages::reply(client, raw(&result));
        self.client = None;
        self.suspended = Some(Suspended { token, since: Instant::now() });
        Ok(Some(Step::FromServer(reply)))
    }
}

/// A request of the guard about the task `id`.
fn task_request(method: &str, id: &str) -> RawObject<'static> {
    let mut request = RawObject::default();
    request.set("jsonrpc", raw("2.0"));
    request.set("method", raw(method));
    request.set("params", raw(&json!({"taskId": id})));
    request
}

/// What is the same whenever a request is made again.
fn identity(method: &str, params: &RawObject<'_>) -> String {
    let mut params = stripped(params);
    params.remove("_meta");
    let value: Value = serde_json::from_str(params.to_raw().get()).unwrap_or_default();
    digest::sha256([method, &digest::canonical(&value)])
}
