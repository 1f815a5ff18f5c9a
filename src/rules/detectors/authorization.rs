//! Finds weaknesses in what a server publishes about signing in.

use serde::{Deserialize, Serialize};
use url::{Origin, Url};

use super::patterns::Patterns;
use crate::model::{Authorization, AuthorizationServer, Server};
use crate::text::this_machine::is_local_url;
use crate::text::{clean, prose};

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a weakness in the metadata that a server publishes about signing in";

/// Most scopes named.
const MAX_SCOPES: usize = 5;
/// Longest quotation, in characters.
const MAX_QUOTE: usize = 100;

/// The weakness that a rule looks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationWeakness {
    /// An address without encryption.
    PlainHttp,
    /// An authorization server without PKCE by SHA-256.
    NoS256,
    /// Metadata at another origin, for another one, or of another issuer.
    OtherOrigin,
    /// Resource metadata without `resource`.
    NoResource,
    /// A redirect to an address that is not known in advance.
    WildcardRedirect,
    /// A scope that gives too much.
    Scope(ScopePatterns),
}

/// Regular expressions of scopes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopePatterns(Patterns);

impl AuthorizationWeakness {
    pub(crate) fn find(&self, server: &Server) -> Option<String> {
        let authorization = server.authorization.as_ref()?;
        match self {
            Self::PlainHttp => plain_http(authorization),
            Self::NoS256 => without_s256(&authorization.servers),
            Self::OtherOrigin => other_origin(&server.target, authorization),
            Self::NoResource => {
                let is_missing = authorization.metadata_read && authorization.resource.is_none();
                is_missing.then(|| "The resource metadata does not name its `resource`.".into())
            }
            Self::Scope(ScopePatterns(patterns)) => {
                let none = Patterns::default();
                let broad = authorization.scopes.iter().filter(|scope| patterns.match_unless(scope, &none));
                let broad: Vec<String> = broad.take(MAX_SCOPES).map(|scope| format!("`{}`", quoted(scope))).collect();
                let scopes = if broad.len() == 1 { "scope" } else { "scopes" };
                (!broad.is_empty()).then(|| format!("Signing in requests the {scopes} {}.", prose::list(&broad)))
            }
            Self::WildcardRedirect => {
                let redirect = authorization.redirect_uris.iter().find(|redirect| redirect.contains('*'))?;
                Some(format!("Its metadata names {} as a redirect.", quoted(redirect)))
            }
        }
    }
}

fn plain_http(authorization: &Authorization) -> Option<String> {
    let of_server = |server: &'_ AuthorizationServer| {
        let endpoints = server.metadata.iter().flat_map(|metadata| metadata.endpoints().map(str::to_owned));
        std::iter::once(server.issuer.clone()).chain(endpoints).collect::<Vec<_>>()
    };
    let named = authorization.metadata_url.iter().cloned();
    let found = named.chain(authorization.servers.iter().flat_map(of_server)).find(|address| is_plain(address))?;
    Some(format!("Signing in uses {} without encryption.", quoted(&found)))
}

/// True for an http address of another machine.
fn is_plain(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| match url.scheme() {
        "https" => false,
        "http" => url.has_host() && !is_local_url(&url),
        // A browser would run it, or open a file of this machine.
        _ => true,
    })
}

fn without_s256(servers: &[AuthorizationServer]) -> Option<String> {
    let weak = |server: &&AuthorizationServer| server.metadata.as_ref().is_some_and(|found| !found.supports_s256());
    let server = servers.iter().find(weak)?;
    Some(format!("The authorization server {} does not offer PKCE with S256.", quoted(&server.issuer)))
}

fn other_origin(target: &str, authorization: &Authorization) -> Option<String> {
    let own = origin(target)?;
    let is_other = |address: &&String| origin(address) != Some(own.clone());
    if let Some(address) = authorization.metadata_url.as_ref().filter(is_other) {
        return Some(format!("The server names resource metadata of another origin, {}.", quoted(address)));
    }
    if let Some(resource) = authorization.resource.as_ref().filter(is_other) {
        return Some(format!("The resource metadata is for another origin, {}.", quoted(resource)));
    }
    let mismatched = authorization.servers.iter().find_map(|server| {
        let found = &server.metadata.as_ref()?.issuer;
        let is_same = found.trim_end_matches('/') == server.issuer.trim_end_matches('/');
        (!is_same).then_some((&server.issuer, found))
    });
    let (named, found) = mismatched?;
    Some(format!("The metadata of {} names another issuer, {}.", quoted(named), quoted(found)))
}

fn origin(address: &str) -> Option<Origin> {
    Url::parse(address).ok().map(|url| url.origin())
}

fn quoted(text: &str) -> String {
    clean::excerpt(text, MAX_QUOTE)
}
