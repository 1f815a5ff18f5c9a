//! Tells a file from another that replaced it under the same path.

use std::fs;
use std::io;
use std::path::Path;

/// The identity of a file on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// The identity of the file at `path`.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Ok(Self(metadata.dev(), metadata.ino()))
        }
        // Windows does not let a file be replaced that is open.
        #[cfg(not(unix))]
        Ok(Self(u64::from(metadata.is_file()), 0))
    }
}
