//! What may not pass, by server.

use super::servers::ServerSettings;
use super::threshold::Threshold;

/// What may not pass, server by server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Thresholds {
    /// Of servers that have none of their own, and of what is between servers.
    pub(crate) all: Vec<Threshold>,
    servers: Vec<ServerSettings>,
}

impl Thresholds {
    /// `all` for every server but those in `servers` that have their own.
    pub(crate) fn new(all: Vec<Threshold>, servers: Vec<ServerSettings>) -> Self {
        Self { all, servers }
    }

    /// Those of the server that the user named so.
    pub(crate) fn of_server(&self, target: &str) -> &[Threshold] {
        let settings = self.servers.iter().find(|settings| settings.target.fits(target));
        settings.and_then(|settings| settings.fail_on.as_ref()).unwrap_or(&self.all)
    }

    /// Those that only single servers have.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Threshold> {
        self.servers.iter().filter_map(|settings| settings.fail_on.as_ref()).flatten()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Threshold> {
        self.all.iter().chain(self.own())
    }
}

impl From<Vec<Threshold>> for Thresholds {
    fn from(all: Vec<Threshold>) -> Self {
        Self { all, servers: Vec::new() }
    }
}
