//! The methods and properties of schemas.

use std::rc::Rc;

use serde_json::json;

use super::super::interpreter::{Eval, Interpreter};
use super::super::numbers;
use super::super::syntax::Name;
use super::super::value::{Kind, Value};
use super::create::formatted;
use super::{Keywords, More, Schema, SchemaKind};

/// The deepest schema that a method looks into.
const MAX_WRAPPERS: usize = 32;

impl Interpreter<'_> {
    /// A method of a schema. What only checks or transforms leaves the input as it is.
    pub(in super::super) fn schema_method(
        &mut self,
        schema: &Rc<Schema>,
        this: &Value,
        name: &str,
        args: &[Value],
    ) -> Eval {
        let first = args.first().cloned().unwrap_or(Value::Undefined);
        Ok(match name {
            "describe" => self.described(this, first),
            "meta" | "register" => {
                let meta = if name == "meta" { first } else { args.get(1).cloned().unwrap_or(Value::Undefined) };
                if meta.is_nullish() {
                    return Ok(Value::RUNTIME);
                }
                match self.get(&meta, "description")? {
                    Value::Undefined => this.clone(),
                    description => self.described(this, description),
                }
            }
            "optional" | "exactOptional" => self.with_kind(schema, SchemaKind::Optional(this.clone())),
            "nullable" => self.with_kind(schema, SchemaKind::Nullable(this.clone())),
            "nullish" => {
                let nullable = self.with_kind(schema, SchemaKind::Nullable(this.clone()));
                self.with_kind(schema, SchemaKind::Optional(nullable))
            }
            "default" | "prefault" => {
                let value =
                    if self.is_callable(&first) { self.call(&first, Value::Undefined, Vec::new())? } else { first };
                self.with_kind(schema, SchemaKind::Default(this.clone(), value))
            }
            "catch" => self.with_kind(schema, SchemaKind::Default(this.clone(), Value::Undefined)),
            "array" => self.with_kind_only(schema, SchemaKind::Array(this.clone(), Keywords::new())),
            "or" => self.with_kind_only(schema, SchemaKind::Union { options: vec![this.clone(), first], open: false }),
            "and" => self.with_kind_only(schema, SchemaKind::Intersection(this.clone(), first)),
            "refine" | "superRefine" | "refinement" | "transform" | "pipe" | "brand" | "readonly" | "overwrite"
            | "check" => {
                // The checks of zod 4 leave a schema of the same class, with its methods.
                let stays = matches!(name, "brand" | "readonly" | "overwrite" | "check")
                    || (schema.version > 3 && matches!(name, "refine" | "superRefine"));
                if stays { this.clone() } else { self.with_kind(schema, SchemaKind::Effects(this.clone())) }
            }
            "unwrap" | "innerType" | "removeDefault" | "sourceType" | "removeCatch" => match &schema.kind {
                SchemaKind::Optional(inner)
                | SchemaKind::Nullable(inner)
                | SchemaKind::Default(inner, _)
                | SchemaKind::Effects(inner)
                | SchemaKind::Array(inner, _) => inner.clone(),
                SchemaKind::Simple { .. }
                | SchemaKind::Null
                | SchemaKind::Undefined
                | SchemaKind::Any
                | SchemaKind::Never
                | SchemaKind::Opaque
                | SchemaKind::Literal(_)
                | SchemaKind::Enum { .. }
                | SchemaKind::Tuple(_)
                | SchemaKind::Object { .. }
                | SchemaKind::Record(_)
                | SchemaKind::Union { .. }
                | SchemaKind::Intersection(..)
                | SchemaKind::Lazy(_) => this.clone(),
            },
            "parse" | "parseAsync" | "decode" => self.parsed(this, &first)?,
            "safeParse" | "safeParseAsync" | "spa" => {
                let data = self.parsed(this, &first)?;
                let result = self.allocate(Kind::Plain);
                self.set_value(result, "success", Value::Bool(true));
                self.set_value(result, "data", data);
                Value::Object(result)
            }
            "toJSONSchema" => self.schema_as_value(schema)?,
            _ => match &schema.kind {
                SchemaKind::Object { .. } => self.object_method(schema, this, name, &first)?,
                SchemaKind::Enum { values, open } => {
                    self.enum_method(schema, this, name, &first, values.clone(), *open)
                }
                SchemaKind::Simple { .. } | SchemaKind::Array(..) => self.check(schema, this, name, &first),
                SchemaKind::Null
                | SchemaKind::Undefined
                | SchemaKind::Any
                | SchemaKind::Never
                | SchemaKind::Opaque
                | SchemaKind::Literal(_)
                | SchemaKind::Tuple(_)
                | SchemaKind::Record(_)
                | SchemaKind::Union { .. }
                | SchemaKind::Intersection(..)
                | SchemaKind::Optional(_)
                | SchemaKind::Nullable(_)
                | SchemaKind::Default(..)
                | SchemaKind::Effects(_)
                | SchemaKind::Lazy(_) => this.clone(),
            },
        })
    }

    /// A schema around another, which keeps its description to itself.
    fn with_kind_only(&mut self, schema: &Schema, kind: SchemaKind) -> Value {
        // Of zod 3 an array takes the description over, as all of its wrappers do.
        let description = schema.description.clone().filter(|_| schema.version <= 3);
        let schema = Schema { kind, description, version: schema.version };
        self.new_object(Kind::Schema(Rc::new(schema)))
    }

    fn object_method(&mut self, schema: &Rc<Schema>, this: &Value, name: &str, argument: &Value) -> Eval {
        let SchemaKind::Object { shape, open, more } = &schema.kind else { return Ok(this.clone()) };
        let (mut shape, mut open, mut more) = (shape.clone(), *open, more.clone());
        let mut description = schema.description.clone();
        match name {
            "extend" | "safeExtend" | "augment" | "merge" | "setKey" => {
                let (other, other_open) = match self.schema(argument).map(|schema| schema.kind.clone()) {
                    Some(SchemaKind::Object { shape, open, more: other }) => {
                        more = other;
                        (shape, open)
                    }
                    _ => self.shape(argument)?,
                };
                for (name, value) in other {
                    match shape.iter_mut().find(|(known, _)| *known == name) {
                        Some(known) => known.1 = value,
                        None => shape.push((name, value)),
                    }
                }
                open |= other_open;
                if schema.version > 3 {
                    description = None;
                }
            }
            "pick" | "omit" => match self.own_names(argument) {
                Some((names, _)) => shape.retain(|(known, _)| names.contains(known) == (name == "pick")),
                None => open = true,
            },
            "partial" | "deepPartial" => {
                let only = self.own_names(argument).map(|(names, _)| names);
                for (name, value) in &mut shape {
                    if only.as_ref().is_none_or(|only| only.contains(name)) {
                        let kind = SchemaKind::Optional(value.clone());
                        *value = match self.schema(value) {
                            Some(inner) => self.with_kind(&inner, kind),
                            None => self.new_schema(kind),
                        };
                    }
                }
            }
            "required" => {
                let only = self.own_names(argument).map(|(names, _)| names);
                for (name, value) in &mut shape {
                    if only.as_ref().is_none_or(|only| only.contains(name)) {
                        *value = self.required(value);
                    }
                }
            }
            "strict" => more = More::Strict,
            "passthrough" | "loose" | "nonstrict" => more = More::Passthrough,
            "strip" => more = More::Strip,
            "catchall" => more = More::Catchall(argument.clone()),
            "keyof" => {
                let values = shape.iter().map(|(name, _)| Value::String(name.clone())).collect();
                return Ok(self.new_schema(SchemaKind::Enum { values, open }));
            }
            _ => return Ok(this.clone()),
        }
        let changed = Schema { kind: SchemaKind::Object { shape, open, more }, description, version: schema.version };
        Ok(self.new_object(Kind::Schema(Rc::new(changed))))
    }

    /// `value` without the wrappers that make it optional.
    fn required(&self, value: &Value) -> Value {
        let mut value = value.clone();
        for _ in 0..MAX_WRAPPERS {
            match self.schema(&value).as_deref() {
                Some(Schema { kind: SchemaKind::Optional(inner), .. }) => value = inner.clone(),
                _ => break,
            }
        }
        value
    }

    fn enum_method(
        &mut self,
        schema: &Rc<Schema>,
        this: &Value,
        name: &str,
        argument: &Value,
        values: Vec<Value>,
        open: bool,
    ) -> Value {
        let Some((listed, _)) = self.items(argument) else { return this.clone() };
        let is_listed = |value: &Value| {
            listed.iter().any(|other| matches!((value.as_str(), other.as_str()), (Some(a), Some(b)) if a == b))
        };
        let values = match name {
            "extract" => values.into_iter().filter(is_listed).collect(),
            "exclude" => values.into_iter().filter(|value| !is_listed(value)).collect(),
            _ => return this.clone(),
        };
        self.with_kind(schema, SchemaKind::Enum { values, open })
    }

    /// A check, as a keyword of JSON Schema.
    fn check(&mut self, schema: &Rc<Schema>, this: &Value, name: &str, argument: &Value) -> Value {
        let number = match argument {
            Value::Number(number) => numbers::to_json(*number).map(serde_json::Value::Number),
            _ => None,
        };
        let mut kind = schema.kind.clone();
        let mut is_integer = false;
        let (target, keywords): (&str, &mut Keywords) = match &mut kind {
            SchemaKind::Simple { name, keywords, .. } => (*name, keywords),
            SchemaKind::Array(_, keywords) => ("array", keywords),
            _ => return this.clone(),
        };
        let mut add = |keyword: &'static str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                keywords.retain(|(known, _)| *known != keyword);
                keywords.push((keyword, value));
            }
        };
        match (target, name) {
            ("string", "min") => add("minLength", number),
            ("string", "max") => add("maxLength", number),
            ("string", "length") => {
                add("minLength", number.clone());
                add("maxLength", number);
            }
            ("string", "nonempty") => add("minLength", Some(json!(1))),
            (
                "string",
                "email" | "uuid" | "guid" | "url" | "cuid" | "cuid2" | "ulid" | "nanoid" | "datetime" | "date" | "time"
                | "duration" | "ipv4" | "ipv6" | "base64",
            ) => {
                add("format", Some(json!(formatted(name))));
            }
            ("string", "regex") => {
                let pattern = match self.kind(argument) {
                    Some(Kind::Regex(pattern, _)) => Some(json!(&**pattern)),
                    _ => None,
                };
                add("pattern", pattern);
            }
            ("string", "startsWith" | "endsWith") => {
                if let Some(text) = argument.as_str() {
                    let text = regex::escape(text);
                    add(
                        "pattern",
                        Some(json!(if name == "startsWith" { format!("^{text}") } else { format!("{text}$") })),
                    );
                }
            }
            ("array", "min") => add("minItems", number),
            ("array", "max") => add("maxItems", number),
            ("array", "length") => {
                add("minItems", number.clone());
                add("maxItems", number);
            }
            ("array", "nonempty") => add("minItems", Some(json!(1))),
            ("number" | "integer", "min" | "gte") => add("minimum", number),
            ("number" | "integer", "max" | "lte") => add("maximum", number),
            ("number" | "integer", "gt") => add("exclusiveMinimum", number),
            ("number" | "integer", "lt") => add("exclusiveMaximum", number),
            ("number" | "integer", "positive") => add("exclusiveMinimum", Some(json!(0))),
            ("number" | "integer", "nonnegative") => add("minimum", Some(json!(0))),
            ("number" | "integer", "negative") => add("exclusiveMaximum", Some(json!(0))),
            ("number" | "integer", "nonpositive") => add("maximum", Some(json!(0))),
            ("number" | "integer", "multipleOf" | "step") => add("multipleOf", number),
            ("number" | "integer", "int" | "safe") => is_integer = name == "int",
            _ => {}
        }
        if let SchemaKind::Simple { name, .. } = &mut kind
            && is_integer
        {
            *name = "integer";
        }
        // Of zod 4 a check makes a new schema, which has no description of its own until it gets one.
        self.with_kind(schema, kind)
    }

    /// A property of a schema.
    pub(in super::super) fn schema_property(&mut self, schema: &Rc<Schema>, name: &str) -> Eval {
        Ok(match (name, &schema.kind) {
            ("description", _) => schema.description.clone().unwrap_or(Value::Undefined),
            ("shape", SchemaKind::Object { shape, open, .. }) => {
                let (shape, open) = (shape.clone(), *open);
                self.shape_object(&shape, open)
            }
            ("shape" | "enum" | "Values" | "Enum", SchemaKind::Enum { values, open }) => {
                let pairs: Vec<(Name, Value)> =
                    values.iter().filter_map(|value| Some((value.as_str()?.into(), value.clone()))).collect();
                let open = *open;
                self.shape_object(&pairs, open)
            }
            ("options", SchemaKind::Enum { values, .. }) => {
                let values = values.clone();
                self.array(values)
            }
            ("options", SchemaKind::Union { options, .. }) => {
                let options = options.clone();
                self.array(options)
            }
            ("element", SchemaKind::Array(inner, _)) => inner.clone(),
            ("value", SchemaKind::Literal(values)) => values.first().cloned().unwrap_or(Value::Undefined),
            ("shape", _) => Value::Undefined,
            ("_def" | "def" | "_zod", _) => self.definition_of_schema(schema),
            _ => Value::RUNTIME,
        })
    }

    pub(super) fn shape_object(&mut self, shape: &[(Name, Value)], open: bool) -> Value {
        let id = self.allocate(Kind::Plain);
        self.object_mut(id).open = open;
        for (name, value) in shape {
            self.set_value(id, name.clone(), value.clone());
        }
        Value::Object(id)
    }
}
