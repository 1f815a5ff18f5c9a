//! The signals of a tool, in the order of the ruleset.

use super::reading::Reading;
use super::told;
use crate::model::{Category, JsonTypes, Parameter, Signal};
use crate::rules::{Measure, PhraseOwner, SignalEntry};

/// Parameter roles in which unbounded free text is a risk.
const OPEN_ROLES: [&str; 5] = ["code", "command", "query-language", "html", "url"];

/// The signals of a tool whose category is `category`.
pub(crate) fn find(reading: &Reading<'_>, category: Category) -> Vec<Signal> {
    let entries = reading.rules.signals.iter().enumerate();
    entries
        .filter(|(_, entry)| entry.only_for.is_empty() || entry.only_for.contains(&category))
        .filter_map(|(at, entry)| signal(reading, at, entry))
        .collect()
}

fn signal(reading: &Reading<'_>, at: usize, entry: &SignalEntry) -> Option<Signal> {
    if let Some(parameter) = entry.inputs.iter().find_map(|role| reading.role(role)) {
        return Some(caused_by(entry, parameter));
    }
    // "Runs a SQL statement", with a parameter `x` or without any.
    if entry.inputs.iter().any(|role| told::role(reading, role).is_some()) {
        return Some(plain(entry));
    }
    if let Some(measure) = entry.measure {
        return measured(reading, entry, measure);
    }
    let said = reading.phrases.iter().any(|(_, found)| match found.owner {
        PhraseOwner::Signal(owner) => owner == at,
        PhraseOwner::Statement(owner) => entry.effects.contains(&reading.rules.statements[owner].effect),
        PhraseOwner::Exception => false,
    });
    said.then(|| plain(entry))
}

fn measured(reading: &Reading<'_>, entry: &SignalEntry, measure: Measure) -> Option<Signal> {
    let tool = reading.tool;
    match measure {
        Measure::ParameterCount => {
            let count = tool.parameters.len();
            let text = format!("{} ({count} properties)", entry.text);
            (count >= reading.rules.scoring.parameter_count).then(|| Signal {
                text,
                count: Some(count),
                ..plain(entry)
            })
        }
        Measure::UnboundedInput => OPEN_ROLES
            .iter()
            .filter_map(|role| reading.role(role))
            .find(|p| !p.bounded && p.types.share(JsonTypes::from_names(["string"])))
            .map(|p| caused_by(entry, p)),
        Measure::NoDescription => tool.description.as_deref().is_none_or(|d| d.trim().is_empty()).then(|| plain(entry)),
        Measure::NoSchema => tool.input_schema.is_none().then(|| plain(entry)),
        Measure::DestructiveHint => (tool.annotations.destructive_hint == Some(true)).then(|| plain(entry)),
    }
}

fn plain(entry: &SignalEntry) -> Signal {
    Signal {
        id: entry.id.clone(),
        text: entry.text.clone(),
        aggravating: entry.aggravating,
        parameter: None,
        count: None,
    }
}

fn caused_by(entry: &SignalEntry, parameter: &Parameter) -> Signal {
    let text = format!("{} ({})", entry.text, parameter.path);
    Signal { text, parameter: Some(parameter.path.clone()), ..plain(entry) }
}
