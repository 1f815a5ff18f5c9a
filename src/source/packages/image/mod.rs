//! Images of containers from a local layout (OCI) or an archive (`docker save`, `oci-archive`). Nothing is started or
//! unpacked to disk: the layers are read twice, first for the paths, then for the files of the server's package.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::error::PackageCause;
use crate::package::source_tree::SourceTree;

mod blobs;
mod layers;
mod root;

use blobs::Image;
use layers::Node;

/// The place and the start of the mark of a tar archive.
const MARK_AT: u64 = 257;
const MARK: &[u8] = b"ustar";

/// True if `path` is the folder or the archive of an image.
pub(crate) fn is_image(path: &Path) -> bool {
    if path.is_dir() {
        return path.join("oci-layout").is_file() && path.join("index.json").is_file();
    }
    let mark = || {
        let mut file = File::open(path).ok()?;
        let mut mark = [0; MARK.len()];
        file.seek(SeekFrom::Start(MARK_AT)).ok()?;
        file.read_exact(&mut mark).ok()?;
        Some(mark)
    };
    path.is_file() && mark().is_some_and(|mark| mark == MARK)
}

/// The files of the package that the image at `path` starts.
pub(super) fn tree(path: &Path) -> Result<SourceTree, PackageCause> {
    let image = Image::open(path)?;
    let nodes = layers::read(&image, &|path| root::describes_package(path))?;
    let package = root::find(&image.start, &nodes).ok_or(PackageCause::NoServerInImage)?;
    let files = layers::read(&image, &|path| package.has(path))?;
    let mut tree = SourceTree::default();
    for (path, node) in &files {
        match node {
            Node::File(Some(bytes)) if package.has(path) => tree.add(package.inner(path), bytes.clone()),
            Node::File(None) if package.has(path) => tree.skip(package.inner(path)),
            Node::File(_) | Node::Link(_) => {}
        }
    }
    if tree.paths().next().is_none() { Err(PackageCause::NoServerInImage) } else { Ok(tree) }
}
