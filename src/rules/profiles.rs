//! What a policy does with a tool of each category, by profile, as data.

use serde::Deserialize;

use crate::model::{Assessment, Category, Decision, RateLimit};

/// The id of the profile that decides when none is chosen.
pub(crate) const DEFAULT_PROFILE: &str = "starter";

/// An entry of `policy.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Profile {
    /// Kebab-case; `starter` is the one that holds when none is asked for.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "title")]
    pub title: String,
    /// Limits on the calls of all tools together, each of another window.
    #[serde(default, rename = "all_tools")]
    pub all_tools: Vec<RateLimit>,
    read: Decision,
    write: Decision,
    execute: Decision,
    destructive: Decision,
    financial: Decision,
    #[serde(default, rename = "signals")]
    signals: Vec<BySignal>,
}

/// What happens to the tools that show one of some signals.
#[derive(Debug, Clone, Deserialize)]
struct BySignal {
    ids: Vec<String>,
    #[serde(flatten)]
    decision: Decision,
}

impl Profile {
    /// The answer for one category.
    pub fn of(&self, category: Category) -> &Decision {
        match category {
            Category::Read => &self.read,
            Category::Write => &self.write,
            Category::Execute => &self.execute,
            Category::Destructive => &self.destructive,
            Category::Financial => &self.financial,
        }
    }

    /// The answer for a tool of `category` that shows the signals of `assessment`: the strictest action of all that hold.
    pub(crate) fn decide(&self, category: Category, assessment: &Assessment) -> &Decision {
        let shown = |ids: &[String]| assessment.signals.iter().any(|signal| ids.contains(&signal.id));
        let strict = self.signals.iter().filter(|rule| shown(&rule.ids)).map(|rule| &rule.decision);
        strict.fold(self.of(category), |found, next| if next.action > found.action { next } else { found })
    }

    /// True when it lets no tool of `category` through.
    pub(crate) fn refuses(&self, category: Category) -> bool {
        self.of(category).action.refuses()
    }
}
