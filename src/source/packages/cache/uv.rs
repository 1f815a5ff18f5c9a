//! The cache of uv: unpacked wheels by name and version. Their files are checked against the list in the wheel (RECORD); the
//! digest of the archive that uv noted is compared with a lock file.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pep440_rs::{Version, VersionSpecifiers};
use sha2::{Digest, Sha256};

use super::super::error::PackageCause;
use super::super::lockfile::Pin;
use super::super::simple_index::normalized;
use super::cached::{Cached, read};
use crate::model::Package;
use crate::package::source_tree::{MAX_FILE, SourceTree, is_source};

/// The start of the folder of wheels; the number of its form follows.
const WHEELS: &str = "wheels-v";
/// The most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;
/// The largest list of files, and the largest note about an archive, in bytes.
const MAX_LIST: u64 = 16 << 20;
/// The most cached versions that an error names.
const MAX_NAMED: usize = 5;

/// An unpacked wheel.
struct Wheel {
    version: Version,
    /// Version and tags.
    stem: String,
    folder: PathBuf,
}

/// The folder of uv's cache.
pub(super) fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("UV_CACHE_DIR").or_else(|| {
        if cfg!(windows) {
            return variable("LOCALAPPDATA").map(|folder| folder.join("uv").join("cache"));
        }
        let cache = variable("XDG_CACHE_HOME").or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
        cache.map(|folder| folder.join("uv"))
    })
}

/// The package `wanted`, if a wheel of it is in the cache in `cache`.
pub(super) fn find(cache: &Path, wanted: &Package, pin: Option<&Pin>) -> Result<Option<Cached>, PackageCause> {
    let mut wheels = wheels(cache, &wanted.name);
    if let Some(text) = wanted.version.as_deref() {
        let exact = Version::from_str(text).ok();
        let range = VersionSpecifiers::from_str(text).ok();
        wheels.retain(|wheel| {
            exact.as_ref() == Some(&wheel.version) || range.as_ref().is_some_and(|range| range.contains(&wheel.version))
        });
    }
    let Some(wheel) = wheels.first() else { return Ok(None) };
    if let Some(pin) = pin {
        let noted = read(&wheel.folder.join(format!("{}.http", wheel.stem)), MAX_LIST)?.unwrap_or_default();
        pin.check_noted(&String::from_utf8_lossy(&noted))?;
    }
    let tree = unpacked(&wheel.folder.join(&wheel.stem))?;
    Ok(Some(Cached { version: wheel.version.to_string(), tree, notes: Vec::new(), publication: None }))
}

/// The versions of `name` in the cache, the newest first.
pub(super) fn versions(cache: &Path, name: &str) -> Vec<String> {
    let mut versions: Vec<String> = wheels(cache, name).iter().map(|wheel| wheel.version.to_string()).collect();
    versions.dedup();
    versions.truncate(MAX_NAMED);
    versions
}

/// The wheels of `name`, the newest and stable ones first.
fn wheels(cache: &Path, name: &str) -> Vec<Wheel> {
    let name = normalized(name);
    let mut wheels = Vec::new();
    for form in entries(cache).into_iter().filter(|form| form.starts_with(WHEELS)) {
        // Wheels of the public index stand below its name, those of others below a digest of their address.
        let of_index = |index: PathBuf| index.join(&name);
        let own = cache.join(&form);
        let others = own.join("index");
        let indexes = entries(&others).into_iter().map(|index| others.join(index));
        for folder in std::iter::once(own.join("pypi")).chain(indexes).map(of_index) {
            for stem in entries(&folder) {
                let version = stem.split('-').next().and_then(|version| Version::from_str(version).ok());
                if let Some(version) = version.filter(|_| folder.join(&stem).is_dir()) {
                    wheels.push(Wheel { version, stem, folder: folder.clone() });
                }
            }
        }
    }
    wheels.sort_by_key(|wheel| (!wheel.version.any_prerelease(), wheel.version.clone()));
    wheels.reverse();
    wheels
}

/// The names in a folder, sorted. None if it cannot be read.
fn entries(folder: &Path) -> Vec<String> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_ENTRIES);
    let mut names: Vec<String> = found.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The files that the list of the wheel in `folder` names, with the digests that it states.
fn unpacked(folder: &Path) -> Result<SourceTree, PackageCause> {
    let damaged = |path: &Path| PackageCause::DamagedCache { path: path.display().to_string() };
    let is_info = |name: &String| name.ends_with(".dist-info");
    let info = entries(folder).into_iter().find(is_info).ok_or_else(|| damaged(folder))?;
    let list = folder.join(&info).join("RECORD");
    let listed = read(&list, MAX_LIST)?.ok_or_else(|| damaged(&list))?;
    let mut tree = SourceTree::default();
    for line in String::from_utf8_lossy(&listed).lines() {
        // `path,sha256=DIGEST,size`; a path with a comma stands in quotes and is no source that is read.
        let mut fields = line.split(',');
        let (Some(path), digest) = (fields.next(), fields.next().and_then(|digest| digest.strip_prefix("sha256=")))
        else {
            continue;
        };
        // A path that leaves the wheel is not opened.
        let inner = crate::package::source_tree::normalized(path).filter(|inner| inner == path && is_source(path));
        let (Some(inner), Some(digest)) = (inner, digest) else { continue };
        let place = folder.join(&inner);
        match read(&place, MAX_FILE as u64) {
            Ok(Some(bytes)) if URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes)) == digest => tree.add(&inner, bytes),
            Ok(_) => return Err(damaged(&place)),
            Err(PackageCause::TooLarge { .. }) => tree.skip(&inner),
            Err(cause) => return Err(cause),
        }
    }
    if tree.paths().next().is_none() { Err(PackageCause::NoSource) } else { Ok(tree) }
}
