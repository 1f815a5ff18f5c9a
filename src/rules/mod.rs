//! The ruleset: everything that judges, as data. Read from `rules/`, built into the binary.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::model::{Category, Decision};

mod attacks;

pub use attacks::{Attack, Case};

/// The rule files, by name; the digest covers all of them in this order.
const FILES: [(&str, &str); 2] = [
    ("policy.yaml", include_str!("../../rules/policy.yaml")),
    ("attacks.yaml", include_str!("../../rules/attacks.yaml")),
];

/// Everything that judges.
#[derive(Debug)]
pub struct Ruleset {
    /// `sha256:` and 64 hex digits over all rule files.
    pub digest: String,
    /// What a starter policy does with each category.
    pub policy: PolicyDefaults,
    /// Documented attacks, each attached to the categories and signals it abuses.
    pub attacks: Vec<Attack>,
}

/// What a starter policy does with each category.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PolicyDefaults {
    read: Decision,
    write: Decision,
    execute: Decision,
    destructive: Decision,
    financial: Decision,
}

impl PolicyDefaults {
    /// The default for one category.
    pub fn of(&self, category: Category) -> &Decision {
        match category {
            Category::Read => &self.read,
            Category::Write => &self.write,
            Category::Execute => &self.execute,
            Category::Destructive => &self.destructive,
            Category::Financial => &self.financial,
        }
    }
}

/// A rule file that cannot be used, with the place in it.
#[derive(Debug, thiserror::Error)]
#[error("rules/{file}: {cause}")]
pub struct RuleError {
    file: String,
    cause: String,
}

impl Ruleset {
    /// The ruleset that is built in.
    pub fn builtin() -> Result<Self, RuleError> {
        let mut hash = Sha256::new();
        for (name, text) in FILES {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize().iter().fold(String::from("sha256:"), |s, b| s + &format!("{b:02x}"));
        Ok(Self { digest, policy: read("policy.yaml")?, attacks: read("attacks.yaml")? })
    }
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T, RuleError> {
    let text = FILES.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text);
    serde_saphyr::from_str(text).map_err(|e| RuleError { file: name.to_owned(), cause: e.to_string() })
}
