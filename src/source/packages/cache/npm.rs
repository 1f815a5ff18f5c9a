//! The cache of npm (cacache): an index of requests, and contents by their digests.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::error::PackageCause;
use super::super::fetch::{MAX_ARCHIVE, MAX_METADATA};
use super::super::lockfile::Pin;
use super::super::npm_config::NpmConfig;
use super::super::npm_document::NpmDocument;
use super::super::{archive, integrity, specification};
use super::cached::{Cached, read};
use crate::model::Package;

/// What npm puts before the address of a request.
const KEY: &str = "make-fetch-happen:request-cache:";
/// The largest bucket of the index, in bytes. A bucket has a line for each time that its request was stored.
const MAX_BUCKET: u64 = 8 << 20;
/// The most answers of a request that are looked at, the newest first.
const MAX_ANSWERS: usize = 8;
/// The most cached versions that an error names.
const MAX_NAMED: usize = 5;

/// A line of the index.
#[derive(Deserialize)]
struct Entry {
    key: String,
    /// `None` if the content was removed.
    integrity: Option<String>,
    #[serde(default)]
    metadata: Value,
}

/// The package `wanted`, as npm would install it without a network.
pub(crate) fn find(wanted: &Package, pin: Option<&Pin>) -> Result<Cached, PackageCause> {
    let config = NpmConfig::load();
    let cache = config.cache().ok_or(PackageCause::NoCache)?;
    let address = config.description(&wanted.name).ok_or_else(|| PackageCause::Address("no registry".into()))?;
    find_in(&cache, address.as_str(), wanted, pin)
}

fn find_in(cache: &Path, address: &str, wanted: &Package, pin: Option<&Pin>) -> Result<Cached, PackageCause> {
    let missing =
        |what: String| PackageCause::NotCached { what, place: cache.display().to_string(), others: Vec::new() };
    let described = description(cache, address)?;
    let chosen = match (&described, pin) {
        // A digest is all that is needed.
        (_, Some(pin)) => Some((pin.version.clone(), pin.npm_integrity().ok_or(PackageCause::NoIntegrity)?)),
        (Some((document, _)), None) => document
            .version(wanted.version.as_deref())
            .and_then(|version| Some((version.clone(), document.get(&version)?.dist.integrity.clone()?))),
        (None, None) => return Err(missing(format!("the description of {}, {address}", wanted.name))),
    };
    let Some((version, stated)) = chosen else { return Err(missing(specification::display(wanted))) };
    let Some(bytes) = content(cache, &stated, MAX_ARCHIVE)? else {
        let named = Package { version: Some(version), ..wanted.clone() };
        let others = described.iter().flat_map(|(document, _)| cached_versions(cache, document)).collect();
        let (what, place) = (specification::display(&named), cache.display().to_string());
        return Err(PackageCause::NotCached { what, place, others });
    };
    pin.map_or(Ok(()), |pin| pin.check(&bytes))?;
    let (notes, publication) = described.map_or_else(Default::default, |(document, day)| {
        (document.notes(&version), document.publication(&version, day))
    });
    Ok(Cached { version, tree: archive::tar_gz(&bytes)?, notes, publication })
}

/// The newest description of a package in the cache, and the day of the registry's answer.
fn description(cache: &Path, address: &str) -> Result<Option<(NpmDocument, Option<Date>)>, PackageCause> {
    let key = format!("{KEY}{address}");
    let Some(bucket) = read(&bucket(cache, &key), MAX_BUCKET)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bucket);
    // A line is a digest, a tab and JSON. Its digest only finds damage: what counts is that of the content.
    let entries = text.lines().rev().filter_map(|line| serde_json::from_str::<Entry>(line.split_once('\t')?.1).ok());
    for entry in entries.filter(|entry| entry.key == key).take(MAX_ANSWERS) {
        let Some(stated) = entry.integrity else { continue };
        let Some(bytes) = content(cache, &stated, MAX_METADATA)? else { continue };
        let Some(document) = NpmDocument::parse(&bytes) else { continue };
        let date = entry.metadata.pointer("/resHeaders/date").and_then(Value::as_str);
        let day = date.and_then(|date| rfc2822::parse(date).ok());
        return Ok(Some((document, day.map(|day| day.with_time_zone(TimeZone::UTC).date()))));
    }
    Ok(None)
}

/// The versions of `document` whose archives are in the cache, the newest first.
fn cached_versions(cache: &Path, document: &NpmDocument) -> Vec<String> {
    let is_cached = |version: &&str| {
        let stated = document.get(version).and_then(|it| it.dist.integrity.as_deref());
        stated.and_then(|stated| place(cache, stated)).is_some_and(|(path, _)| path.is_file())
    };
    document.newest_first().into_iter().filter(is_cached).take(MAX_NAMED).map(str::to_owned).collect()
}

/// The content with the digest `stated`. `None` if it is not there.
fn content(cache: &Path, stated: &str, max: u64) -> Result<Option<Vec<u8>>, PackageCause> {
    let Some((path, digest)) = place(cache, stated) else { return Err(PackageCause::NoIntegrity) };
    let Some(bytes) = read(&path, max)? else { return Ok(None) };
    match integrity::check_npm(&bytes, digest) {
        Ok(()) => Ok(Some(bytes)),
        Err(_) => Err(PackageCause::DamagedCache { path: path.display().to_string() }),
    }
}

/// Where the content with the digest `stated` is, and the digest that decides, as it is stated.
fn place<'s>(cache: &Path, stated: &'s str) -> Option<(PathBuf, &'s str)> {
    let digest = stated
        .split_whitespace()
        .find(|digest| ["sha512-", "sha384-", "sha256-"].iter().any(|algorithm| digest.starts_with(algorithm)))?;
    let (algorithm, encoded) = digest.split('?').next()?.split_once('-')?;
    let bytes = STANDARD.decode(encoded).ok().filter(|bytes| bytes.len() >= 32)?;
    let hex = hex(&bytes);
    Some((cache.join("content-v2").join(algorithm).join(&hex[..2]).join(&hex[2..4]).join(&hex[4..]), digest))
}

/// The file of the index with the entries of `key`.
fn bucket(cache: &Path, key: &str) -> PathBuf {
    let hex = hex(&Sha256::digest(key));
    cache.join("index-v5").join(&hex[..2]).join(&hex[2..4]).join(&hex[4..])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
