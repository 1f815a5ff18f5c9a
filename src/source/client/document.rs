//! One configuration file as data, with the places of its keys.

use std::path::Path;

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::error::SyntaxCause;
use crate::text::json::STRICT;

/// How a configuration is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, with comments and trailing commas.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// The format that the ending of `path` tells.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "json" | "jsonc" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// A parsed file.
pub struct Document<'a> {
    /// What it says.
    pub value: Value,
    text: &'a str,
    places: Places<'a>,
}

/// What the parser tells of places.
enum Places<'a> {
    Json(ast::Value<'a>),
    Toml(DeTable<'a>),
    Unknown,
}

impl<'a> Document<'a> {
    /// Parses `text`; an error says line and column, and nothing of what stands there, which may be a secret.
    pub fn parse(text: &'a str, format: Format) -> Result<Self, SyntaxCause> {
        let (value, places) = match format {
            Format::Json => {
                let ast = jsonc(text)?;
                (ast.clone().into(), Places::Json(ast))
            }
            Format::Toml => {
                let told = |cause: toml::de::Error| of_toml(text, &cause);
                let table = DeTable::parse(text).map_err(told)?.into_inner();
                (toml::from_str(text).map_err(told)?, Places::Toml(table))
            }
            Format::Yaml => (serde_saphyr::from_str(text).map_err(|cause| of_yaml(&cause))?, Places::Unknown),
        };
        Ok(Self { value, text, places })
    }

    /// Line and column, from 1, of the key, or the item of a list, that `keys` lead to; only where the parser tells.
    pub fn position(&self, keys: &[&str]) -> Option<(usize, usize)> {
        let start = match &self.places {
            Places::Json(ast) => in_json(ast, keys)?,
            Places::Toml(table) => in_toml(table, keys)?,
            Places::Unknown => return None,
        };
        Some(line_and_column(self.text, start))
    }
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn in_json(mut value: &ast::Value<'_>, keys: &[&str]) -> Option<usize> {
    let mut start = None;
    for key in keys {
        (value, start) = if let Some(list) = value.as_array() {
            let item = list.elements.get(key.parse::<usize>().ok()?)?;
            (item, Some(item.start()))
        } else {
            let property = value.as_object()?.properties.iter().rev().find(|it| it.name.as_str() == *key)?;
            (&property.value, Some(property.range.start))
        };
    }
    start
}

fn in_toml(table: &DeTable<'_>, keys: &[&str]) -> Option<usize> {
    let (first, rest) = keys.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    if rest.is_empty() {
        return Some(key.span().start);
    }
    match value.get_ref() {
        DeValue::Table(below) => in_toml(below, rest),
        _ => None,
    }
}

fn jsonc(text: &str) -> Result<ast::Value<'_>, SyntaxCause> {
    let options = ParseOptions { allow_comments: true, allow_trailing_commas: true, ..STRICT };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|cause| {
        let what = cause.kind().to_string().to_lowercase();
        SyntaxCause::Json { what, line: cause.line_display(), column: cause.column_display() }
    })?;
    parsed.value.ok_or(SyntaxCause::Empty)
}

fn of_toml(text: &str, cause: &toml::de::Error) -> SyntaxCause {
    let (line, column) = line_and_column(text, cause.span().map_or(0, |span| span.start));
    SyntaxCause::Toml { what: cause.message().to_owned(), line, column }
}

fn of_yaml(cause: &serde_saphyr::Error) -> SyntaxCause {
    let position =
        cause.location().map_or_else(String::new, |at| format!(" at line {} column {}", at.line(), at.column()));
    SyntaxCause::Yaml { position }
}
