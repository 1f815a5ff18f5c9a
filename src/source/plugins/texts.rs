//! The texts of a plugin that a model reads: commands, agents, output styles and rules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::{DirEntry, WalkDir};

use super::parts::paths;
use super::places::{MAX_PARTS, MAX_QUOTE};
use crate::model::Item;
use crate::source::folder_reader::FolderReader;
use crate::source::real_folder::RealFolder;
use crate::source::skills;
use crate::text::{clean, digest};

/// The folders of these texts, and the keys of a manifest that name others.
const FOLDERS: [&str; 4] = ["commands", "agents", "output-styles", "rules"];
const KEYS: [&str; 6] = ["commands", "agents", "outputStyles", "output-styles", "rules", CONTEXT];
/// The key of an extension for the texts that are always in front of the model.
const CONTEXT: &str = "contextFileName";
/// The ending of a command of an extension: its prompt, and shell code in it.
const COMMAND: &str = "toml";
/// Most texts of a plugin, their depth, and most files that are looked at for them.
const MAX_TEXTS: usize = 1_000;
const MAX_DEPTH: usize = 8;
const MAX_WALK: usize = 10_000;

/// Folders that are skipped: they hold dependencies and build output.
const SKIPPED: [&str; 4] = [".git", "node_modules", "target", "__pycache__"];

/// True for a file or folder that a walk of a scanned folder looks at.
pub(super) fn is_walked(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped)
}

/// The files of the plugin at `folder` that hold these texts, in the order of their folders. `manifest` may name more, and
/// those alone are looked for where the plugin was read already (`is_first` is false). `context` is the text of an
/// extension that names no other. What is left out is noted in `reader`.
pub(super) fn files(
    folder: &Path,
    manifest: Option<&Value>,
    context: Option<&str>,
    is_first: bool,
    reader: &mut FolderReader<'_>,
) -> Vec<PathBuf> {
    let context = context.filter(|_| is_first && manifest.is_none_or(|manifest| manifest.get(CONTEXT).is_none()));
    let named: Vec<&str> =
        KEYS.iter().filter_map(|key| manifest?.get(key)).flat_map(paths).take(MAX_PARTS + 1).collect();
    let mut found = TextSearch::default();
    if named.len() > MAX_PARTS {
        found.cut.insert(format!("The plugin names more than {MAX_PARTS} paths, and not all were read."));
    }
    if let Ok(plugin) = RealFolder::new(folder) {
        let own = FOLDERS.into_iter().filter(|_| is_first);
        for name in own.chain(context).chain(named.into_iter().take(MAX_PARTS)) {
            found.add(folder, &plugin, name);
        }
    }
    found.cut.iter().for_each(|text| reader.left_out("plugin-part-not-read", text));
    found.texts
}

/// `item` with the digest of its texts.
pub(super) fn with_digest(mut item: Item) -> Item {
    let description = item.description.as_deref().unwrap_or_default();
    let texts = item.long_texts.iter().map(|text| &*text.text).chain([description]);
    item.digest = digest::sha256(texts.chain(item.permissions.iter().map(String::as_str)));
    item.content_digest = Some(item.digest.clone());
    item
}

#[derive(Default)]
pub(super) struct TextSearch {
    pub(super) texts: Vec<PathBuf>,
    known: BTreeSet<PathBuf>,
    /// How many files were looked at.
    walked: usize,
    /// What was left out, for display.
    pub(super) cut: BTreeSet<String>,
}

impl TextSearch {
    /// Adds the texts at `name` in the plugin at `folder`, which is `plugin` with its links resolved.
    pub(super) fn add(&mut self, folder: &Path, plugin: &RealFolder, name: &str) {
        let place = folder.join(name.trim_start_matches("./"));
        let shown = clean::excerpt(name, MAX_QUOTE);
        // What is not there is noted where the parts of the manifest are.
        let Ok(is_inside) = plugin.holds(&place) else { return };
        if !is_inside {
            self.cut.insert(format!("{shown} leads out of the folder, and was not read."));
            return;
        }
        for entry in WalkDir::new(&place).max_depth(MAX_DEPTH + 1).sort_by_file_name() {
            self.walked += 1;
            if self.walked > MAX_WALK {
                self.cut.insert(format!("The plugin has more than {MAX_WALK} files, and not all were read."));
                return;
            }
            let Ok(entry) = entry else {
                self.cut.insert(format!("A file or folder in {shown} could not be read."));
                continue;
            };
            let is_folder = entry.file_type().is_dir();
            let is_command = entry.path().extension().is_some_and(|ending| ending == COMMAND);
            let is_text = !is_folder && (is_command || skills::is_prose(entry.path()));
            if entry.depth() > MAX_DEPTH {
                if is_folder || is_text {
                    self.cut.insert(format!("{shown} has too many nested folders, and not all were read."));
                }
            } else if entry.depth() > 0 && entry.path_is_symlink() && entry.path().is_dir() {
                self.cut.insert(format!("{shown} has a link to a folder, which was not read."));
            } else if is_text && !self.known.contains(entry.path()) {
                if self.texts.len() == MAX_TEXTS {
                    self.cut.insert(format!("The plugin has more than {MAX_TEXTS} texts, and not all were read."));
                    return;
                }
                self.known.insert(entry.path().to_owned());
                self.texts.push(entry.into_path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::source::bounds::Budget;

    /// The number of texts of the plugin `p` with `manifest`, and what was left out.
    fn found(texts: &[String], manifest: &Value) -> (usize, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        for name in texts {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let budget = Budget::default();
        let mut reader = FolderReader::new(dir.path(), &budget).unwrap();
        let found = files(&dir.path().join("p"), Some(manifest), None, true, &mut reader);
        (found.len(), reader.deviations.into_iter().map(|found| found.text).collect())
    }

    #[test]
    fn no_path_leads_out_of_the_plugin() {
        let texts = ["p/commands/a.md".to_owned(), "other/b.md".to_owned()];
        let (number, cut) = found(&texts, &json!({"commands": ["/", "../other", "../../.."], "agents": "./commands"}));
        assert_eq!(number, 1);
        assert_eq!(cut.len(), 3, "{cut:?}");
        assert!(cut.iter().all(|text| text.ends_with(" leads out of the folder, and was not read.")), "{cut:?}");
    }

    #[test]
    fn what_is_over_the_bounds_is_left_out() {
        let many: Vec<String> = (0..=MAX_TEXTS).map(|number| format!("p/commands/{number}.md")).collect();
        let (number, cut) = found(&many, &json!({}));
        assert_eq!((number, cut.len()), (MAX_TEXTS, 1), "{cut:?}");
        let (number, cut) = found(&["p/rules/1/2/3/4/5/6/7/8/9/a.md".to_owned()], &json!({}));
        assert_eq!((number, cut.len()), (0, 1), "{cut:?}");
        let (_, cut) = found(&["p/a.md".to_owned()], &json!({"rules": vec!["./a.md"; MAX_PARTS + 1]}));
        assert_eq!(cut.len(), 1, "{cut:?}");
    }
}
