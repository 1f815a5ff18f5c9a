//! From the definition of a tool to what is found of it, with its gaps.

use serde_json::{Map, Value as Json, json};

use super::interpreter::{Eval, Interpreter};
use super::registration::Definition;
use super::schema::SchemaKind;
use super::syntax::Position;
use super::value::{Kind, Value};
use crate::package::extraction::{FoundTool, Gap};

impl Interpreter<'_> {
    /// The tool of a definition. `None` if its name is not known.
    pub(super) fn found_tool(&mut self, definition: Definition, place: Position) -> Eval<Option<FoundTool>> {
        let Some(name) = definition.name.as_str().filter(|name| !name.is_empty()) else { return Ok(None) };
        let mut gaps = Vec::new();
        let title = text(&definition.title, Gap::Title, &mut gaps);
        let description = text(&definition.description, Gap::Description, &mut gaps);
        let input_schema = self.input_schema(&definition.input, &mut gaps)?;
        let output_schema = self.output_schema(&definition.output, &mut gaps)?;
        let annotations = self.annotations(&definition.annotations, &mut gaps)?;
        if self.conditional > 0 {
            gaps.push(Gap::Conditional);
        }
        gaps.sort();
        gaps.dedup();
        let handler = self.closure(&definition.handler).map(|closure| self.place(closure.function.place));
        Ok(Some(FoundTool {
            name: name.to_owned(),
            title,
            description,
            input_schema,
            output_schema,
            annotations,
            place: self.place(place),
            handler,
            effects: Vec::new(),
            gaps,
        }))
    }

    fn input_schema(&mut self, input: &Value, gaps: &mut Vec<Gap>) -> Eval<Option<Json>> {
        let empty = json!({"type": "object", "properties": {}});
        if input.is_nullish() {
            return Ok(Some(empty));
        }
        if input.as_object().is_none() {
            gaps.push(Gap::InputSchema);
            return Ok(None);
        }
        let schema = match self.schema(input) {
            Some(schema) => Some(schema),
            None if self.is_shape(input)? => {
                let object = self.object_schema(input, super::schema::More::Strip)?;
                self.schema(&object)
            }
            None => None,
        };
        let (json, unknowns) = match schema {
            Some(schema) => {
                // What is not an object has no parameters, and the SDK lists an empty schema for it.
                if !matches!(
                    schema.kind,
                    SchemaKind::Object { .. }
                        | SchemaKind::Effects(_)
                        | SchemaKind::Lazy(_)
                        | SchemaKind::Intersection(..)
                        | SchemaKind::Optional(_)
                ) {
                    return Ok(Some(empty));
                }
                let (json, unknowns) = self.json_schema(&schema)?;
                (Some(json), unknowns)
            }
            None => self.json_of(input)?,
        };
        for unknown in &unknowns {
            let mut parts = unknown.split('/').skip_while(|part| *part == "properties");
            gaps.push(match parts.next() {
                Some("") | None => Gap::InputSchema,
                Some("*" | "required") => Gap::MoreParameters,
                Some(name) => Gap::Parameter(name.to_owned()),
            });
        }
        Ok(json)
    }

    /// Whether an object is a shape of zod and not a JSON Schema.
    fn is_shape(&mut self, value: &Value) -> Eval<bool> {
        let Some((names, open)) = self.own_names(value) else { return Ok(false) };
        let mut schemas = 0;
        let mut unknown = 0;
        for name in &names {
            let part = self.get(value, name)?;
            schemas += usize::from(self.schema(&part).is_some());
            unknown += usize::from(part.is_unknown());
        }
        let is_json_schema = match self.get(value, "type")? {
            Value::String(_) => true,
            _ => names.iter().any(|name| matches!(&**name, "properties" | "$schema" | "$ref" | "anyOf" | "jsonSchema")),
        };
        Ok(schemas > 0 || (!is_json_schema && (unknown > 0 || names.is_empty() || open)))
    }

    fn output_schema(&mut self, output: &Value, gaps: &mut Vec<Gap>) -> Eval<Option<Json>> {
        if output.is_nullish() {
            return Ok(None);
        }
        if output.as_object().is_none() {
            gaps.push(Gap::OutputSchema);
            return Ok(None);
        }
        let output = if self.schema(output).is_none() && self.is_shape(output)? {
            self.object_schema(output, super::schema::More::Strip)?
        } else {
            output.clone()
        };
        let (json, unknowns) = self.json_of(&output)?;
        if !unknowns.is_empty() {
            gaps.push(Gap::OutputSchema);
        }
        Ok(json.filter(Json::is_object))
    }

    fn annotations(&mut self, annotations: &Value, gaps: &mut Vec<Gap>) -> Eval<Option<Map<String, Json>>> {
        if annotations.is_nullish() {
            return Ok(None);
        }
        if !matches!(self.kind(annotations), Some(Kind::Plain)) {
            gaps.push(Gap::Annotations);
            return Ok(None);
        }
        let (json, unknowns) = self.json_of(annotations)?;
        if !unknowns.is_empty() {
            gaps.push(Gap::Annotations);
        }
        Ok(match json {
            Some(Json::Object(object)) => Some(object),
            _ => None,
        })
    }
}

fn text(value: &Value, gap: Gap, gaps: &mut Vec<Gap>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Undefined | Value::Null => None,
        _ => {
            gaps.push(gap);
            None
        }
    }
}
