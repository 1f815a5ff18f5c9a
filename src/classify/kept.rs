//! Switches that keep what a tool reads or makes unless the caller turns them off.

use super::reading::Reading;
use crate::model::{Parameter, Tool};
use crate::text::words::Words;

/// The first switch that keeps the result and is on by default: `save_file`.
pub(super) fn switch<'t>(reading: &Reading<'t>) -> Option<&'t Parameter> {
    let tool: &'t Tool = reading.tool;
    let keepers = &reading.rules.grammar.keepers;
    let name = |parameter: &Parameter| Words::new(parameter.name()).iter().collect::<Vec<_>>().join(" ");
    let is_switch = |parameter: &Parameter| parameter.types.has("boolean");
    tool.parameters.iter().find(|p| is_switch(p) && keepers.contains(&name(p)) && is_on_by_default(p))
}

/// By its schema or by its text.
fn is_on_by_default(parameter: &Parameter) -> bool {
    let told = Words::new(parameter.description.as_deref().unwrap_or(""));
    let says = |at: usize| match told.get(at) {
        "default" => told.get(at + 1) == "true",
        "defaults" => told.get(at + 1) == "to" && told.get(at + 2) == "true",
        _ => false,
    };
    parameter.default.as_deref() == Some("true") || (0..told.len()).any(says)
}
