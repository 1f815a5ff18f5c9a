//! The detectors of findings. Each is a file with its description for `mcp-scan rules show`, its options in
//! `findings.yaml`, and its code.

mod authorization;
mod broad_dispatch;
mod code_does;
mod contradicted_hint;
mod destructive_without_hint;
mod expression;
mod hidden_from_model;
mod hidden_text;
mod homoglyph_name;
mod invisible_characters;
mod item_matches;
mod launch_matches;
mod live_differs;
mod lone_writing_tool;
mod matches;
mod mirrored_parameter;
mod name_near_known;
mod name_of_another_server;
mod names;
mod package_warning;
mod patterns;
mod plain_http;
mod possible;
mod protocol_deviation;
mod publication;
mod read_only_server_writes;
mod says;
mod secret_in_launch;
mod sentences;
mod setting_matches;
mod shadows_another_tool;
mod signal;
mod steps;
mod unpinned_package;
mod untyped_parameter;
mod views;

use serde::{Deserialize, Serialize};

pub(crate) use expression::deferring;
pub(crate) use name_of_another_server::are_alike;
pub(crate) use possible::Possible;
pub(crate) use unpinned_package::find as moving_version;
pub(crate) use views::{AcrossServers, OnServer, ServerView};

use crate::model::{Assessment, Item, ModelText, Server, ServerReport, Tool, Transport};

/// The detector of a finding, by its input.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detect {
    /// A tool and its assessment.
    Tool(ToolDetector),
    /// The texts of a tool or server that a model reads.
    Text(TextDetector),
    /// The sentences of these texts, with the names of the server's other tools.
    Sentences(sentences::Sentences),
    /// A prompt, resource, resource template or skill.
    Item(ItemDetector),
    /// A server and all its tools.
    Server(ServerDetector),
    /// All servers of a scan.
    Servers(ServersDetector),
}

/// Detectors on a single tool.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolDetector {
    /// A name that mixes scripts.
    HomoglyphName,
    /// A hint that contradicts the category.
    ContradictedHint(contradicted_hint::ContradictedHint),
    DestructiveWithoutHint,
    /// A signal of the assessment.
    Signal(signal::Signal),
    /// An argument that selects between reading and destroying.
    BroadDispatch(broad_dispatch::BroadDispatch),
    /// An argument of any type.
    UntypedParameter,
    /// An argument that is copied into an HTTP header.
    MirroredParameter(mirrored_parameter::MirroredParameter),
    /// A tool for an app alone.
    HiddenFromModel,
    /// Code that does more than the definition says.
    CodeDoes(code_does::CodeDoes),
}

/// Detectors on texts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextDetector {
    /// Text that a model reads and a person does not see.
    HiddenText,
    /// Characters without a width.
    InvisibleCharacters,
    /// Word sequences.
    Says(says::Says),
    /// Regular expressions.
    Matches(matches::Matches),
}

/// Detectors on what a server lists besides tools.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemDetector {
    /// Regular expressions on a field.
    Matches(item_matches::ItemMatches),
}

/// Detectors on a server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerDetector {
    /// A violation of the protocol.
    ProtocolDeviation,
    /// A note about the source of a package.
    PackageWarning(package_warning::PackageWarning),
    /// A package without a fixed version.
    UnpinnedPackage,
    /// A package whose name is easily taken for a widely used one.
    NameNearKnown(name_near_known::NameNearKnown),
    /// A difference between the started server and its source.
    LiveDiffers(live_differs::LiveDiffers),
    /// An unusual publication of a package.
    Publication(publication::UnusualPublication),
    /// A secret in the command, the URL or the configuration.
    SecretInLaunch,
    /// A URL without encryption.
    PlainHttp,
    /// Regular expressions on the command or the URL.
    LaunchMatches(launch_matches::LaunchMatches),
    /// Regular expressions on the settings of the client.
    SettingMatches(setting_matches::SettingMatches),
    /// A weakness in how to sign in.
    Authorization(authorization::AuthorizationWeakness),
    /// A server that claims to be read-only and has tools that are not.
    ReadOnlyServerWrites(read_only_server_writes::ReadOnlyServerWrites),
    /// The only tool that changes something, with signals that no other tool has.
    LoneWritingTool(lone_writing_tool::LoneWritingTool),
}

/// Detectors across servers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServersDetector {
    /// A tool name that another server also has.
    NameOfAnotherServer,
    /// A text that influences how another server's tool is used.
    ShadowsAnotherTool(shadows_another_tool::ShadowsAnotherTool),
}

impl Detect {
    /// The file and the line in the source of a package that the finding is about, for a tool or else for its server.
    pub(crate) fn place_in_source<'s>(&self, server: &'s Server, tool: Option<&'s Tool>) -> Option<(&'s str, usize)> {
        let place = match (self, tool) {
            (Self::Tool(ToolDetector::CodeDoes(detector)), Some(tool)) => {
                return detector.effect(tool).map(|effect| (effect.file.as_str(), effect.line));
            }
            (_, Some(tool)) => tool.defined_at.as_ref(),
            (Self::Server(ServerDetector::PackageWarning(detector)), None) => server.noted_at.get(detector.id()),
            (_, None) => None,
        };
        place.map(|place| (place.file.as_str(), place.line))
    }

    /// True if the detector needs all tools of a server, or all servers.
    pub(crate) fn needs_all_tools(&self) -> bool {
        match self {
            Self::Tool(_) | Self::Text(_) | Self::Sentences(_) | Self::Item(_) => false,
            Self::Server(detector) => detector.needs_all_tools(),
            Self::Servers(_) => true,
        }
    }

    /// True if the detector looks at how a server is started or reached.
    pub(crate) fn can_match_entry(&self) -> bool {
        match self {
            Self::Tool(_) | Self::Text(_) | Self::Sentences(_) | Self::Item(_) | Self::Servers(_) => false,
            Self::Server(detector) => !detector.needs_all_tools(),
        }
    }

    /// What the detector looks for, for `rules show`.
    pub(crate) fn about(&self) -> &'static str {
        match self {
            Self::Tool(detector) => detector.about(),
            Self::Text(detector) => detector.about(),
            Self::Sentences(sentences) => sentences.about(),
            Self::Item(detector) => detector.about(),
            Self::Server(detector) => detector.about(),
            Self::Servers(detector) => detector.about(),
        }
    }
}

impl ToolDetector {
    /// The problem of `tool`; `title` is the finding's.
    pub(crate) fn find(&self, title: &str, tool: &Tool, verdict: &Assessment) -> Option<String> {
        match self {
            Self::HomoglyphName => homoglyph_name::find(&tool.name),
            Self::ContradictedHint(detector) => detector.find(tool, verdict),
            Self::DestructiveWithoutHint => destructive_without_hint::find(tool),
            Self::Signal(detector) => detector.find(title, verdict),
            Self::BroadDispatch(detector) => detector.find(tool, verdict),
            Self::UntypedParameter => untyped_parameter::find(tool),
            Self::MirroredParameter(detector) => detector.find(tool, verdict),
            Self::HiddenFromModel => hidden_from_model::find(tool),
            Self::CodeDoes(detector) => detector.find(tool, verdict),
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
            Self::MirroredParameter(_) => mirrored_parameter::ABOUT,
            Self::HiddenFromModel => hidden_from_model::ABOUT,
            Self::CodeDoes(_) => code_does::ABOUT,
        }
    }
}

impl TextDetector {
    /// The problem in the first of `texts` that has one. `possible` says which expressions can match in them.
    pub(crate) fn find(&self, texts: &[ModelText<'_>], possible: &Possible) -> Option<String> {
        match self {
            Self::HiddenText => texts.iter().find_map(hidden_text::find),
            Self::InvisibleCharacters => texts.iter().find_map(invisible_characters::find),
            Self::Says(detector) => texts.iter().find_map(|text| detector.find(text)),
            Self::Matches(detector) => detector.find(texts, possible),
        }
    }

    /// Like `find`, for code: only what no program needs. A path or a tag has its use there.
    pub(crate) fn find_in_code(&self, scripts: &[ModelText<'_>]) -> Option<String> {
        match self {
            Self::HiddenText => scripts.iter().find_map(hidden_text::find),
            Self::Says(detector) => scripts.iter().find_map(|text| detector.find(text)),
            Self::InvisibleCharacters | Self::Matches(_) => None,
        }
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

impl ItemDetector {
    /// The problem of `item`.
    pub(crate) fn find(&self, item: &Item) -> Option<String> {
        match self {
            Self::Matches(detector) => detector.find(item),
        }
    }

    /// True if the field that it looks at has a problem with this value.
    pub(crate) fn matches(&self, value: &str) -> bool {
        match self {
            Self::Matches(detector) => detector.matches(value),
        }
    }

    fn about(&self) -> &'static str {
        match self {
            Self::Matches(_) => item_matches::ABOUT,
        }
    }
}

impl ServerDetector {
    /// The problem of the server.
    pub(crate) fn find(&self, view: ServerView<'_>) -> Option<OnServer> {
        let on_server = |text| Some(OnServer { tool: None, text });
        match self {
            // A package that was only read spoke no protocol: its notes are about its source.
            Self::ProtocolDeviation if view.server.transport == Transport::Package => None,
            Self::ProtocolDeviation => on_server(protocol_deviation::find(view.deviations)?),
            Self::PackageWarning(detector) => on_server(detector.find(view.deviations)?),
            // The user typed this package: a hint after the scan replaces the finding.
            Self::UnpinnedPackage if view.server.is_typed() => None,
            Self::UnpinnedPackage => on_server(unpinned_package::find(view.server.package.as_ref()?)?),
            Self::NameNearKnown(detector) => on_server(detector.find(view.server.package.as_ref()?, view.known)?),
            Self::LiveDiffers(detector) => on_server(detector.find(view.server.compared.as_ref()?, view.deviations)?),
            Self::Publication(detector) => on_server(detector.find(view.server.publication.as_ref()?)?),
            Self::SecretInLaunch => on_server(secret_in_launch::find(view.server)?),
            Self::PlainHttp => on_server(plain_http::find(&view.server.target)?),
            Self::LaunchMatches(detector) => on_server(detector.find(view.server)?),
            Self::SettingMatches(detector) => on_server(detector.find(view.server.configured.as_ref()?)?),
            Self::Authorization(weakness) => on_server(weakness.find(view.server)?),
            Self::ReadOnlyServerWrites(detector) => on_server(detector.find(view)?),
            Self::LoneWritingTool(detector) => detector.find(view.tools),
        }
    }

    fn needs_all_tools(&self) -> bool {
        match self {
            Self::ProtocolDeviation
            | Self::PackageWarning(_)
            | Self::ReadOnlyServerWrites(_)
            | Self::LoneWritingTool(_) => true,
            Self::UnpinnedPackage
            | Self::NameNearKnown(_)
            | Self::LiveDiffers(_)
            | Self::Publication(_)
            | Self::SecretInLaunch
            | Self::PlainHttp
            | Self::LaunchMatches(_)
            | Self::SettingMatches(_)
            | Self::Authorization(_) => false,
        }
    }

    fn about(&self) -> &'static str {
        match self {
            Self::ProtocolDeviation => protocol_deviation::ABOUT,
            Self::PackageWarning(_) => package_warning::ABOUT,
            Self::UnpinnedPackage => unpinned_package::ABOUT,
            Self::NameNearKnown(_) => name_near_known::ABOUT,
            Self::LiveDiffers(_) => live_differs::ABOUT,
            Self::Publication(_) => publication::ABOUT,
            Self::SecretInLaunch => secret_in_launch::ABOUT,
            Self::PlainHttp => plain_http::ABOUT,
            Self::LaunchMatches(_) => launch_matches::ABOUT,
            Self::SettingMatches(_) => setting_matches::ABOUT,
            Self::Authorization(_) => authorization::ABOUT,
            Self::ReadOnlyServerWrites(_) => read_only_server_writes::ABOUT,
            Self::LoneWritingTool(_) => lone_writing_tool::ABOUT,
        }
    }
}

impl ServersDetector {
    /// Problems of tools of `servers` that exist only because of other servers. Servers with the same name count as one
    /// server that is listed twice.
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
