//! What the source of a package shows of its server. What could not be evaluated is a gap, never a guess.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::CodeEffect;

/// The most tools of one package.
pub(crate) const MAX_TOOLS: usize = 5_000;
/// The most memory of the definitions of all tools of one package, in bytes.
pub(crate) const MAX_TOOL_BYTES: usize = 24 << 20;

/// What a key of an object takes besides its text, in bytes.
const ENTRY_BYTES: usize = 48;

/// The server of a package, as far as its source shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Extraction {
    /// The name that the server would give itself.
    pub(crate) server_name: Option<String>,
    /// The version that the server would give itself.
    pub(crate) server_version: Option<String>,
    /// The instructions of the server.
    pub(crate) instructions: Option<String>,
    /// The tools whose names are known, in the order in which the server would list them.
    pub(crate) tools: Vec<FoundTool>,
    /// What is not known about the server as a whole.
    pub(crate) gaps: Vec<ServerGap>,
    /// The modules of other packages that the program imports before it lists its tools.
    pub(crate) outside: BTreeSet<OutsideModule>,
}

/// Something that a package does besides its tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageWarning {
    pub(crate) kind: WarningKind,
    /// What is known of it.
    pub(crate) text: String,
    pub(crate) place: SourcePlace,
}

/// The kinds of [`PackageWarning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WarningKind {
    /// A script that runs when the package is installed.
    InstallScript,
    /// Code that is obfuscated, or that decodes and runs itself.
    HiddenCode,
    /// Code that uses the network, or runs programs, as soon as it is loaded.
    ActsWhenLoaded,
    /// Compiled programs, which are not read.
    CompiledCode,
    /// A compiled program under the name of a text or a picture.
    DisguisedProgram,
}

/// A module that the source imports and that is not in the package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OutsideModule {
    pub(crate) language: Language,
    /// For JavaScript the name of the package, for Python the first part of the module's name.
    pub(crate) name: String,
    /// True if a server is passed to one of its functions.
    pub(crate) gets_server: bool,
}

/// The languages whose modules are followed into other packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    JavaScript,
    Python,
}

impl Extraction {
    /// Adds what another language of the same package shows. A tool that is known already stays.
    pub(crate) fn append(&mut self, other: Extraction) {
        self.server_name = self.server_name.take().or(other.server_name);
        self.server_version = self.server_version.take().or(other.server_version);
        self.instructions = self.instructions.take().or(other.instructions);
        let known: BTreeSet<String> = self.tools.iter().map(|tool| tool.name.clone()).collect();
        self.tools.extend(other.tools.into_iter().filter(|tool| !known.contains(&tool.name)));
        self.gaps.extend(other.gaps);
        self.outside.extend(other.outside);
    }
}

/// A tool that the source registers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FoundTool {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    /// `None` if nothing is known about its parameters; then `gaps` has [`Gap::InputSchema`].
    pub(crate) input_schema: Option<Value>,
    pub(crate) output_schema: Option<Value>,
    /// `annotations` of the tool, as it would be listed.
    pub(crate) annotations: Option<Map<String, Value>>,
    /// Where the tool is registered.
    pub(crate) place: SourcePlace,
    /// Where the function stands that a call runs, if it was found.
    pub(crate) handler: Option<SourcePlace>,
    /// What the handler reaches.
    pub(crate) effects: Vec<CodeEffect>,
    /// What could not be evaluated.
    pub(crate) gaps: Vec<Gap>,
}

impl FoundTool {
    /// About how much memory its definition takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [Some(&self.name), self.title.as_ref(), self.description.as_ref()];
        let schemas = [&self.input_schema, &self.output_schema];
        let annotations = self.annotations.iter().flatten().map(|(key, value)| key.len() + json_bytes(value));
        texts.into_iter().flatten().map(String::len).sum::<usize>()
            + schemas.into_iter().flatten().map(json_bytes).sum::<usize>()
            + annotations.sum::<usize>()
    }
}

/// About how much memory `value` takes, in bytes.
pub(crate) fn json_bytes(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(json_bytes).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + ENTRY_BYTES + json_bytes(value)).sum(),
    };
    size_of::<Value>() + inner
}

/// A line of a file of the package.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourcePlace {
    /// The path in the package, with `/`.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
}

/// A part of a tool that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// The title is made when the server runs.
    Title,
    /// The whole description is made when the server runs.
    Description,
    /// A part of the description is made when the server runs; the rest is in `description`.
    DescriptionPart,
    /// The whole schema of the parameters is made when the server runs.
    InputSchema,
    /// The schema has more parameters than those that are known.
    MoreParameters,
    /// The type or the constraints of this parameter are not known.
    Parameter(String),
    /// The output schema is made when the server runs.
    OutputSchema,
    /// The annotations, or a part of them.
    Annotations,
    /// The tool is registered only under a condition that is decided when the server runs.
    Conditional,
}

/// Something that is not known about the server as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerGap {
    pub(crate) kind: ServerGapKind,
    /// Where, if it has one place.
    pub(crate) place: Option<SourcePlace>,
}

/// The kinds of [`ServerGap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServerGapKind {
    /// A tool is registered whose name is made when the server runs.
    ToolName,
    /// Tools are registered in a loop over something that is not known.
    UnknownTable,
    /// Tools are fetched when the server runs: from another server, an API or a file.
    FetchedTools,
    /// The server is passed to a function of another package, which may register tools with it.
    PassedOn,
    /// No known way leads from the start of the program to its registrations, so there may be others.
    Unreached,
    /// A tool is registered only if something is set, which by default is not.
    SwitchedOff,
    /// The instructions, or a part of them.
    Instructions,
    /// A file was too large, too deeply nested or not text.
    UnreadFile,
    /// The source stopped being read at a limit.
    Limit,
    /// No registration was found in a package with a compiled program, which is not read.
    Compiled,
    /// No registration was found, though the package speaks the protocol.
    NoRegistration,
}
