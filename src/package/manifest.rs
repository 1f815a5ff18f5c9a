//! What a package says of itself: its name, its version and where its programs start.

/// The manifest of a package, in the terms that all registries share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// Where the programs of the package start. Empty if it names none.
    pub(crate) entry_points: Vec<EntryPoint>,
}

/// A program of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    /// The command that it is installed as.
    pub(crate) command: String,
    /// For npm the path of a file in the package, without a leading `./`; for Python `module:function`.
    pub(crate) target: String,
}
