//! A started server process: contained, with its standard error drained and the last lines kept, and always cleaned up.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::contained::{self, Contained};
use super::folder::{ThrowAway, private_base};
use super::process::Running;
use super::sandbox::Chosen;
use super::start_error::StartError;
use crate::model::SandboxKind;
use crate::source::{Command, Options};
use crate::text::clean;

/// Why a program cannot be started.
const NOT_THERE: &str = "no program of this name was found on the PATH";
/// Maximum number of lines of standard error to keep.
const KEPT_LINES: usize = 20;
/// Maximum length of such a line, in bytes.
const KEPT_LINE: usize = 1_000;

/// A running server process and its descendants.
pub(crate) struct Process {
    running: Running,
    stderr: Arc<Mutex<Tail>>,
    drain: JoinHandle<()>,
    sandbox: SandboxKind,
}

/// The pipes for talking to the server.
pub(crate) struct Streams {
    /// Standard input.
    pub(crate) stdin: ChildStdin,
    /// Standard output.
    pub(crate) stdout: ChildStdout,
}

impl Process {
    /// Starts `command` with the restrictions in `options`: a session without a terminal, pipes as streams, a reduced
    /// environment, a temporary home and working folder, a sandbox.
    pub(crate) fn start(command: &Command, options: &Options) -> Result<(Self, Streams), StartError> {
        let program = which::which(&command.program).map_err(|_| io::Error::new(io::ErrorKind::NotFound, NOT_THERE))?;
        let sandbox = Chosen::new(&options.containment)?;
        if let Some(warning) = sandbox.warning() {
            options.notice(&format!("starting {} {warning}", command.program_name()));
        }
        // In a sandbox nobody else's files are above it.
        let private = Some(sandbox.kind()).filter(|kind| *kind == SandboxKind::None).and_then(|_| private_base());
        let folder = ThrowAway::new(private.as_deref(), options.notice.clone())?;
        let base = options.base.clone().map_or_else(std::env::current_dir, Ok)?;
        let starts_there =
            options.containment.real_home || options.starts_in_base || !named_in(&base, command).is_empty();
        let contained = Contained {
            command,
            program,
            named: named_in(&base, command),
            base: starts_there.then_some(base),
            options,
            folder: &folder,
        };
        let kind = sandbox.kind();
        let plan = contained::plan(&contained, sandbox)?;
        let (running, streams) = Running::start(&options.helper, &plan, folder)?;
        let stderr = Arc::new(Mutex::new(Tail::default()));
        let drain = tokio::spawn(drain(streams.stderr, Arc::clone(&stderr), options.passes_stderr));
        let streams = Streams { stdin: streams.stdin, stdout: streams.stdout };
        Ok((Self { running, stderr, drain, sandbox: kind }, streams))
    }

    /// The sandbox that the server runs in.
    pub(crate) fn sandbox(&self) -> SandboxKind {
        self.sandbox
    }

    /// Waits until the server's main process has ended. Cancel safe.
    pub(crate) async fn ended(&mut self) -> Option<ExitStatus> {
        self.running.ended().await
    }

    /// The exit status, if the server ends within `limit`.
    pub(crate) async fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        timeout(limit, self.ended()).await.ok().flatten()
    }

    /// The last lines of standard error, escaped. If the process has `ended`, waits a moment for output that is still
    /// in the pipe.
    pub(crate) async fn stderr_tail(&mut self, ended: bool) -> Vec<String> {
        if ended {
            let _ = timeout(Duration::from_millis(300), &mut self.drain).await;
        }
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).lines()
    }

    /// How many bytes of what was sent to the server it has not read. `None` if that is not known.
    pub(crate) fn unread_input(&self) -> Option<u64> {
        self.running.unread_input()
    }

    /// Ends the server in the background, after its input was closed: a grace period, then a request to stop, then a
    /// kill of all its processes.
    pub(crate) fn end(self) {
        self.running.end();
    }
}

/// The existing files and folders that the words of `command` name, relative to `base`. If there are relative ones, the
/// command must start in `base`.
fn named_in(base: &Path, command: &Command) -> Vec<PathBuf> {
    let values = |word: &str| word.split_once('=').map(|(_, value)| value.to_owned());
    let words = std::iter::once(&command.program).chain(&command.args);
    let words = words.flat_map(|word| [Some(word.clone()), values(word)]).flatten();
    let relative = words.filter(|word| !word.is_empty() && Path::new(word).is_relative());
    relative.map(|word| base.join(word)).filter(|path| path.exists()).collect()
}

/// The last lines of a stream, with bounded memory.
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

async fn drain(mut stream: impl AsyncRead + Unpin, tail: Arc<Mutex<Tail>>, passes: bool) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read) = stream.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return };
        if passes {
            // Our own standard error may be closed.
            let _ = tokio::io::stderr().write_all(bytes).await;
        }
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
