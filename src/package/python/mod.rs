//! Python.

use super::extraction::Extraction;
use super::manifest::Manifest;
use super::source_tree::SourceTree;

/// The server that the Python of a package would be.
pub(crate) fn extract(_tree: &SourceTree, _manifest: &Manifest) -> Extraction {
    Extraction::default()
}
