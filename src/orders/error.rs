//! What is wrong with the words and structures of a rule file.

/// What is wrong with a vocabulary or a structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StructureError {
    /// No class has this name.
    #[error("no word class is called {0}")]
    UnknownClass(String),
    /// A set of classes is bounded.
    #[error("there are too many word classes")]
    TooManyClasses,
    /// A distance is no number.
    #[error("{0} is not a distance such as ~3")]
    Distance(String),
}
