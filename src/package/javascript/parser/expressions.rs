//! Expressions.

use tree_sitter::Node;

use super::super::syntax::{Binary, Expr, Item, Key, Logical, Pattern, Property, Unary};
use super::Lowering;
use super::functions::MethodKind;

impl Lowering<'_, '_> {
    pub(super) fn expr(&mut self, node: Node<'_>) -> Expr {
        self.deeper(Expr::Unsupported, |this| this.expr_here(node))
    }

    fn field(&mut self, node: Node<'_>, field: &str) -> Box<Expr> {
        Box::new(node.child_by_field_name(field).map_or(Expr::Unsupported, |child| self.expr(child)))
    }

    /// The only child: of parentheses, an `await`, a type assertion.
    fn inner(&mut self, node: Node<'_>) -> Expr {
        self.children(node).first().map_or(Expr::Unsupported, |child| self.expr(*child))
    }

    fn expr_here(&mut self, node: Node<'_>) -> Expr {
        match node.kind() {
            "identifier" | "shorthand_property_identifier" => Expr::Identifier(self.name(node)),
            "undefined" => Expr::Undefined,
            "null" => Expr::Null,
            "true" => Expr::Bool(true),
            "false" => Expr::Bool(false),
            "this" => Expr::This,
            "super" => Expr::Super,
            "number" => self.number(node),
            "string" => Expr::String(self.string(node)),
            "regex" => self.regex(node),
            "template_string" => {
                let (texts, expressions) = self.template(node);
                Expr::Template(texts, expressions)
            }
            "meta_property" if self.text(node).starts_with("import") => Expr::ImportMeta,
            "parenthesized_expression" => self.inner(node),
            // TypeScript: the type goes, the value stays.
            "as_expression" | "satisfies_expression" | "non_null_expression" | "instantiation_expression" => {
                self.inner(node)
            }
            "type_assertion" => self.children(node).last().map_or(Expr::Unsupported, |child| self.expr(*child)),
            "array" => Expr::Array(self.items(node)),
            "object" => Expr::Object(self.properties(node)),
            "function_expression" | "arrow_function" | "generator_function" => Expr::Function(self.function(node)),
            "class" => Expr::Class(self.class(node)),
            "unary_expression" => self.unary(node),
            "update_expression" => {
                let by = if self.operator(node) == "++" { 1.0 } else { -1.0 };
                let prefix = node.child(0).is_some_and(|first| !first.is_named());
                Expr::Update { by, prefix, target: self.field(node, "argument") }
            }
            "binary_expression" => self.binary(node),
            "assignment_expression" => {
                let left = node.child_by_field_name("left").map(|left| self.pattern(unwrapped(left)));
                let left = left.unwrap_or(Pattern::Target(Box::new(Expr::Unsupported)));
                Expr::Assign(Box::new(left), self.field(node, "right"))
            }
            "augmented_assignment_expression" => {
                let (left, right) = (self.field(node, "left"), self.field(node, "right"));
                let operator = self.operator(node);
                let operator = operator.strip_suffix('=').unwrap_or(operator);
                match (binary(operator), logical(operator)) {
                    (Some(operator), _) => Expr::AssignBinary(operator, left, right),
                    (_, Some(operator)) => Expr::AssignLogical(operator, left, right),
                    (None, None) => Expr::Unsupported,
                }
            }
            "ternary_expression" => Expr::Conditional(
                self.field(node, "condition"),
                self.field(node, "consequence"),
                self.field(node, "alternative"),
            ),
            "member_expression" | "subscript_expression" | "call_expression" => {
                let chain = self.chain(node);
                // The inner parts of a chain are lowered by `chain` itself, so this is the outermost.
                if has_optional(node) { Expr::Chain(Box::new(chain)) } else { chain }
            }
            "new_expression" => {
                let args = node.child_by_field_name("arguments").map(|args| self.items(args)).unwrap_or_default();
                Expr::New { callee: self.field(node, "constructor"), args, place: self.position(node) }
            }
            "sequence_expression" => {
                let children = self.children(node);
                Expr::Sequence(children.into_iter().map(|child| self.expr(child)).collect())
            }
            "await_expression" => Expr::Await(Box::new(self.inner(node))),
            "yield_expression" => {
                let value = self.children(node).first().map(|child| Box::new(self.expr(*child)));
                let mut cursor = node.walk();
                match value {
                    Some(value) if node.children(&mut cursor).any(|child| child.kind() == "*") => Expr::YieldAll(value),
                    value => Expr::Yield(value),
                }
            }
            _ => Expr::Unsupported,
        }
    }

    fn operator<'tree>(&self, node: Node<'tree>) -> &'tree str {
        node.child_by_field_name("operator").map_or("", |operator| operator.kind())
    }

    fn unary(&mut self, node: Node<'_>) -> Expr {
        let argument = self.field(node, "argument");
        let operator = match self.operator(node) {
            "!" => Unary::Not,
            "-" => Unary::Minus,
            "+" => Unary::Plus,
            "~" => Unary::BitNot,
            "typeof" => Unary::Typeof,
            "void" => Unary::Void,
            "delete" => return Expr::Delete(argument),
            _ => return Expr::Unsupported,
        };
        Expr::Unary(operator, argument)
    }

    fn binary(&mut self, node: Node<'_>) -> Expr {
        let right = self.field(node, "right");
        let left = match node.child_by_field_name("left") {
            // `#field in object`
            Some(left) if left.kind() == "private_property_identifier" => Box::new(Expr::String(self.name(left))),
            _ => self.field(node, "left"),
        };
        let operator = self.operator(node);
        match (binary(operator), logical(operator)) {
            (Some(operator), _) => Expr::Binary(operator, left, right),
            (_, Some(operator)) => Expr::Logical(operator, left, right),
            (None, None) => Expr::Unsupported,
        }
    }

    /// A member, an index or a call, without `Expr::Chain` around its inner parts.
    fn chain(&mut self, node: Node<'_>) -> Expr {
        self.deeper(Expr::Unsupported, |this| this.chain_here(node))
    }

    fn link(&mut self, node: Node<'_>, field: &str) -> Box<Expr> {
        match node.child_by_field_name(field) {
            Some(inner) if is_link(inner) => Box::new(self.chain(inner)),
            _ => self.field(node, field),
        }
    }

    fn chain_here(&mut self, node: Node<'_>) -> Expr {
        let optional = is_optional(node);
        match node.kind() {
            "member_expression" => {
                let object = self.link(node, "object");
                let name = node.child_by_field_name("property").map(|name| self.name(name));
                match name {
                    Some(name) => Expr::Member { object, name, optional },
                    None => Expr::Unsupported,
                }
            }
            "subscript_expression" => {
                Expr::Index { object: self.link(node, "object"), index: self.field(node, "index"), optional }
            }
            _ => self.call(node, optional),
        }
    }

    fn call(&mut self, node: Node<'_>, optional: bool) -> Expr {
        let Some(args) = node.child_by_field_name("arguments") else { return Expr::Unsupported };
        let callee = node.child_by_field_name("function");
        if args.kind() == "template_string" {
            let tag = self.field(node, "function");
            let (texts, expressions) = self.template(args);
            return Expr::TaggedTemplate(tag, texts, expressions);
        }
        let args = self.items(args);
        if callee.is_some_and(|callee| callee.kind() == "import") {
            return match args.into_iter().next() {
                Some(Item::One(specifier)) => Expr::Import(Box::new(specifier)),
                Some(Item::Spread(_) | Item::Hole) | None => Expr::Unsupported,
            };
        }
        Expr::Call { callee: self.link(node, "function"), args, optional, place: self.position(node) }
    }

    fn items(&mut self, node: Node<'_>) -> Vec<Item> {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        let (mut items, mut filled) = (Vec::new(), false);
        for child in children {
            match child.kind() {
                "," if !filled => items.push(Item::Hole),
                "," => filled = false,
                _ if !child.is_named() || child.is_extra() => {}
                "spread_element" => {
                    items.push(Item::Spread(self.inner(child)));
                    filled = true;
                }
                _ => {
                    items.push(Item::One(self.expr(child)));
                    filled = true;
                }
            }
        }
        items
    }

    fn properties(&mut self, node: Node<'_>) -> Vec<Property> {
        let mut properties = Vec::new();
        for child in self.children(node) {
            match child.kind() {
                "shorthand_property_identifier" => {
                    let name = self.name(child);
                    properties.push(Property::Value(Key::Name(name.clone()), Expr::Identifier(name)));
                }
                "pair" => {
                    let Some(key) = child.child_by_field_name("key") else { continue };
                    let key = self.key(key);
                    properties.push(Property::Value(key, *self.field(child, "value")));
                }
                "spread_element" => properties.push(Property::Spread(self.inner(child))),
                "method_definition" => {
                    let (key, function, kind) = self.method(child);
                    properties.push(match kind {
                        MethodKind::Method => Property::Value(key, Expr::Function(function)),
                        MethodKind::Getter => Property::Getter(key, function),
                        MethodKind::Setter => Property::Setter,
                    });
                }
                _ => {}
            }
        }
        properties
    }
}

fn unwrapped(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "parenthesized_expression" | "as_expression" | "non_null_expression" => {
            node.named_child(0).map_or(node, unwrapped)
        }
        _ => node,
    }
}

fn is_link(node: Node<'_>) -> bool {
    matches!(node.kind(), "member_expression" | "subscript_expression" | "call_expression")
}

fn is_optional(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| matches!(child.kind(), "optional_chain" | "?."))
}

/// Whether `?.` stands in the chain that ends with `node`.
fn has_optional(node: Node<'_>) -> bool {
    let mut link = node;
    loop {
        if is_optional(link) {
            return true;
        }
        let inner = link.child_by_field_name("object").or_else(|| link.child_by_field_name("function"));
        match inner.filter(|inner| is_link(*inner)) {
            Some(inner) => link = inner,
            None => return false,
        }
    }
}

fn binary(operator: &str) -> Option<Binary> {
    Some(match operator {
        "+" => Binary::Add,
        "-" => Binary::Subtract,
        "*" => Binary::Multiply,
        "/" => Binary::Divide,
        "%" => Binary::Remainder,
        "**" => Binary::Power,
        "==" => Binary::Equal,
        "!=" => Binary::NotEqual,
        "===" => Binary::StrictEqual,
        "!==" => Binary::StrictNotEqual,
        "<" => Binary::Less,
        "<=" => Binary::LessOrEqual,
        ">" => Binary::Greater,
        ">=" => Binary::GreaterOrEqual,
        "&" => Binary::BitAnd,
        "|" => Binary::BitOr,
        "^" => Binary::BitXor,
        "<<" => Binary::ShiftLeft,
        ">>" => Binary::ShiftRight,
        ">>>" => Binary::ShiftRightUnsigned,
        "in" => Binary::In,
        "instanceof" => Binary::InstanceOf,
        _ => return None,
    })
}

fn logical(operator: &str) -> Option<Logical> {
    Some(match operator {
        "&&" => Logical::And,
        "||" => Logical::Or,
        "??" => Logical::Coalesce,
        _ => return None,
    })
}
