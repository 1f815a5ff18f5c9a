//! What the files of a module declare, and which of it leads to registrations of tools.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::sdk;
use super::source::{Sources, children};

/// The most nodes that are looked at.
const MAX_NODES: usize = 12_000_000;

/// A declaration, and its file.
#[derive(Clone, Copy)]
pub(super) struct Declared<'t> {
    pub(super) file: usize,
    pub(super) node: Node<'t>,
}

/// A method, with the name of its receiver's type.
#[derive(Clone, Copy)]
pub(super) struct Method<'t> {
    pub(super) file: usize,
    pub(super) node: Node<'t>,
    pub(super) of: &'t str,
}

/// A variable or constant of a package.
#[derive(Clone, Copy)]
pub(super) struct Global<'t> {
    pub(super) file: usize,
    /// Which of the names of the specification it is.
    pub(super) at: usize,
    /// The specification whose values it has: an earlier one, where a constant repeats that.
    pub(super) values: Node<'t>,
    /// The value of `iota`.
    pub(super) iota: i64,
}

/// A folder and a name in its package.
pub(super) type Key<'t> = (&'t str, &'t str);

#[derive(Default)]
pub(super) struct Index<'t> {
    pub(super) functions: HashMap<Key<'t>, Declared<'t>>,
    pub(super) methods: HashMap<&'t str, Vec<Method<'t>>>,
    pub(super) globals: HashMap<Key<'t>, Global<'t>>,
    pub(super) types: HashMap<Key<'t>, Declared<'t>>,
    /// Functions, methods and specifications of variables that lead to a registration, in the order of the files.
    pub(super) registering: Vec<Declared<'t>>,
    /// Where tools are made, by file: the starts of expressions.
    pub(super) sites: Vec<Vec<usize>>,
    /// Where tools are made, and names of functions that lead there, by file.
    marks: Vec<Vec<usize>>,
}

impl<'t> Index<'t> {
    pub(super) fn new(sources: &'t Sources<'t>) -> Self {
        let mut index = Self::default();
        let mut tops: Vec<(Declared<'t>, &'t str)> = Vec::new();
        for file in 0..sources.files.len() {
            for node in children(sources.files[file].tree.root_node()) {
                index.declare(sources, file, node, &mut tops);
            }
        }
        index.find_registering(sources, &tops);
        index
    }

    fn declare(
        &mut self,
        sources: &'t Sources<'t>,
        file: usize,
        node: Node<'t>,
        tops: &mut Vec<(Declared<'t>, &'t str)>,
    ) {
        let folder = sources.files[file].folder;
        let text = |node: Node<'t>| sources.text(node, file);
        let named = |node: Node<'t>| node.child_by_field_name("name").map(text).unwrap_or_default();
        match node.kind() {
            "function_declaration" => {
                let declared = Declared { file, node };
                self.functions.entry((folder, named(node))).or_insert(declared);
                tops.push((declared, named(node)));
            }
            "method_declaration" => {
                let receiver = node.child_by_field_name("receiver").map(text).unwrap_or_default();
                let of = receiver.trim_matches(['(', ')']).split('[').next().unwrap_or_default();
                let of = of.rsplit([' ', '*']).next().unwrap_or_default();
                self.methods.entry(named(node)).or_default().push(Method { file, node, of });
                tops.push((Declared { file, node }, named(node)));
            }
            "type_declaration" => {
                for spec in children(node) {
                    if let Some(of) = spec.child_by_field_name("type") {
                        self.types.entry((folder, named(spec))).or_insert(Declared { file, node: of });
                    }
                }
            }
            "const_declaration" | "var_declaration" => {
                let mut specs = children(node);
                if let Some(list) = specs.first().filter(|spec| spec.kind() == "var_spec_list") {
                    specs = children(*list);
                }
                let mut values = None;
                for (iota, spec) in specs.into_iter().enumerate() {
                    if spec.child_by_field_name("value").is_some() || node.kind() == "var_declaration" {
                        values = Some(spec);
                    }
                    let mut cursor = spec.walk();
                    let names: Vec<Node<'t>> = spec.children_by_field_name("name", &mut cursor).collect();
                    for (at, name) in names.into_iter().filter(|name| name.kind() == "identifier").enumerate() {
                        let values = values.unwrap_or(spec);
                        let global = Global { file, at, values, iota: iota as i64 };
                        self.globals.entry((folder, text(name))).or_insert(global);
                    }
                    tops.push((Declared { file, node: spec }, named(spec)));
                }
            }
            _ => {}
        }
    }

    /// Finds the declarations that make tools, and those that mention them.
    fn find_registering(&mut self, sources: &'t Sources<'t>, tops: &[(Declared<'t>, &'t str)]) {
        let names: HashSet<&str> = tops.iter().map(|(_, name)| *name).filter(|name| !name.is_empty()).collect();
        let (mut mentions, mut left): (Vec<Vec<(usize, &'t str)>>, usize) = (Vec::new(), MAX_NODES);
        for file in 0..sources.files.len() {
            let (mut found, mut sites) = (Vec::new(), Vec::new());
            let mut cursor = sources.files[file].tree.walk();
            'file: loop {
                let node = cursor.node();
                left = left.saturating_sub(1);
                if matches!(node.kind(), "identifier" | "field_identifier") {
                    let name = sources.text(node, file);
                    if names.contains(name) {
                        found.push((node.start_byte(), name));
                    }
                } else if sdk::is_site(node, sources.files[file].text) || self.is_wrapper_literal(sources, file, node) {
                    sites.push(node.start_byte());
                }
                if left > 0 && cursor.goto_first_child() {
                    continue;
                }
                while !cursor.goto_next_sibling() {
                    if !cursor.goto_parent() {
                        break 'file;
                    }
                }
            }
            sites.sort_unstable();
            mentions.push(found);
            self.sites.push(sites);
        }
        self.marks.clone_from(&self.sites);
        let mut known: HashSet<&str> = HashSet::new();
        let mut chosen = vec![false; tops.len()];
        loop {
            let mut added: HashSet<&str> = HashSet::new();
            for (at, (declared, name)) in tops.iter().enumerate() {
                if !chosen[at] && self.is_registering(declared.file, declared.node) {
                    chosen[at] = true;
                    if !["", "init", "main", "_"].contains(name) && known.insert(name) {
                        added.insert(name);
                    }
                }
            }
            if added.is_empty() {
                break;
            }
            for (file, found) in mentions.iter().enumerate() {
                let more = found.iter().filter(|(_, name)| added.contains(name)).map(|(at, _)| *at);
                self.marks[file].extend(more);
                self.marks[file].sort_unstable();
            }
        }
        self.registering = tops.iter().zip(&chosen).filter(|(_, chosen)| **chosen).map(|((top, _), _)| *top).collect();
    }

    /// True if `node` makes tools, or mentions a function that does, otherwise than by its own name.
    pub(super) fn is_registering(&self, file: usize, node: Node<'_>) -> bool {
        let from = node.child_by_field_name("body").or_else(|| node.child_by_field_name("value")).unwrap_or(node);
        let marks = &self.marks[file];
        let at = marks.partition_point(|mark| *mark < from.start_byte());
        marks.get(at).is_some_and(|mark| *mark < node.end_byte())
    }

    /// The fields of a struct that a package declares.
    pub(super) fn struct_fields(&self, key: Key<'_>) -> Option<(usize, Vec<Node<'t>>)> {
        let mut declared = *self.types.get(&key)?;
        // `type A B`
        for _ in 0..4 {
            match declared.node.kind() {
                "struct_type" => {
                    let list = children(declared.node).into_iter().next()?;
                    return Some((declared.file, children(list)));
                }
                "type_identifier" => return None,
                _ => declared.node = declared.node.named_child(0)?,
            }
        }
        None
    }

    /// True for a literal of a type of the module that describes a tool: it has a name, and a schema of parameters.
    pub(super) fn is_wrapper_literal(&self, sources: &Sources<'t>, file: usize, node: Node<'_>) -> bool {
        if node.kind() != "composite_literal" {
            return false;
        }
        let Some(of) = node.child_by_field_name("type").map(|of| sources.text(of, file)) else { return false };
        let (package, name) = of.rsplit_once('.').unwrap_or(("", of));
        if !name.contains("Tool") {
            return false;
        }
        let folder = match package {
            "" => Some(sources.files[file].folder),
            package => sources.files[file].imports.get(package).and_then(|path| sources.folder_of_import(path)),
        };
        folder.is_some_and(|folder| self.is_wrapper(sources, (folder, name)))
    }

    /// True for a struct with the fields of a tool.
    pub(super) fn is_wrapper(&self, sources: &Sources<'t>, key: Key<'_>) -> bool {
        let Some((file, fields)) = self.struct_fields(key) else { return false };
        let has = |wanted: &[&str]| {
            fields.iter().any(|field| {
                let mut cursor = field.walk();
                field.children_by_field_name("name", &mut cursor).any(|name| wanted.contains(&sources.text(name, file)))
            })
        };
        has(&["Name"]) && has(&sdk::SCHEMA_FIELDS)
    }
}
