//! Text files that are built into the program from a folder of the repository.

use include_dir::Dir;

/// A file by its path below the folder, with its text.
pub(crate) type EmbeddedFile = (&'static str, &'static str);

/// Every file below `folder`, in the order of the paths.
pub(crate) fn files(folder: &'static Dir<'static>) -> Vec<EmbeddedFile> {
    let (mut files, mut open) = (Vec::new(), vec![folder]);
    while let Some(folder) = open.pop() {
        files.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))));
        open.extend(folder.dirs());
    }
    files.sort_unstable();
    files
}
