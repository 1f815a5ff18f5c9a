//! The versions of the MCP protocol.

use std::str::FromStr;

use rmcp::model::ProtocolVersion;

/// Which protocol version to speak.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Protocol {
    /// The newest version that the server supports.
    #[default]
    Auto,
    /// One version, for example `2025-11-25`.
    Version(String),
    /// The version to try first, because the server spoke its like before. If that fails, the newest as with `Auto`.
    Recorded(String),
}

impl Protocol {
    /// The version to request, or `None` for the newest.
    pub(crate) fn version(&self) -> Option<&str> {
        match self {
            Self::Auto => None,
            Self::Version(version) | Self::Recorded(version) => Some(version),
        }
    }

    /// What to try first with a server that spoke `version` at an earlier scan: the handshake in its newest version, or
    /// the newest protocol, which has none.
    pub(crate) fn recorded(version: &str) -> Self {
        match ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| known.as_str() == version) {
            Some(known) if known.has_initialize() => Self::Recorded(newest_with_handshake().to_owned()),
            Some(_) => Self::Recorded(newest().to_owned()),
            None => Self::Auto,
        }
    }

    /// Tries a handshake first, as most clients do, unless a version is named.
    pub(crate) fn handshake_first(&self) -> Self {
        match self {
            Self::Auto | Self::Recorded(_) => Self::Recorded(newest_with_handshake().to_owned()),
            Self::Version(_) => self.clone(),
        }
    }

    /// Replaces `Auto` by the newest version with a handshake, for older transports that support no other.
    pub(super) fn with_handshake(&self) -> Self {
        match self {
            Self::Auto | Self::Recorded(_) => Self::Version(newest_with_handshake().to_owned()),
            Self::Version(_) => self.clone(),
        }
    }
}

/// An unknown protocol version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("known are auto, {}", known_versions().join(", "))]
pub struct UnknownVersion;

impl FromStr for Protocol {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let versions = known_versions();
        match text {
            "auto" => Ok(Self::Auto),
            version if versions.contains(&version) => Ok(Self::Version(version.to_owned())),
            _ => Err(UnknownVersion),
        }
    }
}

/// The supported protocol versions, oldest first.
pub(crate) fn known_versions() -> Vec<&'static str> {
    ProtocolVersion::KNOWN_VERSIONS.iter().map(ProtocolVersion::as_str).collect()
}

/// The versions with an `initialize` handshake, oldest first.
pub(crate) fn with_handshake() -> Vec<&'static str> {
    let versions = ProtocolVersion::KNOWN_VERSIONS.iter().filter(|version| version.has_initialize());
    versions.map(ProtocolVersion::as_str).collect()
}

/// The newest version with an `initialize` handshake.
pub(crate) fn newest_with_handshake() -> &'static str {
    ProtocolVersion::LATEST_WITH_INITIALIZE.as_str()
}

/// The newest version. It has no handshake.
pub(crate) fn newest() -> &'static str {
    ProtocolVersion::LATEST.as_str()
}
