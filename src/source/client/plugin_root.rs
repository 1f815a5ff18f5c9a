//! The folder of the plugin that a configuration belongs to.

use std::path::{Path, PathBuf};

/// The file that describes a plugin.
pub(in crate::source) const MANIFEST: &str = "plugin.json";
/// Folders of a plugin that hold its manifest.
const HOLDERS: [&str; 6] = ["", ".claude-plugin", ".cursor-plugin", ".codex-plugin", ".plugin", ".github/plugin"];
/// How many folders above a file its plugin is looked for.
const MAX_ABOVE: usize = 4;

/// The places of `file`, a manifest or a list, in a plugin at `folder`.
pub(in crate::source) fn places_of<'a>(file: &'a str, folder: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
    HOLDERS.iter().map(move |holder| folder.join(holder).join(file)).filter(|path| path.is_file())
}

/// The folder of the plugin around the file at `path`, an absolute path. A manifest without a folder of its own is
/// believed only beside the file: other programs have files of this name too.
pub(super) fn plugin_root(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    if path.file_name().is_some_and(|name| name == MANIFEST) && HOLDERS.iter().skip(1).all(|it| !folder.ends_with(it)) {
        return Some(folder.to_owned());
    }
    let has_manifest = |folder: &&Path| HOLDERS.iter().skip(1).any(|it| folder.join(it).join(MANIFEST).is_file());
    folder.ancestors().take(MAX_ABOVE).find(has_manifest).map(Path::to_owned)
}
