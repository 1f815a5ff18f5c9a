//! Where packages come from: a registry, or without a network the caches of this machine; and what a lock file pins.

use std::path::Path;

use super::cache::{self, Cached};
use super::error::PackageCause;
use super::fetch::{Detail, Fetched};
use super::lockfile::{Lockfile, Pin};
use super::{npm, pypi};
use crate::model::{Package, Registry};

/// Where packages come from.
pub(crate) struct Supply {
    is_offline: bool,
    lockfile: Option<Lockfile>,
}

impl Supply {
    /// With the versions and digests of `lockfile`, if there is one.
    pub(crate) fn new(is_offline: bool, lockfile: Option<&Path>) -> Result<Self, PackageCause> {
        Ok(Self { is_offline, lockfile: lockfile.map(Lockfile::read).transpose()? })
    }

    /// The files of `requested`, of the newest version if neither it nor the lock file names one.
    pub(crate) async fn fetch(&self, requested: &Package, detail: Detail) -> Result<Fetched, PackageCause> {
        let pin = self.lockfile.as_ref().map(|lockfile| lockfile.pin(requested)).transpose()?;
        let version = pin.as_ref().map(|pin| pin.version.clone()).or_else(|| requested.version.clone());
        let wanted = Package { version, ..requested.clone() };
        if self.is_offline {
            let read = move || from_cache(&wanted, pin.as_ref());
            return tokio::task::spawn_blocking(read).await.unwrap_or(Err(PackageCause::Interrupted));
        }
        match wanted.registry {
            Registry::Npm => npm::fetch(&wanted, pin.as_ref(), detail).await,
            Registry::Pypi => pypi::fetch(&wanted, pin.as_ref()).await,
            Registry::Other => Err(PackageCause::UnknownRegistry),
        }
    }
}

fn from_cache(wanted: &Package, pin: Option<&Pin>) -> Result<Fetched, PackageCause> {
    let Cached { version, tree, notes, publication } = match wanted.registry {
        Registry::Npm => cache::npm::find(wanted, pin)?,
        Registry::Pypi => cache::python::find(wanted, pin)?,
        Registry::Other => return Err(PackageCause::UnknownRegistry),
    };
    Ok(Fetched { package: Package { version: Some(version), ..wanted.clone() }, tree, notes, publication })
}
