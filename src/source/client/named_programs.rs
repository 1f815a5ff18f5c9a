//! What counts besides a file that a command names: what stands beside it, beside the links on the way to it, and the
//! packages that an interpreter there loads. And the programs that a command finds by `PATH`.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::known_files::{is_of_system, is_program, open_regular};
use super::repository::{application, has_manifest, is_home};

/// Maximum number of links to follow in one path, as the kernel does.
const MAX_LINKS: usize = 40;
/// The file that marks a virtual environment of Python.
const ENVIRONMENT: &str = "pyvenv.cfg";
/// The folder with packages of Node.js.
const NODE_PACKAGES: &str = "node_modules";
/// Where managers of versions keep what starts the chosen version of a program, and the versions: directly, or by tool.
const SHIMS: &str = "shims";
const VERSIONS: &str = "versions";
const INSTALLED_TOOLS: &str = "installs";
/// Longest first line of a script that the system reads, in bytes.
const MAX_FIRST_LINE: u64 = 256;
/// Folders beside `bin` with what the programs there load.
const BESIDE_BIN: [&str; 3] = ["lib", "libexec", "share"];
/// Endings of files that interpreters run.
const CODE: [&str; 22] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "py", "pyz", "pyw", "sh", "bash", "zsh", "fish", "rb", "pl",
    "php", "lua", "jar", "ps1", "wasm",
];
/// Starts of programs in machine code, which load nothing of the sources that they were built from.
const MACHINE_CODE: [&[u8]; 5] = [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xcf"];
/// Folders below `lib/python3.12` with packages.
const PYTHON_PACKAGES: [&str; 2] = ["site-packages", "dist-packages"];

/// The places that `path` leads over: its own, that of each link, and the real one at last. None if it does not exist.
pub(super) fn places(path: &Path) -> Vec<PathBuf> {
    let Ok(real) = path.canonicalize() else { return Vec::new() };
    let mut places = Vec::new();
    let mut here = path.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = here.parent().and_then(|folder| folder.canonicalize().ok());
        let Some((folder, name)) = folder.zip(here.file_name()) else { break };
        let place = folder.join(name);
        let Ok(target) = fs::read_link(&place) else { break };
        here = folder.join(target);
        places.push(place);
    }
    places.push(real);
    places
}

/// The folders that count where a command names `path`: the folder itself, or that of the file and of each link to it,
/// because programs read what stands beside them, the application around it, and the packages there. Nothing is read beside an empty file, which
/// may be what the server writes.
pub(super) fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let places = places(path);
    let mut found = BTreeSet::new();
    match places.last() {
        Some(real) if real.is_dir() => found.extend([real.clone()].into_iter().chain(environment(real))),
        Some(real) if has_content(real) => {
            found.extend(places.iter().filter_map(|place| place.parent()).map(Path::to_owned));
            let is_code = !starts_with_any(real, &MACHINE_CODE);
            found.extend(places.iter().filter(|_| is_code).filter_map(|place| application(place.parent()?)));
            found.extend(packages(&places));
        }
        Some(_) | None => {}
    }
    found
}

/// The folders that count besides `real`, to which `link` in a project leads, where that is code: interpreters take the real
/// place of a module, and look for others beside it and in the folders above.
pub(super) fn behind_link(link: &Path, real: &Path) -> BTreeSet<PathBuf> {
    let is_package = real.is_dir() && (link.iter().any(|part| part == NODE_PACKAGES) || has_manifest(real));
    let is_script = !real.is_dir() && is_code(real) && !starts_with_any(real, &MACHINE_CODE);
    let mut found: BTreeSet<PathBuf> = match (is_package, is_script) {
        (true, _) => application(real).into_iter().collect(),
        (false, true) => folders(link).into_iter().filter(|folder| !link.starts_with(folder)).collect(),
        (false, false) => return BTreeSet::new(),
    };
    let above = real.ancestors().skip(1).take_while(|folder| !is_home(folder)).map(|folder| folder.join(NODE_PACKAGES));
    found.extend(above.filter(|folder| folder.is_dir()));
    found.retain(|folder| !is_of_system(folder));
    found
}

/// True for an existing file that an interpreter or the system runs.
pub(super) fn is_code(path: &Path) -> bool {
    has_content(path)
        && (is_named_as_code(path) || is_script(path) || path.metadata().is_ok_and(|found| is_program(&found)))
}

fn is_named_as_code(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|ending| CODE.contains(&ending))
}

pub(super) fn has_content(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_dir() && found.len() > 0)
}

/// The folders with packages that a program at `places` loads, outside of the system: its virtual environment, its
/// package of Node.js, or what is installed in `lib` beside its `bin`.
pub(super) fn packages(places: &[PathBuf]) -> BTreeSet<PathBuf> {
    let environment = places.iter().find_map(|place| environment(place.parent()?));
    let mut found: BTreeSet<PathBuf> = places.iter().filter_map(|place| node_packages(place)).collect();
    found.extend(match (environment, places.last()) {
        (Some(environment), _) => vec![environment],
        (None, Some(real)) => installed_beside(real),
        (None, None) => Vec::new(),
    });
    found.extend(places.iter().flat_map(|place| behind_shim(place)));
    if let Some(interpreter) = places.last().and_then(|real| interpreter(real)) {
        let places = self::places(&interpreter);
        found.extend(places.iter().filter_map(|place| place.parent()).map(Path::to_owned));
        found.extend(places.iter().find_map(|place| self::environment(place.parent()?)));
        found.extend(places.last().into_iter().flat_map(|real| installed_beside(real)));
    }
    found.retain(|folder| !is_of_system(folder));
    found
}

/// The virtual environment that `folder` is, or is directly in.
fn environment(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().take(2).find(|folder| folder.join(ENVIRONMENT).is_file()).map(Path::to_owned)
}

/// The folder with `place` and the packages that it may load: the package of a global installation, which holds its own
/// dependencies, or all packages beside it.
fn node_packages(place: &Path) -> Option<PathBuf> {
    let all = place.ancestors().filter(|folder| folder.ends_with(NODE_PACKAGES)).last()?;
    if !all.parent().is_some_and(|parent| parent.ends_with("lib")) {
        return Some(all.to_owned());
    }
    let mut below = place.strip_prefix(all).ok()?.iter();
    let first = below.next()?;
    let has_scope = first.as_encoded_bytes().starts_with(b"@");
    let package = all.join(first);
    Some(if has_scope { package.join(below.next()?) } else { package })
}

/// The packages in `lib` beside the folder `bin` of `real`, for a script, which may load any, and for Python.
fn installed_beside(real: &Path) -> Vec<PathBuf> {
    let Some(bin) = real.parent().filter(|folder| folder.ends_with("bin")) else { return Vec::new() };
    let is_script = is_script(real) || is_named_as_code(real);
    let starts = |name: &OsStr, start: &str| name.as_encoded_bytes().starts_with(start.as_bytes());
    let is_python = real.file_name().is_some_and(|name| starts(name, "py"));
    if !is_script && !is_python {
        return Vec::new();
    }
    let Some(prefix) = bin.parent() else { return Vec::new() };
    let mut found = python_packages(bin);
    let node = prefix.join("lib").join(NODE_PACKAGES);
    if is_script && node.is_dir() {
        found.push(node);
    } else if is_script && found.is_empty() && !is_home(prefix) {
        // What belongs to all programs of the user is not the one's own.
        let is_shared = |name: &str| name == "share" && prefix.ends_with(".local");
        found.extend(BESIDE_BIN.iter().filter(|name| !is_shared(name)).map(|name| prefix.join(name)));
    }
    found.into_iter().filter_map(|folder| folder.canonicalize().ok()).filter(|folder| folder.is_dir()).collect()
}

/// The packages of the Python whose programs are in the folder `bin`.
pub(super) fn python_packages(bin: &Path) -> Vec<PathBuf> {
    let entries = bin.parent().and_then(|prefix| fs::read_dir(prefix.join("lib")).ok());
    let is_python =
        |name: &OsStr| ["python", "pypy"].iter().any(|start| name.as_encoded_bytes().starts_with(start.as_bytes()));
    let of_python = entries.into_iter().flatten().flatten().filter(|entry| is_python(&entry.file_name()));
    let all = of_python.flat_map(|entry| PYTHON_PACKAGES.map(|packages| entry.path().join(packages)));
    all.filter(|folder| folder.is_dir()).collect()
}

/// The programs and packages of every version that the shim `place` of a manager of versions may start.
fn behind_shim(place: &Path) -> Vec<PathBuf> {
    let Some(manager) = place.parent().filter(|folder| folder.ends_with(SHIMS)).and_then(Path::parent) else {
        return Vec::new();
    };
    let below = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let versions = below(manager.join(VERSIONS)).chain(below(manager.join(INSTALLED_TOOLS)).flat_map(below));
    let programs = versions.filter_map(|version| version.join("bin").join(place.file_name()?).canonicalize().ok());
    let found = programs.flat_map(|program| {
        let bin = program.parent().map(Path::to_owned);
        bin.into_iter().chain(node_packages(&program)).chain(installed_beside(&program))
    });
    found.collect()
}

/// The version that a manager of versions chooses where nothing else does, if `place` is one of its shims.
pub(super) fn chosen_version(place: &Path) -> Option<String> {
    let manager = place.parent().filter(|folder| folder.ends_with(SHIMS))?.parent()?;
    fs::read_to_string(manager.join("version")).ok()
}

/// The program that the first line of a script names.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut start = Vec::new();
    open_regular(script).ok()?.take(MAX_FIRST_LINE).read_to_end(&mut start).ok()?;
    let line = String::from_utf8_lossy(start.strip_prefix(b"#!")?).into_owned();
    let path = PathBuf::from(line.lines().next()?.split_whitespace().next()?);
    (path.is_absolute() && !is_of_system(&path)).then_some(path)
}

fn is_script(path: &Path) -> bool {
    starts_with_any(path, &[b"#!"])
}

fn starts_with_any(path: &Path, known: &[&[u8]]) -> bool {
    let mut start = Vec::new();
    let read = open_regular(path).and_then(|file| file.take(4).read_to_end(&mut start));
    read.is_ok() && known.iter().any(|known| start.starts_with(known))
}

/// A program that a command finds by `PATH`.
#[derive(Debug)]
pub(super) struct Program {
    /// A digest of its places and its content.
    pub(super) digest: String,
    pub(super) places: Vec<PathBuf>,
    /// The folders with packages that it loads.
    pub(super) packages: BTreeSet<PathBuf>,
}

/// The files in the folders of `PATH`, by name.
#[derive(Debug)]
pub(super) struct SearchPath(HashMap<OsString, Vec<PathBuf>>);

impl SearchPath {
    pub(super) fn of_environment() -> Self {
        let mut by_name: HashMap<OsString, Vec<PathBuf>> = HashMap::new();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).filter_map(|folder| std::path::absolute(folder).ok());
        for entry in folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
            by_name.entry(entry.file_name()).or_default().push(entry.path());
        }
        Self(by_name)
    }

    /// The program that starts under `name`.
    pub(super) fn find(&self, name: &str) -> Option<&PathBuf> {
        let is_started = |path: &&PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file() && is_program(&found));
        self.0.get(OsStr::new(name))?.iter().find(is_started)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn packages_are_found_beside_a_program_and_behind_its_links() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for (name, text) in [
            ("venv/pyvenv.cfg", "home = /usr/bin\n"),
            ("venv/bin/shop", "#!/x/python\n"),
            ("python/bin/python3.12", "\x7fELF"),
            ("python/bin/tool", "\x7fELF"),
            ("python/lib/python3.12/site-packages/shop.py", ""),
            ("node/bin/real", "#!/bin/sh\n"),
            ("node/bin/node", "\x7fELF"),
            ("node/lib/node_modules/npm/bin/npx.js", "#!/usr/bin/env node\n"),
            ("node/lib/node_modules/@a/shop/bin/shop.js", "#!/usr/bin/env node\n"),
            ("local/node_modules/shop/cli.js", "#!/usr/bin/env node\n"),
            ("opt/bin/shop", "#!/bin/sh\n"),
            ("opt/lib/x.sh", ""),
            ("scripts/shop", &format!("#!{}\n", root.join("python/bin/python3.12").display())),
            ("manager/shims/python3", "#!/bin/sh\n"),
            ("manager/versions/3.12/bin/python3", "\x7fELF"),
            ("manager/versions/3.12/lib/python3.12/site-packages/shop.py", ""),
            ("repository/.git/HEAD", "ref: refs/heads/main\n"),
            ("repository/dist/index.js", "x"),
            ("repository/dist/program", "\x7fELF"),
            ("application/package.json", "{}"),
            ("application/src/run.js", "x"),
        ] {
            write(&root, name, text);
        }
        fs::create_dir(root.join("links")).unwrap();
        for (target, link) in [
            ("/bin/sh", "venv/bin/python"),
            ("../venv/bin/shop", "links/shop"),
            ("shop", "links/again"),
            ("../lib/node_modules/npm/bin/npx.js", "node/bin/npx"),
            ("../lib/node_modules/@a/shop/bin/shop.js", "node/bin/shop"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        for (path, want) in [
            ("venv/bin/python", vec!["venv"]),
            ("links/again", vec!["venv"]),
            ("python/bin/python3.12", vec!["python/lib/python3.12/site-packages"]),
            ("python/bin/tool", vec![]),
            ("node/bin/node", vec![]),
            ("node/bin/real", vec!["node/lib/node_modules"]),
            ("node/bin/npx", vec!["node/lib/node_modules/npm"]),
            ("node/bin/shop", vec!["node/lib/node_modules/@a/shop"]),
            ("local/node_modules/shop/cli.js", vec!["local/node_modules"]),
            ("opt/bin/shop", vec!["opt/lib"]),
            ("scripts/shop", vec!["python/bin", "python/lib/python3.12/site-packages"]),
            (
                "manager/shims/python3",
                vec!["manager/versions/3.12/bin", "manager/versions/3.12/lib/python3.12/site-packages"],
            ),
            ("nowhere", vec![]),
        ] {
            let want: BTreeSet<PathBuf> = want.into_iter().map(|name| root.join(name)).collect();
            assert_eq!(packages(&places(&root.join(path))), want, "{path}");
        }
        for (path, want) in [
            ("repository/dist/index.js", ["repository", "repository/dist"].as_slice()),
            ("repository/dist/program", &["repository/dist"]),
            ("application/src/run.js", &["application", "application/src"]),
        ] {
            let want: BTreeSet<PathBuf> = want.iter().map(|name| root.join(name)).collect();
            assert_eq!(folders(&root.join(path)), want, "{path}");
        }
        let beside: BTreeSet<PathBuf> = ["links", "venv", "venv/bin"].map(|name| root.join(name)).into();
        assert_eq!(folders(&root.join("links/again")), beside);
    }
}
