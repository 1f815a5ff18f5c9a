//! Schemas of a zod that is bundled into the package: what its classes are constructed with says all.

use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, Slot, Value};
use super::{Keywords, More, SchemaKind};

/// The names of definitions in zod 4.
const TYPES: [&str; 28] = [
    "string",
    "number",
    "int",
    "boolean",
    "null",
    "undefined",
    "void",
    "any",
    "unknown",
    "never",
    "literal",
    "enum",
    "array",
    "object",
    "union",
    "intersection",
    "tuple",
    "record",
    "optional",
    "nullable",
    "default",
    "prefault",
    "pipe",
    "transform",
    "readonly",
    "catch",
    "lazy",
    "nonoptional",
];

impl Interpreter<'_> {
    /// The schema, if `callee` is a class of zod and `args` are its definition.
    pub(in super::super) fn schema_of_definition(&mut self, callee: &Value, args: &[Value]) -> Eval<Option<Value>> {
        let Some(definition) = args.first().filter(|first| matches!(self.kind(first), Some(Kind::Plain))).cloned()
        else {
            return Ok(None);
        };
        let Some(id) = definition.as_object() else { return Ok(None) };
        let text = |slot: Option<&Slot>| match slot {
            Some(Slot::Value(Value::String(text))) => Some(text.clone()),
            _ => None,
        };
        if let Some(name) = text(self.object(id).properties.get("typeName"))
            && let Some(name) = name.strip_prefix("Zod")
        {
            self.zod_version = 3;
            let schema = self.version_three(name, &definition)?;
            let description = self.get(&definition, "description")?;
            return Ok(Some(if description.is_nullish() { schema } else { self.described(&schema, description) }));
        }
        let Some(kind) = text(self.object(id).properties.get("type")).filter(|kind| TYPES.contains(&&**kind)) else {
            return Ok(None);
        };
        // The classes of zod 4 know their names, also when they are minified.
        let class = match callee.as_object() {
            Some(class) => text(self.object(class).properties.get("name")),
            None => None,
        };
        if !class.is_some_and(|name| name.starts_with("Zod") || name.starts_with("$Zod")) {
            return Ok(None);
        }
        self.zod_version = 4;
        self.version_four(&kind, &definition).map(Some)
    }

    fn version_three(&mut self, name: &str, definition: &Value) -> Eval {
        let mut part = |name: &str| self.get(definition, name);
        Ok(match name {
            "String" | "Number" | "Boolean" => {
                let coerced = matches!(part("coerce")?, Value::Bool(true));
                let checks = part("checks")?;
                let name = match name {
                    "String" => "string",
                    "Number" => "number",
                    _ => "boolean",
                };
                let schema = self.simple(name, Keywords::new(), coerced);
                self.checked(schema, &checks)?
            }
            "Enum" | "NativeEnum" => {
                let values = part("values")?;
                let (values, open) = self.enum_values(&values)?;
                self.new_schema(SchemaKind::Enum { values, open })
            }
            "Literal" => {
                let value = part("value")?;
                self.new_schema(SchemaKind::Literal(vec![value]))
            }
            "Array" => {
                let inner = part("type")?;
                self.new_schema(SchemaKind::Array(inner, Keywords::new()))
            }
            "Object" => {
                let (shape, unknown) = (part("shape")?, part("unknownKeys")?);
                let shape =
                    if self.is_callable(&shape) { self.call(&shape, Value::Undefined, Vec::new())? } else { shape };
                let more = match unknown.as_str() {
                    Some("strict") => More::Strict,
                    Some("passthrough") => More::Passthrough,
                    _ => More::Strip,
                };
                self.object_schema(&shape, more)?
            }
            "Union" | "DiscriminatedUnion" => {
                let options = part("options")?;
                let (options, open) = self.iterated(&options)?.unwrap_or((Vec::new(), true));
                self.new_schema(SchemaKind::Union { options, open })
            }
            "Intersection" => {
                let (left, right) = (part("left")?, part("right")?);
                self.new_schema(SchemaKind::Intersection(left, right))
            }
            "Tuple" => {
                let items = part("items")?;
                let items = self.items(&items).map(|(items, _)| items).unwrap_or_default();
                self.new_schema(SchemaKind::Tuple(items))
            }
            "Record" => {
                let value = part("valueType")?;
                self.new_schema(SchemaKind::Record(value))
            }
            "Optional" => {
                let inner = part("innerType")?;
                self.new_schema(SchemaKind::Optional(inner))
            }
            "Nullable" => {
                let inner = part("innerType")?;
                self.new_schema(SchemaKind::Nullable(inner))
            }
            "Default" | "Catch" => {
                let (inner, value) = (part("innerType")?, part("defaultValue")?);
                let value =
                    if self.is_callable(&value) { self.call(&value, Value::Undefined, Vec::new())? } else { value };
                self.new_schema(SchemaKind::Default(inner, value))
            }
            "Effects" => {
                let inner = part("schema")?;
                self.new_schema(SchemaKind::Effects(inner))
            }
            "Branded" | "Readonly" => {
                let inner = match part("innerType")? {
                    Value::Undefined => part("type")?,
                    inner => inner,
                };
                self.new_schema(SchemaKind::Effects(inner))
            }
            "Pipeline" => {
                let inner = part("in")?;
                self.new_schema(SchemaKind::Effects(inner))
            }
            "Lazy" => {
                let getter = part("getter")?;
                self.new_schema(SchemaKind::Lazy(getter))
            }
            "Null" => self.new_schema(SchemaKind::Null),
            "Undefined" | "Void" => self.new_schema(SchemaKind::Undefined),
            "Any" | "Unknown" => self.new_schema(SchemaKind::Any),
            "Never" => self.new_schema(SchemaKind::Never),
            _ => self.new_schema(SchemaKind::Opaque),
        })
    }

    fn version_four(&mut self, kind: &str, definition: &Value) -> Eval {
        let mut part = |name: &str| self.get(definition, name);
        Ok(match kind {
            "string" | "number" | "int" | "boolean" => {
                let coerced = matches!(part("coerce")?, Value::Bool(true));
                let (checks, format) = (part("checks")?, part("format")?);
                let (name, keywords): (&'static str, Keywords) = match (kind, format.as_str()) {
                    ("string", Some(format)) => (
                        "string",
                        vec![("format", serde_json::json!(super::create::formatted(format).replace('_', "-")))],
                    ),
                    ("string", None) => ("string", Keywords::new()),
                    ("boolean", _) => ("boolean", Keywords::new()),
                    ("int", _) | (_, Some("safeint" | "int32" | "uint32")) => ("integer", Keywords::new()),
                    _ => ("number", Keywords::new()),
                };
                let schema = self.simple(name, keywords, coerced);
                self.checked(schema, &checks)?
            }
            "literal" => {
                let values = part("values")?;
                let values = self.items(&values).map(|(items, _)| items).unwrap_or_default();
                self.new_schema(SchemaKind::Literal(values))
            }
            "enum" => {
                let entries = part("entries")?;
                let (values, open) = self.enum_values(&entries)?;
                self.new_schema(SchemaKind::Enum { values, open })
            }
            "array" => {
                let inner = part("element")?;
                self.new_schema(SchemaKind::Array(inner, Keywords::new()))
            }
            "object" => {
                let (shape, rest) = (part("shape")?, part("catchall")?);
                let more = match self.schema(&rest).map(|schema| schema.kind.clone()) {
                    Some(SchemaKind::Never) => More::Strict,
                    Some(SchemaKind::Any) => More::Passthrough,
                    Some(_) => More::Catchall(rest),
                    None => More::Strip,
                };
                self.object_schema(&shape, more)?
            }
            "union" => {
                let options = part("options")?;
                let (options, open) = self.items(&options).unwrap_or((Vec::new(), true));
                self.new_schema(SchemaKind::Union { options, open })
            }
            "intersection" => {
                let (left, right) = (part("left")?, part("right")?);
                self.new_schema(SchemaKind::Intersection(left, right))
            }
            "tuple" => {
                let items = part("items")?;
                let items = self.items(&items).map(|(items, _)| items).unwrap_or_default();
                self.new_schema(SchemaKind::Tuple(items))
            }
            "record" => {
                let value = part("valueType")?;
                self.new_schema(SchemaKind::Record(value))
            }
            "optional" => {
                let inner = part("innerType")?;
                self.new_schema(SchemaKind::Optional(inner))
            }
            "nullable" => {
                let inner = part("innerType")?;
                self.new_schema(SchemaKind::Nullable(inner))
            }
            "default" | "prefault" | "catch" => {
                let (inner, value) = (part("innerType")?, part("defaultValue")?);
                self.new_schema(SchemaKind::Default(inner, value))
            }
            "pipe" => {
                let (from, to) = (part("in")?, part("out")?);
                // A preprocess: its input is a transform of anything.
                let is_transform =
                    matches!(self.schema(&from).map(|schema| schema.kind.clone()), Some(SchemaKind::Any));
                self.new_schema(SchemaKind::Effects(if is_transform { to } else { from }))
            }
            "readonly" | "nonoptional" => {
                let inner = part("innerType")?;
                self.new_schema(SchemaKind::Effects(inner))
            }
            "lazy" => {
                let getter = part("getter")?;
                self.new_schema(SchemaKind::Lazy(getter))
            }
            "null" => self.new_schema(SchemaKind::Null),
            "undefined" | "void" => self.new_schema(SchemaKind::Undefined),
            "never" => self.new_schema(SchemaKind::Never),
            _ => self.new_schema(SchemaKind::Any),
        })
    }

    /// `schema` with the checks of its definition.
    fn checked(&mut self, mut schema: Value, checks: &Value) -> Eval {
        let checks = self.items(checks).map(|(items, _)| items).unwrap_or_default();
        for check in checks {
            let (kind, value) = (self.get(&check, "kind")?, self.get(&check, "value")?);
            if let (Some(kind), Some(known)) = (kind.as_str().map(str::to_owned), self.schema(&schema)) {
                schema = self.schema_method(&known, &schema, &kind, &[value])?;
            }
        }
        Ok(schema)
    }
}
