//! A session over streams in memory: the client and the server are the test.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf, duplex, split};
use tokio::task::JoinHandle;

use crate::audit::lock::PinnedServer;
use crate::guard::call_gate::{CallGate, CallGateOptions, OnError};
use crate::guard::state::{CounterStore, StateLocation};
use crate::guard::{ActivePolicy, Ended, ResultReader, ServerConnection, Streams, Translation, WatchedPolicy, relay};
use crate::policy::{Decider, Document};

const POLICY: &str = "
version: '1'
default: deny
hide: [secret]
tools:
  look: {rules: []}
  fails: {rules: [{name: few, rate_limit: 1/day}]}
  change: {rules: [{name: two a day, rate_limit: 2/day}]}
  send: {rules: [{name: approve sending, action: deny, on_deny: A person must look.}]}
  read:
    rules: [{name: inside, conditions: [{path: args.path, op: regex, value: ^/srv/}], on_deny: Only below /srv.}]
";

/// One end of a connection, line by line.
pub(super) struct End {
    pub(super) lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    pub(super) out: WriteHalf<DuplexStream>,
}

impl End {
    pub(super) fn new(stream: DuplexStream) -> Self {
        let (read, out) = split(stream);
        Self { lines: BufReader::new(read).lines(), out }
    }

    pub(super) async fn send(&mut self, line: &str) {
        self.out.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    pub(super) async fn receive(&mut self) -> String {
        let line = tokio::time::timeout(Duration::from_secs(5), self.lines.next_line()).await;
        line.expect("a line arrives").unwrap().expect("the stream is open")
    }

    pub(super) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.receive().await).unwrap()
    }

    /// The next line, which may take as long as `limit`.
    pub(super) async fn json_after(&mut self, limit: Duration) -> Value {
        let line = tokio::time::timeout(limit, self.lines.next_line()).await;
        serde_json::from_str(&line.expect("a line arrives").unwrap().expect("the stream is open")).unwrap()
    }

    /// True if no line arrives before one that is sent now would.
    pub(super) async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(50), self.lines.next_line()).await.is_err()
    }
}

/// A session whose ends are the test.
pub(super) struct Guarded {
    pub(super) client: End,
    pub(super) server: End,
    pub(super) session: JoinHandle<Ended>,
    pub(super) reports: Reports,
}

/// What a session has reported to the person.
pub(super) type Reports = Arc<Mutex<Vec<String>>>;

/// How the guard of a session is set up.
pub(super) struct Setup {
    pub(super) observe: bool,
    pub(super) pinned: Option<Arc<PinnedServer>>,
    pub(super) policy: ActivePolicy,
    pub(super) state: StateLocation,
    pub(super) results: Option<Arc<ResultReader>>,
    pub(super) translation: Translation,
}

/// A session under `POLICY`.
pub(super) async fn guarded() -> Guarded {
    Setup::new().start().await
}

impl Setup {
    pub(super) fn new() -> Self {
        let document = Document::read(POLICY, None).unwrap();
        let decider = Decider::new(&document.decisions).naming(document.names);
        let policy = ActivePolicy::new(document.decisions, decider);
        Self {
            observe: false,
            pinned: None,
            policy,
            state: StateLocation::Memory,
            results: None,
            translation: Translation::Off,
        }
    }

    /// Starts a session between two ends that are the test.
    pub(super) async fn start(self) -> Guarded {
        let (connection, server) = connection();
        let (client, session, reports) = self.start_before(connection).await;
        Guarded { client, server, session, reports }
    }

    /// Starts a session before `server`. Returns the end of the client, the session, and what it reports.
    pub(super) async fn start_before(mut self, server: ServerConnection) -> (End, JoinHandle<Ended>, Reports) {
        let translation = std::mem::take(&mut self.translation);
        let (gate, reports) = self.gate().await;
        let (client, ours) = duplex(1 << 20);
        let session = tokio::spawn(async move {
            relay(gate, Duration::from_millis(200), streams(ours), server, translation).await.unwrap()
        });
        (End::new(client), session, reports)
    }

    /// The gate of a session, and what it reports.
    pub(super) async fn gate(self) -> (Arc<CallGate>, Reports) {
        let Self { observe, pinned, policy, state, results, translation: _ } = self;
        let first = || Ok::<_, Infallible>(policy);
        let Ok(policy) =
            WatchedPolicy::new(vec!["policy.yaml".into()], first, Box::new(|| unreachable!("it is not read again")));
        let store = CounterStore::open(&state).await.unwrap();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let options = CallGateOptions {
            server: "shop".into(),
            on_state_error: OnError::Deny,
            on_log_error: OnError::Deny,
            observe,
            pinned,
            asker: None,
            results,
            categories: None,
            looks_up_hosts: false,
            report: Arc::new(move |text| seen.lock().unwrap().push(text.to_owned())),
            traces: None,
            metrics: Arc::default(),
        };
        (Arc::new(CallGate::new(policy, Arc::new(store), None, options)), reports)
    }
}

/// A connection to a server, and the end of the server.
pub(super) fn connection() -> (ServerConnection, End) {
    let (server, theirs) = duplex(1 << 20);
    (ServerConnection::Streams(streams(theirs)), End::new(server))
}

pub(super) fn streams(stream: DuplexStream) -> Streams {
    let (read, write) = split(stream);
    Streams::new(read, write)
}

/// A call of `tool`.
pub(super) fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

impl Guarded {
    /// Makes a call that the server answers. False if it is refused.
    pub(super) async fn passes(&mut self, id: u32, tool: &str, arguments: &str) -> bool {
        self.client.send(&call(id, tool, arguments)).await;
        if !self.server.is_silent_or_got(&call(id, tool, arguments)).await {
            let refusal = self.client.json().await;
            assert_eq!((&refusal["id"], &refusal["result"]["isError"]), (&id.into(), &true.into()), "{refusal}");
            return false;
        }
        let reply = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[]}}}}"#);
        self.server.send(&reply).await;
        assert_eq!(self.client.receive().await, reply);
        true
    }

    pub(super) async fn initialize(&mut self, capabilities: &str) {
        let line = format!(
            r#"{{"jsonrpc":"2.0","id":"i","method":"initialize","params":{{"clientInfo":{{"name":"c"}},"capabilities":{capabilities}}}}}"#
        );
        self.client.send(&line).await;
        assert_eq!(self.server.receive().await, line);
        self.server.send(r#"{"jsonrpc":"2.0","id":"i","result":{}}"#).await;
        self.client.receive().await;
    }
}

impl End {
    /// True if `line` arrives; false if nothing does.
    async fn is_silent_or_got(&mut self, line: &str) -> bool {
        match tokio::time::timeout(Duration::from_millis(100), self.lines.next_line()).await {
            Ok(got) => {
                assert_eq!(got.unwrap().as_deref(), Some(line));
                true
            }
            Err(_) => false,
        }
    }
}
