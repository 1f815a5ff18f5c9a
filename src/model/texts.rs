//! Every text of a definition that a model reads.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::{Schema, Tool};
use crate::text::clean;
use crate::text::fold::fold;
use crate::text::words::Words;

/// Longest name of a parameter in a place, in characters.
const MAX_NAME: usize = 120;
/// Deepest nesting of a schema that is read for texts.
const MAX_DEPTH: usize = 32;
/// Fewest bytes of a schema's text that is read: shorter ones are types and formats.
const MIN_SIZE: usize = 8;

/// One text that a model reads.
#[derive(Debug)]
pub struct ModelText<'a> {
    /// Where it stands: "the description".
    pub place: String,
    /// The text as it was sent.
    pub source: Cow<'a, str>,
    /// Its words, without invisible characters and with look-alike letters as the Latin ones they imitate.
    pub words: Words<'a>,
}

impl<'a> ModelText<'a> {
    /// `source`, which stands at `place`.
    pub fn new(place: impl Into<String>, source: impl Into<Cow<'a, str>>) -> Self {
        let source = source.into();
        let words = match &source {
            Cow::Borrowed(text) => Words::of(fold(text)),
            Cow::Owned(text) => Words::of(fold(text).into_owned()),
        };
        Self { place: place.into(), source, words }
    }

    /// The place at the start of a sentence: "The description".
    pub fn place_capitalised(&self) -> String {
        let mut chars = self.place.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }
}

/// The texts of a tool: its name, titles and description, and every text of its schemas.
pub fn texts_of_tool(tool: &Tool) -> Vec<ModelText<'_>> {
    let own = [
        ("the name", Some(tool.name.as_str())),
        ("the title", tool.title.as_deref()),
        ("the title", tool.annotations.title.as_deref()),
        ("the description", tool.description.as_deref()),
    ];
    let mut texts: Vec<ModelText<'_>> =
        own.into_iter().filter_map(|(place, text)| Some(ModelText::new(place, text?))).collect();
    for parameter in &tool.parameters {
        let path = clean::excerpt(&parameter.path, MAX_NAME);
        let mut add = |what: &str, text| texts.push(ModelText::new(format!("{what} {path}"), text));
        add("the name of", parameter.name());
        parameter.description.iter().for_each(|text| add("the description of", text));
        parameter.default.iter().for_each(|text| add("the default of", text));
        parameter.values.iter().for_each(|text| add("a value of", text));
    }
    // Texts that no parameter holds: branches of a union, examples, comments, keys of the author's own.
    let mut known: HashSet<String> = texts.iter().map(|text| text.source.to_string()).collect();
    for (place, schema) in [("the input schema", &tool.input_schema), ("the output schema", &tool.output_schema)] {
        let mut all = Vec::new();
        schema.iter().for_each(|schema| collect(Schema::value(schema), MAX_DEPTH, &mut all));
        let others = all.into_iter().filter(|text| known.insert(text.clone()));
        texts.extend(others.map(|text| ModelText::new(place, text)));
    }
    texts
}

/// The text of a server's instructions.
pub fn texts_of_instructions(instructions: &str) -> Vec<ModelText<'_>> {
    vec![ModelText::new("the text of the server's instructions", instructions)]
}

/// The texts anywhere in `schema`, names of properties included.
fn collect(schema: Value, depth: usize, found: &mut Vec<String>) {
    let is_text = |text: &str| text.len() >= MIN_SIZE || !text.is_ascii();
    let Some(depth) = depth.checked_sub(1) else { return };
    match schema {
        Value::String(text) if is_text(&text) => found.push(text),
        Value::Object(map) => map.into_iter().for_each(|(key, value)| {
            if is_text(&key) {
                found.push(key);
            }
            collect(value, depth, found);
        }),
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, depth, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
