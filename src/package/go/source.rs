//! The Go files of a module, parsed, with their packages and imports.

use std::collections::HashMap;

use tree_sitter::{Node, Parser, Tree};

use crate::package::manifest::module_of;
use crate::package::source_tree::SourceTree;

/// The largest file that is parsed, in bytes.
const MAX_FILE: usize = 2 << 20;
/// The most bytes that are parsed: their trees take several times as much.
const MAX_PARSED: usize = 12 << 20;
/// Folders whose code is not the server's own.
const OTHER_FOLDERS: [&str; 3] = ["vendor", "testdata", "third_party"];
/// Folders that are read only if the rest shows no tool.
const SIDE_FOLDERS: [&str; 12] = [
    "example",
    "examples",
    "_examples",
    "test",
    "tests",
    "e2e",
    "hack",
    "docs",
    "mock",
    "mocks",
    "benchmark",
    "internal_test",
];

/// A parsed file.
pub(super) struct File<'s> {
    pub(super) path: &'s str,
    pub(super) text: &'s str,
    /// The folder, which is its package.
    pub(super) folder: &'s str,
    pub(super) tree: Tree,
    /// The paths of imported packages, by the names that the file can use for them.
    pub(super) imports: HashMap<String, String>,
}

/// The files that are read together.
pub(super) struct Sources<'s> {
    pub(super) files: Vec<File<'s>>,
    /// The import paths of modules, with their folders; the longest first.
    modules: Vec<(String, &'s str)>,
    /// The first file that was not parsed because of a limit.
    pub(super) left_out: Option<&'s str>,
}

/// Which files are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The server's own.
    Own,
    /// Also examples and programs of tests.
    All,
}

impl<'s> Sources<'s> {
    pub(super) fn new(tree: &'s SourceTree, choice: Choice) -> Self {
        let mut modules: Vec<(String, &'s str)> = tree
            .paths()
            .filter(|path| path.rsplit('/').next() == Some("go.mod"))
            .filter_map(|path| Some((module_of(tree.text(path)?)?.to_owned(), folder_of(path))))
            .collect();
        modules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        let mut sources = Self { files: Vec::new(), modules, left_out: None };
        let mut paths: Vec<&'s str> = tree.paths().filter(|path| is_chosen(path, choice)).collect();
        // Where not everything can be parsed, what speaks of the protocol comes first.
        let mentions = |path: &str| tree.text(path).is_some_and(|text| text.contains("mcp"));
        paths.sort_by_key(|path| !mentions(path));
        let mut parsed = 0;
        let mut parser = Parser::new();
        if parser.set_language(&tree_sitter_go::LANGUAGE.into()).is_err() {
            return sources;
        }
        for path in paths {
            let Some(text) = tree.text(path) else { continue };
            if text.len() > MAX_FILE || parsed + text.len() > MAX_PARSED {
                if mentions(path) {
                    sources.left_out = sources.left_out.or(Some(path));
                }
                continue;
            }
            if text.contains("//go:build ignore") {
                continue;
            }
            parsed += text.len();
            let Some(parsed) = parser.parse(text, None) else { continue };
            let imports = imports(parsed.root_node(), text);
            sources.files.push(File { path, text, folder: folder_of(path), tree: parsed, imports });
        }
        sources.files.sort_by_key(|file| file.path);
        sources
    }

    /// The folder of an imported package. `None` if it is not of the module.
    pub(super) fn folder_of_import(&self, path: &str) -> Option<&'s str> {
        let (module, root) = self.modules.iter().find(|(module, _)| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        let below = path[module.len()..].trim_start_matches('/');
        let wanted = [*root, below].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        self.files.iter().find(|file| file.folder == wanted).map(|file| file.folder)
    }

    pub(super) fn text(&self, node: Node<'_>, file: usize) -> &'s str {
        self.files[file].text.get(node.byte_range()).unwrap_or_default()
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_chosen(path: &str, choice: Choice) -> bool {
    let is_in = |folders: &[&str]| folder_of(path).split('/').any(|part| folders.contains(&part));
    path.ends_with(".go")
        && !path.ends_with("_test.go")
        && !is_in(&OTHER_FOLDERS)
        && (choice == Choice::All || !is_in(&SIDE_FOLDERS))
}

/// The packages that a file imports. A package has the last part of its path as its name, but for spellings that a name cannot
/// have.
fn imports(root: Node<'_>, text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    for declaration in children(root).into_iter().filter(|node| node.kind() == "import_declaration") {
        let mut specs = children(declaration);
        if let Some(list) = specs.first().filter(|node| node.kind() == "import_spec_list") {
            specs = children(*list);
        }
        for spec in specs {
            let Some(path) = spec.child_by_field_name("path").map(|node| of(node).trim_matches(['"', '`'])) else {
                continue;
            };
            if let Some(name) = spec.child_by_field_name("name") {
                found.insert(of(name).to_owned(), path.to_owned());
                continue;
            }
            let is_version = |part: &str| {
                part.strip_prefix('v')
                    .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            };
            let mut parts = path.rsplit('/').filter(|part| !is_version(part));
            let last = parts.next().unwrap_or(path).split(".v").next().unwrap_or_default();
            for name in [
                last.to_owned(),
                last.replace('-', "_"),
                last.trim_start_matches("go-").to_owned(),
                last.trim_end_matches("-go").to_owned(),
            ] {
                found.entry(name).or_insert_with(|| path.to_owned());
            }
        }
    }
    found
}

/// The named children of `node` without comments.
pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}
