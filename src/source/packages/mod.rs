//! Reads the server of a package from its source: of a registry, an archive or a folder. Nothing of it is executed, and
//! nothing is unpacked to disk.

use std::path::Path;
use std::sync::Arc;

use super::error::SourceError;
use super::options::Options;
use super::reading::Reading;
use crate::model::{Listing, Package};
use crate::package::extraction::Extraction;
use crate::package::manifest::Manifest;
use crate::package::source_tree::SourceTree;
use crate::package::warnings;

mod archive;
mod cache;
mod dependencies;
mod error;
mod fetch;
mod folder;
mod image;
mod integrity;
mod listing;
mod lockfile;
mod lockfile_error;
mod npm;
mod npm_config;
mod npm_document;
mod pip_config;
mod pypi;
mod registry_note;
mod simple_index;
mod specification;
mod supply;

use dependencies::Dependencies;
use fetch::{Detail, Fetched};
use supply::Supply;

pub(crate) use archive::is_archive;
pub(crate) use error::PackageCause;
pub(crate) use folder::{is_read, is_source};
pub(crate) use image::is_image;
pub(crate) use specification::{display, parse};

/// The server of the package `requested`, fetched from its registry.
pub(crate) async fn of_registry(requested: &Package, options: &Options) -> Reading {
    let shown = specification::display(requested);
    options.progress(&format!("fetching {shown}"));
    let failed = |cause: PackageCause| SourceError::new(shown.clone(), cause);
    let supply = match Supply::new(options.containment.offline, options.lockfile.as_deref()) {
        Ok(supply) => supply,
        Err(cause) => return failed(cause).into(),
    };
    let fetched = match supply.fetch(requested, Detail::Publication).await {
        Ok(fetched) => fetched,
        Err(cause) => return failed(cause).into(),
    };
    if requested.version.is_none() {
        let why = match (options.lockfile.is_some(), options.containment.offline) {
            (true, _) => "as the lock file pins it",
            (false, true) => "the newest version in the cache",
            (false, false) => "the newest version",
        };
        options.notice(&format!("{shown} is {}, {why}", specification::display(&fetched.package)));
    }
    options.progress(&format!("reading {}", specification::display(&fetched.package)));
    match read_with_dependencies(fetched, &supply).await {
        Ok(listing) => Reading::from(listing),
        Err(failed) => super::reading::of_failed_task(failed),
    }
}

/// The listing of a package, with the dependencies that its tools come from.
async fn read_with_dependencies(fetched: Fetched, supply: &Supply) -> Result<Listing, tokio::task::JoinError> {
    let Fetched { package, tree, notes, publication } = fetched;
    let target = specification::display(&package);
    let mut manifest = Manifest::from_tree(&tree);
    manifest.name.clone_from(&package.name);
    manifest.version.clone_from(&package.version);
    let warnings = warnings::find(&tree);
    let mut dependencies = Dependencies::new(supply);
    let (mut tree, mut best) = extracted(tree, manifest.clone()).await?;
    for _ in 0..dependencies::MAX_ROUNDS {
        if !dependencies.add_wanted(&package.name, &best, &mut tree).await {
            break;
        }
        let found;
        (tree, found) = extracted(tree, manifest.clone()).await?;
        if found.tools.len() >= best.tools.len() {
            best = found;
        }
    }
    let mut listing = listing::of_extraction(best, &manifest, &target, Some(package));
    listing::note_warnings(&mut listing, &warnings);
    listing::note_dependencies(&mut listing, &dependencies.read);
    registry_note::add(&mut listing, &notes);
    listing.server.publication = publication;
    Ok(listing)
}

async fn extracted(tree: SourceTree, manifest: Manifest) -> Result<(SourceTree, Extraction), tokio::task::JoinError> {
    let extract = move || {
        let found = crate::package::extract(&tree, &manifest);
        (tree, found)
    };
    tokio::task::spawn_blocking(extract).await
}

/// The server that the image at `path` starts.
pub(crate) fn of_image(path: &Path) -> Reading {
    let shown = path.display().to_string();
    match image::tree(path) {
        Ok(tree) => Reading::from(listing_of(&tree, &shown)).saved_in(&shown),
        Err(cause) => SourceError::new(shown, cause).into(),
    }
}

/// The server of the archive at `path`.
pub(crate) fn of_archive(path: &Path) -> Reading {
    let shown = path.display().to_string();
    match archive::of_file(path) {
        Ok(tree) => Reading::from(listing_of(&tree, &shown)).saved_in(&shown),
        Err(cause) => SourceError::new(shown, cause).into(),
    }
}

/// The server of the source in `folder`.
pub(crate) fn of_folder(folder: &Path) -> Reading {
    let shown = folder.display().to_string();
    match folder::tree(folder) {
        Ok(tree) => Reading::from(listing_of(&tree, &shown)).saved_in(&shown),
        Err(cause) => SourceError::new(shown, PackageCause::Io(Arc::new(cause))).into(),
    }
}

fn listing_of(tree: &SourceTree, target: &str) -> Listing {
    let manifest = Manifest::from_tree(tree);
    let mut listing = listing::of_extraction(crate::package::extract(tree, &manifest), &manifest, target, None);
    listing::note_warnings(&mut listing, &warnings::find(tree));
    listing
}
