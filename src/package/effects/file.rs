//! A file with its functions and the calls that each makes.

use std::collections::HashMap;

use tree_sitter::{Language, Node, Parser, TreeCursor};

use super::calls::{Call, Imports, Lang, call, import};

/// The place among the functions of a file of what runs when it is loaded: outside of functions, and in those that are
/// called where they stand.
pub(super) const AT_LOAD: usize = 0;
/// What the name of a module of Python is compared with for what does not run when another one imports it.
const MAIN_MODULE: &str = "__main__";
/// The most calls that are kept of one function.
const MAX_CALLS: usize = 2_000;
/// The most functions around a call that it is kept for, the innermost.
const MAX_ENCLOSING: usize = 64;
/// The longest text that a function has its name from, in bytes.
const MAX_FUNCTION_NAME: usize = 512;
/// The longest name of a tool.
const MAX_TOOL_NAME: usize = 128;

pub(super) struct Function {
    pub(super) name: String,
    pub(super) first_line: usize,
    pub(super) last_line: usize,
    pub(super) calls: Vec<Call>,
}

pub(super) struct File {
    pub(super) path: String,
    pub(super) functions: Vec<Function>,
    pub(super) imports: Imports,
    pub(super) by_name: HashMap<String, Vec<usize>>,
}

impl File {
    /// The file at `path`, with up to `calls_left` calls.
    pub(super) fn parse(path: &str, text: &str, calls_left: &mut usize) -> Option<Self> {
        let (language, grammar): (Lang, Language) = match path.rsplit('.').next()? {
            "py" => (Lang::Python, tree_sitter_python::LANGUAGE.into()),
            "ts" | "mts" | "cts" => (Lang::JavaScript, tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
            "go" => (Lang::Go, tree_sitter_go::LANGUAGE.into()),
            "rs" => (Lang::Rust, tree_sitter_rust::LANGUAGE.into()),
            "tsx" => (Lang::JavaScript, tree_sitter_typescript::LANGUAGE_TSX.into()),
            _ => (Lang::JavaScript, tree_sitter_javascript::LANGUAGE.into()),
        };
        let mut parser = Parser::new();
        parser.set_language(&grammar).ok()?;
        let parsed = parser.parse(text, None)?;
        let at_load = Function { name: String::new(), first_line: 0, last_line: 0, calls: Vec::new() };
        let mut file =
            Self { path: path.to_owned(), functions: vec![at_load], imports: Imports::new(), by_name: HashMap::new() };
        collect(&mut parsed.walk(), text, language, &mut file, calls_left);
        for (at, function) in file.functions.iter().enumerate() {
            if !function.name.is_empty() {
                file.by_name.entry(function.name.clone()).or_default().push(at);
            }
        }
        Some(file)
    }

    /// `call` with its import resolved.
    pub(super) fn resolved(&self, call: &Call) -> Call {
        let (first, rest) = call.name.split_once('.').unwrap_or((&call.name, ""));
        let Some((module, member)) = self.imports.get(first) else { return call.clone() };
        let separator = call.language.separator();
        let name = [member.as_str(), rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        let full = if name.is_empty() { module.clone() } else { format!("{module}{separator}{name}") };
        // The function that a module is.
        let full = if call.language == Lang::JavaScript && name.is_empty() { format!("{module}:") } else { full };
        Call { full, ..call.clone() }
    }
}

/// Collects functions, imports and up to `left` calls. The calls of a function include those of the functions in it.
/// Without recursion: hostile source nests deeply.
fn collect(cursor: &mut TreeCursor<'_>, source: &str, language: Lang, file: &mut File, left: &mut usize) {
    let mut enclosing: Vec<(usize, usize)> = Vec::new();
    // The ends of the functions and branches around a node that do not run when the file is loaded.
    let mut later: Vec<usize> = Vec::new();
    // A node finds its parent by a search from the root.
    let mut ancestors: Vec<Node<'_>> = Vec::new();
    loop {
        let node = cursor.node();
        let parent = ancestors.last().copied();
        while enclosing.last().is_some_and(|(_, end)| node.start_byte() >= *end) {
            enclosing.pop();
        }
        while later.last().is_some_and(|end| node.start_byte() >= *end) {
            later.pop();
        }
        import(node, source, &mut file.imports);
        if let Some(name) = branch_name(node, source) {
            // Other branches follow within the same statement.
            let last = node.child_by_field_name("consequence").unwrap_or(node);
            let (first_line, last_line) = (node.start_position().row + 1, last.end_position().row + 1);
            enclosing.push((file.functions.len(), last.end_byte()));
            file.functions.push(Function { name: branch(&name), first_line, last_line, calls: Vec::new() });
            if name == MAIN_MODULE {
                later.push(last.end_byte());
            }
        }
        if is_function(node.kind()) {
            // A decorated function starts with its decorator.
            let start = parent.filter(|parent| parent.kind() == "decorated_definition").unwrap_or(node);
            let name = name_of(node, parent, source);
            let first_line = if language == Lang::Python { node } else { start }.start_position().row + 1;
            let last_line = node.end_position().row + 1;
            enclosing.push((file.functions.len(), node.end_byte()));
            file.functions.push(Function { name, first_line, last_line, calls: Vec::new() });
            if !is_called_in_place(node, &ancestors) {
                later.push(node.end_byte());
            }
        }
        if *left > 0
            && let Some(call) = call(node, source, language)
        {
            let at_load = later.is_empty().then_some(&(AT_LOAD, 0));
            for (function, _) in enclosing.iter().rev().take(MAX_ENCLOSING).chain(at_load) {
                let calls = &mut file.functions[*function].calls;
                if calls.len() < MAX_CALLS && *left > 0 {
                    calls.push(call.clone());
                    *left -= 1;
                }
            }
        }
        if cursor.goto_first_child() {
            ancestors.push(node);
            continue;
        }
        while !cursor.goto_next_sibling() {
            ancestors.pop();
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The name under which the branch is kept that handles the tool `name`.
pub(super) fn branch(name: &str) -> String {
    format!("the branch of {name}")
}

/// The text that a branch is taken for: `case "name":`, `if (name === "name")`, `elif name == "name":`.
fn branch_name(node: Node<'_>, source: &str) -> Option<String> {
    let text = |node: Node<'_>| source.get(node.byte_range()).unwrap_or_default();
    let literal = match node.kind() {
        "switch_case" => node.child_by_field_name("value")?,
        // Go and Rust.
        "expression_case" => node.child_by_field_name("value")?.named_child(0)?,
        "match_arm" => node.child_by_field_name("pattern")?.named_child(0)?,
        "case_clause" => {
            let mut pattern = node.named_child(0)?;
            while pattern.kind() == "case_pattern" {
                pattern = pattern.named_child(0)?;
            }
            pattern
        }
        "if_statement" | "elif_clause" => {
            let mut condition = node.child_by_field_name("condition")?;
            while condition.kind() == "parenthesized_expression" {
                condition = condition.named_child(0)?;
            }
            let is_equal = match condition.kind() {
                "comparison_operator" => condition.child(1).is_some_and(|operator| operator.kind() == "=="),
                "binary_expression" => {
                    let operator = condition.child_by_field_name("operator");
                    operator.is_some_and(|operator| ["==", "==="].contains(&operator.kind()))
                }
                _ => false,
            };
            condition.named_child(1).filter(|_| is_equal)?
        }
        _ => return None,
    };
    let name = text(literal).trim_matches(['"', '\'', '`']);
    let is_text = matches!(literal.kind(), "string" | "interpreted_string_literal" | "string_literal");
    (is_text && !name.is_empty() && name.len() <= MAX_TOOL_NAME).then(|| name.to_owned())
}

/// True for a function that is called where it stands: `(async () => { ... })()`.
fn is_called_in_place(function: Node<'_>, ancestors: &[Node<'_>]) -> bool {
    let mut outer = ancestors.iter().rev().skip_while(|node| node.kind() == "parenthesized_expression");
    let call = outer.next().filter(|node| node.kind() == "call_expression");
    let callee = call.and_then(|call| call.child_by_field_name("function"));
    callee.is_some_and(|callee| callee.byte_range().contains(&function.start_byte()))
}

fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_definition"
            | "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
            // Go and Rust.
            | "method_declaration"
            | "func_literal"
            | "function_item"
            | "closure_expression"
    )
}

/// The name of a function: its own, or that of the variable or property that it is the value of.
fn name_of(node: Node<'_>, parent: Option<Node<'_>>, source: &str) -> String {
    let text = |node: Node<'_>| {
        let range = Some(node.byte_range()).filter(|range| range.len() <= MAX_FUNCTION_NAME);
        range.and_then(|range| source.get(range)).unwrap_or_default().to_owned()
    };
    if let Some(name) = node.child_by_field_name("name") {
        return text(name);
    }
    let Some(parent) = parent else { return String::new() };
    let name = match parent.kind() {
        "variable_declarator" | "public_field_definition" => parent.child_by_field_name("name"),
        "field_definition" => parent.child_by_field_name("property"),
        "pair" => parent.child_by_field_name("key"),
        "assignment_expression" => parent.child_by_field_name("left"),
        _ => None,
    };
    let name = name.map(text).unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().to_owned()
}
