//! What a source gives: a server and the tools it lists.

use serde::{Deserialize, Serialize};

use super::{Comparison, Redacted, Tool};

/// A server's tools as one source listed them.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Who offers the tools.
    pub server: Server,
    /// The tools, in the order the server gave them.
    pub tools: Vec<Tool>,
    /// Where the server or the file left the protocol; the listing was read all the same.
    pub deviations: Vec<Deviation>,
    /// The server did not get to list anything: only how it would be started or reached is known.
    pub unread: bool,
}

/// Who offers the tools and how it was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `serverInfo.name`, or what the target suggests when the server gives none.
    pub name: String,
    /// `serverInfo.title`.
    pub title: Option<String>,
    /// `serverInfo.version`.
    pub version: Option<String>,
    /// The package it was started from, where that is known.
    pub package: Option<Package>,
    /// What the user named.
    #[serde(flatten, with = "target_fields")]
    pub target: Redacted,
    /// Where a configuration names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured: Option<Origin>,
    /// The file that describes it, when it was read from one: everything else is then what that file says. A report does
    /// not hold this, so that no file can say where it lies.
    #[serde(skip)]
    pub saved_in: Option<String>,
    /// How the listing was obtained.
    pub transport: Transport,
    /// What kept the started server from the rest of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containment: Option<SandboxKind>,
    /// The protocol version the server answered with.
    pub protocol_version: Option<String>,
    /// `instructions` of the initialize result.
    pub instructions: Option<String>,
    /// The digest of the whole instructions, where they are too long to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions_digest: Option<String>,
    /// What it says it can do: `tools`, `tools.listChanged`. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// The environment variables that it says on standard error it lacks: the listing may be less than it is with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_credentials: Vec<String>,
    /// How its tools differ when it is started in another way, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Comparison>,
}

impl Server {
    /// The name for people: title, else name.
    pub(crate) fn display_name(&self) -> &str {
        self.title.as_deref().filter(|t| !t.trim().is_empty()).unwrap_or(&self.name)
    }

    /// Where it was read from, whatever it says of itself: the file that describes it, else what the user named.
    pub fn read_from(&self) -> &str {
        self.saved_in.as_deref().unwrap_or(&self.target)
    }

    /// True when a person named the command that started it, not a file.
    pub(crate) fn is_typed(&self) -> bool {
        self.transport == Transport::Stdio && self.configured.is_none()
    }
}

/// The fields of a report for a target: its text, and whether a secret was taken out, so that a report can be read again.
mod target_fields {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::Redacted;

    #[derive(Serialize, Deserialize)]
    struct Fields {
        target: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        target_hides_secret: bool,
    }

    pub(crate) fn serialize<S: Serializer>(target: &Redacted, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = Fields { target: target.to_string(), target_hides_secret: target.hides_secret() };
        fields.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Redacted, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        Ok(Redacted::new(fields.target, fields.target_hides_secret))
    }
}

/// Where a configuration of a client names a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The client, for people.
    pub client: String,
    pub file: String,
    /// The server's name there.
    pub server: String,
    /// The line of the entry, from 1, where the format tells.
    pub line: Option<usize>,
    /// Its column in characters, from 1.
    pub column: Option<usize>,
    /// The names of what holds a secret as it stands: variables, headers, arguments. Never their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

impl Origin {
    /// "shop in .mcp.json:3".
    pub(crate) fn display(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{} in {}{line}", self.server, self.file)
    }
}

/// A published package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Where it is published.
    pub registry: Registry,
    /// Its name there, scope included.
    pub name: String,
    /// The version asked for or captured.
    pub version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// Node packages, started with npx.
    Npm,
    /// Python packages, started with uvx.
    Pypi,
    /// A registry this program has no start command for.
    Other,
}

/// How a listing was obtained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A started process.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// The older HTTP+SSE.
    Sse,
    /// Read from a file or standard input.
    #[default]
    Saved,
}

/// What kept a started server from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxKind {
    /// Bubblewrap: namespaces of its own, a view of the file system, no capabilities.
    Bubblewrap,
    /// Landlock: access to few files; other processes are seen and not reached.
    Landlock,
    /// `sandbox-exec` of macOS.
    SandboxExec,
    /// A container of Docker.
    Docker,
    /// A container of Podman.
    Podman,
    /// Nothing but its own session, environment and home.
    None,
}

/// One place where a server or a file left the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// Stable kebab-case id, for example `input-schema-not-object`.
    pub id: String,
    /// The tool it concerns, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// One sentence for people.
    pub text: String,
    /// What was not read because of it. A listing with such a part never counts as clean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_read: Option<NotRead>,
}

/// A part of a listing that was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotRead {
    /// Some tools: nothing is known of them, not even a digest.
    Tools,
    /// A part of a definition or of the instructions: it is known by its digest only.
    Part,
}
