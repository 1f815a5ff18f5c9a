//! The lock as a file: YAML, because it is read and merged by people, a line for each thing said; JSON would need
//! commas that make neighbours conflict, and TOML repeats the path of each table.

use std::path::Path;
use std::{fs, io};

use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::entries::{Lock, LockedServer, LockedTool, seal};
use crate::model::{Failure, FailureCause};
use crate::text::clean::is_unsafe;
use crate::text::file::read_text;
use crate::text::quote;

/// The version of the file's form.
pub(crate) const VERSION: u32 = 1;

const HEAD: &str = "\
# What was approved, written by `mcp-scan lock`; `mcp-scan diff` tells what has changed since. Keep it under version
# control. Entries are sealed: write them anew instead of editing them.
";

/// Largest lock that is read, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// A lock that cannot be used.
pub(crate) type LockError = Failure<LockCause>;

/// Why a lock cannot be used.
#[derive(Debug, Error)]
pub(crate) enum LockCause {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A file over the limit.
    #[error("it has {0} bytes; at most {MAX_FILE} are read")]
    TooLarge(u64),
    /// A merge that was not finished.
    #[error("line {line}: the marks of a conflict between two versions stand in it")]
    Conflict {
        /// Where they begin.
        line: usize,
    },
    /// Not YAML, or not with the fields of a lock.
    #[error(transparent)]
    Syntax(#[from] serde_saphyr::Error),
    /// A file of another version.
    #[error("line {line}: it is of version {version}, and this program knows version {VERSION}")]
    Version {
        /// Where it says so.
        line: usize,
        version: u32,
    },
    /// An entry whose seal does not fit it.
    #[error("line {line}: the entry of {name} was edited, for its seal does not fit it")]
    Edited {
        /// Where the seal is.
        line: usize,
        /// The server or the tool.
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
    pub(crate) fn write(&self) -> String {
        let file = File { version: VERSION, servers: self.servers.clone() };
        let value = serde_json::to_value(file).unwrap_or_default();
        let options = serde_saphyr::ser_options! { compact_list_indent: false };
        let yaml =
            serde_saphyr::to_string_with_options(&Visible(&value), options).expect("a lock can be written as YAML");
        format!("{HEAD}{}", quote::yaml_flow(&yaml))
    }

    /// Reads the file at `path`.
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

    /// Reads the content of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, LockCause> {
        if let Some(line) = line_of(text, |line| line.starts_with("<<<<<<< ") || line == "=======") {
            return Err(LockCause::Conflict { line });
        }
        let file: Result<File, serde_saphyr::Error> = read(text);
        // Of other versions only the number is known.
        let version = match &file {
            Ok(file) => file.version,
            Err(_) => read::<Head>(text)?.version,
        };
        if version != VERSION {
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

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        // A lock may hold all tools of many servers; the text itself is already in memory.
        budget: serde_saphyr::budget! { max_nodes: 100_000_000, max_events: 400_000_000, max_total_scalar_bytes: 1 << 30 },
        emit_comments: false,
    };
    serde_saphyr::from_str_with_options(text, options)
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
