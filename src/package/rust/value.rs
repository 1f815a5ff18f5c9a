//! The values of Rust that are known without a run: constants, literals, the usual conversions, and macros that make texts and
//! JSON.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use tree_sitter::Node;

use super::protocol::Protocol;
use super::source::{Index, Item, children, last_word};
use crate::package::parsed_files::ParsedFiles;
use crate::package::source_tree::SourceTree;

/// The most steps of a package.
const MAX_STEPS: usize = if cfg!(test) { 200_000 } else { 2_000_000 };
/// The most bytes that are copied into values.
const MAX_COPIED: usize = 48 << 20;
/// The longest text that is put together.
pub(super) const MAX_TEXT: usize = 1 << 20;
/// The deepest nesting of expressions and constants together.
pub(super) const MAX_DEPTH: usize = 64;
/// The most nodes that are searched for the variables of one function.
const MAX_SEARCHED: usize = 20_000;

/// Methods that leave a value as it is, as far as it is shown.
#[rustfmt::skip]
const SAME: [&str; 24] = [
    "into", "to_string", "to_owned", "clone", "as_str", "as_ref", "unwrap", "expect", "as_object", "cloned", "into_owned",
    "unwrap_or_default", "to_vec", "borrow", "as_deref", "trim", "iter", "into_iter", "collect", "into_boxed_str", "into_string",
    "unwrap_or", "as_bytes", "leak",
];
/// Functions that give what they get.
#[rustfmt::skip]
const WRAPPERS: [&str; 18] = [
    "Some", "Ok", "new", "from", "Borrowed", "Owned", "Arc", "Box", "into", "from_value", "from_str", "to_value", "String", "Cow",
    "from_static", "const_new", "json_object", "to_string",
];

/// A value, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Unknown,
    Json(Json),
    /// A text of which parts are not known and left out.
    PartialText(String),
    /// An object that may have more, or other, entries than these.
    PartialObject(Json),
    /// The schema of a type, by its name.
    SchemaOf(String),
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct At<'a, 't> {
    pub(super) file: usize,
    pub(super) function: Option<Node<'t>>,
    /// The name of the type whose implementation it stands in.
    pub(super) owner: Option<&'a str>,
    /// The values of parameters of the function.
    pub(super) given: &'a HashMap<String, Value>,
}

pub(super) struct Evaluator<'t> {
    pub(super) tree: &'t SourceTree,
    pub(super) sources: &'t ParsedFiles<'t>,
    pub(super) index: &'t Index<'t>,
    pub(super) protocol: Protocol,
    pub(super) crate_name: String,
    pub(super) crate_version: String,
    steps: Cell<usize>,
    copied: Cell<usize>,
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Json(Json::String(text.into()))
    }

    pub(super) fn whole_text(&self) -> Option<&str> {
        match self {
            Self::Json(Json::String(text)) => Some(text),
            _ => None,
        }
    }
}

impl<'t> Evaluator<'t> {
    pub(super) fn new(tree: &'t SourceTree, sources: &'t ParsedFiles<'t>, index: &'t Index<'t>) -> Self {
        let manifest = crate::package::manifest::Manifest::from_tree(tree);
        Self {
            tree,
            sources,
            index,
            protocol: Protocol::new(sources),
            crate_name: manifest.name,
            crate_version: manifest.version.unwrap_or_default(),
            steps: Cell::new(0),
            copied: Cell::new(0),
        }
    }

    /// Counts work besides expressions.
    pub(super) fn working(&self, steps: usize) {
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    /// True if the evaluation ended at its limit.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps.get() >= MAX_STEPS || self.copied.get() >= MAX_COPIED
    }

    fn made(&self, value: Value) -> Value {
        let bytes = match &value {
            Value::Json(json) | Value::PartialObject(json) => crate::package::extraction::json_bytes(json),
            Value::PartialText(text) | Value::SchemaOf(text) => text.len(),
            Value::Unknown => 0,
        };
        self.copied.set(self.copied.get().saturating_add(bytes));
        if bytes > MAX_TEXT * 4 { Value::Unknown } else { value }
    }

    /// The value of an expression, whose text is a part of `text`.
    pub(super) fn eval(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Value {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.is_exhausted() {
            return Value::Unknown;
        }
        let value = self.expression(node, text, at, depth + 1);
        self.made(value)
    }

    fn expression(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        match node.kind() {
            "string_literal" => unquoted(of(node)).map_or(Value::Unknown, Value::text),
            "raw_string_literal" => raw(of(node)).map_or(Value::Unknown, Value::text),
            "boolean_literal" => Value::Json((of(node) == "true").into()),
            "integer_literal" => {
                let digits: String = of(node).chars().filter(|c| *c != '_').collect();
                let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
                digits[..end].parse::<i64>().map_or(Value::Unknown, |number| Value::Json(number.into()))
            }
            "float_literal" => {
                let digits = of(node).trim_end_matches("f64").trim_end_matches("f32").replace('_', "");
                digits.parse::<f64>().map_or(Value::Unknown, |number| Value::Json(number.into()))
            }
            "unary_expression" => match node.named_child(0).map(|inner| self.eval(inner, text, at, depth)) {
                Some(Value::Json(Json::Number(number))) if of(node).starts_with('-') => match number.as_i64() {
                    Some(number) => Value::Json(number.saturating_neg().into()),
                    None => number.as_f64().map_or(Value::Unknown, |number| Value::Json((-number).into())),
                },
                Some(value) if of(node).starts_with('*') => value,
                _ => Value::Unknown,
            },
            "reference_expression"
            | "parenthesized_expression"
            | "try_expression"
            | "await_expression"
            | "type_cast_expression" => {
                let inner = node.child_by_field_name("value").or_else(|| children(node).into_iter().next_back());
                inner.map_or(Value::Unknown, |inner| self.eval(inner, text, at, depth))
            }
            "block" => {
                children(node).into_iter().next_back().map_or(Value::Unknown, |last| self.eval(last, text, at, depth))
            }
            "array_expression" => self.list(&children(node), text, at, depth),
            "identifier" => self.identifier(of(node), at, depth),
            "scoped_identifier" => self.path(of(node), at, depth),
            "macro_invocation" => self.macro_value(node, text, at, depth),
            "call_expression" => self.call(node, text, at, depth),
            "struct_expression" => self.fields(node, text, at, depth),
            _ => Value::Unknown,
        }
    }

    pub(super) fn list(&self, items: &[Node<'_>], text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let values: Option<Vec<Json>> = items
            .iter()
            .map(|item| match self.eval(*item, text, at, depth) {
                Value::Json(json) => Some(json),
                Value::Unknown | Value::PartialText(_) | Value::PartialObject(_) | Value::SchemaOf(_) => None,
            })
            .collect();
        values.map_or(Value::Unknown, |values| Value::Json(Json::Array(values)))
    }

    pub(super) fn identifier(&self, name: &str, at: At<'_, 't>, depth: usize) -> Value {
        if name == "None" {
            return Value::Json(Json::Null);
        }
        if let Some(value) = at.given.get(name) {
            return value.clone();
        }
        if let Some(value) = at.function.and_then(|function| self.variable(function, name, at, depth)) {
            return value;
        }
        self.constant(name, None, at, depth)
    }

    fn path(&self, path: &str, at: At<'_, 't>, depth: usize) -> Value {
        let name = last_word(path);
        let before = path.strip_suffix(name).unwrap_or_default().trim_end_matches(':');
        let owner = match last_word(before) {
            "Self" => at.owner,
            other => Some(other),
        };
        self.constant(name, owner, at, depth)
    }

    /// The constant `name`: of a type or module, of the same file, or the only one of this name.
    fn constant(&self, name: &str, owner: Option<&str>, at: At<'_, 't>, depth: usize) -> Value {
        let Some(found) = self.index.constants.get(name) else { return Value::Unknown };
        self.working(found.len());
        let is_of = |item: &&Item<'t>| self.owner_name(item) == owner;
        let in_module = |item: &&Item<'t>| {
            let stem = self.sources.files[item.file].path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
            owner.is_some_and(|owner| stem.rsplit('/').next() == Some(owner))
        };
        let own = found.iter().find(|item| item.file == at.file && is_of(item));
        let chosen = own.or_else(|| found.iter().find(is_of)).or_else(|| found.iter().find(in_module));
        let chosen = chosen.or_else(|| if let [only] = &found[..] { Some(only) } else { None });
        let is_unclear = own.is_none() && owner.is_none() && found.iter().filter(is_of).count() > 1;
        let Some(item) = chosen.filter(|_| !is_unclear) else { return Value::Unknown };
        let Some(value) = item.node.child_by_field_name("value") else { return Value::Unknown };
        let owner = self.owner_name(item);
        let inner = At { file: item.file, function: None, owner, given: &HashMap::new() };
        self.eval(value, self.sources.files[item.file].text, inner, depth)
    }

    /// The name of the type whose implementation an item stands in.
    pub(super) fn owner_name(&self, item: &Item<'t>) -> Option<&'t str> {
        let of = item.owner?.child_by_field_name("type")?;
        Some(last_word(self.sources.files[item.file].text.get(of.byte_range())?))
    }

    /// The value of a variable that a function declares once.
    fn variable(&self, function: Node<'t>, name: &str, at: At<'_, 't>, depth: usize) -> Option<Value> {
        let source = self.sources.files[at.file].text;
        let of = |node: Node<'_>| source.get(node.byte_range()).unwrap_or_default();
        let mut cursor = function.walk();
        let mut found = Vec::new();
        for visited in 0..MAX_SEARCHED {
            self.working(usize::from(visited % 16 == 0));
            let node = cursor.node();
            if node.kind() == "let_declaration"
                && node
                    .child_by_field_name("pattern")
                    .is_some_and(|pattern| of(pattern).trim_start_matches("mut ") == name)
            {
                found.push(node);
            }
            if cursor.goto_first_child() {
                continue;
            }
            let mut is_over = false;
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() || cursor.node().id() == function.id() {
                    is_over = true;
                    break;
                }
            }
            if is_over {
                break;
            }
        }
        let [declared] = found[..] else { return None };
        // One that is changed later is not followed.
        if of(declared.child_by_field_name("pattern")?).starts_with("mut ")
            || declared.child(1).is_some_and(|node| node.kind() == "mutable_specifier")
        {
            return Some(Value::Unknown);
        }
        Some(self.eval(declared.child_by_field_name("value")?, source, at, depth))
    }

    fn call(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        let (Some(function), Some(list)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return Value::Unknown;
        };
        let args = children(list);
        if function.kind() == "field_expression" {
            let name = function.child_by_field_name("field").map(of).unwrap_or_default();
            let receiver = function.child_by_field_name("value");
            return match receiver.map(|receiver| self.eval(receiver, text, at, depth)) {
                Some(value) if SAME.contains(&name) => value,
                Some(Value::Json(Json::String(text))) if name == "to_uppercase" => Value::text(text.to_uppercase()),
                Some(Value::Json(Json::String(text))) if name == "to_lowercase" => Value::text(text.to_lowercase()),
                Some(Value::Json(Json::Array(items))) if name == "join" => {
                    let between = args.first().map(|arg| self.eval(*arg, text, at, depth));
                    let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
                    match (texts, between.as_ref().and_then(Value::whole_text)) {
                        (Some(texts), Some(between)) if texts.len() * between.len() < MAX_TEXT => {
                            Value::text(texts.join(between))
                        }
                        _ => Value::Unknown,
                    }
                }
                Some(value @ Value::SchemaOf(_)) => value,
                _ => Value::Unknown,
            };
        }
        let (path, types) = match function.kind() {
            "generic_function" => (
                function.child_by_field_name("function").map(of).unwrap_or_default(),
                function.child_by_field_name("type_arguments").map(of),
            ),
            _ => (of(function), None),
        };
        let name = last_word(path);
        if let Some(types) = types
            && name.contains("schema")
        {
            return Value::SchemaOf(types.trim_matches(['<', '>', ':']).trim().to_owned());
        }
        if let Some(first) = args.first().filter(|_| WRAPPERS.contains(&name) && args.len() == 1) {
            return self.eval(*first, text, at, depth);
        }
        self.function_value(path, &args, text, at, depth)
    }

    /// What a function of the package returns, if that is its last expression.
    fn function_value(&self, path: &str, args: &[Node<'_>], text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let found = self.index.functions.get(last_word(path)).map(Vec::as_slice).unwrap_or_default();
        self.working(found.len());
        let own: Vec<&Item<'t>> = found.iter().filter(|item| item.file == at.file).collect();
        let item = match (&own[..], found) {
            ([only], _) => only,
            (_, [only]) => only,
            _ => return Value::Unknown,
        };
        let Some(body) = item.node.child_by_field_name("body") else { return Value::Unknown };
        let names = self.parameter_names(item);
        let values = args.iter().map(|arg| self.eval(*arg, text, at, depth));
        let given: HashMap<String, Value> = names.into_iter().zip(values).collect();
        let owner = self.owner_name(item);
        let inner = At { file: item.file, function: Some(item.node), owner, given: &given };
        let statements = children(body);
        // What returns early returns something that is not known.
        let source = self.sources.files[item.file].text;
        if source.get(body.byte_range()).is_some_and(|body| body.contains("return ")) {
            return Value::Unknown;
        }
        statements.last().map_or(Value::Unknown, |last| self.eval(*last, source, inner, depth))
    }

    /// The names of the parameters of a function, without its receiver.
    pub(super) fn parameter_names(&self, item: &Item<'t>) -> Vec<String> {
        let source = self.sources.files[item.file].text;
        let list = item.node.child_by_field_name("parameters").map(children).unwrap_or_default();
        let parameters = list.into_iter().filter(|node| node.kind() == "parameter");
        let name = |node: Node<'t>| source.get(node.child_by_field_name("pattern")?.byte_range());
        parameters.map(|node| name(node).unwrap_or_default().to_owned()).collect()
    }

    /// A literal of a struct, as an object.
    fn fields(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        let (mut map, mut partial) = (Map::new(), false);
        for field in node.child_by_field_name("body").map(children).unwrap_or_default() {
            match field.kind() {
                "field_initializer" => {
                    let name = field.child_by_field_name("field").map(of).unwrap_or_default();
                    match field.child_by_field_name("value").map(|value| self.eval(value, text, at, depth)) {
                        Some(Value::Json(value)) => {
                            map.insert(name.to_owned(), value);
                        }
                        _ => partial = true,
                    }
                }
                "shorthand_field_initializer" => match self.identifier(of(field), at, depth) {
                    Value::Json(value) => {
                        map.insert(of(field).to_owned(), value);
                    }
                    _ => partial = true,
                },
                _ => {}
            }
        }
        if partial { Value::PartialObject(Json::Object(map)) } else { Value::Json(Json::Object(map)) }
    }
}

/// The text of a string literal. `None` if an escape is not known.
pub(super) fn unquoted(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let (mut text, mut rest) = (String::with_capacity(inner.len()), inner.chars().peekable());
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            '\n' => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            'u' => {
                let digits: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                text.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?);
            }
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                text.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
            }
            other @ ('\\' | '"' | '\'') => text.push(other),
            _ => return None,
        }
    }
    Some(text)
}

/// The text of a raw string literal.
fn raw(literal: &str) -> Option<String> {
    let inner = literal.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let marks = inner.len() - inner.trim_start_matches('#').len();
    Some(inner.get(marks + 1..inner.len().checked_sub(marks + 1)?)?.to_owned())
}
