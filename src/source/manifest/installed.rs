//! The bundles that Claude Desktop has unpacked: each is a configured server, unless its settings switch it off.

use std::path::Path;

use serde_json::Value;

use super::file::{BUNDLE_FILE, ManifestFile, is_mcpb, text};
use super::mcpb;
use crate::model::ClientName;
use crate::source::client::{ConfigPath, Document, Format, ServerEntry, paths};

const PLACES: [ConfigPath; 1] = [ConfigPath::Config("Claude/Claude Extensions/*/manifest.json")];
/// The folder beside that of the bundles with a file for each, and the key that switches one off.
const SETTINGS: &str = "Claude Extensions Settings";
const IS_ENABLED: &str = "isEnabled";

/// The servers of the bundles on this machine.
pub(crate) fn installed() -> Vec<ServerEntry> {
    let bundles = paths(&PLACES, &[]).into_iter().filter(|path| path.ends_with(BUNDLE_FILE));
    bundles.filter_map(|path| server(&path)).collect()
}

fn server(path: &Path) -> Option<ServerEntry> {
    let text = text(path)?;
    let text = text.trim_start_matches('\u{feff}');
    let Ok(Value::Object(map)) = serde_json::from_str(text) else { return None };
    if !is_mcpb(&map) {
        return None;
    }
    let file = ManifestFile { path, document: Document::parse(text, Format::Json).ok() };
    let mut found = mcpb::server(&map, &file);
    if let Ok(server) = &mut found {
        server.origin.client = ClientName::CLAUDE_DESKTOP.title.to_owned();
        if is_switched_off(path).unwrap_or(false) {
            server.switch_off();
        }
    }
    Some(found)
}

/// True if the settings of the bundle whose manifest is `path` switch it off.
fn is_switched_off(path: &Path) -> Option<bool> {
    let bundle = path.parent()?;
    let name = format!("{}.json", bundle.file_name()?.to_str()?);
    let settings = bundle.parent()?.parent()?.join(SETTINGS).join(name);
    let settings: Value = serde_json::from_str(&text(&settings)?).ok()?;
    Some(settings.get(IS_ENABLED) == Some(&Value::Bool(false)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_unpacked_bundle_is_a_server_also_if_it_declares_its_tools() {
        let dir = tempfile::tempdir().unwrap();
        let bundle = dir.path().join("Claude Extensions/ant.dir.den.shelf");
        fs::create_dir_all(&bundle).unwrap();
        let path = bundle.join("manifest.json");
        let manifest = r#"{"manifest_version": "0.4", "name": "shelf", "version": "1.0.0",
            "server": {"type": "uv", "entry_point": "src/main.py"}, "tools": [{"name": "find", "description": "Finds."}]}"#;
        fs::write(&path, manifest).unwrap();
        let read = || server(&path).unwrap().unwrap();
        assert!(read().shown().to_string().contains("shelf/src/main.py"), "{}", read().shown());
        assert_eq!((read().origin.client.as_str(), read().is_disabled()), ("Claude Desktop", false));
        let settings = dir.path().join("Claude Extensions Settings");
        fs::create_dir(&settings).unwrap();
        fs::write(settings.join("ant.dir.den.shelf.json"), r#"{"isEnabled": false, "userConfig": {}}"#).unwrap();
        assert!(read().is_disabled());
        fs::write(&path, "{}").unwrap();
        assert!(server(&path).is_none());
    }
}
