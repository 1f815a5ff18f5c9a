//! What was approved of one server, against which a definition is held when the server lists it again.

use std::collections::{BTreeMap, HashSet};

use super::bounds::{MAX_PARAMETER, bounded};
use super::definition::{self, collapse_spaces};
use super::{Lock, UnknownServer};
use crate::model::{Item, ItemKind, Tool};
use crate::text::digest;

/// What was approved of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PinnedServer {
    /// The digests of the approved definitions, by tool. A name may have several definitions.
    tools: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    /// The approved prompts, resources, resource templates and skills. `None` if the lock does not have them.
    items: Option<HashSet<PinnedItem>>,
    /// The digest of the instructions. `None` if there were none.
    instructions: Option<String>,
}

/// Kind, name, URI and digest of an item.
type PinnedItem = (ItemKind, String, Option<String>, String);

impl Lock {
    /// What was approved of the server `name`, or of the only server.
    pub(crate) fn pinned_server(&self, name: &str) -> Result<PinnedServer, UnknownServer> {
        let named = self.servers.iter().find(|server| server.name == name);
        let only = || self.servers.first().filter(|_| self.servers.len() == 1);
        let server = named.or_else(only).ok_or_else(|| UnknownServer(name.to_owned()))?;
        let mut tools: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
        for tool in &server.tools {
            tools.entry(tool.name.clone()).or_default().push(tool.digests.clone());
        }
        let items = server.items.as_ref().map(|items| {
            let pinned = items.iter().map(|item| (item.kind, item.name.clone(), item.uri.clone(), item.digest.clone()));
            pinned.collect()
        });
        Ok(PinnedServer { tools, items, instructions: server.instructions_digest.clone() })
    }
}

impl PinnedServer {
    /// True if `tool` is defined as it was approved.
    pub(crate) fn approve(&self, tool: &Tool) -> bool {
        let digests = definition::digests(tool);
        self.tools.get(&tool.name).is_some_and(|approved| approved.contains(&digests))
    }

    /// True if `item` is defined as it was approved, or if the lock has no items.
    pub(crate) fn approve_item(&self, item: &Item) -> bool {
        let bounded_uri = item.uri.as_deref().map(|uri| bounded(uri, MAX_PARAMETER));
        let key = (item.kind, bounded(&item.name, MAX_PARAMETER), bounded_uri, item.digest.clone());
        self.items.as_ref().is_none_or(|items| items.contains(&key))
    }

    /// True if the lock has prompts, resources and skills.
    pub(crate) fn has_items(&self) -> bool {
        self.items.is_some()
    }

    /// True if the server's instructions are the approved ones. `whole` is the digest of instructions that are too long to
    /// keep.
    pub(crate) fn approve_instructions(&self, text: Option<&str>, whole: Option<String>) -> bool {
        let digest = whole.or_else(|| text.and_then(collapse_spaces).map(|text| digest::sha256([text])));
        digest == self.instructions
    }
}
