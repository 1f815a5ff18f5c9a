//! The check right before an agreed server starts: that nothing has changed since the agreement was looked up. Other
//! servers may have run in between.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::agreed_files::{AgreedFiles, Difference};
use super::error::LaunchRefusal;
use super::project_files::ProjectFiles;
use super::proposal::Proposal;

/// Tells which differences are outputs of this program.
pub(crate) type IsOwn = dyn Fn(&AgreedFiles, &Difference) -> bool + Send + Sync;

/// What was agreed to.
#[derive(Clone)]
pub(crate) struct StartCheck {
    pub(crate) proposal: Arc<Proposal>,
    pub(crate) files: AgreedFiles,
    pub(crate) starts_in_project: bool,
    /// Whether an earlier run recorded the agreement, so that nobody has looked at what runs now.
    pub(crate) is_of_earlier_run: bool,
    /// The files as they were read.
    pub(crate) read: Arc<Mutex<ProjectFiles>>,
    pub(crate) is_own: Arc<IsOwn>,
}

impl StartCheck {
    /// Why what the server listed is not what was agreed to, where nothing kept others from its files while it ran.
    pub(super) fn refusal_afterwards(&self, now: Result<Proposal, LaunchRefusal>) -> Option<LaunchRefusal> {
        let refusal = self.is_of_earlier_run.then(|| self.refusal(now)).flatten()?;
        Some(match refusal {
            LaunchRefusal::ChangedSince(what) => LaunchRefusal::ChangedMeanwhile(what),
            other => other,
        })
    }

    /// Why the server must not start with the proposal `now`.
    pub(super) fn refusal(&self, now: Result<Proposal, LaunchRefusal>) -> Option<LaunchRefusal> {
        let now = match now {
            Ok(now) if now.starts_like(&self.proposal) => now.with(self.proposal.given.clone()),
            Ok(_) => return Some(LaunchRefusal::ChangedSince("its folder is another".into())),
            Err(refusal) => return Some(refusal),
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner).again();
        let files = match now.files(&mut read, self.starts_in_project) {
            Ok(files) => files,
            Err(cause) => return Some(cause.into()),
        };
        let keys: Vec<&str> = self.files.parts().keys().map(String::as_str).collect();
        let before = |key: &str| self.files.parts().get(key).map(AsRef::as_ref);
        let mut changed = files.differences(before, &keys).into_iter();
        let (how, name) = changed.find(|difference| !(self.is_own)(&files, difference))?;
        Some(LaunchRefusal::ChangedSince(format!("{how}: the file {name}")))
    }
}

impl fmt::Debug for StartCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartCheck").finish_non_exhaustive()
    }
}

impl PartialEq for StartCheck {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.proposal, &other.proposal) && self.files == other.files
    }
}

impl Eq for StartCheck {}
