//! An MCPB archive: its manifest is read in memory, within bounds; nothing is ever unpacked to disk. An archive that
//! would do harm to whoever unpacks it is refused.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use zip::ZipArchive;

use super::end::EndRecord;
use super::error::ArchiveCause;
use super::file::MAX_FILE;
use super::headers::Central;
use crate::text::clean;
use crate::text::fold::fold;
use crate::text::reveal::is_unseen;

/// The one file that is read.
const MANIFEST: &str = "manifest.json";

/// Most files in an archive.
const MAX_ENTRIES: usize = 50_000;
/// Most bytes that all files together may say they have.
const MAX_TOTAL: u128 = 4 << 30;
/// Most bytes that one byte of the archive may become; the formats' own limit for honest files is about 1,000.
const MAX_RATIO: u128 = 200;
/// Where bombs are not looked for: small files of one letter are no bombs.
const SMALL: u128 = 64 << 20;

/// What follows a file whose size was not known before it.
const LONGEST_DESCRIPTOR: u64 = 24;

/// The bytes of the one `manifest.json` of the archive at `path`, or why there is none to be had.
pub(crate) fn manifest(path: &Path) -> Result<Vec<u8>, ArchiveCause> {
    let damaged = |cause: zip::result::ZipError| ArchiveCause::Damaged(cause.to_string());
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let end = EndRecord::read(&mut file)?;
    let mut archive = ZipArchive::new(file).map_err(|cause| ArchiveCause::NotZip(cause.to_string()))?;
    if archive.len() > MAX_ENTRIES {
        return Err(ArchiveCause::TooManyFiles { max: MAX_ENTRIES });
    }
    // A reader keeps one of two files with one name, and not every reader the same.
    if end.as_ref().and_then(EndRecord::count).is_some_and(|count| count != archive.len()) {
        return Err(ArchiveCause::RepeatedName);
    }
    // Another reader may find another list in what stands around this one.
    if end.is_some_and(|end| !end.closes(archive.central_directory_start(), size)) {
        return Err(ArchiveCause::HiddenFile);
    }
    if archive.has_overlapping_files().map_err(damaged)? {
        return Err(ArchiveCause::Overlap);
    }
    let mut total = 0_u128;
    let mut headers = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(damaged)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if !is_plain(&name) || entry.is_symlink() {
            let shown = clean::excerpt(&name, 60);
            return Err(if entry.is_symlink() { ArchiveCause::Link(shown) } else { ArchiveCause::Path(shown) });
        }
        if name != MANIFEST && is_taken_for_manifest(&name) {
            return Err(ArchiveCause::OtherManifest(clean::visible(&name)));
        }
        total += u128::from(entry.size());
        headers.push((name, Central::new(&entry)));
    }
    if total > MAX_TOTAL || (total > SMALL && total > u128::from(size) * MAX_RATIO) {
        return Err(ArchiveCause::Bomb { unpacked_mib: total >> 20, packed_kib: size >> 10 });
    }
    headers.sort_by_key(|(_, central)| central.start());
    let mut local = File::open(path)?;
    let mut expected = 0;
    for (name, central) in headers {
        let end = central.end_if_both_agree(&mut local)?;
        let end = end.ok_or_else(|| ArchiveCause::Headers(clean::excerpt(&name, 60)))?;
        // A reader that starts at the front unpacks what stands between files, too.
        if central.start() > expected {
            return Err(ArchiveCause::HiddenFile);
        }
        expected = end.saturating_add(LONGEST_DESCRIPTOR);
    }
    if archive.central_directory_start() > expected {
        return Err(ArchiveCause::HiddenFile);
    }
    let entry = archive.by_name(MANIFEST).map_err(|_| ArchiveCause::NoManifest)?;
    let mut bytes = Vec::new();
    // Not what the archive says of the size counts, but what comes out.
    entry.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|cause| ArchiveCause::Manifest(Arc::new(cause)))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ArchiveCause::ManifestTooLarge { mib: MAX_FILE >> 20 });
    }
    Ok(bytes)
}

/// True for a name that some file systems do not tell from the manifest's: in another case, with dots and spaces at its end,
/// with invisible characters, with the name of a stream, shortened.
fn is_taken_for_manifest(name: &str) -> bool {
    [name, &fold(name)].into_iter().any(|name| {
        let seen = name.chars().filter(|c| !is_unseen(*c) && !c.is_control());
        let seen: String = seen.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
        let without_stream = seen.split(':').next().unwrap_or_default();
        without_stream.trim_end_matches(['.', ' ', '/']) == MANIFEST || seen.starts_with("manife~")
    })
}

/// True for a path that stays where it is unpacked, on every system.
fn is_plain(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    let parts = name.trim_end_matches('/').split('/');
    !name.is_empty()
        && !drive
        && !name.contains(['\\', '\0'])
        && parts.into_iter().all(|part| !["", ".", ".."].contains(&part))
}
