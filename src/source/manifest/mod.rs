//! Server manifests: the official registry's `server.json`, and MCPB's `manifest.json`, alone or in an archive.
//! Declared tools are read. Starting the server of a manifest needs consent, as for every configured server.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::client::{Document, Format, ServerEntry};
use super::decode::Decoder;
use super::error::SourceError;
use crate::model::{Listing, NotRead, Origin, Server};

mod archive;
mod end;
mod error;
mod file;
mod headers;
mod installed;
mod mcpb;
mod server_json;
mod texts;

#[cfg(test)]
mod tests;

pub(crate) use error::ManifestCause;
pub(crate) use installed::installed;
pub(crate) use texts::texts;

use file::{BUNDLE_FILE, ManifestFile, is_mcpb, text};

/// The file extensions of MCPB archives; `dxt` is the older one.
const ARCHIVES: [&str; 2] = ["mcpb", "dxt"];

/// True if the file name has the extension of an MCPB archive.
pub(crate) fn is_archive(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    ARCHIVES.contains(&ending.as_str())
}

/// The server that the manifest at `path` would start or connect to. `None` if the file is not a manifest, or if it
/// declares its tools, so that no start is needed.
pub(crate) fn server(path: &Path) -> Option<ServerEntry> {
    if path.extension().is_none_or(|ending| ending != "json") || is_archive(path) {
        return None;
    }
    let text = text(path)?;
    // The file may be a large listing, so it is parsed only if it mentions a key of a manifest.
    if !["manifest_version", "dxt_version", "packages", "remotes"].iter().any(|key| text.contains(key)) {
        return None;
    }
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).ok()?;
    let map = value.as_object()?;
    let file = ManifestFile { path, document: Document::parse(text, Format::Json).ok() };
    if is_mcpb(map) {
        return (!declares_tools(map)).then(|| mcpb::server(map, &file));
    }
    server_json::unwrapped(map).map(|map| server_json::server(map, &file))
}

/// The tools that the archive at `path` declares. Nothing is unpacked to disk or started.
pub(crate) fn of_archive(path: &Path) -> Result<Listing, SourceError> {
    let shown = path.display().to_string();
    let refused = |cause: ManifestCause| SourceError::new(&shown, cause);
    let bytes = archive::manifest(path).map_err(|cause| refused(cause.into()))?;
    let value: Value = serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
        .map_err(|cause| refused(ManifestCause::Syntax(Arc::new(cause))))?;
    match value.as_object().filter(|map| is_mcpb(map)) {
        Some(map) if declares_tools(map) => Ok(declared(map, &shown)),
        Some(_) => Err(refused(ManifestCause::NoTools)),
        None => Err(refused(ManifestCause::NotAManifest)),
    }
}

/// The declared tools, if the document is an MCPB manifest that declares tools.
pub(crate) fn listing(map: &Map<String, Value>, shown: &str) -> Option<Listing> {
    (is_mcpb(map) && declares_tools(map)).then(|| declared(map, shown))
}

/// True if `text` mentions a key that only the manifest of a bundle has.
pub(crate) fn mentions_bundle(text: &str) -> bool {
    text.contains("manifest_version") || text.contains("dxt_version")
}

/// True for the manifest of a bundle that has texts and declares no tools, so that its server is configured alone.
pub(crate) fn has_texts_alone(value: &Value) -> bool {
    value.as_object().is_some_and(|map| is_mcpb(map) && !declares_tools(map) && !texts(map).is_empty())
}

/// Adds to the listing of the package in `folder` what the manifest of a bundle there holds: its texts and, if it declares
/// tools, its command. Otherwise the command is that of a configured server.
pub(crate) fn add_bundle(folder: &Path, listing: &mut Listing) {
    let path = folder.join(BUNDLE_FILE);
    let Some(text) = text(&path).filter(|text| mentions_bundle(text)) else { return };
    let Ok(Value::Object(map)) = serde_json::from_str(text.trim_start_matches('\u{feff}')) else { return };
    if !is_mcpb(&map) || !declares_tools(&map) {
        return;
    }
    listing.items.extend(texts(&map));
    let file = ManifestFile { path: &path, document: Document::parse(&text, Format::Json).ok() };
    if let Ok(configured) = mcpb::server(&map, &file) {
        let mut origin = configured.origin.clone();
        let launch = String::from(configured.shown_filled(&[]));
        origin.settings.insert(0, format!("{} = {launch}", Origin::OTHER_LAUNCH));
        listing.server.configured = Some(origin);
    }
}

fn declares_tools(map: &Map<String, Value>) -> bool {
    map.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty())
}

/// The declared tools. A manifest has only names and descriptions, no schemas.
fn declared(map: &Map<String, Value>, shown: &str) -> Listing {
    let text = |key: &str| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut decoder = Decoder::default();
    decoder.tools(map.get("tools").unwrap_or(&Value::Null));
    decoder.deviations.retain(|deviation| deviation.id != "input-schema-missing");
    let why = "The tools are those that the manifest declares, without parameters: the server was not asked.";
    decoder.note_unread("tools-declared", None, why, NotRead::Part);
    if map.get("tools_generated") == Some(&Value::Bool(true)) {
        let why = "The manifest says that the server makes more tools when it runs.";
        decoder.note_unread("tools-generated", None, why, NotRead::Tools);
    }
    decoder.items.extend(texts(map));
    // The command that starts the server is judged too.
    let file = ManifestFile { path: Path::new(shown), document: None };
    let launched = match mcpb::server(map, &file) {
        Ok(configured) => Server {
            target: configured.shown_filled(&[]),
            package: configured.package(),
            configured: Some(configured.origin),
            ..Server::default()
        },
        Err(_) => Server { target: shown.into(), ..Server::default() },
    };
    let server = Server {
        name: text("name").unwrap_or_else(|| "unnamed".into()),
        title: text("display_name"),
        version: text("version"),
        ..launched
    };
    decoder.into_listing(server)
}
