//! Reads the server of a package from its source: of a registry, an archive or a folder. Nothing of it is executed, and
//! nothing is unpacked to disk.

use std::path::Path;
use std::sync::Arc;

use super::error::SourceError;
use super::options::Options;
use super::reading::Reading;
use crate::model::{Listing, Package, Registry};
use crate::package::manifest::Manifest;
use crate::package::source_tree::SourceTree;

mod archive;
mod error;
mod fetch;
mod folder;
mod integrity;
mod listing;
mod npm;
mod npm_config;
mod pip_config;
mod pypi;
mod simple_index;
mod specification;

pub(crate) use archive::is_archive;
pub(crate) use error::PackageCause;
pub(crate) use folder::is_source;
pub(crate) use specification::{display, parse};

/// The server of the package `requested`, fetched from its registry.
pub(crate) async fn of_registry(requested: &Package, options: &Options) -> Reading {
    let shown = specification::display(requested);
    options.progress(&format!("fetching {shown}"));
    let fetched = match requested.registry {
        Registry::Npm => npm::fetch(requested).await,
        Registry::Pypi => pypi::fetch(requested).await,
        Registry::Other => Err(PackageCause::UnknownRegistry),
    };
    let fetched = match fetched {
        Ok(fetched) => fetched,
        Err(cause) => return SourceError::new(shown, cause).into(),
    };
    if requested.version.is_none() {
        options.notice(&format!("{shown} is {}, the newest version", specification::display(&fetched.package)));
    }
    options.progress(&format!("reading {}", specification::display(&fetched.package)));
    let read = move || {
        let target = specification::display(&fetched.package);
        listing_of(&fetched.tree, &target, Some(fetched.package))
    };
    tokio::task::spawn_blocking(read).await.map_or_else(super::reading::of_failed_task, Reading::from)
}

/// The server of the archive at `path`.
pub(crate) fn of_archive(path: &Path) -> Reading {
    let shown = path.display().to_string();
    match archive::of_file(path) {
        Ok(tree) => Reading::from(listing_of(&tree, &shown, None)).saved_in(&shown),
        Err(cause) => SourceError::new(shown, cause).into(),
    }
}

/// The server of the source in `folder`.
pub(crate) fn of_folder(folder: &Path) -> Reading {
    let shown = folder.display().to_string();
    match folder::tree(folder) {
        Ok(tree) => Reading::from(listing_of(&tree, &shown, None)).saved_in(&shown),
        Err(cause) => SourceError::new(shown, PackageCause::Io(Arc::new(cause))).into(),
    }
}

fn listing_of(tree: &SourceTree, target: &str, package: Option<Package>) -> Listing {
    let mut manifest = Manifest::from_tree(tree);
    if let Some(package) = &package {
        manifest.name.clone_from(&package.name);
        manifest.version.clone_from(&package.version);
    }
    listing::of_extraction(crate::package::extract(tree, &manifest), &manifest, target, package)
}
