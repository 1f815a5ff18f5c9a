//! Why a policy cannot be written or read.

use crate::policy::diagnostic::{self, PolicyDiagnostic};

/// Why a policy cannot be written in a format.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A template failed.
    #[error("{0:#}")]
    Template(#[from] minijinja::Error),
    /// A value is not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A value is not TOML.
    #[error(transparent)]
    Toml(#[from] toml::ser::Error),
}

/// A policy that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The templates do not give a file.
    #[error("could not write the {dialect} policy: {cause}")]
    Write {
        /// The format's name.
        dialect: &'static str,
        /// What went wrong.
        cause: WriteError,
    },
    /// The client cannot be told of a server of this name.
    #[error("{client} cannot be told of a server called {server:?}: a name there has {rule}")]
    Name {
        /// The client, for people.
        client: &'static str,
        /// The name by which its configuration was taken to know the server.
        server: String,
        /// What names are made of there.
        rule: &'static str,
    },
    /// The text is not a policy of this format.
    #[error("not a valid {dialect} policy: {}", sentences(.diagnostics))]
    Read {
        /// The format's name.
        dialect: &'static str,
        /// Everything that is wrong, in the order of the text.
        diagnostics: Vec<PolicyDiagnostic>,
    },
    /// No policy of this format can be read.
    #[error("a {0} policy is only written, never read")]
    Unreadable(&'static str),
}

impl PolicyError {
    /// The name of the format.
    pub(crate) fn format(&self) -> &'static str {
        match self {
            Self::Write { dialect, .. } | Self::Read { dialect, .. } | Self::Unreadable(dialect) => dialect,
            Self::Name { client, .. } => client,
        }
    }

    /// Everything that is wrong with `text`, the content of `file`, each with its place, its line and a caret.
    pub(crate) fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Read { diagnostics, .. } => diagnostic::report(file, text, diagnostics),
            Self::Write { .. } | Self::Name { .. } | Self::Unreadable(_) => self.to_string(),
        }
    }
}

fn sentences(diagnostics: &[PolicyDiagnostic]) -> String {
    diagnostics.iter().map(PolicyDiagnostic::sentence).collect::<Vec<_>>().join("; ")
}
