//! Finds an argument that selects both reading and destructive operations, or any operation at all.

use serde::{Deserialize, Serialize};

use super::names::excerpt;
use crate::model::{Assessment, Category, JsonTypes, Parameter, Severity, Tool};
use crate::text::words::Words;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "an argument whose values both read and destroy, or one of the choosers without a list of values \
                         together with free input in one of the arguments beside it";

/// The most words between a verb and what is called, and the start of a description that is read, in characters.
const MAX_BETWEEN: usize = 3;
const MAX_DESCRIPTION: usize = 300;

/// Parameter names, as words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BroadDispatch {
    /// Parameters that select the operation.
    choosers: Vec<String>,
    /// Parameters that carry the operation's input.
    with_inputs: Vec<String>,
    calls: Calls,
}

/// How a tool says that it calls others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calls {
    verbs: Vec<String>,
    /// What is called; at most [`MAX_BETWEEN`] words stand between it and the verb.
    callables: Vec<String>,
    /// Parameters that name what is called.
    names: Vec<String>,
}

impl BroadDispatch {
    /// The finding about the selecting argument, if there is one.
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        reads_and_destroys(verdict).or_else(|| self.any_operation(tool, verdict)).or_else(|| self.any_tool(tool))
    }

    /// An argument that names any tool, together with free-form input, where the tool says that it calls others.
    fn any_tool(&self, tool: &Tool) -> Option<String> {
        let description: String = tool.description.iter().flat_map(|text| text.chars()).take(MAX_DESCRIPTION).collect();
        if ![tool.name.as_str(), &description].into_iter().any(|text| self.calls.says(text)) {
            return None;
        }
        let find = |names: &[String]| tool.parameters.iter().find(|it| is_in(it, names) && is_free(it));
        let (chosen, input) = (find(&self.calls.names)?, find(&self.with_inputs)?);
        let (chosen, input) = (excerpt(&chosen.path), excerpt(&input.path));
        Some(format!("{chosen} names any tool, listed or not, and {input} is passed on to it."))
    }

    /// An argument that names any operation, or a method that deletes, together with free-form input.
    fn any_operation(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        // A tool that only reads is harmless whatever the input.
        let acts = verdict.category != Category::Read;
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

impl Calls {
    /// True if `text` has a verb and, shortly behind it, what is called.
    fn says(&self, text: &str) -> bool {
        let words = Words::new(text);
        let words: Vec<&str> = words.iter().collect();
        let is_verb = |(_, word): &(usize, &&str)| self.verbs.iter().any(|verb| verb == **word);
        words.iter().enumerate().filter(is_verb).any(|(at, _)| {
            let mut behind = words.iter().skip(at + 1).take(MAX_BETWEEN + 1);
            behind.any(|word| self.callables.iter().any(|callable| callable == word))
        })
    }
}

/// True if the path of `parameter` is one of `names`.
fn is_in(parameter: &Parameter, names: &[String]) -> bool {
    let name = Words::new(parameter.path.as_str()).iter().collect::<Vec<_>>().join(" ");
    names.contains(&name)
}

fn is_free(parameter: &Parameter) -> bool {
    parameter.values.is_empty() && !parameter.bounded
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
