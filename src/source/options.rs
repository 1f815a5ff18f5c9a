//! Options for starting and connecting to live servers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::authorization::SignIns;
use super::bounds::Budget;
use super::identity::{Identity, Offers};
use super::live::Containment;
use super::protocol::Protocol;

/// A callback that receives a short status text. It may be called from any thread.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// Options for starting and connecting to live servers.
#[derive(Clone)]
pub struct Options {
    /// Timeout for the handshake, including the start and any download.
    pub start_timeout: Duration,
    /// Timeout for each later response.
    pub request_timeout: Duration,
    /// Additional HTTP headers: name and value.
    pub headers: Vec<(String, String)>,
    /// Timeout for one whole listing.
    pub total_timeout: Duration,
    /// Environment variables for started servers, in addition to those that `containment` lets through.
    pub env: Vec<(String, String)>,
    /// How much of the host a started server can access.
    pub containment: Containment,
    /// The protocol version to request.
    pub protocol: Protocol,
    /// The client name and version to send.
    pub identity: Identity,
    /// What the handshake offers to the server. A listing needs none of it, but a server may insist.
    pub offers: Offers,
    /// The tokens of servers that the user signed in to. `None` to send none.
    pub sign_ins: Option<SignIns>,
    /// The lock file that pins versions and digests of packages.
    pub lockfile: Option<PathBuf>,
    /// Whether only public internet addresses may be reached.
    pub public_only: bool,
    /// Values for the inputs that a client would ask the user for: id and value.
    pub inputs: Vec<(String, String)>,
    /// Whether to read the content of static resources.
    pub read_resources: bool,
    /// The folder against which relative paths in a command are resolved; the current folder if `None`.
    pub base: Option<PathBuf>,
    /// Whether servers always start in `base`, even if their configuration names another folder.
    pub starts_in_base: bool,
    /// Further values to redact, besides those of variables and headers.
    pub secrets: Vec<String>,
    /// Receives the current step, in a few words: "starting npx".
    pub progress: Option<Progress>,
    /// Receives warnings for the user: a start without a sandbox, a folder that could not be removed.
    pub notice: Option<Progress>,
    /// Whether standard error of a started server goes to our own.
    pub passes_stderr: bool,
    /// The memory budget, shared by all targets of a run.
    pub budget: Budget,
    /// The program that supervises servers. Its `main` must call [`helper`](super::helper) first.
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
            read_resources: false,
            base: None,
            starts_in_base: false,
            secrets: Vec::new(),
            containment: Containment::default(),
            protocol: Protocol::Auto,
            identity: Identity::default(),
            offers: Offers::default(),
            sign_ins: None,
            lockfile: None,
            public_only: false,
            progress: None,
            notice: None,
            passes_stderr: false,
            budget: Budget::default(),
            helper: std::env::current_exe().unwrap_or_default(),
        }
    }
}

impl Options {
    /// Reports the current step to [`Options::progress`].
    pub(crate) fn progress(&self, state: &str) {
        if let Some(progress) = &self.progress {
            progress(state);
        }
    }

    /// Reports a warning to [`Options::notice`].
    pub(crate) fn notice(&self, text: &str) {
        if let Some(notice) = &self.notice {
            notice(text);
        }
    }
}
