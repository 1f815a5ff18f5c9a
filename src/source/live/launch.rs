//! A started server: contained, its standard error drained and remembered, and nothing left of it whatever happens.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::environment::{self, Variables};
use super::escaped::{self, Mark};
use super::folder::ThrowAway;
use super::sandbox::Bwrap;
use crate::source::{Command, Options};
use crate::text::clean;

/// How long a server has to leave after its input is closed, and again after it is asked to.
const GRACE: Duration = Duration::from_secs(1);
/// How many lines of standard error are kept.
const KEPT_LINES: usize = 20;
/// How much of one line is kept, in bytes.
const KEPT_LINE: usize = 1_000;

/// A running server process and all that it started.
pub struct Process {
    child: Box<dyn ChildWrapper>,
    // Dropped in this order: nothing writes any more when the folder goes.
    group: ProcessGroupGuard,
    #[expect(dead_code, reason = "held to be dropped")]
    folder: ThrowAway,
    stderr: Arc<Mutex<Tail>>,
    drain: JoinHandle<()>,
    sandboxed: bool,
}

/// The streams to talk to it.
pub struct Streams {
    /// Its standard input.
    pub stdin: ChildStdin,
    /// Its standard output.
    pub stdout: ChildStdout,
}

/// Why a server was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable to pass on is not there.
    #[error("the variable {0} is to be passed on, but it is not set here")]
    NoVariable(String),
    /// The sandbox that was asked for cannot be had.
    #[error("{0}")]
    NoSandbox(String),
    /// The system refused.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// What to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoVariable(_) => "set it, or give it a value with --env NAME=VALUE",
            Self::NoSandbox(_) => "start the server without it: --sandbox none, and without --offline",
            Self::System(_) => "check that the command runs by itself",
        }
    }
}

impl Process {
    /// Starts `command` in what `options` leave it of this machine: a session of its own without a terminal, streams
    /// that are pipes, little of our environment, a throw-away home and folder, a sandbox.
    pub fn start(command: &Command, options: &Options) -> Result<(Self, Streams), StartError> {
        let containment = &options.containment;
        let program = which::which(&command.program).map_err(|cause| io::Error::new(io::ErrorKind::NotFound, cause))?;
        let sandbox = Bwrap::find(containment).map_err(StartError::NoSandbox)?;
        let folder = ThrowAway::new()?;
        let ours: Variables = std::env::vars_os().collect();
        let mut variables = environment::of_ours(&ours, containment).map_err(StartError::NoVariable)?;
        let mut writable = vec![folder.path().to_owned()];
        if !containment.real_home {
            let real = std::env::home_dir();
            let caches =
                environment::lead_home(&mut variables, &ours, real.as_deref(), &folder.home(), &folder.temporary());
            writable.extend(caches);
        }
        variables.extend(options.env.iter().map(|(name, value)| (name.into(), value.into())));
        let mark = Mark::new();
        variables.insert(escaped::VARIABLE.into(), mark.value().into());
        let base = options.base.clone().map_or_else(std::env::current_dir, Ok)?;
        let starts_there = containment.real_home || options.starts_in_base || names_something_in(&base, command);
        let place = if starts_there { base } else { folder.work() };
        let (program, args) = match &sandbox {
            Some(bwrap) => (bwrap.program().to_owned(), bwrap.words(&program, &command.args, &place, &writable)),
            None => (program, command.args.iter().map(OsString::from).collect()),
        };
        let mut wrap = CommandWrap::with_new(program, |child| {
            child.args(args).env_clear().envs(variables).current_dir(place);
            child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        #[cfg(unix)]
        wrap.wrap(process_wrap::tokio::ProcessSession);
        #[cfg(windows)]
        wrap.wrap(process_wrap::tokio::JobObject);
        wrap.wrap(KillOnDrop);
        let mut child = wrap.spawn()?;
        let group = ProcessGroupGuard::new(child.id(), mark);
        let missing = || io::Error::other("a stream of the process is missing");
        let stdin = child.stdin().take().ok_or_else(missing)?;
        let stdout = child.stdout().take().ok_or_else(missing)?;
        let errors = child.stderr().take().ok_or_else(missing)?;
        let stderr = Arc::new(Mutex::new(Tail::default()));
        let drain = tokio::spawn(drain(errors, Arc::clone(&stderr)));
        Ok((Self { child, group, folder, stderr, drain, sandboxed: sandbox.is_some() }, Streams { stdin, stdout }))
    }

    /// True when it runs in a sandbox.
    pub fn is_sandboxed(&self) -> bool {
        self.sandboxed
    }

    /// Waits until the first process has ended. Can be dropped and called again.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// What it ended with, when it ends within `limit`.
    pub async fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        timeout(limit, self.ended()).await.ok().flatten()
    }

    /// The last lines of its standard error, cleaned. Waits a moment for what is still in the pipe of one that has
    /// `ended`.
    pub async fn last_words(&mut self, ended: bool) -> Vec<String> {
        if ended {
            let _ = timeout(Duration::from_millis(300), &mut self.drain).await;
        }
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).lines()
    }

    /// Ends it after its input was closed: time to leave, then a request to, then the end of the whole group.
    pub async fn stop(mut self) {
        if self.ended_within(GRACE).await.is_none() {
            self.group.ask_to_end();
            let _ = self.ended_within(GRACE).await;
        }
        self.kill().await;
    }

    /// Ends the whole group at once.
    pub async fn kill(mut self) {
        self.group.kill();
        let _ = self.child.start_kill();
        let _ = self.ended_within(GRACE).await;
        self.drain.abort();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.drain.abort();
    }
}

/// True when a word of `command` is a file or a folder seen from `base`: then it is to start there.
fn names_something_in(base: &Path, command: &Command) -> bool {
    let values = |word: &str| word.split_once('=').map(|(_, value)| value.to_owned());
    let words = std::iter::once(&command.program).chain(&command.args);
    words.flat_map(|word| [Some(word.clone()), values(word)]).flatten().any(|word| {
        let path = Path::new(&word);
        !word.is_empty() && path.is_relative() && base.join(path).exists()
    })
}

/// Kills the process group when dropped, and what has left it: synchronously, so that it also works when the runtime is
/// already gone. rmcp moves transports into tasks of its own, so this must be held outside of them. On Windows the job
/// object does it.
struct ProcessGroupGuard {
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
    mark: Mark,
}

#[cfg(unix)]
impl ProcessGroupGuard {
    fn new(leader: Option<u32>, mark: Mark) -> Self {
        let raw = leader.and_then(|id| i32::try_from(id).ok());
        Self { group: raw.and_then(rustix::process::Pid::from_raw), mark }
    }

    fn ask_to_end(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Kills the group and forgets it, because its number may be given to another later.
    fn kill(&mut self) {
        if self.group.is_some() {
            self.signal(rustix::process::Signal::KILL);
            self.group = None;
            self.mark.kill_all();
        }
    }

    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(group) = self.group {
            // An error means that no process of the group is left.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

#[cfg(not(unix))]
impl ProcessGroupGuard {
    fn new(_: Option<u32>, mark: Mark) -> Self {
        Self { mark }
    }
    fn ask_to_end(&self) {}
    fn kill(&mut self) {
        self.mark.kill_all();
    }
}

impl Drop for ProcessGroupGuard {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The last lines of a stream, in bounded memory.
#[derive(Debug, Default)]
struct Tail {
    lines: VecDeque<Vec<u8>>,
    current: Vec<u8>,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        for (at, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if at > 0 {
                let line = std::mem::take(&mut self.current);
                self.lines.push_back(line);
                if self.lines.len() > KEPT_LINES {
                    self.lines.pop_front();
                }
            }
            let room = KEPT_LINE.saturating_sub(self.current.len());
            self.current.extend(part.iter().take(room));
            if part.len() > room && room > 0 {
                self.current.extend(b"...");
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let all = self.lines.iter().chain(std::iter::once(&self.current));
        let shown = all.map(|line| clean::one_line(&String::from_utf8_lossy(line)));
        shown.filter(|line| !line.is_empty()).collect()
    }
}

async fn drain(mut stream: impl AsyncRead + Unpin, tail: Arc<Mutex<Tail>>) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read) = stream.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return };
        tail.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_last_lines_and_not_more() {
        let mut tail = Tail::default();
        for i in 0..1_000 {
            tail.push(format!("line {i}\n").as_bytes());
        }
        tail.push(b"\x1b[31mthe ");
        tail.push(b"end");
        let lines = tail.lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[20].as_str()), (21, "line 980", "the end"));
        tail.push(&vec![b'x'; 1 << 20]);
        assert!(tail.current.len() <= KEPT_LINE + 3 && tail.current.ends_with(b"x..."));
    }
}
