//! The calls and imports of a file, by their names.

use std::collections::BTreeMap;

use tree_sitter::Node;

/// The languages whose handlers are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    Python,
    JavaScript,
    Go,
    Rust,
}

impl Lang {
    /// What stands between a module and a name in it.
    pub(super) fn separator(self) -> &'static str {
        match self {
            Self::JavaScript => ":",
            Self::Python | Self::Go | Self::Rust => ".",
        }
    }
}

/// A call, or the use of a name that has an effect by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) language: Lang,
    /// The name as the file spells it: `this.client.get`.
    pub(super) name: String,
    /// The name with imports resolved: `child_process:exec`, `subprocess.run`.
    pub(super) full: String,
    /// The second argument, if it is a text.
    pub(super) mode: Option<String>,
    /// Its arguments ask a program for its version, its help or its place, in words that nobody can change.
    pub(super) asks: bool,
    pub(super) line: usize,
}

/// Names of a file that stand for something of another module: the module, and the name there (empty for all of it).
pub(super) type Imports = BTreeMap<String, (String, String)>;

/// The longest name.
const MAX_NAME: usize = 160;
/// Words with which a program is asked for its version, its help or its place.
const QUESTIONS: [&str; 10] =
    ["rev-parse", "--version", "-version", "-V", "version", "--help", "which", "where", "uname", "hostname"];
/// The most calls and names of a chain.
const MAX_CHAIN: usize = 24;
/// The most words of such a command.
const MAX_QUESTION: usize = 4;

fn text<'s>(node: Node<'_>, source: &'s str) -> &'s str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// The dotted name of an expression. `None` if it is no chain of names.
pub(super) fn dotted(node: Node<'_>, source: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut node = node;
    loop {
        match node.kind() {
            "identifier" | "this" | "self" | "type_identifier" | "crate" | "super" => {
                parts.push(text(node, source));
                break;
            }
            // Go.
            "selector_expression" => {
                parts.push(text(node.child_by_field_name("field")?, source));
                node = node.child_by_field_name("operand")?;
            }
            // Rust.
            "field_expression" => {
                parts.push(text(node.child_by_field_name("field")?, source));
                node = node.child_by_field_name("value")?;
            }
            "scoped_identifier" => {
                parts.push(text(node.child_by_field_name("name")?, source));
                node = node.child_by_field_name("path")?;
            }
            "generic_function" => node = node.child_by_field_name("function")?,
            "generic_type" => node = node.child_by_field_name("type")?,
            "try_expression" | "reference_expression" => {
                node = node.named_child(node.named_child_count().checked_sub(1)? as u32)?;
            }
            "member_expression" => {
                parts.push(text(node.child_by_field_name("property")?, source));
                node = node.child_by_field_name("object")?;
            }
            "attribute" => {
                parts.push(text(node.child_by_field_name("attribute")?, source));
                node = node.child_by_field_name("object")?;
            }
            // `(0, module.function)(...)`, and `(await x)`.
            "parenthesized_expression" | "await_expression" | "await" | "non_null_expression" => {
                node = node.named_child(node.named_child_count().checked_sub(1)? as u32)?;
            }
            "sequence_expression" => node = node.child_by_field_name("right").or_else(|| node.named_child(1))?,
            // A method of what a call returns.
            "call" | "call_expression" => node = node.child_by_field_name("function")?,
            "new_expression" => node = node.child_by_field_name("constructor")?,
            _ => return None,
        }
        if parts.len() > 12 {
            return None;
        }
    }
    parts.reverse();
    let name = parts.join(".");
    (name.len() <= MAX_NAME).then_some(name)
}

/// The call that `node` is.
pub(super) fn call(node: Node<'_>, source: &str, language: Lang) -> Option<Call> {
    let callee = match node.kind() {
        "call" | "call_expression" => node.child_by_field_name("function")?,
        "new_expression" => node.child_by_field_name("constructor")?,
        "member_expression" | "attribute" => node,
        _ => return None,
    };
    let name = dotted(callee, source)?;
    if callee == node {
        // Names that are read, not called.
        let read = match language {
            Lang::Python => "os.environ",
            Lang::JavaScript => "process.env",
            Lang::Go | Lang::Rust => return None,
        };
        if name != read {
            return None;
        }
    }
    let arguments = node.child_by_field_name("arguments");
    let second = arguments.and_then(|arguments| arguments.named_child(1));
    let mode = second.map(|node| text(node, source)).filter(|text| text.len() < 24);
    let mode = mode.map(|text| text.trim_start_matches("mode=").trim_matches(['"', '\'']).to_owned());
    let asks = first_arguments(node).is_some_and(|arguments| asks_program(arguments, source));
    Some(Call { language, full: name.clone(), name, mode, asks, line: node.start_position().row + 1 })
}

/// The arguments of the first call in a chain: of `run` in `run("git --version").trim()`.
fn first_arguments(node: Node<'_>) -> Option<Node<'_>> {
    let mut arguments = None;
    let mut inner = node;
    for _ in 0..MAX_CHAIN {
        inner = match inner.kind() {
            "call" | "call_expression" => {
                arguments = inner.child_by_field_name("arguments");
                inner.child_by_field_name("function")?
            }
            "member_expression" | "attribute" => inner.child_by_field_name("object")?,
            "parenthesized_expression" | "await_expression" | "await" => inner.named_child(0)?,
            _ => break,
        };
    }
    arguments
}

/// True for arguments such as `["git", "--version"]`: fixed words, of which one is a question.
fn asks_program(arguments: Node<'_>, source: &str) -> bool {
    // The program, as a field that the server has set.
    let is_own_field = |node: Node<'_>| {
        matches!(node.kind(), "member_expression" | "attribute")
            && ["this.", "self."].iter().any(|own| text(node, source).starts_with(own))
    };
    let mut words: Vec<&str> = Vec::new();
    let mut cursor = arguments.walk();
    for (at, argument) in arguments.named_children(&mut cursor).enumerate().take(3) {
        match argument.kind() {
            "string" | "template_string" => words.extend(text(argument, source).split_whitespace()),
            "list" | "array" => {
                let mut cursor = argument.walk();
                for (at, item) in argument.named_children(&mut cursor).enumerate() {
                    match item.kind() {
                        "string" => words.push(text(item, source)),
                        _ if at == 0 && is_own_field(item) => {}
                        _ => return false,
                    }
                }
            }
            _ if at == 0 && is_own_field(argument) => {}
            // Options and a callback.
            "keyword_argument" if !text(argument, source).starts_with("shell") => {}
            "object" | "arrow_function" | "function_expression" if at > 0 => {}
            "identifier" if at > 1 => {}
            _ => return false,
        }
    }
    let word = |word: &&str| word.trim_matches(['"', '\'', '`']).to_owned();
    let words: Vec<String> = words.iter().map(word).collect();
    let is_plain = |word: &String| !word.contains(['$', '{', '|', '&', ';', '<', '>', '(', '`', '\\']);
    let is_question = |word: &String| QUESTIONS.contains(&word.as_str()) || word.starts_with("--print-");
    words.len() <= MAX_QUESTION && words.iter().all(is_plain) && words.iter().any(is_question)
}

/// Adds what `node` imports, or binds to something that is imported.
pub(super) fn import(node: Node<'_>, source: &str, into: &mut Imports) {
    match node.kind() {
        "import_statement" if node.child_by_field_name("source").is_some() => {
            let Some(module) = node.child_by_field_name("source").map(|node| unquoted(text(node, source))) else {
                return;
            };
            each(node, &mut |part| match part.kind() {
                "import_specifier" => {
                    let Some(name) = part.child_by_field_name("name") else { return };
                    let local = part.child_by_field_name("alias").unwrap_or(name);
                    into.insert(text(local, source).to_owned(), (module.clone(), text(name, source).to_owned()));
                }
                "namespace_import" | "import_clause" => {
                    if let Some(local) = part.named_child(0).filter(|node| node.kind() == "identifier") {
                        into.insert(text(local, source).to_owned(), (module.clone(), String::new()));
                    }
                }
                _ => {}
            });
        }
        "import_statement" => each(node, &mut |part| {
            if part.kind() == "aliased_import" {
                if let (Some(name), Some(alias)) = (part.child_by_field_name("name"), part.child_by_field_name("alias"))
                {
                    into.insert(text(alias, source).to_owned(), (text(name, source).to_owned(), String::new()));
                }
            } else if part.kind() == "dotted_name" && part.parent().is_some_and(|parent| parent.id() == node.id()) {
                let name = text(part, source);
                let first = name.split('.').next().unwrap_or(name).to_owned();
                into.insert(first.clone(), (first, String::new()));
            }
        }),
        "import_from_statement" => {
            let Some(module) = node.child_by_field_name("module_name").map(|node| text(node, source).to_owned()) else {
                return;
            };
            let mut cursor = node.walk();
            for name in node.children_by_field_name("name", &mut cursor) {
                let member = name.child_by_field_name("name").unwrap_or(name);
                let local = name.child_by_field_name("alias").unwrap_or(member);
                into.insert(text(local, source).to_owned(), (module.clone(), text(member, source).to_owned()));
            }
        }
        "variable_declarator" => binding(node, source, into),
        // Go.
        "import_spec" => {
            let Some(path) = node.child_by_field_name("path").map(|node| unquoted(text(node, source))) else { return };
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let local = node.child_by_field_name("name").map_or(name, |name| text(name, source).to_owned());
            into.insert(local, (path, String::new()));
        }
        // Rust.
        "use_declaration" => {
            if let Some(argument) = node.child_by_field_name("argument") {
                uses(argument, "", source, into, 8);
            }
        }
        _ => {}
    }
}

/// Adds what a declaration of Rust brings into scope, with `.` for `::`.
fn uses(node: Node<'_>, before: &str, source: &str, into: &mut Imports, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let below = |path: &str| {
        let path = path.replace("::", ".");
        if before.is_empty() { path } else { format!("{before}.{path}") }
    };
    match node.kind() {
        "identifier" | "scoped_identifier" | "use_as_clause" | "self" => {
            let path = node.child_by_field_name("path").filter(|_| node.kind() == "use_as_clause").unwrap_or(node);
            let full = if text(path, source) == "self" { before.to_owned() } else { below(text(path, source)) };
            let (module, name) = full.rsplit_once('.').unwrap_or(("", &full));
            let local = node.child_by_field_name("alias").map_or(name, |alias| text(alias, source));
            into.insert(local.to_owned(), (module.to_owned(), name.to_owned()));
        }
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").map(|path| below(text(path, source)));
            if let Some(list) = node.child_by_field_name("list") {
                uses(list, &path.unwrap_or_else(|| before.to_owned()), source, into, depth);
            }
        }
        "use_list" => {
            let mut cursor = node.walk();
            for inner in node.named_children(&mut cursor).collect::<Vec<_>>() {
                uses(inner, before, source, into, depth);
            }
        }
        _ => {}
    }
}

/// `const x = require("module")`, `const { x } = require("module")`, and `const x = promisify(y)`.
fn binding(node: Node<'_>, source: &str, into: &mut Imports) {
    let (Some(target), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value")) else {
        return;
    };
    // `__importStar(require("module"))` and its kind.
    let mut call = value;
    let mut module = None;
    let mut last = None;
    for _ in 0..4 {
        if call.kind() == "await_expression" {
            let Some(inner) = call.named_child(0) else { return };
            call = inner;
            continue;
        }
        let function = call.child_by_field_name("function").filter(|_| call.kind() == "call_expression");
        let argument = call.child_by_field_name("arguments").and_then(|arguments| arguments.named_child(0));
        let (Some(function), Some(argument)) = (function, argument) else { return };
        if ["require", "import"].contains(&text(function, source)) && argument.kind() == "string" {
            module = Some(unquoted(text(argument, source)));
            break;
        }
        if text(function, source).ends_with("promisify") {
            last = dotted(argument, source);
            break;
        }
        call = argument;
    }
    if let (Some(name), "identifier") = (last, target.kind()) {
        let (first, rest) = name.split_once('.').unwrap_or((&name, ""));
        let (module, member) = into.get(first).cloned().unwrap_or_default();
        let member = [member.as_str(), rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        into.insert(text(target, source).to_owned(), (module, member));
        return;
    }
    let Some(module) = module else { return };
    if target.kind() == "identifier" {
        into.insert(text(target, source).to_owned(), (module, String::new()));
        return;
    }
    each(target, &mut |part| match part.kind() {
        "shorthand_property_identifier_pattern" => {
            let name = text(part, source).to_owned();
            into.insert(name.clone(), (module.clone(), name));
        }
        "pair_pattern" => {
            if let (Some(key), Some(value)) = (part.child_by_field_name("key"), part.child_by_field_name("value")) {
                into.insert(text(value, source).to_owned(), (module.clone(), text(key, source).to_owned()));
            }
        }
        _ => {}
    });
}

fn unquoted(text: &str) -> String {
    let text = text.trim_matches(['"', '\'', '`']);
    text.strip_prefix("node:").unwrap_or(text).to_owned()
}

/// Visits the named nodes below `node`, at most some levels deep.
fn each<'t>(node: Node<'t>, visit: &mut dyn FnMut(Node<'t>)) {
    fn go<'t>(node: Node<'t>, visit: &mut dyn FnMut(Node<'t>), depth: usize) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).collect::<Vec<_>>() {
            visit(child);
            if depth > 0 {
                go(child, visit, depth - 1);
            }
        }
    }
    go(node, visit, 4);
}
