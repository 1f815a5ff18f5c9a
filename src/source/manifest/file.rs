//! A manifest as a file, and where in it a server is named.

use std::path::{Path, PathBuf};

use super::error::ManifestCause;
use crate::model::Origin;
use crate::source::client::Document;
use crate::source::error::SourceError;

/// Largest manifest, in bytes, also after it is unpacked.
pub(crate) const MAX_FILE: u64 = 8 << 20;

/// A manifest as a file: what it names has a place there.
pub(crate) struct ManifestFile<'a> {
    pub(crate) path: &'a Path,
    /// None where only the content is at hand.
    pub(crate) document: Option<Document>,
}

impl ManifestFile<'_> {
    /// Where the server `name` comes from: from what `keys` lead to. `kind` is what names it, for people.
    pub(crate) fn origin(&self, kind: String, name: &str, keys: &[&str]) -> Origin {
        // The registry's answer wraps what `server.json` holds.
        let wrapped = [&["server"], keys].concat();
        let place = |document: &Document| document.position(keys).or_else(|| document.position(&wrapped));
        let place = self.document.as_ref().and_then(place);
        let (line, column) = place.unzip();
        let (file, server) = (self.path.display().to_string(), name.to_owned());
        Origin { client: kind, file, server, line, column, ..Origin::default() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        std::path::absolute(self.path).ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default()
    }
}

/// The error that no server can be made of the manifest.
pub(crate) fn unusable(origin: &Origin, cause: ManifestCause) -> SourceError {
    SourceError::new(origin.display(), cause)
}
