//! Where plugins keep their files, and where a marketplace lists them.

use std::path::{Path, PathBuf};

use serde_json::Value;

pub(super) use crate::source::client::{MANIFEST, places_of};

/// The file that lists plugins.
pub(super) const MARKETPLACE: &str = "marketplace.json";
/// The manifests of extensions of Gemini CLI and its fork, each with the text that a model reads if it names no other.
pub(super) const EXTENSIONS: [(&str, &str); 2] =
    [("gemini-extension.json", "GEMINI.md"), ("qwen-extension.json", "QWEN.md")];
/// Maximum number of parts of a plugin that are named.
pub(super) const MAX_PARTS: usize = 200;
/// Maximum number of files of servers that the manifests around a file name.
pub(super) const MAX_SERVER_FILES: usize = 1_000;
/// Longest name in a message, in characters.
pub(super) const MAX_QUOTE: usize = 120;
/// Folders of a plugin that hold files of one kind.
const OF_ONE_KIND: [&str; 2] = ["hooks", "monitors"];

/// The text that a model reads of the extension whose manifest has the file name `name`, unless it names another.
pub(super) fn context_of(name: &str) -> Option<&'static str> {
    EXTENSIONS.iter().find(|(manifest, _)| *manifest == name).map(|(_, context)| *context)
}

/// True if the plugin at `folder` has a manifest.
pub(super) fn has_manifest(folder: &Path) -> bool {
    places_of(MANIFEST, folder).next().is_some()
}

/// The folder of the plugin that the file at `path` is part of.
pub(super) fn plugin_folder(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_holder = |folder: &Path| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with('.') && name != ".." || OF_ONE_KIND.contains(&&*name)
    };
    let above = |folder: &Path| folder.parent().unwrap_or(Path::new("")).to_owned();
    let found = match folder {
        _ if folder.ends_with(".github/plugin") => above(&above(folder)),
        _ if is_holder(folder) => above(folder),
        _ => folder.to_owned(),
    };
    // An extension has its manifest beside its folders.
    let found = match path.file_name().is_some_and(|name| context_of(&name.to_string_lossy()).is_some()) {
        true => folder.to_owned(),
        false => found,
    };
    if found.as_os_str().is_empty() { PathBuf::from(".") } else { found }
}

/// The plugins that a marketplace lists.
pub(super) fn plugins_of(marketplace: &Value) -> &[Value] {
    let plugins = marketplace.get("plugins").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    plugins.get(..MAX_PARTS).unwrap_or(plugins)
}
