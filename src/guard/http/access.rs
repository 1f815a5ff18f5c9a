//! Who may reach the guard over HTTP: this machine, no website, and who has the token if there is one.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::text::os_error::in_words;
use crate::text::this_machine::is_local_host;

/// Shortest token, in bytes: shorter ones can be guessed.
const SHORTEST: usize = 16;
/// Longest file of a token, in bytes.
const LONGEST: u64 = 4_096;

/// Who may reach the guard.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// What every request must carry. `None` if any program of this machine may reach the guard.
    pub(crate) token: Option<Token>,
    /// Whether requests may name any host, because no website reaches the guard.
    pub(crate) any_host: bool,
}

/// A secret that a client must send. Only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token([u8; 32]);

/// Why a file is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the token in {} cannot be read: {}", path.display(), in_words(cause))]
    Read { path: PathBuf, cause: io::Error },
    #[error("the token in {} is shorter than {SHORTEST} characters, or more than one word", .0.display())]
    Text(PathBuf),
    #[error("the token in {} is open to other users", .0.display())]
    Shared(PathBuf),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::guard) enum AccessError {
    /// The host is not this machine: a website whose name leads here (DNS rebinding).
    Host,
    /// A page of another origin made the request.
    Origin,
    /// The token is missing or wrong.
    Token,
}

impl Token {
    /// Reads the token in the file `path`, which must be its owner's alone.
    pub(crate) fn read(path: &Path) -> Result<Self, TokenError> {
        let failed = |cause| TokenError::Read { path: path.to_owned(), cause };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if is_open_to_others(&metadata) {
            return Err(TokenError::Shared(path.to_owned()));
        }
        if metadata.len() > LONGEST {
            return Err(TokenError::Text(path.to_owned()));
        }
        let text = io::read_to_string(file).map_err(failed)?;
        Self::new(text.trim()).ok_or_else(|| TokenError::Text(path.to_owned()))
    }

    fn new(text: &str) -> Option<Self> {
        let is_usable = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_usable.then(|| Self(Sha256::digest(text).into()))
    }

    /// Compares in a time that does not depend on the texts.
    fn is(&self, text: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(text).into();
        self.0.ct_eq(&given).into()
    }
}

impl Access {
    /// Checks the headers of a request.
    pub(in crate::guard) fn check(&self, headers: &HeaderMap) -> Result<(), AccessError> {
        let single = |name| {
            let mut values = headers.get_all(name).iter();
            (values.next().map(|value| value.to_str().unwrap_or_default()), values.next().is_some())
        };
        match single(HOST) {
            _ if self.any_host => {}
            (Some(host), false) if is_local_host(host) => {}
            _ => return Err(AccessError::Host),
        }
        match single(ORIGIN) {
            (None, _) => {}
            (Some(origin), false) if is_local_origin(origin) => {}
            (Some(_), _) => return Err(AccessError::Origin),
        }
        let Some(token) = &self.token else { return Ok(()) };
        match single(AUTHORIZATION) {
            (Some(value), false) if bearer(value).is_some_and(|given| token.is(given)) => Ok(()),
            _ => Err(AccessError::Token),
        }
    }
}

/// True if the group or others may use a file.
#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

/// Where files have no mode, the folder decides who may read them.
#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_local_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(is_local_host)
}

impl IntoResponse for AccessError {
    fn into_response(self) -> Response {
        let text = match self {
            Self::Host => "this is served for this machine alone\n",
            Self::Origin => "websites may not use this\n",
            Self::Token => "a bearer token is required\n",
        };
        match self {
            Self::Host => (StatusCode::MISDIRECTED_REQUEST, text).into_response(),
            Self::Origin => (StatusCode::FORBIDDEN, text).into_response(),
            Self::Token => (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], text).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(access: &Access, headers: &[(&'static str, &str)]) -> Result<(), AccessError> {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| assert!(!map.append(*name, value.parse().unwrap()) || *name == "host"));
        access.check(&map)
    }

    #[test]
    fn websites_and_other_names_are_refused() {
        let open = Access::default();
        let host = ("host", "127.0.0.1:7000");
        assert_eq!(checked(&open, &[host]), Ok(()));
        assert_eq!(checked(&open, &[("host", "[::1]:7000"), ("origin", "http://localhost:6274")]), Ok(()));
        for other in ["evil.example", "localhost.evil.example:7000", "10.0.0.1", "", "127.0.0.1.evil.example"] {
            assert_eq!(checked(&open, &[("host", other)]), Err(AccessError::Host), "{other}");
        }
        assert_eq!(checked(&open, &[]), Err(AccessError::Host));
        assert_eq!(checked(&open, &[host, host]), Err(AccessError::Host));
        for other in [
            "https://evil.example",
            "null",
            "file://",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
        ] {
            assert_eq!(checked(&open, &[host, ("origin", other)]), Err(AccessError::Origin), "{other}");
        }
    }

    #[test]
    fn a_token_is_required_once_it_is_set() {
        let access = Access { token: Token::new("0123456789abcdef"), any_host: false };
        let with = |value: &str| checked(&access, &[("host", "localhost"), ("authorization", value)]);
        assert_eq!(with("Bearer 0123456789abcdef"), Ok(()));
        assert_eq!(with("bearer 0123456789abcdef"), Ok(()));
        for wrong in [
            "Bearer 0123456789abcdeg",
            "Bearer ",
            "Basic 0123456789abcdef",
            "0123456789abcdef",
            "Bearer 0123456789abcdef0",
        ] {
            assert_eq!(with(wrong), Err(AccessError::Token), "{wrong}");
        }
        assert_eq!(checked(&access, &[("host", "localhost")]), Err(AccessError::Token));
        assert_eq!((Token::new("short"), Token::new("two words that are long")), (None, None));
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_others_can_read_is_refused() {
        use std::fs::{Permissions, set_permissions, write};
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "0123456789abcdef\n").unwrap();
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Token::read(&path).ok(), Token::new("0123456789abcdef"));
        set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Token::read(&path), Err(TokenError::Shared(_))));
    }
}
