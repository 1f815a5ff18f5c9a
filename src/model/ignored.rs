//! What a person accepts, and so is no failure.

use serde::{Deserialize, Serialize};

/// Why a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// Why the person did so.
    pub reason: String,
    /// The last day on which it is accepted, `2027-01-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Which entry of the configuration did it, counted from 0.
    #[serde(skip)]
    pub entry: usize,
}

/// The suppression reason, if any: a person accepts it, or the baseline knows it.
pub(super) fn suppression(ignored: Option<&Ignored>, known: bool) -> Option<String> {
    let accepted = |ignored: &Ignored| {
        let until = ignored.expires.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
        format!("accepted{until}: {}", ignored.reason)
    };
    ignored.map(accepted).or_else(|| known.then(|| "known from the baseline".into()))
}
