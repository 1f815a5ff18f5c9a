//! Hands records to a thread that writes them, so that no call waits for the disk or for another process.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

use super::LogError;
use super::entry::{Ending, LogEntry};
use super::writer::AuditLog;
use crate::guard::mutex::lock;
use crate::model::Category;
use crate::policy::Outcome;
use crate::source::queue::{Queued, Receiver, Sender, queue};

/// Most records that wait to be written. Each takes about 1 KiB, and a guard is to stay below 40 MB.
const QUEUE: usize = 1_000;
/// How long a call waits for room in a full queue. Its record is then lost.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the records that wait at the end may take.
const AT_THE_END: Duration = Duration::from_secs(10);

/// A decision on a call, until it is written.
#[derive(Debug)]
pub(crate) struct LogRecord {
    pub(crate) time: SystemTime,
    pub(crate) client: String,
    pub(crate) session: String,
    pub(crate) server: String,
    pub(crate) tool: String,
    /// `None` if the tool was not classified.
    pub(crate) category: Option<Category>,
    pub(crate) decision: Outcome,
    pub(crate) rule: String,
    pub(crate) observed: bool,
    pub(crate) arguments: Value,
    pub(crate) duration: Duration,
    pub(crate) ending: Ending,
    pub(crate) trace: Option<String>,
    pub(crate) found: Vec<String>,
}

impl LogRecord {
    pub(crate) fn entry(&self) -> LogEntry<'_> {
        LogEntry {
            time: self.time,
            client: &self.client,
            session: &self.session,
            server: &self.server,
            tool: &self.tool,
            category: self.category,
            decision: self.decision,
            rule: &self.rule,
            observed: self.observed,
            arguments: &self.arguments,
            duration: self.duration,
            ending: self.ending,
            trace: self.trace.as_deref(),
            found: &self.found,
        }
    }
}

impl Queued for LogRecord {
    /// About what it takes in memory.
    fn bytes(&self) -> usize {
        fn of(value: &Value) -> usize {
            match value {
                Value::Null | Value::Bool(_) | Value::Number(_) => 32,
                Value::String(text) => 32 + text.len(),
                Value::Array(items) => 32 + items.iter().map(of).sum::<usize>(),
                Value::Object(map) => 32 + map.iter().map(|(key, value)| 64 + key.len() + of(value)).sum::<usize>(),
            }
        }
        of(&self.arguments) + self.tool.len() + self.client.len()
    }
}

/// Is called with each result of writing.
pub(crate) type Observer = Box<dyn Fn(&Result<(), LogError>) + Send>;

/// A log that a thread of its own writes, in the order in which records come.
pub(crate) struct LogQueue {
    /// `None` after the end.
    sender: Mutex<Option<Sender<LogRecord>>>,
    /// How many records were handed over, and how many of them the thread has tried to write.
    handed: AtomicU64,
    tried: watch::Receiver<u64>,
    /// How many records must be tried until the log counts as whole again: one more than were handed over when one was lost.
    lost: AtomicU64,
    is_broken: Arc<AtomicBool>,
    ended: Mutex<mpsc::Receiver<()>>,
}

impl LogQueue {
    /// Starts the thread that writes `log`.
    pub(crate) fn start(log: AuditLog, observer: Observer) -> std::io::Result<Self> {
        Self::with_room(log, observer, QUEUE)
    }

    /// Like [`Self::start`], for at most `room` records that wait.
    pub(super) fn with_room(log: AuditLog, observer: Observer, room: usize) -> std::io::Result<Self> {
        let (sender, receiver) = queue(room);
        let (trying, tried) = watch::channel(0);
        let (ending, ended) = mpsc::channel();
        let is_broken = Arc::new(AtomicBool::new(false));
        let broken = Arc::clone(&is_broken);
        thread::Builder::new().name("guard-log".into()).spawn(move || {
            write(&log, receiver, &trying, &broken, &observer);
            // Nobody may wait for the end.
            let _ = ending.send(());
        })?;
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            handed: AtomicU64::new(0),
            tried,
            lost: AtomicU64::new(0),
            is_broken,
            ended: Mutex::new(ended),
        })
    }

    /// Hands a record over. False if it is lost: the thread has not kept up, or the log has ended.
    pub(crate) async fn record(&self, record: LogRecord) -> bool {
        let Some(sender) = lock(&self.sender).clone() else { return false };
        if timeout(PATIENCE, sender.send(record)).await.unwrap_or(false) {
            self.handed.fetch_add(1, Ordering::SeqCst);
            return true;
        }
        self.lost.fetch_max(self.handed.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
        false
    }

    /// Waits until all records that were handed over are written. False if the last one was not, if one was lost since, if the
    /// log has ended, or if that takes too long.
    pub(crate) async fn is_written(&self) -> bool {
        if lock(&self.sender).is_none() {
            return false;
        }
        let handed = self.handed.load(Ordering::SeqCst);
        let mut tried = self.tried.clone();
        let written = timeout(PATIENCE, tried.wait_for(|tried| *tried >= handed)).await;
        let Some(tried) = written.ok().and_then(Result::ok).map(|tried| *tried) else { return false };
        tried >= self.lost.load(Ordering::SeqCst) && !self.is_broken.load(Ordering::SeqCst)
    }

    /// Writes what still waits, and ends. False if that takes too long.
    pub(crate) fn finish(&self) -> bool {
        drop(lock(&self.sender).take());
        lock(&self.ended).recv_timeout(AT_THE_END).is_ok()
    }
}

fn write(
    log: &AuditLog,
    mut records: Receiver<LogRecord>,
    tried: &watch::Sender<u64>,
    is_broken: &AtomicBool,
    observer: &Observer,
) {
    while let Some(record) = records.blocking_recv() {
        let written = log.record(&record.entry());
        is_broken.store(written.is_err(), Ordering::SeqCst);
        observer(&written);
        tried.send_modify(|tried| *tried += 1);
    }
}
