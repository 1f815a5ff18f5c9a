//! The arguments of a change beside those that do no harm: the names, texts and dates of a thing, and which thing it is.

use crate::model::{JsonTypes, Parameter};
use crate::rules::GuardRule;
use crate::text::words::Words;

use super::parameters::Read;

/// The arguments of a tool that `rule` asks about; `None` if the tool sets nothing harmless, or if no condition can name one of
/// those arguments.
pub(super) fn arguments<'t>(rule: &GuardRule, all: &[Read<'t>]) -> Option<Vec<&'t Parameter>> {
    let beside = &rule.entry.beside;
    let (mut further, mut sets_harmless) = (Vec::new(), false);
    for read in all.iter().filter(|read| is_set_by_itself(read.parameter, all)) {
        let name = Words::new(read.parameter.name()).iter().collect::<Vec<_>>().join(" ");
        let is_plain = !read.parameter.types.share(JsonTypes::from_names(["array", "object"]));
        if is_plain && beside.sets(&name) {
            sets_harmless = true;
        } else if !is_plain || !beside.names_which(&name) {
            further.push(read.leads.then_some(read.parameter)?);
        }
    }
    sets_harmless.then_some(further)
}

/// True for an argument that is neither a part of a list nor an object of which the schema declares the keys.
fn is_set_by_itself(parameter: &Parameter, all: &[Read<'_>]) -> bool {
    let key = |other: &Parameter| other.path.strip_prefix(&parameter.path)?.strip_prefix('.').map(|key| key != "*");
    let declares_keys = all.iter().any(|other| key(other.parameter) == Some(true));
    let is_of_list = parameter.path.contains("[]") || parameter.path.ends_with(".*") || parameter.path.contains(".*.");
    !is_of_list && !declares_keys
}
