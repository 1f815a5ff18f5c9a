//! Errors in the words and structures of a rule file.

/// Why a vocabulary or a structure is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StructureError {
    /// No class has this name.
    #[error("no word class is called {0}")]
    UnknownClass(String),
    /// There are more classes than a `Classes` set can hold.
    #[error("there are too many word classes")]
    TooManyClasses,
    /// A distance is not a number.
    #[error("{0} is not a distance such as ~3")]
    Distance(String),
}
