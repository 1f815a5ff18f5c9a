//! The lock as a file: YAML, because it is read and merged by people, a line for each thing said; JSON would need
//! commas that make neighbours conflict, and TOML repeats the path of each table.

use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Lock, LockedServer, LockedTool};
use crate::text::clean::is_unsafe;
use crate::text::{digest, quote};

/// The version of the file's form.
pub const VERSION: u32 = 1;

const HEAD: &str = "\
# What was approved, written by `mcp-scan lock`; `mcp-scan diff` tells what has changed since. Keep it under version
# control. Entries are sealed: write them anew instead of editing them.
";

/// A lock that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct LockError {
    /// What is wrong, with line and column.
    pub why: String,
    /// What to try.
    pub hint: String,
}

/// What is read of any version.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    servers: Vec<LockedServer>,
}

impl Lock {
    /// The file: the same lock gives the same bytes.
    pub fn write(&self) -> String {
        let file = File { version: VERSION, servers: self.servers.clone() };
        let value = serde_json::to_value(file).unwrap_or_default();
        let options = serde_saphyr::ser_options! { compact_list_indent: false };
        let yaml =
            serde_saphyr::to_string_with_options(&Visible(&value), options).expect("a lock can be written as YAML");
        format!("{HEAD}{}", quote::yaml_flow(&yaml))
    }

    /// Reads the content of a file.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let again = || "write it anew with `mcp-scan lock`, or take it from version control".to_owned();
        if let Some(line) = line_of(text, |line| line.starts_with("<<<<<<< ") || line == "=======") {
            let why = format!("line {line}: the marks of a conflict between two versions stand in it");
            return Err(LockError {
                why,
                hint: "keep the entries of both sides, or write it anew with `mcp-scan lock`".into(),
            });
        }
        let wrong = |why: String| LockError { why, hint: again() };
        let file: Result<File, String> = read(text);
        // What other versions hold is not known, but for their number.
        let version = file.as_ref().map_or_else(|_| read(text).map(|head: Head| head.version), |file| Ok(file.version));
        let version = version.map_err(wrong)?;
        if version != VERSION {
            let line = line_of(text, |line| line.starts_with("version:")).unwrap_or(1);
            let why = format!("line {line}: it is of version {version}, and this program knows version {VERSION}");
            return Err(LockError { why, hint: "use the version of mcp-scan that wrote it, or write it anew".into() });
        }
        let lock = Self::sorted(file.map_err(wrong)?.servers);
        match lock.broken_seal() {
            Some((seal, name)) => {
                let line = line_of(text, |line| line.trim_end().ends_with(seal)).unwrap_or(1);
                Err(wrong(format!("line {line}: the entry of {name} was edited, for its seal does not fit it")))
            }
            None => Ok(lock),
        }
    }

    /// The first seal that does not fit, and whose it is.
    fn broken_seal(&self) -> Option<(&str, &str)> {
        for server in &self.servers {
            if server.expected_seal() != server.seal {
                return Some((&server.seal, &server.name));
            }
            let broken = |tool: &&LockedTool| seal(*tool) != tool.seal;
            if let Some(tool) = server.tools.iter().find(broken) {
                return Some((&tool.seal, &tool.name));
            }
        }
        None
    }
}

/// The digest over all of `entry` but its seal: it shows an edit or a careless merge, and keeps nobody out.
pub fn seal(entry: &impl Serialize) -> String {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.remove("seal");
    }
    digest::of_json(&value)
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! {
        // A lock may hold all tools of many servers; the text itself is already in memory.
        budget: serde_saphyr::budget! { max_nodes: 100_000_000, max_events: 400_000_000, max_total_scalar_bytes: 1 << 30 },
        emit_comments: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}

fn line_of(text: &str, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    text.lines().position(is_it).map(|at| at + 1)
}

/// A value of which every text that holds something invisible is in double quotes, where it can be escaped.
struct Visible<'a>(&'a Value);

impl Serialize for Visible<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if text.contains(is_unsafe) => serde_saphyr::DoubleQuoted(text).serialize(serializer),
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&Visible(item)))?;
                list.end()
            }
            Value::Object(map) => entries(map, serializer),
            plain => plain.serialize(serializer),
        }
    }
}

/// The keys are ours: fields, and ids of rules.
fn entries<S: Serializer>(map: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut entries = serializer.serialize_map(Some(map.len()))?;
    map.iter().try_for_each(|(key, value)| entries.serialize_entry(key, &Visible(value)))?;
    entries.end()
}
