//! What a writer is handed.

use crate::source::queue::Queued;

/// What a writer is handed.
#[derive(Debug)]
pub(super) enum Output {
    /// A message without its line end.
    Line(Vec<u8>),
    /// Nothing follows.
    End,
}

impl Queued for Output {
    fn bytes(&self) -> usize {
        match self {
            Self::Line(line) => line.len(),
            Self::End => 0,
        }
    }
}
