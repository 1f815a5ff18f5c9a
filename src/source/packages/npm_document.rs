//! The description of a package as an npm registry gives it. Of the large documents only what is needed is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nodejs_semver::{Range, Version};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::registry_note::{self, RegistryNote};
use crate::model::Publication;
use crate::text::clean;

/// The most accounts that are named.
const MAX_PUBLISHERS: usize = 20;
/// The longest name of an account, in characters.
const MAX_ACCOUNT: usize = 100;

#[derive(Debug, Deserialize)]
pub(crate) struct NpmDocument {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, Value>,
    versions: BTreeMap<String, NpmVersion>,
    /// Days of publication by version, only in the long form.
    #[serde(default)]
    time: BTreeMap<String, Value>,
    /// Only in the long form.
    #[serde(default)]
    maintainers: Option<Vec<IgnoredAny>>,
}

/// A version of a package.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NpmVersion {
    #[serde(default)]
    pub(crate) dist: NpmFile,
    #[serde(default)]
    deprecated: Option<Value>,
    #[serde(default, rename = "_npmUser")]
    publisher: Option<Value>,
}

/// Where the archive of a version is, and its digest.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NpmFile {
    #[serde(default)]
    pub(crate) tarball: Option<String>,
    #[serde(default)]
    pub(crate) integrity: Option<String>,
    #[serde(default)]
    attestations: Option<IgnoredAny>,
}

impl NpmDocument {
    /// The document in the answer of a registry. `None` if it is none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn get(&self, version: &str) -> Option<&NpmVersion> {
        self.versions.get(version)
    }

    /// The versions, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<&str> {
        let mut known: Vec<(Version, &str)> =
            self.versions.keys().filter_map(|text| Some((Version::parse(text).ok()?, text.as_str()))).collect();
        known.sort_by(|a, b| b.0.cmp(&a.0));
        known.into_iter().map(|(_, text)| text).collect()
    }

    /// The version that `wanted` names: exactly, as a tag, or as a range; the one tagged latest if it names none.
    pub(crate) fn version(&self, wanted: Option<&str>) -> Option<String> {
        let wanted = wanted.unwrap_or("latest");
        if self.versions.contains_key(wanted) {
            return Some(wanted.to_owned());
        }
        let tagged = self.tags.get(wanted).and_then(Value::as_str);
        if let Some(version) = tagged.filter(|version| self.versions.contains_key(*version)) {
            return Some(version.to_owned());
        }
        let range = Range::parse(wanted).ok()?;
        let known = self.versions.keys().filter_map(|version| Version::parse(version).ok());
        known.filter(|version| range.satisfies(version)).max().map(|version| version.to_string())
    }

    /// The versions before `version`, the newest first: of stable versions, the stable ones.
    fn before(&self, version: &str) -> Vec<(&str, &NpmVersion)> {
        let Ok(own) = Version::parse(version) else { return Vec::new() };
        let is_before = |text: &str| {
            let other = Version::parse(text);
            other.is_ok_and(|other| other < own && (!other.is_prerelease() || own.is_prerelease()))
        };
        let known = self.newest_first().into_iter().filter(|text| is_before(text));
        known.filter_map(|text| Some((text, self.versions.get(text)?))).collect()
    }

    /// What the registry says of `version` besides its files.
    pub(crate) fn notes(&self, version: &str) -> Vec<RegistryNote> {
        let Some(own) = self.versions.get(version) else { return Vec::new() };
        let reason = own.deprecated.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut notes: Vec<RegistryNote> =
            reason.map(|it| RegistryNote::Withdrawn(it.to_owned())).into_iter().collect();
        let before = self.before(version);
        let before = before.iter().map(|(text, version)| (*text, version.dist.attestations.is_some()));
        notes.extend(registry_note::lost(own.dist.attestations.is_some(), before));
        notes
    }

    /// How `version` was published. `None` if the registry does not say it.
    pub(crate) fn publication(&self, version: &str, as_of: Option<Date>) -> Option<Publication> {
        let own = self.versions.get(version)?;
        let day = |version: &str| {
            let time: Timestamp = self.time.get(version)?.as_str()?.parse().ok()?;
            Some(time.to_zoned(TimeZone::UTC).date())
        };
        let published = day(version);
        let first = day("created").into_iter().chain(self.versions.keys().filter_map(|version| day(version))).min();
        let before = self.before(version);
        let earlier: BTreeSet<String> = before.iter().filter_map(|(_, version)| version.account()).collect();
        let publisher = own.account();
        if published.is_none() && publisher.is_none() {
            return None;
        }
        Some(Publication {
            published,
            first_published: first,
            as_of,
            earlier_versions: before.len(),
            provenance: own.dist.attestations.is_some(),
            // The account of this version is among those that are kept.
            earlier_publishers: earlier
                .iter()
                .filter(|account| Some(*account) == publisher.as_ref())
                .chain(earlier.iter().filter(|account| Some(*account) != publisher.as_ref()))
                .take(MAX_PUBLISHERS)
                .cloned()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            publisher,
            maintainers: self.maintainers.as_ref().map(Vec::len),
        })
    }
}

impl NpmVersion {
    /// The account that published it.
    fn account(&self) -> Option<String> {
        let name = self.publisher.as_ref()?.get("name")?.as_str()?;
        Some(clean::excerpt(&clean::one_line(name), MAX_ACCOUNT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(value: &Value) -> NpmDocument {
        NpmDocument::parse(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_version_is_exact_a_tag_or_a_range() {
        let document = document(&json!({
            "dist-tags": {"latest": "1.2.0", "next": "2.0.0-rc.1"},
            "versions": {"1.0.0": {}, "1.2.0": {}, "1.10.0": {}, "2.0.0-rc.1": {}}
        }));
        for (wanted, found) in [
            (None, Some("1.2.0")),
            (Some("1.0.0"), Some("1.0.0")),
            (Some("next"), Some("2.0.0-rc.1")),
            (Some("1"), Some("1.10.0")),
            (Some("3.0.0"), None),
        ] {
            assert_eq!(document.version(wanted).as_deref(), found, "{wanted:?}");
        }
        assert_eq!(document.newest_first(), ["2.0.0-rc.1", "1.10.0", "1.2.0", "1.0.0"]);
    }

    #[test]
    fn a_version_is_withdrawn_or_loses_its_provenance() {
        let signed = json!({"dist": {"attestations": {"url": "https://x.example"}}});
        let mut versions = json!({
            "1.0.0": {"dist": {}},
            "1.1.0": signed,
            "1.2.0-rc.1": {"dist": {}},
            "1.2.0": signed,
            "1.3.0": {"dist": {}, "deprecated": "Use 2"},
            "1.4.0": {"dist": {}, "deprecated": false},
        });
        for minor in 5..9 {
            versions[format!("1.{minor}.0")] = json!({});
        }
        let document = document(&json!({"versions": versions}));
        let lost = |before: &str| RegistryNote::ProvenanceLost { before: before.to_owned() };
        assert_eq!(document.notes("1.3.0"), [RegistryNote::Withdrawn("Use 2".into()), lost("1.2.0")]);
        assert_eq!(document.notes("1.2.0-rc.1"), [lost("1.1.0")]);
        assert_eq!(document.notes("1.4.0"), [lost("1.2.0")]);
        // What has been published without it for long is no change.
        for version in ["1.0.0", "1.1.0", "1.2.0", "1.8.0"] {
            assert!(document.notes(version).is_empty(), "{version}");
        }
    }

    #[test]
    fn a_publication_has_its_days_and_accounts() {
        let by = |name: &str| json!({"_npmUser": {"name": name, "email": "x@x.example"}});
        let document = document(&json!({
            "time": {"created": "2025-01-02T03:04:05.678Z", "modified": "2026-11-20T00:00:00Z",
                "1.0.0": "2025-01-02T03:04:05.678Z", "1.1.0": "2025-02-01T23:59:59Z", "1.2.0": "2026-11-20T00:00:00Z",
                "unpublished": {"name": "x"}},
            "maintainers": [{"name": "ann"}, {"name": "bob"}],
            "versions": {"1.0.0": by("ann"), "1.1.0": by("bob"), "1.2.0": by("eve")}
        }));
        let found = document.publication("1.2.0", Some(Date::constant(2026, 11, 28))).unwrap();
        let expected = json!({"published": "2026-11-20", "first_published": "2025-01-02", "as_of": "2026-11-28",
            "earlier_versions": 2, "provenance": false, "publisher": "eve", "earlier_publishers": ["ann", "bob"],
            "maintainers": 2});
        assert_eq!(serde_json::to_value(&found).unwrap(), expected);
        assert!(found.is_within(found.published.unwrap(), 9) && !found.is_within(found.published.unwrap(), 8));
    }

    #[test]
    fn a_short_document_states_no_publication() {
        let document = document(&json!({"versions": {"1.0.0": {"dist": {"integrity": "sha512-x"}}}}));
        assert_eq!(document.publication("1.0.0", None), None);
        assert!(NpmDocument::parse(b"[1]").is_none());
    }
}
