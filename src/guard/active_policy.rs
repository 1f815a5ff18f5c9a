//! The policy in use. It can be replaced while calls are decided.

use std::collections::HashSet;
use std::convert::Infallible;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::mutex::lock;
use super::spelling::folded;
use super::tool_call::refuse_resembling_arguments;
use crate::model::{Decision, PolicyAction};
use crate::policy::engines::EnginePolicy;
use crate::policy::{Call, Decided, Decider, Decisions, Outcome, Verdict};

/// How often the file is checked for a change.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// A policy that decides calls.
pub(crate) struct ActivePolicy(Kind);

enum Kind {
    Read(Box<ReadPolicy>),
    /// A policy that only its engine can decide: Rego modules, Cedar.
    Engine(Mutex<EnginePolicy>),
}

/// A policy that was read.
struct ReadPolicy {
    decisions: Decisions,
    decider: Decider,
    /// The names of the tools that it names, folded.
    folded: HashSet<String>,
}

impl ActivePolicy {
    /// `decider` was made for `decisions`.
    pub(crate) fn new(decisions: Decisions, decider: Decider) -> Self {
        let folded = decisions.tools.keys().map(|name| folded(name)).collect();
        Self(Kind::Read(Box::new(ReadPolicy { decisions, decider, folded })))
    }

    /// The policy of an engine. It counts nothing and hides no tool.
    pub(crate) fn of_engine(engine: EnginePolicy) -> Self {
        Self(Kind::Engine(Mutex::new(engine)))
    }

    /// The decision on `call`, before its limits are counted.
    pub(super) fn decide(&self, call: &Call) -> Decided {
        match &self.0 {
            Kind::Read(policy) => policy.decide(call),
            Kind::Engine(engine) => {
                let verdict = lock(engine).decide(call);
                Decided { verdict, limits: Vec::new() }
            }
        }
    }

    /// True if a person may be asked about a call.
    fn asks(&self) -> bool {
        match &self.0 {
            Kind::Read(policy) => {
                let decisions = policy.decisions.tools.values().chain(&policy.decisions.every);
                let asks = |decision: &Decision| {
                    decision.action == PolicyAction::Approve || decision.guards.iter().any(|guard| guard.asks)
                };
                policy.decisions.default == PolicyAction::Approve || decisions.into_iter().any(asks)
            }
            Kind::Engine(_) => true,
        }
    }

    /// Whether the policy names `tool`. `None` if it names no tool, or only its engine knows which.
    pub(super) fn names(&self, tool: &str) -> Option<bool> {
        match &self.0 {
            Kind::Read(policy) if policy.decisions.tools.is_empty() => None,
            Kind::Read(policy) => Some(policy.decisions.tools.contains_key(tool)),
            Kind::Engine(_) => None,
        }
    }

    /// True if `tool` is left out of listings.
    pub(super) fn hides(&self, tool: &str) -> bool {
        match &self.0 {
            Kind::Read(policy) => policy.hides(tool),
            Kind::Engine(_) => false,
        }
    }
}

impl ReadPolicy {
    fn decide(&self, call: &Call) -> Decided {
        let denied = |rule: &str, message: String| Decided {
            verdict: Verdict { outcome: Outcome::Denied, rule: rule.to_owned(), message: Some(message) },
            limits: Vec::new(),
        };
        let own = self.decisions.tools.get(&call.tool);
        if own.is_none() && self.folded.contains(&folded(&call.tool)) {
            return denied(
                "tool name",
                "No tool has this name; the policy has one that is spelled almost like it.".into(),
            );
        }
        let guards = own.into_iter().chain(&self.decisions.every).flat_map(|decision| &decision.guards);
        let paths: Vec<&str> = guards.flat_map(|guard| guard.parameters()).collect();
        if let Err(cause) = refuse_resembling_arguments(call, paths.into_iter()) {
            return denied("ambiguous argument", format!("The call is refused: {cause}."));
        }
        self.decider.decide(&self.decisions, call)
    }

    fn hides(&self, tool: &str) -> bool {
        let hides = |decision: &Decision| decision.action == PolicyAction::Hide;
        match self.decisions.tools.get(tool) {
            Some(own) => hides(own),
            // It cannot be called, and a model may take it for the other one.
            None if self.folded.contains(&folded(tool)) => true,
            None => self.decisions.default == PolicyAction::Hide,
        }
    }
}

/// Reads the policy again.
pub(crate) type Load = Box<dyn Fn() -> Result<ActivePolicy, LoadError> + Send + Sync>;

/// Why a policy cannot be read again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// What is no file, such as a pipe, could be waited for without an end.
    #[error("{} is no regular file any more", .0.display())]
    NoFile(PathBuf),
    #[error("{attempt}: {cause}")]
    Policy {
        /// What failed.
        attempt: String,
        /// Why.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The policy of some files, read again when one of them changes.
pub(crate) struct WatchedPolicy {
    files: Vec<PathBuf>,
    load: Load,
    current: RwLock<Arc<ActivePolicy>>,
    /// The versions of the files that were read first, or older ones.
    first: Vec<Version>,
}

/// What identifies the content of a file that was read. A copy may keep the time and the length of another file, but not which
/// file it is and when it came there.
type Version = Option<(SystemTime, u64, u64, i64, i64)>;

impl WatchedPolicy {
    /// The policy that `first` reads from `files`; `load` reads it again. The first file is the policy, the others are its
    /// overlays.
    pub(crate) fn new<E>(
        files: Vec<PathBuf>,
        first: impl FnOnce() -> Result<ActivePolicy, E>,
        load: Load,
    ) -> Result<Self, E> {
        // A change while or after a file is read must be seen, however long it takes until the files are watched.
        let versions = versions(&files);
        Ok(Self { current: RwLock::new(Arc::new(first()?)), first: versions, files, load })
    }

    /// True if the policy in use may ask a person about a call.
    pub(crate) fn asks(&self) -> bool {
        self.current().asks()
    }

    /// The policy that decides now.
    pub(super) fn current(&self) -> Arc<ActivePolicy> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the policy whenever a file has changed and stays as it is until the next look, for ever: half of a file that is
    /// being written can be a policy that allows more. A file that cannot be read leaves the policy as it is.
    pub(super) async fn watch(&self, report: &(dyn Fn(&str) + Send + Sync)) -> Infallible {
        let mut seen = self.first.clone();
        let mut before = seen.clone();
        loop {
            tokio::time::sleep(CHECK_EVERY).await;
            let now = versions(&self.files);
            let is_settled = now == before;
            before.clone_from(&now);
            if now == seen || !is_settled {
                continue;
            }
            seen = now;
            let path = self.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
            match self.load_again() {
                Ok(policy) => {
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
                    report(&format!("the policy {path} was read again"));
                }
                Err(cause) => {
                    report(&format!("the policy {path} changed and cannot be used, so the old one stays: {cause}"));
                }
            }
        }
    }

    fn load_again(&self) -> Result<ActivePolicy, LoadError> {
        let is_no_file = |file: &PathBuf| std::fs::metadata(file).is_ok_and(|found| !found.is_file());
        match self.files.iter().find(|file| is_no_file(file)) {
            Some(file) => Err(LoadError::NoFile(file.clone())),
            None => (self.load)(),
        }
    }
}

fn versions(files: &[PathBuf]) -> Vec<Version> {
    let version = |file: &PathBuf| {
        let found = std::fs::metadata(file).ok()?;
        #[cfg(unix)]
        let (file, changed, nanoseconds) = (found.ino(), found.ctime(), found.ctime_nsec());
        #[cfg(not(unix))]
        let (file, changed, nanoseconds) = (0, 0, 0);
        Some((found.modified().ok()?, found.len(), file, changed, nanoseconds))
    };
    files.iter().map(version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Document;

    #[cfg(unix)]
    #[test]
    fn a_file_of_the_same_time_and_length_is_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let then = SystemTime::UNIX_EPOCH;
        for (path, text) in paths.iter().zip(["default: deny ", "default: allow"]) {
            std::fs::write(path, text).unwrap();
            std::fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
        }
        let before = versions(&paths[..1]);
        std::fs::rename(&paths[1], &paths[0]).unwrap();
        assert_ne!(versions(&paths[..1]), before);
        let before = versions(&paths[..1]);
        std::fs::write(&paths[0], "default: allow").unwrap();
        std::fs::File::options().write(true).open(&paths[0]).unwrap().set_modified(then).unwrap();
        assert_ne!(versions(&paths[..1]), before);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_before_the_file_is_watched_is_seen() {
        let read = |text: &str| {
            let document = Document::read(text, None).unwrap();
            let decider = Decider::new(&document.decisions).naming(document.names);
            ActivePolicy::new(document.decisions, decider)
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        let change = || std::fs::write(file.path(), "changed").unwrap();
        let first = || {
            change();
            Ok::<_, Infallible>(read("version: '1'\ndefault: allow\ntools: {}\n"))
        };
        let load: Load = Box::new(move || Ok(read("version: '1'\ndefault: deny\ntools: {}\n")));
        let Ok(policy) = WatchedPolicy::new(vec![file.path().to_owned()], first, load);
        let outcome = || {
            let call = Call { tool: "look".into(), arguments: serde_json::json!({}), at: 0 };
            policy.current().decide(&call).verdict.outcome
        };
        assert_eq!(outcome(), Outcome::Allowed);
        let ignore = |_: &str| {};
        let watched = tokio::time::timeout(4 * CHECK_EVERY, policy.watch(&ignore)).await;
        assert_eq!((watched.is_err(), outcome()), (true, Outcome::Denied));
    }
}
