//! Functions and classes.

use std::cell::OnceCell;
use std::rc::Rc;

use tree_sitter::Node;

use super::super::syntax::{Body, Class, Code, Expr, Function, Key, Member, MemberKind, Name, Statement};
use super::Lowering;

impl Lowering<'_, '_> {
    pub(super) fn function(&mut self, node: Node<'_>) -> Rc<Function> {
        let name = node.child_by_field_name("name").filter(|name| name.kind() == "identifier");
        let name = name.map(|name| self.name(name));
        self.function_named(node, name)
    }

    fn function_named(&mut self, node: Node<'_>, name: Option<Name>) -> Rc<Function> {
        let params = self.params(node);
        let body = match node.child_by_field_name("body") {
            Some(body) => self.body(body),
            None => empty_body(Code::default()),
        };
        let mut cursor = node.walk();
        let is_generator =
            node.kind().starts_with("generator") || node.children(&mut cursor).any(|child| child.kind() == "*");
        let is_arrow = node.kind() == "arrow_function";
        Rc::new(Function { name, params, body, is_arrow, is_generator, place: self.position(node) })
    }

    /// A method of an object or a class: its key, its function, and whether it is a getter or a setter.
    pub(super) fn method(&mut self, node: Node<'_>) -> (Key, Rc<Function>, MethodKind) {
        let key = node.child_by_field_name("name").map(|name| self.key(name));
        let key = key.unwrap_or(Key::Computed(Expr::Unsupported));
        let mut cursor = node.walk();
        let mut kind = MethodKind::Method;
        for child in node.children(&mut cursor) {
            match child.kind() {
                "get" => kind = MethodKind::Getter,
                "set" => kind = MethodKind::Setter,
                _ => {}
            }
        }
        let name = match &key {
            Key::Name(name) => Some(name.clone()),
            Key::Computed(_) => None,
        };
        (key, self.function_named(node, name), kind)
    }

    pub(super) fn class(&mut self, node: Node<'_>) -> Rc<Class> {
        let name = node.child_by_field_name("name").map(|name| self.name(name));
        let parent = self.children(node).into_iter().find(|child| child.kind() == "class_heritage");
        let parent = parent.and_then(|heritage| self.parent(heritage));
        let mut members = Vec::new();
        if let Some(body) = node.child_by_field_name("body") {
            members.extend(self.children(body).into_iter().filter_map(|child| self.member(child)));
        }
        Rc::new(Class { name, parent, members, place: self.position(node) })
    }

    fn parent(&mut self, heritage: Node<'_>) -> Option<Expr> {
        let first = self.children(heritage).into_iter().find(|child| child.kind() != "implements_clause")?;
        let value = if first.kind() == "extends_clause" { first.child_by_field_name("value")? } else { first };
        Some(self.expr(value))
    }

    fn member(&mut self, node: Node<'_>) -> Option<Member> {
        let mut cursor = node.walk();
        let is_static = node.children(&mut cursor).any(|child| child.kind() == "static");
        match node.kind() {
            "method_definition" => {
                let (key, function, kind) = self.method(node);
                let kind = match kind {
                    MethodKind::Method => MemberKind::Method(function),
                    MethodKind::Getter => MemberKind::Getter(function),
                    MethodKind::Setter => MemberKind::Setter,
                };
                Some(Member { key, is_static, kind })
            }
            "field_definition" | "public_field_definition" => {
                let key = node.child_by_field_name("property").or_else(|| node.child_by_field_name("name"))?;
                let key = self.key(key);
                let value = node.child_by_field_name("value").map(|value| {
                    let place = self.position(value);
                    let body = self.body(value);
                    Rc::new(Function {
                        name: None,
                        params: Vec::new(),
                        body,
                        is_arrow: false,
                        is_generator: false,
                        place,
                    })
                });
                Some(Member { key, is_static, kind: MemberKind::Field(value) })
            }
            "class_static_block" => {
                let function = self.function_named(node, None);
                let key = Key::Computed(Expr::Unsupported);
                Some(Member { key, is_static: true, kind: MemberKind::StaticBlock(function) })
            }
            _ => None,
        }
    }
}

pub(super) enum MethodKind {
    Method,
    Getter,
    Setter,
}

fn empty_body(code: Code) -> Body {
    debug_assert!(code.statements.iter().all(|statement| matches!(statement, Statement::Empty)));
    Body { code: OnceCell::from(Rc::new(code)), start: 0, end: 0 }
}
