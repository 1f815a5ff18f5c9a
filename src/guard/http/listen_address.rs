//! Where clients reach the guard over HTTP: a port of this machine, or a socket in a folder.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// How the path of a socket is marked.
const SOCKET: &str = "unix:";

/// Where clients reach the guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    Port(SocketAddr),
    Socket(PathBuf),
}

/// Why a text is no address that only this machine reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("give an address with a port, such as 127.0.0.1:7000, or the path of a socket: unix:PATH")]
    Shape,
    #[error("it can be reached from other machines; give 127.0.0.1:PORT or unix:PATH")]
    Reachable,
}

impl FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text.strip_prefix(SOCKET) {
            Some("") => Err(AddressError::Shape),
            Some(path) => Ok(Self::Socket(path.into())),
            None => match text.parse::<SocketAddr>() {
                Ok(address) if address.ip().is_loopback() => Ok(Self::Port(address)),
                Ok(_) => Err(AddressError::Reachable),
                Err(_) => Err(AddressError::Shape),
            },
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(address) => address.fmt(f),
            Self::Socket(path) => write!(f, "{SOCKET}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_reaches_an_address() {
        let parsed = |text: &str| text.parse::<ListenAddress>().map(|address| address.to_string());
        for text in ["127.0.0.1:7000", "[::1]:0", "unix:/run/guard.sock", "unix:guard.sock"] {
            assert_eq!(parsed(text), Ok(text.to_owned()));
        }
        assert_eq!(parsed("0.0.0.0:7000"), Err(AddressError::Reachable));
        for text in ["", "7000", "unix:", "localhost:7000", "/run/guard.sock"] {
            assert_eq!(parsed(text), Err(AddressError::Shape), "{text}");
        }
    }
}
