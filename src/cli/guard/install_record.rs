//! What `guard install` wrote for one server, so that `guard uninstall` undoes exactly that.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::add::record::{Change, read_if_there};
use crate::cli::state_folder::state_folder;
use crate::text::digest;
use crate::text::slug::slug;

/// The version of the record format.
const VERSION: u32 = 1;

/// What was written for one server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstallRecord {
    version: u32,
    /// The part of the configuration that started the server.
    pub(super) before: String,
    /// The part that starts the guard.
    pub(super) after: String,
    /// The whole configuration as it was, for a person who needs it.
    backup: String,
    /// The files that were created.
    pub(super) created: Vec<Change>,
}

impl InstallRecord {
    pub(super) fn new(before: String, after: String, backup: String, created: Vec<Change>) -> Self {
        Self { version: VERSION, before, after, backup, created }
    }

    /// The record of `server` in `configuration`. `None` if there is none.
    pub(super) fn load(configuration: &Path, server: &str) -> io::Result<Option<Self>> {
        read_if_there(&record_path(configuration, server)?)?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
    }

    /// Writes the record, readable only by its owner, because a configuration may hold secrets. Returns its path.
    pub(super) fn keep(&self, configuration: &Path, server: &str) -> io::Result<PathBuf> {
        let path = record_path(configuration, server)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        let mut kept = tempfile::Builder::new().prefix(".record-").tempfile_in(folder)?;
        serde_json::to_writer_pretty(&mut kept, self)?;
        kept.persist(&path)?;
        Ok(path)
    }

    pub(super) fn forget(configuration: &Path, server: &str) -> io::Result<()> {
        fs::remove_file(record_path(configuration, server)?)
    }
}

/// True if the `configuration` still starts the guard that `guard install` put in front of `server`.
pub(in crate::cli) fn is_guarded(configuration: &Path, server: &str) -> io::Result<bool> {
    let Some(record) = InstallRecord::load(configuration, server)? else { return Ok(false) };
    Ok(read_if_there(configuration)?.is_some_and(|text| text.contains(&record.after)))
}

/// A name for `server` in `configuration` that no other has.
pub(super) fn unique_name(configuration: &Path, server: &str) -> String {
    let digest = digest::sha256([configuration.as_os_str().as_encoded_bytes(), server.as_bytes()]);
    let digest = digest.trim_start_matches("sha256:");
    format!("{}-{}", slug(server), digest.get(..8).unwrap_or_default())
}

fn record_path(configuration: &Path, server: &str) -> io::Result<PathBuf> {
    let folder = state_folder().ok_or_else(|| io::Error::other("there is no folder to keep it in"))?;
    Ok(folder.join("guarded").join(unique_name(configuration, server)).with_extension("json"))
}
