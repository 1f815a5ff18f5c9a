//! A manifest file and the positions of servers in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::ManifestCause;
use crate::model::Origin;
use crate::source::client::Document;
use crate::source::error::SourceError;

/// Maximum size of a manifest, in bytes, also after unpacking.
pub(crate) const MAX_FILE: u64 = 8 << 20;

/// The manifest of a bundle, at its root.
pub(super) const BUNDLE_FILE: &str = "manifest.json";

/// A manifest file, for locating its entries.
pub(crate) struct ManifestFile<'a> {
    pub(crate) path: &'a Path,
    /// `None` if only the content is available, not the positions.
    pub(crate) document: Option<Document>,
}

impl ManifestFile<'_> {
    /// The origin of the server `name`, located by `keys`. `kind` describes the manifest to the user.
    pub(crate) fn origin(&self, kind: String, name: &str, keys: &[&str]) -> Origin {
        // A registry response wraps the content of `server.json` in `server`.
        let wrapped = [&["server"], keys].concat();
        let place = |document: &Document| document.position(keys).or_else(|| document.position(&wrapped));
        let place = self.document.as_ref().and_then(place);
        let (line, column) = place.unzip();
        let (file, server) = (self.path.display().to_string(), name.to_owned());
        Origin { client: kind, file, server, line, column, ..Origin::default() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.absolute().parent().map(Path::to_owned).unwrap_or_default()
    }

    pub(crate) fn absolute(&self) -> PathBuf {
        std::path::absolute(self.path).unwrap_or_default()
    }

    /// True if the manifest lies in an archive.
    pub(crate) fn is_archive(&self) -> bool {
        self.path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("json"))
    }
}

/// The error that the manifest gives no usable server.
pub(crate) fn unusable(origin: &Origin, cause: ManifestCause) -> SourceError {
    SourceError::new(origin.display(), cause)
}

/// The text of a regular file that is not too large.
pub(super) fn text(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let found = file.metadata().ok()?;
    if !found.is_file() || found.len() > MAX_FILE {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// True for the manifest of a bundle.
pub(super) fn is_mcpb(map: &Map<String, Value>) -> bool {
    (map.contains_key("manifest_version") || map.contains_key("dxt_version"))
        && map.get("server").is_some_and(Value::is_object)
}
