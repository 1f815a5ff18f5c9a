//! The comments by which a merge marks entries and finds sections.

/// Marks an entry whose tool the server does not list any more.
pub(crate) const GONE: &str = "# GONE: the server does not list this tool any more.";
/// Begins a line that tells what is otherwise than the comment above an entry says.
pub(crate) const CHANGED: &str = "# CHANGED: ";
/// Begins a section.
pub(crate) const SECTION: &str = "# ---- ";
