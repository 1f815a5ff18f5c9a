//! Signs in to a server: from its challenge to a token. Each host beside the server's own is agreed to first.

use std::collections::BTreeSet;

use oauth2::basic::BasicTokenResponse;
use oauth2::{
    AuthUrl, AuthorizationCode, CsrfToken, DeviceAuthorizationUrl, PkceCodeChallenge, RedirectUrl, Scope,
    StandardDeviceAuthorizationResponse,
};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, WWW_AUTHENTICATE};
use serde_json::json;
use url::Url;

use super::challenge::Challenge;
use super::error::LoginCause;
use super::inspect::resource_metadata;
use super::loopback::Loopback;
use super::metadata::{ResourceMetadata, covers, first_document, is_protected, issuer_metadata, issuer_metadata_urls};
use super::register::{BY_DEVICE, Client, REDIRECTED, register};
use super::requests::{client, host, send, token_error};
use super::sign_ins::{SignIn, SignIns, TokenClient, token_client};
use crate::model::IssuerMetadata;
use crate::source::protocol::newest_with_handshake;
use crate::text::clean;

/// Longest text of a server in an error, in characters.
const MAX_TEXT: usize = 300;

/// How to sign in.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoginOptions {
    /// The id of a registered client, or the address of a client's metadata.
    pub(crate) client_id: Option<String>,
    /// The variable with the secret of the client.
    pub(crate) client_secret_env: Option<String>,
    /// The scopes to request, instead of those that the server names.
    pub(crate) scopes: Vec<String>,
    /// The port of the redirect address; 0 is any free one.
    pub(crate) port: u16,
    /// Whether the user enters a code on another device.
    pub(crate) device: bool,
    /// The hosts that the user agreed to.
    pub(crate) allowed_hosts: Vec<String>,
}

/// The person who signs in.
pub(crate) trait Person {
    /// Asks whether the hosts, which are not the server's own, may be used.
    fn agrees(&self, hosts: &[String]) -> bool;
    /// Opens `url` in a browser, or shows it.
    fn visit(&self, url: &Url);
    /// Shows the code to enter at `url`.
    fn enter(&self, url: &str, code: &str);
}

/// An authorization server whose metadata was checked.
struct Issuer {
    name: String,
    metadata: IssuerMetadata,
    token_endpoint: Url,
}

/// Signs in to the server at `url` and stores the tokens in `sign_ins`. Returns the issuer.
pub(crate) async fn login(
    url: &Url,
    options: &LoginOptions,
    person: &dyn Person,
    sign_ins: &SignIns,
) -> Result<String, LoginCause> {
    if !is_protected(url) {
        return Err(LoginCause::PlainHttp);
    }
    let http = client()?;
    let (challenge, is_asked) = challenge(url, &http).await?;
    let resource = resource_metadata(url, &challenge, &http).await.ok();
    if resource.is_none() && !is_asked {
        return Err(LoginCause::NotNeeded);
    }
    let resource = resource.unwrap_or_else(|| of_own_origin(url));
    check_resource(url, &resource)?;
    let mut consent = AgreedHosts { person, allowed: options.allowed_hosts.iter().cloned().collect() };
    consent.allowed.insert(host(url));
    let issuer = issuer(&resource, &http, &mut consent).await?;
    let named = match options.client_secret_env.as_deref() {
        Some(name) => Some(std::env::var(name).map_err(|_| LoginCause::NoVariable(name.to_owned()))?),
        None => None,
    };
    let client = options.client_id.clone().map(|id| Client { id, secret: named });
    let wanted = [&options.scopes, &challenge.scopes, &resource.scopes].into_iter().find(|scopes| !scopes.is_empty());
    let scopes = wanted.into_iter().flatten().cloned().map(Scope::new).collect();
    let flow = SignInContext { http: &http, issuer: &issuer, resource: url, scopes, person };
    let (client, tokens) =
        if options.device { flow.by_device(client).await? } else { flow.by_browser(client, options.port).await? };
    let mut sign_in = SignIn {
        resource: url.clone(),
        issuer: issuer.name.clone(),
        token_endpoint: issuer.token_endpoint.clone(),
        secret_in_body: issuer.takes_secret_in_body(),
        client_id: client.id,
        client_secret: client.secret,
        access_token: String::new(),
        refresh_token: None,
        expires_at: None,
    };
    sign_in.resource.set_query(None);
    sign_in.resource.set_fragment(None);
    sign_in.update(&tokens);
    sign_ins.add(sign_in)?;
    Ok(issuer.name)
}

/// Requests something that needs authorization. True if the server answers with 401.
async fn challenge(url: &Url, http: &reqwest::Client) -> Result<(Challenge, bool), LoginCause> {
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": newest_with_handshake(), "capabilities": {},
        "clientInfo": {"name": "mcp-scan", "version": env!("CARGO_PKG_VERSION")},
    }});
    let request = http.post(url.clone()).header(ACCEPT, "application/json, text/event-stream").json(&hello);
    let response = request.send().await.map_err(|cause| {
        let why = clean::excerpt(&cause.without_url().to_string(), MAX_TEXT);
        LoginCause::NoConnection { host: host(url), why }
    })?;
    let values = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let header: Vec<String> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    Ok((Challenge::parse(&header.join(", ")), response.status() == StatusCode::UNAUTHORIZED))
}

/// Before resource metadata, a server's own origin was its issuer.
fn of_own_origin(url: &Url) -> ResourceMetadata {
    let origin = url.origin().ascii_serialization();
    ResourceMetadata {
        resource: Some(url.to_string()),
        authorization_servers: vec![origin],
        ..ResourceMetadata::default()
    }
}

/// The metadata must be for this server: the same origin, and a path above its own.
fn check_resource(url: &Url, metadata: &ResourceMetadata) -> Result<(), LoginCause> {
    let Some(named) = &metadata.resource else { return Ok(()) };
    let fits = Url::parse(named).is_ok_and(|named| covers(&named, url));
    if fits { Ok(()) } else { Err(LoginCause::OtherResource(clean::excerpt(named, MAX_TEXT))) }
}

/// The hosts that the user agreed to.
struct AgreedHosts<'a> {
    person: &'a dyn Person,
    allowed: BTreeSet<String>,
}

impl AgreedHosts<'_> {
    /// Fails unless the user agrees to the hosts of all `urls`.
    fn require<'u>(&mut self, urls: impl IntoIterator<Item = &'u Url>) -> Result<(), LoginCause> {
        let new: BTreeSet<String> = urls.into_iter().map(host).filter(|host| !self.allowed.contains(host)).collect();
        let new: Vec<String> = new.into_iter().collect();
        if let Some(first) = new.first()
            && !self.person.agrees(&new)
        {
            return Err(LoginCause::HostNotAllowed(first.clone()));
        }
        self.allowed.extend(new);
        Ok(())
    }
}

/// The first authorization server, with its metadata checked.
async fn issuer(
    resource: &ResourceMetadata,
    http: &reqwest::Client,
    consent: &mut AgreedHosts<'_>,
) -> Result<Issuer, LoginCause> {
    let named = resource.authorization_servers.iter().filter_map(|named| Some((named, Url::parse(named).ok()?)));
    let (name, url) = named.into_iter().find(|(_, url)| is_protected(url)).ok_or(LoginCause::NoIssuer)?;
    consent.require([&url])?;
    let document = first_document(http, &issuer_metadata_urls(&url)).await;
    let metadata = issuer_metadata(&document.map_err(|_| LoginCause::NoMetadata(name.clone()))?);
    if metadata.issuer.trim_end_matches('/') != name.trim_end_matches('/') {
        return Err(LoginCause::OtherIssuer { expected: name.clone(), found: metadata.issuer });
    }
    if !metadata.supports_s256() {
        return Err(LoginCause::NoPkce(name.clone()));
    }
    let endpoints: Vec<Url> =
        metadata.endpoints().filter_map(|endpoint| Url::parse(endpoint).ok()).filter(is_protected).collect();
    consent.require(&endpoints)?;
    let token_endpoint = protected(metadata.token_endpoint.as_deref(), name, "token endpoint")?;
    Ok(Issuer { name: name.clone(), metadata, token_endpoint })
}

/// The endpoint, if it is there and protected.
fn protected(endpoint: Option<&str>, issuer: &str, what: &'static str) -> Result<Url, LoginCause> {
    let url = endpoint.and_then(|endpoint| Url::parse(endpoint).ok()).filter(is_protected);
    url.ok_or_else(|| LoginCause::NoEndpoint { issuer: issuer.to_owned(), what })
}

impl Issuer {
    fn takes_secret_in_body(&self) -> bool {
        let methods = &self.metadata.token_endpoint_auth_methods_supported;
        let has = |wanted: &str| methods.iter().any(|method| method == wanted);
        has("client_secret_post") && !has("client_secret_basic")
    }
}

/// What signing in by a browser and by a device code have in common.
struct SignInContext<'a> {
    http: &'a reqwest::Client,
    issuer: &'a Issuer,
    resource: &'a Url,
    scopes: Vec<Scope>,
    person: &'a dyn Person,
}

impl SignInContext<'_> {
    /// The user signs in with a browser on this machine.
    async fn by_browser(&self, client: Option<Client>, port: u16) -> Result<(Client, BasicTokenResponse), LoginCause> {
        let Issuer { name, metadata, .. } = self.issuer;
        let endpoint = protected(metadata.authorization_endpoint.as_deref(), name, "authorization endpoint")?;
        let loopback = Loopback::bind(port).await?;
        let client = self.registered(client, &loopback.redirect, REDIRECTED).await?;
        let redirect = RedirectUrl::from_url(loopback.redirect.clone());
        let oauth = self.oauth(&client).set_auth_uri(AuthUrl::from_url(endpoint)).set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = oauth.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
        let request = request.add_scopes(self.scopes.clone()).add_extra_param("resource", self.resource.as_str());
        let (address, state) = request.url();
        self.person.visit(&address);
        let callback = loopback.callback(state.secret()).await?;
        match &callback.issuer {
            Some(issuer) if issuer.trim_end_matches('/') != name.trim_end_matches('/') => {
                return Err(LoginCause::IssuerMismatch(clean::excerpt(issuer, MAX_TEXT)));
            }
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(LoginCause::IssuerMismatch("nobody".into()));
            }
            Some(_) | None => {}
        }
        let code = AuthorizationCode::new(callback.code.map_err(|refusal| LoginCause::Refused(refusal.0))?);
        let sender = |request| send(self.http.clone(), request);
        let request = oauth.exchange_code(code).set_pkce_verifier(verifier);
        let tokens = request.add_extra_param("resource", self.resource.as_str()).request_async(&sender).await;
        Ok((client, tokens.map_err(|error| LoginCause::NoToken(token_error(&error)))?))
    }

    /// The user enters a code on any device.
    async fn by_device(&self, client: Option<Client>) -> Result<(Client, BasicTokenResponse), LoginCause> {
        let Issuer { name, metadata, .. } = self.issuer;
        let endpoint = metadata.device_authorization_endpoint.as_deref();
        let endpoint = protected(endpoint, name, "endpoint for devices")?;
        let unused = Loopback::bind(0).await?.redirect;
        let client = self.registered(client, &unused, BY_DEVICE).await?;
        let oauth = self.oauth(&client).set_device_authorization_url(DeviceAuthorizationUrl::from_url(endpoint));
        let sender = |request| send(self.http.clone(), request);
        let request = oauth.exchange_device_code().add_scopes(self.scopes.clone());
        let request = request.add_extra_param("resource", self.resource.as_str());
        let details: Result<StandardDeviceAuthorizationResponse, _> = request.request_async(&sender).await;
        let details = details.map_err(|error| LoginCause::Refused(token_error(&error)))?;
        let shown = |text: &str| clean::excerpt(text, MAX_TEXT);
        let page = protected(Some(details.verification_uri().as_str()), name, "page for entering the code")?;
        self.person.enter(&shown(page.as_str()), &shown(details.user_code().secret()));
        let request = oauth.exchange_device_access_token(&details);
        let request = request.add_extra_param("resource", self.resource.as_str());
        let tokens = request.request_async(&sender, tokio::time::sleep, Some(details.expires_in())).await;
        Ok((client, tokens.map_err(|error| LoginCause::NoToken(token_error(&error)))?))
    }

    /// The client that the user named, or a new one.
    async fn registered(&self, client: Option<Client>, redirect: &Url, grants: &[&str]) -> Result<Client, LoginCause> {
        if let Some(client) = client {
            return Ok(client);
        }
        let Issuer { name, metadata, .. } = self.issuer;
        let endpoint = metadata.registration_endpoint.as_deref();
        let endpoint = endpoint.ok_or_else(|| LoginCause::NoRegistration(name.clone()))?;
        register(self.http, &protected(Some(endpoint), name, "registration endpoint")?, name, redirect, grants).await
    }

    fn oauth(&self, client: &Client) -> TokenClient {
        token_client(client, &self.issuer.token_endpoint, self.issuer.takes_secret_in_body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_of_another_resource_is_refused() {
        let url = Url::parse("https://shop.example/team/mcp").unwrap();
        for (resource, fits) in [
            (None, true),
            (Some("https://shop.example/team/mcp"), true),
            (Some("https://shop.example/team"), true),
            (Some("https://shop.example"), true),
            (Some("https://shop.example/te"), false),
            (Some("https://shop.example/team/mcp/v2"), false),
            (Some("https://bank.example/team/mcp"), false),
            (Some("http://shop.example/team/mcp"), false),
            (Some("shop"), false),
        ] {
            let metadata = ResourceMetadata { resource: resource.map(str::to_owned), ..ResourceMetadata::default() };
            assert_eq!(check_resource(&url, &metadata).is_ok(), fits, "{resource:?}");
        }
    }
}
