//! Finds servers that list something else than the source of their package shows.

use serde::{Deserialize, Serialize};

use super::name_of_another_server::shown;
use crate::model::{Comparison, Deviation, NotRead};
use crate::text::prose;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a difference between the started server and the source of its package (--compare-live)";

/// The most tools that are named.
const MAX_NAMES: usize = 5;

/// In what the server differs from its source.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveDiffers {
    by: LivePart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LivePart {
    /// Tools that the source does not show, though it shows all that is registered.
    OnlyLive,
    /// Tools that only the source shows.
    OnlyInSource,
    /// Titles, descriptions or instructions.
    Texts,
    /// Parameters, or whether they are required.
    Parameters,
}

impl LiveDiffers {
    pub(crate) fn find(&self, compared: &Comparison, deviations: &[Deviation]) -> Option<String> {
        let live = compared.live.as_ref()?;
        let found = |names: &[String], what: &str| {
            let tools = prose::count(names.len(), "tool");
            (!names.is_empty()).then(|| format!("When it runs, the server {what} {tools}: {}.", first_names(names)))
        };
        match self.by {
            LivePart::OnlyLive if deviations.iter().all(|note| note.not_read != Some(NotRead::Tools)) => {
                found(&compared.added, "lists what its source does not show,")
            }
            LivePart::OnlyLive => None,
            LivePart::OnlyInSource => {
                let is_explained = deviations.iter().any(|note| note.id == "tools-conditional");
                found(&compared.removed, "does not list what its source shows,").filter(|_| !is_explained)
            }
            LivePart::Texts if live.texts.is_empty() => live
                .instructions
                .then(|| "When it runs, the server has other instructions than in its source.".to_owned()),
            LivePart::Texts => found(&live.texts, "describes otherwise than its source"),
            LivePart::Parameters => found(&live.parameters, "takes other parameters than in its source for"),
        }
    }
}

fn first_names(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(MAX_NAMES).map(|name| shown(name)).collect();
    match names.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
