//! A running server and its descendants, ended by its supervisor.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

use super::descendants;
use super::ending::{Streams, end_meanwhile, wait_for_ends};
use super::folder::ThrowAway;
use super::plan::{self, Supervision};

/// How long a supervisor may take to end a server: two grace periods, and the same again for a busy machine.
const LONGEST_END: Duration = Duration::from_secs(6);

/// Waits until every server has ended, then kills our remaining children: if a server has killed its supervisor, its
/// processes are now ours. To be called before this program exits, when it has no other children.
pub fn end_all() {
    wait_for_ends();
    descendants::kill_all();
}

/// A server that runs under its supervisor.
pub(crate) struct Running {
    supervisor: Child,
    /// Readable once the supervisor has ended.
    ended: OwnedFd,
    status: Option<ExitStatus>,
    /// The server's standard input, to check whether it has read everything.
    input: Option<OwnedFd>,
    /// Whether the supervisor was asked to end the server, so it gets time to do so.
    is_asked: bool,
    // Dropped last, when no process writes to the folder any more.
    #[expect(dead_code, reason = "held to be dropped")]
    folder: ThrowAway,
}

impl Running {
    /// Starts `plan` under a supervisor, using the program `helper`.
    pub(crate) fn start(helper: &Path, plan: &Supervision, folder: ThrowAway) -> io::Result<(Self, Streams)> {
        let mut supervisor = Command::new(helper)
            .arg(plan::SUPERVISE)
            .env_clear()
            .env(plan::VARIABLE, plan::packed(plan)?)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("a stream of the process is missing");
        let stdin = ChildStdin::from_std(supervisor.stdin.take().ok_or_else(missing)?)?;
        let stdout = ChildStdout::from_std(supervisor.stdout.take().ok_or_else(missing)?)?;
        let stderr = ChildStderr::from_std(supervisor.stderr.take().ok_or_else(missing)?)?;
        let ended = pidfd_open(Pid::from_child(&supervisor), PidfdFlags::empty())?;
        let input = Some(stdin.as_fd().try_clone_to_owned()?);
        let this = Self { supervisor, ended, status: None, input, is_asked: false, folder };
        Ok((this, Streams { stdin, stdout, stderr }))
    }

    /// The process id of the scanner.
    pub(crate) fn scanner() -> i32 {
        getpid().as_raw_pid()
    }

    /// Waits until the server's main process has ended. Cancel safe.
    pub(crate) async fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            #[expect(deprecated, reason = "an owned descriptor is what the unsafe function asks for")]
            let ended = AsyncFd::with_interest(self.ended.try_clone().ok()?, Interest::READABLE).ok()?;
            let _ = ended.readable().await.ok()?;
            self.status = self.supervisor.try_wait().ok().flatten();
        }
        self.status
    }

    /// How many bytes of what was sent to the server it has not read. `None` if that is not known.
    pub(crate) fn unread_input(&self) -> Option<u64> {
        rustix::io::ioctl_fionread(self.input.as_ref()?).ok()
    }

    /// Ends the server in the background. Its input must be closed.
    pub(crate) fn end(mut self) {
        self.input = None;
        self.signal(Signal::TERM);
        self.is_asked = true;
        end_meanwhile(self);
    }

    fn signal(&self, signal: Signal) {
        // An error means that it has already ended.
        let _ = pidfd_send_signal(&self.ended, signal);
    }

    fn has_ended_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while self.status.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            let mut ended = [PollFd::new(&self.ended, PollFlags::IN)];
            match poll(&mut ended, Some(&left)) {
                Ok(0) => return false,
                Err(rustix::io::Errno::INTR) => {}
                Ok(_) | Err(_) => {
                    self.status = self.supervisor.wait().ok();
                    return true;
                }
            }
        }
        true
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_asked {
            self.signal(Signal::INT);
        }
        if !self.has_ended_within(LONGEST_END) {
            let _ = self.supervisor.kill();
            let _ = self.supervisor.wait();
        }
    }
}
