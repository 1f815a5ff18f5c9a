//! A running server and its descendants on systems without a supervisor: a process group on macOS, a job on Windows. On
//! macOS, a process that creates its own session is missed.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};

use super::ending::{Streams, end_meanwhile, wait_for_ends};
use super::folder::ThrowAway;
use super::plan::Supervision;

/// How long a server may take to exit after its input is closed, and again after it is asked to stop.
const GRACE: Duration = Duration::from_secs(1);

/// Waits until every server has ended. To be called before this program exits.
pub fn end_all() {
    wait_for_ends();
}

/// A running server.
pub(crate) struct Running {
    child: Box<dyn ChildWrapper>,
    is_asked: bool,
    // Dropped last, when no process writes to the folder any more.
    #[expect(dead_code, reason = "held to be dropped")]
    folder: ThrowAway,
}

impl Running {
    /// Starts the server of `plan`.
    pub(crate) fn start(_helper: &Path, plan: &Supervision, folder: ThrowAway) -> io::Result<(Self, Streams)> {
        let start = &plan.start;
        let mut wrap = CommandWrap::with_new(&start.program.0, |child| {
            child.args(start.args.iter().map(|arg| &arg.0));
            child.env_clear().envs(start.variables.iter().map(|(name, value)| (&name.0, &value.0)));
            child.current_dir(&start.folder.0);
            child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        #[cfg(unix)]
        wrap.wrap(process_wrap::tokio::ProcessSession);
        #[cfg(windows)]
        wrap.wrap(process_wrap::tokio::JobObject);
        wrap.wrap(KillOnDrop);
        let mut child = wrap.spawn()?;
        let missing = || io::Error::other("a stream of the process is missing");
        let streams = Streams {
            stdin: child.stdin().take().ok_or_else(missing)?,
            stdout: child.stdout().take().ok_or_else(missing)?,
            stderr: child.stderr().take().ok_or_else(missing)?,
        };
        Ok((Self { child, is_asked: false, folder }, streams))
    }

    /// The process id of the scanner.
    pub(crate) fn scanner() -> i32 {
        std::process::id().cast_signed()
    }

    /// Waits until the server's main process has ended. Cancel safe.
    pub(crate) async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Always `None`: not known on this system.
    pub(crate) fn unread_input(&self) -> Option<u64> {
        None
    }

    /// Ends the server in the background.
    pub(crate) fn end(mut self) {
        self.is_asked = true;
        end_meanwhile(self);
    }

    fn has_ended_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < until => sleep(Duration::from_millis(2)),
                Ok(None) => return false,
                Ok(Some(_)) | Err(_) => return true,
            }
        }
    }

    #[cfg(unix)]
    fn ask_to_end(&self) {
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        if let Some(group) = id {
            // An error means that the process group is empty.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
    }

    #[cfg(not(unix))]
    fn ask_to_end(&self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_asked && !self.has_ended_within(GRACE) {
            self.ask_to_end();
            let _ = self.has_ended_within(GRACE);
        }
        // Kills the whole process group or job.
        let _ = self.child.start_kill();
        let _ = self.has_ended_within(GRACE);
    }
}
