//! The functions of zod that make schemas.

use serde_json::json;

use super::super::interpreter::{Eval, Interpreter};
use super::super::syntax::Name;
use super::super::value::{Kind, Value};
use super::{Keywords, More, SchemaKind};

impl Interpreter<'_> {
    /// A function of zod. `None` if it makes no schema.
    pub(in super::super) fn zod_function(&mut self, path: &[Name], args: &[Value]) -> Eval<Option<Value>> {
        let parts: Vec<&str> =
            path.iter().map(|part| &**part).filter(|part| !matches!(*part, "z" | "zod" | "default")).collect();
        let coerced = parts.first() == Some(&"coerce");
        let name = match parts.as_slice() {
            ["coerce" | "iso", name] | [name] => (*name).to_owned(),
            // `ZodString.create`
            [class, "create"] => {
                let name = class.strip_prefix("Zod").unwrap_or(class);
                let mut chars = name.chars();
                chars.next().map(|first| first.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
            }
            _ => return Ok(None),
        };
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        let second = args.get(1).cloned().unwrap_or(Value::Undefined);
        let format = |format: &str| vec![("format", json!(format))];
        let schema = match name.as_str() {
            "string" => self.simple("string", Keywords::new(), coerced),
            "email" | "guid" | "uuid" | "uuidv4" | "uuidv6" | "uuidv7" | "cuid" | "cuid2" | "ulid" | "nanoid"
            | "ipv4" | "ipv6" | "base64" | "jwt" | "datetime" | "time" | "duration" | "e164" | "emoji" | "hex"
            | "hostname" => self.simple("string", format(formatted(&name)), false),
            "url" | "httpUrl" => self.simple("string", format("uri"), false),
            "date" if parts.first() == Some(&"iso") => self.simple("string", format("date"), false),
            "stringFormat" | "templateLiteral" => self.simple("string", Keywords::new(), false),
            "number" | "float32" | "float64" => self.simple("number", Keywords::new(), coerced),
            "int" | "int32" | "uint32" => self.simple("integer", Keywords::new(), coerced),
            "boolean" => self.simple("boolean", Keywords::new(), coerced),
            "stringbool" => self.simple("string", Keywords::new(), false),
            "null" => self.new_schema(SchemaKind::Null),
            "undefined" | "void" => self.new_schema(SchemaKind::Undefined),
            "any" | "unknown" => self.new_schema(SchemaKind::Any),
            "json" => self.new_schema(SchemaKind::Any),
            "never" => self.new_schema(SchemaKind::Never),
            "date" | "bigint" | "symbol" | "function" | "promise" | "map" | "set" | "file" | "nan" => {
                self.new_schema(SchemaKind::Opaque)
            }
            "custom" | "instanceof" => self.new_schema(SchemaKind::Any),
            "literal" => {
                let values = self.items(&first).map_or_else(|| vec![first.clone()], |(items, _)| items);
                self.new_schema(SchemaKind::Literal(values))
            }
            "enum" | "nativeEnum" => {
                let (values, open) = self.enum_values(&first)?;
                self.new_schema(SchemaKind::Enum { values, open })
            }
            "array" => self.new_schema(SchemaKind::Array(first.clone(), Keywords::new())),
            "object" | "strictObject" | "looseObject" | "interface" => {
                let more = match name.as_str() {
                    "strictObject" => More::Strict,
                    "looseObject" => More::Passthrough,
                    _ => More::Strip,
                };
                self.object_schema(&first, more)?
            }
            "union" | "xor" => {
                let (options, open) = self.items(&first).unwrap_or((Vec::new(), true));
                self.new_schema(SchemaKind::Union { options, open })
            }
            "discriminatedUnion" => {
                let (options, open) = self.items(&second).unwrap_or((Vec::new(), true));
                self.new_schema(SchemaKind::Union { options, open })
            }
            "intersection" => self.new_schema(SchemaKind::Intersection(first.clone(), second.clone())),
            "tuple" => {
                let items = self.items(&first).map(|(items, _)| items).unwrap_or_default();
                self.new_schema(SchemaKind::Tuple(items))
            }
            "record" | "partialRecord" | "looseRecord" => {
                let value = if self.schema(&second).is_some() { &second } else { &first };
                self.new_schema(SchemaKind::Record(value.clone()))
            }
            "optional" | "exactOptional" => self.new_schema(SchemaKind::Optional(first.clone())),
            "nullable" => self.new_schema(SchemaKind::Nullable(first.clone())),
            "nullish" => {
                let nullable = self.new_schema(SchemaKind::Nullable(first.clone()));
                self.new_schema(SchemaKind::Optional(nullable))
            }
            "_default" | "prefault" => self.new_schema(SchemaKind::Default(first.clone(), second.clone())),
            "preprocess" => self.new_schema(SchemaKind::Effects(second.clone())),
            "effect" | "effects" | "pipe" | "pipeline" | "readonly" | "catch" => {
                self.new_schema(SchemaKind::Effects(first.clone()))
            }
            "transform" => self.new_schema(SchemaKind::Any),
            "lazy" => self.new_schema(SchemaKind::Lazy(first.clone())),
            "keyof" => match self.schema(&first) {
                Some(schema) => return self.schema_method(&schema, &first, "keyof", &[]).map(Some),
                None => self.new_schema(SchemaKind::Any),
            },
            "toJSONSchema" => {
                return match self.schema(&first) {
                    Some(schema) => self.schema_as_value(&schema).map(Some),
                    None => Ok(None),
                };
            }
            _ => return Ok(None),
        };
        // `{ description }` of zod 3.
        if let Some(params) = args.last().filter(|last| matches!(self.kind(last), Some(Kind::Plain)))
            && !matches!(name.as_str(), "object" | "enum" | "nativeEnum" | "strictObject" | "looseObject")
                | (args.len() > 1)
        {
            let description = self.get(params, "description")?;
            if !description.is_nullish() {
                return Ok(Some(self.described(&schema, description)));
            }
        }
        Ok(Some(schema))
    }

    /// An object schema with the properties of `shape`.
    pub(in super::super) fn object_schema(&mut self, shape: &Value, more: More) -> Eval {
        let (shape, open) = self.shape(shape)?;
        Ok(self.new_schema(SchemaKind::Object { shape, open, more }))
    }

    pub(super) fn shape(&mut self, shape: &Value) -> Eval<(Vec<(Name, Value)>, bool)> {
        if shape.is_nullish() {
            return Ok((Vec::new(), false));
        }
        let Some((names, open)) = self.own_names(shape) else { return Ok((Vec::new(), true)) };
        let mut properties = Vec::with_capacity(names.len());
        for name in names {
            let value = self.get(shape, &name)?;
            properties.push((name, value));
        }
        Ok((properties, open))
    }

    /// The values of an array, or of an object as TypeScript compiles an enum.
    pub(super) fn enum_values(&mut self, from: &Value) -> Eval<(Vec<Value>, bool)> {
        if let Some(items) = self.items(from) {
            return Ok(items);
        }
        let Some((names, open)) = self.own_names(from) else { return Ok((Vec::new(), true)) };
        let mut values = Vec::new();
        for name in names {
            // The names of numbers are there for the way back.
            if name.parse::<f64>().is_ok() {
                continue;
            }
            values.push(self.get(from, &name)?);
        }
        Ok((values, open))
    }

    pub(super) fn described(&mut self, schema: &Value, description: Value) -> Value {
        match self.schema(schema) {
            Some(schema) => {
                let described = super::Schema { description: Some(description), ..(*schema).clone() };
                self.new_object(Kind::Schema(std::rc::Rc::new(described)))
            }
            None => schema.clone(),
        }
    }
}

/// The name of a format in JSON Schema.
pub(super) fn formatted(name: &str) -> &str {
    match name {
        "datetime" => "date-time",
        "url" => "uri",
        "guid" | "uuidv4" | "uuidv6" | "uuidv7" => "uuid",
        name => name,
    }
}
