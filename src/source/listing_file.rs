//! What the name and the first bytes of a file tell about a listing.

use std::path::{Path, PathBuf};

/// How a gzip stream begins.
pub(crate) const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// The endings of files that a folder is searched for, each also with `.gz`.
const ENDINGS: [&str; 3] = ["json", "jsonl", "ndjson"];

/// The file name without its endings: `shop` for `saved/shop.json.gz`.
pub(crate) fn stem(path: &Path) -> String {
    let without = |path: &Path, endings: &[&str]| -> PathBuf {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        if endings.contains(&ending.as_str()) { path.with_extension("") } else { path.to_owned() }
    };
    let path = without(&without(path, &["gz"]), &ENDINGS);
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The file name in lower case, without `.gz`.
pub(crate) fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.strip_suffix(".gz").map(str::to_owned).unwrap_or(name)
}

/// True when a folder is searched for files of this name.
pub(crate) fn is_listing_name(path: &Path) -> bool {
    plain_name(path).rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// True for the names of JSONL.
pub(crate) fn is_named_jsonl(path: &Path) -> bool {
    plain_name(path).rsplit_once('.').is_some_and(|(_, ending)| ["jsonl", "ndjson"].contains(&ending))
}
