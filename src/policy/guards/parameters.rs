//! The parameters of a tool as guards read them.

use std::cell::OnceCell;

use crate::model::{JsonTypes, Parameter, Tool};
use crate::rules::{GuardEntry, GuardSubject, InputEntry};
use crate::text::words::Words;

/// A parameter, and its words once they are needed.
pub(super) struct Read<'t> {
    pub(super) parameter: &'t Parameter,
    /// True if a dotted path leads to it, so that a condition can name it: it is not within arrays or free-form keys,
    /// and its own name has no dot.
    pub(super) leads: bool,
    /// The same, where a path may also lead through the elements of arrays.
    pub(super) leads_by_elements: bool,
    pub(super) words: OnceCell<ParameterWords<'t>>,
}

/// The words of a parameter, and what it is for.
pub(super) struct ParameterWords<'t> {
    pub(super) name: Words<'t>,
    pub(super) text: Words<'t>,
    pub(super) roles: Vec<&'t InputEntry>,
}

impl Read<'_> {
    /// True if a condition can express the check of `entry`.
    pub(super) fn can_be_held(&self, entry: &GuardEntry) -> bool {
        let types = self.parameter.types;
        let fits = || types.is_empty() || types.are_in(entry.types.and(JsonTypes::from_names(["null"])));
        self.leads && (entry.of == GuardSubject::Required || entry.types.is_empty() || fits())
    }
}

/// The parameters of `tool`, and whether a condition can name each.
pub(super) fn read(tool: &Tool) -> Vec<Read<'_>> {
    let is_plain = |p: &Parameter| !p.name().contains('.') && !p.name().is_empty();
    let dotted: Vec<&str> = tool.parameters.iter().filter(|p| !is_plain(p)).map(|p| p.path.as_str()).collect();
    let leads = |p: &Parameter| {
        let mut parts = p.path.split('.').map(|part| part.trim_end_matches("[]"));
        let is_named = parts.all(|part| !part.is_empty() && part != "*");
        is_plain(p) && is_named && !dotted.iter().any(|path| p.path.starts_with(path))
    };
    let has_elements = |p: &Parameter| p.path.split('.').any(|part| part.ends_with("[]"));
    let read = |parameter| {
        let leads_by_elements = leads(parameter);
        let leads = leads_by_elements && !has_elements(parameter);
        Read { parameter, leads, leads_by_elements, words: OnceCell::new() }
    };
    tool.parameters.iter().map(read).collect()
}
