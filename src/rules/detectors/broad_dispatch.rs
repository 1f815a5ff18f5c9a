//! Finds an argument that selects both reading and destructive operations, or any operation at all.

use serde::{Deserialize, Serialize};

use super::names::excerpt;
use crate::model::{Assessment, Category, JsonTypes, Parameter, Severity, Tool};
use crate::text::words::Words;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "an argument whose values both read and destroy, or one of the choosers without a list of values \
                         together with free input in one of the arguments beside it";

/// Parameter names, as words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BroadDispatch {
    /// Parameters that select the operation.
    choosers: Vec<String>,
    /// Parameters that carry the operation's input.
    with_inputs: Vec<String>,
}

impl BroadDispatch {
    /// The finding about the selecting argument, if there is one.
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        reads_and_destroys(verdict).or_else(|| self.any_operation(tool, verdict))
    }

    /// An argument that names any operation, or a method that deletes, together with free-form input.
    fn any_operation(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        // A tool that only reads is harmless whatever the input.
        let acts = verdict.category != Category::Read;
        let is_in = |parameter: &Parameter, names: &[String]| {
            let name = Words::new(parameter.path.as_str()).iter().collect::<Vec<_>>().join(" ");
            names.contains(&name)
        };
        let is_free = |parameter: &Parameter| parameter.values.is_empty() && !parameter.bounded;
        let input =
            tool.parameters.iter().find(|parameter| is_in(parameter, &self.with_inputs) && is_free(parameter))?;
        let chooser =
            tool.parameters.iter().filter(|parameter| is_in(parameter, &self.choosers)).find(|parameter| {
                let is_http_method = parameter.values.iter().any(|value| value.eq_ignore_ascii_case("DELETE"));
                let takes_object = input.types.share(JsonTypes::from_names(["object", "array"]));
                is_http_method || (acts && is_free(parameter) && takes_object)
            })?;
        let (chosen, input) = (excerpt(&chooser.path), excerpt(&input.path));
        Some(match chooser.values.is_empty() {
            true => format!("{chosen} names any operation, and {input} is passed on to it."),
            false => format!("{chosen} reads and deletes, and {input} says what."),
        })
    }
}

fn reads_and_destroys(verdict: &Assessment) -> Option<String> {
    let of = |severity: Severity| verdict.actions.iter().find(|action| action.category.severity() == severity);
    let (reads, destroys) = (of(Severity::Low)?, of(Severity::Critical)?);
    Some(format!(
        "{} chooses between \"{}\" ({}) and \"{}\" ({}).",
        excerpt(&reads.parameter),
        excerpt(&reads.value),
        reads.category,
        excerpt(&destroys.value),
        destroys.category
    ))
}
