//! The layers of an image on top of each other, with what upper ones remove from lower ones.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::super::archive::{pax_value, until_nul};
use super::super::error::PackageCause;
use super::blobs::Image;
use crate::package::source_tree::{MAX_FILE, is_source, normalized};

/// The most entries of all layers.
const MAX_ENTRIES: usize = 1_000_000;
/// The most bytes that all layers unpack to.
const MAX_UNPACKED: u64 = 8 << 30;
/// The most times its size that a layer unpacks to, beyond `SMALL`.
const MAX_RATIO: u64 = 200;
/// Below this size, in bytes, the ratio is not checked.
const SMALL: u64 = 256 << 20;
/// The most bytes of files that are kept.
const MAX_KEPT: usize = 128 << 20;
/// The longest extended header of an entry, in bytes.
const MAX_HEADER: u64 = 64 << 10;
/// The start of the name of an entry that removes another one, and the name of one that removes all of its folder.
const REMOVES: &str = ".wh.";
const REMOVES_ALL: &str = ".wh..wh..opq";
/// Folders of the system, which have no server in them.
const SYSTEM: [&str; 9] = [
    "proc/",
    "sys/",
    "dev/",
    "run/",
    "var/",
    "usr/share/",
    "usr/lib/x86",
    "usr/include/",
    "usr/local/lib/node_modules/npm/",
];

/// A file of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// With its bytes, if they are wanted and not too many.
    File(Option<Vec<u8>>),
    /// A link to another path.
    Link(String),
}

/// The files of an image by their paths, without a `/` at the start.
pub(super) type Nodes = BTreeMap<String, Node>;

/// What the layers have been read to.
#[derive(Default)]
struct Bounds {
    entries: usize,
    unpacked: u64,
    kept: usize,
}

/// The files of all layers, with the bytes of those that are `wanted`.
pub(super) fn read(image: &Image, wanted: &dyn Fn(&str) -> bool) -> Result<Nodes, PackageCause> {
    let (mut nodes, mut bounds) = (Nodes::new(), Bounds::default());
    for layer in &image.layers {
        let (own, removed) = image.with_layer(layer, |bytes, size| of_layer(bytes, size, wanted, &mut bounds))?;
        for path in removed {
            remove(&mut nodes, &path);
        }
        for (path, node) in own {
            // A file takes the place of a folder.
            remove(&mut nodes, &path);
            nodes.insert(path, node);
        }
    }
    Ok(nodes)
}

/// Removes a path and what is below it. A path that ends with `/` removes what is below it only.
fn remove(nodes: &mut Nodes, path: &str) {
    nodes.remove(path);
    let folder = format!("{}/", path.trim_end_matches('/'));
    let below: Vec<String> = nodes
        .range(folder.clone()..)
        .take_while(|(path, _)| path.starts_with(&folder))
        .map(|(path, _)| path.clone())
        .collect();
    below.iter().for_each(|path| drop(nodes.remove(path)));
}

/// The files of one layer, and the paths that it removes from lower ones.
fn of_layer(
    bytes: &mut dyn Read,
    size: u64,
    wanted: &dyn Fn(&str) -> bool,
    bounds: &mut Bounds,
) -> Result<(Nodes, Vec<String>), PackageCause> {
    let damaged = |cause: std::io::Error| PackageCause::Damaged(cause.to_string());
    let limit = SMALL.max(size.saturating_mul(MAX_RATIO)).min(MAX_UNPACKED - bounds.unpacked.min(MAX_UNPACKED));
    let mut bytes = BufReader::new(bytes);
    let start = std::io::BufRead::fill_buf(&mut bytes).map_err(damaged)?;
    let plain: Box<dyn Read + '_> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(bytes))
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::stream::read::Decoder::with_buffer(bytes).map_err(damaged)?)
    } else {
        Box::new(bytes)
    };
    let mut archive = tar::Archive::new(plain.take(limit + 1));
    let (mut own, mut removed) = (Nodes::new(), Vec::new());
    let (mut long_name, mut long_link, mut unpacked) = (None, None, 0_u64);
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        bounds.entries += 1;
        if bounds.entries > MAX_ENTRIES {
            return Err(PackageCause::TooManyFiles { max: MAX_ENTRIES });
        }
        unpacked = unpacked.saturating_add(entry.size());
        if unpacked > limit {
            return Err(PackageCause::Bomb { mib: limit >> 20 });
        }
        let kind = entry.header().entry_type();
        if let EntryType::XHeader | EntryType::GNULongName | EntryType::GNULongLink = kind {
            let mut header = Vec::new();
            (&mut entry).take(MAX_HEADER).read_to_end(&mut header).map_err(damaged)?;
            match kind {
                EntryType::GNULongName => long_name = Some(until_nul(&header)),
                EntryType::GNULongLink => long_link = Some(until_nul(&header)),
                _ => {
                    long_name = pax_value(&header, "path").or(long_name);
                    long_link = pax_value(&header, "linkpath").or(long_link);
                }
            }
            continue;
        }
        let name = long_name.take().unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        let link = long_link.take().or_else(|| Some(String::from_utf8_lossy(&entry.link_name_bytes()?).into_owned()));
        let Some(path) = normalized(name.trim_start_matches('/')) else { continue };
        let (folder, own_name) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
        if own_name == REMOVES_ALL {
            removed.push(format!("{folder}/"));
        } else if let Some(gone) = own_name.strip_prefix(REMOVES) {
            removed.extend(normalized(format!("{folder}/{gone}").trim_start_matches('/')));
        } else if kind.is_file() {
            let is_program = folder.ends_with("bin");
            if SYSTEM.iter().any(|system| path.starts_with(system)) || !(is_source(&path) || is_program) {
                continue;
            }
            let room = MAX_KEPT - bounds.kept;
            let bytes = if wanted(&path) && entry.size() <= (MAX_FILE.min(room)) as u64 {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(damaged)?;
                bounds.kept += bytes.len();
                Some(bytes)
            } else {
                None
            };
            own.insert(path, Node::File(bytes));
        } else if let Some(link) = link.filter(|_| kind.is_symlink() || kind.is_hard_link()) {
            let from_root = kind.is_hard_link() || link.starts_with('/');
            let target = if from_root { link.trim_start_matches('/').to_owned() } else { format!("{folder}/{link}") };
            own.extend(normalized(target.trim_start_matches('/')).map(|target| (path, Node::Link(target))));
        }
    }
    bounds.unpacked += unpacked;
    Ok((own, removed))
}
