//! Why a package could not be read.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::lockfile_error::LockfileCause;
use crate::model::FailureCause;

/// Why a package could not be read.
#[derive(Debug, Clone, Error)]
pub enum PackageCause {
    /// The registry does not know the package.
    #[error("{registry} has no package of this name")]
    NoPackage { registry: String },
    /// The registry does not know the version.
    #[error("{registry} has no version {version} of it")]
    NoVersion { registry: String, version: String },
    /// The package has no file that can be read without building it.
    #[error("{registry} has neither a wheel nor a source archive of it")]
    NoFile { registry: String },
    /// A registry that is not npm's or PyPI's.
    #[error("packages are read from npm and PyPI registries only")]
    UnknownRegistry,
    /// The registry refuses access.
    #[error("{registry} refuses access (HTTP {status})")]
    Refused { registry: String, status: u16 },
    /// Another HTTP status.
    #[error("{registry} answered with HTTP {status}")]
    Status { registry: String, status: u16 },
    /// The request failed.
    #[error("{registry} could not be reached: {cause}")]
    Connection { registry: String, cause: String },
    /// The answer of the registry is not what its protocol says.
    #[error("the answer of {registry} is not the description of a package")]
    Answer { registry: String },
    /// An address that is not fetched.
    #[error("the registry names {0}, which is not an http(s) address")]
    Address(String),
    /// The download is over the limit.
    #[error("it is larger than {mib} MiB")]
    TooLarge { mib: u64 },
    /// The registry states no digest that is strong enough.
    #[error("the registry states no digest of it, so it cannot be checked")]
    NoIntegrity,
    /// The bytes do not have the digest that the registry states.
    #[error("its bytes do not have the digest that the registry states")]
    Integrity,
    /// A lock file pins nothing of the package, or something else.
    #[error("{file}: {cause}")]
    Lockfile { file: String, cause: LockfileCause },
    /// There is no folder where a cache would be.
    #[error("no cache of its package manager is known: there is no home folder")]
    NoCache,
    /// The caches do not have it. `others` are versions that they have.
    #[error("{what} is not in {place}")]
    NotCached { what: String, place: String, others: Vec<String> },
    /// What a cache has does not have its digest.
    #[error("{path} in the cache does not have the digest that is stated for it")]
    DamagedCache { path: String },
    /// The reading was ended.
    #[error("it could not be read to its end")]
    Interrupted,
    /// The file could not be read.
    #[error("{}", crate::text::clean::excerpt(&.0.to_string(), 300))]
    Io(Arc<io::Error>),
    /// The archive is damaged.
    #[error("the archive is damaged: {}", crate::text::clean::excerpt(.0, 200))]
    Damaged(String),
    /// The archive has too many files.
    #[error("the archive has more than {max} files")]
    TooManyFiles { max: usize },
    /// The archive unpacks to far more than its size.
    #[error("the archive unpacks to more than {mib} MiB, far more than its size")]
    Bomb { mib: u64 },
    /// The image starts nothing that can be read.
    #[error("its entry point leads to no source in JavaScript or Python")]
    NoServerInImage,
    /// The archive has no file that could be source.
    #[error("the archive has no source in it")]
    NoSource,
}

impl FailureCause for PackageCause {
    fn attempt(&self) -> String {
        match self {
            Self::Io(_)
            | Self::Damaged(_)
            | Self::TooManyFiles { .. }
            | Self::Bomb { .. }
            | Self::NoSource
            | Self::NoServerInImage
            | Self::TooLarge { .. } => "could not read the package",
            Self::NoPackage { .. }
            | Self::NoVersion { .. }
            | Self::NoFile { .. }
            | Self::UnknownRegistry
            | Self::Refused { .. }
            | Self::Status { .. }
            | Self::Connection { .. }
            | Self::Answer { .. }
            | Self::Address(_)
            | Self::NoIntegrity
            | Self::Integrity
            | Self::Lockfile { .. }
            | Self::NoCache
            | Self::NotCached { .. }
            | Self::DamagedCache { .. }
            | Self::Interrupted => "could not fetch the package",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoPackage { .. } => "check the spelling; a package is named npm:@scope/name or pypi:name",
            Self::NoVersion { .. } => "name another version, or none for the newest",
            Self::NoFile { .. } | Self::TooLarge { .. } | Self::NoSource => {
                "start it instead, in a sandbox: mcp-scan npx -y NAME, or mcp-scan uvx NAME"
            }
            Self::NoServerInImage => "start it instead, in a container: mcp-scan docker run -i --rm IMAGE",
            Self::UnknownRegistry => "a package is named npm:@scope/name@version or pypi:name==version",
            Self::Refused { .. } => "give its credential in your .npmrc, or in the index-url of your pip.conf",
            Self::Connection { .. } | Self::Status { .. } => {
                "check the network, the proxy, and the registry in .npmrc or pip.conf"
            }
            Self::Integrity => "do not install it: what the registry gives is not what it states",
            Self::NoIntegrity => "download it yourself, and scan the file",
            Self::Answer { .. } | Self::Address(_) => "check the registry in .npmrc or pip.conf",
            Self::Lockfile { cause, .. } => cause.hint()?,
            Self::NotCached { others, .. } if !others.is_empty() => {
                return Some(format!("name a version that it has: {}; or leave --offline out", others.join(", ")));
            }
            Self::NoCache | Self::NotCached { .. } => "leave --offline out, or fetch it once with npm, pip or uv",
            Self::DamagedCache { .. } => {
                "clean the cache (npm cache verify, pip cache purge, uv cache clean), and fetch it again"
            }
            Self::Interrupted | Self::Io(_) | Self::Damaged(_) | Self::TooManyFiles { .. } | Self::Bomb { .. } => {
                return None;
            }
        };
        Some(hint.into())
    }
}
