//! A tool while a program makes it.

use std::rc::Rc;

use tree_sitter::Node;

use super::sdk::Sdk;
use super::value::{Function, Value};

/// A tool of which the program sets one part after another.
pub(super) struct Draft<'t> {
    pub(super) sdk: Sdk,
    /// The full name of its type.
    pub(super) of: Rc<str>,
    pub(super) file: usize,
    pub(super) node: Node<'t>,
    pub(super) fields: Vec<(Rc<str>, Value<'t>)>,
    /// The options of mark3labs/mcp-go. `None` if it is made without them.
    pub(super) options: Option<Vec<Value<'t>>>,
    /// The options that are applied to it later.
    pub(super) applied: Vec<Value<'t>>,
    /// A function that the maker of the tool got.
    pub(super) passed: Option<Rc<Function<'t>>>,
    /// True if it may have more options.
    pub(super) open: bool,
    pub(super) handler: Option<Rc<Function<'t>>>,
    /// The type of the parameters, where it is named, and the file.
    pub(super) input: Option<(Node<'t>, usize)>,
    pub(super) is_conditional: bool,
    pub(super) in_unknown_loop: bool,
}

impl<'t> Draft<'t> {
    pub(super) fn field(&self, name: &str) -> Option<&Value<'t>> {
        self.fields.iter().find(|(key, _)| **key == *name).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &str, value: Value<'t>) {
        match self.fields.iter_mut().find(|(key, _)| **key == *name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name.into(), value)),
        }
    }
}
