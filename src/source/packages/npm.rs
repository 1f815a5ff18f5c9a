//! Packages of an npm registry.

use nodejs_semver::{Range, Version};
use serde_json::Value;
use url::Url;

use super::error::PackageCause;
use super::fetch::Fetched;
use super::npm_config::NpmConfig;
use super::{archive, fetch, integrity, registry_note};
use crate::model::Package;

/// The short form of a description, without readme.
const ACCEPT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";

/// The files of `requested`, of the newest version if it names none.
pub(crate) async fn fetch(requested: &Package) -> Result<Fetched, PackageCause> {
    let config = NpmConfig::load();
    let client = fetch::client()?;
    let registry = config.registry(&requested.name).ok_or_else(|| PackageCause::Address("no registry".into()))?;
    let host = fetch::host(&registry);
    let answer = || PackageCause::Answer { registry: host.clone() };
    let url = registry.join(&requested.name.replace('/', "%2f")).map_err(|_| answer())?;
    let authorization = config.authorization(&url);
    let bytes = fetch::get(&client, &url, ACCEPT, authorization.as_deref(), fetch::MAX_METADATA).await?;
    let document: Value = serde_json::from_slice(&bytes).map_err(|_| answer())?;
    let version = version(&document, requested.version.as_deref()).ok_or_else(|| PackageCause::NoVersion {
        registry: host.clone(),
        version: requested.version.clone().unwrap_or_default(),
    })?;
    let versions = document.get("versions").ok_or_else(answer)?;
    let dist = versions.get(&version).and_then(|entry| entry.get("dist")).ok_or_else(answer)?;
    let text = |key: &str| dist.get(key).and_then(Value::as_str);
    let tarball = Url::parse(text("tarball").ok_or_else(answer)?).map_err(|_| answer())?;
    let stated = text("integrity").ok_or(PackageCause::NoIntegrity)?;
    let authorization = config.authorization(&tarball);
    let bytes = fetch::get(&client, &tarball, "*/*", authorization.as_deref(), fetch::MAX_ARCHIVE).await?;
    integrity::check_npm(&bytes, stated)?;
    let notes = registry_note::of_npm(versions, &version);
    let package = Package { version: Some(version), ..requested.clone() };
    Ok(Fetched { package, tree: archive::tar_gz(&bytes)?, notes })
}

/// The version that `wanted` names: exactly, as a tag, or as a range; the one tagged latest if it names none.
fn version(document: &Value, wanted: Option<&str>) -> Option<String> {
    let versions = document.get("versions")?.as_object()?;
    let wanted = wanted.unwrap_or("latest");
    if versions.contains_key(wanted) {
        return Some(wanted.to_owned());
    }
    let tagged = document.get("dist-tags").and_then(|tags| tags.get(wanted)?.as_str());
    if let Some(version) = tagged.filter(|version| versions.contains_key(*version)) {
        return Some(version.to_owned());
    }
    let range = Range::parse(wanted).ok()?;
    let known = versions.keys().filter_map(|version| Version::parse(version).ok());
    known.filter(|version| range.satisfies(version)).max().map(|version| version.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_version_is_exact_a_tag_or_a_range() {
        let document = json!({
            "dist-tags": {"latest": "1.2.0", "next": "2.0.0-rc.1"},
            "versions": {"1.0.0": {}, "1.2.0": {}, "1.10.0": {}, "2.0.0-rc.1": {}}
        });
        for (wanted, found) in [
            (None, Some("1.2.0")),
            (Some("1.0.0"), Some("1.0.0")),
            (Some("next"), Some("2.0.0-rc.1")),
            (Some("1"), Some("1.10.0")),
            (Some("3.0.0"), None),
        ] {
            assert_eq!(version(&document, wanted).as_deref(), found, "{wanted:?}");
        }
    }
}
