//! The Go files of a module, parsed, with their packages and imports.

use std::borrow::Cow;
use std::collections::HashMap;

use tree_sitter::{Node, Tree};

use crate::package::manifest::module_of;
use crate::package::parsed_files::{Choice, Grammar, ParsedFile, ParsedFiles, folder_of, is_below};
use crate::package::source_tree::SourceTree;

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

impl<'s> Sources<'s> {
    pub(super) fn new(tree: &'s SourceTree, choice: Choice) -> Self {
        let mut modules: Vec<(String, &'s str)> = tree
            .paths()
            .filter(|path| path.rsplit('/').next() == Some("go.mod"))
            .filter_map(|path| Some((module_of(tree.text(path)?)?.to_owned(), folder_of(path))))
            .collect();
        modules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        let grammar = Grammar { language: tree_sitter_go::LANGUAGE.into(), is_chosen, prepare };
        let ParsedFiles { files, left_out } = ParsedFiles::new(tree, choice, &grammar);
        let with_imports = |ParsedFile { path, text, tree }| {
            let imports = imports(tree.root_node(), text);
            File { path, text, folder: folder_of(path), tree, imports }
        };
        Self { files: files.into_iter().map(with_imports).collect(), modules, left_out }
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

fn is_chosen(path: &str, choice: Choice) -> bool {
    path.ends_with(".go")
        && !path.ends_with("_test.go")
        && !is_below(path, &OTHER_FOLDERS)
        && (choice == Choice::All || !is_below(path, &SIDE_FOLDERS))
}

fn prepare(text: &str) -> Option<Cow<'_, str>> {
    (!text.contains("//go:build ignore")).then_some(Cow::Borrowed(text))
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
