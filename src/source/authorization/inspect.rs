//! Reads what a server that answers with 401 publishes about how to sign in, at its own origin alone.

use url::Url;

use super::challenge::Challenge;
use super::metadata::{
    NoDocument, ResourceMetadata, document, first_document, issuer_metadata, issuer_metadata_urls,
    resource_metadata_urls,
};
use crate::model::{Authorization, AuthorizationServer};
use crate::text::clean;

/// Maximum number of authorization servers. Real resources name one.
const MAX_SERVERS: usize = 5;

/// Longest address in a note, in characters.
const MAX_ADDRESS: usize = 200;

/// What the server at `url` publishes. `None` if it publishes nothing. Only the origin of `url` is
/// reached.
pub(crate) async fn inspect(url: &Url, challenge: Option<&str>, http: &reqwest::Client) -> Option<Authorization> {
    let challenge = challenge.map(Challenge::parse).unwrap_or_default();
    let mut not_read = Vec::new();
    if let Some(named) = challenge.metadata_url.as_deref().filter(|named| !is_of_origin(named, url)) {
        not_read.push(format!("the sign-in metadata at {} is of another host", clean::excerpt(named, MAX_ADDRESS)));
    }
    let resource = resource_metadata(url, &challenge, http).await;
    // Without a word in the challenge, what its host answers at a well-known address need not be about signing in.
    if let Err(why) = &resource
        && challenge.metadata_url.is_some()
    {
        not_read.push(format!("the sign-in metadata of {}: {why}", url.host_str().unwrap_or_default()));
    }
    let resource = resource.ok();
    let servers = match &resource {
        Some(resource) => authorization_servers(url, resource, http, &mut not_read).await,
        // Before resource metadata, the server's own origin was the issuer.
        None => own_issuer(url, http).await.into_iter().collect(),
    };
    if challenge == Challenge::default() && resource.is_none() && servers.is_empty() && not_read.is_empty() {
        return None;
    }
    let resource = resource.map_or((false, ResourceMetadata::default()), |resource| (true, resource));
    let of_servers = servers.iter().flat_map(|server| &server.metadata).flat_map(|metadata| &metadata.redirect_uris);
    Some(Authorization {
        metadata_url: challenge.metadata_url,
        metadata_read: resource.0,
        redirect_uris: resource.1.redirect_uris.iter().chain(of_servers).cloned().collect(),
        resource: resource.1.resource,
        scopes: if challenge.scopes.is_empty() { resource.1.scopes } else { challenge.scopes },
        servers,
        not_read,
    })
}

fn is_of_origin(address: &str, url: &Url) -> bool {
    Url::parse(address).is_ok_and(|address| address.origin() == url.origin())
}

/// The resource metadata that the challenge names, or the one at a well-known address of the same origin.
pub(super) async fn resource_metadata(
    url: &Url,
    challenge: &Challenge,
    http: &reqwest::Client,
) -> Result<ResourceMetadata, NoDocument> {
    let named = challenge.metadata_url.as_deref().filter(|named| is_of_origin(named, url));
    let named = match named.and_then(|named| Url::parse(named).ok()) {
        Some(named) => document(http, &named).await,
        None => Err(NoDocument::NotFound),
    };
    let found = match named {
        Ok(found) => Ok(found),
        Err(why) => first_document(http, &resource_metadata_urls(url)).await.map_err(|elsewhere| match why {
            NoDocument::NotFound => elsewhere,
            why => why,
        }),
    };
    found.as_ref().map(ResourceMetadata::new).map_err(Clone::clone)
}

/// The authorization servers of `resource`. Adds to `not_read` those whose metadata was not read.
async fn authorization_servers(
    url: &Url,
    resource: &ResourceMetadata,
    http: &reqwest::Client,
    not_read: &mut Vec<String>,
) -> Vec<AuthorizationServer> {
    let mut servers = Vec::new();
    for named in resource.authorization_servers.iter().take(MAX_SERVERS) {
        let shown = clean::excerpt(named, MAX_ADDRESS);
        let metadata = match Url::parse(named).ok().filter(|_| is_of_origin(named, url)) {
            Some(issuer) => first_document(http, &issuer_metadata_urls(&issuer)).await.map_err(|why| why.to_string()),
            None => Err("it is of another host, which nobody agreed to reach".to_owned()),
        };
        if let Err(why) = &metadata {
            not_read.push(format!("the metadata of the authorization server {shown}: {why}"));
        }
        servers
            .push(AuthorizationServer { issuer: named.clone(), metadata: metadata.ok().as_ref().map(issuer_metadata) });
    }
    if resource.authorization_servers.len() > MAX_SERVERS {
        not_read.push(format!("more than {MAX_SERVERS} authorization servers"));
    }
    servers
}

async fn own_issuer(url: &Url, http: &reqwest::Client) -> Option<AuthorizationServer> {
    let origin = url.join("/").ok()?;
    let metadata = issuer_metadata(&first_document(http, &issuer_metadata_urls(&origin)).await.ok()?);
    Some(AuthorizationServer { issuer: origin.as_str().trim_end_matches('/').to_owned(), metadata: Some(metadata) })
}
