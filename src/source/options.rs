//! How live servers are started and reached.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::bounds::Budget;
use super::identity::Identity;
use super::live::Containment;
use super::protocol::Protocol;

/// Is called with what is being done, from any thread.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// How live servers are reached.
#[derive(Clone)]
pub struct Options {
    /// The longest wait for the handshake, starting and downloading included.
    pub start_timeout: Duration,
    /// The longest wait for one answer after that.
    pub request_timeout: Duration,
    /// Headers for requests over HTTP: name and value.
    pub headers: Vec<(String, String)>,
    /// The longest wait for the whole of one listing.
    pub total_timeout: Duration,
    /// Environment variables for started servers, beside what `containment` leaves them.
    pub env: Vec<(String, String)>,
    /// How much of our own world a started server gets.
    pub containment: Containment,
    /// Which protocol version to speak.
    pub protocol: Protocol,
    /// Who we say that we are.
    pub identity: Identity,
    /// Only addresses of the public internet are reached.
    pub public_only: bool,
    /// What a person would be asked for by the client of a configuration, by id.
    pub inputs: Vec<(String, String)>,
    /// The folder that relative names in a command are seen from; the current one when none is given.
    pub base: Option<PathBuf>,
    /// A started server starts in `base`, whatever its command names.
    pub starts_in_base: bool,
    /// Values beside those of variables and headers that are never shown.
    pub secrets: Vec<String>,
    /// Is told what is being done, in a few words: "starting npx".
    pub progress: Option<Progress>,
    /// Is told what a person must know: a start without a sandbox, a folder that could not be removed.
    pub notice: Option<Progress>,
    /// How much is kept of what is read, shared by all targets of a run.
    pub budget: Budget,
    /// The program that supervises servers: one whose `main` calls [`helper`](super::helper) first.
    pub helper: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_secs(120),
            request_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(600),
            headers: Vec::new(),
            env: Vec::new(),
            inputs: Vec::new(),
            base: None,
            starts_in_base: false,
            secrets: Vec::new(),
            containment: Containment::default(),
            protocol: Protocol::Auto,
            identity: Identity::default(),
            public_only: false,
            progress: None,
            notice: None,
            budget: Budget::default(),
            helper: std::env::current_exe().unwrap_or_default(),
        }
    }
}

impl Options {
    /// Tells [`Options::progress`] what is being done.
    pub(crate) fn progress(&self, state: &str) {
        if let Some(progress) = &self.progress {
            progress(state);
        }
    }

    /// Tells [`Options::notice`] what a person must know.
    pub(crate) fn notice(&self, text: &str) {
        if let Some(notice) = &self.notice {
            notice(text);
        }
    }
}
