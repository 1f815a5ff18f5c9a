//! Where a program speaks of the protocol, and what it imports of SDKs.

use std::collections::HashSet;

use crate::package::parsed_files::ParsedFiles;

/// The crates of SDKs.
pub(super) const SDKS: [&str; 3] = ["rmcp", "rust_mcp_sdk", "rust_mcp_schema"];
/// The most names that are kept of the imports of a file.
const MAX_NAMES: usize = 2_000;

pub(super) struct Protocol {
    pub(super) uses_sdk: bool,
    /// By file.
    mentioned: Vec<bool>,
    imported: Vec<HashSet<String>>,
}

impl Protocol {
    pub(super) fn new(sources: &ParsedFiles<'_>) -> Self {
        let is_used = |text: &str| SDKS.iter().any(|name| text.contains(&format!("{name}::")));
        Self {
            uses_sdk: sources.files.iter().any(|file| is_used(file.text)),
            mentioned: sources
                .files
                .iter()
                .map(|file| file.text.contains("mcp") || file.text.contains("tools/list"))
                .collect(),
            imported: sources.files.iter().map(|file| imported(file.text)).collect(),
        }
    }

    /// True if a file mentions the protocol.
    pub(super) fn is_mentioned(&self, file: usize) -> bool {
        self.mentioned.get(file).copied().unwrap_or_default()
    }

    /// True if a file imports a name, or all names, from an SDK.
    pub(super) fn imports(&self, file: usize, name: &str) -> bool {
        self.imported.get(file).is_some_and(|names| names.contains(name) || names.contains("*"))
    }
}

/// The words in declarations of imports from SDKs.
fn imported(text: &str) -> HashSet<String> {
    let mut names = HashSet::new();
    for sdk in SDKS {
        for rest in text.split(&format!("use {sdk}")).skip(1) {
            let list = rest.split(';').next().unwrap_or_default();
            let words = list.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '*');
            let left = MAX_NAMES.saturating_sub(names.len());
            names.extend(words.take(left).map(str::to_owned));
        }
    }
    names
}
