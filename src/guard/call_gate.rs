//! Decides calls: by the policy in use, by what its limits have counted, and by what to do when they cannot be counted.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::active_policy::WatchedPolicy;
use super::asking::Asker;
use super::categories::Categories;
use super::hosts;
use super::log::{Ending, LogQueue, LogRecord};
use super::metrics::{Failed, Metrics};
use super::reporter::Reporter;
use super::results::ResultReader;
use super::state::{CounterStore, Reservation, Reserved};
use super::traces::Traces;
use crate::audit::lock::PinnedServer;
use crate::policy::{Call, Outcome, Verdict};

/// What to do with a call when something that it needs fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnError {
    Deny,
    Allow,
}

/// How a gate decides.
pub(crate) struct CallGateOptions {
    /// The server's name, under which its calls are counted.
    pub(crate) server: String,
    pub(crate) on_state_error: OnError,
    pub(crate) on_log_error: OnError,
    /// Whether every call is forwarded and the decision is only reported.
    pub(crate) observe: bool,
    pub(crate) report: Reporter,
    /// The definitions to which the tools of the server are pinned, if they are.
    pub(crate) pinned: Option<Arc<PinnedServer>>,
    /// Asks a person instead of the client.
    pub(crate) asker: Option<Arc<Asker>>,
    /// Reads what the server returns, if results are watched.
    pub(crate) results: Option<Arc<ResultReader>>,
    /// Whether hosts that calls name are looked up, because the server reaches them from this machine.
    pub(crate) looks_up_hosts: bool,
    /// The categories of the tools, if they are logged or shown to a person.
    pub(crate) categories: Option<Arc<Categories>>,
    /// What is counted for a monitor.
    pub(crate) metrics: Arc<Metrics>,
    /// Where a span of each call goes, if anywhere.
    pub(crate) traces: Option<Arc<Traces>>,
}

/// Decides the calls of all sessions of a guard.
pub(crate) struct CallGate {
    pub(super) policy: WatchedPolicy,
    store: Arc<CounterStore>,
    log: Option<Arc<LogQueue>>,
    pub(super) options: CallGateOptions,
}

/// The decision on a call.
pub(super) struct Ruling {
    pub(super) verdict: Verdict,
    /// What was counted, to be released if the call is not made.
    pub(super) reservation: Option<Reservation>,
}

impl CallGate {
    pub(crate) fn new(
        policy: WatchedPolicy,
        store: Arc<CounterStore>,
        log: Option<Arc<LogQueue>>,
        options: CallGateOptions,
    ) -> Self {
        Self { policy, store, log, options }
    }

    /// Decides `call` and counts it.
    pub(super) async fn rule(&self, call: &Call) -> Ruling {
        if let Some(log) = self.log.as_ref().filter(|_| self.options.on_log_error == OnError::Deny)
            && !log.is_written().await
        {
            return Ruling {
                verdict: unsupported("log", "The log cannot be written, so the call is refused."),
                reservation: None,
            };
        }
        let policy = self.policy.current();
        let mut decided = policy.decide(call);
        if self.options.looks_up_hosts
            && decided.verdict.outcome == Outcome::Allowed
            && let Some(refused) = hosts::refusal(call, |call| policy.decide(call).verdict, hosts::look_up).await
        {
            decided.verdict = refused;
        }
        if decided.limits.is_empty() || decided.verdict.outcome == Outcome::Denied {
            return Ruling { verdict: decided.verdict, reservation: None };
        }
        match self.store.reserve(&self.options.server, &decided.limits, call.at).await {
            Ok(Reserved::Counted(reservation)) => Ruling { verdict: decided.verdict, reservation: Some(reservation) },
            Ok(Reserved::Exceeded(index)) => {
                let limit = decided.limits.into_iter().nth(index);
                let unknown = || unsupported("state", "The call exceeds a limit that the policy does not have.");
                Ruling { verdict: limit.map_or_else(unknown, |limit| limit.refusal), reservation: None }
            }
            Err(cause) => {
                self.options.metrics.count_failure(Failed::State);
                self.report(&format!("a call cannot be counted: {cause}"));
                let verdict = match self.options.on_state_error {
                    OnError::Allow => decided.verdict,
                    OnError::Deny => {
                        unsupported("state", "The call cannot be counted against its limit, so it is refused.")
                    }
                };
                Ruling { verdict, reservation: None }
            }
        }
    }

    /// Takes back what was counted for a call that was not made or that the server refused.
    pub(super) async fn release(&self, reservation: Option<Reservation>) {
        let Some(reservation) = reservation else { return };
        if let Err(cause) = self.store.release(reservation).await {
            self.report(&format!("a call that was not made stays counted: {cause}"));
        }
    }

    /// Counts what became of a call, sends it to the collector, and hands it to the log.
    pub(super) async fn record(&self, record: LogRecord) {
        let metrics = &self.options.metrics;
        metrics.count(&record.server, &record.tool, record.decision, record.duration);
        if record.ending == Ending::NoAnswer {
            metrics.count_failure(Failed::Upstream);
        }
        if let Some(traces) = &self.options.traces {
            traces.record(&record.entry());
        }
        let Some(log) = &self.log else { return };
        if !log.record(record).await {
            metrics.count_failure(Failed::Log);
            self.report("a record of the log is lost: the log is not written fast enough");
        }
    }

    /// Waits until what happened so far is sent to the collector, but not long.
    pub(crate) async fn flush_traces(&self) {
        if let Some(traces) = &self.options.traces {
            traces.flush().await;
        }
    }

    /// Reads the policy again whenever its file changes, for ever.
    pub(crate) async fn watch_policy(&self) -> Infallible {
        self.policy.watch(&*self.options.report).await
    }

    /// Tells the person something about the server.
    pub(crate) fn report(&self, text: &str) {
        (self.options.report)(text);
    }
}

/// The verdict on a call when something that the decision needs has failed.
fn unsupported(rule: &str, message: &str) -> Verdict {
    Verdict { outcome: Outcome::Denied, rule: rule.to_owned(), message: Some(message.to_owned()) }
}

#[expect(clippy::disallowed_methods, reason = "calls are counted and recorded by the clock")]
pub(super) fn clock() -> SystemTime {
    SystemTime::now()
}

/// The seconds since 1970 in UTC.
pub(super) fn seconds() -> u64 {
    clock().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
