//! The options of `add` and `remove`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::{ConfigArgs, ServerArgs};
use crate::rules::DEFAULT_PROFILE;
use crate::source::client::{CLIENTS, Client};

/// The client that a command is about.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArgs {
    /// The client whose configuration to edit
    #[arg(long, value_name = "NAME", value_parser = clients(), help_heading = "Client")]
    pub(crate) client: &'static Client,
    /// Use the configuration of the project in DIR, not the user's own
    #[arg(long, value_name = "DIR", help_heading = "Client", value_hint = ValueHint::DirPath)]
    pub(crate) project: Option<PathBuf>,
    /// Show what would be written, and write nothing
    #[arg(long, help_heading = "Client")]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long, help_heading = "Client")]
    pub(crate) yes: bool,
}

/// The options of `add`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AddArgs {
    /// The server, as in a scan: a command with its arguments, or an address
    #[arg(value_name = "SERVER", required = true, trailing_var_arg = true, value_hint = ValueHint::AnyPath)]
    pub(crate) targets: Vec<String>,
    /// Where the server goes.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Name of the server in the client [default: derived from its own name]
    #[arg(long, value_name = "NAME", help_heading = "Client")]
    pub(crate) name: Option<String>,
    /// Add the server although the answer is "Do not add"
    #[arg(long, help_heading = "Client")]
    pub(crate) force: bool,
    /// Write the policy to FILE [default: NAME.policy.yaml]
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// The lock file
    #[arg(long, value_name = "FILE", default_value = super::drift::LOCK_FILE, help_heading = "Output", value_hint = ValueHint::FilePath)]
    pub(crate) lock: PathBuf,
    /// Policy profile, as in a scan
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, help_heading = "Output")]
    pub(crate) profile: String,
    /// Set a value that the policy's guards use, as in a scan (repeatable)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Output")]
    pub(crate) set: Vec<String>,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started and reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The options of `remove`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RemoveArgs {
    /// The name under which `mcp-scan add` wrote the server; without it, the names are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The client that the server was added to [default: the only one with a server of this name]
    #[arg(long, value_name = "NAME", value_parser = clients(), help_heading = "Client")]
    pub(crate) client: Option<&'static Client>,
    /// Use the configuration of the project in DIR, not the user's own
    #[arg(long, value_name = "DIR", help_heading = "Client", value_hint = ValueHint::DirPath)]
    pub(crate) project: Option<PathBuf>,
    /// Show what would be removed, and change nothing
    #[arg(long, help_heading = "Client")]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long, help_heading = "Client")]
    pub(crate) yes: bool,
}

impl RemoveArgs {
    /// The place of the server in `client`.
    pub(crate) fn place(&self, client: &'static Client) -> PlaceArgs {
        PlaceArgs { client, project: self.project.clone(), dry_run: self.dry_run, yes: self.yes }
    }
}

pub(super) fn clients() -> impl TypedValueParser<Value = &'static Client> {
    let named = |id: String| CLIENTS.iter().find(|client| client.name.id == id).ok_or("no such client");
    PossibleValuesParser::new(CLIENTS.iter().map(|client| client.name.id)).try_map(named)
}
