//! A tool as its server defined it, kept as it was sent; only what cannot be represented is left out and recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Parameter, Schema};

/// One tool of a listing. Texts are as the server sent them: hostile until cleaned where they are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tool {
    /// The name by which it is called; never empty (a nameless tool is given a placeholder by the decoder).
    pub name: String,
    /// Display name.
    pub title: Option<String>,
    /// What the author says it does.
    pub description: Option<String>,
    /// The JSON Schema of its arguments, as sent; anything but an object is possible.
    pub input_schema: Option<Schema>,
    /// The JSON Schema of its structured result, as sent.
    pub output_schema: Option<Schema>,
    /// The author's hints.
    pub annotations: Annotations,
    /// The arguments, flattened out of `input_schema`, in schema order.
    pub parameters: Vec<Parameter>,
    /// The digests of the parts that nothing judges (`icons`, `_meta`, `execution`, `annotations` beyond the known hints,
    /// and all keys that the protocol does not know together) and of fields that are too long to be kept: enough to know
    /// that one has changed, and small whatever the server sends.
    pub other_fields: BTreeMap<String, String>,
    /// Fields that are too long to be kept, and the texts of `_meta`. Findings look through them; no report holds them.
    pub long_texts: Vec<LongText>,
    /// Set when the definition could not be read: what was wrong with it.
    pub error: Option<String>,
}

/// A field of a definition that findings look through and no report holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText {
    /// The field's name in the protocol: `description`.
    pub(crate) field: &'static str,
    /// All of it; of a schema its JSON.
    pub text: Box<str>,
}

/// The hints of a tool: claims by a party that is being audited.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// "Does not modify its environment."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// "May perform destructive updates."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destructive_hint: Option<bool>,
    /// "Calling again with the same arguments has no additional effect."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotent_hint: Option<bool>,
    /// "Interacts with an open world of external entities."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

impl Annotations {
    /// True when no hint was given.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
