//! The lock file. It is YAML because people read and merge it: one fact per line. JSON would need commas that cause
//! merge conflicts between neighbouring lines, and TOML repeats the path of each table.

use std::path::Path;
use std::{fs, io};

use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::entries::{FORMAT, Lock, LockedServer, LockedTool, seal};
use crate::model::{Failure, FailureCause};
use crate::text::clean::is_unsafe;
use crate::text::file::read_text;
use crate::text::os_error::in_words;
use crate::text::{quote, yaml};

/// The version of the file format.
pub(crate) const VERSION: u32 = FORMAT;
/// The oldest version that can be read: one without the fields that were added since.
const OLDEST: u32 = 1;

const HEAD: &str = "\
# What was approved, written by `mcp-scan lock`; `mcp-scan diff` tells what has changed since. Keep it under version
# control. Entries are sealed: write them anew instead of editing them.
";

/// Largest lock file in bytes.
const MAX_FILE: u64 = 256 << 20;

pub(crate) type LockError = Failure<LockCause>;

#[derive(Debug, Error)]
pub(crate) enum LockCause {
    /// An operating system error.
    #[error("{}", in_words(.0))]
    Io(#[from] io::Error),
    /// The file is larger than the limit.
    #[error("it has {0} bytes; at most {MAX_FILE} are read")]
    TooLarge(u64),
    /// The file contains merge conflict markers.
    #[error("line {line}: the marks of a conflict between two versions stand in it")]
    Conflict {
        /// The line of the first marker.
        line: usize,
    },
    /// The file is not YAML or not a lock.
    #[error("{}", yaml::message("lock", .0))]
    Syntax(#[from] serde_saphyr::Error),
    /// The file has another version.
    #[error("line {line}: it is of version {version}, and this program knows version {VERSION}")]
    Version {
        /// The line of the version.
        line: usize,
        version: u32,
    },
    /// The seal of an entry does not match its content.
    #[error("line {line}: the entry of {name} was edited, for its seal does not fit it")]
    Edited {
        /// The line of the seal.
        line: usize,
        /// The name of the server or tool.
        name: String,
    },
}

impl FailureCause for LockCause {
    fn attempt(&self) -> String {
        "could not read the lock".into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io(_) | Self::TooLarge(_) => "`mcp-scan lock TARGET...` writes it",
            Self::Conflict { .. } => "keep the entries of both sides, or write it anew with `mcp-scan lock`",
            Self::Syntax(_) | Self::Edited { .. } => {
                "write it anew with `mcp-scan lock`, or take it from version control"
            }
            Self::Version { .. } => "use the version of mcp-scan that wrote it, or write it anew",
        };
        Some(hint.into())
    }
}

/// The part of the file that every version has.
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
    /// The content of the file: the same lock gives the same bytes.
    pub(crate) fn write(&self) -> String {
        // Entries that an older version wrote stay as they are.
        let version = self.servers.iter().map(|server| server.lock_format).max().unwrap_or(OLDEST);
        let file = File { version, servers: self.servers.clone() };
        let value = serde_json::to_value(file).unwrap_or_default();
        let options = serde_saphyr::ser_options! { compact_list_indent: false };
        let yaml =
            serde_saphyr::to_string_with_options(&Visible(&value), options).expect("a lock can be written as YAML");
        format!("{HEAD}{}", quote::yaml_flow(&yaml))
    }

    pub(crate) fn load(path: &Path) -> Result<Self, LockError> {
        Self::read(path).map_err(|cause| LockError::new(path.display().to_string(), cause))
    }

    fn read(path: &Path) -> Result<Self, LockCause> {
        let length = fs::metadata(path)?.len();
        if length > MAX_FILE {
            return Err(LockCause::TooLarge(length));
        }
        Self::parse(&read_text(path)?)
    }

    /// Parses the content of a lock file.
    pub(crate) fn parse(text: &str) -> Result<Self, LockCause> {
        if let Some(line) = line_of(text, |line| line.starts_with("<<<<<<< ") || line == "=======") {
            return Err(LockCause::Conflict { line });
        }
        let file: Result<File, serde_saphyr::Error> = read(text);
        // Other versions may have other fields, so only the version is read.
        let version = match &file {
            Ok(file) => file.version,
            Err(_) => read::<Head>(text)?.version,
        };
        if !(OLDEST..=VERSION).contains(&version) {
            let line = line_of(text, |line| line.starts_with("version:")).unwrap_or(1);
            return Err(LockCause::Version { line, version });
        }
        let lock = Self::sorted(file?.servers);
        match lock.broken_seal() {
            Some((seal, name)) => {
                let line = line_of(text, |line| line.trim_end().ends_with(seal)).unwrap_or(1);
                Err(LockCause::Edited { line, name: name.to_owned() })
            }
            None => Ok(lock),
        }
    }

    /// The first seal that does not match, and the name of its server or tool.
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

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        // A lock may contain all tools of many servers. The text itself is already in memory.
        budget: serde_saphyr::budget! { max_nodes: 100_000_000, max_events: 400_000_000, max_total_scalar_bytes: 1 << 30 },
        emit_comments: false,
    };
    serde_saphyr::from_str_with_options(text, options)
}

fn line_of(text: &str, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    text.lines().position(is_it).map(|at| at + 1)
}

/// Serializes texts with invisible characters in double quotes, where YAML can escape them.
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

/// Keys need no escaping: they are field names and rule ids.
fn entries<S: Serializer>(map: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut entries = serializer.serialize_map(Some(map.len()))?;
    map.iter().try_for_each(|(key, value)| entries.serialize_entry(key, &Visible(value)))?;
    entries.end()
}
