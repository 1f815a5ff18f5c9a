//! Lock files of npm, pnpm and Yarn.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::super::lockfile_error::LockfileCause;
use super::locked::Locked;
use crate::text::yaml;

/// The folder of packages in a package-lock.json.
const MODULES: &str = "node_modules/";

#[derive(Deserialize)]
struct PackageLock {
    #[serde(default)]
    packages: Option<BTreeMap<String, PackageLockEntry>>,
}

#[derive(Deserialize)]
struct PackageLockEntry {
    /// The name, where the folder is called otherwise.
    name: Option<String>,
    version: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
}

/// The packages of a package-lock.json since version 2, and of npm-shrinkwrap.json.
pub(super) fn package_lock(text: &str) -> Result<Vec<Locked>, LockfileCause> {
    let lock: PackageLock = serde_json::from_str(text).map_err(|cause| LockfileCause::Damaged(cause.to_string()))?;
    let packages = lock.packages.ok_or(LockfileCause::OldPackageLock)?;
    let locked = |(path, entry): (String, PackageLockEntry)| {
        let (_, folder) = path.rsplit_once(MODULES)?;
        let version = entry.version.filter(|_| !entry.link)?;
        Some(Locked {
            name: entry.name.unwrap_or_else(|| folder.to_owned()),
            version,
            digests: entry.integrity.into_iter().collect(),
            is_direct: path.matches(MODULES).count() == 1 && path.starts_with(MODULES),
        })
    };
    Ok(packages.into_iter().filter_map(locked).collect())
}

/// The packages of a pnpm-lock.yaml.
pub(super) fn pnpm_lock(name: &str, text: &str) -> Result<Vec<Locked>, LockfileCause> {
    let lock: Value = yaml::read(name, text).map_err(|cause| LockfileCause::Damaged(cause.to_string()))?;
    let mut direct = BTreeSet::new();
    let importers = lock.get("importers").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    for importer in importers.chain([&lock]) {
        for field in ["dependencies", "devDependencies", "optionalDependencies"] {
            for (name, stated) in importer.get(field).and_then(Value::as_object).into_iter().flatten() {
                let version = stated.as_str().or_else(|| stated.get("version")?.as_str()).unwrap_or_default();
                direct.insert((name.clone(), without_peers(version).to_owned()));
            }
        }
    }
    let packages = lock.get("packages").and_then(Value::as_object).into_iter().flatten();
    let locked = |(key, entry): (&String, &Value)| {
        let (name, version) = without_peers(key.trim_start_matches('/')).rsplit_once('@')?;
        let digest = entry.pointer("/resolution/integrity").and_then(Value::as_str);
        let is_direct = direct.contains(&(name.to_owned(), version.to_owned()));
        let (name, version) = (name.to_owned(), version.to_owned());
        (!name.is_empty()).then(|| Locked {
            name,
            version,
            digests: digest.map(str::to_owned).into_iter().collect(),
            is_direct,
        })
    };
    Ok(packages.filter_map(locked).collect())
}

/// `2.0.0(zod@3.0.0)` without the packages that it was resolved with.
fn without_peers(text: &str) -> &str {
    text.split('(').next().unwrap_or(text)
}

/// The packages of a yarn.lock of Yarn 1.
pub(super) fn yarn_lock(text: &str) -> Vec<Locked> {
    let mut packages: Vec<Locked> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if indent == 0 {
            let first = line.trim_end_matches(':').split(", ").next().unwrap_or_default().trim_matches('"');
            // `alias@npm:name@range`
            let specified = first.split_once("@npm:").map_or(first, |(_, real)| real);
            let name =
                specified.rsplit_once('@').filter(|(name, _)| !name.is_empty()).map_or(specified, |(name, _)| name);
            packages.push(Locked {
                name: name.to_owned(),
                version: String::new(),
                digests: Vec::new(),
                is_direct: false,
            });
        } else if indent == 2
            && let Some(package) = packages.last_mut()
            && let Some((key, value)) = line.split_once(' ')
        {
            match key {
                "version" => package.version = value.trim_matches('"').to_owned(),
                "integrity" => package.digests = vec![value.trim_matches('"').to_owned()],
                _ => {}
            }
        }
    }
    packages
}
