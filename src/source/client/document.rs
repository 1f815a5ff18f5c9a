//! A parsed configuration file with the positions of its keys.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::crushrc;
use super::error::SyntaxCause;
use super::jetbrains_xml;
use crate::text::json::STRICT;

/// Matches any key in a path to servers.
pub(crate) const ANY: &str = "*";

/// The file whose program reads JSON5 under the extension of JSON.
const LOOSE_FILE: &str = ".openclaw/openclaw.json";

/// The files in which JetBrains IDEs keep servers. Other XML is not read.
const XML_FILES: [&str; 2] = ["llm.mcpServers.xml", "workspace.xml"];

/// The format of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, with comments and trailing commas.
    Json,
    /// JSON as JavaScript writes it: names without quotes, texts in single quotes.
    Json5,
    Toml,
    Yaml,
    /// The XML of JetBrains IDEs.
    Xml,
    /// The shell script of Crush.
    Crushrc,
}

impl Format {
    /// The format for the extension of `path`.
    pub(crate) fn from_path(path: &Path) -> Option<Self> {
        if path.ends_with(LOOSE_FILE) {
            return Some(Self::Json5);
        }
        if path.file_name().is_some_and(|name| XML_FILES.iter().any(|known| name == *known)) {
            return Some(Self::Xml);
        }
        if path.file_name().is_some_and(|name| crushrc::NAMES.iter().any(|known| name == *known)) {
            return Some(Self::Crushrc);
        }
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "json" | "jsonc" | "code-workspace" | "hook" => Some(Self::Json),
            "json5" => Some(Self::Json5),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

pub(crate) struct Document {
    pub(crate) value: Value,
    positions: Positions,
    /// The paths of keys that stand twice in one object, and where they do so again.
    repeated: Vec<(Vec<String>, usize)>,
}

impl Document {
    /// Parses `text`. An error has line and column but no content, which may be a secret.
    pub(crate) fn parse(text: &str, format: Format) -> Result<Self, SyntaxCause> {
        let mut positions = Positions::new(text);
        let mut repeated = Vec::new();
        let value = match format {
            Format::Json | Format::Json5 => {
                let ast = jsonc(text, format == Format::Json5)?;
                positions.add_json(0, &ast);
                add_repeated(&ast, &mut Vec::new(), &mut repeated);
                ast.into()
            }
            Format::Toml => {
                let toml_error = |cause: toml::de::Error| of_toml(text, &cause);
                positions.add_toml(0, DeTable::parse(text).map_err(toml_error)?.get_ref());
                toml::from_str(text).map_err(toml_error)?
            }
            Format::Xml => {
                let (value, places) = jetbrains_xml::servers(text)?;
                let around = positions.add(0, "mcpServers", 0);
                for (name, start) in places {
                    positions.add(around, &name, start);
                }
                value
            }
            Format::Crushrc => {
                let (value, places) = crushrc::settings(text);
                let around = positions.add(0, "mcp", 0);
                for (name, start) in places {
                    positions.add(around, &name, start);
                }
                value
            }
            Format::Yaml => serde_saphyr::from_str(text).map_err(|cause| of_yaml(&cause))?,
        };
        Ok(Self { value, positions, repeated })
    }

    /// The first key on the way to what `paths` name, or below it, that stands twice in one object of JSON, with its line
    /// and column. [`ANY`] matches every key.
    pub(crate) fn repeated_key(&self, paths: &[&[&str]]) -> Option<(&str, usize, usize)> {
        let leads = |path: &&[&str], keys: &[String]| path.iter().zip(keys).all(|(own, key)| *own == ANY || own == key);
        let (keys, start) = self.repeated.iter().find(|(keys, _)| paths.iter().any(|path| leads(path, keys)))?;
        let (line, column) = self.positions.line_and_column(*start);
        Some((keys.last()?, line, column))
    }

    /// Line and column, from 1, of the key or list item at `keys`. `None` if the parser does not report positions.
    pub(crate) fn position(&self, keys: &[&str]) -> Option<(usize, usize)> {
        self.positions.find(keys)
    }
}

/// Adds the keys below `value`, which is at `path`, that stand twice in one object.
fn add_repeated(value: &ast::Value<'_>, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
    if let Some(list) = value.as_array() {
        for (at, item) in list.elements.iter().enumerate() {
            path.push(at.to_string());
            add_repeated(item, path, found);
            path.pop();
        }
    } else if let Some(object) = value.as_object() {
        let mut seen = HashSet::new();
        for property in &object.properties {
            path.push(property.name.as_str().to_owned());
            if !seen.insert(property.name.as_str()) {
                found.push((path.clone(), property.range.start));
            }
            add_repeated(&property.value, path, found);
            path.pop();
        }
    }
}

/// Size of the blocks for which characters are counted in advance, in bytes.
const STRETCH: usize = 1024;

/// The positions of all keys and list items, indexed so that each lookup is fast.
struct Positions {
    /// The byte offset of each line start.
    lines: Vec<usize>,
    /// The text, and the number of characters before each block.
    text: Vec<u8>,
    characters: Vec<usize>,
    count: usize,
    /// Maps (number of the parent value, key) to (number of the value, byte offset).
    found: HashMap<(usize, String), (usize, usize)>,
}

impl Positions {
    fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut before = 0;
        let characters = text.as_bytes().chunks(STRETCH).map(|stretch| {
            let here = before;
            before += characters_in(stretch);
            here
        });
        Self {
            lines: std::iter::once(0).chain(ends).collect(),
            text: text.as_bytes().to_owned(),
            characters: characters.collect(),
            count: 0,
            found: HashMap::new(),
        }
    }

    /// For duplicate keys, the last one counts.
    fn add(&mut self, around: usize, key: &str, start: usize) -> usize {
        self.count += 1;
        self.found.insert((around, key.to_owned()), (self.count, start));
        self.count
    }

    fn add_json(&mut self, around: usize, value: &ast::Value<'_>) {
        if let Some(list) = value.as_array() {
            for (at, item) in list.elements.iter().enumerate() {
                let number = self.add(around, &at.to_string(), item.start());
                self.add_json(number, item);
            }
        } else if let Some(object) = value.as_object() {
            for property in &object.properties {
                let number = self.add(around, property.name.as_str(), property.range.start);
                self.add_json(number, &property.value);
            }
        }
    }

    fn add_toml(&mut self, around: usize, table: &DeTable<'_>) {
        for (key, value) in table {
            let number = self.add(around, key.get_ref(), key.span().start);
            if let DeValue::Table(below) = value.get_ref() {
                self.add_toml(number, below);
            }
        }
    }

    fn find(&self, keys: &[&str]) -> Option<(usize, usize)> {
        let mut found = (0, None);
        for key in keys {
            let (number, start) = self.found.get(&(found.0, (*key).to_owned()))?;
            found = (*number, Some(*start));
        }
        Some(self.line_and_column(found.1?))
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|before| self.lines.get(before)).copied().unwrap_or(0);
        (line, self.characters_before(at) - self.characters_before(start) + 1)
    }

    /// The number of characters before byte `at`. Counts from the start of its block, because one line may hold the
    /// whole file.
    fn characters_before(&self, at: usize) -> usize {
        let stretch = at / STRETCH;
        let rest = self.text.get(stretch * STRETCH..at).unwrap_or_default();
        self.characters.get(stretch).copied().unwrap_or(0) + characters_in(rest)
    }
}

/// The number of characters that start in `bytes`.
fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// Parses JSON with comments, and with what JSON5 allows if `is_loose`.
pub(super) fn jsonc(text: &str, is_loose: bool) -> Result<ast::Value<'_>, SyntaxCause> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: is_loose,
        allow_single_quoted_strings: is_loose,
        allow_hexadecimal_numbers: is_loose,
        allow_unary_plus_numbers: is_loose,
        allow_bare_decimal_point_numbers: is_loose,
        allow_extended_string_escapes: is_loose,
        ..STRICT
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|cause| {
        let what = cause.kind().to_string().to_lowercase();
        SyntaxCause::Json { what, line: cause.line_display(), column: cause.column_display() }
    })?;
    parsed.value.ok_or(SyntaxCause::Empty)
}

fn of_toml(text: &str, cause: &toml::de::Error) -> SyntaxCause {
    let start = cause.span().map_or(0, |span| span.start);
    let (line, column) = Positions::new(text).line_and_column(start);
    SyntaxCause::Toml { what: cause.message().to_owned(), line, column }
}

fn of_yaml(cause: &serde_saphyr::Error) -> SyntaxCause {
    let position =
        cause.location().map_or_else(String::new, |at| format!(" at line {} column {}", at.line(), at.column()));
    SyntaxCause::Yaml { position }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_long_line_is_found_at_once() {
        let servers: Vec<String> = (0..60_000).map(|n| format!("\"é{n}\":{{\"args\":[\"a\",\"b\"]}}")).collect();
        let text = format!("{{\n\"servers\":{{{}}}}}", servers.join(","));
        let document = Document::parse(&text, Format::Json).unwrap();
        let since = std::time::Instant::now();
        for number in 0..60_000 {
            assert_eq!(document.position(&["servers", &format!("é{number}")]).unwrap().0, 2);
        }
        assert!(since.elapsed() < std::time::Duration::from_secs(10), "{:?}", since.elapsed());
        assert_eq!(document.position(&["servers", "é0"]), Some((2, 12)));
        assert_eq!(document.position(&["servers", "é1", "args", "1"]), Some((2, 12 + 24 + 18)));
        assert_eq!(document.position(&["servers", "é1", "args", "2"]), None);
    }

    #[test]
    fn a_key_that_stands_twice_is_known_on_the_way_to_servers_and_below() {
        let paths: &[&[&str]] = &[&["mcpServers"], &["projects", ANY, "mcpServers"]];
        for (text, key) in [
            (r#"{"mcpServers": {"a": {"command": "x"}, "\u0061": {"command": "y"}}}"#, Some("a")),
            (r#"{"mcpServers": {}, "mcpServers": {}}"#, Some("mcpServers")),
            (r#"{"mcpServers": {"a": {"env": {"X": "1", "X": "2"}}}}"#, Some("X")),
            (r#"{"projects": {"p": {"mcpServers": {"a": {"command": "x", "command": "y"}}}}}"#, Some("command")),
            (r#"{"projects": {"p": {"seen": 1, "seen": 2}}, "theme": 1, "theme": 2}"#, None),
        ] {
            let document = Document::parse(text, Format::Json).unwrap();
            assert_eq!(document.repeated_key(paths).map(|(key, ..)| key), key, "{text}");
        }
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let document = Document::parse("{\"a\":{\"x\":1},\n\"a\":{\"y\":2},\"b\":{\"x\":3}}", Format::Json).unwrap();
        assert_eq!(document.position(&["a"]), Some((2, 1)));
        assert_eq!(document.position(&["b", "x"]), Some((2, 18)));
        let document = Document::parse("[a.b]\nc = 1\n", Format::Toml).unwrap();
        assert_eq!(document.position(&["a", "b", "c"]), Some((2, 1)));
    }
}
