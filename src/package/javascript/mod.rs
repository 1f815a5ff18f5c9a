//! JavaScript and TypeScript, also bundled and minified: the package is evaluated from where its program starts, without a
//! run. Values that only a run has are unknown, and what depends on them is a gap.

mod builtins;
mod evaluate;
mod explore;
mod found;
mod interpreter;
mod module_table;
mod modules;
mod numbers;
mod outside;
mod parser;
mod registered;
mod registration;
mod schema;
mod start;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

use super::extraction::Extraction;
use super::manifest::Manifest;
use super::source_tree::SourceTree;

/// The stack of the evaluation: deeply nested source takes much of it.
const STACK: usize = 512 * 1024 * 1024;

/// The server that the JavaScript of a package would be.
pub(crate) fn extract(tree: &SourceTree, manifest: &Manifest) -> Extraction {
    std::thread::scope(|scope| {
        let evaluation =
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || start::extract(tree, manifest));
        match evaluation.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(extraction)) => extraction,
            Ok(Err(_)) | Err(_) => start::not_evaluated(),
        }
    })
}
