//! Archives of packages, read in memory and within limits. Nothing is unpacked to disk.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tar::EntryType;
use zip::ZipArchive;

use super::error::PackageCause;
use super::fetch::MAX_ARCHIVE;
use crate::package::compiled;
use crate::package::source_tree::{MAX_FILE, SourceTree, is_source};

/// The most entries of an archive.
const MAX_ENTRIES: usize = 50_000;
/// The most bytes that any archive unpacks to.
const MAX_UNPACKED: u64 = 1 << 30;
/// The most times its size that an archive unpacks to, beyond `SMALL`.
const MAX_RATIO: u64 = 100;
/// Below this size, in bytes, the ratio is not checked.
const SMALL: u64 = 64 << 20;
/// The longest extended header of a tar entry, in bytes.
const MAX_HEADER: u64 = 64 << 10;

/// The endings of archives of packages.
const ENDINGS: [&str; 4] = [".tgz", ".tar.gz", ".whl", ".zip"];

/// True for the name of an archive of a package.
pub(crate) fn is_archive(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The files of the archive at `path`.
pub(crate) fn of_file(path: &Path) -> Result<SourceTree, PackageCause> {
    let failed = |cause| PackageCause::Io(Arc::new(cause));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_ARCHIVE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_ARCHIVE {
        return Err(PackageCause::TooLarge { mib: MAX_ARCHIVE >> 20 });
    }
    if bytes.starts_with(b"PK") { zip(&bytes) } else { tar_gz(&bytes) }
}

/// The files of a zip archive.
pub(crate) fn zip(bytes: &[u8]) -> Result<SourceTree, PackageCause> {
    let damaged = |cause: &dyn std::fmt::Display| PackageCause::Damaged(cause.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|cause| damaged(&cause))?;
    if archive.len() > MAX_ENTRIES {
        return Err(PackageCause::TooManyFiles { max: MAX_ENTRIES });
    }
    let mut room = Room::new(bytes.len());
    let mut files = Vec::new();
    let mut heads = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|cause| damaged(&cause))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if !entry.is_file() {
            continue;
        }
        if is_source(&name) {
            files.push((name, room.read(entry)?));
        } else {
            heads.extend(program_head(entry).map(|head| (name, head)));
        }
    }
    tree(files, heads, false)
}

/// The files of a compressed tar archive, without the folder that holds them all.
pub(crate) fn tar_gz(bytes: &[u8]) -> Result<SourceTree, PackageCause> {
    let damaged = |cause: std::io::Error| PackageCause::Damaged(cause.to_string());
    let limit = Room::limit(bytes.len());
    // One byte more than the limit: an archive that is read to there is over it.
    let mut archive = tar::Archive::new(MultiGzDecoder::new(bytes).take(limit + 1));
    let mut room = Room::new(bytes.len());
    let (mut files, mut heads, mut long_name, mut count, mut unpacked) = (Vec::new(), Vec::new(), None, 0, 0_u64);
    // Raw: the longest extended header is checked here and not allocated by the archive's word.
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        count += 1;
        if count > MAX_ENTRIES {
            return Err(PackageCause::TooManyFiles { max: MAX_ENTRIES });
        }
        unpacked = unpacked.saturating_add(entry.size());
        if unpacked > limit {
            return Err(PackageCause::Bomb { mib: limit >> 20 });
        }
        match entry.header().entry_type() {
            kind @ (EntryType::XHeader | EntryType::GNULongName) => {
                let mut header = Vec::new();
                (&mut entry).take(MAX_HEADER).read_to_end(&mut header).map_err(damaged)?;
                long_name =
                    if kind == EntryType::XHeader { pax_value(&header, "path") } else { Some(until_nul(&header)) }
                        .or(long_name);
            }
            EntryType::Regular | EntryType::Continuous => {
                let own = || String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                let name = long_name.take().unwrap_or_else(own);
                if is_source(&name) {
                    files.push((name, room.read(entry)?));
                } else {
                    heads.extend(program_head(entry).map(|head| (name, head)));
                }
            }
            _ => long_name = None,
        }
    }
    tree(files, heads, true)
}

/// The value of `wanted` in an extended header: lines of `LENGTH KEY=VALUE`.
pub(super) fn pax_value(header: &[u8], wanted: &str) -> Option<String> {
    let text = String::from_utf8_lossy(header);
    let mut lines = text.lines().filter_map(|line| line.split_once(' ')?.1.split_once('='));
    lines.find(|(key, _)| *key == wanted).map(|(_, value)| value.to_owned())
}

pub(super) fn until_nul(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

/// The first bytes of a file that is no source, if they are those of a compiled program. What cannot be read is none.
fn program_head(file: impl Read) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    file.take(compiled::HEAD as u64).read_to_end(&mut head).ok()?;
    compiled::system(&head).map(|_| head)
}

/// The `files` as a tree that notes the programs with `heads`. The one folder that holds all of them is left out, and so is always the first folder of a tar
/// archive, as npm and pip do.
fn tree(
    files: Vec<(String, Option<Vec<u8>>)>,
    heads: Vec<(String, Vec<u8>)>,
    is_tar: bool,
) -> Result<SourceTree, PackageCause> {
    if files.is_empty() {
        return Err(PackageCause::NoSource);
    }
    fn first(name: &str) -> Option<&str> {
        name.split_once('/').map(|(folder, _)| folder)
    }
    let folder = first(&files[0].0).map(str::to_owned);
    let shared = folder.is_some() && files.iter().all(|(name, _)| first(name) == folder.as_deref());
    let strips =
        is_tar || (shared && files.iter().any(|(name, _)| name.matches('/').count() == 1 && is_manifest(name)));
    let mut tree = SourceTree::default();
    let stripped = |name: &str| match name.split_once('/').filter(|_| strips) {
        Some((_, rest)) => rest.to_owned(),
        None => name.to_owned(),
    };
    for (name, bytes) in files {
        match bytes {
            Some(bytes) => tree.add(&stripped(&name), bytes),
            None => tree.skip(&stripped(&name)),
        }
    }
    heads.iter().for_each(|(name, head)| tree.note_compiled(&stripped(name), head));
    Ok(tree)
}

fn is_manifest(name: &str) -> bool {
    ["/package.json", "/pyproject.toml", "/setup.py", "/manifest.json"].iter().any(|ending| name.ends_with(ending))
}

/// The bytes that an archive may still unpack to.
struct Room {
    left: u64,
    limit: u64,
}

impl Room {
    fn limit(packed: usize) -> u64 {
        SMALL.max(packed as u64 * MAX_RATIO).min(MAX_UNPACKED)
    }

    fn new(packed: usize) -> Self {
        let limit = Self::limit(packed);
        Self { left: limit, limit }
    }

    /// The bytes of one file. `None` if it is too large to keep.
    fn read(&mut self, file: impl Read) -> Result<Option<Vec<u8>>, PackageCause> {
        let mut bytes = Vec::new();
        let most = self.left.min(MAX_FILE as u64 + 1);
        let read = file.take(most).read_to_end(&mut bytes).map_err(|cause| PackageCause::Damaged(cause.to_string()))?;
        self.left -= read as u64;
        if self.left == 0 {
            return Err(PackageCause::Bomb { mib: self.limit >> 20 });
        }
        Ok((bytes.len() <= MAX_FILE).then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn tgz(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, *bytes).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn the_first_folder_is_left_out_and_only_source_is_kept() {
        let long = format!("package/{}/x.js", "d".repeat(150));
        let bytes = tgz(&[("package/package.json", b"{}"), (&long, b"1"), ("package/logo.png", b"x")]);
        let tree = tar_gz(&bytes).unwrap();
        assert_eq!(tree.paths().collect::<Vec<_>>(), [format!("{}/x.js", "d".repeat(150)).as_str(), "package.json"]);
    }

    #[test]
    fn a_bomb_is_refused() {
        let zeros = vec![0; (SMALL + (1 << 20)) as usize];
        let bytes = tgz(&[("p/a.js", &zeros)]);
        assert!(matches!(tar_gz(&bytes), Err(PackageCause::Bomb { .. })));
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for name in ["a.js", "b.js", "c.js", "d.js", "e.js"] {
            archive.start_file(name, options).unwrap();
            archive.write_all(&zeros[..MAX_FILE]).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        assert!(matches!(zip(&bytes), Err(PackageCause::Bomb { .. })));
    }

    #[test]
    fn an_archive_without_source_and_a_damaged_one_are_refused() {
        assert!(matches!(tar_gz(&tgz(&[("p/x.bin", b"x")])), Err(PackageCause::NoSource)));
        assert!(matches!(zip(b"PK\x03\x04 and no more"), Err(PackageCause::Damaged(_))));
        assert!(tar_gz(b"no gzip").is_err());
    }

    #[test]
    fn compiled_programs_are_noted_and_not_kept() {
        let program = b"\x7fELF\x02\x01\x01\0 and more";
        let files: [(&str, &[u8]); 4] = [
            ("package/package.json", b"{}"),
            ("package/bin/helper", program),
            ("package/dist/icon.js", program),
            ("package/logo.png", b"\x89PNG\r\n\x1a\n"),
        ];
        let tree_of = |tree: SourceTree| {
            let mut noted: Vec<String> = tree.compiled().iter().map(|file| file.path.clone()).collect();
            noted.sort();
            noted
        };
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        let zipped = archive.finish().unwrap().into_inner();
        for tree in [tar_gz(&tgz(&files)).unwrap(), zip(&zipped).unwrap()] {
            assert!(!tree.contains("bin/helper"));
            assert_eq!(tree_of(tree), ["bin/helper", "dist/icon.js"]);
        }
    }
}
