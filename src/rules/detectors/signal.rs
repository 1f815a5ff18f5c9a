//! A signal of the verdict that is a finding.

use serde::{Deserialize, Serialize};

use super::names;
use crate::model::Assessment;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "one of the signals on a tool";

/// Signals that are a finding.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Ids of signals.yaml.
    signals: Vec<String>,
}

impl Signal {
    /// The first of the signals in `verdict`.
    pub(crate) fn find(&self, title: &str, verdict: &Assessment) -> Option<String> {
        let signals = || verdict.signals.iter().filter(|signal| self.signals.contains(&signal.id));
        let first = signals().next()?;
        let parameters: Vec<&str> = signals().filter_map(|signal| signal.parameter.as_deref()).collect();
        Some(match parameters.is_empty() {
            true => format!("{}.", first.text),
            false => format!("{title}: {}.", names::listed(&parameters)),
        })
    }
}
