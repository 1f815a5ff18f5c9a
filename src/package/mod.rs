//! The tools of a package, read from its source. Nothing of the package is executed, and this module does no I/O: `source`
//! hands over the files, and turns what was found into a listing.

pub(crate) mod compiled;
mod cpu_clock;
mod effects;
pub(crate) mod extraction;
mod go;
pub(crate) mod javascript;
pub(crate) mod manifest;
mod parsed_files;
pub(crate) mod python;
mod rust;
pub(crate) mod source_tree;
pub(crate) mod stack;
#[cfg(test)]
mod tests;
pub(crate) mod warnings;

use extraction::{Extraction, ServerGap, ServerGapKind, SourcePlace};
use manifest::Manifest;
use source_tree::SourceTree;

/// The manifests of packages of Python and JavaScript.
const SCRIPT_MANIFESTS: [&str; 4] = ["package.json", "pyproject.toml", "setup.py", "setup.cfg"];

/// The server that the files of a package would be.
pub(crate) fn extract(tree: &SourceTree, manifest: &Manifest) -> Extraction {
    // One thread for all: another one would not use the memory again that this one frees.
    stack::on_large_stack(|| read(tree, manifest)).unwrap_or_else(|| Extraction {
        gaps: vec![ServerGap { kind: ServerGapKind::Limit, place: None }],
        ..Extraction::default()
    })
}

fn read(tree: &SourceTree, manifest: &Manifest) -> Extraction {
    let mut compiled = go::extract(tree);
    compiled.append(rust::extract(tree));
    // Scripts beside a server of a compiled language are not the server.
    let has_scripts = SCRIPT_MANIFESTS.iter().any(|path| tree.contains(path));
    let mut found = if has_scripts || compiled.tools.is_empty() {
        let mut found = python::extract(tree, manifest);
        found.append(javascript::extract(tree, manifest));
        found.append(compiled);
        found
    } else {
        compiled
    };
    effects::add(tree, &mut found);
    if found.tools.is_empty() && found.gaps.is_empty() {
        let is_compiled = !tree.compiled().is_empty();
        let kind = if is_compiled { ServerGapKind::Compiled } else { ServerGapKind::NoRegistration };
        found.gaps.push(ServerGap { kind, place: None });
    }
    let skipped = tree.skipped().iter().filter(|path| source_tree::is_code(path));
    found.gaps.extend(skipped.map(|path| ServerGap {
        kind: ServerGapKind::UnreadFile,
        place: Some(SourcePlace { file: path.clone(), line: 1 }),
    }));
    found
}
