//! What a registry says of a version besides its files.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use pep440_rs::Version;

use super::simple_index::ReleaseFile;
use crate::model::{Listing, Publication};
use crate::source::decode::Decoder;
use crate::text::{clean, prose};

/// The longest reason that is quoted, in characters.
const MAX_REASON: usize = 200;
/// How many versions before one its provenance is compared with.
const COMPARED: usize = 5;

/// What a registry says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistryNote {
    /// Its author advises against it, with a reason if there is one.
    Withdrawn(String),
    /// A version not long before it states where and from what it was built, and it does not.
    ProvenanceLost { before: String },
}

/// The notes on the version of `file` among the `files` of a Python package.
pub(super) fn of_pypi<'f>(files: impl Iterator<Item = &'f ReleaseFile>, file: &ReleaseFile) -> Vec<RegistryNote> {
    let mut notes: Vec<RegistryNote> = file.yanked.iter().cloned().map(RegistryNote::Withdrawn).collect();
    let mut versions: BTreeMap<&Version, bool> = BTreeMap::new();
    for other in files {
        *versions.entry(&other.version).or_default() |= other.has_provenance;
    }
    let has_provenance = versions.get(&file.version).copied().unwrap_or_default();
    let is_older = |other: &Version| {
        other.cmp(&file.version) == Ordering::Less && (!other.any_prerelease() || file.version.any_prerelease())
    };
    let before = versions.into_iter().rev().filter(|(other, _)| is_older(other));
    let before: Vec<(String, bool)> = before.map(|(version, has)| (version.to_string(), has)).collect();
    notes.extend(lost(has_provenance, before.iter().map(|(version, has)| (version.as_str(), *has))));
    notes
}

/// The note if a version has no provenance, and one of those before it, the newest first, has.
pub(super) fn lost<'v>(has_provenance: bool, before: impl Iterator<Item = (&'v str, bool)>) -> Option<RegistryNote> {
    let (before, _) = before.take(COMPARED).find(|(_, had_provenance)| *had_provenance && !has_provenance)?;
    Some(RegistryNote::ProvenanceLost { before: before.to_owned() })
}

/// How the version of `file` was published. `None` if the index does not say it.
pub(super) fn publication_of_pypi<'f>(
    files: impl Iterator<Item = &'f ReleaseFile> + Clone,
    file: &ReleaseFile,
    as_of: Option<Date>,
) -> Option<Publication> {
    let of_version = files.clone().filter(|other| other.version == file.version);
    let published = of_version.clone().filter_map(|other| other.uploaded).min()?;
    let mut earlier: Vec<&Version> =
        files.clone().map(|other| &other.version).filter(|it| **it < file.version).collect();
    earlier.sort();
    earlier.dedup();
    Some(Publication {
        published: Some(published),
        first_published: files.filter_map(|other| other.uploaded).min(),
        as_of,
        earlier_versions: earlier.len(),
        provenance: of_version.into_iter().any(|other| other.has_provenance),
        ..Publication::default()
    })
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
