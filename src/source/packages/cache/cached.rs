//! A package from a cache, and the files of one.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use super::super::error::PackageCause;
use super::super::registry_note::RegistryNote;
use crate::model::Publication;
use crate::package::source_tree::SourceTree;

/// A package from a cache.
pub(crate) struct Cached {
    pub(crate) version: String,
    pub(crate) tree: SourceTree,
    pub(crate) notes: Vec<RegistryNote>,
    pub(crate) publication: Option<Publication>,
}

/// The bytes of the file at `path`, at most `max`. `None` if there is none.
pub(super) fn read(path: &Path, max: u64) -> Result<Option<Vec<u8>>, PackageCause> {
    let failed = |cause| PackageCause::Io(Arc::new(cause));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&cause.kind()) => return Ok(None),
        Err(cause) => return Err(failed(cause)),
    };
    // A pipe would never end.
    if !file.metadata().map_err(failed)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > max {
        return Err(PackageCause::TooLarge { mib: max >> 20 });
    }
    Ok(Some(bytes))
}
