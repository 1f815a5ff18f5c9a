//! Schemas of types, as pydantic makes them.

use std::rc::Rc;

use serde_json::{Map, Value as Json, json};

use super::interpreter::{Interpreter, children};
use super::value::{Args, Call, Class, Scope, Value};
use crate::package::extraction::json_bytes;

/// The deepest nesting of types.
const MAX_TYPES: usize = 24;
/// The most types of one schema, and about what one takes, in bytes.
const MAX_NODES: usize = 5_000;
const TYPE_BYTES: usize = 256;
/// The most definitions of one schema.
const MAX_DEFINITIONS: usize = 100;

/// The schema of one tool while it is made.
#[derive(Default)]
pub(super) struct Schemas {
    definitions: Map<String, Json>,
    /// True if the type that was read last is not fully known.
    pub(super) unknown: bool,
    depth: usize,
    types: usize,
}

impl Schemas {
    /// Adds the definitions that were used to `schema`.
    pub(super) fn finish(self, schema: &mut Map<String, Json>) {
        if !self.definitions.is_empty() {
            schema.insert("$defs".into(), Json::Object(self.definitions));
        }
    }
}

/// Constraints of `Field(...)` and their keywords.
const CONSTRAINTS: [(&str, &str); 13] = [
    ("description", "description"),
    ("title", "title"),
    ("examples", "examples"),
    ("ge", "minimum"),
    ("le", "maximum"),
    ("gt", "exclusiveMinimum"),
    ("lt", "exclusiveMaximum"),
    ("multiple_of", "multipleOf"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("min_items", "minItems"),
    ("max_items", "maxItems"),
    ("pattern", "pattern"),
];

/// The title that pydantic makes of a name.
pub(super) fn title(name: &str) -> String {
    let words = name.split(['_', '-']).filter(|word| !word.is_empty()).map(|word| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}

impl<'t> Interpreter<'t> {
    /// The schema of a type.
    pub(super) fn schema(&mut self, of: &Value<'t>, made: &mut Schemas) -> Json {
        made.types += 1;
        self.copying(TYPE_BYTES);
        if made.depth >= MAX_TYPES || made.types > MAX_NODES || self.is_exhausted() {
            made.unknown = true;
            return json!({});
        }
        made.depth += 1;
        let schema = self.schema_here(of, made);
        made.depth -= 1;
        schema
    }

    fn schema_here(&mut self, of: &Value<'t>, made: &mut Schemas) -> Json {
        match of.plain() {
            Value::None => json!({"type": "null"}),
            Value::External(name) => named(&name).unwrap_or_else(|| {
                made.unknown = true;
                json!({})
            }),
            Value::Generic(generic) => self.generic(&generic.base, &generic.args, made),
            Value::Class(class) => self.class_schema(&class, made),
            Value::Call(call) if is_created_model(&call) => self.created_model(&call, made),
            _ => {
                made.unknown = true;
                json!({})
            }
        }
    }

    fn generic(&mut self, base: &Value<'t>, args: &[Value<'t>], made: &mut Schemas) -> Json {
        let name = match base {
            Value::External(name) => name.clone(),
            Value::Class(class) => return self.class_schema(class, made),
            _ => {
                made.unknown = true;
                return json!({});
            }
        };
        let first = |this: &mut Self, made: &mut Schemas| args.first().map_or(json!({}), |arg| this.schema(arg, made));
        match name.rsplit('.').next().unwrap_or_default() {
            "Optional" => any_of(vec![first(self, made), json!({"type": "null"})]),
            "Union" => any_of(args.iter().map(|arg| self.schema(arg, made)).collect()),
            "Literal" => {
                let values = args.iter().map(|arg| self.json_of(arg, 3).0).collect();
                literal(values)
            }
            "Annotated" => {
                let mut schema = first(self, made);
                for extra in &args[1..] {
                    if let Value::Call(call) = extra {
                        self.constrain(&mut schema, &call.args);
                    }
                }
                schema
            }
            "list" | "List" | "Sequence" | "Iterable" | "Collection" => {
                json!({"type": "array", "items": first(self, made)})
            }
            "set" | "Set" | "frozenset" | "FrozenSet" => {
                json!({"type": "array", "items": first(self, made), "uniqueItems": true})
            }
            "tuple" | "Tuple" => json!({"type": "array"}),
            "dict" | "Dict" | "Mapping" | "MutableMapping" => {
                let values = args.get(1).map_or(json!({}), |arg| self.schema(arg, made));
                let any = values.as_object().is_some_and(Map::is_empty);
                json!({"type": "object", "additionalProperties": if any { json!(true) } else { values }})
            }
            "Final" | "ClassVar" | "Required" | "NotRequired" | "Type" | "type" => first(self, made),
            _ => {
                made.unknown = true;
                json!({})
            }
        }
    }

    /// Adds the constraints of `Field(...)` to a schema.
    pub(super) fn constrain(&mut self, schema: &mut Json, args: &Args<'t>) {
        let Some(map) = schema.as_object_mut() else { return };
        let is_array = map.get("type").and_then(Json::as_str) == Some("array");
        for (name, keyword) in CONSTRAINTS {
            let Some(value) = args.named(name).map(Value::plain).filter(|value| !matches!(value, Value::None)) else {
                continue;
            };
            let (value, known) = self.json_of(&value, 6);
            let keyword = match keyword {
                "minLength" if is_array => "minItems",
                "maxLength" if is_array => "maxItems",
                other => other,
            };
            if known || keyword == "description" {
                map.insert(keyword.into(), value);
            }
        }
    }

    fn class_schema(&mut self, class: &Rc<Class<'t>>, made: &mut Schemas) -> Json {
        let reference = json!({"$ref": format!("#/$defs/{}", class.name)});
        if made.definitions.contains_key(&*class.name) {
            return reference;
        }
        if made.definitions.len() >= MAX_DEFINITIONS {
            made.unknown = true;
            return json!({});
        }
        // Its place, before its fields: a model may refer to itself.
        made.definitions.insert(class.name.to_string(), json!({}));
        let schema = self.class_body(class, made);
        made.definitions.insert(class.name.to_string(), schema);
        reference
    }

    fn class_body(&mut self, class: &Rc<Class<'t>>, made: &mut Schemas) -> Json {
        if self.is_enumeration(class) {
            let values: Vec<Json> = self.members(class).iter().map(|member| self.json_of(member, 3).0).collect();
            let of = if values.iter().all(Json::is_string) { "string" } else { "integer" };
            return json!({"enum": values, "title": &*class.name, "type": of});
        }
        let mut properties = Map::new();
        let mut required = Vec::new();
        self.fields_of(class, &mut properties, &mut required, made, 0);
        let mut schema = Map::new();
        if let Some(body) = class.node.child_by_field_name("body")
            && let Some(doc) = self.docstring_in(body, &class.scope.clone())
        {
            schema.insert("description".into(), super::literal::cleandoc(&doc).into());
        }
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        schema.insert("title".into(), (*class.name).into());
        schema.insert("type".into(), "object".into());
        Json::Object(schema)
    }

    pub(super) fn fields_of(
        &mut self,
        class: &Rc<Class<'t>>,
        properties: &mut Map<String, Json>,
        required: &mut Vec<String>,
        made: &mut Schemas,
        depth: usize,
    ) {
        if depth > 8 {
            return;
        }
        for base in class.bases.clone() {
            if let Value::Class(base) = base {
                self.fields_of(&base, properties, required, made, depth + 1);
            }
        }
        let scope = Rc::new(Scope { is_class: false, ..Scope::new(Some(class.scope.clone()), class.module) });
        for (name, of, has_value) in self.annotated(class) {
            let of = self.annotation(of, &scope);
            let is_constant = matches!(&of, Value::Generic(generic)
                if matches!(&generic.base, Value::External(name) if name.ends_with("ClassVar")));
            if name.starts_with('_') || &*name == "model_config" || is_constant {
                continue;
            }
            let default = has_value.then(|| class.scope.variables.borrow().get(&*name).cloned()).flatten();
            let (key, schema, needed) = self.field_schema(&name, &of, default.as_ref(), made);
            required.retain(|other| *other != key);
            if needed {
                required.push(key.clone());
            }
            properties.insert(key, schema);
        }
    }

    /// The schema of a field or parameter: its name, the schema, and whether it is required.
    pub(super) fn field_schema(
        &mut self,
        name: &str,
        of: &Value<'t>,
        default: Option<&Value<'t>>,
        made: &mut Schemas,
    ) -> (String, Json, bool) {
        let mut schema = self.schema(of, made);
        let mut key = name.to_owned();
        let mut default = default.cloned();
        // Annotated[..., Field(default=...)] and a field as the value.
        let annotated: Vec<Value<'t>> = match of {
            Value::Generic(generic) if matches!(&generic.base, Value::External(name) if name.ends_with("Annotated")) => {
                generic.args[1..].to_vec()
            }
            _ => Vec::new(),
        };
        let field = match &default {
            Some(Value::Call(call)) if call.callee.ends_with("Field") || call.callee.ends_with(".field") => {
                Some(call.clone())
            }
            _ => None,
        };
        if let Some(call) = &field {
            self.constrain(&mut schema, &call.args);
            default = call.args.get(0, "default").or(call.args.named("default_factory")).cloned();
        }
        for extra in annotated.iter().chain(field.map(Value::Call).as_ref()) {
            if let Value::Call(call) = extra {
                if let Some(alias) = call.args.named("alias").and_then(Value::whole_text) {
                    key = alias.to_string();
                }
                if default.is_none()
                    && let Some(given) = call.args.named("default")
                {
                    default = Some(given.clone());
                }
            }
        }
        let default = default.filter(|value| !matches!(value, Value::External(name) if name.ends_with("Ellipsis")));
        if let Some(map) = schema.as_object_mut() {
            if let Some((value, true)) = default.as_ref().map(|value| self.json_of(value, 6)) {
                map.insert("default".into(), value);
            }
            if !map.contains_key("title") && !map.contains_key("$ref") {
                map.insert("title".into(), title(name).into());
            }
        }
        (key, schema, default.is_none())
    }

    /// The type that an annotation names. A text is read as the expression that it holds, if it is a name.
    pub(super) fn annotation(&mut self, node: tree_sitter::Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let value = self.eval(node, scope);
        match &value {
            Value::Text(text) => {
                let mut parts = text.text.split('.');
                let first = parts.next().and_then(|name| scope.get(name.trim()));
                let named = first.map(|value| parts.fold(value, |value, name| self.attribute(&value, name)));
                named.unwrap_or_else(|| Value::external(&format!("builtins.{}", text.text)))
            }
            _ => value,
        }
    }

    /// `Model.model_json_schema()`.
    pub(super) fn model_schema(&mut self, of: &Value<'t>) -> Value<'t> {
        let mut made = Schemas::default();
        let body = match of {
            Value::Class(class) => self.class_body(class, &mut made),
            Value::Call(call) if is_created_model(call) => self.created_model(call, &mut made),
            _ => return Value::Unknown,
        };
        if made.unknown && matches!(of, Value::Call(_)) {
            return Value::Unknown;
        }
        let Json::Object(mut schema) = body else { return Value::Unknown };
        made.finish(&mut schema);
        self.copying(2 * schema.values().map(json_bytes).sum::<usize>());
        from_json(&Json::Object(schema))
    }
}

/// True for the call of pydantic that makes a model.
pub(super) fn is_created_model(call: &Call<'_>) -> bool {
    call.callee.starts_with("pydantic.") && call.callee.ends_with("create_model")
}

fn from_json<'t>(json: &Json) -> Value<'t> {
    match json {
        Json::Null => Value::None,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(0.0)), Value::Int)
        }
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::list(items.iter().map(from_json).collect()),
        Json::Object(map) => Value::dict(map.iter().map(|(key, value)| (Value::text(key), from_json(value))).collect()),
    }
}

fn any_of(schemas: Vec<Json>) -> Json {
    let mut flat: Vec<Json> = Vec::new();
    for schema in schemas {
        let inner =
            schema.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("anyOf")?.as_array().cloned());
        for schema in inner.unwrap_or_else(|| vec![schema]) {
            if !flat.contains(&schema) {
                flat.push(schema);
            }
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { json!({"anyOf": flat}) }
}

fn literal(values: Vec<Json>) -> Json {
    let of = if values.iter().all(Json::is_string) {
        Some("string")
    } else if values.iter().all(Json::is_i64) {
        Some("integer")
    } else {
        None
    };
    let mut schema = Map::new();
    match &values[..] {
        [one] => schema.insert("const".into(), one.clone()),
        _ => schema.insert("enum".into(), Json::Array(values)),
    };
    schema.extend(of.map(|of| ("type".to_owned(), of.into())));
    Json::Object(schema)
}

/// The schema of a type outside the package, by its full name.
fn named(name: &str) -> Option<Json> {
    let last = name.rsplit('.').next().unwrap_or(name);
    Some(match last {
        "str" => json!({"type": "string"}),
        "int" => json!({"type": "integer"}),
        "float" => json!({"type": "number"}),
        "bool" => json!({"type": "boolean"}),
        "list" | "List" | "Sequence" | "tuple" | "Tuple" | "Iterable" => json!({"type": "array", "items": {}}),
        "set" | "Set" | "frozenset" => json!({"type": "array", "items": {}, "uniqueItems": true}),
        "dict" | "Dict" | "Mapping" => json!({"type": "object", "additionalProperties": true}),
        "Any" | "object" => json!({}),
        "bytes" => json!({"type": "string", "format": "binary"}),
        "datetime" => json!({"type": "string", "format": "date-time"}),
        "date" => json!({"type": "string", "format": "date"}),
        "Path" => json!({"type": "string", "format": "path"}),
        "UUID" => json!({"type": "string", "format": "uuid"}),
        "AnyUrl" | "HttpUrl" | "AnyHttpUrl" => json!({"type": "string", "format": "uri", "minLength": 1}),
        "Decimal" => json!({"anyOf": [{"type": "number"}, {"type": "string"}]}),
        _ => return None,
    })
}

/// The parameters of a function, without separators.
pub(super) fn parameters_of<'t>(function: tree_sitter::Node<'t>) -> Vec<tree_sitter::Node<'t>> {
    function.child_by_field_name("parameters").map(children).unwrap_or_default()
}
