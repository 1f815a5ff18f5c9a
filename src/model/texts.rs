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
/// Deepest nesting of a schema that is read for texts: as deep as the JSON parser reads.
const MAX_DEPTH: usize = 128;
/// Bytes of each piece in which a text is read that is too long to be kept, and how many of them the next one repeats, so
/// that no sentence is lost between two.
const PIECE: usize = 64 << 10;
const OVERLAP: usize = 2 << 10;
/// Fewest bytes of a schema's text that is read: shorter ones are types and formats.
const MIN_SIZE: usize = 8;

/// One text that a model reads.
#[derive(Debug)]
pub(crate) struct ModelText<'a> {
    /// Where it stands: "the description".
    pub(crate) place: String,
    /// The text as it was sent.
    pub(crate) source: Cow<'a, str>,
    /// Its words, without invisible characters and with look-alike letters as the Latin ones they imitate.
    pub(crate) words: Words<'a>,
}

impl<'a> ModelText<'a> {
    /// `source`, which stands at `place`.
    pub(crate) fn new(place: impl Into<String>, source: impl Into<Cow<'a, str>>) -> Self {
        let source = source.into();
        let words = match &source {
            Cow::Borrowed(text) => Words::of(fold(text)),
            Cow::Owned(text) => Words::of(fold(text).into_owned()),
        };
        Self { place: place.into(), source, words }
    }

    /// The place at the start of a sentence: "The description".
    pub(crate) fn place_capitalised(&self) -> String {
        let mut chars = self.place.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }
}

/// The texts of a tool: its name, titles and description, and every text of its schemas.
pub(crate) fn texts_of_tool(tool: &Tool) -> Vec<ModelText<'_>> {
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
    for long in &tool.long_texts {
        texts.extend(pieces(&long.text).map(|piece| ModelText::new(format!("the field {}", long.field), piece)));
    }
    texts
}

/// `text` to its end, in pieces that overlap.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = if rest.len() > PIECE { boundary(rest, PIECE) } else { rest.len() };
        let piece = rest.get(..end)?;
        start = if end == rest.len() { text.len() } else { start + boundary(rest, end - OVERLAP) };
        Some(piece)
    })
}

/// The last place between two characters of `text` that is not behind byte `most`.
fn boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// The text of a server's instructions.
pub(crate) fn texts_of_instructions(instructions: &str) -> Vec<ModelText<'_>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LongText;

    #[test]
    fn a_text_that_is_too_long_to_be_kept_is_read_to_its_end() {
        let text = "ä word. ".repeat(100_000) + "The end.";
        let read: Vec<&str> = pieces(&text).collect();
        assert!(read.len() > 10 && read.iter().all(|piece| piece.len() <= PIECE));
        assert!(text.starts_with(read[0]) && read[read.len() - 1].ends_with("The end."));
        assert!(read.windows(2).all(|pair| pair[0].contains(&pair[1][..boundary(pair[1], OVERLAP / 2)])));
        let tool = Tool { long_texts: vec![LongText { field: "description", text: text.into() }], ..Tool::default() };
        assert!(texts_of_tool(&tool).iter().any(|text| text.source.ends_with("The end.")));
    }
}
