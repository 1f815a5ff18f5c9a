//! The exact version of a package that a command starts as the latest.

use std::process::{Command as Process, Stdio};

use super::Target;
use super::command::Command;
use super::package;
use crate::model::{Package, Registry};

/// Why a target cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    /// The registry, or the program that asks it, did not tell.
    #[error("the version of {0} is not known")]
    NoVersion(String),
}

/// `target` with the version that its package has now, where its command names a package without one. Nothing is started:
/// the package manager asks its registry.
pub(crate) fn pinned(target: Target) -> Result<Target, PinError> {
    let Some(Package { registry, name, version: None }) = target.package() else { return Ok(target) };
    let Target::Command(command) = target else { return Ok(target) };
    let version = match registry {
        Registry::Npm => latest_of_npm(&name),
        Registry::Pypi | Registry::Other => None,
    };
    let version = version.ok_or_else(|| PinError::NoVersion(name.clone()))?;
    let args = command.args.iter().map(|word| match word {
        word if *word == name || *word == format!("{name}@latest") => format!("{name}@{version}"),
        word => word.clone(),
    });
    let pinned = Command { program: command.program.clone(), args: args.collect() };
    match package::of_command(&pinned) {
        Some(Package { version: Some(_), .. }) => Ok(Target::Command(pinned)),
        _ => Err(PinError::NoVersion(name)),
    }
}

/// What `npm view` tells, from the registry that npm is configured to use.
fn latest_of_npm(name: &str) -> Option<String> {
    if name.starts_with('-') {
        return None;
    }
    let npm = which::which("npm").ok()?;
    let asked = Process::new(npm).args(["view", name, "version"]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let told = String::from_utf8(asked.ok()?.stdout).ok()?;
    let version = told.trim();
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
    is_version.then(|| version.to_owned())
}
