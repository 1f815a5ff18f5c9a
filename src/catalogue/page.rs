//! What is written: a file of the site, and how many there were.

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it stands below the site's folder, parts joined by `/`.
    pub path: String,
    /// What it holds; UTF-8 but for the assets of a theme.
    pub contents: Vec<u8>,
}

/// What writing a site did, in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files of the site.
    pub pages: usize,
    /// Those that were new or had changed.
    pub written: usize,
    /// Those of an earlier run that the site no longer has.
    pub removed: usize,
}
