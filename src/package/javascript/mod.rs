//! JavaScript and TypeScript, also bundled and minified: the package is evaluated from where its program starts, without a
//! run. Values that only a run has are unknown, and what depends on them is a gap.

mod builtins;
mod evaluate;
mod explore;
mod folder_tools;
mod found;
#[cfg(test)]
mod framework_tests;
mod hand_written;
mod interpreter;
mod module_table;
mod modules;
mod numbers;
mod outside;
mod parser;
mod registered;
mod registration;
mod schema;
mod share;
#[cfg(test)]
mod share_tests;
mod start;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

use super::extraction::Extraction;
use super::manifest::Manifest;
use super::source_tree::SourceTree;

/// The server that the JavaScript of a package would be.
pub(crate) fn extract(tree: &SourceTree, manifest: &Manifest) -> Extraction {
    start::extract(tree, manifest)
}
