//! Arguments that may be anything.

use super::names;
use crate::model::Tool;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "an argument with neither a type nor a list of values";

/// The arguments of `tool` without a type.
pub(crate) fn find(tool: &Tool) -> Option<String> {
    let untyped = tool.parameters.iter().filter(|parameter| parameter.types.is_empty() && parameter.values.is_empty());
    let paths: Vec<&str> = untyped.map(|parameter| parameter.path.as_str()).collect();
    let have = if paths.len() == 1 { "has" } else { "have" };
    (!paths.is_empty()).then(|| format!("{} {have} no type.", names::listed(&paths)))
}
