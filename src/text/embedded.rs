//! Text files that are built into the program from a folder of the repository.

use include_dir::Dir;

/// The path below the folder, and the text.
pub(crate) type EmbeddedFile = (&'static str, &'static str);

/// All files below `folder`, sorted by path.
pub(crate) fn files(folder: &'static Dir<'static>) -> Vec<EmbeddedFile> {
    let (mut files, mut open) = (Vec::new(), vec![folder]);
    while let Some(folder) = open.pop() {
        files.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))));
        open.extend(folder.dirs());
    }
    files.sort_unstable();
    files
}
