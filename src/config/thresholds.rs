//! The thresholds of the gate for each server.

use super::servers::ServerSettings;
use super::threshold::Threshold;

/// The thresholds of the gate for each server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Thresholds {
    /// For servers without their own thresholds, and for results that concern several servers.
    pub(crate) all: Vec<Threshold>,
    servers: Vec<ServerSettings>,
}

impl Thresholds {
    /// Uses `all` for every server except those in `servers` that have their own.
    pub(crate) fn new(all: Vec<Threshold>, servers: Vec<ServerSettings>) -> Self {
        Self { all, servers }
    }

    /// The thresholds of the server that the user named `target`.
    pub(crate) fn of_server(&self, target: &str) -> &[Threshold] {
        let settings = self.servers.iter().find(|settings| settings.target.fits(target));
        settings.and_then(|settings| settings.fail_on.as_ref()).unwrap_or(&self.all)
    }

    /// The thresholds that apply to single servers only.
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
