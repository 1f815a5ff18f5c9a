//! Where the package of an image's server is: what its entry point starts, or else its working folder.

use super::blobs::Start;
use super::layers::{Node, Nodes};
use crate::package::source_tree::is_source;

/// Folders that are not a package's own source.
const SKIPPED: [&str; 7] = ["node_modules", ".venv", "venv", "site-packages", "__pycache__", ".git", "dist-packages"];
/// Files that a package has at its root.
const MANIFESTS: [&str; 4] = ["package.json", "pyproject.toml", "setup.py", "setup.cfg"];
/// Programs that start what follows.
const STARTERS: [&str; 8] = ["tini", "dumb-init", "docker-entrypoint.sh", "env", "exec", "sh", "bash", "--"];
/// Where programs are.
const PROGRAMS: [&str; 5] = ["usr/local/bin", "usr/bin", "bin", "app/.venv/bin", "opt/venv/bin"];
/// The most links that are followed to a file.
const MAX_LINKS: usize = 8;
/// The largest note about a package that counts, in bytes.
const MAX_NOTE: usize = 1 << 20;

/// The package of a server in an image.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PackageFolder {
    /// The folder that its paths are relative to, with a `/` at the end, or empty.
    base: String,
    /// Paths below which its files are, and paths of single files. All of `base`, without other packages, if empty.
    parts: Vec<String>,
}

impl PackageFolder {
    fn all_of(folder: &str) -> Self {
        let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Self { base, parts: Vec::new() }
    }

    /// True if the file at `path` belongs to the package.
    pub(super) fn has(&self, path: &str) -> bool {
        let Some(inner) = path.strip_prefix(&self.base) else { return false };
        let is_own = !inner.split('/').any(|part| SKIPPED.contains(&part));
        let is_part = |part: &String| inner == part || inner.starts_with(&format!("{part}/"));
        is_source(path) && if self.parts.is_empty() { is_own } else { self.parts.iter().any(is_part) }
    }

    /// `path` in the package.
    pub(super) fn inner<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.base).unwrap_or(path)
    }
}

/// True for files that are needed to find the package.
pub(super) fn describes_package(path: &str) -> bool {
    path.ends_with(".dist-info/entry_points.txt") || path.ends_with(".dist-info/METADATA")
}

/// The package that an image starts.
pub(super) fn find(start: &Start, nodes: &Nodes) -> Option<PackageFolder> {
    started(start, nodes)
        .or_else(|| of_folder(&start.folder, nodes))
        .or_else(|| of_folder("app", nodes))
        .or_else(|| installed(nodes))
}

/// The package of the file, module or program that the entry point names.
fn started(start: &Start, nodes: &Nodes) -> Option<PackageFolder> {
    let shell = start.words.iter().position(|word| ["-c", "-lc", "-ec"].contains(&word.as_str()));
    let script = shell.and_then(|at| shlex::split(start.words.get(at + 1)?));
    let words = script.as_ref().unwrap_or(&start.words);
    let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let mut words = words.iter().skip_while(|word| STARTERS.contains(&name(word).as_str()) || word.contains('='));
    let program = words.next()?;
    let rest: Vec<&String> = words.collect();
    let file = |path: &str| absolute(&start.folder, path).and_then(|path| followed(&path, nodes));
    match name(program).as_str() {
        "python" | "python3" | "uv" | "poetry" if rest.iter().any(|word| *word == "-m") => {
            let module = rest.iter().skip_while(|word| **word != "-m").nth(1)?;
            of_module(module, nodes)
        }
        "node" | "bun" | "deno" | "tsx" | "ts-node" | "python" | "python3" | "uv" | "poetry" | "npx" | "uvx" => {
            let named = rest.iter().filter(|word| !word.starts_with('-'));
            let mut named = named.skip_while(|word| ["run", "exec", "python", "tool"].contains(&word.as_str()));
            let first = named.next()?;
            file(first).and_then(|path| around(&path, nodes)).or_else(|| of_program(first, nodes))
        }
        "npm" | "pnpm" | "yarn" => None,
        _ => of_program(&name(program), nodes).or_else(|| around(&file(program)?, nodes)),
    }
}

/// The package of the installed program `name`.
fn of_program(name: &str, nodes: &Nodes) -> Option<PackageFolder> {
    let linked = PROGRAMS.iter().find_map(|folder| {
        let path = format!("{folder}/{name}");
        matches!(nodes.get(&path), Some(Node::Link(_))).then(|| followed(&path, nodes)).flatten()
    });
    if let Some(package) = linked.and_then(|path| around(&path, nodes)) {
        return Some(package);
    }
    nodes.iter().find_map(|(path, node)| {
        let Node::File(Some(bytes)) = node else { return None };
        let text = std::str::from_utf8(bytes)
            .ok()
            .filter(|text| path.ends_with("/entry_points.txt") && text.len() <= MAX_NOTE)?;
        let is_named = |line: &str| line.split_once('=').is_some_and(|(program, _)| program.trim() == name);
        text.lines().any(is_named).then(|| of_distribution(path, text))?
    })
}

/// The installed package with the module `name`.
fn of_module(name: &str, nodes: &Nodes) -> Option<PackageFolder> {
    let top = name.split('.').next().unwrap_or(name);
    let inside = [format!("/{top}/__init__.py"), format!("/{top}/__main__.py"), format!("/{top}.py")];
    let path = nodes
        .keys()
        .find(|path| inside.iter().any(|end| path.ends_with(end.as_str())) && path.contains("site-packages/"))?;
    let base = &path[..path.find("site-packages/")? + "site-packages/".len()];
    let mut parts = vec![top.to_owned(), format!("{top}.py")];
    // The list of its programs says where they start.
    parts.extend(nodes.iter().find_map(|(path, node)| {
        let info = path.strip_prefix(base)?.strip_suffix("/entry_points.txt")?;
        let Node::File(Some(bytes)) = node else { return None };
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_NOTE)?;
        let mut targets = text.lines().filter_map(|line| line.split_once('=')?.1.trim().split([':', '.']).next());
        targets.any(|module| module == top).then(|| info.to_owned())
    }));
    Some(PackageFolder { base: base.to_owned(), parts })
}

/// The Python package that the list of programs at `path` is of.
fn of_distribution(path: &str, programs: &str) -> Option<PackageFolder> {
    let (info, _) = path.rsplit_once('/')?;
    let (base, info) = info.rsplit_once('/')?;
    let modules = programs.lines().filter_map(|line| line.split_once('=')?.1.trim().split([':', '.']).next());
    let mut parts: Vec<String> = modules.flat_map(|module| [module.to_owned(), format!("{module}.py")]).collect();
    parts.push(info.to_owned());
    parts.sort();
    parts.dedup();
    Some(PackageFolder { base: format!("{base}/"), parts })
}

/// The package with the file at `path`: the nearest folder with a manifest, or else that of the file.
fn around(path: &str, nodes: &Nodes) -> Option<PackageFolder> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut at = folder;
    loop {
        if has_manifest(at, nodes) {
            return Some(PackageFolder::all_of(at));
        }
        let Some((above, name)) = at.rsplit_once('/') else { break };
        if SKIPPED.contains(&name) {
            break;
        }
        at = above;
    }
    (!folder.is_empty() && !PROGRAMS.contains(&folder)).then(|| PackageFolder::all_of(folder))
}

/// The package in `folder`.
fn of_folder(folder: &str, nodes: &Nodes) -> Option<PackageFolder> {
    let package = PackageFolder::all_of(folder);
    let has_source = || nodes.keys().any(|path| package.has(path));
    (!folder.is_empty() && (has_manifest(folder, nodes) || has_source())).then_some(package)
}

/// The only installed Python package that requires the protocol.
fn installed(nodes: &Nodes) -> Option<PackageFolder> {
    let requires = |text: &str| {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix("Requires-Dist:"));
        lines.any(|line| {
            ["mcp", "fastmcp"].contains(&line.trim().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default())
        })
    };
    let mut found = nodes.iter().filter_map(|(path, node)| {
        let Node::File(Some(bytes)) = node else { return None };
        let info = path.strip_suffix("METADATA")?;
        requires(std::str::from_utf8(bytes).ok()?).then_some(())?;
        let programs = format!("{info}entry_points.txt");
        let Some(Node::File(Some(text))) = nodes.get(&programs) else { return None };
        of_distribution(&programs, std::str::from_utf8(text).ok()?)
    });
    let only = found.next()?;
    found.next().is_none().then_some(only)
}

fn has_manifest(folder: &str, nodes: &Nodes) -> bool {
    let path = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    MANIFESTS.iter().any(|name| nodes.contains_key(&path(name)))
}

/// `path` from the root, where `folder` is the working folder.
fn absolute(folder: &str, path: &str) -> Option<String> {
    let from_root = match path.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => format!("{folder}/{path}"),
    };
    crate::package::source_tree::normalized(from_root.trim_start_matches('/'))
}

/// The file that `path` leads to. `None` if there is none.
fn followed(path: &str, nodes: &Nodes) -> Option<String> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match nodes.get(&path)? {
            Node::File(_) => return Some(path),
            Node::Link(target) => path.clone_from(target),
        }
    }
    None
}
