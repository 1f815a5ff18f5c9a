//! The texts that a model reads: what hides in them, and what they tell it to do.

use std::collections::HashSet;

use serde_json::Value;

use super::characters::{self, code};
use crate::model::Tool;
use crate::rules::{FindingRule, Found};
use crate::text::clean;
use crate::text::words::Words;

/// Most characters of a quotation.
const MAX_QUOTE: usize = 120;
/// Deepest nesting of a schema that is read for texts.
const MAX_DEPTH: usize = 32;
/// Most words between a tool's name and the phrase that speaks of it.
const NEAR: usize = 6;

/// The texts of one definition, with their words, read once for all rules.
pub struct Texts<'a> {
    texts: Vec<(String, Words<'a>)>,
}

impl<'a> Texts<'a> {
    /// Those of a tool: its name, title and description, and what its schema says of each parameter.
    pub fn of_tool(tool: &'a Tool) -> Self {
        let own = [
            ("the name", Some(tool.name.as_str())),
            ("the title", tool.title.as_deref()),
            ("the title", tool.annotations.title.as_deref()),
            ("the description", tool.description.as_deref()),
        ];
        let own = own.into_iter().filter_map(|(place, text)| Some((place.to_owned(), text?)));
        let parameters = tool.parameters.iter().flat_map(|parameter| {
            let of = move |what: &str| format!("{what} {}", clean::excerpt(&parameter.path, MAX_QUOTE));
            let name = std::iter::once((of("the name of"), parameter.name()));
            let description = parameter.description.as_deref().map(|text| (of("the description of"), text));
            let default = parameter.default.as_deref().map(|text| (of("the default of"), text));
            let values = parameter.values.iter().map(move |text| (of("a value of"), text.as_str()));
            name.chain(description).chain(default).chain(values)
        });
        // A parameter has one description, and its schema may have one in each branch of a union.
        let mut all = Vec::new();
        tool.input_schema.iter().for_each(|schema| described(schema.value(), MAX_DEPTH, &mut all));
        let known: HashSet<&str> = tool.parameters.iter().filter_map(|p| p.description.as_deref()).collect();
        let others = all.into_iter().filter(|text| !known.contains(text.as_str()));
        let others = others.map(|text| ("the input schema".to_owned(), Words::of(text)));
        let texts = own.chain(parameters).map(|(place, text)| (place, Words::of(text)));
        Self { texts: texts.chain(others).collect() }
    }

    /// That of a server's instructions.
    pub fn of_instructions(instructions: &'a str) -> Self {
        Self { texts: vec![("the server's instructions".into(), Words::of(instructions))] }
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
        let (place, c) = self.texts.iter().find_map(|(place, words)| Some((place, find(words.source())?)))?;
        Some(format!("{} {does} {}.", capital(place), code(c)))
    }

    /// The first phrase of `rule`, with the words around it. A phrase in quotes is spoken of, not said.
    pub fn phrase(&self, rule: &FindingRule) -> Option<String> {
        self.texts.iter().find_map(|(place, words)| {
            let said = |from: usize| !words.gap_before(from).ends_with(['"', '\'', '`', '\u{201c}', '\u{2018}']);
            let goes_on = |to: usize| {
                let next = words.get(to + 1);
                words.gap_after(to) == " " && rule.entry.unless_next.iter().any(|word| word == next)
            };
            let found = rule
                .phrases
                .find(words)
                .into_iter()
                .find(|found| found.owner && said(found.from) && !goes_on(found.to))?;
            let quote = clean::excerpt(words.text(found.from, found.to), MAX_QUOTE);
            Some(format!("{} says \"{quote}\".", capital(place)))
        })
    }

    /// Where a pattern of `rule` matches what is no placeholder; what matches is not repeated, it may be a secret.
    pub fn pattern(&self, rule: &FindingRule) -> Option<String> {
        let (place, _) = self.texts.iter().find(|(_, words)| rule.matches(words.source()))?;
        Some(format!("{} {}.", capital(place), rule.entry.found))
    }

    /// The first place where a tool of another server, as `named` finds it, is named close to a phrase of `rule`.
    pub fn steers(
        &self,
        rule: &FindingRule,
        named: impl Fn(&Words<'_>) -> Option<Found<usize>>,
    ) -> Option<(String, usize)> {
        self.texts.iter().find_map(|(place, words)| {
            let tool = named(words)?;
            let near = |found: &Found<bool>| found.from <= tool.to + NEAR && tool.from <= found.to + NEAR;
            let order = rule.phrases.find(words).into_iter().find(|found| found.owner && near(found))?;
            let quote = clean::excerpt(words.text(order.from.min(tool.from), order.to.max(tool.to)), MAX_QUOTE);
            Some((format!("{} says \"{quote}\".", capital(place)), tool.owner))
        })
    }
}

/// The descriptions and titles anywhere in `schema`.
fn described(schema: Value, depth: usize, found: &mut Vec<String>) {
    let inner = |value: Value, found: &mut Vec<String>| {
        if let Some(depth) = depth.checked_sub(1) {
            described(value, depth, found);
        }
    };
    match schema {
        Value::Object(map) => map.into_iter().for_each(|(key, value)| match value {
            Value::String(text) if key == "description" || key == "title" => found.push(text),
            _ => inner(value, found),
        }),
        Value::Array(items) => items.into_iter().for_each(|item| inner(item, found)),
        _ => {}
    }
}

/// `text` with a capital first letter; it begins with one of our own words.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
