//! What finds each kind of finding. A detector is one file: what it looks for, its code, and what it does for
//! `mcp-scan rules show`.

mod broad_dispatch;
mod contradicted_hint;
mod destructive_without_hint;
mod hidden_text;
mod homoglyph_name;
mod invisible_characters;
mod launch_matches;
mod lone_writing_tool;
mod matches;
mod name_of_another_server;
mod names;
mod patterns;
mod plain_http;
mod protocol_deviation;
mod read_only_server_writes;
mod says;
mod secret_in_launch;
mod sentences;
mod shadows_another_tool;
mod signal;
mod unpinned_package;
mod untyped_parameter;
mod views;

use serde::{Deserialize, Serialize};

pub(crate) use name_of_another_server::are_alike;
pub(crate) use unpinned_package::find as moving_version;
pub(crate) use views::{AcrossServers, OnServer, ServerView};

use crate::model::{Assessment, ModelText, ServerReport, Tool};

/// What finds it, by what is looked at.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detect {
    /// One tool with the verdict on it.
    Tool(ToolDetector),
    /// The texts of a tool or of a server that a model reads.
    Text(TextDetector),
    /// The sentences of these texts, with the other tools of the server in mind.
    Sentences(sentences::Sentences),
    /// A server with all its tools.
    Server(ServerDetector),
    /// All servers of a scan together.
    Servers(ServersDetector),
}

/// What is looked for in one tool.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolDetector {
    /// A name that mixes scripts.
    HomoglyphName,
    /// A hint against the category.
    ContradictedHint(contradicted_hint::ContradictedHint),
    DestructiveWithoutHint,
    /// A signal of the verdict.
    Signal(signal::Signal),
    /// An argument that chooses between reading and destroying.
    BroadDispatch(broad_dispatch::BroadDispatch),
    /// An argument that may be anything.
    UntypedParameter,
}

/// What is looked for in a text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextDetector {
    /// Characters that a model reads and a person does not see.
    HiddenText,
    /// Characters without a width.
    InvisibleCharacters,
    /// Word sequences.
    Says(says::Says),
    /// Regular expressions.
    Matches(matches::Matches),
}

/// What is looked for in a server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerDetector {
    /// A place where the server left the protocol.
    ProtocolDeviation,
    /// A package without a version.
    UnpinnedPackage,
    /// A secret in the command, the address or the configuration.
    SecretInLaunch,
    /// An address without encryption.
    PlainHttp,
    /// Regular expressions in the command or the address.
    LaunchMatches(launch_matches::LaunchMatches),
    /// A server that claims to read and has tools that do more.
    ReadOnlyServerWrites(read_only_server_writes::ReadOnlyServerWrites),
    /// The one tool that changes something, by means that no other tool has.
    LoneWritingTool(lone_writing_tool::LoneWritingTool),
}

/// What is looked for in several servers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServersDetector {
    /// The same name on two servers.
    NameOfAnotherServer,
    /// A text that steers the use of another server's tool.
    ShadowsAnotherTool(shadows_another_tool::ShadowsAnotherTool),
}

impl Detect {
    /// True when it can only be found with all tools of a server, or of all servers, at hand.
    pub(crate) fn needs_all_tools(&self) -> bool {
        match self {
            Self::Tool(_) | Self::Text(_) | Self::Sentences(_) => false,
            Self::Server(detector) => detector.needs_all_tools(),
            Self::Servers(_) => true,
        }
    }

    /// What it does, for `rules show`.
    pub(crate) fn about(&self) -> &'static str {
        match self {
            Self::Tool(detector) => detector.about(),
            Self::Text(detector) => detector.about(),
            Self::Sentences(_) => sentences::ABOUT,
            Self::Server(detector) => detector.about(),
            Self::Servers(detector) => detector.about(),
        }
    }
}

impl ToolDetector {
    /// What is wrong with `tool`; `title` is that of the finding.
    pub(crate) fn find(&self, title: &str, tool: &Tool, verdict: &Assessment) -> Option<String> {
        match self {
            Self::HomoglyphName => homoglyph_name::find(&tool.name),
            Self::ContradictedHint(detector) => detector.find(tool, verdict),
            Self::DestructiveWithoutHint => destructive_without_hint::find(tool),
            Self::Signal(detector) => detector.find(title, verdict),
            Self::BroadDispatch(detector) => detector.find(tool, verdict),
            Self::UntypedParameter => untyped_parameter::find(tool),
        }
    }

    fn about(&self) -> &'static str {
        match self {
            Self::HomoglyphName => homoglyph_name::ABOUT,
            Self::ContradictedHint(_) => contradicted_hint::ABOUT,
            Self::DestructiveWithoutHint => destructive_without_hint::ABOUT,
            Self::Signal(_) => signal::ABOUT,
            Self::BroadDispatch(_) => broad_dispatch::ABOUT,
            Self::UntypedParameter => untyped_parameter::ABOUT,
        }
    }
}

impl TextDetector {
    /// What is wrong in the first of `texts` that has it.
    pub(crate) fn find(&self, texts: &[ModelText<'_>]) -> Option<String> {
        texts.iter().find_map(|text| match self {
            Self::HiddenText => hidden_text::find(text),
            Self::InvisibleCharacters => invisible_characters::find(text),
            Self::Says(detector) => detector.find(text),
            Self::Matches(detector) => detector.find(text),
        })
    }

    fn about(&self) -> &'static str {
        match self {
            Self::HiddenText => hidden_text::ABOUT,
            Self::InvisibleCharacters => invisible_characters::ABOUT,
            Self::Says(_) => says::ABOUT,
            Self::Matches(_) => matches::ABOUT,
        }
    }
}

impl ServerDetector {
    /// What is wrong with the server.
    pub(crate) fn find(&self, view: ServerView<'_>) -> Option<OnServer> {
        let on_server = |text| Some(OnServer { tool: None, text });
        match self {
            Self::ProtocolDeviation => on_server(protocol_deviation::find(view.deviations)?),
            // What a person typed is theirs to pin: they get a hint after the scan.
            Self::UnpinnedPackage if view.server.is_typed() => None,
            Self::UnpinnedPackage => on_server(unpinned_package::find(view.server.package.as_ref()?)?),
            Self::SecretInLaunch => on_server(secret_in_launch::find(view.server)?),
            Self::PlainHttp => on_server(plain_http::find(&view.server.target)?),
            Self::LaunchMatches(detector) => on_server(detector.find(&view.server.target)?),
            Self::ReadOnlyServerWrites(detector) => on_server(detector.find(view)?),
            Self::LoneWritingTool(detector) => detector.find(view.tools),
        }
    }

    fn needs_all_tools(&self) -> bool {
        match self {
            Self::ProtocolDeviation | Self::ReadOnlyServerWrites(_) | Self::LoneWritingTool(_) => true,
            Self::UnpinnedPackage | Self::SecretInLaunch | Self::PlainHttp | Self::LaunchMatches(_) => false,
        }
    }

    fn about(&self) -> &'static str {
        match self {
            Self::ProtocolDeviation => protocol_deviation::ABOUT,
            Self::UnpinnedPackage => unpinned_package::ABOUT,
            Self::SecretInLaunch => secret_in_launch::ABOUT,
            Self::PlainHttp => plain_http::ABOUT,
            Self::LaunchMatches(_) => launch_matches::ABOUT,
            Self::ReadOnlyServerWrites(_) => read_only_server_writes::ABOUT,
            Self::LoneWritingTool(_) => lone_writing_tool::ABOUT,
        }
    }
}

impl ServersDetector {
    /// What is wrong with tools of `servers`, only because of the other servers. Servers of one name are one server that
    /// was listed twice.
    pub(crate) fn find(&self, servers: &[ServerReport]) -> Vec<AcrossServers> {
        match self {
            Self::NameOfAnotherServer => name_of_another_server::find(servers),
            Self::ShadowsAnotherTool(detector) => detector.find(servers),
        }
    }

    fn about(&self) -> &'static str {
        match self {
            Self::NameOfAnotherServer => name_of_another_server::ABOUT,
            Self::ShadowsAnotherTool(_) => shadows_another_tool::ABOUT,
        }
    }
}
