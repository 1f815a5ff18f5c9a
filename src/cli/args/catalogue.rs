//! The arguments of `catalogue`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use url::Url;

use super::policy_format::policy_formats;
use super::{ConfigArgs, PolicyFormat};
use crate::cli::values;
use crate::rules::DEFAULT_PROFILE;

/// The options of `catalogue`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CatalogueArgs {
    /// Saved reports and listings (json, jsonl, .gz), folders of them, or `-` for standard input
    #[arg(value_name = "REPORT", required_unless_present = "serve", value_hint = ValueHint::AnyPath)]
    pub(crate) reports: Vec<String>,

    /// Write the site into the folder DIR: a new or empty one, or the site of an earlier run
    #[arg(short, long, value_name = "DIR", help_heading = "Output", value_hint = ValueHint::DirPath)]
    pub(crate) output: PathBuf,
    /// Name of the site
    #[arg(long, value_name = "TEXT", value_parser = values::title, help_heading = "Output")]
    pub(crate) title: Option<String>,
    /// Address of the published site, for its sitemap and links
    #[arg(long, value_name = "URL", value_parser = values::base_url, help_heading = "Output")]
    pub(crate) base_url: Option<Url>,
    /// Overlay templates and assets from DIR, file by file
    #[arg(long, value_name = "DIR", help_heading = "Output", value_hint = ValueHint::DirPath)]
    pub(crate) theme: Option<PathBuf>,
    /// Policy formats to show (repeatable; `all` for every format); the first opens first [default: those whose syntax is
    /// published]
    #[arg(long, value_name = "NAME", value_parser = policy_formats(), help_heading = "Output")]
    pub(crate) policy_format: Vec<PolicyFormat>,
    /// Policy profile: starter, read-only, no-irreversible, no-money, strict, or one from your own rules
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, help_heading = "Output")]
    pub(crate) profile: String,

    /// Show changes since the lock FILE on the first page
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = ValueHint::FilePath)]
    pub(crate) lock: Option<PathBuf>,

    /// Serve the site on localhost at PORT until interrupted; without a report, serve DIR as it is
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "8642")]
    pub(crate) serve: Option<u16>,

    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
