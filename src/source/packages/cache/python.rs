//! Python packages in the caches of this machine: of pip first, whose archives can be checked whole, then of uv.

use super::super::error::PackageCause;
use super::super::lockfile::Pin;
use super::super::specification;
use super::cached::Cached;
use super::{pip, uv};
use crate::model::Package;

/// The package `wanted`, from the cache of pip or uv.
pub(crate) fn find(wanted: &Package, pin: Option<&Pin>) -> Result<Cached, PackageCause> {
    let (pip, uv) = (pip::folder(), uv::folder());
    if let Some(found) = pip.as_deref().map(|folder| pip::find(folder, wanted, pin)).transpose()?.flatten() {
        return Ok(found);
    }
    if let Some(found) = uv.as_deref().map(|folder| uv::find(folder, wanted, pin)).transpose()?.flatten() {
        return Ok(found);
    }
    let folders: Vec<String> = [&pip, &uv].into_iter().flatten().map(|folder| folder.display().to_string()).collect();
    let others = uv.map_or_else(Vec::new, |folder| uv::versions(&folder, &wanted.name));
    Err(PackageCause::NotCached { what: specification::display(wanted), place: folders.join(" and "), others })
}
