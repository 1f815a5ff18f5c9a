//! From text to the syntax that is evaluated, by the grammars of tree-sitter.

mod expressions;
mod functions;
mod literals;
mod outline;
mod patterns;
mod statements;

pub(super) use self::statements::names;

use std::cell::OnceCell;
use std::rc::Rc;

use rustc_hash::FxHashSet;
use tree_sitter::{Language, Node, Tree};

use super::syntax::{Body, Code, Name, Position};

/// The deepest nesting that is read. What lies deeper has no value.
const MAX_DEPTH: usize = 2_000;
/// A longer body of a function is parsed when the function is called.
const LAZY_BODY: usize = 240;
/// The length of `()=>`, which makes a function of a body.
const ARROW: usize = 4;

/// Parses files and bodies of functions. Equal names share one text.
#[derive(Default)]
pub(super) struct Parser {
    names: FxHashSet<Name>,
}

impl Parser {
    /// The code of a whole file. `None` if it does not parse at all.
    pub(super) fn file(&mut self, file: u32, path: &str, text: &str) -> Option<Code> {
        let (tree, outlined) = outlined_tree(path, text, None)?;
        let text = outlined.as_deref().unwrap_or(text);
        let mut lowering = Lowering { parser: self, text, file, shift: 0, depth: 0, vars: vec![Vec::new()] };
        let statements = lowering.statements(tree.root_node());
        Some(Code { statements, vars: lowering.vars.pop().unwrap_or_default(), names_arguments: false })
    }

    /// The code of a body that was left unparsed.
    pub(super) fn body<'body>(&mut self, body: &'body Body, file: u32, path: &str, text: &str) -> &'body Rc<Code> {
        body.code.get_or_init(|| {
            let arrow = format!("()=>{}", text.get(body.start..body.end).unwrap_or("{}"));
            let code = outlined_tree(path, &arrow, Some(ARROW)).and_then(|(tree, outlined)| {
                let arrow = outlined.as_deref().unwrap_or(&arrow);
                let function = find_arrow(tree.root_node())?;
                let shift = body.start as isize - ARROW as isize;
                let mut lowering =
                    Lowering { parser: self, text: arrow, file, shift, depth: 0, vars: vec![Vec::new()] };
                Some(lowering.code(function.child_by_field_name("body")?))
            });
            // The text as it is: that of the functions in it may be cut out of `arrow`.
            let names_arguments = text.get(body.start..body.end).is_some_and(|text| text.contains("arguments"));
            Rc::new(Code { names_arguments, ..code.unwrap_or_default() })
        })
    }

    fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name: Name = text.into();
        self.names.insert(name.clone());
        name
    }
}

fn find_arrow(root: Node<'_>) -> Option<Node<'_>> {
    let statement = root.named_child(0)?;
    let expression = statement.named_child(0)?;
    (expression.kind() == "arrow_function").then_some(expression)
}

fn tree(path: &str, text: &str) -> Option<Tree> {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&language(path)).ok()?;
    parser.parse(text, None)
}

/// The tree of a text, and of a long one the outline that it is of. In TypeScript a type may stand before a body, so that is
/// parsed whole.
fn outlined_tree(path: &str, text: &str, own: Option<usize>) -> Option<(Tree, Option<String>)> {
    let is_typed = ["ts", "mts", "cts", "tsx"].contains(&path.rsplit('.').next().unwrap_or_default());
    if !is_typed
        && text.len() >= outline::WORTH_IT
        && let Some(outlined) = outline::outline(text, own, LAZY_BODY)
        && let Some(tree) = tree(path, &outlined).filter(|tree| !tree.root_node().has_error())
    {
        return Some((tree, Some(outlined)));
    }
    Some((tree(path, text)?, None))
}

fn language(path: &str) -> Language {
    match path.rsplit('.').next() {
        Some("ts" | "mts" | "cts") => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Some("tsx") => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_javascript::LANGUAGE.into(),
    }
}

/// One text on its way from the tree of its grammar to the syntax.
struct Lowering<'text, 'parser> {
    parser: &'parser mut Parser,
    text: &'text str,
    file: u32,
    /// Added to a byte of `text` to have the byte of the file.
    shift: isize,
    depth: usize,
    /// The names that `var` declares, by function.
    vars: Vec<Vec<Name>>,
}

impl Lowering<'_, '_> {
    fn text(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn name(&mut self, node: Node<'_>) -> Name {
        let text = self.text.get(node.byte_range()).unwrap_or_default();
        self.parser.name(text)
    }

    fn byte(&self, byte: usize) -> usize {
        byte.saturating_add_signed(self.shift)
    }

    fn position(&self, node: Node<'_>) -> Position {
        Position { file: self.file, byte: u32::try_from(self.byte(node.start_byte())).unwrap_or(u32::MAX) }
    }

    /// The named children without comments.
    fn children<'tree>(&self, node: Node<'tree>) -> Vec<Node<'tree>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
    }

    fn body(&mut self, node: Node<'_>) -> Body {
        let code = OnceCell::new();
        if node.byte_range().len() <= LAZY_BODY || self.depth > MAX_DEPTH {
            self.vars.push(Vec::new());
            let lowered = self.code(node);
            self.vars.pop();
            // A new cell is empty.
            code.get_or_init(|| Rc::new(lowered));
        }
        Body { code, start: self.byte(node.start_byte()), end: self.byte(node.end_byte()) }
    }

    /// The body of a function: a block, or the expression that an arrow function returns.
    fn code(&mut self, node: Node<'_>) -> Code {
        let statements = if node.kind() == "statement_block" {
            self.statements(node)
        } else {
            vec![super::syntax::Statement::Return(Some(self.expr(node)))]
        };
        let vars = self.vars.last_mut().map(std::mem::take).unwrap_or_default();
        let names_arguments = self.text.get(node.byte_range()).is_some_and(|text| text.contains("arguments"));
        Code { statements, vars, names_arguments }
    }

    /// Runs `lower` one level deeper, or gives `otherwise` beyond the limit.
    fn deeper<T>(&mut self, otherwise: T, lower: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            return otherwise;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        lowered
    }
}
