//! Recognizes listing files by their names and first bytes.

use std::path::{Path, PathBuf};

/// The first bytes of a gzip file.
pub(crate) const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// The first bytes of a Zstandard file.
pub(crate) const ZSTD_MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";

/// The file extensions of listings; each may be followed by one of [`PACKED`].
const ENDINGS: [&str; 3] = ["json", "jsonl", "ndjson"];
/// The file extensions of packed files.
const PACKED: [&str; 2] = ["gz", "zst"];

/// The file name without its extensions: `shop` for `saved/shop.json.gz`.
pub(crate) fn stem(path: &Path) -> String {
    let without = |path: &Path, endings: &[&str]| -> PathBuf {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        if endings.contains(&ending.as_str()) { path.with_extension("") } else { path.to_owned() }
    };
    let path = without(&without(path, &PACKED), &ENDINGS);
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The file name in lower case, without the extension of a packed file.
pub(crate) fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = name.rsplit_once('.').filter(|(_, ending)| PACKED.contains(ending)).map(|(plain, _)| plain.to_owned());
    plain.unwrap_or(name)
}

/// True if the file name has the extension of a listing.
pub(crate) fn is_listing_name(path: &Path) -> bool {
    plain_name(path).rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// True if the file name has the extension of a JSONL file.
pub(crate) fn is_named_jsonl(path: &Path) -> bool {
    plain_name(path).rsplit_once('.').is_some_and(|(_, ending)| ["jsonl", "ndjson"].contains(&ending))
}
