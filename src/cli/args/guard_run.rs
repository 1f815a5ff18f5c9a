//! The options of a guard in front of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use url::Url;

use super::server::{Home, ServerArgs};
use super::{ConfigArgs, OverlayArgs, decidable_dialects};
use crate::cli::values::{duration, environment_entry, header, server_name};
use crate::guard::http::ListenAddress;
use crate::guard::log::LogOptions;
use crate::guard::{OnError, OnInjection};
use crate::policy::Dialect;
use crate::source::Sandbox;
use crate::source::collector::CollectorError;

/// What stands below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  mcp-scan guard --policy policy.yaml -- npx -y @scope/server    in a client's configuration, in the place of the server
  mcp-scan guard --observe --policy policy.yaml -- ./server     refuse nothing, report what would be refused
  mcp-scan guard --policy policy.yaml --overlay prod.yaml -- ./server   a call must pass both policies
  mcp-scan guard --policy policy.yaml https://mcp.example.com/mcp   in front of a remote server
  mcp-scan guard --policy policy.yaml --from cursor shop        a server in the configuration of a client
  mcp-scan guard --policy policy.yaml --listen 127.0.0.1:7000 -- ./server   serve clients at http://127.0.0.1:7000/mcp
  mcp-scan guard --servers guard.yaml   several servers as one; with --listen 127.0.0.1:7000 at /mcp/NAME each";

/// How a server is guarded.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardRunArgs {
    /// The server: a command with its arguments, a URL, or a configuration that names one server
    #[arg(value_name = "SERVER", required_unless_present_any = ["from", "servers"], conflicts_with_all = ["from", "servers"], trailing_var_arg = true, value_hint = ValueHint::AnyPath)]
    pub(crate) targets: Vec<String>,
    /// The policy file; read again when it changes
    #[arg(long, value_name = "FILE", required_unless_present = "servers", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Format of the policy [default: detected]
    #[arg(long, value_name = "NAME", value_parser = decidable_dialects())]
    pub(crate) policy_format: Option<Dialect>,
    /// Policies that tighten it; read again when they change.
    #[command(flatten)]
    pub(crate) overlays: OverlayArgs,
    /// Pin tools to the definitions that are approved in FILE: a tool that the server defines otherwise is neither listed
    /// nor called
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) lock: Option<PathBuf>,
    /// Guard the server NAME in the configuration of CLIENT
    #[arg(long, value_names = ["CLIENT", "NAME"], num_args = 2)]
    pub(crate) from: Vec<String>,
    /// Guard the servers in FILE, each with a policy of its own: as one server, with tools named NAME__TOOL, or with --listen at
    /// http://ADDRESS/mcp/NAME each
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = [
        "from", "policy", "policy_format", "lock", "server_name", "env", "header",
    ])]
    pub(crate) servers: Option<PathBuf>,
    /// Serve clients over HTTP at http://ADDRESS/mcp instead of standard input and output; an address of this machine, such
    /// as 127.0.0.1:7000, or a socket: unix:PATH
    #[arg(long, value_name = "ADDRESS", help_heading = "Clients")]
    pub(crate) listen: Option<ListenAddress>,
    /// When a client that speaks only revision 2026-07-28 is served by a server that speaks only older ones: `auto` over
    /// standard input and output, `always` also over HTTP, where all such clients share one process of the server
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Clients")]
    pub(crate) translate: Translate,
    /// Require the token in FILE of every client: `Authorization: Bearer TOKEN`
    #[arg(long, value_name = "FILE", requires = "listen", help_heading = "Clients", value_hint = ValueHint::FilePath)]
    pub(crate) token_file: Option<PathBuf>,
    /// Send an error in the place of a reply that is longer than this, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, requires = "listen", help_heading = "Clients", value_parser = reply_bytes)]
    pub(crate) max_reply: usize,
    /// Forward every call, and report the calls that would be refused
    #[arg(long)]
    pub(crate) observe: bool,
    /// Name under which the server's calls are counted [default: from the command]
    #[arg(long, value_name = "NAME", value_parser = server_name)]
    pub(crate) server_name: Option<String>,
    /// Count calls in PLACE: `memory`, a folder, a .db file or redis://HOST:PORT; guards and hooks that name the same place
    /// share their limits [default: the user's state folder]
    #[arg(long, value_name = "PLACE", help_heading = "Limits", value_hint = ValueHint::AnyPath)]
    pub(crate) state: Option<String>,
    /// What to do with a call that cannot be counted
    #[arg(long, value_name = "ACTION", default_value = "deny", help_heading = "Limits")]
    pub(crate) on_state_error: ActionOnError,
    /// Write a line for each decision to FILE; `mcp-scan guard log FILE` reads it
    #[arg(long, value_name = "FILE", help_heading = "Log", value_hint = ValueHint::FilePath)]
    pub(crate) log: Option<PathBuf>,
    /// Write the arguments of calls too, with their secrets redacted
    #[arg(long, requires = "log", help_heading = "Log")]
    pub(crate) log_arguments: bool,
    /// Size in bytes at which a new file of the log begins
    #[arg(long, value_name = "BYTES", default_value_t = LogOptions::MAX_BYTES, requires = "log", help_heading = "Log")]
    pub(crate) log_max_size: u64,
    /// Number of full files of the log to keep
    #[arg(long, value_name = "N", default_value_t = LogOptions::KEEP, requires = "log", help_heading = "Log")]
    pub(crate) log_keep: u32,
    /// Serve counts for Prometheus at http://ADDRESS/metrics; an address of this machine, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", value_parser = loopback_address, help_heading = "Log")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Send a span of each call to an OpenTelemetry collector (OTLP over HTTP, at URL/v1/traces), such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL", help_heading = "Log", value_hint = ValueHint::Url, value_parser = collector)]
    pub(crate) otlp: Option<Url>,
    /// What to do with calls while the log cannot be written
    #[arg(long, value_name = "ACTION", default_value = "allow", requires = "log", help_heading = "Log")]
    pub(crate) on_log_error: ActionOnError,
    /// Read what the server returns, and do this with an order to the model or a secret in it
    #[arg(long, value_name = "ACTION", help_heading = "Results")]
    pub(crate) on_injection: Option<ActionOnInjection>,
    /// Withhold results that are longer than this, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20, requires = "on_injection", help_heading = "Results")]
    pub(crate) max_result: usize,
    /// Ask a person at the terminal or on a page of this machine instead of through the client
    #[arg(long, value_name = "WHERE")]
    pub(crate) approve_with: Option<ApproveWith>,
    /// How long a person may take to approve a call
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub(crate) approval_timeout: Duration,

    /// Set a variable for the server (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = environment_entry, help_heading = "Server")]
    pub(crate) env: Vec<(String, String)>,
    /// Send an HTTP header to the server (repeatable)
    #[arg(long, value_name = "NAME: VALUE", value_parser = header, help_heading = "Server")]
    pub(crate) header: Vec<(String, String)>,
    /// Pass only basic variables, --env and this variable to the server, as a scan does (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    pub(crate) pass_env: Vec<String>,
    /// Home and working folder of the server
    #[arg(long, value_name = "HOME", default_value = "real", help_heading = "Server")]
    pub(crate) home: Home,
    /// Sandbox for the server, as in a scan
    #[arg(long, value_name = "SANDBOX", default_value = "none", help_heading = "Server")]
    pub(crate) sandbox: Sandbox,
    /// Start the server without network access; needs a sandbox
    #[arg(long, help_heading = "Server")]
    pub(crate) offline: bool,
    /// Start the server that a configuration names, without asking
    #[arg(long, help_heading = "Server")]
    pub(crate) launch: bool,
    /// Start the server that a configuration names if it is recorded in FILE
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server")]
    pub(crate) launch_allow: Option<PathBuf>,
    /// Value for an input that a client configuration asks for (repeatable)
    #[arg(long, value_name = "ID=VALUE", value_parser = environment_entry, help_heading = "Server")]
    pub(crate) input: Vec<(String, String)>,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// The longest reply: at least an error, at most a line of a server.
fn reply_bytes(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().filter(|bytes| (1 << 10..=64 << 20).contains(bytes));
    bytes.ok_or_else(|| "give a number from 1024 to 67108864".into())
}

/// An address that only this machine reaches.
fn loopback_address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "give an address with a port, such as 127.0.0.1:9464")?;
    let is_ours = address.ip().is_loopback();
    is_ours.then_some(address).ok_or_else(|| "it can be reached from other machines; give 127.0.0.1:PORT".into())
}

impl GuardRunArgs {
    /// How the server is started: as its client would start it, unless the options contain it.
    pub(crate) fn server(&self) -> ServerArgs {
        ServerArgs {
            env: self.env.clone(),
            pass_env: self.pass_env.clone(),
            inherit_env: self.pass_env.is_empty(),
            home: self.home,
            sandbox: self.sandbox.clone(),
            offline: self.offline,
            launch: self.launch,
            launch_allow: self.launch_allow.clone(),
            input: self.input.clone(),
            header: self.header.clone(),
            ..ServerArgs::default()
        }
    }
}

/// What to do with a call when something that it needs fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActionOnError {
    /// Refuse the call
    Deny,
    /// Forward the call
    Allow,
}

impl From<ActionOnError> for OnError {
    fn from(action: ActionOnError) -> Self {
        match action {
            ActionOnError::Deny => Self::Deny,
            ActionOnError::Allow => Self::Allow,
        }
    }
}

fn collector(text: &str) -> Result<Url, CollectorError> {
    text.parse().map_err(|_| CollectorError::Address)
}

/// What to do with a result that holds an order to the model or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActionOnInjection {
    /// Mark it in `_meta`, and report it
    Warn,
    /// Take the sentence or the secret out, and characters that nobody sees
    Redact,
    /// Return an error in its place
    Block,
}

impl From<ActionOnInjection> for OnInjection {
    fn from(action: ActionOnInjection) -> Self {
        match action {
            ActionOnInjection::Warn => Self::Warn,
            ActionOnInjection::Redact => Self::Redact,
            ActionOnInjection::Block => Self::Block,
        }
    }
}

/// When messages are translated between revisions of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Translate {
    /// For a client at standard input and output that needs it
    Auto,
    /// Also for clients over HTTP, which then share one process of the server
    Always,
    /// Never
    Never,
}

/// Where a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApproveWith {
    /// The terminal that the guard was started from
    Tty,
    /// A page that opens in the browser
    Web,
}
