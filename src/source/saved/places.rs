//! Where a saved listing names its tools, told by the parser that reads it.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits::MAX_DOCUMENT;
use crate::model::Position;

/// How deep listings stand in one another in the forms that are read: a response in an array of them.
const MAX_DEPTH: usize = 4;

/// The places of the tools of each name in the listing at `path`, in their order; nothing when it cannot be read as text.
pub(crate) fn of_tools(path: &Path) -> HashMap<String, Vec<Position>> {
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
    let positions = |places: Vec<usize>| places.into_iter().map(|at| position(text, &ends, at)).collect();
    walk.found.into_iter().map(|(name, places)| (name, positions(places))).collect()
}

/// The position of the byte at `at`; `ends` holds where each line but the first begins.
fn position(text: &str, ends: &[usize], at: usize) -> Position {
    let line = ends.partition_point(|&start| start <= at);
    let start = line.checked_sub(1).map_or(0, |before| ends[before]);
    Position { line: line as u64 + 1, column: text[start..at].chars().count() as u64 + 1 }
}

fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The values of a document still are the text they stand in, so that their addresses tell where.
struct Walk {
    /// The address of the whole text.
    offset: usize,
    /// Where the tools of each name begin, in bytes.
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

    /// The value of a `tools`: an array, or tools by their names.
    fn tools(&mut self, raw: &RawValue) {
        if let Some(items) = parsed::<Vec<&RawValue>>(raw.get()) {
            items.into_iter().for_each(|item| self.tool(item));
        } else if let Some(map) = parsed::<HashMap<String, &RawValue>>(raw.get()) {
            map.into_iter().for_each(|(name, tool)| self.found_at(name, tool));
        }
    }

    fn tool(&mut self, raw: &RawValue) {
        #[derive(Deserialize)]
        struct ServerEntry {
            name: String,
        }
        if let Some(ServerEntry { name }) = parsed(raw.get()) {
            self.found_at(name, raw);
        }
    }

    fn found_at(&mut self, name: String, raw: &RawValue) {
        self.found.entry(name).or_default().push(raw.get().as_ptr() as usize - self.offset);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str, tool: &str) -> Option<(u64, u64)> {
        in_text(text).get(tool).map(|places| (places[0].line, places[0].column))
    }

    #[test]
    fn tools_are_found_in_every_form() {
        for (text, place) in [
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
            assert_eq!(at(text, "b"), Some(place), "{text}");
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
