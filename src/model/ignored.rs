//! The mark of a finding or flow that the user accepts.

use serde::{Deserialize, Serialize};

/// The reason why a finding or flow is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// The reason that the person gave.
    pub reason: String,
    /// The last day on which it is accepted: `2027-01-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The index of the entry in the configuration, from 0.
    #[serde(skip)]
    pub entry: usize,
}

/// The suppression reason in words, if the user accepts it or the baseline contains it.
pub(super) fn suppression(ignored: Option<&Ignored>, known: bool) -> Option<String> {
    let accepted = |ignored: &Ignored| {
        let until = ignored.expires.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
        format!("accepted{until}: {}", ignored.reason)
    };
    ignored.map(accepted).or_else(|| known.then(|| "known from the baseline".into()))
}
