//! Why signing in to a server failed.

use std::io;

use thiserror::Error;

use crate::model::{Failure, FailureCause};

pub(crate) type LoginError = Failure<LoginCause>;

/// Why signing in, signing out or using a sign-in failed.
#[derive(Debug, Error)]
pub(crate) enum LoginCause {
    /// The address cannot be signed in to.
    #[error("credentials would cross the network without encryption")]
    PlainHttp,
    /// There is no connection to the server or to its authorization server.
    #[error("no connection to {host}: {why}")]
    NoConnection { host: String, why: String },
    /// The server needs no sign-in.
    #[error("the server did not ask for authorization, and it publishes no way to sign in")]
    NotNeeded,
    /// The metadata is for another resource.
    #[error("its metadata is for {0}, which is not this server")]
    OtherResource(String),
    /// The resource metadata names no usable authorization server.
    #[error("its metadata names no authorization server that is reached over https")]
    NoIssuer,
    /// The user did not agree to another host.
    #[error("its authorization server uses {0}, and nobody agreed to that host")]
    HostNotAllowed(String),
    /// The authorization server publishes no metadata.
    #[error("{0} publishes no metadata of an authorization server")]
    NoMetadata(String),
    /// The metadata names another issuer.
    #[error("the metadata at {expected} names another issuer, {found}")]
    OtherIssuer {
        /// The issuer that the resource metadata names.
        expected: String,
        /// The issuer in its metadata.
        found: String,
    },
    /// The authorization server has no such endpoint, or it is unprotected.
    #[error("{issuer} has no {what} that is reached over https")]
    NoEndpoint {
        issuer: String,
        /// For example "token endpoint".
        what: &'static str,
    },
    /// The authorization server lacks PKCE.
    #[error("{0} does not offer PKCE with S256, so a stolen code could be used")]
    NoPkce(String),
    /// The client has no id, and cannot get one.
    #[error("{0} registers no clients by itself")]
    NoRegistration(String),
    /// The registration failed, or differs from what was requested.
    #[error("the registration at {issuer} failed: {why}")]
    Registration { issuer: String, why: String },
    /// The variable with the secret of the client is not set.
    #[error("the variable {0} is not set")]
    NoVariable(String),
    /// The user did not sign in in time.
    #[error("nobody signed in within {0} minutes")]
    TimedOut(u64),
    /// The answer comes from another issuer.
    #[error("the answer comes from {0}, which is not the authorization server")]
    IssuerMismatch(String),
    /// The authorization server or the user refused.
    #[error("the authorization server refused: {0}")]
    Refused(String),
    /// The token endpoint gave no token.
    #[error("the authorization server gave no token: {0}")]
    NoToken(String),
    /// The file of sign-ins cannot be used.
    #[error("the file of sign-ins cannot be used: {0}")]
    File(#[from] io::Error),
    /// The file of sign-ins can be read by others.
    #[error("the file of sign-ins {0} can be read by other users")]
    OpenFile(String),
    /// The system defines no folder for data.
    #[error("this system has no folder for the data of programs")]
    NoFolder,
    /// There is no sign-in.
    #[error("there is no sign-in for this address")]
    NoSignIn,
}

impl FailureCause for LoginCause {
    fn attempt(&self) -> String {
        match self {
            Self::NoSignIn => "could not sign out",
            Self::File(_) | Self::OpenFile(_) | Self::NoFolder => "could not use the sign-ins",
            Self::PlainHttp
            | Self::NoConnection { .. }
            | Self::NotNeeded
            | Self::OtherResource(_)
            | Self::NoIssuer
            | Self::HostNotAllowed(_)
            | Self::NoMetadata(_)
            | Self::OtherIssuer { .. }
            | Self::NoEndpoint { .. }
            | Self::NoPkce(_)
            | Self::NoRegistration(_)
            | Self::Registration { .. }
            | Self::NoVariable(_)
            | Self::TimedOut(_)
            | Self::IssuerMismatch(_)
            | Self::Refused(_)
            | Self::NoToken(_) => "could not sign in",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::PlainHttp => "use the https address of the server",
            Self::NotNeeded => "scan it without signing in, or pass a credential with --header",
            Self::HostNotAllowed(host) => return Some(format!("allow it if you trust it: --allow-host {host}")),
            Self::NoRegistration(_) => {
                "register a client there with the redirect address http://127.0.0.1/callback, and give its id: --client-id ID"
            }
            Self::Registration { .. } => "register a client there by hand, and give its id: --client-id ID",
            Self::NoVariable(_) => "set it to the secret of the client",
            Self::TimedOut(_) => "try again; --no-browser prints the address, for another browser or machine",
            Self::OpenFile(file) => return Some(format!("keep it to yourself: chmod 600 {file}")),
            Self::NoFolder => "set XDG_DATA_HOME to a folder",
            Self::NoConnection { .. } => "check the address, and that the server is running",
            Self::NoSignIn
            | Self::OtherResource(_)
            | Self::NoIssuer
            | Self::NoMetadata(_)
            | Self::OtherIssuer { .. }
            | Self::NoEndpoint { .. }
            | Self::NoPkce(_)
            | Self::IssuerMismatch(_)
            | Self::Refused(_)
            | Self::NoToken(_)
            | Self::File(_) => return None,
        };
        Some(hint.into())
    }
}
