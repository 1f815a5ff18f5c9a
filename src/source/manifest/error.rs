//! Why a manifest or an MCPB archive cannot be used.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use crate::model::FailureCause;
use crate::source::client::EntryCause;
use crate::text::prose;

/// Why a manifest could not be used.
#[derive(Debug, Clone, Error)]
pub enum ManifestCause {
    /// An MCPB archive that is damaged or dangerous.
    #[error(transparent)]
    Archive(#[from] ArchiveCause),
    /// The manifest in an archive is not JSON.
    #[error("its manifest.json is not JSON: {0}")]
    Syntax(Arc<serde_json::Error>),
    /// An archive that declares no tools. Only its running server could list them.
    #[error("its manifest declares no tools, and nothing of an archive is unpacked and started")]
    NoTools,
    /// The `manifest.json` is another kind of document.
    #[error("its manifest.json does not describe a server")]
    NotAManifest,
    /// The command in an MCPB manifest is unusable.
    #[error("{0}")]
    Entry(EntryCause),
    /// An MCPB manifest without a command.
    #[error("it does not say how its server is started")]
    NoCommand,
    /// A package without a name.
    #[error("the package has no identifier")]
    NoIdentifier,
    /// A package name that a package manager would interpret as something else.
    #[error("the package's identifier is not a valid package name")]
    Identifier,
    /// Only packages of unsupported registries, and no URL.
    #[error("it names no package or address that is known here")]
    NothingKnown {
        /// The supported registries.
        registries: Vec<String>,
    },
}

impl FailureCause for ManifestCause {
    fn attempt(&self) -> String {
        match self {
            Self::Archive(_) | Self::Syntax(_) | Self::NoTools | Self::NotAManifest => "could not read the archive",
            Self::Entry(_) | Self::NoCommand | Self::NoIdentifier | Self::Identifier | Self::NothingKnown { .. } => {
                "could not make a server of the manifest"
            }
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Archive(_) => "an MCPB archive is a zip file with a manifest.json",
            Self::Syntax(_) => "ask its author for a whole archive",
            Self::NoTools => "unpack it and scan the manifest.json in it, which asks before it starts the server",
            Self::NotAManifest => "it needs manifest_version and server",
            Self::Entry(_) => "see `server.mcp_config` in the manifest",
            Self::NoCommand => "it needs server.mcp_config",
            Self::NoIdentifier | Self::Identifier => "see the package in server.json",
            Self::NothingKnown { registries } => {
                let registries = prose::list(registries);
                return Some(format!("packages of {registries} over standard streams are run, and remotes reached"));
            }
        };
        Some(hint.into())
    }
}

/// Why an MCPB archive is refused.
#[derive(Debug, Clone, Error)]
pub enum ArchiveCause {
    /// A second manifest, under a name that some systems treat as the same.
    #[error("it holds {0}, which some systems take for manifest.json")]
    OtherManifest(String),
    /// A file whose two headers differ, so that different readers unpack different files.
    #[error("the two headers of {0} do not agree")]
    Headers(String),
    /// An error of the operating system.
    #[error(transparent)]
    Io(Arc<io::Error>),
    /// Not a zip file.
    #[error("it is not a zip file: {0}")]
    NotZip(String),
    /// The zip file is damaged.
    #[error("{0}")]
    Damaged(String),
    #[error("it holds more than {max} files")]
    TooManyFiles { max: usize },
    /// Two files with the same name. Different readers keep different ones.
    #[error("it holds several files of the same name")]
    RepeatedName,
    /// Bytes outside the file list, which may be hidden files.
    #[error("it holds bytes that its list of files does not name")]
    HiddenFile,
    /// Files that share bytes.
    #[error("its files overlap")]
    Overlap,
    #[error("{0} is a link")]
    Link(String),
    /// A path that leads out of the target folder.
    #[error("{0} would lead out of its folder")]
    Path(String),
    /// A zip bomb.
    #[error("it would unpack to {unpacked_mib} MiB, from {packed_kib} KiB")]
    Bomb {
        /// The unpacked size, in MiB.
        unpacked_mib: u128,
        /// The packed size, in KiB.
        packed_kib: u64,
    },
    #[error("it holds no manifest.json")]
    NoManifest,
    /// A manifest that cannot be unpacked.
    #[error("manifest.json: {0}")]
    Manifest(Arc<io::Error>),
    /// A manifest over the size limit.
    #[error("its manifest.json is larger than {mib} MiB")]
    ManifestTooLarge {
        /// The limit, in MiB.
        mib: u64,
    },
}

impl From<io::Error> for ArchiveCause {
    fn from(cause: io::Error) -> Self {
        Self::Io(Arc::new(cause))
    }
}
