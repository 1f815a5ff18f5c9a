//! Lock files of uv, Poetry and pip, and requirements with hashes.

use serde::Deserialize;
use toml::Value;

use super::super::lockfile_error::LockfileCause;
use super::locked::Locked;

/// uv.lock and poetry.lock have `package`, pylock.toml has `packages`.
#[derive(Deserialize)]
struct TomlLock {
    #[serde(default, alias = "packages")]
    package: Vec<TomlPackage>,
    #[serde(default)]
    metadata: Option<Value>,
}

#[derive(Deserialize)]
struct TomlPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    sdist: Option<Value>,
    #[serde(default)]
    wheels: Vec<Value>,
    #[serde(default)]
    files: Vec<Value>,
}

/// The packages of a uv.lock, poetry.lock or pylock.toml.
pub(super) fn toml_lock(text: &str) -> Result<Vec<Locked>, LockfileCause> {
    let lock: TomlLock = toml::from_str(text).map_err(|cause| LockfileCause::Damaged(cause.message().to_owned()))?;
    // A poetry.lock before version 2 lists the files apart.
    let apart = lock.metadata.as_ref().and_then(|metadata| metadata.get("files"));
    let locked = |package: TomlPackage| {
        let apart = apart.and_then(|files| files.get(&package.name)?.as_array()).into_iter().flatten();
        let files = package.sdist.iter().chain(&package.wheels).chain(&package.files).chain(apart);
        let digests = files.filter_map(sha256).map(str::to_owned).collect();
        Some(Locked { version: package.version?, name: package.name, digests, is_direct: false })
    };
    Ok(lock.package.into_iter().filter_map(locked).collect())
}

/// The SHA-256 of a file: `hash = "sha256:..."`, or `hashes = { sha256 = "..." }`.
fn sha256(file: &Value) -> Option<&str> {
    let hash = file.get("hash").and_then(Value::as_str).and_then(|hash| hash.strip_prefix("sha256:"));
    hash.or_else(|| file.get("hashes")?.get("sha256")?.as_str())
}

/// The packages of requirements that are pinned with `==`.
pub(super) fn requirements(text: &str) -> Vec<Locked> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.starts_with('#') {
            continue;
        }
        let part = line.trim_end_matches('\\');
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(part);
            }
            None => lines.push(part.to_owned()),
        }
        goes_on = line.ends_with('\\');
    }
    lines.iter().filter_map(|line| requirement(line)).collect()
}

fn requirement(line: &str) -> Option<Locked> {
    let (name, rest) = line.split_once("==").filter(|_| !line.starts_with('-'))?;
    let name = name.split('[').next().unwrap_or(name).trim();
    let mut words = rest.split_whitespace();
    let version = words.next()?.trim_end_matches(';').split(';').next()?.to_owned();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let digests = words.filter_map(|word| word.strip_prefix("--hash=sha256:")).map(str::to_owned).collect();
    is_name.then(|| Locked { name: name.to_owned(), version, digests, is_direct: false })
}
