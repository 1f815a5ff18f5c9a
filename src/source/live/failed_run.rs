//! Why a run with a live server failed: the text of its error, and what else may work.

use std::process::ExitStatus;
use std::time::Duration;

use super::credentials;
use super::error::Stage;
use super::journal::Journal;
use super::list_error::ListError;
use crate::model::SandboxKind;
use crate::source::protocol::newest;
use crate::source::{Options, Protocol};
use crate::text::prose;

/// What programs say when the system refuses something, in lower case.
const HELD: [&str; 6] = ["read-only file system", "erofs", "permission denied", "eacces", "not permitted", "eperm"];

/// The exit code of `docker run` and `podman run` if they fail themselves.
const ENGINE_FAILED: i32 = 125;

/// The details of a failure, for the error message.
pub(super) struct FailedRun<'a> {
    pub(super) cause: &'a ListError,
    pub(super) ended: Option<ExitStatus>,
    /// The sandbox of the server. For a server that was not started: none.
    pub(super) sandbox: SandboxKind,
    pub(super) stderr_tail: &'a [String],
    pub(super) noise: Option<String>,
    pub(super) options: &'a Options,
}

impl FailedRun<'_> {
    pub(super) fn stage(&self) -> Stage {
        if self.in_handshake() { Stage::Connect } else { Stage::List }
    }

    /// The protocol to use for a second attempt, if one may succeed. A server that starts slowly finds both
    /// `server/discover` and the older handshake in its input, and may accept the first and refuse the second. Other
    /// servers exit if anything comes before the handshake.
    pub(super) fn other_protocol(&self, journal: &Journal, has_read: bool) -> Option<Protocol> {
        match (&self.options.protocol, self.in_handshake()) {
            (Protocol::Auto, true) => {}
            (Protocol::Recorded(_), true) => return Some(Protocol::Auto),
            (Protocol::Version(_), _) | (_, false) => return None,
        }
        match self.cause {
            ListError::Refused { .. } | ListError::Unusable { .. } if journal.was_given_up_early() => {
                Some(Protocol::Version(newest().to_owned()))
            }
            other if other.is_missing_capability() => None,
            ListError::Refused { .. } => Some(Protocol::Auto.with_handshake()),
            // If the server exited without reading its input, the handshake would not help.
            ListError::Closed(_) if has_read || journal.has_answered() => Some(Protocol::Auto.with_handshake()),
            ListError::Closed(_)
            | ListError::StartLimit
            | ListError::RequestLimit(_)
            | ListError::TotalLimit
            | ListError::OverLimit { .. }
            | ListError::OtherVersions { .. }
            | ListError::Unusable { .. } => None,
        }
    }

    fn in_handshake(&self) -> bool {
        let request = match self.cause {
            ListError::StartLimit | ListError::OtherVersions { .. } => return true,
            ListError::TotalLimit => return false,
            ListError::RequestLimit(request) | ListError::Closed(request) => request,
            ListError::Refused { request, .. }
            | ListError::Unusable { request, .. }
            | ListError::OverLimit { request, .. } => request,
        };
        !request.starts_with("tools/list")
    }

    pub(super) fn why(&self) -> String {
        let mut why = match (self.cause, self.ended) {
            (ListError::StartLimit, _) => {
                format!("the server did not answer the handshake within {}", seconds(self.options.start_timeout))
            }
            (ListError::RequestLimit(request), _) => {
                format!("the server did not answer {request} within {}", seconds(self.options.request_timeout))
            }
            (ListError::TotalLimit, _) => {
                format!("the listing did not end within {} in all", seconds(self.options.total_timeout))
            }
            (ListError::Closed(_), Some(_)) if self.failed_in_engine() => {
                format!("{} could not start a container", self.sandbox.name())
            }
            (ListError::Closed(request), Some(status)) => {
                format!("the server ended before it answered {request}: {}", ending(status))
            }
            (ListError::Closed(request), None) => {
                format!("the server closed the connection before it answered {request}")
            }
            (other, _) => other.to_string(),
        };
        if let Some(noise) = &self.noise {
            why.push_str(&format!("\nstandard output held {noise}"));
        }
        if !self.stderr_tail.is_empty() {
            why.push_str("\nstandard error ends with:");
            for line in self.stderr_tail {
                why.push_str(&format!("\n  {line}"));
            }
        }
        why
    }

    /// True if the last lines of the server speak of a refusal by the system.
    fn was_held(&self) -> bool {
        let says = |line: &String| HELD.iter().any(|word| line.to_lowercase().contains(word));
        self.stderr_tail.iter().any(says)
    }

    /// True if the container engine failed, and not the server in it.
    fn failed_in_engine(&self) -> bool {
        let is_engine = matches!(self.sandbox, SandboxKind::Docker | SandboxKind::Podman);
        is_engine && self.ended.is_some_and(|status| status.code() == Some(ENGINE_FAILED))
    }

    /// What the user can try. A sandbox may be the cause, and the server's own messages do not name it.
    pub(super) fn hint(&self) -> Option<String> {
        if self.failed_in_engine() {
            let name = self.sandbox.name();
            return Some(format!(
                "start {name} and try again, or give --sandbox auto, which takes the first that works here"
            ));
        }
        let hint = self.hint_from_server();
        match self.cause {
            ListError::Closed(_) if self.sandbox != SandboxKind::None && !self.was_held() => Some(format!(
                "{}; it ran in a sandbox ({}): if you trust the server, --sandbox none tries it without one",
                hint?,
                self.sandbox.name()
            )),
            ListError::Closed(_)
            | ListError::StartLimit
            | ListError::RequestLimit(_)
            | ListError::TotalLimit
            | ListError::OverLimit { .. }
            | ListError::Unusable { .. }
            | ListError::OtherVersions { .. }
            | ListError::Refused { .. } => hint,
        }
    }

    fn hint_from_server(&self) -> Option<String> {
        let named = credentials::named(self.stderr_tail);
        if !named.is_empty() {
            let pairs: Vec<String> = named.iter().map(|name| format!("--env {name}=...")).collect();
            return Some(format!("the server names {}; it may need {}", prose::list(&named), pairs.join(" ")));
        }
        match self.cause {
            ListError::StartLimit => {
                Some("a first start may download a lot: raise the limit with --start-timeout".into())
            }
            ListError::RequestLimit(_) => Some("raise the limit with --timeout".into()),
            ListError::TotalLimit => Some("raise the limit with --total-timeout".into()),
            ListError::OverLimit { .. } => {
                Some("no honest server comes near this limit; its author may explain".into())
            }
            ListError::Closed(_) if self.sandbox != SandboxKind::None && self.was_held() => Some(format!(
                "it asked for something that the sandbox ({}) does not give; if you trust the server, --home real shows it \
                 your home, and --sandbox none contains it no longer",
                self.sandbox.name()
            )),
            ListError::Closed(_) => {
                Some("run the command by itself to see what it needs (arguments, a credential)".into())
            }
            ListError::Unusable { .. } => Some("another protocol version may work: --protocol 2025-11-25".into()),
            ListError::OtherVersions { .. } if self.cause.names_no_version() => {
                Some("another protocol version may work: --protocol 2025-11-25".into())
            }
            ListError::OtherVersions { .. } => Some(match self.cause.common_version() {
                Some(version) => format!("name a version that it speaks: --protocol {version}"),
                None => {
                    "this version of mcp-scan does not speak it: save the listing with another client, and scan that"
                        .into()
                }
            }),
            other if other.is_missing_capability() => Some(
                "no client that a scan can be is enough: save the listing with another client, and scan that".into(),
            ),
            ListError::Refused { .. } => None,
        }
    }
}

/// For example "exit code 1" or "signal 9".
fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

/// For example "120 s" or "0.5 s".
fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(
            (seconds(Duration::from_secs(120)), seconds(Duration::from_millis(500))),
            ("120 s".into(), "0.5 s".into())
        );
    }
}
