//! The texts that a model reads: what hides in them, and what they tell it to do.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::characters::{self, code};
use crate::model::{Schema, Tool};
use crate::rules::{FindingRule, Found};
use crate::text::clean;
use crate::text::fold::fold;
use crate::text::words::Words;

/// Most characters of a quotation.
const MAX_QUOTE: usize = 120;
/// Deepest nesting of a schema that is read for texts.
const MAX_DEPTH: usize = 32;
/// Fewest bytes of a schema's text that is looked at: shorter ones are types and formats.
const MIN_SIZE: usize = 8;
/// Most words from a quotation back to what tells that it is spoken of.
const INTRODUCED: usize = 30;
/// Most words between a tool's name and the phrase that speaks of it.
const NEAR: usize = 6;

/// The texts of one definition, with their words, read once for all rules.
pub struct Texts<'a>(Vec<Text<'a>>);

/// One text.
struct Text<'a> {
    /// Where it stands: "the description".
    place: String,
    /// As it was sent.
    source: Cow<'a, str>,
    /// As it reads, in words.
    words: Words<'a>,
}

impl<'a> Text<'a> {
    fn new(place: impl Into<String>, source: impl Into<Cow<'a, str>>) -> Self {
        let source = source.into();
        let words = match &source {
            Cow::Borrowed(text) => Words::of(fold(text)),
            Cow::Owned(text) => Words::of(fold(text).into_owned()),
        };
        Self { place: place.into(), source, words }
    }
}

impl<'a> Texts<'a> {
    /// Those of a tool: its name, title and description, and every text of its schemas.
    pub fn of_tool(tool: &'a Tool) -> Self {
        let own = [
            ("the name", Some(tool.name.as_str())),
            ("the title", tool.title.as_deref()),
            ("the title", tool.annotations.title.as_deref()),
            ("the description", tool.description.as_deref()),
        ];
        let mut texts: Vec<Text<'a>> =
            own.into_iter().filter_map(|(place, text)| Some(Text::new(place, text?))).collect();
        for parameter in &tool.parameters {
            let path = clean::excerpt(&parameter.path, MAX_QUOTE);
            let mut add = |what: &str, text: &'a str| texts.push(Text::new(format!("{what} {path}"), text));
            add("the name of", parameter.name());
            parameter.description.iter().for_each(|text| add("the description of", text));
            parameter.default.iter().for_each(|text| add("the default of", text));
            parameter.values.iter().for_each(|text| add("a value of", text));
        }
        // What the parameters do not tell: branches of a union, examples, comments, keys of the author's own.
        let mut known: HashSet<String> = texts.iter().map(|text| text.source.to_string()).collect();
        for (place, schema) in [("the input schema", &tool.input_schema), ("the output schema", &tool.output_schema)] {
            let mut all = Vec::new();
            schema.iter().for_each(|schema| collect(Schema::value(schema), MAX_DEPTH, &mut all));
            let others = all.into_iter().filter(|text| known.insert(text.clone()));
            texts.extend(others.map(|text| Text::new(place, text)));
        }
        Self(texts)
    }

    /// That of a server's instructions.
    pub fn of_instructions(instructions: &'a str) -> Self {
        Self(vec![Text::new("the text of the server's instructions", instructions)])
    }

    /// Text that a person is not shown.
    pub fn hidden(&self) -> Option<String> {
        self.character("hides text behind", characters::hidden)
    }

    /// Characters without a width.
    pub fn invisible(&self) -> Option<String> {
        self.character("holds the invisible", characters::invisible)
    }

    fn character(&self, does: &str, find: fn(&str) -> Option<char>) -> Option<String> {
        let (text, c) = self.0.iter().find_map(|text| Some((text, find(&text.source)?)))?;
        Some(format!("{} {does} {}.", capital(&text.place), code(c)))
    }

    /// The first phrase of `rule`, with the words around it.
    pub fn phrase(&self, rule: &FindingRule) -> Option<String> {
        self.0.iter().find_map(|Text { place, words, .. }| {
            let goes_on = |to: usize| {
                let next = words.get(to + 1);
                words.gap_after(to) == " " && rule.entry.unless_next.iter().any(|word| word == next)
            };
            let found = rule
                .phrases
                .find(words)
                .into_iter()
                .find(|found| found.owner && !goes_on(found.to) && !is_spoken_of(rule, words, found))?;
            let quote = clean::excerpt(words.text(found.from, found.to), MAX_QUOTE);
            Some(format!("{} says \"{quote}\".", capital(place)))
        })
    }

    /// Where a pattern of `rule` matches what is no placeholder; what matches is not repeated, it may be a secret.
    pub fn pattern(&self, rule: &FindingRule) -> Option<String> {
        let text = self.0.iter().find(|text| rule.matches(text.words.source()))?;
        Some(format!("{} {}.", capital(&text.place), rule.entry.found))
    }

    /// The first place where a tool of another server, as `named` finds it, is named close to a phrase of `rule`.
    pub fn steers(
        &self,
        rule: &FindingRule,
        named: impl Fn(&Words<'_>) -> Option<Found<usize>>,
    ) -> Option<(String, usize)> {
        self.0.iter().find_map(|Text { place, words, .. }| {
            let tool = named(words)?;
            let near = |found: &Found<bool>| found.from <= tool.to + NEAR && tool.from <= found.to + NEAR;
            let order = rule.phrases.find(words).into_iter().find(|found| found.owner && near(found))?;
            let quote = clean::excerpt(words.text(order.from.min(tool.from), order.to.max(tool.to)), MAX_QUOTE);
            Some((format!("{} says \"{quote}\".", capital(place)), tool.owner))
        })
    }
}

/// True when the phrase stands in a quotation that is closed, and a word before it in its sentence tells that it is an
/// example of what is meant.
fn is_spoken_of(rule: &FindingRule, words: &Words<'_>, found: &Found<bool>) -> bool {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let Some(quote) = words.gap_before(found.from).chars().last().filter(|c| QUOTES.contains(c)) else { return false };
    let closed = (found.to..words.len()).find_map(|at| {
        words.gap_after(at).find([quote, '\n'].as_slice()).map(|place| words.gap_after(at)[place..].starts_with(quote))
    });
    let sentence = (1..=INTRODUCED.min(found.from))
        .map(|back| found.from - back)
        .take_while(|at| !words.gap_after(*at).contains(['.', '!', '?', '\n']));
    let mut introduced = sentence.map(|at| words.get(at));
    closed == Some(true) && introduced.any(|word| rule.entry.quoted_after.iter().any(|by| by == word))
}

/// The texts anywhere in `schema`, names of properties too.
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
        _ => {}
    }
}

/// `text` with a capital first letter; it begins with one of our own words.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
