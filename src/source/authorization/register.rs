//! Dynamic registration of this program as a client (RFC 7591).

use serde_json::{Value, json};
use url::Url;

use super::error::LoginCause;
use super::metadata::body;
use crate::text::clean;

/// Longest text of a server in an error, in characters.
const MAX_TEXT: usize = 200;

/// A client as the authorization server knows it.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Option<String>,
}

/// What a client that is redirected asks for.
pub(super) const REDIRECTED: &[&str] = &["authorization_code", "refresh_token"];
/// What one asks for that shows a code to enter on another device (RFC 8628).
pub(super) const BY_DEVICE: &[&str] =
    &["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];

/// Registers a public client with the address `redirect`, for `grants`.
pub(super) async fn register(
    http: &reqwest::Client,
    endpoint: &Url,
    issuer: &str,
    redirect: &Url,
    grants: &[&str],
) -> Result<Client, LoginCause> {
    let failed = |why: String| LoginCause::Registration { issuer: issuer.to_owned(), why };
    let wanted = json!({
        "client_name": "mcp-scan",
        "redirect_uris": [redirect],
        "grant_types": grants,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    });
    let response = http.post(endpoint.clone()).json(&wanted).send().await;
    let response = response.map_err(|cause| failed(clean::excerpt(&cause.to_string(), MAX_TEXT)))?;
    let status = response.status();
    let bytes = body(response).await.unwrap_or_default();
    if !status.is_success() {
        return Err(failed(format!("HTTP {}: {}", status.as_u16(), error_text(&bytes))));
    }
    let registered: Value = serde_json::from_slice(&bytes).map_err(|_| failed("the answer is not JSON".into()))?;
    let text = |key: &str| registered.get(key).and_then(Value::as_str).map(str::to_owned);
    // A code would also be sent to another address that is registered.
    let others = registered.get("redirect_uris").and_then(Value::as_array);
    let other = others.into_iter().flatten().find(|other| other.as_str() != Some(redirect.as_str()));
    if let Some(other) = other {
        let other = clean::excerpt(&other.to_string(), MAX_TEXT);
        return Err(failed(format!("it also registered the redirect address {other}")));
    }
    let id = text("client_id").ok_or_else(|| failed("the answer has no client_id".into()))?;
    Ok(Client { id, secret: text("client_secret") })
}

/// The error in a body, or the start of the body.
fn error_text(bytes: &[u8]) -> String {
    let parsed: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let of_error = ["error_description", "error"].iter().find_map(|key| parsed.get(key).and_then(Value::as_str));
    let whole = String::from_utf8_lossy(bytes);
    clean::excerpt(of_error.unwrap_or(&whole), MAX_TEXT)
}
