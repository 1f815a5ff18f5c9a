//! The versions of the protocol.

use std::str::FromStr;

use rmcp::model::ProtocolVersion;

/// Which protocol version to speak.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Protocol {
    /// The newest that the server speaks.
    #[default]
    Auto,
    /// One version, for example `2025-11-25`.
    Version(String),
}

impl Protocol {
    /// The version to ask for; `None` asks for the newest.
    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::Auto => None,
            Self::Version(version) => Some(version),
        }
    }

    /// The newest version with a handshake, where a version is not named: older transports know no other.
    pub(super) fn with_handshake(&self) -> Self {
        match self {
            Self::Auto => Self::Version(newest_with_handshake().to_owned()),
            Self::Version(_) => self.clone(),
        }
    }
}

/// A protocol version that is not known.
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

/// The protocol versions that can be asked for, oldest first.
pub(crate) fn known_versions() -> Vec<&'static str> {
    ProtocolVersion::KNOWN_VERSIONS.iter().map(ProtocolVersion::as_str).collect()
}

/// The newest version that begins with a handshake.
pub(crate) fn newest_with_handshake() -> &'static str {
    ProtocolVersion::LATEST_WITH_INITIALIZE.as_str()
}

/// The newest version, which has no handshake.
pub(crate) fn newest() -> &'static str {
    ProtocolVersion::LATEST.as_str()
}
