//! Expressions.

use std::rc::Rc;

use tree_sitter::Node;

use super::index::Key;
use super::interpreter::{ITEM_BYTES, Interpreter};
use super::source::children;
use super::value::{Function, Scope, Text, Value};

impl<'t> Interpreter<'t> {
    /// The values of a list of expressions.
    pub(super) fn expressions(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Vec<Value<'t>> {
        if node.kind() == "expression_list" {
            return children(node).into_iter().map(|node| self.eval(node, scope)).collect();
        }
        vec![self.eval(node, scope)]
    }

    pub(super) fn eval(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        self.deeper(|this| this.expression(node, scope)).unwrap_or(Value::Unknown)
    }

    fn expression(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let text = self.sources.text(node, scope.file);
        match node.kind() {
            "interpreted_string_literal" => unquoted(text).map_or(Value::Unknown, |text| self.text_value(text, false)),
            "raw_string_literal" => self.text_value(text.trim_matches('`').replace('\r', ""), false),
            "int_literal" => int(text).map_or(Value::Unknown, Value::Int),
            "float_literal" => text.replace('_', "").parse().map_or(Value::Unknown, Value::Float),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "nil" => Value::Nil,
            "iota" => self.iota.map_or(Value::Unknown, Value::Int),
            "identifier" => self.identifier(text, scope),
            "parenthesized_expression" | "literal_element" | "variadic_argument" => {
                children(node).first().map_or(Value::Unknown, |inner| self.eval(*inner, scope))
            }
            "unary_expression" => {
                let value = node.child_by_field_name("operand").map(|node| self.eval(node, scope));
                let operator = node.child_by_field_name("operator").map(|node| self.sources.text(node, scope.file));
                match (operator, value) {
                    (Some("&" | "*" | "+"), Some(value)) => value,
                    (Some("!"), Some(Value::Bool(value))) => Value::Bool(!value),
                    (Some("-"), Some(Value::Int(value))) => Value::Int(value.saturating_neg()),
                    (Some("-"), Some(Value::Float(value))) => Value::Float(-value),
                    _ => Value::Unknown,
                }
            }
            "binary_expression" => self.binary(node, scope),
            "selector_expression" => self.selector(node, scope),
            "index_expression" | "slice_expression" => self.index_of(node, scope),
            "func_literal" => {
                let function = Rc::new(Function { file: scope.file, node, scope: Some(scope.clone()), receiver: None });
                self.literal(&function);
                Value::Function(function)
            }
            "composite_literal" => self.composite(node, scope),
            "call_expression" => self.call(node, scope),
            "type_conversion_expression" => {
                node.child_by_field_name("operand").map_or(Value::Unknown, |inner| self.eval(inner, scope))
            }
            "type_assertion_expression" => {
                node.child_by_field_name("operand").map_or(Value::Unknown, |inner| self.eval(inner, scope))
            }
            "type_instantiation_expression" => {
                node.child_by_field_name("type").map_or(Value::Unknown, |inner| self.eval(inner, scope))
            }
            _ => Value::Unknown,
        }
    }

    fn identifier(&mut self, name: &'t str, scope: &Rc<Scope<'t>>) -> Value<'t> {
        if name == "iota" {
            return self.iota.map_or(Value::Unknown, Value::Int);
        }
        if let Some(value) = scope.get(name) {
            return value;
        }
        self.of_package((self.sources.files[scope.file].folder, name)).unwrap_or(Value::Unknown)
    }

    /// What a package declares under a name.
    pub(super) fn of_package(&mut self, key: Key<'t>) -> Option<Value<'t>> {
        if let Some(declared) = self.index.functions.get(&key).copied() {
            let function = Function { file: declared.file, node: declared.node, scope: None, receiver: None };
            return Some(Value::Function(Rc::new(function)));
        }
        self.global(key)
    }

    /// The import path that a name of a file stands for.
    pub(super) fn import(&self, name: &str, scope: &Rc<Scope<'t>>) -> Option<&'t str> {
        let is_variable = scope.get(name).is_some();
        let path = self.sources.files[scope.file].imports.get(name).filter(|_| !is_variable)?;
        Some(path)
    }

    fn selector(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let (Some(of), Some(field)) = (node.child_by_field_name("operand"), node.child_by_field_name("field")) else {
            return Value::Unknown;
        };
        let name = self.sources.text(field, scope.file);
        if of.kind() == "identifier"
            && let Some(path) = self.import(self.sources.text(of, scope.file), scope)
        {
            return match self.sources.folder_of_import(path) {
                Some(folder) => self.of_package((folder, name)).unwrap_or(Value::Unknown),
                None => Value::External(format!("{path}.{name}").into()),
            };
        }
        let of = self.eval(of, scope);
        self.field(&of, name)
    }

    /// The field or method `name` of a value.
    pub(super) fn field(&mut self, of: &Value<'t>, name: &str) -> Value<'t> {
        match of {
            Value::Object(object) => {
                if let Some(value) = object.borrow().get(name) {
                    return value.clone();
                }
                let type_name = object.borrow().of.clone();
                if let Some(method) = self.method(&type_name, name, of) {
                    return method;
                }
                // Fields and methods of an embedded struct.
                let embedded: Vec<Value<'t>> = {
                    let object = object.borrow();
                    let is_embedded = |key: &str, value: &Value<'t>| match value {
                        Value::Object(inner) => inner.borrow().of.rsplit('.').next() == Some(key),
                        Value::Tool(_) => key == "Tool",
                        _ => false,
                    };
                    let inner = object.entries.iter().filter(|(key, value)| is_embedded(key, value));
                    inner.map(|(_, value)| value.clone()).collect()
                };
                let found = self.deeper(|this| {
                    embedded.iter().map(|inner| this.field(inner, name)).find(|value| !matches!(value, Value::Unknown))
                });
                if let Some(found) = found.flatten() {
                    return found;
                }
                let is_open = object.borrow().open;
                self.zero_field(&type_name, name).filter(|_| !is_open).unwrap_or(Value::Unknown)
            }
            Value::Tool(tool) => match self.drafts[*tool].field(name).cloned() {
                Some(value) => value,
                None => {
                    let type_name = self.drafts[*tool].of.clone();
                    self.method(&type_name, name, of).unwrap_or(Value::Unknown)
                }
            },
            Value::Unknown => self.only_method(name, of),
            _ => Value::Unknown,
        }
    }

    /// The value of a field that a literal leaves out.
    fn zero_field(&self, type_name: &str, name: &str) -> Option<Value<'t>> {
        let (file, fields) = self.index.struct_fields(self.module_key(type_name)?)?;
        let of = fields.iter().find_map(|field| {
            let mut cursor = field.walk();
            let is_it =
                field.children_by_field_name("name", &mut cursor).any(|node| self.sources.text(node, file) == name);
            field.child_by_field_name("type").filter(|_| is_it)
        })?;
        Some(self.zero(of, file))
    }

    /// The folder and the name of a type of the module.
    pub(super) fn module_key<'k>(&self, full: &'k str) -> Option<Key<'k>> {
        let key = full.strip_prefix('#')?.rsplit_once('.')?;
        self.index.types.contains_key(&key).then_some(key)
    }

    fn method(&self, type_name: &str, name: &str, receiver: &Value<'t>) -> Option<Value<'t>> {
        let (folder, of) = self.module_key(type_name)?;
        let method = self
            .index
            .methods
            .get(name)?
            .iter()
            .find(|method| method.of == of && self.sources.files[method.file].folder == folder)?;
        let function = Function { file: method.file, node: method.node, scope: None, receiver: Some(receiver.clone()) };
        Some(Value::Function(Rc::new(function)))
    }

    /// The method of a value of which nothing is known, if only one type has a method of this name, and that makes tools.
    fn only_method(&self, name: &str, receiver: &Value<'t>) -> Value<'t> {
        match self.index.methods.get(name).map(Vec::as_slice) {
            Some([method]) if self.index.is_registering(method.file, method.node) => {
                Value::Function(Rc::new(Function {
                    file: method.file,
                    node: method.node,
                    scope: None,
                    receiver: Some(receiver.clone()),
                }))
            }
            _ => Value::Unknown,
        }
    }

    fn index_of(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let Some(of) = node.child_by_field_name("operand") else { return Value::Unknown };
        let of = self.eval(of, scope);
        if let Value::Function(_) | Value::External(_) = of {
            // A generic function with its types.
            return of;
        }
        let Some(at) = node.child_by_field_name("index") else { return Value::Unknown };
        match (of, self.eval(at, scope)) {
            (Value::Object(object), Value::Text(key)) if !key.partial => {
                let object = object.borrow();
                object.get(&key.text).cloned().unwrap_or(if object.open { Value::Unknown } else { Value::Nil })
            }
            (Value::List(items), Value::Int(at)) => {
                usize::try_from(at).ok().and_then(|at| items.borrow().items.get(at).cloned()).unwrap_or(Value::Unknown)
            }
            _ => Value::Unknown,
        }
    }

    fn binary(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
            return Value::Unknown;
        };
        let operator = node.child_by_field_name("operator").map(|node| self.sources.text(node, scope.file));
        let (left, right) = (self.eval(left, scope).single(), self.eval(right, scope).single());
        let same = |left: &Value<'t>, right: &Value<'t>| match (left, right) {
            (Value::Text(left), Value::Text(right)) if !left.partial && !right.partial => Some(left.text == right.text),
            (Value::Int(left), Value::Int(right)) => Some(left == right),
            (Value::Bool(left), Value::Bool(right)) => Some(left == right),
            (Value::Nil, Value::Nil) => Some(true),
            (Value::Nil, Value::Text(_) | Value::List(_) | Value::Object(_) | Value::Function(_) | Value::Tool(_))
            | (Value::List(_) | Value::Object(_) | Value::Function(_) | Value::Tool(_), Value::Nil) => Some(false),
            _ => None,
        };
        let result = |known: Option<bool>| known.map_or(Value::Unknown, Value::Bool);
        match operator {
            Some("+") => self.add(left, right),
            Some("==") => result(same(&left, &right)),
            Some("!=") => result(same(&left, &right).map(|same| !same)),
            Some("&&") => match (&left, &right) {
                (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
                (Value::Bool(true), Value::Bool(true)) => Value::Bool(true),
                _ => Value::Unknown,
            },
            Some("||") => match (&left, &right) {
                (Value::Bool(true), _) | (_, Value::Bool(true)) => Value::Bool(true),
                (Value::Bool(false), Value::Bool(false)) => Value::Bool(false),
                _ => Value::Unknown,
            },
            Some(operator) => match (left, right) {
                (Value::Int(left), Value::Int(right)) => match operator {
                    "-" => left.checked_sub(right).map_or(Value::Unknown, Value::Int),
                    "*" => left.checked_mul(right).map_or(Value::Unknown, Value::Int),
                    "/" => left.checked_div(right).map_or(Value::Unknown, Value::Int),
                    "<<" => {
                        u32::try_from(right).ok().and_then(|by| left.checked_shl(by)).map_or(Value::Unknown, Value::Int)
                    }
                    ">" => Value::Bool(left > right),
                    "<" => Value::Bool(left < right),
                    ">=" => Value::Bool(left >= right),
                    "<=" => Value::Bool(left <= right),
                    _ => Value::Unknown,
                },
                _ => Value::Unknown,
            },
            None => Value::Unknown,
        }
    }

    pub(super) fn add(&mut self, left: Value<'t>, right: Value<'t>) -> Value<'t> {
        match (left, right) {
            (Value::Int(left), Value::Int(right)) => left.checked_add(right).map_or(Value::Unknown, Value::Int),
            (Value::Text(left), Value::Text(right)) => {
                if left.text.len() + right.text.len() > 1 << 20 {
                    return Value::Unknown;
                }
                self.text_value(format!("{}{}", left.text, right.text), left.partial || right.partial)
            }
            (Value::Text(text), _) | (_, Value::Text(text)) => Value::Text(Text { text: text.text, partial: true }),
            _ => Value::Unknown,
        }
    }

    fn composite(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let (Some(of), Some(body)) = (node.child_by_field_name("type"), node.child_by_field_name("body")) else {
            return Value::Unknown;
        };
        self.literal_value(node, of, body, scope)
    }

    /// A literal of the type `of`, whose elements may leave their own types out.
    fn literal_value(&mut self, node: Node<'t>, of: Node<'t>, body: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let element = |of: Node<'t>, field: &str| of.child_by_field_name(field);
        match of.kind() {
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                let element = element(of, "element");
                let items: Vec<Value<'t>> = children(body)
                    .into_iter()
                    .filter_map(|item| children(item).last().copied())
                    .map(|item| self.element(item, element, scope))
                    .collect();
                self.copying(items.len() * ITEM_BYTES);
                Value::list(items, false)
            }
            "map_type" => {
                let element = element(of, "value");
                let (mut entries, mut open) = (Vec::new(), false);
                for entry in children(body).into_iter().filter(|entry| entry.kind() == "keyed_element") {
                    let parts = children(entry);
                    let [key, value] = parts[..] else { continue };
                    let value =
                        children(value).first().map_or(Value::Unknown, |value| self.element(*value, element, scope));
                    match self.eval(key, scope) {
                        Value::Text(key) if !key.partial => entries.push((key.text, value)),
                        _ => open = true,
                    }
                }
                self.copying(entries.len() * ITEM_BYTES);
                self.attach(&entries.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>());
                let is_tool = |key: &str| entries.iter().any(|(name, _)| **name == *key);
                if is_tool("name") && is_tool("inputSchema") {
                    return self.tool_literal(node, scope.file, "".into(), entries);
                }
                Value::object("".into(), entries, open)
            }
            _ => self.struct_literal(node, of, body, scope),
        }
    }

    fn struct_literal(&mut self, node: Node<'t>, of: Node<'t>, body: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let full = self.type_name(of, scope.file);
        let fields = self.module_key(&full).and_then(|key| self.index.struct_fields(key));
        let mut entries: Vec<(Rc<str>, Value<'t>)> = Vec::new();
        for (at, entry) in children(body).into_iter().enumerate() {
            let parts = children(entry);
            let (name, value) = match parts[..] {
                [key, value] if entry.kind() == "keyed_element" => (self.sources.text(key, scope.file), value),
                [value] => (self.field_name_at(fields.as_ref(), at), value),
                _ => continue,
            };
            // The type of a field that has elements without types of their own: `Properties` of a schema.
            let field_type = fields.as_ref().and_then(|(file, fields)| self.field_type(*file, fields, name));
            let inner = if value.kind() == "literal_element" { children(value).first().copied() } else { Some(value) };
            let value = inner.map_or(Value::Unknown, |inner| self.element(inner, field_type, scope));
            entries.push((name.into(), value));
        }
        self.copying(entries.len() * ITEM_BYTES);
        self.attach(&entries.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>());
        if self.is_tool_type(&full) {
            return self.tool_literal(node, scope.file, full, entries);
        }
        Value::object(full, entries, false)
    }

    fn field_name_at(&self, fields: Option<&(usize, Vec<Node<'t>>)>, at: usize) -> &'t str {
        let Some((file, fields)) = fields else { return "" };
        let names = fields.iter().flat_map(|field| {
            let mut cursor = field.walk();
            let names: Vec<Node<'t>> = field.children_by_field_name("name", &mut cursor).collect();
            if names.is_empty() { field.child_by_field_name("type").into_iter().collect() } else { names }
        });
        names.map(|name| self.sources.text(name, *file)).nth(at).unwrap_or_default()
    }

    fn field_type(&self, file: usize, fields: &[Node<'t>], name: &str) -> Option<Node<'t>> {
        fields.iter().find_map(|field| {
            let mut cursor = field.walk();
            let is_it =
                field.children_by_field_name("name", &mut cursor).any(|node| self.sources.text(node, file) == name);
            field.child_by_field_name("type").filter(|_| is_it)
        })
    }

    /// An element of a literal: an expression, or a literal without its type.
    fn element(&mut self, node: Node<'t>, of: Option<Node<'t>>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        if node.kind() != "literal_value" {
            return self.eval(node, scope);
        }
        let mut of = of;
        while let Some(inner) = of.filter(|of| of.kind() == "pointer_type") {
            of = inner.named_child(0);
        }
        match of {
            Some(of) => self.deeper(|this| this.literal_value(node, of, node, scope)).unwrap_or(Value::Unknown),
            None => Value::Unknown,
        }
    }

    /// The full name of a type: `#folder.Name` for one of the module.
    pub(super) fn type_name(&self, of: Node<'t>, file: usize) -> Rc<str> {
        let text = |node: Node<'t>| self.sources.text(node, file);
        match of.kind() {
            "type_identifier" => format!("#{}.{}", self.sources.files[file].folder, text(of)).into(),
            "qualified_type" => {
                let package = of.child_by_field_name("package").map(text).unwrap_or_default();
                let name = of.child_by_field_name("name").map(text).unwrap_or_default();
                let Some(path) = self.sources.files[file].imports.get(package) else { return "".into() };
                match self.sources.folder_of_import(path) {
                    Some(folder) => format!("#{folder}.{name}").into(),
                    None => format!("{path}.{name}").into(),
                }
            }
            "pointer_type" | "generic_type" | "parenthesized_type" => {
                of.named_child(0).map_or_else(|| "".into(), |inner| self.type_name(inner, file))
            }
            _ => "".into(),
        }
    }
}

fn int(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    let radix =
        |prefix: &str, radix: u32| text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok());
    text.parse().ok().or_else(|| radix("0x", 16)).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2))
}

/// The text of a string literal. `None` if an escape is not known.
fn unquoted(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let (mut text, mut rest) = (String::with_capacity(inner.len()), inner.chars());
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let number = |rest: &mut std::str::Chars<'_>, digits: usize| {
            let digits: String = rest.take(digits).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        };
        text.push(match rest.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'x' => number(&mut rest, 2)?,
            'u' => number(&mut rest, 4)?,
            'U' => number(&mut rest, 8)?,
            other @ ('\\' | '"' | '\'') => other,
            _ => return None,
        });
    }
    Some(text)
}
