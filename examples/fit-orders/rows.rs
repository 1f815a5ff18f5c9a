//! Labelled texts and tools of real servers, by the features of their sentences.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use mcp_scan::audit::sentence_features;
use mcp_scan::eval::{Part, family};
use mcp_scan::model::Tool;
use mcp_scan::orders::Siblings;
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};
use serde_json::Value;

/// The folder of our own labelled texts, in the repository.
const FOLDER: &str = "fixtures/poisoned/free";

/// A tool.
pub struct Row {
    /// The sample that it belongs to.
    pub set: String,
    /// True for an attack; `None` for a tool of a real server.
    pub label: Option<bool>,
    server: String,
    /// The indices of the features of each sentence.
    pub sentences: Vec<Vec<usize>>,
}

impl Row {
    /// The fold of its server.
    pub fn fold(&self, folds: usize) -> usize {
        hash(&self.server) % folds
    }
}

/// All rows, and the names of all features.
#[derive(Default)]
pub struct Rows {
    pub all: Vec<Row>,
    pub features: Vec<(&'static str, String)>,
    ids: HashMap<(&'static str, String), usize>,
}

/// A row of a file, before its siblings are known.
struct Line {
    server: String,
    tool: Tool,
    raw: Value,
}

impl Rows {
    /// Reads our own labelled texts and `files`.
    pub fn read(files: &[String], ruleset: &Ruleset) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
        paths.sort();
        paths.extend(files.iter().map(PathBuf::from));
        let mut lines = Vec::new();
        for path in paths {
            let saved =
                Saved::open(&Target::File(path.clone())).map_err(|error| format!("{}: {error:?}", path.display()))?;
            lines.extend(saved.lines().map(|line| Line {
                server: line.server.unwrap_or_default(),
                tool: line.tool,
                raw: line.raw,
            }));
        }
        let mut rows = Self::default();
        // Labelled texts first: a feature that none of them has teaches nothing.
        for line in lines.iter().filter(|line| label(&line.raw).is_some()) {
            let names = siblings(&line.raw);
            let set = line.raw.get("set").and_then(Value::as_str).unwrap_or("labelled");
            let server = format!("{set} {}", line.server);
            rows.add(line, set, server, &Siblings::new(names.iter().map(String::as_str)), ruleset);
        }
        let real =
            || lines.iter().filter(|line| label(&line.raw).is_none() && Part::of_server(&line.server) != Part::Sealed);
        let mut by_server: HashMap<&str, Vec<&str>> = HashMap::new();
        for line in real() {
            by_server.entry(&line.server).or_default().push(&line.tool.name);
        }
        let mut seen = HashSet::new();
        for line in real() {
            if seen.insert((&line.tool.name, &line.tool.description)) {
                let siblings = Siblings::new(by_server[line.server.as_str()].iter().copied());
                rows.add(line, "real", family(&line.server), &siblings, ruleset);
            }
        }
        Ok(rows)
    }

    fn add(&mut self, line: &Line, set: &str, server: String, siblings: &Siblings<'_>, ruleset: &Ruleset) {
        let label = label(&line.raw);
        let mut sentences = Vec::new();
        for features in sentence_features(&line.tool, siblings, ruleset) {
            let mut ids: Vec<usize> =
                features.into_iter().filter_map(|feature| self.id(feature, label.is_some())).collect();
            ids.sort_unstable();
            ids.dedup();
            sentences.push(ids);
        }
        self.all.push(Row { set: set.to_owned(), label, server, sentences });
    }

    /// The index of a feature; a new one only if `grows`.
    fn id(&mut self, feature: (&'static str, String), grows: bool) -> Option<usize> {
        if !grows {
            return self.ids.get(&feature).copied();
        }
        let next = self.features.len();
        let id = *self.ids.entry(feature.clone()).or_insert(next);
        if id == next {
            self.features.push(feature);
        }
        Some(id)
    }
}

/// True for an attack, false for an honest text; `None` for a tool of a real server.
fn label(row: &Value) -> Option<bool> {
    match row.get("label").and_then(Value::as_str) {
        Some("poisoned") => Some(true),
        Some("clean") => Some(false),
        Some(_) | None => None,
    }
}

/// The names of the other tools of the server of a labelled row.
fn siblings(row: &Value) -> Vec<String> {
    let name = |tool: &Value| {
        let name = ["name", "tool"].into_iter().find_map(|key| tool.get(key)).unwrap_or(tool);
        name.as_str().map(str::to_owned)
    };
    row.get("siblings").and_then(Value::as_array).into_iter().flatten().filter_map(name).collect()
}

/// A number that is the same in every run.
fn hash(text: &str) -> usize {
    text.bytes().fold(5_381_usize, |hash, byte| hash.wrapping_mul(33) ^ usize::from(byte))
}
