//! The approved definitions of one server's tools, against which a definition is held when the server lists it again.

use std::collections::BTreeMap;

use super::definition;
use super::{Lock, UnknownServer};
use crate::model::Tool;

/// The digests of the approved definitions, by tool. A name may have several definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PinnedTools(BTreeMap<String, Vec<BTreeMap<String, String>>>);

impl Lock {
    /// The tools of the server `name`, or of the only server.
    pub(crate) fn pinned_tools(&self, name: &str) -> Result<PinnedTools, UnknownServer> {
        let named = self.servers.iter().find(|server| server.name == name);
        let only = || self.servers.first().filter(|_| self.servers.len() == 1);
        let server = named.or_else(only).ok_or_else(|| UnknownServer(name.to_owned()))?;
        let mut tools: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
        for tool in &server.tools {
            tools.entry(tool.name.clone()).or_default().push(tool.digests.clone());
        }
        Ok(PinnedTools(tools))
    }
}

impl PinnedTools {
    /// True if `tool` is defined as it was approved.
    pub(crate) fn approve(&self, tool: &Tool) -> bool {
        let digests = definition::digests(tool);
        self.0.get(&tool.name).is_some_and(|approved| approved.contains(&digests))
    }
}
