//! Which parts a tool can take in a flow of data between tools.

use serde::Serialize;

use super::reading::words_of_name_and_title;
use crate::model::{Assessment, Tool};
use crate::rules::{FlowRole, Ruleset};
use crate::text::words::Words;

/// A part that a tool can take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RoleTaken {
    /// The ruleset entry.
    pub(crate) role: String,
    /// What such a tool does, for people.
    pub(crate) title: String,
    /// What it rests on: words of the name or the title in quotes, and a signal.
    pub(crate) because: String,
}

/// The roles of `tool`, in the order of the rules.
pub(crate) fn roles(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Vec<RoleTaken> {
    let texts = words_of_name_and_title(tool);
    let taken = |role: &FlowRole| {
        let because = reason(role, assessment, &texts)?;
        Some(RoleTaken { role: role.entry.id.clone(), title: role.entry.title.clone(), because })
    };
    ruleset.flow_roles.iter().filter_map(taken).collect()
}

/// What the first alternative of `role` that holds rests on.
fn reason(role: &FlowRole, assessment: &Assessment, texts: &[Words<'_>]) -> Option<String> {
    let found: Vec<(usize, String)> = texts
        .iter()
        .flat_map(|words| {
            role.phrases.find(words).into_iter().filter_map(|f| Some((f.owner?, words.text(f.from, f.to).to_owned())))
        })
        .collect();
    role.entry.when.iter().enumerate().find_map(|(place, when)| {
        let says_so = found.iter().any(|(owner, _)| *owner == place);
        if !when.holds(assessment, says_so) {
            return None;
        }
        let signal = assessment.signals.iter().find(|signal| when.signals.contains(&signal.id));
        let phrase = found.iter().find(|(owner, _)| *owner == place).map(|(_, text)| format!("\"{text}\""));
        match (when.signals.is_empty(), when.phrases.is_empty()) {
            (true, true) => Some(assessment.category.to_string()),
            (true, false) => phrase,
            (false, true) => signal.map(|signal| signal.id.clone()),
            (false, false) => Some(format!("{} and {}", phrase?, signal?.id)),
        }
    })
}
