//! What the code of a tool does beyond its definition.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that a call of a tool may do, as the source of its package shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CodeEffect {
    /// The kind of effect.
    pub effect: EffectKind,
    /// The called function, as the source spells it.
    pub call: String,
    /// The file in the package.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// A line of a file in the package of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePlace {
    /// The path in the package, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// The kinds of effects that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// Starts a program or a shell.
    RunsPrograms,
    /// Evaluates text as code.
    EvaluatesCode,
    /// Deletes files or folders.
    DeletesFiles,
    /// Writes files.
    WritesFiles,
    /// Sends over the network.
    UsesNetwork,
    /// Reads variables of the environment.
    ReadsEnvironment,
}

impl fmt::Display for EffectKind {
    /// What the code does, after "its code".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RunsPrograms => "runs programs",
            Self::EvaluatesCode => "evaluates text as code",
            Self::DeletesFiles => "deletes files",
            Self::WritesFiles => "writes files",
            Self::UsesNetwork => "uses the network",
            Self::ReadsEnvironment => "reads the environment",
        })
    }
}
