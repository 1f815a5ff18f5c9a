//! The listing of a server: the server and its tools.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Authorization, CodePlace, Comparison, Item, LeftUnread, LongText, Publication, Redacted, Tool};

/// The tools of a server, as read from one source.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The server that lists the tools.
    pub server: Server,
    /// The tools, in listing order.
    pub tools: Vec<Tool>,
    /// What it lists besides tools, by kind and in listing order.
    pub items: Vec<Item>,
    /// Protocol deviations of the server or the file. They do not prevent reading the listing.
    pub deviations: Vec<Deviation>,
    /// True if nothing was listed, so that only the launch command or URL is known.
    pub unread: bool,
    /// Why nothing was listed although nothing failed. `None` for a failure.
    pub left_unread: Option<LeftUnread>,
}

/// A server and how it was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `serverInfo.name`, or a name derived from the target if the server reports none.
    pub name: String,
    /// `serverInfo.title`.
    pub title: Option<String>,
    /// `serverInfo.version`.
    pub version: Option<String>,
    /// The package that it was started from, if known.
    pub package: Option<Package>,
    /// The programs of the package, if its source was read. They are not part of a report.
    #[serde(skip)]
    pub programs: Vec<String>,
    /// How the package was published, if it was read from a registry that states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    /// The target that the user named.
    #[serde(flatten, with = "target_fields")]
    pub target: Redacted,
    /// The configuration entry, if it was found in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured: Option<Origin>,
    /// The file, if the listing was read from one. All other fields are then claims of that file. It is not part of a
    /// report, so that a file cannot claim another origin.
    #[serde(skip)]
    pub saved_in: Option<String>,
    /// The first place in the package of what the notes of each id are about. It is not part of a report.
    #[serde(skip)]
    pub noted_at: BTreeMap<String, CodePlace>,
    /// The source of the listing.
    pub transport: Transport,
    /// The sandbox of the started server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containment: Option<SandboxKind>,
    /// The protocol version in the server's reply.
    pub protocol_version: Option<String>,
    /// `instructions` of the initialize result.
    pub instructions: Option<String>,
    /// The digest of the whole instructions, if they were too long to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions_digest: Option<String>,
    /// The digest of what its answers hold besides lists and what is kept. `None` for a listing that was not read live. It
    /// is not part of a report.
    #[serde(skip)]
    pub beside_digest: Option<String>,
    /// Texts of the server that are not kept: those of `serverInfo`, of capabilities, and beside lists. Finding rules
    /// search them; they are not part of a report.
    #[serde(skip)]
    pub long_texts: Vec<LongText>,
    /// The capabilities that it reports, sorted: `tools`, `tools.listChanged`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Environment variables that the server reports as missing on standard error. With them it may list more tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_credentials: Vec<String>,
    /// How to sign in, if the server answered with 401.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// The difference to another way of starting it, if the user asked for a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Comparison>,
}

impl Server {
    /// The title, or the name if there is no title.
    pub(crate) fn display_name(&self) -> &str {
        self.title.as_deref().filter(|t| !t.trim().is_empty()).unwrap_or(&self.name)
    }

    /// The origin, independent of the server's own claims: the file it was read from, otherwise the target that the
    /// user named.
    pub fn read_from(&self) -> &str {
        self.saved_in.as_deref().unwrap_or(&self.target)
    }

    /// Where the server was read from, without what changes from run to run: its place in a configuration or in a file, its
    /// package, or the target that the user named. Only a server in a file is told from its neighbours by its own name.
    pub(crate) fn source(&self) -> String {
        let plain = |path: &str| path.strip_prefix("./").unwrap_or(path).to_owned();
        let file = match self.transport {
            Transport::Saved => Some(self.read_from()),
            Transport::Stdio | Transport::Http | Transport::Sse | Transport::Package => self.saved_in.as_deref(),
        };
        match (file, &self.configured, &self.package) {
            (Some(file), _, _) => source_in_file(&self.name, file),
            (None, Some(origin), _) => format!("{} in {}", origin.server, plain(&origin.file)),
            (None, None, Some(Package { registry: Registry::Npm, name, .. })) => format!("npm:{name}"),
            (None, None, Some(Package { registry: Registry::Pypi, name, .. })) => format!("pypi:{name}"),
            (None, None, Some(Package { registry: Registry::Other, .. }) | None) => plain(&self.target),
        }
    }

    /// True for the settings of a client, which are no server.
    pub(crate) fn is_settings(&self) -> bool {
        self.transport == Transport::Saved && self.configured.is_some()
    }

    /// True if the user gave the launch command on the command line and not through a configuration file.
    pub(crate) fn is_typed(&self) -> bool {
        self.transport == Transport::Stdio && self.configured.is_none()
    }
}

/// The [`Server::source`] of the server that `file` describes under the name `name`.
pub(crate) fn source_in_file(name: &str, file: &str) -> String {
    format!("{name} in {}", file.strip_prefix("./").unwrap_or(file))
}

/// Serializes a target as two fields: the text, and whether a secret was redacted. A report can thus be read back.
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

/// The entry of a server in a client configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The display name of the client.
    pub client: String,
    pub file: String,
    /// The name of the server in the configuration.
    pub server: String,
    /// The line of the entry, from 1. `None` if unknown.
    pub line: Option<usize>,
    /// The column of the entry in characters, from 1.
    pub column: Option<usize>,
    /// Whether the configuration disables the server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The names of variables, headers and arguments that contain a secret in plain text. Never their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// The settings of the entry, as lines: `permissions.allow[] = mcp__*`. Rules match them; they are not part of a
    /// report.
    #[serde(skip)]
    pub settings: Vec<String>,
    /// The settings of its file that are not servers, in the same form. All servers of a file share them.
    #[serde(skip)]
    pub file_settings: Arc<[String]>,
}

impl Origin {
    /// The start of a setting that holds a command which starts the server on another system or in another way.
    pub(crate) const OTHER_LAUNCH: &'static str = "launch";

    /// The settings that hold other commands which start the server.
    pub(crate) fn other_launches(&self) -> impl Iterator<Item = &str> {
        let lines = self.settings.iter().map(String::as_str);
        lines.filter(|line| line.strip_prefix(Self::OTHER_LAUNCH).is_some_and(|rest| rest.starts_with([' ', '.'])))
    }

    /// In words: "shop in .mcp.json:3".
    pub(crate) fn display(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{} in {}{line}", self.server, self.file)
    }
}

/// A published package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The registry that it is published in.
    pub registry: Registry,
    /// The package name, including its scope.
    pub name: String,
    /// The version that was requested or captured.
    pub version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// npm; packages are started with npx.
    Npm,
    /// PyPI; packages are started with uvx.
    Pypi,
    /// Another registry, for which there is no launch command.
    Other,
}

/// The source of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A started process that communicates over standard input and output.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// The deprecated HTTP+SSE transport.
    Sse,
    /// The source of a package, of which nothing was run.
    Package,
    /// A file or standard input.
    #[default]
    Saved,
}

/// The sandbox of a started server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxKind {
    /// Bubblewrap: separate namespaces, a restricted view of the file system, no capabilities.
    Bubblewrap,
    /// Landlock: access to few files. Other processes are visible but cannot be accessed.
    Landlock,
    /// `sandbox-exec` on macOS.
    SandboxExec,
    /// A Docker container.
    Docker,
    /// A Podman container.
    Podman,
    /// No sandbox; only a separate session, environment and home folder.
    None,
}

impl SandboxKind {
    /// The name that its users know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Landlock => "Landlock",
            Self::SandboxExec => "sandbox-exec",
            Self::Docker => "Docker",
            Self::Podman => "Podman",
            Self::None => "none",
        }
    }
}

/// A protocol deviation of a server or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// Stable kebab-case id: `input-schema-not-object`.
    pub id: String,
    /// The tool that it is about. `None` if it is about the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The description, one sentence.
    pub text: String,
    /// What could not be read because of it. Such a listing never counts as clean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_read: Option<NotRead>,
}

impl Deviation {
    /// What the ids begin with that are about files on this machine, which speak no protocol.
    const OF_FILES: [&str; 3] = ["skill-file-", "skill-too-", "plugin-part-"];
    pub(crate) const LINK_OUTSIDE: &str = "skill-link-outside";

    /// True if a server leaves the protocol here. What was not read of a folder is no such place.
    pub(crate) fn is_of_protocol(&self) -> bool {
        self.id != Self::LINK_OUTSIDE && !Self::OF_FILES.iter().any(|start| self.id.starts_with(start))
    }
}

/// A part of a listing that was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotRead {
    /// Some tools. Nothing is known about them, not even a digest.
    Tools,
    /// A part of a definition or of the instructions. Only its digest is known.
    Part,
    /// Prompts, resources or resource templates that the server declares. Its tools were read.
    Items,
}
