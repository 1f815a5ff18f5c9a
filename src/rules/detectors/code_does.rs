//! Finds tools whose code does more than their definition says.

use serde::{Deserialize, Serialize};

use crate::model::{Assessment, CodeEffect, EffectKind, Tool};
use crate::text::clean;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "code of a package that does one of these, reached from the handler of the tool";

/// Longest name in a message, in characters.
const MAX_NAME: usize = 100;

/// The effects that are looked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeDoes {
    effects: Vec<EffectKind>,
}

impl CodeDoes {
    /// The gravest of the effects that the code of `tool` has.
    pub(crate) fn effect<'t>(&self, tool: &'t Tool) -> Option<&'t CodeEffect> {
        tool.code.iter().find(|found| self.effects.contains(&found.effect))
    }

    /// The finding, with the first place of the gravest effect.
    pub(crate) fn find(&self, tool: &Tool, verdict: &Assessment) -> Option<String> {
        let found = self.effect(tool)?;
        let (call, file) = (clean::excerpt(&found.call, MAX_NAME), clean::excerpt(&found.file, MAX_NAME));
        let line = found.line;
        Some(format!(
            "The definition says {}, and its code {} ({call}, {file}:{line}).",
            verdict.category, found.effect
        ))
    }
}
