//! What a transport sees of a server beside the messages that reach the service layer. The transport is moved into
//! rmcp; the journal is shared, so that it can be read when the connection is gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::http_fault::HttpFault;
use crate::model::{Deviation, NotRead};
use crate::source::decode::deviation;
use crate::text::{clean, prose};

/// How much of one stray line is kept, in characters.
const EXCERPT: usize = 120;
/// How many deviations are kept; one id is kept once.
const MAX_DEVIATIONS: usize = 50;

/// The shared journal of one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    deviations: Vec<Deviation>,
    noise: usize,
    first_noise: Option<String>,
    handshake: Option<Value>,
    page: Option<Value>,
    fault: Option<HttpFault>,
    is_probing: bool,
    may_speak_newest: bool,
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a deviation, once for each id.
    pub(crate) fn note(&self, id: &str, text: &str) {
        self.add(deviation(id, None, text));
    }

    /// Records a deviation because of which a part of a message was not read.
    pub(crate) fn note_unread(&self, id: &str, text: &str) {
        self.add(Deviation { not_read: Some(NotRead::Part), ..deviation(id, None, text) });
    }

    fn add(&self, deviation: Deviation) {
        let known = &mut self.entries().deviations;
        if known.len() < MAX_DEVIATIONS && !known.iter().any(|d| d.id == deviation.id) {
            known.push(deviation);
        }
    }

    /// Counts something that is no message; the first is kept to be quoted.
    pub(crate) fn noise(&self, text: &str) {
        let mut entries = self.entries();
        entries.noise += 1;
        entries.first_noise.get_or_insert_with(|| clean::excerpt(text, EXCERPT));
    }

    /// Keeps the result of the handshake as the server sent it.
    pub(crate) fn handshake(&self, result: &Value) {
        self.entries().handshake = Some(result.clone());
    }

    /// The result of the handshake as the server sent it.
    pub(crate) fn take_handshake(&self) -> Option<Value> {
        self.entries().handshake.take()
    }

    /// Keeps a page of the listing as the server sent it.
    pub(crate) fn page(&self, result: Value) {
        self.entries().page = Some(result);
    }

    /// The last page of the listing as the server sent it.
    pub(crate) fn take_page(&self) -> Option<Value> {
        self.entries().page.take()
    }

    /// Keeps why a request over HTTP failed; the last one counts.
    pub(crate) fn fault(&self, fault: HttpFault) {
        self.entries().fault = Some(fault);
    }

    /// Why the last request over HTTP failed.
    pub(crate) fn take_fault(&self) -> Option<HttpFault> {
        self.entries().fault.take()
    }

    /// From now on the question for the newest protocol is not waited for long.
    pub(crate) fn probe(&self) {
        self.entries().is_probing = true;
    }

    /// True when the question for the newest protocol is not waited for long.
    pub(crate) fn is_probing(&self) -> bool {
        self.entries().is_probing
    }

    /// The question for the newest protocol may have been given up too early.
    pub(crate) fn may_speak_newest(&self) {
        self.entries().may_speak_newest = true;
    }

    /// True when the question for the newest protocol may have been given up too early.
    pub(crate) fn was_given_up_early(&self) -> bool {
        self.entries().may_speak_newest
    }

    /// What stood on standard output beside messages: "3 lines that are no messages, first `Listening on ...`".
    pub(crate) fn noise_seen(&self) -> Option<String> {
        let entries = self.entries();
        let first = entries.first_noise.as_ref()?;
        let verb = if entries.noise == 1 { "is no JSON-RPC message" } else { "are no JSON-RPC messages" };
        Some(format!("{} that {verb}, the first: {first}", prose::count(entries.noise, "line")))
    }

    /// Everything that left the protocol.
    pub(crate) fn deviations(&self) -> Vec<Deviation> {
        let noise = self.noise_seen().map(|seen| deviation("stdout-noise", None, &format!("The server sent {seen}")));
        self.entries().deviations.iter().cloned().chain(noise).collect()
    }
}
