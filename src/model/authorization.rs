//! What a server that answers with 401 publishes about how to sign in.

use serde::{Deserialize, Serialize};

/// How to sign in to a server, from its challenge and the metadata at its own origin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authorization {
    /// The address of the resource metadata in the challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<String>,
    /// True if resource metadata was found and read.
    pub metadata_read: bool,
    /// The resource that tokens are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The scopes that a client requests: those of the challenge, otherwise those of the resource metadata.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The authorization servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<AuthorizationServer>,
    /// The redirects of clients that the metadata names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// What is named and was not read, each with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_read: Vec<String>,
}

/// An authorization server that the resource metadata names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizationServer {
    pub issuer: String,
    /// Its metadata. `None` if it was not read, because it is on another host and the user was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<IssuerMetadata>,
}

/// The metadata of an authorization server (RFC 8414 or OpenID discovery).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IssuerMetadata {
    pub issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// The endpoint for dynamic registration of clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// The PKCE methods: `S256`, `plain`.
    pub code_challenge_methods_supported: Vec<String>,
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// True if the address of a client's metadata can be its id.
    pub client_id_metadata_document_supported: bool,
    /// True if each redirect carries `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
    /// The redirects of a registered client, if it publishes one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
}

impl IssuerMetadata {
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &str> {
        [
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.registration_endpoint,
            &self.device_authorization_endpoint,
        ]
        .into_iter()
        .filter_map(Option::as_deref)
    }

    /// True if it supports PKCE with SHA-256, which the protocol requires.
    pub(crate) fn supports_s256(&self) -> bool {
        self.code_challenge_methods_supported.iter().any(|method| method == "S256")
    }
}
