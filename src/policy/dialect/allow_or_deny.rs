//! What formats that only allow, deny and hide have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Decision, PolicyAction};

/// The action of a format that only allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AllowOrDeny {
    Allow,
    Deny,
}

/// The words for it in a file.
pub(crate) const ALLOW_OR_DENY: [(&str, AllowOrDeny); 2] = [("allow", AllowOrDeny::Allow), ("deny", AllowOrDeny::Deny)];

impl From<AllowOrDeny> for PolicyAction {
    fn from(plain: AllowOrDeny) -> Self {
        match plain {
            AllowOrDeny::Allow => Self::Allow,
            AllowOrDeny::Deny => Self::Deny,
        }
    }
}

impl From<PolicyAction> for AllowOrDeny {
    /// Anything but Allow denies.
    fn from(action: PolicyAction) -> Self {
        if action == PolicyAction::Allow { Self::Allow } else { Self::Deny }
    }
}

/// Hides the tools `names`, whatever else the file decides for them.
pub(crate) fn hide<'t>(tools: &mut BTreeMap<String, Decision>, names: impl IntoIterator<Item = &'t str>) {
    for name in names {
        let decision = tools.entry(name.to_owned()).or_insert_with(Decision::allow);
        (decision.action, decision.reason) = (PolicyAction::Hide, None);
    }
}
