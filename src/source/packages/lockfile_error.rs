//! Why a lock file pins nothing of a package.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use crate::text::{clean, prose};

/// Why a lock file pins nothing of a package.
#[derive(Debug, Clone, Error)]
pub enum LockfileCause {
    /// The file could not be read.
    #[error("{}", clean::excerpt(&.0.to_string(), 300))]
    Io(Arc<io::Error>),
    /// It is of no known kind.
    #[error("it is no lock file that is known, and pins no package with ==")]
    NoLockFile,
    /// It is not what its kind says.
    #[error("it is damaged: {}", clean::excerpt(&clean::one_line(.0), 300))]
    Damaged(String),
    /// A package-lock.json of npm before 7.
    #[error("it is a package-lock.json of version 1, which does not say where packages stand")]
    OldPackageLock,
    /// A yarn.lock of Yarn 2 and newer.
    #[error("the digests of Yarn 2 and newer are those of archives that Yarn makes itself")]
    YarnOfItsOwn,
    /// It pins packages of the other registry.
    #[error("it pins packages of {}", if *.is_npm { "npm, and this is one of PyPI" } else { "PyPI, and this is one of npm" })]
    OtherRegistry { is_npm: bool },
    /// It does not name the package.
    #[error("it does not name the package")]
    NotNamed,
    /// It pins other versions than the one that was named.
    #[error("it pins version {} of it", clean::excerpt(&prose::list(.versions), 200))]
    OtherVersion { versions: Vec<String> },
    /// It pins several versions.
    #[error("it pins several versions of it: {}", clean::excerpt(&prose::list(.versions), 200))]
    SeveralVersions { versions: Vec<String> },
    /// It states no digest.
    #[error("it states no digest of the package")]
    NoDigest,
    /// The bytes have another digest.
    #[error("the package does not have the digest that it states")]
    Mismatch,
}

impl LockfileCause {
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Io(_) | Self::Damaged(_) => None,
            Self::NoLockFile => Some(
                "give a package-lock.json, pnpm-lock.yaml, yarn.lock, uv.lock, poetry.lock, pylock.toml, or requirements \
                 with hashes",
            ),
            Self::OldPackageLock => Some("write it anew with npm 7 or newer: npm install --package-lock-only"),
            Self::YarnOfItsOwn => Some("give a package-lock.json: npm install --package-lock-only"),
            Self::OtherRegistry { .. } => Some("give the lock file of the project that starts this package"),
            Self::NotNamed => Some("add the package to the project and lock it again, or leave --lockfile out"),
            Self::OtherVersion { .. } => Some("name that version or none, or lock the project again"),
            Self::SeveralVersions { .. } => Some("name one of them"),
            Self::NoDigest => Some("lock it with digests, such as pip-compile --generate-hashes"),
            Self::Mismatch => {
                Some("do not install it: the registry gives another package than the one that was locked")
            }
        }
    }
}
