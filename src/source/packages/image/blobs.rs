//! The parts of an image: its layers in their order, and how it starts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::error::PackageCause;
use crate::package::source_tree::normalized;

/// The largest description in an image, in bytes.
const MAX_JSON: u64 = 8 << 20;
/// The most layers.
const MAX_LAYERS: usize = 512;
/// The most entries of the archive of an image.
const MAX_PARTS: usize = 10_000;
/// How often an index leads to another one.
const MAX_INDEXES: usize = 4;

/// How an image starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// `Entrypoint` and `Cmd`.
    pub(super) words: Vec<String>,
    /// The working folder, without a `/` at the start.
    pub(super) folder: String,
}

/// An image.
pub(super) struct Image {
    parts: Parts,
    pub(super) layers: Vec<Layer>,
    pub(super) start: Start,
}

/// A layer: its part, and the SHA-256 that its name states.
pub(super) struct Layer {
    part: String,
    digest: Option<String>,
}

/// Where the parts of an image are.
enum Parts {
    Folder(PathBuf),
    /// Place and size of each part.
    Archive {
        path: PathBuf,
        places: BTreeMap<String, (u64, u64)>,
    },
}

fn not_an_image(why: &str) -> PackageCause {
    PackageCause::Damaged(why.to_owned())
}

fn failed(cause: std::io::Error) -> PackageCause {
    PackageCause::Io(Arc::new(cause))
}

impl Image {
    pub(super) fn open(path: &Path) -> Result<Self, PackageCause> {
        let parts = if path.is_dir() { Parts::Folder(path.to_owned()) } else { archive(path)? };
        let (config, layers) = if parts.has("index.json") { of_layout(&parts)? } else { of_docker(&parts)? };
        if layers.len() > MAX_LAYERS {
            return Err(PackageCause::TooManyFiles { max: MAX_LAYERS });
        }
        let settings = config.get("config").unwrap_or(&Value::Null);
        let words = |key: &str| -> Vec<String> {
            let words = settings.get(key).and_then(Value::as_array).into_iter().flatten();
            words.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let folder = settings.get("WorkingDir").and_then(Value::as_str).unwrap_or_default();
        let start = Start {
            words: [words("Entrypoint"), words("Cmd")].concat(),
            folder: normalized(folder.trim_start_matches('/')).unwrap_or_default(),
        };
        Ok(Self { parts, layers, start })
    }

    /// Reads the bytes of `layer` with `read`, and checks their digest.
    pub(super) fn with_layer<T>(
        &self,
        layer: &Layer,
        read: impl FnOnce(&mut dyn Read, u64) -> Result<T, PackageCause>,
    ) -> Result<T, PackageCause> {
        let (part, size) = self.parts.open(&layer.part)?;
        let mut hashed = Hashed { part, digest: Sha256::new() };
        let found = read(&mut hashed, size)?;
        std::io::copy(&mut hashed, &mut std::io::sink()).map_err(failed)?;
        let digest: String = hashed.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if layer.digest.as_ref().is_some_and(|stated| *stated != digest) {
            return Err(PackageCause::Integrity);
        }
        Ok(found)
    }
}

/// Hashes what is read.
struct Hashed {
    part: Box<dyn Read>,
    digest: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.part.read(buffer)?;
        self.digest.update(&buffer[..read]);
        Ok(read)
    }
}

impl Parts {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).is_file(),
            Self::Archive { places, .. } => places.contains_key(name),
        }
    }

    /// The bytes of a part, and how many there are.
    fn open(&self, name: &str) -> Result<(Box<dyn Read>, u64), PackageCause> {
        let missing = || not_an_image(&format!("the image has no part {name}"));
        let name = normalized(name).ok_or_else(missing)?;
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                let size = path.metadata().ok().filter(|found| found.is_file()).ok_or_else(missing)?.len();
                Ok((Box::new(File::open(path).map_err(failed)?), size))
            }
            Self::Archive { path, places } => {
                let (at, size) = *places.get(&name).ok_or_else(missing)?;
                let mut file = File::open(path).map_err(failed)?;
                file.seek(SeekFrom::Start(at)).map_err(failed)?;
                Ok((Box::new(file.take(size)), size))
            }
        }
    }

    fn json(&self, name: &str, digest: Option<&str>) -> Result<Value, PackageCause> {
        let mut bytes = Vec::new();
        self.open(name)?.0.take(MAX_JSON).read_to_end(&mut bytes).map_err(failed)?;
        if let Some(digest) = digest {
            super::super::integrity::check_sha256(&bytes, digest)?;
        }
        serde_json::from_slice(&bytes).map_err(|cause| PackageCause::Damaged(cause.to_string()))
    }

    /// The description that the digest in `reference` names.
    fn referred(&self, reference: &Value) -> Result<Value, PackageCause> {
        let (part, digest) = blob(reference)?;
        self.json(&part, Some(&digest))
    }
}

/// The part that a descriptor of OCI names, and its SHA-256.
fn blob(reference: &Value) -> Result<(String, String), PackageCause> {
    let digest = reference.get("digest").and_then(Value::as_str).and_then(|digest| digest.strip_prefix("sha256:"));
    let digest = digest.filter(|digest| digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit()));
    let digest = digest.ok_or_else(|| not_an_image("a part has no SHA-256"))?.to_lowercase();
    Ok((format!("blobs/sha256/{digest}"), digest))
}

/// The configuration and the layers of an OCI layout.
fn of_layout(parts: &Parts) -> Result<(Value, Vec<Layer>), PackageCause> {
    let mut found = parts.json("index.json", None)?;
    for _ in 0..MAX_INDEXES {
        let Some(manifests) = found.get("manifests").and_then(Value::as_array) else { break };
        let is = |reference: &&Value, system: &str, processor: &str| {
            let text = |key: &str| reference.pointer(&format!("/platform/{key}")).and_then(Value::as_str);
            text("os") == Some(system) && text("architecture") == Some(processor)
        };
        let is_unknown = |reference: &&Value| is(reference, "unknown", "unknown");
        let best = manifests.iter().find(|reference| is(reference, "linux", "amd64"));
        let best = best.or_else(|| manifests.iter().find(|reference| !is_unknown(reference)));
        let next = parts.referred(best.ok_or_else(|| not_an_image("it names no image"))?)?;
        found = next;
    }
    let config = parts.referred(found.get("config").ok_or_else(|| not_an_image("the image has no configuration"))?)?;
    let layers = found.get("layers").and_then(Value::as_array).into_iter().flatten();
    let layer = |reference| blob(reference).map(|(part, digest)| Layer { part, digest: Some(digest) });
    Ok((config, layers.map(layer).collect::<Result<_, _>>()?))
}

/// The configuration and the layers of an archive that Docker before 25 saved.
fn of_docker(parts: &Parts) -> Result<(Value, Vec<Layer>), PackageCause> {
    let manifest = parts.json("manifest.json", None)?;
    let image = manifest.get(0).ok_or_else(|| not_an_image("it names no image"))?;
    let config =
        image.get("Config").and_then(Value::as_str).ok_or_else(|| not_an_image("the image has no configuration"))?;
    let layers = image.get("Layers").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let layers = layers.map(|part| Layer { part: part.to_owned(), digest: None }).collect();
    Ok((parts.json(config, None)?, layers))
}

/// Where the parts are in an archive. One that is linked to another part has its place.
fn archive(path: &Path) -> Result<Parts, PackageCause> {
    let damaged = |cause: std::io::Error| PackageCause::Damaged(cause.to_string());
    let mut archive = tar::Archive::new(File::open(path).map_err(failed)?);
    let (mut places, mut links) = (BTreeMap::new(), Vec::new());
    for entry in archive.entries_with_seek().map_err(damaged)?.raw(true).take(MAX_PARTS) {
        let entry = entry.map_err(damaged)?;
        let Some(name) = normalized(&String::from_utf8_lossy(&entry.path_bytes())) else { continue };
        let kind = entry.header().entry_type();
        if kind.is_file() {
            places.insert(name, (entry.raw_file_position(), entry.size()));
        } else if let Some(target) = entry.link_name_bytes().filter(|_| kind.is_symlink() || kind.is_hard_link()) {
            let target = String::from_utf8_lossy(&target).into_owned();
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            let target = if kind.is_symlink() { format!("{folder}/{target}") } else { target };
            links.extend(normalized(target.trim_start_matches('/')).map(|target| (name, target)));
        }
    }
    for (name, target) in links {
        if let Some(place) = places.get(&target).copied() {
            places.insert(name, place);
        }
    }
    Ok(Parts::Archive { path: path.to_owned(), places })
}
