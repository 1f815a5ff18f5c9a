//! Records what a transport observes besides the messages for rmcp. The transport is moved into rmcp; the journal is
//! shared, so it can still be read after the connection has ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::http_fault::HttpFault;
use crate::model::{Deviation, NotRead};
use crate::source::decode::deviation;
use crate::text::{clean, prose};

/// Maximum length of a quoted stray line, in characters.
const EXCERPT: usize = 120;
/// Maximum number of deviations. Each id is recorded once.
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
    /// When the last request of a handshake that begins with `server/discover` was sent. `None` if it was answered.
    waiting_since: Option<Instant>,
    has_answered: bool,
    may_speak_newest: bool,
    /// Whether the server announced other tools since they were last requested.
    announced_tools: bool,
    /// Bytes that were sent.
    sent: u64,
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a deviation, once per id.
    pub(crate) fn note(&self, id: &str, text: &str) {
        self.add(deviation(id, None, text));
    }

    /// Records a deviation that made us leave out a part of a message.
    pub(crate) fn note_unread(&self, id: &str, text: &str) {
        self.add(Deviation { not_read: Some(NotRead::Part), ..deviation(id, None, text) });
    }

    /// Notes that a part of the listing was redacted that reads like a text. It could be an attack that a configuration
    /// declares to be a secret.
    pub(crate) fn note_redacted_text(&self) {
        let text = "A text in the listing is the value of a variable or header; it was redacted and not checked.";
        self.note_unread("redacted-text", text);
    }

    fn add(&self, deviation: Deviation) {
        let known = &mut self.entries().deviations;
        if known.len() < MAX_DEVIATIONS && !known.iter().any(|d| d.id == deviation.id) {
            known.push(deviation);
        }
    }

    /// Counts output that is not a message. The first one is kept for a quote.
    pub(crate) fn record_noise(&self, text: &str) {
        let mut entries = self.entries();
        entries.noise += 1;
        entries.first_noise.get_or_insert_with(|| clean::excerpt(text, EXCERPT));
    }

    /// Stores the handshake result as sent by the server.
    pub(crate) fn handshake(&self, result: &Value) {
        self.entries().handshake = Some(result.clone());
    }

    /// The handshake result as sent by the server.
    pub(crate) fn take_handshake(&self) -> Option<Value> {
        self.entries().handshake.take()
    }

    /// Stores a page of the listing as sent by the server.
    pub(crate) fn page(&self, result: Value) {
        self.entries().page = Some(result);
    }

    /// The last page of the listing as sent by the server.
    pub(crate) fn take_page(&self) -> Option<Value> {
        self.entries().page.take()
    }

    /// Stores why an HTTP request failed. The last one wins.
    pub(crate) fn fault(&self, fault: HttpFault) {
        self.entries().fault = Some(fault);
    }

    /// Why the last HTTP request failed.
    pub(crate) fn take_fault(&self) -> Option<HttpFault> {
        self.entries().fault.take()
    }

    /// Records that the server announced that its tools have changed.
    pub(crate) fn tools_announced(&self) {
        self.entries().announced_tools = true;
    }

    /// True if the server announced that its tools have changed since this was last called.
    pub(crate) fn take_announced_tools(&self) -> bool {
        std::mem::take(&mut self.entries().announced_tools)
    }

    /// Records that `server/discover`, or the handshake after it, was sent.
    pub(crate) fn probe_sent(&self) {
        self.entries().waiting_since = Some(Instant::now());
    }

    /// Records that `bytes` bytes were sent.
    pub(crate) fn bytes_sent(&self, bytes: usize) {
        self.entries().sent += bytes as u64;
    }

    /// How many bytes were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.entries().sent
    }

    /// Records that the last request was answered.
    pub(crate) fn answered(&self) {
        let mut entries = self.entries();
        entries.waiting_since = None;
        entries.has_answered = true;
    }

    /// True if the server has answered a request.
    pub(crate) fn has_answered(&self) -> bool {
        self.entries().has_answered
    }

    /// True if `server/discover` and what followed it have had no answer for longer than `limit`.
    pub(crate) fn is_unanswered_for(&self, limit: Duration) -> bool {
        self.entries().waiting_since.is_some_and(|since| since.elapsed() > limit)
    }

    /// Limits the wait for `server/discover` from now on.
    pub(crate) fn probe(&self) {
        self.entries().is_probing = true;
    }

    /// True if the wait for `server/discover` is limited.
    pub(crate) fn is_probing(&self) -> bool {
        self.entries().is_probing
    }

    /// Records that the server answered `server/discover` too late, so it may support the newest protocol.
    pub(crate) fn may_speak_newest(&self) {
        self.entries().may_speak_newest = true;
    }

    /// True if `server/discover` may have been given up too early.
    pub(crate) fn was_given_up_early(&self) -> bool {
        self.entries().may_speak_newest
    }

    /// Describes the output that is not messages: "3 lines that are no messages, first `Listening on ...`".
    pub(crate) fn noise_summary(&self) -> Option<String> {
        let entries = self.entries();
        let first = entries.first_noise.as_ref()?;
        let verb = if entries.noise == 1 { "is no JSON-RPC message" } else { "are no JSON-RPC messages" };
        Some(format!("{} that {verb}, the first: {first}", prose::count(entries.noise, "line")))
    }

    /// All deviations from the protocol.
    pub(crate) fn deviations(&self) -> Vec<Deviation> {
        let noise =
            self.noise_summary().map(|seen| deviation("stdout-noise", None, &format!("The server sent {seen}")));
        self.entries().deviations.iter().cloned().chain(noise).collect()
    }
}
