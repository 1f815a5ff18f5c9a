//! Packages of an npm registry.

use url::Url;

use super::error::PackageCause;
use super::fetch::{Detail, Fetched};
use super::lockfile::Pin;
use super::npm_config::NpmConfig;
use super::npm_document::NpmDocument;
use super::{archive, fetch, integrity};
use crate::model::Package;

/// The short form of a description: without readme, dates and accounts.
const SHORT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";
const LONG: &str = "application/json";

/// The files of `requested`, of the newest version if it names none.
pub(crate) async fn fetch(requested: &Package, pin: Option<&Pin>, detail: Detail) -> Result<Fetched, PackageCause> {
    let config = NpmConfig::load();
    let client = fetch::client()?;
    let url = config.description(&requested.name).ok_or_else(|| PackageCause::Address("no registry".into()))?;
    let host = fetch::host(&url);
    let answer = || PackageCause::Answer { registry: host.clone() };
    let authorization = config.authorization(&url);
    let accept = match detail {
        Detail::Files => SHORT,
        Detail::Publication => LONG,
    };
    let found = fetch::get(&client, &url, accept, authorization.as_deref(), fetch::MAX_METADATA).await?;
    let document = NpmDocument::parse(&found.bytes).ok_or_else(answer)?;
    let version = document.version(requested.version.as_deref()).ok_or_else(|| PackageCause::NoVersion {
        registry: host.clone(),
        version: requested.version.clone().unwrap_or_default(),
    })?;
    let dist = &document.get(&version).ok_or_else(answer)?.dist;
    let tarball = Url::parse(dist.tarball.as_deref().ok_or_else(answer)?).map_err(|_| answer())?;
    let stated = dist.integrity.as_deref().ok_or(PackageCause::NoIntegrity)?;
    let authorization = config.authorization(&tarball);
    let bytes = fetch::get(&client, &tarball, "*/*", authorization.as_deref(), fetch::MAX_ARCHIVE).await?.bytes;
    integrity::check_npm(&bytes, stated)?;
    pin.map_or(Ok(()), |pin| pin.check(&bytes))?;
    let (notes, publication) = (document.notes(&version), document.publication(&version, found.day));
    let package = Package { version: Some(version), ..requested.clone() };
    Ok(Fetched { package, tree: archive::tar_gz(&bytes)?, notes, publication })
}
