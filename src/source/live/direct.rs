//! A running server and all that it started, where there is no supervisor: a process group on macOS, a job on Windows.
//! A process that makes a session of its own is not found there.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};

use super::ending::{Streams, end_meanwhile, wait_for_ends};
use super::folder::ThrowAway;
use super::plan::Supervision;

/// How long a server has to leave after its input is closed, and again after it is asked to.
const GRACE: Duration = Duration::from_secs(1);

/// Waits until every server is gone, at the end of this program.
pub fn end_all() {
    wait_for_ends();
}

/// A running server.
pub(crate) struct Running {
    child: Box<dyn ChildWrapper>,
    is_asked: bool,
    // Dropped last: nothing writes any more when the folder goes.
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

    /// The process that scans.
    pub(crate) fn scanner() -> i32 {
        std::process::id().cast_signed()
    }

    /// Waits until the first process has ended. Can be dropped and called again.
    pub(crate) async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Not known here.
    pub(crate) fn has_read_its_input(&self) -> bool {
        false
    }

    /// Lets it end while other work goes on.
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
            // An error means that no process of the group is left.
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
        // All of the group or the job.
        let _ = self.child.start_kill();
        let _ = self.has_ended_within(GRACE);
    }
}
