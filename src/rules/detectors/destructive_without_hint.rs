//! A destructive tool without a hint for clients.

use crate::model::Tool;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "a tool that gives neither readOnlyHint nor destructiveHint";

/// The missing hints of `tool`.
pub(crate) fn find(tool: &Tool) -> Option<String> {
    let hints = &tool.annotations;
    let has_none = hints.read_only_hint.is_none() && hints.destructive_hint.is_none();
    has_none.then(|| "The tool destroys, and no hint says so.".to_owned())
}
