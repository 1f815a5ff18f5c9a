//! Requests of the client that wait for one server or for all, and requests of servers that wait for the client.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::merging::{is_list, merged};
use super::names::json_text;
use super::routing::next_page;
use crate::guard::message::RequestId;
use crate::guard::methods::{ACKNOWLEDGED, SUBSCRIPTION};
use crate::guard::raw_object::RawObject;
use crate::guard::replies;

/// Most requests that wait at once, on either side, and most tasks that are known.
const MAX_WAITING: usize = 10_000;
/// Most pages of a list of one server.
const MAX_PAGES: usize = 100;
/// The prefix of the ids under which requests of servers reach the client.
const ASKED: &str = "mcp-scan-guard-server:";

/// What waits on either side.
#[derive(Default)]
pub(super) struct Requests {
    waiting: HashMap<RequestId, Waiting>,
    number: u64,
    asked: HashMap<String, (usize, Box<RawValue>)>,
    /// The servers that have begun tasks.
    tasks: HashMap<String, usize>,
}

/// A request of the client.
pub(super) enum Waiting {
    One(usize),
    All(Asked),
    /// A subscription: what the servers have agreed to.
    Listen(Listening),
}

/// A request that several servers were sent.
pub(super) struct Asked {
    pub(super) method: String,
    /// The request, which is sent again for another page.
    pub(super) line: String,
    pub(super) begun: Instant,
    /// By server: its results so far. `None` while more is to come.
    pub(super) results: BTreeMap<usize, (Vec<String>, bool)>,
    /// The error of a server, which is the reply if no server has a result.
    pub(super) error: Option<String>,
}

/// What a reply of one of several servers is.
enum Taken {
    /// A part of a list; the request for the next one.
    Page(String),
    Last,
}

#[derive(Default)]
pub(super) struct Listening {
    servers: Vec<usize>,
    missing: Vec<usize>,
    honoured: Map<String, Value>,
    is_acknowledged: bool,
}

/// What is to be done after a server has replied.
pub(super) enum Next {
    Nothing,
    ToClient(Vec<u8>),
    /// The server is asked for another page.
    Page(String),
}

impl Requests {
    /// Registers a request. Fails if its reply could be taken for that of another one.
    pub(super) fn begin(&mut self, id: &RequestId, waiting: Waiting) -> Result<(), &'static str> {
        if self.waiting.len() >= MAX_WAITING {
            return Err("too many requests wait for their replies");
        }
        if self.waiting.contains_key(id) {
            return Err("another request with this id waits for its reply");
        }
        self.waiting.insert(id.clone(), waiting);
        Ok(())
    }

    /// The servers that have the request `id`, which the client cancels.
    pub(super) fn cancel(&mut self, id: &RequestId) -> Vec<usize> {
        match self.waiting.remove(id) {
            None => Vec::new(),
            Some(Waiting::One(server)) => vec![server],
            Some(Waiting::All(asked)) => asked.results.into_keys().collect(),
            Some(Waiting::Listen(listening)) => listening.servers,
        }
    }

    /// Handles the reply `object` of `server` to the request `id`. `names` are those of the servers.
    pub(super) fn replied(
        &mut self,
        server: usize,
        id: &RequestId,
        object: &RawObject<'_>,
        line: &str,
        names: &[String],
    ) -> Option<Next> {
        match self.waiting.get_mut(id)? {
            Waiting::One(expected) if *expected == server => {
                self.waiting.remove(id);
                self.note_task(server, object);
                Some(Next::ToClient(line.into()))
            }
            Waiting::One(_) => None,
            Waiting::Listen(listening) => {
                // This server has ended the subscription, or refuses it; the others go on.
                listening.servers.retain(|it| *it != server);
                let acknowledged = listening.settled(server, id, &Map::new());
                if listening.servers.is_empty() {
                    self.waiting.remove(id);
                    return Some(Next::ToClient(line.into()));
                }
                Some(acknowledged.map_or(Next::Nothing, Next::ToClient))
            }
            Waiting::All(asked) => match asked.takes(server, object, line)? {
                Taken::Page(page) => Some(Next::Page(page)),
                Taken::Last => Some(self.joined(id, names).map_or(Next::Nothing, Next::ToClient)),
            },
        }
    }

    /// True if the replies of several servers to the request `id` are joined.
    pub(super) fn is_joined(&self, id: &RequestId) -> bool {
        matches!(self.waiting.get(id), Some(Waiting::All(_)))
    }

    /// The reply to the request `id`, if all servers have replied.
    fn joined(&mut self, id: &RequestId, names: &[String]) -> Option<Vec<u8>> {
        let Some(Waiting::All(asked)) = self.waiting.get(id) else { return None };
        if asked.results.values().any(|(_, is_done)| !is_done) {
            return None;
        }
        self.reply(id, names)
    }

    /// The reply to the request `id` from what has come so far.
    pub(super) fn reply(&mut self, id: &RequestId, names: &[String]) -> Option<Vec<u8>> {
        if !self.is_joined(id) {
            return None;
        }
        let Some(Waiting::All(asked)) = self.waiting.remove(id) else { return None };
        let given = asked.results.into_iter().filter(|(_, (pages, _))| !pages.is_empty());
        let results: Vec<(&str, Vec<String>)> =
            given.map(|(server, (pages, _))| (names.get(server).map_or("", String::as_str), pages)).collect();
        if results.is_empty() {
            let none = || replies::failed(id, "no server behind this guard has answered");
            return Some(asked.error.map_or_else(none, String::into_bytes));
        }
        Some(match merged(&asked.method, &results) {
            Some(result) => {
                let mut reply = RawObject::default();
                reply.set("jsonrpc", json_text("2.0"));
                reply.set("id", serde_json::value::to_raw_value(&id.to_json()).unwrap_or_default());
                reply.set("result", result);
                reply.to_raw().get().into()
            }
            None => replies::failed(id, "the replies of the servers cannot be joined"),
        })
    }

    /// Which servers have not replied to the request `id` for as long as `limit`.
    pub(super) fn missing(&self, id: &RequestId, limit: Duration) -> Vec<usize> {
        match self.waiting.get(id) {
            Some(Waiting::All(asked)) if asked.begun.elapsed() < limit => Vec::new(),
            Some(Waiting::All(asked)) => {
                asked.results.iter().filter(|(_, (_, is_done))| !is_done).map(|(server, _)| *server).collect()
            }
            Some(Waiting::One(_) | Waiting::Listen(_)) | None => Vec::new(),
        }
    }

    /// The server `server` has agreed to `honoured` for the subscription `id`. Returns the acknowledgment once all have.
    pub(super) fn acknowledged(
        &mut self,
        server: usize,
        id: &RequestId,
        honoured: &Map<String, Value>,
    ) -> Option<Vec<u8>> {
        match self.waiting.get_mut(id)? {
            Waiting::Listen(listening) => listening.settled(server, id, honoured),
            Waiting::One(_) | Waiting::All(_) => None,
        }
    }

    /// The id under which the client sees the request `id` of `server`. `None` if too many wait.
    pub(super) fn ask(&mut self, server: usize, id: Box<RawValue>) -> Option<String> {
        if self.asked.len() >= MAX_WAITING {
            return None;
        }
        self.number += 1;
        let seen = format!("{ASKED}{}", self.number);
        self.asked.insert(seen.clone(), (server, id));
        Some(seen)
    }

    /// The server that the client's reply to `seen` is for, and the id that it knows.
    pub(super) fn answered(&mut self, seen: &RequestId) -> Option<(usize, Box<RawValue>)> {
        let RequestId::Text(seen) = seen else { return None };
        self.asked.remove(seen)
    }

    /// The id under which the client knows the request `id` of `server`, which the server cancels.
    pub(super) fn void(&mut self, server: usize, id: &RequestId) -> Option<String> {
        let same = |known: &RawValue| RequestId::parse(known.get()).as_ref() == Some(id);
        let found = self.asked.iter().find(|(_, (of, known))| *of == server && same(known))?;
        let seen = found.0.clone();
        self.asked.remove(&seen);
        Some(seen)
    }

    /// The server that has begun `task`.
    pub(super) fn server_of_task(&self, task: &str) -> Option<usize> {
        self.tasks.get(task).copied()
    }

    fn note_task(&mut self, server: usize, reply: &RawObject<'_>) {
        let Some(result) = reply.get("result").filter(|result| result.contains("\"taskId\"")) else { return };
        let Ok(result) = RawObject::parse(result) else { return };
        let nested = result.object("task");
        let task = result.text("taskId").or_else(|| nested.as_ref().and_then(|task| task.text("taskId")));
        if let Some(task) = task.filter(|_| self.tasks.len() < MAX_WAITING) {
            self.tasks.insert(task.into_owned(), server);
        }
    }
}

impl Asked {
    /// Takes the reply `object` of `server`. `None` if nothing was expected of it.
    fn takes(&mut self, server: usize, object: &RawObject<'_>, line: &str) -> Option<Taken> {
        let (pages, is_done) = self.results.get_mut(&server)?;
        let mut page = None;
        match object.get("result") {
            Some(result) => {
                pages.push(result.to_owned());
                let parsed = RawObject::parse(result).ok();
                let cursor = parsed.as_ref().and_then(|result| result.text("nextCursor"));
                let goes_on = is_list(&self.method) && pages.len() < MAX_PAGES;
                page = cursor.filter(|_| goes_on).and_then(|cursor| next_page(&self.line, &cursor));
            }
            None => self.error = self.error.take().or_else(|| Some(line.to_owned())),
        }
        *is_done = page.is_none();
        Some(page.map_or(Taken::Last, Taken::Page))
    }
}

impl Listening {
    pub(super) fn new(servers: Vec<usize>) -> Self {
        Self { missing: servers.clone(), servers, ..Self::default() }
    }

    /// Notes what `server` has agreed to. Returns the acknowledgment once all servers have said so.
    fn settled(&mut self, server: usize, id: &RequestId, honoured: &Map<String, Value>) -> Option<Vec<u8>> {
        self.missing.retain(|it| *it != server);
        for (key, value) in honoured {
            match (self.honoured.get_mut(key), value) {
                (Some(Value::Array(all)), Value::Array(more)) => all.extend(more.iter().cloned()),
                (Some(_), _) => {}
                (None, value) => drop(self.honoured.insert(key.clone(), value.clone())),
            }
        }
        if !self.missing.is_empty() || std::mem::replace(&mut self.is_acknowledged, true) {
            return None;
        }
        let params = json!({"_meta": {SUBSCRIPTION: id.to_json()}, "notifications": self.honoured});
        Some(replies::to_line(&json!({
            "jsonrpc": "2.0", "method": ACKNOWLEDGED, "params": params,
        })))
    }
}
