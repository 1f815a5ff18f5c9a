//! Decodes a `tools/list` result as real servers send it: tool by tool, so that one malformed definition does not lose
//! the others. Values that cannot be represented are left out; every deviation from the protocol is recorded.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use serde_json::{Map, Value};

use crate::model::{Annotations, Deviation, Item, Listing, LongText, NotRead, Schema, Server, Tool, flatten};
use crate::text::{clean, digest};

mod app;
pub(crate) mod items;
mod limits;
mod other;

pub(crate) use limits::MAX_NAME;
pub(crate) use other::{digest_beside, sentences, texts_of_answer, without_other_keys};

use limits::cut;

/// Maximum length of a description, in characters. The longest seen has 13,000.
pub(crate) const MAX_DESCRIPTION: usize = 1 << 20;
/// Maximum size of a schema, in bytes of JSON. The largest seen has 44,000. The JSON parser limits its depth to 128.
const MAX_SCHEMA: usize = 1 << 20;
/// Maximum size of `execution` that is kept, in bytes of JSON.
const MAX_EXECUTION: usize = 4_000;
/// Longest key in a message, in characters.
const MAX_KEY: usize = 60;

/// Collects the tools of a listing, page by page.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The tools so far, in order of arrival.
    pub tools: Vec<Tool>,
    /// The prompts, resources, resource templates and skills so far.
    pub items: Vec<Item>,
    /// The deviations from the protocol so far.
    pub deviations: Vec<Deviation>,
    /// Texts of the pages that are not decoded.
    pub texts: Vec<LongText>,
    /// The digests of what the pages hold besides their lists.
    pub(crate) beside: BTreeSet<String>,
    names: HashSet<String>,
    limit: Option<usize>,
}

impl Decoder {
    /// A decoder that keeps at most `limit` tools.
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self { limit: Some(limit), ..Self::default() }
    }

    /// What was read, as the listing of `server`.
    pub(crate) fn into_listing(self, server: Server) -> Listing {
        let Self { tools, items, deviations, .. } = self;
        Listing { server, tools, items, deviations, unread: false, left_unread: None }
    }

    /// Adds the tools of one result page; `tools` may have any type.
    pub fn page(&mut self, result: &Value) {
        let is_variant = |key: &&String| key.eq_ignore_ascii_case("tools") && *key != "tools";
        if let Some(key) = result.as_object().into_iter().flat_map(Map::keys).find(is_variant) {
            let text =
                format!("The result has `{key}`, which readers that ignore case take for `tools`; it was not read.");
            self.note_unread("tools-in-other-case", None, &text, NotRead::Tools);
        }
        match result.get("tools") {
            Some(tools) => self.tools(tools),
            None => self.note("tools-missing", None, "The result of tools/list has no `tools`."),
        }
    }

    /// Keeps the texts and the digest of what stands beside the list of a result page. Every page may repeat it.
    pub(crate) fn beside_list(&mut self, result: &Value) {
        self.beside.extend(digest_beside(result));
        let new = texts_of_answer(result).into_iter().filter(|text| !self.texts.contains(text));
        let new: Vec<LongText> = new.collect();
        self.texts.extend(new);
    }

    /// Adds `tools`: an array, or whatever a server sends instead.
    pub(crate) fn tools(&mut self, tools: &Value) {
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

    /// True if the limit is reached.
    pub(crate) fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.tools.len() >= limit)
    }

    /// Adds one tool.
    pub(crate) fn tool(&mut self, value: &Value) {
        if self.is_full() {
            return self.note_too_many();
        }
        let (tool, deviations) = tool(value, self.tools.len() + 1);
        self.deviations.extend(deviations);
        if !self.names.insert(tool.name.clone()) {
            self.note("name-repeated", Some(&tool.name), "Another tool of this server has the same name.");
        }
        self.tools.push(tool);
    }

    /// Records that tools were left out because of the limit.
    pub(crate) fn note_too_many(&mut self) {
        if !self.deviations.iter().any(|d| d.id == "too-many-tools") {
            let text = format!("The server lists more than {} tools; the rest was left out.", self.tools.len());
            self.note_unread("too-many-tools", None, &text, NotRead::Tools);
        }
    }

    /// Adds a placeholder for a definition that could not be decoded.
    pub(crate) fn unreadable(&mut self, tool: Tool) {
        let why = tool.error.as_deref().unwrap_or("The definition is unreadable.");
        self.note_unread("tool-unreadable", Some(&tool.name), why, NotRead::Part);
        self.tools.push(tool);
    }

    /// Records a deviation.
    pub(crate) fn note(&mut self, id: &str, tool: Option<&str>, text: &str) {
        self.deviations.push(deviation(id, tool, text));
    }

    /// Records a deviation that made us leave out a part.
    pub(crate) fn note_unread(&mut self, id: &str, tool: Option<&str>, text: &str, not_read: NotRead) {
        self.deviations.push(Deviation { not_read: Some(not_read), ..deviation(id, tool, text) });
    }
}

/// Decodes one tool. `position` counts from 1 and gives a name to a tool without one.
pub fn tool(value: &Value, position: usize) -> (Tool, Vec<Deviation>) {
    let Some(map) = value.as_object() else {
        let why = format!("the definition is {} instead of an object", kind(value));
        let other_fields = [("definition".to_owned(), digest::of_json(value))].into();
        let tool = Tool { other_fields, ..unreadable(position, why.clone()) };
        let odd = deviation("tool-not-object", Some(&tool.name), &format!("Here {why}."));
        return (tool, vec![Deviation { not_read: Some(NotRead::Part), ..odd }]);
    };
    let mut reader =
        Reader { map, name: String::new(), deviations: Vec::new(), digests: other::digests(map), long: Vec::new() };
    let error = reader.read_name(position);
    let mut tool = Tool { name: reader.name.clone(), error, ..Tool::default() };
    tool.title = reader.string("title", MAX_NAME);
    tool.description = reader.string("description", MAX_DESCRIPTION);
    tool.annotations = reader.annotations();
    let input_schema = reader.input_schema();
    let flattened = input_schema.map(flatten).unwrap_or_default();
    if flattened.cut {
        let text = "The input schema has more parameters, or deeper ones, than are read.";
        reader.note_part("parameters-too-many", text);
    }
    if let Some(address) = input_schema.and_then(remote_reference) {
        let address = clean::excerpt(address, MAX_KEY);
        reader.note("schema-elsewhere", &format!("The input schema refers to {address}, which was not read."));
    }
    tool.parameters = flattened.parameters;
    tool.input_schema = input_schema.map(Schema::from);
    tool.output_schema = reader.schema("outputSchema", "output-schema").map(Schema::from);
    tool.execution = map.get("execution").filter(|value| size(value) <= MAX_EXECUTION).map(Schema::from);
    tool.app = app::of_tool(map);
    tool.other_fields = reader.digests;
    tool.long_texts = reader.long;
    tool.long_texts.extend(other::texts_of_definition(map));
    (tool, reader.deviations)
}

/// The placeholder for a definition that cannot be decoded.
pub(crate) fn unreadable(position: usize, why: String) -> Tool {
    Tool { name: format!("unnamed-tool-{position}"), error: Some(why), ..Tool::default() }
}

/// Decodes the fields of one definition and collects its deviations.
struct Reader<'a> {
    map: &'a Map<String, Value>,
    name: String,
    deviations: Vec<Deviation>,
    /// Digests of the fields that are not kept.
    digests: BTreeMap<String, String>,
    /// Texts that are not kept, or only in part.
    long: Vec<LongText>,
}

impl<'a> Reader<'a> {
    fn note(&mut self, id: &str, text: &str) {
        self.deviations.push(deviation(id, Some(&self.name), text));
    }

    /// Records that a part of the definition was left out.
    fn note_part(&mut self, id: &str, text: &str) {
        self.deviations.push(Deviation { not_read: Some(NotRead::Part), ..deviation(id, Some(&self.name), text) });
    }

    /// Keeps the digest of a text that is over the limit, and the text itself for the rules that search it.
    fn keep_long(&mut self, key: &'static str, text: &str) {
        self.digests.insert(key.to_owned(), digest::of_words(text));
        self.long.push(LongText { field: key, text: text.into() });
    }

    /// Sets the name. Returns an error text if the definition has none.
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
            let whole = std::mem::replace(&mut self.name, cut);
            self.keep_long("name", &whole);
            self.note_part("name-too-long", &format!("The name is longer than {MAX_NAME} characters and was cut."));
        }
        None
    }

    /// Decodes a string. A value of another type becomes its JSON text.
    fn string(&mut self, key: &'static str, max: usize) -> Option<String> {
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
        self.keep_long(key, &text);
        self.note_part(&format!("{key}-too-long"), &format!("`{key}` is longer than {max} characters and was cut."));
        Some(cut)
    }

    /// `inputSchema`, or one of the keys that some servers and frameworks use instead.
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

    fn schema(&mut self, key: &'static str, id: &str) -> Option<&'a Value> {
        let schema = self.map.get(key).filter(|schema| !schema.is_null())?;
        if size(schema) > MAX_SCHEMA {
            let field = if id == "output-schema" { "outputSchema" } else { "inputSchema" };
            self.digests.insert(field.to_owned(), digest::of_json(schema));
            self.long.push(LongText { field, text: schema.to_string().into() });
            let text = format!("`{key}` is larger than {MAX_SCHEMA} bytes and was left out.");
            self.note_part(&format!("{id}-too-large"), &text);
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

    /// Decodes a hint in camelCase or snake_case. `"true"` and `1` count as true.
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

/// The first `$ref` in `schema` that leads out of the definition.
fn remote_reference(schema: &Value) -> Option<&str> {
    let (mut references, mut ids, mut open) = (Vec::new(), HashSet::new(), vec![schema]);
    while let Some(next) = open.pop() {
        match next {
            Value::Object(map) => {
                let text = |key: &str| map.get(key).and_then(Value::as_str);
                references.extend(["$ref", "$dynamicRef"].into_iter().filter_map(text));
                ids.extend(["$id", "id"].into_iter().filter_map(text));
                open.extend(map.values().rev());
            }
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let is_remote = |reference: &&str| {
        let document = reference.split('#').next().unwrap_or_default();
        !document.is_empty() && !ids.contains(document)
    };
    references.into_iter().find(is_remote)
}

/// The sentence about a key that stands twice in one object.
pub(crate) fn duplicate_key_text(key: &str) -> String {
    let key = clean::excerpt(key, MAX_KEY);
    format!("The key {key:?} stands twice in one object; other readers take the other value, which was not read.")
}

/// A deviation. `text` is a full sentence.
pub(crate) fn deviation(id: &str, tool: Option<&str>, text: &str) -> Deviation {
    Deviation { id: id.to_owned(), tool: tool.map(str::to_owned), text: text.to_owned(), not_read: None }
}

/// The type of a value, with its article: "a number", "an array".
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// True for an object that looks like a JSON Schema. In our own report, `parameters` is a count.
pub(crate) fn is_schema(value: &Value) -> bool {
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

/// The text of `value`, cut to `max` characters. Some servers give a version as a number.
pub(crate) fn text(value: Option<&Value>, max: usize) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(cut(&text, max).unwrap_or(text)).filter(|text| !text.is_empty())
}

/// The digest of the words of `value`, if it is longer than `max` characters and is therefore cut.
pub(crate) fn digest_of_cut(value: Option<&Value>, max: usize) -> Option<String> {
    let text = value?.as_str()?;
    text.chars().nth(max).map(|_| digest::of_words(text))
}

/// The size of `value` as JSON, in bytes.
pub(crate) fn size(value: &Value) -> usize {
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
    // Serializing a `Value` into a counter cannot fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests;
