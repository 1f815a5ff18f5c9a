//! Packages of Python package indexes.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use super::error::PackageCause;
use super::fetch::Fetched;
use super::lockfile::Pin;
use super::pip_config::{self, Index};
use super::simple_index::{self, FileKind, ReleaseFile};
use super::{archive, fetch, integrity, registry_note};
use crate::model::Package;
use crate::package::source_tree::SourceTree;

/// The files of `requested`, of the newest version if it names none.
pub(crate) async fn fetch(requested: &Package, pin: Option<&Pin>) -> Result<Fetched, PackageCause> {
    let client = fetch::client()?;
    let indexes = pip_config::indexes();
    let mut files: Vec<(&Index, ReleaseFile)> = Vec::new();
    let mut day = None;
    let mut failed = PackageCause::NoPackage { registry: "the index".into() };
    for index in &indexes {
        let page = format!("{}/", simple_index::normalized(&requested.name));
        let Ok(url) = index.url.join(&page) else { continue };
        let authorization = index.authorization(&url);
        match fetch::get(&client, &url, simple_index::ACCEPT, authorization, fetch::MAX_METADATA).await {
            Ok(page) => match simple_index::files(&page.bytes, &url, &requested.name) {
                Some(found) => {
                    files.extend(found.into_iter().map(|file| (index, file)));
                    day = day.or(page.day);
                }
                None => failed = PackageCause::Answer { registry: fetch::host(&url) },
            },
            Err(cause) => failed = cause,
        }
    }
    if files.is_empty() {
        return Err(failed);
    }
    let registry = fetch::host(&indexes[0].url);
    let version = version(files.iter().map(|(_, file)| file), requested.version.as_deref()).ok_or_else(|| {
        let version = requested.version.clone().unwrap_or_default();
        PackageCause::NoVersion { registry: registry.clone(), version }
    })?;
    let of_version = files.iter().filter(|(_, file)| file.version == version);
    // Of the files of a version a lock file may pin some only.
    let is_pinned = |file: &ReleaseFile| pin.is_none_or(|pin| pin.names(file.sha256.as_deref()));
    let best = of_version.min_by_key(|(_, file)| (!is_pinned(file), file.kind));
    let (index, file) = best.ok_or(PackageCause::NoFile { registry })?;
    let notes = registry_note::of_pypi(files.iter().map(|(_, file)| file), file);
    let publication = registry_note::publication_of_pypi(files.iter().map(|(_, file)| file), file, day);
    let stated = file.sha256.as_deref().ok_or(PackageCause::NoIntegrity)?;
    let authorization = index.authorization(&file.url);
    let bytes = fetch::get(&client, &file.url, "*/*", authorization, fetch::MAX_ARCHIVE).await?.bytes;
    integrity::check_sha256(&bytes, stated)?;
    pin.map_or(Ok(()), |pin| pin.check(&bytes))?;
    let package = Package { version: Some(version.to_string()), ..requested.clone() };
    Ok(Fetched { package, tree: tree(&bytes, file.kind)?, notes, publication })
}

/// The files of an archive of this kind.
pub(super) fn tree(bytes: &[u8], kind: FileKind) -> Result<SourceTree, PackageCause> {
    match kind {
        FileKind::PureWheel | FileKind::LinuxWheel | FileKind::Wheel => archive::zip(bytes),
        FileKind::Source => archive::tar_gz(bytes),
    }
}

/// The version that `wanted` names; the newest that is no pre-release if it names none.
pub(super) fn version<'a>(files: impl Iterator<Item = &'a ReleaseFile>, wanted: Option<&str>) -> Option<Version> {
    let files: Vec<&ReleaseFile> = files.collect();
    if let Some(wanted) = wanted.and_then(|wanted| Version::from_str(wanted).ok()) {
        return files.into_iter().map(|file| &file.version).find(|version| **version == wanted).cloned();
    }
    // A withdrawn version is taken only if it is named.
    let kept = files.iter().filter(|file| file.yanked.is_none());
    let versions: Vec<&Version> = kept.map(|file| &file.version).collect();
    if let Some(wanted) = wanted {
        // A range, as packages state it of their dependencies.
        let range = VersionSpecifiers::from_str(wanted).ok()?;
        let allowed = versions.into_iter().filter(|version| range.contains(version));
        return allowed.max_by_key(|version| (!version.any_prerelease(), (*version).clone())).cloned();
    }
    let stable = versions.iter().filter(|version| !version.any_prerelease()).max();
    stable.or(versions.iter().max()).map(|version| (*version).clone())
}
