//! What has changed since a lock: a part of a server, of a tool's definition or of its verdict.

use std::fmt;

use serde::{Serialize, Serializer};

use super::ItemKind;

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedPart {
    /// The name of a server.
    Name,
    Title,
    Description,
    Version,
    Protocol,
    /// The command or URL.
    Launch,
    /// The same without the version of the package.
    Program,
    Package,
    Instructions,
    /// The definition of a prompt, resource, resource template or skill.
    Item {
        kind: ItemKind,
        name: String,
    },
    /// The content of one.
    ItemContent {
        kind: ItemKind,
        name: String,
    },
    /// A key of a tool's annotations.
    Annotation(&'static str),
    /// The parameter at a path: as a whole, or its type.
    Parameter(String),
    /// One of the values that the parameter may have.
    ParameterValue(String),
    ParameterDescription(String),
    /// A restriction on the arguments: its path and keyword.
    Bound(String),
    /// Something else that a schema says: `outputSchema orders[].id type`.
    SchemaDetail(String),
    /// A text in a schema that is not of a parameter.
    SchemaText(String),
    /// Another field of a tool's definition, by its key.
    Field(String),
    Grade,
    Category,
    Severity,
    Score,
    /// The policy's decision.
    Policy,
    /// A guard of the policy.
    Guard,
    Signal,
    /// A signal that raises the score.
    AggravatingSignal,
    Finding,
}

impl ChangedPart {
    /// True for a text that models read.
    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Title
                | Self::Description
                | Self::Instructions
                | Self::ParameterDescription(_)
                | Self::SchemaText(_)
                | Self::Item { .. }
                | Self::ItemContent { .. }
        )
    }
}

impl fmt::Display for ChangedPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Name => "name",
            Self::Title => "title",
            Self::Description => "description",
            Self::Version => "version",
            Self::Protocol => "protocol",
            Self::Launch => "launch",
            Self::Program => "what is started",
            Self::Package => "package",
            Self::Instructions => "instructions",
            Self::Item { kind, name } => return write!(out, "{} {name}", kind.name()),
            Self::ItemContent { kind, name } => return write!(out, "content of {} {name}", kind.name()),
            Self::Annotation(key) => return write!(out, "annotations.{key}"),
            Self::Parameter(path) => return write!(out, "parameter {path}"),
            Self::ParameterValue(path) => return write!(out, "parameter {path} value"),
            Self::ParameterDescription(path) => return write!(out, "parameter {path} description"),
            Self::Bound(bound) => return write!(out, "bound {bound}"),
            Self::SchemaDetail(name) | Self::SchemaText(name) => name,
            Self::Field(key) => key,
            Self::Grade => "grade",
            Self::Category => "category",
            Self::Severity => "severity",
            Self::Score => "score",
            Self::Policy => "policy",
            Self::Guard => "guard",
            Self::Signal => "signal",
            Self::AggravatingSignal => "aggravating signal",
            Self::Finding => "finding",
        };
        out.write_str(name)
    }
}

/// The name, which is the key of the JSON since its first version.
impl Serialize for ChangedPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
