//! What a registry says of a version besides its files.

use std::cmp::Ordering;

use nodejs_semver::Version;
use serde_json::Value;

use super::simple_index::ReleaseFile;
use crate::model::Listing;
use crate::source::decode::Decoder;
use crate::text::{clean, prose};

/// The longest reason that is quoted, in characters.
const MAX_REASON: usize = 200;

/// What a registry says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistryNote {
    /// Its author advises against it, with a reason if there is one.
    Withdrawn(String),
    /// The version before it states where and from what it was built, and it does not.
    ProvenanceLost { before: String },
}

/// The notes on `version` in the `versions` of an npm package.
pub(super) fn of_npm(versions: &Value, version: &str) -> Vec<RegistryNote> {
    let mut notes = Vec::new();
    let entry = |version: &str| versions.get(version);
    let has_provenance = |version: &str| entry(version).is_some_and(|it| it.pointer("/dist/attestations").is_some());
    if let Some(reason) = entry(version).and_then(|it| it.get("deprecated")?.as_str()).filter(|text| !text.is_empty()) {
        notes.push(RegistryNote::Withdrawn(reason.to_owned()));
    }
    if let Ok(own) = Version::parse(version) {
        let known = versions.as_object().into_iter().flat_map(|map| map.keys());
        let known = known.filter_map(|text| Some((Version::parse(text).ok()?, text)));
        let is_before = |other: &Version| *other < own && (!other.is_prerelease() || own.is_prerelease());
        let before = known.filter(|(other, _)| is_before(other)).max_by(|a, b| a.0.cmp(&b.0));
        notes.extend(lost(has_provenance(version), before.map(|(_, text)| (text.clone(), has_provenance(text)))));
    }
    notes
}

/// The notes on the version of `file` among the `files` of a Python package.
pub(super) fn of_pypi<'f>(
    files: impl Iterator<Item = &'f ReleaseFile> + Clone,
    file: &ReleaseFile,
) -> Vec<RegistryNote> {
    let mut notes: Vec<RegistryNote> = file.yanked.iter().cloned().map(RegistryNote::Withdrawn).collect();
    let older = |other: &&ReleaseFile| {
        other.version.cmp(&file.version) == Ordering::Less
            && (!other.version.any_prerelease() || file.version.any_prerelease())
    };
    let before = files.clone().filter(older).map(|other| &other.version).max();
    let has_provenance =
        |version: &pep440_rs::Version| files.clone().any(|other| other.version == *version && other.has_provenance);
    notes.extend(lost(has_provenance(&file.version), before.map(|it| (it.to_string(), has_provenance(it)))));
    notes
}

fn lost(has_provenance: bool, before: Option<(String, bool)>) -> Option<RegistryNote> {
    let (before, had_provenance) = before?;
    (had_provenance && !has_provenance).then_some(RegistryNote::ProvenanceLost { before })
}

/// Adds the notes to the listing of the package.
pub(super) fn add(listing: &mut Listing, notes: &[RegistryNote]) {
    let mut decoder = Decoder::default();
    for note in notes {
        let (id, text) = match note {
            RegistryNote::Withdrawn(reason) => {
                let reason = clean::excerpt(&clean::one_line(reason), MAX_REASON);
                let text = "The author of the package advises against this version";
                let text = if reason.is_empty() { text.to_owned() } else { format!("{text}: {reason}") };
                ("version-withdrawn", prose::sentence(&text))
            }
            RegistryNote::ProvenanceLost { before } => {
                let before = clean::excerpt(before, MAX_REASON);
                let text = format!("The registry states where version {before} was built, and not where this one was.");
                ("provenance-lost", text)
            }
        };
        decoder.note(id, None, &text);
    }
    listing.deviations.append(&mut decoder.deviations);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_is_withdrawn_or_loses_its_provenance() {
        let signed = json!({"dist": {"attestations": {"url": "https://x.example"}}});
        let versions = json!({
            "1.0.0": {"dist": {}},
            "1.1.0": signed,
            "1.2.0-rc.1": {"dist": {}},
            "1.2.0": signed,
            "1.3.0": {"dist": {}, "deprecated": "Use 2"},
            "1.4.0": {"dist": {}, "deprecated": false},
        });
        let lost = |before: &str| RegistryNote::ProvenanceLost { before: before.to_owned() };
        assert_eq!(of_npm(&versions, "1.3.0"), [RegistryNote::Withdrawn("Use 2".into()), lost("1.2.0")]);
        assert_eq!(of_npm(&versions, "1.2.0-rc.1"), [lost("1.1.0")]);
        for version in ["1.0.0", "1.1.0", "1.2.0", "1.4.0"] {
            assert!(of_npm(&versions, version).is_empty(), "{version}");
        }
    }
}
