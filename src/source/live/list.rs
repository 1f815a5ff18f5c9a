//! Performs the handshake and lists everything that a server offers, over any transport.

use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{ClientCapabilities, ClientConfig, Implementation, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, Peer, RunningService};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::changes;
use super::items;
use super::journal::Journal;
use super::list_error::{ListError, handshake_error};
use super::pages::{Connection, Listed, MAX_TOOLS};
use super::probe::Probing;
use crate::model::{NotRead, Server};
use crate::source::decode::{self, Decoder};
use crate::source::secret::KnownSecrets;
use crate::source::{Offers, Options, Protocol};
use crate::text::clean;

/// Timeout for closing a connection.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Maximum number of capabilities, and of entries in each. The protocol has eight capabilities.
const MAX_CAPABILITIES: usize = 30;
/// Maximum length of a capability name, in characters.
const MAX_CAPABILITY: usize = 80;
/// The extensions that a server may insist on.
const EXTENSIONS: [&str; 3] =
    ["io.modelcontextprotocol/ui", "io.modelcontextprotocol/tasks", "io.modelcontextprotocol/skills"];
/// The `_meta` key of `serverInfo` in the stateless protocol.
const SERVER_INFO_META: &str = "io.modelcontextprotocol/serverInfo";

/// Connects over `transport` and lists the tools, then everything else that the server declares. Completes `server` with what the server reports about itself.
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
    let end = Instant::now() + options.total_timeout;
    let mut decoder = Decoder::with_limit(MAX_TOOLS);
    let connected = timeout_at(end, connect(transport, journal, secrets, server, options)).await;
    let (mut service, declared) = connected.unwrap_or(Err(ListError::TotalLimit))?;
    let mut connection = Connection::new(&service, journal, secrets, options);
    let tools = timeout_at(end, connection.list(Listed::Tools, &mut decoder)).await;
    let listed = match tools.unwrap_or(Err(ListError::TotalLimit)) {
        // A server that declares other things may have no tools at all.
        Err(cause) if cause.is_unknown_method() && !declared.tools && declared.has_items() => Ok(()),
        Err(cause) if !decoder.tools.is_empty() => {
            note_incomplete(&cause, journal, &mut decoder);
            Ok(())
        }
        listed => listed,
    };
    if listed.is_ok() {
        // The tools are known by now, so nothing that goes wrong from here on loses them.
        items::list(&mut connection, &declared, end, &mut decoder).await;
        changes::follow(&mut connection, &declared, end, &mut decoder).await;
    }
    let _ = service.close_with_timeout(CLOSE_LIMIT).await;
    listed.map(|()| decoder)
}

/// Notes that the pages after those in `decoder` are unknown, because of `cause`.
fn note_incomplete(cause: &ListError, journal: &Journal, decoder: &mut Decoder) {
    let fault = journal.take_fault().filter(|_| matches!(cause, ListError::Closed(_)));
    let why = fault.map_or_else(|| cause.to_string(), |fault| fault.to_string());
    let text = format!("The listing is not complete, because a further page could not be read: {why}.");
    decoder.note_unread("listing-incomplete", None, &text, NotRead::Tools);
}

/// Connects and performs the handshake.
async fn connect<T>(
    transport: T,
    journal: &Journal,
    secrets: &KnownSecrets,
    server: &mut Server,
    options: &Options,
) -> Result<(RunningService<RoleClient, ClientConfig>, items::Declared), ListError>
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
        Protocol::Version(_) | Protocol::Recorded(_) => {
            timeout(options.start_timeout, client.serve_with_lifecycle(transport, lifecycle)).await
        }
    };
    let service = match connected {
        Ok(connected) => connected.map_err(handshake_error)?,
        Err(_) => return Err(ListError::StartLimit),
    };
    let mut handshake = journal.take_handshake().unwrap_or_default();
    if secrets.hide_in(&mut handshake) {
        journal.note_redacted_text();
    }
    describe(server, &service, &handshake);
    if server.instructions_digest.is_some() {
        let text = format!("The instructions are longer than {} characters and were cut.", decode::MAX_DESCRIPTION);
        journal.note_unread("instructions-too-long", &text);
    }
    Ok((service, items::Declared::new(&handshake)))
}

/// Our client info, with the capabilities to offer. None is used: what the server then asks for is refused.
fn client(options: &Options) -> ClientConfig {
    let this = Implementation::new(&options.identity.name, &options.identity.version);
    ClientConfig::new(capabilities_of(options.offers), this).with_protocol_version(handshake_version(&options.protocol))
}

#[expect(deprecated, reason = "a server that looks for them is of an older protocol")]
fn capabilities_of(offers: Offers) -> ClientCapabilities {
    let roots = || ClientCapabilities::builder().enable_roots();
    match offers {
        Offers::Nothing => ClientCapabilities::default(),
        Offers::Roots => roots().build(),
        Offers::Everything => {
            let mut all = roots().enable_sampling().enable_elicitation().build();
            all.extensions = Some(EXTENSIONS.iter().map(|id| ((*id).to_owned(), serde_json::Map::new())).collect());
            all
        }
    }
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
    server.beside_digest = decode::digest_beside(handshake);
    server.long_texts = decode::texts_of_answer(handshake);
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
