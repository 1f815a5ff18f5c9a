//! The commands of `guard` besides guarding a server.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::add::clients;
use super::{ConfigArgs, ServerArgs, TextFormat};
use crate::rules::DEFAULT_PROFILE;
use crate::source::client::Client;

/// What `guard` does besides guarding a server.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum GuardCommand {
    /// Show what a guard decided: calls allowed, asked, limited and denied by tool
    #[command(after_help = LOG_EXAMPLES)]
    Log(GuardLogArgs),
    /// Put a guard in front of a client's servers, each with a policy, a lock and a log
    #[command(after_help = INSTALL_EXAMPLES, mut_arg("launch", |launch| launch.hide_short_help(false)))]
    Install(Box<GuardInstallArgs>),
    /// Undo what `install` wrote
    Uninstall(GuardUninstallArgs),
    /// Show which servers of this machine have a guard
    Status(GuardStatusArgs),
}

const INSTALL_EXAMPLES: &str = "\
Examples:
  mcp-scan guard install cursor --dry-run        show what would be written
  mcp-scan guard install claude-code github      one server
  mcp-scan guard install vscode --project .      the configuration of a project
  mcp-scan guard uninstall cursor                everything as it was";

const LOG_EXAMPLES: &str = "\
Examples:
  mcp-scan guard log guard.jsonl
  mcp-scan guard log --verify guard.jsonl
  mcp-scan policy replay policy.yaml guard.jsonl   (a log with --log-arguments)";

/// The options of `guard log`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardLogArgs {
    /// The log that a guard wrote; its full files FILE.1, FILE.2 ... are read too
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Find records that were removed, changed, moved or cut off; exit with 1 if there are any
    #[arg(long)]
    pub(crate) verify: bool,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TextFormat,
}

/// The configuration that `install` and `uninstall` change.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardPlaceArgs {
    /// The client
    #[arg(value_name = "CLIENT", value_parser = clients())]
    pub(crate) client: &'static Client,
    /// Use the configuration of the project in DIR, not the user's own
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) project: Option<PathBuf>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before files are written
    #[arg(long)]
    pub(crate) yes: bool,
}

/// The options of `guard install`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardInstallArgs {
    #[command(flatten)]
    pub(crate) place: GuardPlaceArgs,
    /// The servers, as the client calls them [default: all that a command starts]
    #[arg(value_name = "SERVER")]
    pub(crate) servers: Vec<String>,
    /// Keep policies, locks and logs below DIR [default: the user's state folder]
    #[arg(long, value_name = "DIR", help_heading = "Output", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    /// What the policies are for, as in a scan
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, help_heading = "Output")]
    pub(crate) profile: String,
    /// Set a value that the policies' guards use, as in a scan (repeatable)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Output")]
    pub(crate) set: Vec<String>,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started to list their tools.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The options of `guard uninstall`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardUninstallArgs {
    #[command(flatten)]
    pub(crate) place: GuardPlaceArgs,
    /// The servers, as the client calls them [default: all that `install` put a guard in front of]
    #[arg(value_name = "SERVER")]
    pub(crate) servers: Vec<String>,
}

/// The options of `guard status`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GuardStatusArgs {
    /// Look into these projects too
    #[arg(value_name = "PROJECT", value_hint = ValueHint::DirPath)]
    pub(crate) projects: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TextFormat,
}
