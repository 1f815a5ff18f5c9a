//! The options of commands that start or reach servers.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches, ValueEnum, ValueHint};

use crate::cli::values::{duration, environment_entry, header};
use crate::config::SandboxRule;
use crate::source::{Containment, Identity, Protocol, Sandbox};

/// How servers are started and reached.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Servers")]
pub(crate) struct ServerArgs {
    /// Set a variable for started servers (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = environment_entry, help_heading = None::<&str>)]
    pub(crate) env: Vec<(String, String)>,
    /// Pass this variable of our environment to started servers (repeatable)
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub(crate) pass_env: Vec<String>,
    /// Pass our whole environment to started servers
    #[arg(long, hide_short_help = true)]
    pub(crate) inherit_env: bool,
    /// Home and working folder of started servers
    #[arg(long, value_name = "HOME", default_value = "throw-away", hide_short_help = true)]
    pub(crate) home: Home,
    /// Sandbox for started servers: auto (bubblewrap, Landlock or sandbox-exec, the first that works), required (as auto,
    /// but refuse to start without one), bwrap, landlock, sandbox-exec, docker or docker:IMAGE, podman or podman:IMAGE, none
    #[arg(long, value_name = "SANDBOX", default_value = "auto", hide_short_help = true)]
    pub(crate) sandbox: Sandbox,
    /// Start servers without network access, which needs a sandbox; read packages from the caches of npm, pip and uv
    #[arg(long, hide_short_help = true)]
    pub(crate) offline: bool,
    /// Take versions and digests of packages (npm:, pypi:) from FILE: package-lock.json, pnpm-lock.yaml, yarn.lock, uv.lock,
    /// poetry.lock, pylock.toml, or requirements with hashes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) lockfile: Option<PathBuf>,
    /// Send an HTTP header to URLs (repeatable)
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header, help_heading = None::<&str>)]
    pub(crate) header: Vec<(String, String)>,
    /// Time limit for starting a server: seconds, or with a unit (8, 90s, 2m) [default: 120s]
    #[arg(long, value_name = "TIME", value_parser = duration, hide_short_help = true)]
    pub(crate) start_timeout: Option<Duration>,
    /// Time limit for one request [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration, hide_short_help = true)]
    pub(crate) timeout: Option<Duration>,
    /// Time limit for listing one server
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10m", hide_short_help = true)]
    pub(crate) total_timeout: Duration,
    /// Protocol version to speak: auto, 2025-11-25, 2026-07-28
    #[arg(long, value_name = "VERSION", default_value = "auto", hide_short_help = true)]
    pub(crate) protocol: Protocol,
    /// Start and reach every server named in configurations and manifests, without asking
    #[arg(long, hide_short_help = true)]
    pub(crate) launch: bool,
    /// Start and reach no server named in configurations and manifests: classify only their entries, and exit by the findings
    #[arg(long, conflicts_with_all = ["launch", "launch_allow"], hide_short_help = true)]
    pub(crate) no_launch: bool,
    /// Start and reach the servers recorded in FILE; agreements of this run are added to it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) launch_allow: Option<PathBuf>,
    /// Value for an input that a client configuration asks for (repeatable)
    #[arg(long, value_name = "ID=VALUE", value_parser = environment_entry, hide_short_help = true)]
    pub(crate) input: Vec<(String, String)>,
    /// List each server again with this variable set, and report how its tools differ (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = environment_entry, conflicts_with = "compare_config", hide_short_help = true)]
    pub(crate) compare_env: Vec<(String, String)>,
    /// List each server again as the configuration FILE names it, and report how its tools differ
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) compare_config: Option<PathBuf>,
    /// Read the content of static resources, and check it like other texts
    #[arg(long, hide_short_help = true)]
    pub(crate) read_resources: bool,
    /// Client name in the handshake and the User-Agent [default: mcp-scan and its version]
    #[arg(long, value_name = "NAME[/VERSION]", hide_short_help = true)]
    pub(crate) identify_as: Option<Identity>,
    /// List each server again under the name of a common client, or NAME, and report how its tools differ
    #[arg(
        long,
        value_name = "NAME[/VERSION]",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "claude-code/2.1.0",
        conflicts_with_all = ["compare_config", "compare_env"],
        hide_short_help = true
    )]
    pub(crate) compare_identity: Option<Identity>,
    /// Start the server of each package (npm:, pypi:) too, or of the source or archive by COMMAND, and report how its tools
    /// differ
    #[arg(
        long,
        value_name = "COMMAND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["compare_config", "compare_env", "compare_identity", "no_launch"],
        hide_short_help = true
    )]
    pub(crate) compare_live: Option<String>,
    /// Only public addresses are reached: of `serve`, which sets it
    #[arg(skip)]
    pub(crate) public_only: bool,
    /// The sign-ins of the user are not used: of `serve`, which sets it
    #[arg(skip)]
    pub(crate) is_of_agent: bool,
    /// Number of targets to read at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u16).range(1..=64), hide_short_help = true)]
    pub(crate) jobs: u16,
}

impl ServerArgs {
    /// How much of our own world a started server gets. A `rule` counts where the command line names no sandbox.
    pub(crate) fn containment(&self, rule: SandboxRule) -> Containment {
        let sandbox = match (&self.sandbox, rule) {
            (Sandbox::Auto, SandboxRule::Required) => Sandbox::Required,
            (named, SandboxRule::Auto | SandboxRule::Required) => named.clone(),
        };
        Containment {
            pass_env: self.pass_env.clone(),
            inherit_env: self.inherit_env,
            real_home: self.home == Home::Real,
            sandbox,
            offline: self.offline,
        }
    }
}

/// The home and the folder that a server is started in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Home {
    /// Removed when the server ends; package caches stay reachable
    ThrowAway,
    /// Your own
    Real,
}

impl Default for ServerArgs {
    /// What they are when none is given.
    fn default() -> Self {
        let command = Self::augment_args(clap::Command::new("defaults")).no_binary_name(true);
        let given = command.get_matches_from(std::iter::empty::<&str>());
        Self::from_arg_matches(&given).expect("every server option has a default")
    }
}
