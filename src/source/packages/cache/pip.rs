//! The cache of pip since 23.3: answers of HTTP by the digest of their address, bodies apart.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha224};
use url::Url;

use super::super::error::PackageCause;
use super::super::fetch::{MAX_ARCHIVE, MAX_METADATA};
use super::super::lockfile::Pin;
use super::super::simple_index::{self, ReleaseFile};
use super::super::{integrity, pip_config, pypi, registry_note};
use super::cached::{Cached, read};
use crate::model::Package;

/// The folder of pip's cache.
pub(super) fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let below_home = |path: &str| std::env::home_dir().map(|home| home.join(path));
    let folder = variable("PIP_CACHE_DIR").or_else(|| {
        if cfg!(target_os = "macos") {
            below_home("Library/Caches/pip")
        } else if cfg!(windows) {
            variable("LOCALAPPDATA").map(|folder| folder.join("pip").join("Cache"))
        } else {
            variable("XDG_CACHE_HOME").map(|folder| folder.join("pip")).or_else(|| below_home(".cache/pip"))
        }
    });
    folder.map(|folder| folder.join("http-v2"))
}

/// The package `wanted`, if the page of an index and the file that it names are in the cache in `folder`.
pub(super) fn find(folder: &Path, wanted: &Package, pin: Option<&Pin>) -> Result<Option<Cached>, PackageCause> {
    for index in pip_config::indexes() {
        let Ok(url) = index.url.join(&format!("{}/", simple_index::normalized(&wanted.name))) else { continue };
        let Some(page) = body(folder, &url, MAX_METADATA)? else { continue };
        let Some(files) = simple_index::files(&page, &url, &wanted.name) else { continue };
        let Some(version) = pypi::version(files.iter(), wanted.version.as_deref()) else { continue };
        let mut of_version: Vec<&ReleaseFile> = files.iter().filter(|file| file.version == version).collect();
        of_version.sort_by_key(|file| file.kind);
        for file in of_version {
            let Some(stated) = file.sha256.as_deref() else { continue };
            if pin.is_some_and(|pin| !pin.names(Some(stated))) {
                continue;
            }
            let Some(bytes) = body(folder, &file.url, MAX_ARCHIVE)? else { continue };
            if integrity::check_sha256(&bytes, stated).is_err() {
                return Err(PackageCause::DamagedCache { path: place(folder, &file.url).display().to_string() });
            }
            let notes = registry_note::of_pypi(files.iter(), file);
            let publication = registry_note::publication_of_pypi(files.iter(), file, None);
            let tree = pypi::tree(&bytes, file.kind)?;
            return Ok(Some(Cached { version: version.to_string(), tree, notes, publication }));
        }
    }
    Ok(None)
}

/// The body of the answer to a request of `url`, as it was sent.
fn body(folder: &Path, url: &Url, max: u64) -> Result<Option<Vec<u8>>, PackageCause> {
    let Some(bytes) = read(&place(folder, url), max)? else { return Ok(None) };
    // Pages are stored as they were sent, compressed; archives are compressed by themselves.
    if !bytes.starts_with(&[0x1f, 0x8b]) || url.path().ends_with(".gz") {
        return Ok(Some(bytes));
    }
    let mut plain = Vec::new();
    let unpacked = MultiGzDecoder::new(&bytes[..]).take(max + 1).read_to_end(&mut plain);
    Ok(unpacked.ok().filter(|length| *length as u64 <= max).map(|_| plain))
}

/// Where the body of the answer to a request of `url` is.
fn place(folder: &Path, url: &Url) -> PathBuf {
    let digest: String = Sha224::digest(url.as_str()).iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = digest.chars().take(5).map(String::from);
    parts.fold(folder.to_owned(), |path, part| path.join(part)).join(format!("{digest}.body"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_lies_below_the_digest_of_its_address() {
        let url = Url::parse("https://pypi.org/simple/pip/").unwrap();
        let digest = "a19537d3cf37c122db841d6fe4cd322bc10d1a558bb00d146b85cb9a";
        let path = place(Path::new("http-v2"), &url);
        assert_eq!(path, Path::new(&format!("http-v2/a/1/9/5/3/{digest}.body")));
    }
}
