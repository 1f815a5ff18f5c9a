//! Reads what a server that answers with 401 publishes about how to sign in, at its own origin alone.

use url::Url;

use super::challenge::Challenge;
use super::metadata::{
    ResourceMetadata, document, first_document, issuer_metadata, issuer_metadata_urls, resource_metadata_urls,
};
use crate::model::{Authorization, AuthorizationServer};

/// Maximum number of authorization servers. Real resources name one.
const MAX_SERVERS: usize = 5;

/// What the server at `url` publishes. `None` if it publishes nothing. Only the origin of `url` is
/// reached.
pub(crate) async fn inspect(url: &Url, challenge: Option<&str>, http: &reqwest::Client) -> Option<Authorization> {
    let challenge = challenge.map(Challenge::parse).unwrap_or_default();
    let resource = resource_metadata(url, &challenge, http).await;
    let servers = match &resource {
        Some(resource) => authorization_servers(url, resource, http).await,
        // Before resource metadata, the server's own origin was the issuer.
        None => own_issuer(url, http).await.into_iter().collect(),
    };
    if challenge == Challenge::default() && resource.is_none() && servers.is_empty() {
        return None;
    }
    let resource = resource.map_or((false, ResourceMetadata::default()), |resource| (true, resource));
    Some(Authorization {
        metadata_url: challenge.metadata_url,
        metadata_read: resource.0,
        resource: resource.1.resource,
        scopes: if challenge.scopes.is_empty() { resource.1.scopes } else { challenge.scopes },
        servers,
    })
}

/// The resource metadata that the challenge names, or the one at a well-known address of the same origin.
pub(super) async fn resource_metadata(
    url: &Url,
    challenge: &Challenge,
    http: &reqwest::Client,
) -> Option<ResourceMetadata> {
    let named = challenge.metadata_url.as_deref().and_then(|named| Url::parse(named).ok());
    let named = named.filter(|named| named.origin() == url.origin());
    let found = match named {
        Some(named) => document(http, &named).await,
        None => None,
    };
    let found = match found {
        Some(found) => Some(found),
        None => first_document(http, &resource_metadata_urls(url)).await,
    };
    found.as_ref().map(ResourceMetadata::new)
}

async fn authorization_servers(
    url: &Url,
    resource: &ResourceMetadata,
    http: &reqwest::Client,
) -> Vec<AuthorizationServer> {
    let mut servers = Vec::new();
    for named in resource.authorization_servers.iter().take(MAX_SERVERS) {
        let issuer = Url::parse(named).ok().filter(|issuer| issuer.origin() == url.origin());
        let metadata = match issuer {
            Some(issuer) => first_document(http, &issuer_metadata_urls(&issuer)).await,
            None => None,
        };
        let metadata = metadata.as_ref().map(issuer_metadata);
        servers.push(AuthorizationServer { issuer: named.clone(), metadata });
    }
    servers
}

async fn own_issuer(url: &Url, http: &reqwest::Client) -> Option<AuthorizationServer> {
    let origin = url.join("/").ok()?;
    let metadata = issuer_metadata(&first_document(http, &issuer_metadata_urls(&origin)).await?);
    Some(AuthorizationServer { issuer: origin.as_str().trim_end_matches('/').to_owned(), metadata: Some(metadata) })
}
