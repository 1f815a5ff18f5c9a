//! Turns the targets that the user named into listings. The only module that uses rmcp, reqwest and walkdir.
//!
//! [`Target::parse`] classifies a target, [`read`] returns its [`Reading`]. A file with one tool per line can be
//! streamed with [`saved::Saved`] instead. rmcp logs through `tracing`; a subscriber should filter it out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::model::{
    DefinedIn, FailureCause, LeftUnread, Listing, Locations, Origin, Position, Report, SandboxKind, Server, Transport,
};

mod allowed_tools;
pub(crate) mod authorization;
mod bounds;
pub(crate) mod client;
pub(crate) mod collector;
mod command;
pub mod decode;
mod depth;
mod error;
mod folder_reader;
mod identity;
mod listing_file;
mod live;
mod manifest;
mod named;
mod options;
mod package;
mod packages;
mod pin;
mod plugins;
mod protocol;
mod reading;
mod real_folder;
pub mod saved;
pub(crate) mod secret;
mod skill_files;
mod skill_named_files;
mod skills;
mod socket_scheme;
mod target;
mod unasked;
mod unreached;

use unreached::Unreached;

pub use bounds::Budget;
pub(crate) use bounds::has_too_many_values;
pub(crate) use command::Command;
pub(crate) use error::{SourceCause, SourceError, TargetCause};
pub(crate) use identity::{Identity, Offers};
#[cfg(fuzzing)]
pub use live::fuzz_wire;
pub use live::{Containment, Sandbox, end_all, wait_for_ends};
pub(crate) use live::{RemoteEvent, RemoteServer, Running, Upstream, secrets, upstream};
pub(crate) use live::{given, queue};
#[cfg(target_os = "linux")]
pub(crate) use live::{helper, protect_this_process};
pub use named::{in_folder, named_servers, on_this_machine};
pub use options::{Options, Progress};
pub(crate) use packages::is_read as is_read_as_package;
pub(crate) use pin::{PinError, pinned};
pub(crate) use protocol::{Protocol, newest as newest_revision, with_handshake as revisions_with_handshake};
pub(crate) use reading::Reading;
pub use saved::read_saved;
pub(crate) use skills::is_skill;
pub use target::Target;

/// Locates each server and tool of `report` in the file that defines it. Tools with the same name in one file are
/// matched in order, also across listings.
pub(crate) fn locate(report: &Report) -> Locations {
    let mut files: HashMap<&str, HashMap<String, Vec<Position>>> = HashMap::new();
    let mut met: HashMap<(&str, &str), usize> = HashMap::new();
    let of = report.all_servers().map(|report| {
        let server = &report.server;
        if let Some(origin) = &server.configured {
            let number = |at: Option<usize>| at.map_or(1, |at| at as u64);
            let position = Position { line: number(origin.line), column: number(origin.column) };
            return Some(DefinedIn { file: origin.file.clone(), server: position, tools: Vec::new() });
        }
        let file = server.saved_in.as_deref()?;
        let path = Path::new(file);
        if !path.is_file() {
            return None;
        }
        let positions = files.entry(file).or_insert_with(|| saved::positions::by_tool(path));
        let mut defined_in = |name| {
            let of_tool = positions.get(name)?;
            let nth = met.entry((file, name)).or_default();
            *nth += 1;
            // If the user names a file twice, it is read twice.
            Some(of_tool[(*nth - 1) % of_tool.len()])
        };
        let tools = report.tools.iter().map(|tool| defined_in(tool.tool.name.as_str())).collect();
        Some(DefinedIn { file: file.to_owned(), server: Position::START, tools })
    });
    Locations(of.collect())
}

/// Reads `target`. Dropping the future stops every process that it started. Only a blocking read of standard input
/// outlives it, so shut the runtime down with `shutdown_background`.
pub async fn read(target: &Target, options: &Options) -> Reading {
    match target {
        Target::Folder(folder) => {
            let (folder, options) = (folder.clone(), options.clone());
            let read = move || {
                let listings = || saved::folder(&folder, &options.budget, |state| options.progress(state));
                if packages::is_image(&folder) {
                    return packages::of_image(&folder);
                }
                if !packages::is_source(&folder) {
                    return listings();
                }
                let mut package = packages::of_folder(&folder);
                if package.listings.iter().any(|listing| !listing.tools.is_empty()) {
                    package.listings.iter_mut().for_each(|listing| manifest::add_bundle(&folder, listing));
                    package.add(saved::skills_and_plugins(&folder, &options.budget));
                    return package;
                }
                let saved = listings();
                // A repository may be a package of another kind, with the configuration of a client in it.
                let is_project = !may_be_server(&folder) && !named::in_folder(&folder).is_empty();
                if saved.listings.is_empty() && !is_project { package } else { saved }
            };
            tokio::task::spawn_blocking(read).await.unwrap_or_else(reading::of_failed_task)
        }
        Target::Package(package) => packages::of_registry(package, options).await,
        Target::File(path) if packages::is_image(path) => {
            let path = path.clone();
            tokio::task::spawn_blocking(move || packages::of_image(&path)).await.unwrap_or_else(reading::of_failed_task)
        }
        Target::File(path) if packages::is_archive(path) => {
            let path = path.clone();
            tokio::task::spawn_blocking(move || packages::of_archive(&path))
                .await
                .unwrap_or_else(reading::of_failed_task)
        }
        Target::Stdin | Target::File(_) => {
            // Reading standard input may block, and the caller must still be able to cancel.
            let (target, budget) = (target.clone(), options.budget.clone());
            tokio::task::spawn_blocking(move || read_saved(&target, &budget))
                .await
                .unwrap_or_else(reading::of_failed_task)
        }
        Target::Url(url) => {
            live::reach(target, url, options).await.map_or_else(|found| unreached(target, found), Reading::from)
        }
        Target::Command(command) => {
            live::start(target, command, options).await.map_or_else(Reading::from, Reading::from)
        }
        Target::Configured(configured) => {
            let read = read_configured(target, configured, options).await;
            read.map_or_else(|found| unreached(target, found), Reading::from)
        }
    }
}

/// True if the manifest of the package in `folder` mentions the protocol.
fn may_be_server(folder: &Path) -> bool {
    const MANIFESTS: [&str; 4] = ["package.json", "pyproject.toml", "setup.py", "setup.cfg"];
    let texts = MANIFESTS.iter().filter_map(|name| client::plain_text(&folder.join(name)).ok());
    texts.into_iter().any(|text| text.to_lowercase().contains("mcp"))
}

/// The listing of a configured server that is not started: only its entry is known.
pub(crate) fn entry_listing(configured: &client::Configured, left_unread: Option<LeftUnread>) -> Listing {
    let transport = if configured.is_remote() { Transport::Http } else { Transport::Stdio };
    let target = Target::Configured(Box::new(configured.clone()));
    // The defaults that the file gives are a part of what would run.
    let server = Server { target: configured.shown_filled(&[]), ..live::described(&target, transport) };
    Listing { server, unread: true, left_unread, ..Listing::default() }
}

/// The listings of the settings files of clients that name no server.
pub(crate) fn settings_listings(projects: &[PathBuf]) -> Vec<Listing> {
    let listing = |origin: Origin| Listing {
        server: Server {
            name: format!("{} settings", origin.client),
            target: origin.file.as_str().into(),
            configured: Some(origin),
            ..Server::default()
        },
        unread: true,
        ..Listing::default()
    };
    client::settings_on_this_machine(projects).into_iter().map(listing).collect()
}

/// The listings of the skills and plugins of clients on this machine and in `projects`.
pub(crate) fn skill_listings(projects: &[PathBuf], budget: &Budget) -> Vec<Listing> {
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for folder in client::skill_folders(projects) {
        let Ok(real) = folder.canonicalize() else { continue };
        // Project folders may be the same, and one client's folder a link to another's.
        if !seen.contains(&real) {
            found.extend(saved::skills_and_plugins(&folder, budget).listings);
            seen.push(real);
        }
    }
    found
}

/// The reading of a target that could not be read: the error and, for a configured server, its launch command or
/// address, which can still be checked.
pub(crate) fn unread(target: &Target, error: SourceError) -> Reading {
    let left_unread = error.cause.left_unread();
    let mut reading = Reading::from(error);
    if let Target::Configured(configured) = target {
        reading.listings.push(entry_listing(configured, left_unread));
    }
    reading
}

/// The reading of a target that could not be read. What the server publishes about signing in can still be checked.
fn unreached(target: &Target, Unreached { error, authorization }: Unreached) -> Reading {
    let mut reading = unread(target, error);
    if authorization.is_some() {
        if reading.listings.is_empty() {
            let server = live::described(target, Transport::Http);
            reading.listings.push(Listing { server, unread: true, ..Listing::default() });
        }
        reading.listings.iter_mut().for_each(|listing| listing.server.authorization = authorization.clone());
    }
    reading
}

/// Starts or connects to a configured server, if the user has consented.
async fn read_configured(
    target: &Target,
    configured: &client::Configured,
    options: &Options,
) -> Result<Listing, Unreached> {
    // Its files are read.
    let (checked, inputs) = (configured.clone(), options.inputs.clone());
    let refusal = tokio::task::spawn_blocking(move || checked.refusal(&inputs)).await;
    let unknown = |_| Some(client::LaunchRefusal::ChangedSince("its files could not be read".into()));
    if let Some(refusal) = refusal.unwrap_or_else(unknown) {
        return Err(configured.failure(refusal).into());
    }
    let (launch, options) = configured.launch(options)?;
    match launch {
        client::Launch::Command(command) => {
            let listing = live::start(target, &command, &options).await?;
            if listing.server.containment == Some(SandboxKind::None) {
                let (checked, inputs) = (configured.clone(), options.inputs.clone());
                let refusal = tokio::task::spawn_blocking(move || checked.refusal_afterwards(&inputs)).await;
                if let Some(refusal) = refusal.unwrap_or_else(unknown) {
                    return Err(configured.failure(refusal).into());
                }
            }
            Ok(listing)
        }
        client::Launch::Url(url) => live::reach(target, &url, &options).await,
    }
}

/// The names of the variables or headers in `pairs` whose secrets are too short to redact from a server's output.
pub(crate) fn short_secrets(pairs: &[(String, String)]) -> impl Iterator<Item = &str> {
    pairs.iter().filter(|(name, value)| secret::is_too_short(name, value)).map(|(name, _)| name.as_str())
}
