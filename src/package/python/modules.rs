//! The Python files of a package as modules, parsed when they are first needed.

use std::cell::OnceCell;
use std::collections::HashMap;

use tree_sitter::{Parser, Tree};

use super::docstring::Cut;
use crate::package::source_tree::SourceTree;

/// The folder in which the package seems to lie.
pub(super) const ROOT: &str = "/package/";
/// The name of what `pkgutil.iter_modules` returns for each module.
pub(super) const MODULE_INFO: &str = "pkgutil.ModuleInfo";
/// The largest file that is parsed, in bytes.
const MAX_FILE: usize = 2 << 20;
/// The most bytes that are parsed: their trees take ten times as much memory.
const MAX_PARSED: usize = 12 << 20;
/// Folders for copies of other packages, and packages whose functions are known, so that a copy of one is not followed.
const COPIES: [&str; 5] = ["_vendor", "vendor", "_vendored", "vendored", "third_party"];
const KNOWN: [&str; 10] = [
    "mcp",
    "mcp_types",
    "fastmcp",
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "starlette",
    "uvicorn",
    "anyio",
    "httpx",
];
/// Folders in which the modules of a package can lie.
const ROOTS: [&str; 3] = ["src/", "python/", "lib/"];

/// The lines of a package that state what it depends on, without spaces.
fn requirements(tree: &SourceTree) -> Vec<String> {
    let files = tree.paths().filter(|path| {
        path.ends_with(".dist-info/METADATA") || ["PKG-INFO", "pyproject.toml", "requirements.txt"].contains(path)
    });
    let lines = files.filter_map(|path| tree.text(path)).flat_map(|text| {
        text.lines().filter(|line| {
            line.starts_with("Requires-Dist:")
                || line.starts_with("fastmcp")
                || line.trim_start().starts_with(['"', '\''])
        })
    });
    lines.map(|line| line.replace(' ', "")).collect()
}

/// The path of a file of the package, as the program sees it.
pub(super) fn absolute(path: &str) -> String {
    format!("{ROOT}{path}")
}

/// The name under which a module is known that may lie in a copy: `mcp.types` of `shop._vendor.mcp.types`.
pub(super) fn known_name(name: &str) -> &str {
    let copied = COPIES.iter().find_map(|folder| {
        let (before, rest) = name.split_once(folder)?;
        let rest = rest.strip_prefix('.').filter(|_| before.is_empty() || before.ends_with('.'))?;
        KNOWN.contains(&rest.split('.').next()?).then_some(rest)
    });
    copied.unwrap_or(name)
}

/// A Python file.
pub(super) struct SourceModule<'t> {
    pub(super) path: &'t str,
    pub(super) text: &'t str,
    /// Its dotted name.
    pub(super) name: String,
    tree: OnceCell<Option<Tree>>,
}

/// All modules of a package.
pub(super) struct Modules<'t> {
    pub(super) all: Vec<SourceModule<'t>>,
    /// All files of the package.
    pub(super) files: &'t SourceTree,
    by_name: HashMap<String, usize>,
    parsed: std::cell::Cell<usize>,
    /// True if the package depends on FastMCP as a package of its own.
    pub(super) uses_fastmcp: bool,
    /// What its version of FastMCP cuts off a docstring.
    pub(super) cut: Cut,
}

impl<'t> Modules<'t> {
    pub(super) fn new(tree: &'t SourceTree) -> Self {
        let (mut all, mut by_name, mut copies_fastmcp) = (Vec::new(), HashMap::new(), false);
        for path in tree.paths().filter(|path| path.ends_with(".py")) {
            let Some(text) = tree.text(path) else { continue };
            // `src` can be a package itself.
            let roots = ROOTS.iter().filter(|root| !tree.contains(&format!("{root}__init__.py")));
            let stem = roots.into_iter().find_map(|root| path.strip_prefix(root)).unwrap_or(path);
            // A folder of several packages: each has its own `src`.
            let stem = stem.rsplit_once("/src/").map_or(stem, |(_, rest)| rest);
            let stem = stem.strip_suffix(".py").unwrap_or(stem);
            let name = stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".");
            if known_name(&name).len() < name.len() {
                copies_fastmcp |= known_name(&name).starts_with("fastmcp");
                continue;
            }
            by_name.entry(name.clone()).or_insert(all.len());
            let whole = path.strip_suffix(".py").unwrap_or(path);
            let whole = whole.strip_suffix("/__init__").unwrap_or(whole).replace('/', ".");
            by_name.entry(whole).or_insert(all.len());
            all.push(SourceModule { path, text, name, tree: OnceCell::new() });
        }
        let requirements = requirements(tree);
        let fastmcp: Vec<&str> =
            requirements.iter().map(String::as_str).filter(|line| line.contains("fastmcp")).collect();
        let is_bound = |bounds: &[&str]| fastmcp.iter().any(|line| bounds.iter().any(|bound| line.contains(bound)));
        let cut = if is_bound(&["<3", "<2", "==2", "~=2", "==0", "<=2"]) {
            Cut::Nothing
        } else if is_bound(&["<4", "==3", "~=3", "<=3"]) {
            Cut::WithParameters
        } else {
            Cut::AnySection
        };
        let uses_fastmcp = copies_fastmcp || !fastmcp.is_empty();
        Self { all, files: tree, by_name, parsed: std::cell::Cell::new(0), uses_fastmcp, cut }
    }

    /// The module of this dotted name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The package of a module: the module itself for `__init__`.
    pub(super) fn package_of(&self, module: usize) -> &str {
        let module = &self.all[module];
        if module.path.ends_with("__init__.py") {
            return &module.name;
        }
        module.name.rsplit_once('.').map_or("", |(package, _)| package)
    }

    /// The syntax tree of a module. `None` if it is too large.
    pub(super) fn tree(&self, module: usize) -> Option<&Tree> {
        let module = &self.all[module];
        let parse = || {
            let parsed = self.parsed.get() + module.text.len();
            if module.text.len() > MAX_FILE || parsed > MAX_PARSED {
                return None;
            }
            self.parsed.set(parsed);
            let mut parser = Parser::new();
            parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
            parser.parse(module.text, None)
        };
        module.tree.get_or_init(parse).as_ref()
    }
}
