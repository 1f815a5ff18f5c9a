//! A tool as its server defined it. Only what cannot be represented is left out, and recorded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CodeEffect, CodePlace, Parameter, Schema};

/// A tool of a listing. Texts are stored as the server sent them: they are hostile, and cleaned when displayed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tool {
    /// The name used in calls. Never empty: the decoder gives a nameless tool a placeholder.
    pub name: String,
    /// The display name.
    pub title: Option<String>,
    /// The author's description.
    pub description: Option<String>,
    /// The JSON Schema of its arguments, as sent. It may not be an object.
    pub input_schema: Option<Schema>,
    /// The JSON Schema of its structured result, as sent.
    pub output_schema: Option<Schema>,
    /// How it is executed, as sent: `{"taskSupport": "optional"}`. `None` if it is long; a report does not have it.
    pub execution: Option<Schema>,
    /// The author's hints.
    pub annotations: Annotations,
    /// The arguments, flattened from `input_schema`, in schema order.
    pub parameters: Vec<Parameter>,
    /// Digests that show whether a part has changed: of the parts that no rule checks (`icons`, `_meta`, `execution`,
    /// unknown keys of `annotations`, and all keys outside of the protocol together), and of fields that are too long
    /// to keep. Their size does not depend on what the server sends.
    pub other_fields: BTreeMap<String, String>,
    /// Fields that are too long to keep, and the texts of `_meta`. Finding rules search them; they are not part of a
    /// report.
    pub long_texts: Vec<LongText>,
    /// Its app, and who can call it. `None` if it says nothing of apps.
    pub app: Option<ToolApp>,
    /// What its code does, as far as the source of its package shows it.
    pub code: Vec<CodeEffect>,
    /// Where the source of its package defines it. It is not part of a report.
    pub defined_at: Option<CodePlace>,
    /// Why the definition could not be read, if it could not.
    pub error: Option<String>,
}

/// Numbers of a schema are those of JSON, which has no NaN.
impl Eq for Tool {}

/// `_meta.ui` of a tool: the app that shows its results, and who sees the tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolApp {
    /// The URI of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_uri: Option<String>,
    /// Who sees the tool: `model`, `app`. `None` if it does not say, which means both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Vec<String>>,
}

/// A field that finding rules search and that is not part of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText {
    /// The field name in the protocol: `description`.
    pub(crate) field: &'static str,
    /// The whole text; for a schema its JSON.
    pub text: Box<str>,
}

impl LongText {
    /// The field of a file that programs run.
    pub(crate) const SCRIPT: &'static str = "script";
}

/// The hints of a tool. They are claims by the author, who is not trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// "Does not modify its environment."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// "May perform destructive updates."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// "Calling again with the same arguments has no additional effect."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotent_hint: Option<bool>,
    /// "Interacts with an open world of external entities."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

impl Annotations {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
