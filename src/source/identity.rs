//! The name and version that we send to servers: as `clientInfo` in the handshake and as the User-Agent over HTTP.

use std::fmt;
use std::str::FromStr;

/// Maximum length of an identity, in characters.
const MAX_LENGTH: usize = 200;

/// A client's name and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub version: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

/// What we offer to a server in the handshake. Some servers list tools only to clients that offer what they use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Offers {
    /// Nothing: the scan itself, unless the server insists.
    #[default]
    Nothing,
    /// The folders of the user, as most clients.
    Roots,
    /// Folders, answers of a model, questions to the user, and the extensions of the protocol that servers insist on.
    Everything,
}

/// Why a text is not a valid identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The name or the version is empty.
    #[error("an identity is NAME or NAME/VERSION")]
    Syntax,
    /// It is too long, or not printable ASCII.
    #[error("an identity is NAME or NAME/VERSION, in up to {MAX_LENGTH} plain ASCII characters")]
    Characters,
}

impl FromStr for Identity {
    type Err = IdentityError;

    /// Parses `NAME` or `NAME/VERSION`.
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        if text.len() > MAX_LENGTH || !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
            return Err(IdentityError::Characters);
        }
        let (name, version) = text.rsplit_once('/').unwrap_or((text, "1.0.0"));
        match (name.trim(), version.trim()) {
            ("", _) | (_, "") => Err(IdentityError::Syntax),
            (name, version) => Ok(Self { name: name.into(), version: version.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_a_name_and_a_version() {
        let read = |text: &str| text.parse::<Identity>().map(|identity| identity.to_string());
        assert_eq!(read("claude-code/2.1.0"), Ok("claude-code/2.1.0".into()));
        assert_eq!(read("@scope/client/3"), Ok("@scope/client/3".into()));
        assert_eq!(read("Some Client"), Ok("Some Client/1.0.0".into()));
        for wrong in ["", "/1", "a/", "a\nb", "ä"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
