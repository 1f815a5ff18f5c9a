//! Errors in the words, structures and weights of a rule file.

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
    /// A data file of the second reader is invalid.
    #[error(transparent)]
    Wording(#[from] WordingError),
}

/// A line of a data file of the second reader is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number} of {file}: not a line of known columns: {text}")]
pub(crate) struct WordingError {
    file: &'static str,
    number: usize,
    text: String,
}

impl WordingError {
    pub(crate) fn new(file: &'static str, number: usize, text: &str) -> Self {
        Self { file, number, text: text.chars().take(80).collect() }
    }
}
