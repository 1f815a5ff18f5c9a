//! Finds the positions of tools in a saved listing.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits::MAX_DOCUMENT;
use crate::model::Position;

/// Maximum nesting of listings in the supported formats: a response in an array.
const MAX_DEPTH: usize = 4;

/// The positions of the tools in the listing at `path`, by name and in order. Empty if it cannot be read as text.
pub(crate) fn by_tool(path: &Path) -> HashMap<String, Vec<Position>> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_DOCUMENT).read_to_string(&mut text));
    if read.is_err() { HashMap::new() } else { in_text(&text) }
}

fn in_text(text: &str) -> HashMap<String, Vec<Position>> {
    let mut walk = Walk { offset: text.as_ptr() as usize, found: HashMap::new() };
    match parsed(text.trim_start_matches('\u{feff}')) {
        Some(document) => walk.document(document, 0),
        None => text.lines().filter_map(parsed).for_each(|line| walk.document(line, 0)),
    }
    let ends: Vec<usize> = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1).collect();
    let positions = |offsets: Vec<usize>| offsets.into_iter().map(|at| position(text, &ends, at)).collect();
    walk.found.into_iter().map(|(name, offsets)| (name, positions(offsets))).collect()
}

/// The line and column of byte `at`. `ends` holds the start offset of every line but the first.
fn position(text: &str, ends: &[usize], at: usize) -> Position {
    let line = ends.partition_point(|&start| start <= at);
    let start = line.checked_sub(1).map_or(0, |before| ends[before]);
    Position { line: line as u64 + 1, column: text[start..at].chars().count() as u64 + 1 }
}

fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Walks the raw JSON values. They borrow from the document, so their addresses give their offsets.
struct Walk {
    /// The address of the document's first byte.
    offset: usize,
    /// The byte offsets of the tools of each name.
    found: HashMap<String, Vec<usize>>,
}

impl Walk {
    fn document(&mut self, raw: &RawValue, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(items) = parsed::<Vec<&RawValue>>(raw.get()) {
            items.into_iter().for_each(|item| self.document(item, depth + 1));
        } else if let Some(map) = parsed::<HashMap<String, &RawValue>>(raw.get()) {
            if let Some(tools) = map.get("tools") {
                self.tools(tools);
            } else if let Some(inner) = map.get("result").or_else(|| map.get("servers")) {
                self.document(inner, depth + 1);
            } else {
                self.tool(raw);
            }
        }
    }

    /// Walks the value of `tools`: an array, or an object keyed by tool name.
    fn tools(&mut self, raw: &RawValue) {
        if let Some(items) = parsed::<Vec<&RawValue>>(raw.get()) {
            items.into_iter().for_each(|item| self.tool(item));
        } else if let Some(map) = parsed::<HashMap<String, &RawValue>>(raw.get()) {
            map.into_iter().for_each(|(name, tool)| self.add_tool(name, tool));
        }
    }

    fn tool(&mut self, raw: &RawValue) {
        #[derive(Deserialize)]
        struct ServerEntry {
            name: String,
        }
        if let Some(ServerEntry { name }) = parsed(raw.get()) {
            self.add_tool(name, raw);
        }
    }

    fn add_tool(&mut self, name: String, raw: &RawValue) {
        self.found.entry(name).or_default().push(raw.get().as_ptr() as usize - self.offset);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str, tool: &str) -> Option<(u64, u64)> {
        in_text(text).get(tool).map(|offsets| (offsets[0].line, offsets[0].column))
    }

    #[test]
    fn tools_are_found_in_every_form() {
        for (text, expected) in [
            ("{\"tools\": [{\"name\": \"a\"},\n  {\"name\": \"b\"}]}", (2, 3)),
            ("{\"result\": {\"tools\": [\n{\"name\": \"b\"}, {\"name\": \"b\"}]}}", (2, 1)),
            ("[\n {\"name\": \"é\"}, {\"name\": \"b\"}]", (2, 17)),
            ("[{\"serverInfo\": {\"name\": \"b\"}, \"tools\": [\n\t{\"name\": \"b\"}]}]", (2, 2)),
            ("{\"name\": \"a\"}\nbroken\n{\"server\": \"s\", \"name\": \"b\"}\n", (3, 1)),
            ("\u{feff}{\"name\": \"b\"}", (1, 2)),
            ("{\"tools\": {\n \"b\": {}}}", (2, 7)),
            (
                "{\"schema_version\": \"1.0\", \"servers\": [{\"name\": \"s\", \"tools\": [{\"name\": \"b\"}]}]}",
                (1, 63),
            ),
        ] {
            assert_eq!(at(text, "b"), Some(expected), "{text}");
        }
        assert_eq!(at(&"[".repeat(100_000), "b"), None);
    }

    proptest! {
        #[test]
        fn a_place_is_where_the_tool_begins(names in prop::collection::vec("\\PC{1,8}", 1..6), gap in "[ \n\t]{0,5}") {
            let tools: Vec<String> = names.iter().map(|name| serde_json::json!({ "name": name }).to_string()).collect();
            let text = format!("{gap}{{\"tools\":{gap}[{gap}{}]}}", tools.join(&format!(",{gap}")));
            let mut found = in_text(&text);
            for (name, tool) in names.iter().zip(&tools) {
                let Position { line, column } = found.get_mut(name).unwrap().remove(0);
                let line = text.split('\n').nth(line as usize - 1).unwrap();
                let rest: String = line.chars().skip(column as usize - 1).collect();
                prop_assert!(rest.starts_with(tool.as_str()));
            }
            prop_assert!(found.values().all(Vec::is_empty), "each tool has a place of its own");
        }
    }
}
