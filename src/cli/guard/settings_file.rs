//! The configuration of a client, with the servers that it names.

use std::path::PathBuf;

use super::install_error::{InstallCause, InstallError, failure};
use crate::cli::add::edit::Settings;
use crate::cli::add::record::read_if_there;
use crate::cli::args::GuardPlaceArgs;
use crate::cli::diagnose::Messages;
use crate::source::client::{self, Client, Configured};

/// The configuration of a client.
pub(super) struct SettingsFile {
    pub(super) client: &'static Client,
    /// The absolute path.
    pub(super) path: PathBuf,
    pub(super) format: Settings,
    pub(super) text: String,
}

/// The servers that were asked for.
pub(super) struct NamedServers {
    pub(super) servers: Vec<Configured>,
    /// False if an entry, or the whole file, could not be read.
    pub(super) all_read: bool,
}

impl SettingsFile {
    /// Reads the configuration of the user, or of a project.
    pub(super) fn read(place: &GuardPlaceArgs) -> Result<Self, InstallError> {
        let client = place.client;
        let failed = |cause| failure(client.name.title, cause);
        let path = client.configuration(place.project.as_deref());
        let path = path.ok_or_else(|| failed(InstallCause::NoPlace(client.name.title)))?;
        let unread = |cause| failed(InstallCause::Read { path: path.clone(), cause });
        let path = std::path::absolute(&path).map_err(unread)?;
        let format =
            Settings::from_path(&path).map_err(|cause| failed(InstallCause::Format { path: path.clone(), cause }))?;
        let text = read_if_there(&path).map_err(unread)?.unwrap_or_default();
        Ok(Self { client, path, format, text })
    }

    /// The servers with these `names`, or all. Entries that cannot be read are reported.
    pub(super) fn named(&self, names: &[String], messages: Messages) -> Result<NamedServers, InstallError> {
        let mut found = NamedServers { servers: Vec::new(), all_read: true };
        for entry in client::servers(&self.path).unwrap_or_default() {
            match entry {
                Ok(server) => found.servers.push(server),
                Err(error) => {
                    messages.error(error);
                    found.all_read = false;
                }
            }
        }
        let known: Vec<String> = found.servers.iter().map(|server| server.origin.server.clone()).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            return Err(failure(unknown, InstallCause::NoServer { path: self.path.clone(), known }));
        }
        found.servers.retain(|server| names.is_empty() || names.contains(&server.origin.server));
        Ok(found)
    }
}
