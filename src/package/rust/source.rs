//! The Rust files of a package, parsed, with what they declare.

use std::borrow::Cow;
use std::collections::HashMap;

use tree_sitter::{Node, Parser, Tree};

use crate::package::parsed_files::{Choice, Grammar, ParsedFiles, is_below};

/// The most nodes that are looked at.
const MAX_NODES: usize = 12_000_000;
/// The largest attribute, in bytes.
pub(super) const MAX_ATTRIBUTE: usize = 64 << 10;
/// Folders that are read only if the rest shows no tool.
const SIDE_FOLDERS: [&str; 7] = ["examples", "example", "tests", "benches", "fuzz", "fixtures", "testdata"];
/// Folders whose code is not the server's own.
const OTHER_FOLDERS: [&str; 3] = ["target", "vendor", "third_party"];

/// The text with each `vec![` as `&[`, of which the grammar sees the items. Every byte keeps its place.
fn with_plain_lists(text: &str) -> Cow<'_, str> {
    const MACRO: &str = "vec![";
    if !text.contains(MACRO) {
        return Cow::Borrowed(text);
    }
    let mut plain = text.to_owned();
    for (at, _) in text.match_indices(MACRO) {
        let before = text[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            plain.replace_range(at..at + MACRO.len(), "   &[");
        }
    }
    Cow::Owned(plain)
}

fn is_chosen(path: &str, choice: Choice) -> bool {
    let is_test = path.ends_with("/tests.rs") || path.ends_with("_test.rs") || path.ends_with("_tests.rs");
    let is_build = path.rsplit('/').next() == Some("build.rs");
    path.ends_with(".rs")
        && !is_below(path, &OTHER_FOLDERS)
        && !is_build
        && (choice == Choice::All || !(is_below(path, &SIDE_FOLDERS) || is_test))
}

/// How the files of a package are chosen and parsed.
pub(super) fn grammar() -> Grammar {
    Grammar { language: tree_sitter_rust::LANGUAGE.into(), is_chosen, prepare: |text| Some(with_plain_lists(text)) }
}

/// An item or expression, with the attributes and comments before it and what it stands in.
#[derive(Clone)]
pub(super) struct Item<'t> {
    pub(super) file: usize,
    pub(super) node: Node<'t>,
    /// The attributes and comments before it.
    pub(super) before: Vec<Node<'t>>,
    /// The function that it stands in.
    pub(super) function: Option<Node<'t>>,
    /// The implementation that it stands in.
    pub(super) owner: Option<Node<'t>>,
}

#[derive(Default)]
pub(super) struct Index<'t> {
    pub(super) functions: HashMap<&'t str, Vec<Item<'t>>>,
    pub(super) types: HashMap<&'t str, Vec<Item<'t>>>,
    pub(super) constants: HashMap<&'t str, Vec<Item<'t>>>,
    /// Calls of functions, by the last word of their names.
    pub(super) calls: HashMap<&'t str, Vec<Item<'t>>>,
    /// Functions and structs that have attributes, in the order of the files.
    pub(super) marked: Vec<Item<'t>>,
    /// Literals of structs.
    pub(super) literals: Vec<Item<'t>>,
    pub(super) macros: Vec<Item<'t>>,
    pub(super) traits: Vec<Item<'t>>,
}

impl<'t> Index<'t> {
    pub(super) fn new(sources: &'t ParsedFiles<'t>) -> Self {
        let (mut index, mut left) = (Self::default(), MAX_NODES);
        for file in 0..sources.files.len() {
            index.add(sources, file, &mut left);
        }
        index
    }

    /// Without recursion: hostile source nests deeply.
    fn add(&mut self, sources: &'t ParsedFiles<'t>, file: usize, left: &mut usize) {
        let source = sources.files[file].text;
        let text = |node: Node<'t>| source.get(node.byte_range()).unwrap_or_default();
        let mut cursor = sources.files[file].tree.walk();
        let mut before: Vec<Vec<Node<'t>>> = vec![Vec::new()];
        let mut functions: Vec<(usize, Node<'t>)> = Vec::new();
        let mut owners: Vec<(usize, Node<'t>)> = Vec::new();
        loop {
            let node = cursor.node();
            *left = left.saturating_sub(1);
            let mut descend = *left > 0;
            if matches!(node.kind(), "attribute_item" | "line_comment" | "block_comment") {
                if let Some(before) = before.last_mut() {
                    before.push(node);
                }
                descend = false;
            } else {
                functions.retain(|(end, _)| node.start_byte() < *end);
                owners.retain(|(end, _)| node.start_byte() < *end);
                let attributes = before.last_mut().map(std::mem::take).unwrap_or_default();
                let is_test = attributes.iter().any(|attribute| is_test(text(*attribute)));
                if is_test && matches!(node.kind(), "mod_item" | "function_item") {
                    descend = false;
                } else {
                    let item = Item {
                        file,
                        node,
                        before: attributes,
                        function: functions.last().map(|(_, node)| *node),
                        owner: None,
                    };
                    self.note(item, owners.last().map(|(_, owner)| *owner), source);
                    match node.kind() {
                        "function_item" => functions.push((node.end_byte(), node)),
                        "impl_item" => owners.push((node.end_byte(), node)),
                        _ => {}
                    }
                }
            }
            if descend && cursor.goto_first_child() {
                before.push(Vec::new());
                continue;
            }
            while !cursor.goto_next_sibling() {
                before.pop();
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn note(&mut self, mut item: Item<'t>, owner: Option<Node<'t>>, source: &'t str) {
        let node = item.node;
        let text = |node: Node<'t>| source.get(node.byte_range()).unwrap_or_default();
        let name = |field: &str| node.child_by_field_name(field).map(text).unwrap_or_default();
        let with_owner = |mut item: Item<'t>| {
            item.owner = owner;
            item
        };
        match node.kind() {
            "function_item" | "struct_item" | "enum_item" | "type_item" => {
                item = with_owner(item);
                let of = if node.kind() == "function_item" { &mut self.functions } else { &mut self.types };
                of.entry(name("name")).or_default().push(item.clone());
                if item.before.iter().any(|before| before.kind() == "attribute_item") {
                    self.marked.push(item);
                }
            }
            "const_item" | "static_item" => {
                self.constants.entry(name("name")).or_default().push(with_owner(item));
            }
            "call_expression" => {
                if let Some(function) = node.child_by_field_name("function") {
                    self.calls.entry(last_word(text(function))).or_default().push(with_owner(item));
                }
            }
            "struct_expression" => self.literals.push(with_owner(item)),
            "macro_invocation" => self.macros.push(with_owner(item)),
            "impl_item" if node.child_by_field_name("trait").is_some() => self.traits.push(item),
            _ => {}
        }
    }
}

/// The last word of a path, without types in brackets.
pub(super) fn last_word(path: &str) -> &str {
    let path = path.split('<').next().unwrap_or(path).trim_end_matches(':').trim_end();
    path.rsplit([':', '.', ' ', '\n']).next().unwrap_or(path)
}

/// True for an attribute that leaves an item to tests.
fn is_test(attribute: &str) -> bool {
    let compact: String = attribute.chars().filter(|c| !c.is_whitespace()).take(80).collect();
    compact.starts_with("#[cfg(test)")
        || compact.starts_with("#[cfg(all(test")
        || compact == "#[test]"
        || compact.contains("::test]")
        || compact.contains("::test(")
}

/// The named children of `node`, with the attributes and comments before each.
pub(super) fn children_with_attributes<'t>(node: Node<'t>) -> Vec<(Vec<Node<'t>>, Node<'t>)> {
    let (mut found, mut before) = (Vec::new(), Vec::new());
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if matches!(child.kind(), "attribute_item" | "line_comment" | "block_comment") {
            before.push(child);
        } else {
            found.push((std::mem::take(&mut before), child));
        }
    }
    found
}

/// The named children of `node` without comments.
pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let is_code = |child: &Node<'t>| !matches!(child.kind(), "line_comment" | "block_comment");
    node.named_children(&mut cursor).filter(is_code).collect()
}

/// Parses a part of a file, that the grammar leaves as tokens, as the arguments of a call. `None` if it is too long.
pub(super) fn parsed_arguments(text: &str) -> Option<(String, Tree)> {
    if text.len() > MAX_ATTRIBUTE {
        return None;
    }
    let code = format!("fn x(){{x({text});}}");
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_rust::LANGUAGE.into()).ok()?;
    let tree = parser.parse(&code, None)?;
    Some((code, tree))
}

/// The arguments in what [`parsed_arguments`] gives.
pub(super) fn arguments(tree: &Tree) -> Vec<Node<'_>> {
    let mut node = tree.root_node();
    for _ in 0..8 {
        if node.kind() == "arguments" {
            return children(node);
        }
        let inner = match node.kind() {
            "function_item" => node.child_by_field_name("body"),
            "call_expression" => node.child_by_field_name("arguments"),
            _ => node.named_child(0),
        };
        let Some(inner) = inner else { break };
        node = inner;
    }
    Vec::new()
}
