//! Pins a session to what was approved of the server: a tool, prompt or resource that the server defines otherwise is
//! neither listed nor used, and instructions that are not the approved ones do not reach the client.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use super::mutex::lock;
use super::raw_object::unambiguous;
use crate::audit::lock::PinnedServer;
use crate::model::ItemKind;
use crate::policy::{Outcome, Verdict};
use crate::source::decode::{self, Decoder};

/// Most tools, and most items, whose last definition is remembered: a server may list new ones without an end.
const MAX_LISTED: usize = 100_000;

/// The approved definitions, and how the server has defined its tools in this session.
pub(super) struct Pins {
    pinned: Option<Arc<PinnedServer>>,
    /// Whether the last definition of a tool was the approved one.
    tools: Mutex<HashMap<String, bool>>,
    items: Mutex<ListedItems>,
}

/// The prompts, resources and skills that the server has listed.
#[derive(Default)]
struct ListedItems {
    /// Whether the last definition was the approved one, by the name of a prompt or skill and by the URI of a resource.
    approved: HashMap<(ItemKind, String), bool>,
    /// True if there was no room for one.
    is_full: bool,
}

impl Pins {
    /// No pins if `pinned` is `None`.
    pub(super) fn new(pinned: Option<Arc<PinnedServer>>) -> Self {
        Self { pinned, tools: Mutex::default(), items: Mutex::default() }
    }

    /// True if anything is pinned.
    pub(super) fn are_there(&self) -> bool {
        self.pinned.is_some()
    }

    /// A page of a listing, whose definitions are checked one by one.
    pub(super) fn page(&self) -> Page<'_> {
        Page { pins: self, seen: HashSet::new() }
    }

    /// The server may define its tools otherwise from now on, so that they must be listed again.
    pub(super) fn forget_tools(&self) {
        lock(&self.tools).clear();
    }

    /// The same for prompts, resources or skills.
    pub(super) fn forget_items(&self, kind: ItemKind) {
        lock(&self.items).forget(|known| known == kind);
    }

    /// The same for all that is pinned.
    pub(super) fn forget_all(&self) {
        self.forget_tools();
        lock(&self.items).forget(|_| true);
    }

    /// True if the definition `json` of an item is the approved one.
    pub(super) fn approves_item(&self, kind: ItemKind, json: &str) -> bool {
        let Some(pinned) = self.pinned.as_ref().filter(|pinned| pinned.has_items()) else { return true };
        let mut decoder = Decoder::default();
        // A definition that names a key twice could be read as another one.
        if let Ok(value) = unambiguous(json) {
            decoder.item(kind, &value);
        }
        let Some(item) = decoder.items.pop() else { return false };
        let approved = pinned.approve_item(&item);
        let key = if kind == ItemKind::Resource { item.uri } else { None };
        let mut items = lock(&self.items);
        items.is_full |= !remember(&mut items.approved, (kind, key.unwrap_or(item.name)), approved);
        approved
    }

    /// Why the prompt, resource or skill `name` may not be used. `None` if it may. A resource that was not listed may be one
    /// of a template.
    pub(super) fn item_refusal(&self, kind: ItemKind, name: &str) -> Option<&'static str> {
        self.pinned.as_ref().filter(|pinned| pinned.has_items())?;
        let items = lock(&self.items);
        match items.approved.get(&(kind, name.to_owned())) {
            Some(true) => None,
            Some(false) => Some("the server defines it otherwise than it was approved"),
            None if kind == ItemKind::Resource && !items.is_full => None,
            None => Some("the server has not listed it since it may have changed; list it first"),
        }
    }

    /// True if `instructions` are the approved ones.
    pub(super) fn approves_instructions(&self, instructions: Option<&str>) -> bool {
        let Some(pinned) = &self.pinned else { return true };
        let value = instructions.map(|text| serde_json::Value::String(text.to_owned()));
        pinned.approve_instructions(instructions, decode::digest_of_cut(value.as_ref(), decode::MAX_DESCRIPTION))
    }

    /// Why `tool` may not be called. `None` if it may.
    pub(super) fn refusal(&self, tool: &str) -> Option<Verdict> {
        self.pinned.as_ref()?;
        let message = match lock(&self.tools).get(tool) {
            Some(true) => return None,
            Some(false) => "The server defines this tool otherwise than it was approved.",
            None => "The server has not listed this tool since its tools may have changed; list the tools first.",
        };
        Some(Verdict { outcome: Outcome::Denied, rule: "lock".into(), message: Some(message.into()) })
    }
}

/// One page of a listing.
pub(super) struct Page<'a> {
    pins: &'a Pins,
    seen: HashSet<String>,
}

impl Page<'_> {
    /// True if the definition `json` of the tool `name` is the approved one, and the first of this name on the page.
    pub(super) fn approves(&mut self, name: &str, json: &str) -> bool {
        let Some(pinned) = &self.pins.pinned else { return true };
        // A definition that names a key twice could be read as another one.
        let definition = unambiguous(json).map(|value| decode::tool(&value, 1).0);
        let is_first = self.seen.insert(name.to_owned());
        let approved = is_first && definition.is_ok_and(|tool| tool.name == name && pinned.approve(&tool));
        // A tool for which there is no room counts as not listed, and is refused.
        remember(&mut lock(&self.pins.tools), name.to_owned(), approved);
        approved
    }
}

impl ListedItems {
    /// Forgets the approved items of some kinds. A resource that was not the approved one is refused until it is listed as it
    /// was approved.
    fn forget(&mut self, is_meant: impl Fn(ItemKind) -> bool) {
        self.approved.retain(|(kind, _), approved| !is_meant(*kind) || !*approved);
    }
}

/// Remembers whether the last definition of `key` was the approved one. False if there is no room.
fn remember<K: Eq + Hash>(known: &mut HashMap<K, bool>, key: K, approved: bool) -> bool {
    let has_room = known.len() < MAX_LISTED || known.contains_key(&key);
    if has_room {
        known.insert(key, approved);
    }
    has_room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_lists_without_an_end_is_not_remembered() {
        let mut known = HashMap::new();
        for at in 0..MAX_LISTED {
            assert!(remember(&mut known, at, false));
        }
        assert!(!remember(&mut known, MAX_LISTED, true) && remember(&mut known, 0, true));
        assert_eq!((known.len(), known[&0]), (MAX_LISTED, true));
    }
}
