//! What is declared or assigned to: names, properties, arrays and objects that are taken apart.

use tree_sitter::Node;

use super::super::syntax::{Expr, Key, Param, Pattern};
use super::Lowering;

impl Lowering<'_, '_> {
    pub(super) fn pattern(&mut self, node: Node<'_>) -> Pattern {
        self.deeper(Pattern::Target(Box::new(Expr::Unsupported)), |this| this.pattern_here(node))
    }

    fn pattern_here(&mut self, node: Node<'_>) -> Pattern {
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" | "undefined" => Pattern::Name(self.name(node)),
            "array_pattern" => Pattern::Array(self.array_pattern(node)),
            "object_pattern" => self.object_pattern(node),
            "assignment_pattern" | "object_assignment_pattern" => {
                let left = node.child_by_field_name("left").map(|left| self.pattern(left));
                let right = node.child_by_field_name("right").map(|right| self.expr(right));
                match (left, right) {
                    (Some(left), Some(right)) => Pattern::Default(Box::new(left), Box::new(right)),
                    _ => Pattern::Target(Box::new(Expr::Unsupported)),
                }
            }
            "rest_pattern" => {
                let inner = self.children(node).first().map(|inner| self.pattern(*inner));
                Pattern::Rest(Box::new(inner.unwrap_or(Pattern::Target(Box::new(Expr::Unsupported)))))
            }
            _ => Pattern::Target(Box::new(self.expr(node))),
        }
    }

    fn array_pattern(&mut self, node: Node<'_>) -> Vec<Option<Pattern>> {
        let mut cursor = node.walk();
        let (mut items, mut filled) = (Vec::new(), false);
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "," if !filled => items.push(None),
                "," => filled = false,
                _ if !child.is_named() || child.is_extra() => {}
                _ => {
                    items.push(Some(self.pattern(child)));
                    filled = true;
                }
            }
        }
        items
    }

    fn object_pattern(&mut self, node: Node<'_>) -> Pattern {
        let (mut properties, mut rest) = (Vec::new(), None);
        for child in self.children(node) {
            match child.kind() {
                "shorthand_property_identifier_pattern" => {
                    let name = self.name(child);
                    properties.push((Key::Name(name.clone()), Pattern::Name(name)));
                }
                "object_assignment_pattern" => {
                    let Some(left) = child.child_by_field_name("left") else { continue };
                    let name = self.name(left);
                    properties.push((Key::Name(name), self.pattern(child)));
                }
                "pair_pattern" => {
                    let (Some(key), Some(value)) =
                        (child.child_by_field_name("key"), child.child_by_field_name("value"))
                    else {
                        continue;
                    };
                    let key = self.key(key);
                    properties.push((key, self.pattern(value)));
                }
                "rest_pattern" => {
                    if let Pattern::Rest(inner) = self.pattern(child) {
                        rest = Some(inner);
                    }
                }
                _ => {}
            }
        }
        Pattern::Object(properties, rest)
    }

    /// The key of a property, a field or a method.
    pub(super) fn key(&mut self, node: Node<'_>) -> Key {
        match node.kind() {
            "string" => Key::Name(self.string(node)),
            "number" => match self.number(node) {
                Expr::Number(number) => Key::Name(super::super::numbers::to_string(number).into()),
                _ => Key::Computed(Expr::Unsupported),
            },
            "computed_property_name" => {
                let inner = self.children(node).first().map(|inner| self.expr(*inner));
                Key::Computed(inner.unwrap_or(Expr::Unsupported))
            }
            _ => Key::Name(self.name(node)),
        }
    }

    /// The parameters of a function.
    pub(super) fn params(&mut self, node: Node<'_>) -> Vec<Param> {
        if let Some(only) = node.child_by_field_name("parameter") {
            return vec![Param { pattern: self.pattern(only), is_property: false }];
        }
        let Some(list) = node.child_by_field_name("parameters") else { return Vec::new() };
        let mut params = Vec::new();
        for child in self.children(list) {
            match child.kind() {
                // TypeScript: a pattern with a type, a default and modifiers.
                "required_parameter" | "optional_parameter" => {
                    let Some(inner) = child.child_by_field_name("pattern") else { continue };
                    if inner.kind() == "this" {
                        continue;
                    }
                    let mut pattern = self.pattern(inner);
                    if let Some(value) = child.child_by_field_name("value") {
                        pattern = Pattern::Default(Box::new(pattern), Box::new(self.expr(value)));
                    }
                    let mut cursor = child.walk();
                    let modifiers = ["accessibility_modifier", "override_modifier", "readonly"];
                    let is_property = child.children(&mut cursor).any(|part| modifiers.contains(&part.kind()));
                    params.push(Param { pattern, is_property });
                }
                _ => params.push(Param { pattern: self.pattern(child), is_property: false }),
            }
        }
        params
    }
}
