//! Collects the texts of a definition that a model reads.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Item, LongText, Server, Tool};
use crate::text::clean;
use crate::text::comments::comments;
use crate::text::fold::fold;
use crate::text::quoted::with_introductions;
use crate::text::words::Words;

/// Longest parameter name in `label`, in characters.
const MAX_NAME: usize = 120;
/// Texts that are too long to keep are read in pieces of this many bytes, and each piece repeats the last bytes of the
/// previous one, so that no sentence is lost at a boundary.
const PIECE: usize = 64 << 10;
const OVERLAP: usize = 2 << 10;
/// Least length in bytes of a schema text that is read. Shorter ones are types and formats.
const MIN_SIZE: usize = 8;
/// Fewest bytes and words of a name that is also read as a sentence.
const MIN_SENTENCE: usize = 24;
const MIN_WORDS: usize = 5;

/// A text that a model reads.
#[derive(Debug)]
pub(crate) struct ModelText<'a> {
    /// What the text is, for use in a sentence: "the description".
    pub(crate) label: String,
    /// The text as sent by the server.
    pub(crate) source: Cow<'a, str>,
    /// Its words, without invisible characters and with look-alike letters replaced by Latin ones.
    pub(crate) words: Words<'a>,
    /// True for the description of a parameter.
    pub(crate) describes_parameter: bool,
    /// True if its first sentence is not the one that says what a tool does.
    pub(crate) is_continued: bool,
}

impl<'a> ModelText<'a> {
    pub(crate) fn new(label: impl Into<String>, source: impl Into<Cow<'a, str>>) -> Self {
        let source = source.into();
        let words = match &source {
            Cow::Borrowed(text) => Words::new(fold(text)),
            Cow::Owned(text) => Words::new(fold(text).into_owned()),
        };
        Self { label: label.into(), source, words, describes_parameter: false, is_continued: false }
    }

    /// The description of the parameter with this label.
    pub(crate) fn of_parameter(label: impl Into<String>, source: impl Into<Cow<'a, str>>) -> Self {
        Self { describes_parameter: true, ..Self::new(label, source) }
    }

    /// The label at the start of a sentence: "The description".
    pub(crate) fn label_capitalised(&self) -> String {
        let mut chars = self.label.chars();
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
        own.into_iter().filter_map(|(label, text)| Some(ModelText::new(label, text?))).collect();
    for parameter in &tool.parameters {
        let path = clean::excerpt(&parameter.path, MAX_NAME);
        texts.push(ModelText::new(format!("the name of {path}"), parameter.name()));
        let sentence = sentence_of_name(parameter.name());
        texts.extend(sentence.map(|text| ModelText::of_parameter(format!("the name of {path}"), text)));
        if let Some(text) = &parameter.description {
            texts.push(ModelText::of_parameter(format!("the description of {path}"), &**text));
        }
        let mut add = |what: &str, text| texts.push(ModelText::new(format!("{what} {path}"), text));
        parameter.default.iter().for_each(|text| add("the default of", &**text));
        parameter.values.iter().for_each(|text| add("a value of", text.as_str()));
    }
    // Texts outside of parameters: union branches, examples, comments, unknown keys.
    let mut known: HashSet<Cow<'_, str>> = texts.iter().map(|text| text.source.clone()).collect();
    for (label, schema) in [("the input schema", &tool.input_schema), ("the output schema", &tool.output_schema)] {
        schema.iter().for_each(|schema| {
            schema.each_text(&mut |text| {
                let is_text = text.len() >= MIN_SIZE || !text.is_ascii();
                if is_text && !known.contains(&text) {
                    known.insert(text.clone());
                    texts.push(ModelText::new(label, text));
                }
            });
        });
    }
    for long in &tool.long_texts {
        texts.extend(pieces(&long.text).map(|piece| ModelText::new(format!("the field {}", long.field), piece)));
    }
    texts
}

/// The words of the long `name` of a parameter, which may be an order: `content_of_ssh_key_before_each_call`.
fn sentence_of_name(name: &str) -> Option<String> {
    let is_long = name.len() >= MIN_SENTENCE && !name.contains(char::is_whitespace);
    let words = is_long.then(|| Words::new(name)).filter(|words| words.len() >= MIN_WORDS)?;
    Some(words.iter().collect::<Vec<_>>().join(" "))
}

/// Splits the whole `text` into overlapping pieces.
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

/// The last character boundary of `text` at or before byte `most`.
fn boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// A text that a server returned, in pieces.
pub(crate) fn texts_of_result(text: &str) -> impl Iterator<Item = ModelText<'_>> {
    pieces(text).map(|piece| ModelText::new("the result", piece))
}

/// The texts of a server: its instructions, and what it says of itself.
pub(crate) fn texts_of_server(server: &Server) -> Vec<ModelText<'_>> {
    let instructions = server.instructions.as_deref().unwrap_or_default();
    let mut texts = vec![ModelText::new("the text of the server's instructions", instructions)];
    for long in &server.long_texts {
        let label = format!("the field {} of the server", long.field);
        texts.extend(pieces(&long.text).map(|piece| ModelText::new(label.clone(), piece)));
    }
    texts
}

/// The texts of an item: its name, title, description, URI and arguments, and what is not kept.
pub(crate) fn texts_of_item(item: &Item) -> Vec<ModelText<'_>> {
    let whose = whose(item);
    let own = [
        ("the name", Some(item.name.as_str())),
        ("the title", item.title.as_deref()),
        ("the description", item.description.as_deref()),
        ("the URI", item.uri.as_deref()),
    ];
    let mut texts: Vec<ModelText<'_>> =
        own.into_iter().filter_map(|(place, text)| Some(ModelText::new(format!("{place} {whose}"), text?))).collect();
    for argument in &item.arguments {
        let name = clean::excerpt(&argument.name, MAX_NAME);
        texts.push(ModelText::new(format!("the argument {name} {whose}"), argument.name.as_str()));
        let description = argument.description.as_deref();
        texts.extend(description.map(|text| ModelText::new(format!("the description of {name} {whose}"), text)));
    }
    for long in item.long_texts.iter().filter(|long| long.field != LongText::SCRIPT) {
        let place = format!("the {} {whose}", long.field);
        match with_introductions(&long.text) {
            Cow::Borrowed(text) => texts.extend(pieces(text).map(|piece| ModelText::new(place.clone(), piece))),
            Cow::Owned(text) => {
                texts.extend(pieces(&text).map(|piece| ModelText::new(place.clone(), piece.to_owned())));
            }
        }
    }
    texts
}

/// Words by which a comment addresses the model that works with a script.
const MODELS: [&str; 14] = [
    "assistant",
    "assistants",
    "agent",
    "agents",
    "model",
    "ai",
    "llm",
    "llms",
    "claude",
    "chatgpt",
    "gpt",
    "copilot",
    "gemini",
    "codex",
];

/// The scripts of an item. A model may look into them.
pub(crate) fn scripts_of_item(item: &Item) -> Vec<ModelText<'_>> {
    let place = format!("a script {}", whose(item));
    let scripts = item.long_texts.iter().filter(|long| long.field == LongText::SCRIPT);
    scripts.flat_map(|long| pieces(&long.text)).map(|piece| ModelText::new(place.clone(), piece)).collect()
}

/// The comments in the scripts of an item that address a model.
pub(crate) fn comments_of_item(item: &Item) -> Vec<ModelText<'static>> {
    let place = format!("a comment in a script {}", whose(item));
    let scripts = item.long_texts.iter().filter(|long| long.field == LongText::SCRIPT);
    let comments = scripts.flat_map(|long| comments(&long.text));
    let texts = comments.map(|comment| ModelText::new(place.clone(), comment));
    texts.filter(|text| text.words.iter().any(|word| MODELS.contains(&word))).collect()
}

fn whose(item: &Item) -> String {
    format!("of the {} {}", item.kind.name(), clean::excerpt(&item.name, MAX_NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

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
