//! A `tools/list` result as servers really send it: read tool by tool, so that one odd definition never costs the
//! others. What cannot be represented is left out; whatever leaves the protocol is recorded.

use std::collections::{BTreeMap, HashSet};
use std::io;

use serde_json::{Map, Value, json};

use crate::model::{Annotations, Deviation, Schema, Tool, flatten};
use crate::text::digest;

/// Longest name kept, in characters; the protocol advises 128.
pub const MAX_NAME: usize = 1_000;
/// Longest description kept, in characters; the longest seen has 13,000.
pub const MAX_DESCRIPTION: usize = 100_000;
/// Largest schema kept, in bytes of JSON; the largest seen has 44,000. Its depth is bounded by the JSON parser (128).
const MAX_SCHEMA: usize = 1 << 20;

/// What is read of `annotations`, in each spelling.
const HINTS: [&str; 9] = [
    "title",
    "readOnlyHint",
    "read_only_hint",
    "destructiveHint",
    "destructive_hint",
    "idempotentHint",
    "idempotent_hint",
    "openWorldHint",
    "open_world_hint",
];

/// Collects the tools of one listing, page by page.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The tools so far, in the order they came.
    pub tools: Vec<Tool>,
    /// What left the protocol so far.
    pub deviations: Vec<Deviation>,
    names: HashSet<String>,
    limit: Option<usize>,
}

impl Decoder {
    /// A decoder that keeps at most `limit` tools.
    pub fn with_limit(limit: usize) -> Self {
        Self { limit: Some(limit), ..Self::default() }
    }

    /// Adds the tools of one result: its `tools`, whatever they are.
    pub fn page(&mut self, result: &Value) {
        match result.get("tools") {
            Some(tools) => self.tools(tools),
            None => self.note("tools-missing", None, "The result of tools/list has no `tools`."),
        }
    }

    /// Adds `tools`: an array, or what stands in the place of one.
    pub fn tools(&mut self, tools: &Value) {
        match tools {
            Value::Array(tools) => tools.iter().for_each(|tool| self.tool(tool)),
            Value::Object(map) if map.get("name").is_some_and(Value::is_string) => {
                self.note("tools-not-array", None, "`tools` is one tool instead of an array.");
                self.tool(tools);
            }
            Value::Object(map) => {
                self.note("tools-not-array", None, "`tools` is an object by name instead of an array.");
                for (name, tool) in map {
                    self.tool(&with_name(name, tool));
                }
            }
            other => self.note("tools-not-array", None, &format!("`tools` is {} instead of an array.", kind(other))),
        }
    }

    /// True when no more tools will be kept.
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.tools.len() >= limit)
    }

    /// Adds one tool.
    pub fn tool(&mut self, value: &Value) {
        if self.is_full() {
            if !self.deviations.iter().any(|d| d.id == "too-many-tools") {
                let text = format!("The server lists more than {} tools; the rest was left out.", self.tools.len());
                self.note("too-many-tools", None, &text);
            }
            return;
        }
        let (tool, deviations) = tool(value, self.tools.len() + 1);
        self.deviations.extend(deviations);
        if !self.names.insert(tool.name.clone()) {
            self.note("name-repeated", Some(&tool.name), "Another tool of this server has the same name.");
        }
        self.tools.push(tool);
    }

    /// Adds a tool that stands for a definition which could not be read.
    pub fn unreadable(&mut self, tool: Tool) {
        self.note(
            "tool-unreadable",
            Some(&tool.name),
            tool.error.as_deref().unwrap_or("The definition is unreadable."),
        );
        self.tools.push(tool);
    }

    /// Records a deviation.
    pub fn note(&mut self, id: &str, tool: Option<&str>, text: &str) {
        self.deviations.push(deviation(id, tool, text));
    }
}

/// Reads one tool; `position` counts from 1 and names a tool that has no name of its own.
pub fn tool(value: &Value, position: usize) -> (Tool, Vec<Deviation>) {
    let Some(map) = value.as_object() else {
        let why = format!("the definition is {} instead of an object", kind(value));
        let tool = unreadable(position, why.clone());
        let odd = deviation("tool-not-object", Some(&tool.name), &format!("Here {why}."));
        return (tool, vec![odd]);
    };
    let mut reader = Reader { map, name: String::new(), deviations: Vec::new() };
    let error = reader.read_name(position);
    let mut tool = Tool { name: reader.name.clone(), error, ..Tool::default() };
    tool.title = reader.string("title", MAX_NAME);
    tool.description = reader.string("description", MAX_DESCRIPTION);
    tool.annotations = reader.annotations();
    let input_schema = reader.input_schema();
    tool.parameters = input_schema.map(flatten).unwrap_or_default();
    tool.input_schema = input_schema.map(Schema::from);
    tool.output_schema = reader.schema("outputSchema", "output-schema").map(Schema::from);
    tool.other_fields = other_fields(map);
    (tool, reader.deviations)
}

/// The tool that stands for a definition which cannot be read.
pub fn unreadable(position: usize, why: String) -> Tool {
    Tool { name: format!("unnamed-tool-{position}"), error: Some(why), ..Tool::default() }
}

/// The digests of what a definition says beside what is judged. Nothing, an empty list and an empty object say the same,
/// and so do icons in another order.
fn other_fields(map: &Map<String, Value>) -> BTreeMap<String, String> {
    let own = |(key, _): &(&String, &Value)| !HINTS.contains(&key.as_str());
    let annotations = map
        .get("annotations")
        .and_then(Value::as_object)
        .map(|map| Value::Object(map.iter().filter(own).map(|(key, value)| (key.clone(), value.clone())).collect()));
    let icons = map.get("icons").cloned().map(|mut icons| {
        icons.as_array_mut().into_iter().for_each(|icons| icons.sort_by_cached_key(digest::canonical));
        icons
    });
    let fields = [("icons", icons), ("annotations", annotations)];
    let plain = ["_meta", "execution"].map(|key| (key, map.get(key).cloned()));
    let said = |(key, value): (&str, Option<Value>)| {
        let value = value.filter(|value| ![Value::Null, json!([]), json!({})].contains(value))?;
        Some((key.to_owned(), digest::of_json(&value)))
    };
    fields.into_iter().chain(plain).filter_map(said).collect()
}

/// Reads the fields of one definition and remembers what was odd.
struct Reader<'a> {
    map: &'a Map<String, Value>,
    name: String,
    deviations: Vec<Deviation>,
}

impl<'a> Reader<'a> {
    fn note(&mut self, id: &str, text: &str) {
        self.deviations.push(deviation(id, Some(&self.name), text));
    }

    /// Sets the name; gives what is wrong when there is none.
    fn read_name(&mut self, position: usize) -> Option<String> {
        let (name, number) = match self.map.get("name") {
            Some(Value::String(name)) => (name.clone(), false),
            Some(Value::Number(number)) => (number.to_string(), true),
            _ => (String::new(), false),
        };
        if name.is_empty() {
            let why = match self.map.get("name") {
                None => "the definition has no name".to_owned(),
                Some(Value::String(_)) => "the definition's name is empty".to_owned(),
                Some(other) => format!("the definition's name is {} instead of a string", kind(other)),
            };
            self.name = format!("unnamed-tool-{position}");
            self.note("name-missing", &format!("Here {why}."));
            return Some(why);
        }
        self.name = name;
        if number {
            self.note("name-not-string", "The name is a number instead of a string.");
        }
        if let Some(cut) = cut(&self.name, MAX_NAME) {
            self.name = cut;
            self.note("name-too-long", &format!("The name is longer than {MAX_NAME} characters and was cut."));
        }
        None
    }

    /// A text field; a value of another type is taken as its JSON.
    fn string(&mut self, key: &str, max: usize) -> Option<String> {
        let text = match self.map.get(key)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => {
                let text = format!("`{key}` is {} instead of a string.", kind(other));
                self.note(&format!("{key}-not-string"), &text);
                other.to_string()
            }
        };
        let Some(cut) = cut(&text, max) else { return Some(text) };
        self.note(&format!("{key}-too-long"), &format!("`{key}` is longer than {max} characters and was cut."));
        Some(cut)
    }

    /// `inputSchema`, or what some servers and frameworks write in its place.
    fn input_schema(&mut self) -> Option<&'a Value> {
        if self.map.get("inputSchema").is_some_and(|schema| !schema.is_null()) {
            return self.schema("inputSchema", "input-schema");
        }
        for key in ["input_schema", "parameters"] {
            if self.map.get(key).is_some_and(is_schema) {
                self.note("input-schema-misnamed", &format!("The input schema is called `{key}`, not `inputSchema`."));
                return self.schema(key, "input-schema");
            }
        }
        self.note("input-schema-missing", "The definition has no `inputSchema`.");
        None
    }

    fn schema(&mut self, key: &str, id: &str) -> Option<&'a Value> {
        let schema = self.map.get(key).filter(|schema| !schema.is_null())?;
        if size(schema) > MAX_SCHEMA {
            let text = format!("`{key}` is larger than {MAX_SCHEMA} bytes and was left out.");
            self.note(&format!("{id}-too-large"), &text);
            return None;
        }
        if !schema.is_object() {
            self.note(&format!("{id}-not-object"), &format!("`{key}` is {} instead of an object.", kind(schema)));
        }
        Some(schema)
    }

    fn annotations(&mut self) -> Annotations {
        let map = match self.map.get("annotations") {
            None | Some(Value::Null) => return Annotations::default(),
            Some(Value::Object(map)) => map,
            Some(other) => {
                let text = format!("`annotations` is {} instead of an object.", kind(other));
                self.note("annotations-not-object", &text);
                return Annotations::default();
            }
        };
        Annotations {
            title: map.get("title").and_then(Value::as_str).map(|t| cut(t, MAX_NAME).unwrap_or_else(|| t.to_owned())),
            read_only_hint: self.hint(map, "readOnlyHint", "read_only_hint"),
            destructive_hint: self.hint(map, "destructiveHint", "destructive_hint"),
            idempotent_hint: self.hint(map, "idempotentHint", "idempotent_hint"),
            open_world_hint: self.hint(map, "openWorldHint", "open_world_hint"),
        }
    }

    /// A hint under its name, or spelled in snake_case; `"true"` and `1` are taken for true.
    fn hint(&mut self, map: &Map<String, Value>, key: &str, snake: &str) -> Option<bool> {
        let value = match map.get(key).filter(|v| !v.is_null()) {
            Some(value) => value,
            None => {
                let value = map.get(snake).filter(|v| !v.is_null())?;
                self.note("hint-misnamed", &format!("The hint `{key}` is spelled `{snake}`."));
                value
            }
        };
        let (read, shown) = match value {
            Value::Bool(hint) => return Some(*hint),
            Value::String(text) => match text.trim().to_lowercase().as_str() {
                "true" => (Some(true), "a string"),
                "false" => (Some(false), "a string"),
                _ => (None, "a string"),
            },
            Value::Number(number) => match number.as_u64() {
                Some(1) => (Some(true), "a number"),
                Some(0) => (Some(false), "a number"),
                _ => (None, "a number"),
            },
            other => (None, kind(other)),
        };
        let taken = match read {
            Some(hint) => format!("it was taken for {hint}"),
            None => "it was left out".to_owned(),
        };
        self.note("hint-not-boolean", &format!("The hint `{key}` is {shown} instead of true or false; {taken}."));
        read
    }
}

/// A deviation; `text` is a sentence.
pub fn deviation(id: &str, tool: Option<&str>, text: &str) -> Deviation {
    Deviation { id: id.to_owned(), tool: tool.map(str::to_owned), text: text.to_owned() }
}

/// What a value is, with its article: "a number", "an array".
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// True for an object that reads as a JSON Schema; `parameters` is a count in our own report.
pub fn is_schema(value: &Value) -> bool {
    let Some(map) = value.as_object() else { return false };
    map.is_empty() || ["type", "properties", "$ref", "anyOf", "oneOf", "allOf"].iter().any(|key| map.contains_key(*key))
}

fn with_name(name: &str, tool: &Value) -> Value {
    let mut tool = tool.clone();
    if let Some(map) = tool.as_object_mut() {
        map.entry("name").or_insert_with(|| name.into());
    }
    tool
}

/// The text of `value` (a string, or a number as some servers give versions), at most `max` characters of it.
pub fn text(value: Option<&Value>, max: usize) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(cut(&text, max).unwrap_or(text)).filter(|text| !text.is_empty())
}

/// The first `max` characters of `text`, when it has more.
fn cut(text: &str, max: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(max)?;
    text.get(..end).map(str::to_owned)
}

/// How many bytes of JSON `value` takes.
pub fn size(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Neither a value nor a count fails to be written.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(deviations: &[Deviation]) -> Vec<&str> {
        deviations.iter().map(|d| d.id.as_str()).collect()
    }

    /// The tool read from an otherwise good definition with `key` set to `value`, and the ids of what was odd.
    fn with(key: &str, value: Value) -> (Tool, Vec<String>) {
        let mut definition = json!({"name": "t", "description": "d", "inputSchema": {"type": "object"}});
        definition[key] = value;
        let (tool, deviations) = tool(&definition, 1);
        (tool, deviations.into_iter().map(|d| d.id).collect())
    }

    #[test]
    fn a_good_tool_has_no_deviation() {
        let (tool, odd) = tool(
            &json!({"name": "put_file", "title": "Put", "description": "Writes a file.",
                "inputSchema": {"type": "object", "required": ["path"], "properties": {"path": {"type": "string"}}},
                "outputSchema": {"type": "object"}, "annotations": {"title": "T", "readOnlyHint": false, "vendor": 1},
                "_meta": "odd", "icons": 7}),
            1,
        );
        assert_eq!(odd, []);
        assert_eq!((tool.name.as_str(), tool.title.as_deref(), tool.error), ("put_file", Some("Put"), None));
        assert_eq!(tool.annotations.read_only_hint, Some(false));
        assert_eq!(tool.parameters.len(), 1);
        assert!(tool.parameters[0].required && tool.output_schema.is_some());
    }

    #[test]
    fn odd_schemas_are_kept_as_sent() {
        for odd in [json!(true), json!([]), json!("x"), json!(7)] {
            let (tool, ids) = with("inputSchema", odd.clone());
            assert_eq!((tool.input_schema, ids), (Some((&odd).into()), vec!["input-schema-not-object".to_owned()]));
        }
        let (tool, ids) = with("inputSchema", json!(null));
        assert_eq!((tool.input_schema, ids), (None, vec!["input-schema-missing".to_owned()]));
        let (tool, ids) = with("outputSchema", json!(true));
        assert_eq!(
            (tool.output_schema, ids),
            (Some((&json!(true)).into()), vec!["output-schema-not-object".to_owned()])
        );
        let wild = json!({"type": 7, "properties": {"a": true, "b": null}, "required": null});
        let (tool, ids) = with("inputSchema", wild.clone());
        assert_eq!((tool.input_schema, tool.parameters.len(), ids), (Some((&wild).into()), 2, vec![]));
    }

    #[test]
    fn schemas_under_other_names() {
        for key in ["input_schema", "parameters"] {
            let (tool, odd) = tool(&json!({"name": "t", key: {"properties": {"a": {}}}}), 1);
            assert_eq!((tool.parameters.len(), ids(&odd)), (1, vec!["input-schema-misnamed"]));
        }
        // The count in our own report is no schema.
        let (tool, odd) = tool(&json!({"name": "t", "parameters": {"total": 3, "required": 1}}), 1);
        assert_eq!((tool.input_schema, ids(&odd)), (None, vec!["input-schema-missing"]));
    }

    #[test]
    fn odd_hints() {
        let hints = |value: Value| {
            let (tool, ids) = with("annotations", value);
            (tool.annotations.read_only_hint, ids.join(" "))
        };
        assert_eq!(hints(json!({"readOnlyHint": "true"})), (Some(true), "hint-not-boolean".into()));
        assert_eq!(hints(json!({"readOnlyHint": "False"})), (Some(false), "hint-not-boolean".into()));
        assert_eq!(hints(json!({"readOnlyHint": 1})), (Some(true), "hint-not-boolean".into()));
        assert_eq!(hints(json!({"readOnlyHint": 2})), (None, "hint-not-boolean".into()));
        assert_eq!(hints(json!({"readOnlyHint": {}})), (None, "hint-not-boolean".into()));
        assert_eq!(hints(json!({"read_only_hint": true})), (Some(true), "hint-misnamed".into()));
        assert_eq!(hints(json!({"readOnlyHint": null})), (None, String::new()));
        assert_eq!(hints(json!("read only")), (None, "annotations-not-object".into()));
        assert_eq!(hints(json!(["readOnlyHint"])), (None, "annotations-not-object".into()));
        assert_eq!(hints(json!(null)), (None, String::new()));
    }

    #[test]
    fn odd_texts() {
        let (tool, ids) = with("description", json!(42));
        assert_eq!((tool.description.as_deref(), ids.join(" ")), (Some("42"), "description-not-string".into()));
        let (tool, ids) = with("title", json!(["a"]));
        assert_eq!((tool.title.as_deref(), ids.join(" ")), (Some("[\"a\"]"), "title-not-string".into()));
        assert_eq!(with("description", json!(null)).1, Vec::<String>::new());
        let (tool, ids) = with("name", json!(7));
        assert_eq!((tool.name.as_str(), tool.error, ids.join(" ")), ("7", None, "name-not-string".into()));
    }

    #[test]
    fn what_cannot_be_read_is_still_a_tool() {
        for (value, id, why) in [
            (json!(7), "tool-not-object", "a number"),
            (json!(null), "tool-not-object", "null"),
            (json!({"description": "d"}), "name-missing", "no name"),
            (json!({"name": ""}), "name-missing", "empty"),
            (json!({"name": ["a"]}), "name-missing", "an array"),
        ] {
            let (tool, odd) = tool(&value, 3);
            assert_eq!(tool.name, "unnamed-tool-3");
            assert!(tool.error.unwrap().contains(why));
            assert_eq!((odd[0].id.as_str(), odd[0].tool.as_deref()), (id, Some("unnamed-tool-3")));
        }
    }

    #[test]
    fn sizes_are_bounded() {
        let (tool, ids) = with("name", json!("ä".repeat(1_001)));
        assert_eq!((tool.name.chars().count(), ids.join(" ")), (1_000, "name-too-long".into()));
        let (tool, ids) = with("description", json!("x".repeat(100_001)));
        assert_eq!((tool.description.unwrap().len(), ids.join(" ")), (100_000, "description-too-long".into()));
        let (tool, ids) = with("inputSchema", json!({"description": "x".repeat(1 << 20)}));
        assert_eq!((tool.input_schema, ids.join(" ")), (None, "input-schema-too-large".into()));
        assert_eq!(with("inputSchema", json!({"description": "x".repeat((1 << 20) - 18)})).1, Vec::<String>::new());
    }

    #[test]
    fn odd_containers() {
        let read = |result: Value| {
            let mut decoder = Decoder::with_limit(2);
            decoder.page(&result);
            let names: Vec<String> = decoder.tools.iter().map(|t| t.name.clone()).collect();
            (names.join(" "), ids(&decoder.deviations).join(" "))
        };
        let good = |name: &str| json!({"name": name, "inputSchema": {}});
        assert_eq!(read(json!({"tools": [good("a"), good("b")]})), ("a b".into(), "".into()));
        assert_eq!(read(json!({"tools": {"a": {"inputSchema": {}}, "b": 1}})).0, "a unnamed-tool-2");
        assert_eq!(read(json!({"tools": good("a")})), ("a".into(), "tools-not-array".into()));
        assert_eq!(read(json!({"tools": null})), ("".into(), "tools-not-array".into()));
        assert_eq!(read(json!({})), ("".into(), "tools-missing".into()));
        assert_eq!(read(json!(5)), ("".into(), "tools-missing".into()));
        assert_eq!(read(json!({"tools": [good("a"), good("a")]})), ("a a".into(), "name-repeated".into()));
        let many: Vec<Value> = (0..9).map(|i| good(&i.to_string())).collect();
        assert_eq!(read(json!({"tools": many})), ("0 1".into(), "too-many-tools".into()));
    }
}
