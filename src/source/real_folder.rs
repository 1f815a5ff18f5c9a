//! A folder with its links resolved, and which paths lie in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The real path of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RealFolder(PathBuf);

impl RealFolder {
    /// Fails if there is no folder at `path`.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        fs::canonicalize(path).map(Self)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// True if `path` lies in the folder once its links are resolved. Fails if there is nothing at `path`.
    pub(super) fn holds(&self, path: &Path) -> io::Result<bool> {
        Ok(self.holds_real(&fs::canonicalize(path)?))
    }

    /// The same for a path without links.
    pub(super) fn holds_real(&self, real: &Path) -> bool {
        real.starts_with(&self.0)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_lies_where_it_leads() {
        let home = tempfile::tempdir().unwrap();
        let (inside, beside) = (home.path().join("inside"), home.path().join("inside-not"));
        [&inside, &beside].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
        fs::write(beside.join("file"), "").unwrap();
        std::os::unix::fs::symlink(beside.join("file"), inside.join("out")).unwrap();
        std::os::unix::fs::symlink(&inside, beside.join("in")).unwrap();
        let folder = RealFolder::new(&inside).unwrap();
        assert!(folder.holds(&beside.join("in")).unwrap());
        assert!(!folder.holds(&inside.join("out")).unwrap() && !folder.holds(&beside).unwrap());
        assert!(folder.holds(&inside.join("missing")).is_err() && RealFolder::new(&inside.join("missing")).is_err());
    }
}
