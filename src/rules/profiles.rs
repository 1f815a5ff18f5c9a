//! Profiles: what a policy does with tools of each category.

use serde::Deserialize;

use crate::model::{Assessment, Category, Decision, RateLimit};

/// The id of the profile in use if none is chosen.
pub(crate) const DEFAULT_PROFILE: &str = "starter";

/// An entry of `policy.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Profile {
    /// Kebab-case; `starter` is the default.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "title")]
    pub title: String,
    /// Limits on the calls of all tools together, each of another window.
    #[serde(default, rename = "all_tools")]
    pub all_tools: Vec<RateLimit>,
    /// True if calls that give an argument that no guard can inspect need approval, whatever its guard says of that.
    #[serde(default, rename = "asks_where_unguarded")]
    pub(crate) asks_where_unguarded: bool,
    read: Decision,
    write: Decision,
    execute: Decision,
    destructive: Decision,
    financial: Decision,
    #[serde(default, rename = "signals")]
    signals: Vec<BySignal>,
}

/// The decision for tools with one of some signals.
#[derive(Debug, Clone, Deserialize)]
struct BySignal {
    ids: Vec<String>,
    #[serde(flatten)]
    decision: Decision,
}

impl Profile {
    /// The decision for `category`.
    pub fn decision_for(&self, category: Category) -> &Decision {
        match category {
            Category::Read => &self.read,
            Category::Write => &self.write,
            Category::Execute => &self.execute,
            Category::Destructive => &self.destructive,
            Category::Financial => &self.financial,
        }
    }

    /// The strictest decision for a tool of `category` with the signals of `assessment`.
    pub(crate) fn decide(&self, category: Category, assessment: &Assessment) -> &Decision {
        let shown = |ids: &[String]| assessment.signals.iter().any(|signal| ids.contains(&signal.id));
        let strict = self.signals.iter().filter(|rule| shown(&rule.ids)).map(|rule| &rule.decision);
        strict.fold(self.decision_for(category), |found, next| if next.action > found.action { next } else { found })
    }

    /// True if the profile denies every tool of `category`.
    pub(crate) fn refuses(&self, category: Category) -> bool {
        self.decision_for(category).action.refuses()
    }
}
