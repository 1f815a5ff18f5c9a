//! Builds sites: `mcp-scan catalogue` from saved reports and listings.

use std::path::Path;
use std::sync::Arc;

use super::args::{CatalogueArgs, CommonArgs, PolicyFormat, ServerArgs};
use super::diagnose::Messages;
use super::error::CliError;
use super::exit::Exit;
use super::locked::lock_without_secrets;
use super::places::Places;
use super::session::Session;
use super::site::{self, SiteFolder};
use super::site_error::{SiteCause, SiteError};
use super::{preview, targets};
use crate::audit::lock::Lock;
use crate::catalogue::{Options, Theme};
use crate::source::{SourceError, Target, TargetCause};

/// Builds the site from reports, if there are any, and serves it, if requested.
pub(crate) fn run(args: &CatalogueArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let folder = SiteFolder::new(&args.output, options(args)?)?;
    let exit = if args.reports.is_empty() { Exit::Done } else { build(args, common, &folder)? };
    if let (Some(port), Exit::Done) = (args.serve, exit) {
        preview::run(&args.output, port, Messages::from(common))?;
    }
    Ok(exit)
}

/// Builds the site from the given reports.
fn build(args: &CatalogueArgs, common: &CommonArgs, folder: &SiteFolder) -> Result<Exit, CliError> {
    let session = Session::start(common, &args.config, &args.profile)?;
    let approved = args.lock.as_deref().map(Lock::load).transpose()?;
    let requested = targets::numbered(args.reports.iter().map(|word| saved(word)));
    Places::new(&requested)
        .read("the lock", args.lock.as_deref())
        .read("the theme", args.theme.as_deref())
        .read("the configuration", args.config.config.as_deref())
        .read_folder("the folder of rules", common.rules.as_deref())
        .fill("the catalogue", &args.output)?;
    let reading = session.read(&requested, &ServerArgs::default())?;
    let mut report = session.report(reading);
    session.diagnose(&report);
    if report.servers.is_empty() {
        session.messages.warning("no catalogue was written, because no report could be read");
    } else {
        report.drift = approved.map(|lock| lock.drift(&lock_without_secrets(&report)));
        folder.write(&report, &session.ruleset, session.messages)?;
    }
    Ok(if report.errors.is_empty() { Exit::Done } else { Exit::Unread })
}

/// The target for a saved report. Nothing is started or connected to.
fn saved(word: &str) -> Result<Target, SourceError> {
    let path = Path::new(word);
    match std::fs::metadata(path) {
        _ if word == "-" => Ok(Target::Stdin),
        Ok(found) if found.is_dir() => Ok(Target::Folder(path.to_owned())),
        Ok(_) => Ok(Target::File(path.to_owned())),
        Err(cause) => Err(SourceError::new(word, TargetCause::NoReport(Arc::new(cause)))),
    }
}

fn options(args: &CatalogueArgs) -> Result<Options, SiteError> {
    let load = |folder: &Path| Theme::load(folder).map_err(|cause| site::error(folder, SiteCause::Theme(cause)));
    let theme = args.theme.as_deref().map(load).transpose()?;
    let default = Options::default();
    Ok(Options {
        title: args.title.clone().unwrap_or(default.title),
        base_url: args.base_url.clone(),
        theme: theme.unwrap_or(default.theme),
        formats: match args.policy_format.as_slice() {
            [] => default.formats,
            named => PolicyFormat::dialects(named),
        },
    })
}
