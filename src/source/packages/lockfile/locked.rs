//! A package as a lock file pins it.

/// A package that a lock file pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: String,
    /// In the form of npm, or SHA-256 in hexadecimal digits.
    pub(super) digests: Vec<String>,
    /// True if the project itself asks for it, and not only one of its dependencies.
    pub(super) is_direct: bool,
}
