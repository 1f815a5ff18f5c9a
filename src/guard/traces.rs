//! Sends a span for each call to an OpenTelemetry collector. A collector that is slow or gone delays no call: what does
//! not fit into the queue is lost, and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::log::{Ending, LogEntry};
use super::random_id::random_id;
use super::reporter::Reporter;
use crate::source::collector::Collector;
use crate::text::clean;

/// Most spans that wait.
const QUEUE: usize = 4096;
/// Most spans of one request.
const MOST_AT_ONCE: usize = 256;
/// How long spans wait for others, to go in one request.
const WAIT: Duration = Duration::from_millis(500);
/// How long the end of the guard waits for the last request.
const AT_THE_END: Duration = Duration::from_secs(2);
/// Longest text of an attribute, in characters.
const MAX_TEXT: usize = 300;

/// Where the spans of a guard go.
pub(crate) struct Traces {
    queue: mpsc::Sender<Message>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Span(Value),
    /// Everything before it is to be sent, and the sender told.
    Flush(oneshot::Sender<()>),
}

impl Traces {
    /// Sends to `collector` from now on. Needs a runtime.
    pub(crate) fn start(collector: Collector, report: Reporter) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let lost = Arc::<AtomicU64>::default();
        tokio::spawn(send_all(waiting, collector, report, Arc::clone(&lost)));
        Self { queue, lost }
    }

    /// Puts the span of a call into the queue.
    pub(super) fn record(&self, entry: &LogEntry<'_>) {
        let Ok(span) = span(entry) else { return };
        if self.queue.try_send(Message::Span(span)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all spans so far are sent, but not long.
    pub(crate) async fn flush(&self) {
        let (sent, all_sent) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Message::Flush(sent)).await.is_ok() {
                // An error: the task has ended, and sends no more.
                let _ = all_sent.await;
            }
        };
        let _ = timeout(AT_THE_END, flushed).await;
    }
}

async fn send_all(mut waiting: mpsc::Receiver<Message>, collector: Collector, report: Reporter, lost: Arc<AtomicU64>) {
    let mut is_broken = false;
    while let Some(first) = waiting.recv().await {
        if matches!(first, Message::Span(_)) {
            sleep(WAIT).await;
        }
        let (mut spans, mut flushed) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Span(span) => spans.push(span),
                Message::Flush(done) => flushed.push(done),
            }
            if spans.len() < MOST_AT_ONCE {
                next = waiting.try_recv().ok();
            }
        }
        if !spans.is_empty() {
            let count = spans.len() as u64;
            let failed = collector.send_traces(&request(spans)).await.err();
            if let Some(cause) = &failed {
                lost.fetch_add(count, Ordering::Relaxed);
                if !is_broken {
                    report(&format!("spans cannot be sent to the collector: {cause}"));
                }
            } else if let more @ 1.. = lost.swap(0, Ordering::Relaxed) {
                report(&format!("{more} spans did not reach the collector"));
            }
            is_broken = failed.is_some();
        }
        for done in flushed {
            let _ = done.send(());
        }
    }
}

/// An `ExportTraceServiceRequest`.
fn request(spans: Vec<Value>) -> Value {
    json!({"resourceSpans": [{
        "resource": {"attributes": [attribute("service.name", "mcp-scan guard")]},
        "scopeSpans": [{"scope": {"name": "mcp-scan", "version": env!("CARGO_PKG_VERSION")}, "spans": spans}],
    }]})
}

/// The span of a call. It has no arguments, which may be secret.
fn span(entry: &LogEntry<'_>) -> Result<Value, getrandom::Error> {
    /// The side of a call that answers it.
    const SERVER: u8 = 2;
    const OK: u8 = 1;
    const ERROR: u8 = 2;
    let end = entry.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let start = end.saturating_sub(entry.duration);
    let parent = entry.trace.and_then(parent);
    let trace = match parent {
        Some((trace, _)) => trace.to_owned(),
        None => random_id::<16>()?,
    };
    let mut attributes = vec![
        attribute("mcp.method.name", "tools/call"),
        attribute("mcp.session.id", entry.session),
        attribute("gen_ai.operation.name", "execute_tool"),
        attribute("gen_ai.tool.name", entry.tool),
        attribute("mcp_scan.server", entry.server),
        attribute("mcp_scan.client", entry.client),
        attribute("mcp_scan.decision", entry.decision.name()),
        attribute("mcp_scan.rule", entry.rule),
        attribute("mcp_scan.outcome", entry.ending.name()),
    ];
    attributes.extend(entry.category.map(|category| attribute("mcp_scan.category", category.name())));
    attributes.extend(entry.found.iter().take(1).map(|found| attribute("mcp_scan.found", found)));
    if entry.observed {
        attributes.push(json!({"key": "mcp_scan.observed", "value": {"boolValue": true}}));
    }
    let code = match entry.ending {
        Ending::Answered => OK,
        Ending::ToolError
        | Ending::ProtocolError
        | Ending::NoAnswer
        | Ending::Cancelled
        | Ending::Withheld
        | Ending::NotCalled => ERROR,
    };
    if code == ERROR {
        attributes.push(attribute("error.type", entry.ending.name()));
    }
    let mut span = json!({
        "traceId": trace,
        "spanId": random_id::<8>()?,
        "name": format!("tools/call {}", clean::excerpt(entry.tool, MAX_TEXT)),
        "kind": SERVER,
        "startTimeUnixNano": start.as_nanos().to_string(),
        "endTimeUnixNano": end.as_nanos().to_string(),
        "attributes": attributes,
        "status": {"code": code},
    });
    if let Some((_, id)) = parent {
        span["parentSpanId"] = id.into();
    }
    Ok(span)
}

fn attribute(key: &str, text: &str) -> Value {
    json!({"key": key, "value": {"stringValue": clean::excerpt(text, MAX_TEXT)}})
}

/// The ids of the trace and of the calling span in a W3C `traceparent` (`00-TRACE-SPAN-FLAGS`).
fn parent(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let is_id = |id: &str, length| {
        id.len() == length
            && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            && id.bytes().any(|byte| byte != b'0')
    };
    (version.len() == 2 && version != "ff" && is_id(trace, 32) && is_id(span, 16)).then_some((trace, span))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::policy::Outcome;

    fn entry<'e>(arguments: &'e Value, trace: Option<&'e str>) -> LogEntry<'e> {
        LogEntry {
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(10),
            client: "agent 1.0",
            session: "s1",
            server: "shop",
            tool: "pay",
            category: None,
            decision: Outcome::Denied,
            rule: "pay",
            observed: false,
            arguments,
            duration: Duration::from_millis(250),
            ending: Ending::NotCalled,
            trace,
            found: &[],
        }
    }

    #[test]
    fn a_span_belongs_to_the_trace_of_its_call_and_holds_no_argument() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let arguments = json!({"card": "planted-4242"});
        let span = span(&entry(&arguments, Some(trace))).unwrap();
        assert_eq!(span["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(span["parentSpanId"], "00f067aa0ba902b7");
        assert_eq!(
            (&span["startTimeUnixNano"], &span["endTimeUnixNano"]),
            (&json!("9750000000"), &json!("10000000000"))
        );
        assert_eq!((&span["name"], &span["status"]["code"]), (&json!("tools/call pay"), &json!(2)));
        assert!(!span.to_string().contains("planted"), "{span}");
    }

    #[test]
    fn a_trace_that_is_none_is_replaced() {
        for text in ["", "00-0-0-0", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-XYZ"] {
            let span = span(&entry(&Value::Null, Some(text))).unwrap();
            assert!(span.get("parentSpanId").is_none() && span["traceId"].as_str().unwrap().len() == 32, "{span}");
        }
    }
}
