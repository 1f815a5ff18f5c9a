//! Changes to a definition that could change its verdict, as data.

use serde::Deserialize;

/// An entry of `whatif.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Kebab-case, never reused.
    pub id: String,
    /// The condition, as it stands in "would be Read if ...".
    #[serde(rename = "if")]
    pub condition: String,
    /// A sentence added to the description.
    #[serde(default)]
    pub(crate) append: Option<String>,
    /// What is taken away.
    #[serde(default)]
    pub without: Option<Part>,
}

/// A part of a definition that can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Description,
    /// The whole input schema.
    Schema,
    /// The parameter that the verdict rests on.
    DecidingParameter,
    /// The parameters that raise the score.
    AggravatingParameters,
}
