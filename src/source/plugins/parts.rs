//! The parts that a manifest or a marketplace names, and why one was not read.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::places::{MAX_PARTS, MAX_QUOTE, MAX_SERVER_FILES, plugins_of};
use crate::model::{Deviation, NotRead};
use crate::source::decode::deviation;
use crate::source::real_folder::RealFolder;
use crate::text::clean;

/// The keys of a manifest that hold paths.
const PATH_KEYS: [&str; 10] = [
    "mcpServers",
    "skills",
    "hooks",
    "commands",
    "agents",
    "outputStyles",
    "output-styles",
    "rules",
    "monitors",
    "lspServers",
];

/// A part that a plugin or marketplace names.
pub(super) struct Part {
    name: String,
    /// The path relative to the plugin. `None` if the part is downloaded.
    path: Option<PathBuf>,
}

/// The parts that `manifest` names: the plugins of a marketplace, or the paths of a plugin.
pub(super) fn parts(manifest: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    for plugin in plugins_of(manifest).iter().filter(|plugin| plugin.get("source").is_some()) {
        parts.push(Part { name: name_of(plugin).to_owned(), path: local_place(manifest, plugin) });
    }
    let paths = PATH_KEYS.iter().filter_map(|key| manifest.get(key)).flat_map(paths);
    parts.extend(paths.take(MAX_PARTS).map(|path| Part {
        name: if path.is_empty() { "An empty path".into() } else { path.to_owned() },
        path: (!path.contains("://")).then(|| path.into()),
    }));
    parts
}

/// The name of a plugin that a marketplace lists, for messages.
pub(super) fn name_of(plugin: &Value) -> &str {
    plugin.get("name").and_then(Value::as_str).unwrap_or("without a name")
}

/// True if `manifest`, or a plugin that it lists, names more than is looked at.
pub(super) fn is_cut(manifest: &Value) -> bool {
    let listed = manifest.get("plugins").and_then(Value::as_array).map_or(0, Vec::len);
    let has_many =
        |plugin: &Value| PATH_KEYS.iter().filter_map(|key| plugin.get(key)).flat_map(paths).nth(MAX_PARTS).is_some();
    let servers = plugins_of(manifest).iter().filter_map(|plugin| plugin.get("mcpServers")).flat_map(paths);
    listed > MAX_PARTS
        || has_many(manifest)
        || plugins_of(manifest).iter().any(has_many)
        || servers.count() > MAX_SERVER_FILES
}

/// The paths that the value of a key is or holds.
pub(super) fn paths(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let sources = value.as_object().into_iter().flat_map(|map| map.values());
    let sources = sources.filter_map(|part| part.get("source").and_then(Value::as_str));
    value.as_str().into_iter().chain(list).chain(sources)
}

/// The path of `plugin` relative to the marketplace that lists it. `None` if it is downloaded from elsewhere.
pub(super) fn local_place(marketplace: &Value, plugin: &Value) -> Option<PathBuf> {
    let source = plugin.get("source")?.as_str().filter(|source| !source.contains("://"))?;
    let root = marketplace.get("metadata").and_then(|metadata| metadata.get("pluginRoot")).and_then(Value::as_str);
    let is_explicit = source.starts_with("./") || source.starts_with("../") || source == ".";
    Some(match root.filter(|_| !is_explicit) {
        Some(root) => Path::new(root).join(source),
        None => source.into(),
    })
}

impl Part {
    /// Why the part of the plugin at `folder` was not read. `None` if it is inside the folder `root`.
    pub(super) fn deviation(&self, folder: &Path, root: &Path) -> Option<Deviation> {
        let name = clean::excerpt(&self.name, MAX_QUOTE);
        let why = match &self.path {
            None => format!("{name} is downloaded, and was not read."),
            Some(path) => match RealFolder::new(root).ok()?.holds(&folder.join(path)) {
                Ok(true) => return None,
                Ok(false) => format!("{name} leads out of the folder, and was not read."),
                Err(_) => format!("{name} is named by the plugin and is not there."),
            },
        };
        Some(Deviation { not_read: Some(NotRead::Part), ..deviation("plugin-part-not-read", None, &why) })
    }
}
