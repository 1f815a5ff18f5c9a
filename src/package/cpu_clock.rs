//! How long an evaluation has worked. The time of its thread counts and not that of the wall, so a busy machine reads as
//! much of a package as an idle one.

use std::time::Duration;

use cpu_time::ThreadTime;

/// The longest evaluation of one language; far more than any real package takes.
const MAX_TIME: Duration = Duration::from_secs(20);

/// The time that the thread has worked since this was made on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuClock {
    /// `None` if the system does not tell.
    started: Option<ThreadTime>,
}

impl CpuClock {
    pub(crate) fn start() -> Self {
        Self { started: ThreadTime::try_now().ok() }
    }

    /// True beyond the longest time. Where the system does not tell, the steps alone bound an evaluation.
    pub(crate) fn is_out_of_time(self) -> bool {
        self.started.and_then(|started| started.try_elapsed().ok()).is_some_and(|worked| worked > MAX_TIME)
    }
}
