//! The options of mark3labs/mcp-go: what each adds to a tool, and to a parameter.

use serde_json::{Map, Value as Json, json};

use super::draft::Draft;
use super::interpreter::Interpreter;
use super::types::Style;
use super::value::{Call, ToJson, Value};
use crate::package::extraction::Gap;

/// Options of a parameter that set a key of its schema to their argument.
const KEYS: [(&str, &str); 21] = [
    ("Description", "description"),
    ("Title", "title"),
    ("DefaultString", "default"),
    ("DefaultNumber", "default"),
    ("DefaultBool", "default"),
    ("DefaultArray", "default"),
    ("Default", "default"),
    ("MaxLength", "maxLength"),
    ("MinLength", "minLength"),
    ("Pattern", "pattern"),
    ("Max", "maximum"),
    ("Min", "minimum"),
    ("MultipleOf", "multipleOf"),
    ("Properties", "properties"),
    ("AdditionalProperties", "additionalProperties"),
    ("MinProperties", "minProperties"),
    ("MaxProperties", "maxProperties"),
    ("Items", "items"),
    ("MinItems", "minItems"),
    ("MaxItems", "maxItems"),
    ("UniqueItems", "uniqueItems"),
];
/// Options of a tool that add a parameter, and its type.
const PARAMETERS: [(&str, &str); 7] = [
    ("WithString", "string"),
    ("WithNumber", "number"),
    ("WithInteger", "integer"),
    ("WithBoolean", "boolean"),
    ("WithObject", "object"),
    ("WithArray", "array"),
    ("WithAny", ""),
];
/// Options of a tool that set a hint.
const HINTS: [(&str, &str); 5] = [
    ("WithTitleAnnotation", "title"),
    ("WithReadOnlyHintAnnotation", "readOnlyHint"),
    ("WithDestructiveHintAnnotation", "destructiveHint"),
    ("WithIdempotentHintAnnotation", "idempotentHint"),
    ("WithOpenWorldHintAnnotation", "openWorldHint"),
];
/// Options of an array that give the type of its items.
const ITEMS: [(&str, &str); 5] = [
    ("WithStringItems", "string"),
    ("WithStringEnumItems", "string"),
    ("WithNumberItems", "number"),
    ("WithIntegerItems", "integer"),
    ("WithBooleanItems", "boolean"),
];
/// Options of a tool that change nothing of what is shown of it.
const OTHER: [&str; 6] =
    ["WithDeferLoading", "WithTaskSupport", "WithToolIcons", "WithMeta", "WithToolMeta", "WithIcons"];

/// What the options of a tool make.
pub(super) struct ToolOptions<'t> {
    pub(super) description: Option<Value<'t>>,
    pub(super) title: Option<Value<'t>>,
    pub(super) input: Option<Json>,
    pub(super) output: Option<Json>,
    pub(super) annotations: Map<String, Json>,
    pub(super) gaps: Vec<Gap>,
}

fn entry<'k>(table: &[(&str, &'k str)], name: &str) -> Option<&'k str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

impl<'t> Interpreter<'t> {
    pub(super) fn of_options(&self, draft: &Draft<'t>, options: &[Value<'t>]) -> ToolOptions<'t> {
        // What a tool says of itself unless an option changes it.
        let defaults = json!({
            "readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true,
        });
        let annotations = match defaults {
            Json::Object(map) => map,
            _ => Map::new(),
        };
        let mut made =
            ToolOptions { description: None, title: None, input: None, output: None, annotations, gaps: Vec::new() };
        let (mut properties, mut required, mut rest) = (Map::new(), Vec::new(), Map::new());
        if draft.open {
            made.gaps.push(Gap::MoreParameters);
        }
        for option in options {
            let Value::Call(call) = option else {
                made.gaps.extend([Gap::MoreParameters, Gap::Annotations]);
                continue;
            };
            let name = call.callee.rsplit('.').next().unwrap_or_default();
            let first = call.args.first().cloned().unwrap_or(Value::Unknown);
            if let Some(of) = entry(&PARAMETERS, name) {
                match first.whole_text() {
                    Some(key) => {
                        let (schema, needed) = self.parameter(of, &key, call, &mut made.gaps);
                        if needed && !required.contains(&Json::from(&*key)) {
                            required.push(Json::from(&*key));
                        }
                        properties.insert(key.to_string(), schema);
                    }
                    None => made.gaps.push(Gap::MoreParameters),
                }
            } else if let Some(hint) = entry(&HINTS, name) {
                self.hint(&mut made, hint, &first);
            } else {
                match name {
                    "WithDescription" => made.description = Some(first),
                    "WithTitle" => made.title = Some(first),
                    "WithToolAnnotation" => {
                        made.annotations = self.annotations(&first, &mut made.gaps);
                    }
                    "WithInputSchema" => match call.types.first() {
                        Some(of) => {
                            made.input = Some(self.schema_of_type(*of, call.file, Style::Tagged, &mut made.gaps));
                        }
                        None => made.gaps.push(Gap::InputSchema),
                    },
                    "WithRawInputSchema" => made.input = self.schema_of(&first, &mut made.gaps),
                    "WithOutputSchema" => {
                        let mut unknown = Vec::new();
                        let of = call.types.first();
                        made.output = of.map(|of| self.schema_of_type(*of, call.file, Style::Tagged, &mut unknown));
                        if !unknown.is_empty() || made.output.is_none() {
                            made.gaps.push(Gap::OutputSchema);
                        }
                    }
                    "WithRawOutputSchema" | "WithOutputType" => made.gaps.push(Gap::OutputSchema),
                    "WithSchemaAdditionalProperties" => {
                        if let Some(value) = self.json(&first) {
                            rest.insert("additionalProperties".into(), value);
                        }
                    }
                    name if OTHER.contains(&name) => {}
                    _ => made.gaps.push(Gap::MoreParameters),
                }
            }
        }
        if made.input.is_none() && !made.gaps.contains(&Gap::InputSchema) {
            let mut schema = Map::new();
            schema.insert("type".into(), "object".into());
            schema.insert("properties".into(), Json::Object(properties));
            if !required.is_empty() {
                schema.insert("required".into(), Json::Array(required));
            }
            schema.extend(rest);
            made.input = Some(Json::Object(schema));
        }
        made
    }

    fn hint(&self, made: &mut ToolOptions<'t>, hint: &str, value: &Value<'t>) {
        match self.json(value) {
            Some(value) => {
                made.annotations.insert(hint.to_owned(), value);
            }
            None => {
                made.annotations.shift_remove(hint);
                made.gaps.push(Gap::Annotations);
            }
        }
    }

    /// The schema of a parameter, and whether it is required.
    fn parameter(&self, of: &str, key: &str, call: &Call<'t>, gaps: &mut Vec<Gap>) -> (Json, bool) {
        let mut schema = Map::new();
        if !of.is_empty() {
            schema.insert("type".into(), of.into());
        }
        let (mut needed, mut unknown) = (false, false);
        for option in call.args.iter().skip(1) {
            let Value::Call(option) = option else {
                unknown = true;
                continue;
            };
            let name = option.callee.rsplit('.').next().unwrap_or_default();
            if name == "Required" {
                needed = true;
            } else {
                unknown |= !self.property(&mut schema, name, option);
            }
        }
        if unknown {
            gaps.push(Gap::Parameter(key.to_owned()));
        }
        (Json::Object(schema), needed)
    }

    /// Applies an option to the schema of a parameter. False if it is not known what it does.
    fn property(&self, schema: &mut Map<String, Json>, name: &str, option: &Call<'t>) -> bool {
        let first = option.args.first();
        if let Some(key) = entry(&KEYS, name) {
            let value = first.and_then(|value| self.json(value));
            let is_known = value.is_some();
            schema.extend(value.map(|value| (key.to_owned(), value)));
            return is_known;
        }
        if let Some(of) = entry(&ITEMS, name) {
            let mut items = Map::new();
            items.insert("type".into(), of.into());
            let is_known = if name == "WithStringEnumItems" {
                let values = first.and_then(|value| self.json(value));
                let is_known = values.is_some();
                items.extend(values.map(|values| ("enum".to_owned(), values)));
                is_known
            } else {
                option.args.iter().all(|inner| match inner {
                    Value::Call(inner) => {
                        self.property(&mut items, inner.callee.rsplit('.').next().unwrap_or_default(), inner)
                    }
                    _ => false,
                })
            };
            schema.insert("items".into(), Json::Object(items));
            return is_known;
        }
        match name {
            "Enum" => {
                let values: Option<Vec<Json>> = option.args.iter().map(|value| self.json(value)).collect();
                let is_known = values.is_some();
                schema.extend(values.map(|values| ("enum".to_owned(), Json::Array(values))));
                is_known
            }
            "Required" | "PropertyNames" => true,
            _ => false,
        }
    }

    /// A value as JSON, if all of it is known.
    pub(super) fn json(&self, value: &Value<'t>) -> Option<Json> {
        let keys = |of: &str, name: &str| self.key_of_field(of, name);
        let mut made = ToJson::new(&keys);
        let json = made.json(value, "", 0);
        json.filter(|_| made.unknown.is_empty())
    }

    pub(super) fn annotations(&self, value: &Value<'t>, gaps: &mut Vec<Gap>) -> Map<String, Json> {
        let keys = |of: &str, name: &str| self.key_of_field(of, name);
        let mut made = ToJson::new(&keys);
        let json = made.json(value, "", 0);
        if !made.unknown.is_empty() {
            gaps.push(Gap::Annotations);
        }
        match json {
            Some(Json::Object(map)) => map,
            _ => Map::new(),
        }
    }
}
