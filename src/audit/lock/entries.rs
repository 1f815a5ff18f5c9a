//! The content of a lock: servers and tools, each with a seal over its entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accepted_values::AcceptedValues;
use super::details::Details;
use crate::model::{Annotations, Category, ItemKind, Package, Severity};
use crate::text::digest;

/// The approved servers, sorted by name and launch command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(super) servers: Vec<LockedServer>,
}

/// A server as approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedServer {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// The command or URL, secrets redacted. `None` for a listing that another program saved.
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
    /// The digest of what its answers hold besides lists: other keys of `serverInfo`, capabilities, unknown keys. `None` for
    /// a listing that was not read live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) other_keys: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grade: Option<String>,
    /// Findings on the server itself that the configuration does not accept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) findings: BTreeMap<String, Severity>,
    /// The versions of program, rules and profile. If they differ, verdicts may change without a change of the server.
    pub(super) judged_by: String,
    /// A digest over all other fields except the tools.
    pub(super) seal: String,
    pub(super) tools: Vec<LockedTool>,
    /// Its prompts, resources, resource templates and skills. `None` if the listing did not have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Vec<LockedItem>>,
    /// The format of this entry: [`FORMAT`], or 1 for one that an older version wrote.
    #[serde(default = "first_format", skip_serializing_if = "is_first_format")]
    pub(super) lock_format: u32,
    /// The index in the report that it was made from. `None` if it was read from a file.
    #[serde(skip)]
    pub(super) listed: Option<usize>,
}

/// A tool as approved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedTool {
    pub(super) name: String,
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) score: u8,
    /// In words: `allow, at most 30 per minute, 2 guards`.
    pub(super) policy: String,
    /// Each as `id (parameter)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) guards: Vec<String>,
    /// Signals that raise the score, each as `id (parameter)`.
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
    /// Restrictions on the arguments that are not in the parameters, by path and keyword: `path pattern`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) bounds: BTreeMap<String, String>,
    /// What else its schemas say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) details: Details,
    /// The verdict without the author's hints. `None` if the hints change nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) without_hints: Option<LockedVerdict>,
    /// The digest of each field of the definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) digests: BTreeMap<String, String>,
    /// A digest over all other fields.
    pub(super) seal: String,
}

/// A verdict without the author's hints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedVerdict {
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) score: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aggravating: Vec<String>,
}

/// A prompt, resource, resource template or skill as approved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedItem {
    pub(super) kind: ItemKind,
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uri: Option<String>,
    /// The texts of the definition, to show what has changed. Not in locks of the first format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// The digest of the definition.
    pub(super) digest: String,
    /// The digest of the content, if that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<String>,
    /// The text of the content, if that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_text: Option<String>,
}

/// A parameter, for display only. Changes are detected by the digest of the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedParameter {
    pub(super) path: String,
    /// `string, required, one of a, b`.
    pub(super) takes: AcceptedValues,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) says: Option<String>,
}

/// The format of entries with details, verdicts without hints, and texts of items.
pub(super) const WITH_DETAILS: u32 = 2;
/// The format of entries with what answers hold besides lists.
pub(super) const FORMAT: u32 = 3;

fn first_format() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_first_format(format: &u32) -> bool {
    *format == first_format()
}

impl Lock {
    /// Sorts the servers in file order.
    pub(super) fn sorted(mut servers: Vec<LockedServer>) -> Self {
        servers.sort_by(|a, b| (&a.name, &a.launch, &a.seal).cmp(&(&b.name, &b.launch, &b.seal)));
        Self { servers }
    }
}

impl LockedServer {
    /// The seal that matches the content of the entry.
    pub(super) fn expected_seal(&self) -> String {
        seal(&Self { tools: Vec::new(), ..self.clone() })
    }
}

/// The digest over all fields of `entry` except its seal. It detects manual edits and bad merges; it is no protection
/// against an attacker.
pub(crate) fn seal(entry: &impl Serialize) -> String {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("seal");
    }
    digest::of_json(&value)
}
