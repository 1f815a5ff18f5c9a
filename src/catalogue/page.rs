//! A file of the site, and the summary of a run.

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Path below the site folder, separated by `/`.
    pub path: String,
    /// The file contents: UTF-8, except for theme assets.
    pub contents: Vec<u8>,
}

/// The number of files that a run wrote, kept and removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// All files of the site.
    pub pages: usize,
    /// New and changed files.
    pub written: usize,
    /// Files of the previous run that were removed.
    pub removed: usize,
}
