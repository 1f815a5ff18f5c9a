//! The arguments of `discover`.

use clap::Args;

use super::ScanArgs;

/// The options of `discover`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DiscoverArgs {
    /// Scan the servers instead of listing them; takes every option of a scan
    #[arg(long)]
    pub(crate) scan: bool,
    /// The options of the scan; its targets are the projects that are looked into beside the current folder.
    #[command(flatten)]
    pub(crate) options: ScanArgs,
}
