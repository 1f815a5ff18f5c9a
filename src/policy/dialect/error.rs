//! Why a policy cannot be written or read.

use crate::policy::diagnostic::{self, PolicyDiagnostic};

/// Why a policy cannot be written in a format.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A template failed.
    #[error("{0:#}")]
    Template(#[from] minijinja::Error),
    /// A value cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A value cannot be written as TOML.
    #[error(transparent)]
    Toml(#[from] toml::ser::Error),
}

/// A policy that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file could not be generated.
    #[error("could not write the {dialect} policy: {cause}")]
    Write {
        /// The format's name.
        dialect: &'static str,
        /// Why.
        cause: WriteError,
    },
    /// The client's settings cannot address a server with this name.
    #[error("{client} cannot refer to a server called {server:?}: a name there has {rule}")]
    Name {
        /// The client's display name.
        client: &'static str,
        /// The name that its configuration was assumed to have for the server.
        server: String,
        /// The characters of valid names.
        rule: &'static str,
    },
    /// The text is not a policy of this format.
    #[error("not a valid {dialect} policy: {}", sentences(.diagnostics))]
    Read {
        /// The format's name.
        dialect: &'static str,
        /// All problems, in the order of the text.
        diagnostics: Vec<PolicyDiagnostic>,
    },
    /// The engine of this format refuses it.
    #[error("not a valid {dialect} policy: {cause}")]
    Engine {
        /// The format's name.
        dialect: &'static str,
        /// What the engine reports.
        cause: String,
    },
    /// This format cannot be read.
    #[error("a {0} policy is only written, never read")]
    Unreadable(&'static str),
}

impl PolicyError {
    /// The name of the format.
    pub(crate) fn format(&self) -> &'static str {
        match self {
            Self::Write { dialect, .. }
            | Self::Read { dialect, .. }
            | Self::Engine { dialect, .. }
            | Self::Unreadable(dialect) => dialect,
            Self::Name { client, .. } => client,
        }
    }

    /// Renders all problems of `text`, the content of `file`, each with position, line and caret.
    pub(crate) fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Read { diagnostics, .. } => diagnostic::report(file, text, diagnostics),
            Self::Write { .. } | Self::Name { .. } | Self::Engine { .. } | Self::Unreadable(_) => self.to_string(),
        }
    }
}

fn sentences(diagnostics: &[PolicyDiagnostic]) -> String {
    diagnostics.iter().map(PolicyDiagnostic::sentence).collect::<Vec<_>>().join("; ")
}
