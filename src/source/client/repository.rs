//! The folder that a file belongs to: its repository, or the folder of the application that it is a part of.

use std::path::{Path, PathBuf};

use super::known_files::is_of_system;

/// Files at the top of an application, which name its parts.
const MANIFESTS: [&str; 10] = [
    "package.json",
    "pyproject.toml",
    "setup.py",
    "Cargo.toml",
    "go.mod",
    "deno.json",
    "composer.json",
    "Gemfile",
    "pom.xml",
    "build.gradle",
];
/// Folders directly below the root are of the system, whatever file lies in them.
const SHALLOWEST: usize = 3;

/// The repository around `folder`: the nearest folder with `.git`. Without one, or where it holds a home, it is `folder`
/// alone.
pub(crate) fn repository(folder: &Path) -> PathBuf {
    nearest(folder, |folder| folder.join(".git").symlink_metadata().is_ok()).unwrap_or(folder).to_owned()
}

/// The application around `folder`: its repository, or the nearest folder with a manifest. `None` if there is neither.
pub(super) fn application(folder: &Path) -> Option<PathBuf> {
    let found = nearest(folder, |folder| has(folder, ".git")).or_else(|| nearest(folder, has_manifest))?;
    (found.components().count() >= SHALLOWEST && !is_of_system(found)).then(|| found.to_owned())
}

/// True for the top of an application.
pub(super) fn has_manifest(folder: &Path) -> bool {
    MANIFESTS.iter().any(|manifest| has(folder, manifest))
}

fn has(folder: &Path, name: &str) -> bool {
    folder.join(name).symlink_metadata().is_ok()
}

/// True for the user's home, and for a folder that holds it.
pub(super) fn is_home(folder: &Path) -> bool {
    let home = std::env::home_dir();
    home.is_some_and(|home| home.canonicalize().unwrap_or(home).starts_with(folder))
}

fn nearest(folder: &Path, fits: impl Fn(&Path) -> bool) -> Option<&Path> {
    folder.ancestors().take_while(|folder| !is_home(folder)).find(|folder| fits(folder))
}
