//! The comments by which a merge marks entries and recognizes sections.

/// Marks an entry whose tool the server no longer lists.
pub(crate) const GONE: &str = "# GONE: the server does not list this tool any more.";
/// Starts a line about a difference from the comment above an entry.
pub(crate) const CHANGED: &str = "# CHANGED: ";
/// Starts a section heading.
pub(crate) const SECTION: &str = "# ---- ";
