//! Performs the handshake and requests all pages of `tools/list`, over any transport.

use std::collections::HashSet;

use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ClientRequest, Implementation, ListToolsRequest, PaginatedRequestParams,
    ProtocolVersion,
};
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt, Peer, ServiceError};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::time::timeout;

use super::journal::Journal;
use super::probe::Probing;
use super::wire::{OVER_LIMIT, PARSE_ERROR};
use crate::model::{NotRead, Server};
use crate::source::decode::{self, Decoder};
use crate::source::secret::KnownSecrets;
use crate::source::{Options, Protocol};
use crate::text::clean;

/// Maximum number of pages. Real listings have one.
const MAX_PAGES: usize = 100;
/// Maximum number of tools of a live listing. The largest real one has a few hundred.
const MAX_TOOLS: usize = 10_000;
/// Maximum size of a live listing, in bytes of JSON. The largest real one has 600,000.
const MAX_LISTING: usize = 64 << 20;
/// Timeout for closing a connection.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Maximum number of capabilities, and of entries in each. The protocol has eight capabilities.
const MAX_CAPABILITIES: usize = 30;
/// Maximum length of a capability name, in characters.
const MAX_CAPABILITY: usize = 80;
/// The `_meta` key of `serverInfo` in the stateless protocol.
const SERVER_INFO_META: &str = "io.modelcontextprotocol/serverInfo";

/// Why a live server could not be listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// No reply to the handshake within the start timeout.
    #[error("the server did not answer the handshake in time")]
    StartLimit,
    /// No reply to a request within the request timeout.
    #[error("the server did not answer {0} in time")]
    RequestLimit(String),
    /// The listing took longer than the total timeout.
    #[error("the listing did not end in time")]
    TotalLimit,
    /// The server exceeded a limit.
    #[error("the server went over a limit while {request} was awaited: {limit}")]
    OverLimit {
        /// The request.
        request: String,
        limit: String,
    },
    /// The connection was closed.
    #[error("the connection ended while {0} was awaited")]
    Closed(String),
    /// The server replied with an error.
    #[error("the server answered {request} with an error: {message}")]
    Refused {
        /// The request.
        request: String,
        /// The error's code and message.
        message: String,
    },
    /// The reply is unusable for another reason.
    #[error("the answer to {request} cannot be used: {why}")]
    Unusable {
        /// The request.
        request: String,
        /// The reason.
        why: String,
    },
}

/// Connects over `transport` and lists the tools. Completes `server` with what the server reports about itself.
/// `secrets` are redacted in the listing.
pub(crate) async fn list<T>(
    transport: T,
    journal: &Journal,
    secrets: &KnownSecrets,
    server: &mut Server,
    options: &Options,
) -> Result<Decoder, ListError>
where
    T: Transport<RoleClient> + 'static,
{
    let listing = connect_and_list(transport, journal, secrets, server, options);
    timeout(options.total_timeout, listing).await.unwrap_or(Err(ListError::TotalLimit))
}

async fn connect_and_list<T>(
    transport: T,
    journal: &Journal,
    secrets: &KnownSecrets,
    server: &mut Server,
    options: &Options,
) -> Result<Decoder, ListError>
where
    T: Transport<RoleClient> + 'static,
{
    options.progress("waiting for the handshake");
    let (client, lifecycle) = (client(options), lifecycle(&options.protocol));
    let connected = match options.protocol {
        Protocol::Auto => {
            journal.probe();
            let transport = Probing::new(transport, journal.clone());
            timeout(options.start_timeout, client.serve_with_lifecycle(transport, lifecycle)).await
        }
        Protocol::Version(_) => timeout(options.start_timeout, client.serve_with_lifecycle(transport, lifecycle)).await,
    };
    let mut service = match connected {
        Ok(connected) => connected.map_err(handshake_error)?,
        Err(_) => return Err(ListError::StartLimit),
    };
    let mut handshake = journal.take_handshake().unwrap_or_default();
    secrets.hide_in(&mut handshake);
    describe(server, &service, &handshake);
    if server.instructions_digest.is_some() {
        let text = format!("The instructions are longer than {} characters and were cut.", decode::MAX_DESCRIPTION);
        journal.note_unread("instructions-too-long", &text);
    }
    let listed = all_pages(&service, journal, secrets, options).await;
    let _ = service.close_with_timeout(CLOSE_LIMIT).await;
    listed
}

/// Our client info: no capabilities.
fn client(options: &Options) -> ClientConfig {
    let this = Implementation::new(&options.identity.name, &options.identity.version);
    ClientConfig::new(ClientCapabilities::default(), this).with_protocol_version(handshake_version(&options.protocol))
}

/// The version to offer in the handshake. The newest protocol has no handshake.
fn handshake_version(protocol: &Protocol) -> ProtocolVersion {
    let named = protocol.version().and_then(known).filter(ProtocolVersion::has_initialize);
    named.unwrap_or(ProtocolVersion::LATEST_WITH_INITIALIZE)
}

fn lifecycle(protocol: &Protocol) -> ClientLifecycleMode {
    match protocol.version().and_then(known) {
        Some(version) if version.has_initialize() => ClientLifecycleMode::Initialize,
        Some(version) => ClientLifecycleMode::Discover { preferred_versions: vec![version] },
        None => ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::LATEST],
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        },
    }
}

fn known(version: &str) -> Option<ProtocolVersion> {
    ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| known.as_str() == version).cloned()
}

/// Completes `server` with what the server reports about itself.
fn describe(server: &mut Server, peer: &Peer<RoleClient>, handshake: &Value) {
    let in_meta = handshake.get("_meta").and_then(|meta| meta.get(SERVER_INFO_META));
    let info = handshake.get("serverInfo").or(in_meta);
    let of_info = |key: &str| decode::text(info.and_then(|info| info.get(key)), decode::MAX_NAME);
    if let Some(name) = of_info("name") {
        server.name = name;
    }
    server.title = of_info("title");
    server.version = of_info("version");
    server.instructions = decode::text(handshake.get("instructions"), decode::MAX_DESCRIPTION);
    server.instructions_digest = decode::digest_of_cut(handshake.get("instructions"), decode::MAX_DESCRIPTION);
    server.capabilities = handshake.get("capabilities").map(capabilities).unwrap_or_default();
    let negotiated = peer.peer_info().map(|info| info.protocol_version.to_string());
    server.protocol_version = decode::text(handshake.get("protocolVersion"), decode::MAX_NAME).or(negotiated);
}

/// The names of capabilities and of their enabled entries, sorted: `tools`, `tools.listChanged`.
fn capabilities(said: &Value) -> Vec<String> {
    let named =
        |map: &serde_json::Map<String, Value>| map.clone().into_iter().take(MAX_CAPABILITIES).collect::<Vec<_>>();
    let mut names = Vec::new();
    for (name, value) in said.as_object().map(named).unwrap_or_default() {
        let name = clean::excerpt(&name, MAX_CAPABILITY);
        let within = value.as_object().map(named).unwrap_or_default();
        let within = within.into_iter().filter(|(_, value)| *value == Value::Bool(true) || value.is_object());
        names.extend(within.map(|(inner, _)| format!("{name}.{}", clean::excerpt(&inner, MAX_CAPABILITY))));
        names.push(name);
    }
    names.sort();
    names.dedup();
    names
}

async fn all_pages(
    peer: &Peer<RoleClient>,
    journal: &Journal,
    secrets: &KnownSecrets,
    options: &Options,
) -> Result<Decoder, ListError> {
    let mut decoder = Decoder::with_limit(MAX_TOOLS);
    let mut room = MAX_LISTING;
    let mut cursor = None;
    let mut seen = HashSet::new();
    for number in 1..=MAX_PAGES {
        options.progress(&if number == 1 {
            "listing the tools".into()
        } else {
            format!("listing the tools (page {number})")
        });
        request_page(peer, cursor.take(), number, options).await?;
        let mut page = journal.take_page().unwrap_or_default();
        secrets.hide_in(&mut page);
        let Some(left) = room.checked_sub(decode::size(&page)) else {
            let text = format!("The listing is larger than {} MiB; the rest was left out.", MAX_LISTING >> 20);
            decoder.note_unread("listing-too-large", None, &text, NotRead::Tools);
            return Ok(decoder);
        };
        room = left;
        let spent = options.budget.spend(decode::size(&page) as u64);
        spent.map_err(|cause| ListError::OverLimit { request: "tools/list".into(), limit: cause.to_string() })?;
        decoder.page(&page);
        let next = match page.get("nextCursor") {
            None | Some(Value::Null) => return Ok(decoder),
            Some(Value::String(next)) => next.clone(),
            Some(odd) => {
                let text = format!("`nextCursor` is {} instead of a string.", decode::kind(odd));
                decoder.note("cursor-not-string", None, &text);
                odd.to_string()
            }
        };
        if next.is_empty() {
            decoder.note("cursor-empty", None, "The last page has an empty `nextCursor` instead of none.");
            return Ok(decoder);
        }
        if !seen.insert(next.clone()) {
            let text = "A `nextCursor` came twice; the listing was ended there.";
            decoder.note_unread("cursor-repeated", None, text, NotRead::Tools);
            return Ok(decoder);
        }
        if decoder.is_full() {
            decoder.note_too_many();
            return Ok(decoder);
        }
        cursor = Some(next);
    }
    let text = format!("The server has more than {MAX_PAGES} pages of tools; the rest was left out.");
    decoder.note_unread("too-many-pages", None, &text, NotRead::Tools);
    Ok(decoder)
}

/// Requests one page. The raw result is stored in the journal.
async fn request_page(
    peer: &Peer<RoleClient>,
    cursor: Option<String>,
    number: usize,
    options: &Options,
) -> Result<(), ListError> {
    let name = if number == 1 { "tools/list".to_owned() } else { format!("tools/list (page {number})") };
    let params = PaginatedRequestParams::default().with_cursor(cursor);
    let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(params));
    match timeout(options.request_timeout, peer.send_request(request)).await {
        Ok(answer) => answer.map(drop).map_err(|error| request_error(&name, error)),
        Err(_) => Err(ListError::RequestLimit(name)),
    }
}

fn handshake_error(error: ClientInitializeError) -> ListError {
    let request = "the handshake".to_owned();
    match error {
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => handshake_error(*fallback),
        ClientInitializeError::JsonRpcError(error) => refused(request, &error),
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. } => {
            ListError::Closed(request)
        }
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            let versions: Vec<&str> = server_supported.iter().map(ProtocolVersion::as_str).collect();
            ListError::Unusable {
                request,
                why: format!("it speaks only {}", clean::excerpt(&versions.join(", "), 200)),
            }
        }
        other => ListError::Unusable { request, why: clean::excerpt(&other.to_string(), 200) },
    }
}

fn request_error(request: &str, error: ServiceError) -> ListError {
    let request = request.to_owned();
    match error {
        ServiceError::McpError(error) => refused(request, &error),
        ServiceError::TransportClosed | ServiceError::TransportSend(_) | ServiceError::Cancelled { .. } => {
            ListError::Closed(request)
        }
        other => ListError::Unusable { request, why: clean::excerpt(&other.to_string(), 200) },
    }
}

fn refused(request: String, error: &rmcp::ErrorData) -> ListError {
    let message = clean::excerpt(&error.message, 500);
    // For an unreadable reply, the wire creates an error reply that does not come from the server.
    match i64::from(error.code.0) {
        PARSE_ERROR => ListError::Unusable { request, why: message },
        OVER_LIMIT => ListError::OverLimit { request, limit: message },
        code => ListError::Refused { request, message: format!("{message} (code {code})") },
    }
}
