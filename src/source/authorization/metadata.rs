//! The addresses of the metadata of a server and of its authorization servers, and how it is read. Everything is hostile:
//! bounded, and from the requested address alone.

use std::time::Duration;

use futures::StreamExt;
use reqwest::header::ACCEPT;
use serde_json::Value;
use url::Url;

use crate::model::IssuerMetadata;
use crate::text::clean;
use crate::text::this_machine::is_local_url;

/// Maximum size of a document, in bytes.
const MAX_DOCUMENT: usize = 1 << 20;
/// Time limit for a document.
const LIMIT: Duration = Duration::from_secs(10);
/// Maximum number of entries of a list, and of characters of a text.
const MAX_ENTRIES: usize = 100;
const MAX_TEXT: usize = 2_000;

/// Resource metadata (RFC 9728), as far as it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ResourceMetadata {
    pub(crate) resource: Option<String>,
    pub(crate) authorization_servers: Vec<String>,
    pub(crate) scopes: Vec<String>,
    /// The redirects of a registered client, if it publishes one.
    pub(crate) redirect_uris: Vec<String>,
}

impl ResourceMetadata {
    pub(crate) fn new(document: &Value) -> Self {
        Self {
            resource: text(document, "resource"),
            authorization_servers: texts(document, "authorization_servers"),
            scopes: texts(document, "scopes_supported"),
            redirect_uris: texts(document, "redirect_uris"),
        }
    }
}

/// Reads the metadata of an authorization server.
pub(crate) fn issuer_metadata(document: &Value) -> IssuerMetadata {
    let is_on = |key: &str| document.get(key) == Some(&Value::Bool(true));
    IssuerMetadata {
        issuer: text(document, "issuer").unwrap_or_default(),
        authorization_endpoint: text(document, "authorization_endpoint"),
        token_endpoint: text(document, "token_endpoint"),
        registration_endpoint: text(document, "registration_endpoint"),
        device_authorization_endpoint: text(document, "device_authorization_endpoint"),
        code_challenge_methods_supported: texts(document, "code_challenge_methods_supported"),
        token_endpoint_auth_methods_supported: texts(document, "token_endpoint_auth_methods_supported"),
        client_id_metadata_document_supported: is_on("client_id_metadata_document_supported"),
        authorization_response_iss_parameter_supported: is_on("authorization_response_iss_parameter_supported"),
        redirect_uris: texts(document, "redirect_uris"),
    }
}

fn text(document: &Value, key: &str) -> Option<String> {
    document.get(key).and_then(Value::as_str).map(|text| clean::excerpt(text, MAX_TEXT))
}

fn texts(document: &Value, key: &str) -> Vec<String> {
    let list = document.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().take(MAX_ENTRIES).filter_map(Value::as_str).map(|text| clean::excerpt(text, MAX_TEXT)).collect()
}

/// Where resource metadata of `url` may lie, most specific first.
pub(crate) fn resource_metadata_urls(url: &Url) -> Vec<Url> {
    well_known(url, &["/.well-known/oauth-protected-resource{path}", "/.well-known/oauth-protected-resource"])
}

/// Where the metadata of `issuer` may lie, in the order of the protocol.
pub(crate) fn issuer_metadata_urls(issuer: &Url) -> Vec<Url> {
    well_known(
        issuer,
        &[
            "/.well-known/oauth-authorization-server{path}",
            "/.well-known/openid-configuration{path}",
            "{path}/.well-known/openid-configuration",
        ],
    )
}

fn well_known(url: &Url, places: &[&str]) -> Vec<Url> {
    let path = url.path().trim_end_matches('/');
    let mut urls = Vec::new();
    for place in places {
        let mut found = url.clone();
        found.set_path(&place.replace("{path}", path));
        found.set_query(None);
        found.set_fragment(None);
        if !urls.contains(&found) {
            urls.push(found);
        }
    }
    urls
}

/// Why there is no document at an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoDocument {
    #[error("there is none")]
    NotFound,
    #[error("its host did not answer")]
    NoAnswer,
    #[error("it leads to another address, which is not followed")]
    Redirect,
    #[error("its host answered with HTTP {0}")]
    Status(u16),
    #[error("it is larger than 1 MiB, or broke off")]
    NotWhole,
    #[error("it is no JSON object")]
    NotJson,
}

/// The first JSON object at one of `urls`, or why the first place that has something else has none.
pub(crate) async fn first_document(http: &reqwest::Client, urls: &[Url]) -> Result<Value, NoDocument> {
    let mut why = NoDocument::NotFound;
    for url in urls {
        match document(http, url).await {
            Ok(document) => return Ok(document),
            Err(cause) if why == NoDocument::NotFound => why = cause,
            Err(_) => {}
        }
    }
    Err(why)
}

/// The JSON object at `url`.
pub(crate) async fn document(http: &reqwest::Client, url: &Url) -> Result<Value, NoDocument> {
    let request = http.get(url.clone()).header(ACCEPT, "application/json").timeout(LIMIT);
    let response = request.send().await.map_err(|_| NoDocument::NoAnswer)?;
    match response.status() {
        status if status.is_success() => {}
        status if status.is_redirection() => return Err(NoDocument::Redirect),
        status if [404, 405, 410].contains(&status.as_u16()) => return Err(NoDocument::NotFound),
        status => return Err(NoDocument::Status(status.as_u16())),
    }
    let bytes = body(response).await.ok_or(NoDocument::NotWhole)?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object).ok_or(NoDocument::NotJson)
}

/// The body of `response`. `None` if it is too long or breaks off.
pub(crate) async fn body(response: reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        if body.len() + chunk.len() > MAX_DOCUMENT {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// True if `url` is the resource `resource` or an address below it.
pub(super) fn covers(resource: &Url, url: &Url) -> bool {
    let rest = url.path().strip_prefix(resource.path().trim_end_matches('/'));
    resource.origin() == url.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// True for an address that nobody on the way can read, https or this machine, and that names no user.
pub(crate) fn is_protected(url: &Url) -> bool {
    // A user in an address looks like its host: https://bank.example@other.example.
    let has_user = !url.username().is_empty() || url.password().is_some();
    !has_user && (url.scheme() == "https" || (url.scheme() == "http" && is_local_url(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(urls: Vec<Url>) -> Vec<String> {
        urls.into_iter().map(String::from).collect()
    }

    #[test]
    fn metadata_lies_where_the_protocol_says() {
        let url = Url::parse("https://shop.example/mcp/v1?key=x").unwrap();
        assert_eq!(
            shown(resource_metadata_urls(&url)),
            [
                "https://shop.example/.well-known/oauth-protected-resource/mcp/v1",
                "https://shop.example/.well-known/oauth-protected-resource"
            ]
        );
        let issuer = Url::parse("https://sign.example/tenant").unwrap();
        assert_eq!(
            shown(issuer_metadata_urls(&issuer)),
            [
                "https://sign.example/.well-known/oauth-authorization-server/tenant",
                "https://sign.example/.well-known/openid-configuration/tenant",
                "https://sign.example/tenant/.well-known/openid-configuration"
            ]
        );
        assert_eq!(shown(issuer_metadata_urls(&Url::parse("https://sign.example/").unwrap())).len(), 2);
    }

    #[test]
    fn plain_http_is_protected_on_this_machine_alone() {
        for (url, expected) in [
            ("https://shop.example", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]", true),
            ("http://shop.example", false),
            ("http://localhost.shop.example", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("https://shop.example@127.0.0.1:1", false),
        ] {
            assert_eq!(is_protected(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
