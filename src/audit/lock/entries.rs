//! What a lock holds: servers and tools, each with a seal over its entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Annotations, Category, Package, Severity};
use crate::text::digest;

/// What was approved: the servers, by name and launch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(super) servers: Vec<LockedServer>,
}

/// One server as it was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedServer {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// The command or the address, secrets redacted; none of a listing that was saved by another program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) launch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) package: Option<Package>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instructions: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instructions_digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grade: Option<String>,
    /// What is wrong with the server as a whole and was not accepted in the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) findings: BTreeMap<String, Severity>,
    /// The program, the rules and the profile: a verdict may change because of them.
    pub(super) judged_by: String,
    /// Over all of it but the tools.
    pub(super) seal: String,
    pub(super) tools: Vec<LockedTool>,
    /// Its place in the report that it was made of; none of one that was read from a file.
    #[serde(skip)]
    pub(super) listed: Option<usize>,
}

/// One tool as it was approved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedTool {
    pub(super) name: String,
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) score: u8,
    /// `allow, at most 30 per minute, 2 guards`.
    pub(super) policy: String,
    /// `id (parameter)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) guards: Vec<String>,
    /// Signals that raise the score: `id (parameter)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aggravating: Vec<String>,
    /// The other signals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) signals: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) findings: BTreeMap<String, Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub(super) annotations: Annotations,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<LockedParameter>,
    /// What bounds the arguments beside what the parameters say, by place and keyword: `path pattern`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) bounds: BTreeMap<String, String>,
    /// Of every field that the definition has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) digests: BTreeMap<String, String>,
    /// Over all of it.
    pub(super) seal: String,
}

/// One parameter, for people: what decides is the digest of the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedParameter {
    pub(super) path: String,
    /// `string, required, one of a, b`.
    pub(super) takes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) says: Option<String>,
}

impl Lock {
    /// The servers in the order of the file.
    pub(super) fn sorted(mut servers: Vec<LockedServer>) -> Self {
        servers.sort_by(|a, b| (&a.name, &a.launch, &a.seal).cmp(&(&b.name, &b.launch, &b.seal)));
        Self { servers }
    }
}

impl LockedServer {
    /// The seal that fits the entry.
    pub(super) fn expected_seal(&self) -> String {
        seal(&Self { tools: Vec::new(), ..self.clone() })
    }
}

/// The digest over all of `entry` but its seal: it shows an edit or a careless merge, and keeps nobody out.
pub(crate) fn seal(entry: &impl Serialize) -> String {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("seal");
    }
    digest::of_json(&value)
}
