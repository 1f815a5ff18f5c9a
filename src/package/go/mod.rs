//! Go: tools of the SDKs of mark3labs, of the protocol's own and of metoro, and of types of a module that have the fields of a
//! tool. What makes tools is run, as far as it is known without a run.

mod calls;
mod draft;
mod expressions;
mod found;
mod index;
mod interpreter;
mod options;
mod sdk;
mod source;
mod statements;
#[cfg(test)]
mod tests;
mod tool;
mod types;
mod value;

use index::Index;
use interpreter::Interpreter;
use source::Sources;

use super::extraction::Extraction;
use super::parsed_files::{Choice, own_before_all};
use super::source_tree::SourceTree;

/// The server that the Go of a module would be.
pub(crate) fn extract(tree: &SourceTree) -> Extraction {
    if !tree.contains("go.mod") {
        return Extraction::default();
    }
    own_before_all(|choice| read(tree, choice))
}

fn read(tree: &SourceTree, choice: Choice) -> Extraction {
    let sources = Sources::new(tree, choice);
    let index = Index::new(&sources);
    let mut interpreter = Interpreter::new(&sources, &index);
    interpreter.run();
    interpreter.found()
}
