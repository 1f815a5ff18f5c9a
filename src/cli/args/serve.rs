//! The arguments of `serve`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::ConfigArgs;

/// The options of `serve`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Read only listings and configurations below DIR
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Start and reach the servers recorded in FILE, if a configuration below the folder names them; no others are started
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) launch_allow: Option<PathBuf>,
    /// Connect to any http(s) URL of the public internet that a client requests
    #[arg(long)]
    pub(crate) allow_urls: bool,
    /// Also connect to this machine, private networks and Unix sockets
    #[arg(long)]
    pub(crate) allow_local_urls: bool,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
