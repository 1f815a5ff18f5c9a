//! Files that the texts of a skill name and that are not read with it: beside its folder, in a folder that is skipped, or in
//! a form that is no text. A model reads what it is told to read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};

use super::folder_reader::{ExpectedContent, FolderReader};
use super::real_folder::RealFolder;
use super::skill_files::{SKIPPED, is_part, is_prose};
use crate::model::LongText;
use crate::text::clean;

/// Endings of documents and archives, which hold texts in a form that is not read.
const DOCUMENTS: [&str; 16] =
    ["7z", "bz2", "docx", "epub", "gz", "jar", "odt", "pdf", "pptx", "rar", "rtf", "tar", "tgz", "xlsx", "xz", "zip"];
/// Most files that are looked at by their names in texts, and the longest name, in bytes.
const MAX_NAMED: usize = 500;
const MAX_NAME: usize = 300;
/// Longest name in a message, in characters.
const MAX_QUOTE: usize = 120;

/// Adds to `texts`, those of the skill at `folder`, the files within `root` that they name. What is not read is noted.
pub(super) fn add(reader: &mut FolderReader<'_>, folder: &Path, root: &Path, texts: &mut Vec<LongText>) {
    let (Ok(skill), Ok(root)) = (RealFolder::new(folder), RealFolder::new(root)) else { return };
    let of_model = texts.iter().filter(|text| text.field != LongText::SCRIPT);
    let named: BTreeSet<String> = of_model.flat_map(|text| names(&text.text)).map(str::to_owned).collect();
    for name in named.iter().take(MAX_NAMED) {
        let Some(real) = fs::canonicalize(folder.join(name)).ok().filter(|path| path.is_file()) else { continue };
        let shown = clean::excerpt(name, MAX_QUOTE);
        let is_skipped = Path::new(name)
            .components()
            .any(|part| matches!(part, Component::Normal(part) if SKIPPED.iter().any(|skipped| part == *skipped)));
        let ending = real.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        if DOCUMENTS.contains(&ending.as_str()) {
            reader.left_out(
                "skill-file-no-text",
                &format!("{shown} is named in a text, is none itself, and was not read."),
            );
        } else if !root.holds_real(&real) {
            let text =
                format!("{shown} is named in a text, lies out of the folder that was scanned, and was not read.");
            reader.left_out("skill-file-outside", &text);
        } else if is_skipped || !(skill.holds_real(&real) || is_part(&real)) {
            // What is not read with this skill or another one.
            let is_prose = is_prose(&real);
            let (field, content) =
                if is_prose { ("content", ExpectedContent::Text) } else { (LongText::SCRIPT, ExpectedContent::Any) };
            let text = reader.text_or_note(&real, name, content);
            texts.extend(text.map(|text| LongText { field, text: text.into() }));
        }
    }
}

/// The words of `text` that may be relative paths of files.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_edge = |c: char| c.is_whitespace() || "()[]<>{}\"'`,;|*".contains(c);
    let words = text.split(is_edge).map(|word| word.trim_end_matches(['.', ':', '!', '?']));
    words.filter(|word| {
        let is_path =
            word.len() <= MAX_NAME && !word.contains("://") && !word.starts_with(['/', '~', '$', '#', '@', '-']);
        is_path && Path::new(word).extension().is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::bounds::Budget;

    /// What a skill that names `named` adds to the texts, and what it leaves out.
    fn found(named: &str, files: &[&str]) -> (usize, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        for name in files.iter().chain(&["in/skill/SKILL.md"]) {
            let path = dir.path().join("in/skill").join(name.trim_start_matches("in/skill/"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "Do it.").unwrap();
        }
        let (root, folder) = (dir.path().join("in"), dir.path().join("in/skill"));
        let budget = Budget::default();
        let mut reader = FolderReader::new(&root, &budget).unwrap();
        let mut texts = vec![LongText { field: "content", text: format!("Read [this]({named}), then go on.").into() }];
        add(&mut reader, &folder, &root, &mut texts);
        (texts.len() - 1, reader.deviations.into_iter().map(|found| found.id).collect())
    }

    #[test]
    fn what_a_skill_tells_to_read_is_read_or_named() {
        for (name, read, left_out) in [
            ("node_modules/x/more.md", 1, &[][..]),
            ("../shared/more.md", 1, &[]),
            ("../../more.md", 0, &["skill-file-outside"]),
            ("guide.pdf", 0, &["skill-file-no-text"]),
            ("data.tar.gz", 0, &["skill-file-no-text"]),
            ("more.md", 0, &[]),
            ("logo.png", 0, &[]),
        ] {
            assert_eq!(found(name, &[name]), (read, left_out.iter().map(|id| (*id).to_owned()).collect()), "{name}");
            assert_eq!(found(name, &[]), (0, Vec::new()), "{name} is not there");
        }
        assert_eq!(found("../other/more.md", &["../other/more.md", "../other/SKILL.md"]), (0, Vec::new()));
        assert_eq!(found("https://h.example/guide.pdf", &["guide.pdf"]), (0, Vec::new()));
    }
}
