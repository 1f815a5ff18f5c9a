//! How the files of a skill are called.

use std::path::Path;

/// The file that makes a folder a skill.
pub(super) const SKILL_FILE: &str = "SKILL.md";
/// Folders that are skipped: they hold dependencies and build output.
pub(super) const SKIPPED: [&str; 4] = [".git", "node_modules", "target", "__pycache__"];
/// Extensions of texts that a model reads. Other files are scripts and data.
const PROSE: [&str; 5] = ["md", "mdc", "markdown", "txt", "rst"];

/// True for the main file of a skill.
pub(crate) fn is_skill(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(SKILL_FILE))
}

/// True for a file of a skill. All files beside and below the main one are read with it.
pub(crate) fn is_part(path: &Path) -> bool {
    is_skill(path) || path.ancestors().skip(1).any(|folder| folder.join(SKILL_FILE).is_file())
}

/// True for a file whose text a model reads.
pub(super) fn is_prose(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    PROSE.contains(&ending.as_str())
}
