//! A package that is started without a fixed version.

use crate::model::{Package, Registry};
use crate::text::clean;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "a package that is started without one fixed version";

/// Longest name or version in a sentence, in characters.
const MAX_NAME: usize = 100;
/// Tags and branches that move.
const MOVING: [&str; 11] =
    ["latest", "main", "master", "head", "HEAD", "edge", "nightly", "develop", "dev", "canary", "next"];

/// The version of `package` that can change.
pub(crate) fn find(package: &Package) -> Option<String> {
    let version = package.version.as_deref().unwrap_or("latest");
    (!is_fixed(package.registry, version)).then(|| {
        format!("{} is started as {}.", clean::excerpt(&package.name, MAX_NAME), clean::excerpt(version, MAX_NAME))
    })
}

/// True for a version that stays the same: npm reads a partial one as a range and PyPI does not; in other registries
/// only tags that are known to move are not fixed.
fn is_fixed(registry: Registry, version: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    match registry {
        Registry::Npm => {
            let numbers = version.trim_start_matches(['v', '=']).split(['-', '+']).next().unwrap_or_default();
            numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
        }
        Registry::Pypi => version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains(['*', ' ']),
        Registry::Other => !MOVING.contains(&version),
    }
}
