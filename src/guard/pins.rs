//! Pins a session to what was approved of the server: a tool, prompt or resource that the server defines otherwise is
//! neither listed nor used, and instructions that are not the approved ones do not reach the client.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::lock::PinnedServer;
use crate::model::ItemKind;
use crate::policy::{Outcome, Verdict};
use crate::source::decode::{self, Decoder};

/// The approved definitions, and how the server has defined its tools in this session.
pub(super) struct Pins {
    pinned: Option<Arc<PinnedServer>>,
    /// Whether the last definition of a tool was the approved one.
    listed: Mutex<HashMap<String, bool>>,
    /// The same of prompts and skills by name, and of resources by URI.
    items: Mutex<HashMap<(ItemKind, String), bool>>,
}

impl Pins {
    /// No pins if `pinned` is `None`.
    pub(super) fn new(pinned: Option<Arc<PinnedServer>>) -> Self {
        Self { pinned, listed: Mutex::default(), items: Mutex::default() }
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
    pub(super) fn forget(&self) {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The same for prompts, resources or skills.
    pub(super) fn forget_items(&self, kind: ItemKind) {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        // A resource that was not the approved one is refused until it is listed as it was approved.
        items.retain(|(known, _), approved| *known != kind || !*approved);
    }

    /// True if the definition `json` of an item is the approved one.
    pub(super) fn approves_item(&self, kind: ItemKind, json: &str) -> bool {
        let Some(pinned) = self.pinned.as_ref().filter(|pinned| pinned.has_items()) else { return true };
        let mut decoder = Decoder::default();
        if let Ok(value) = serde_json::from_str(json) {
            decoder.item(kind, &value);
        }
        let Some(item) = decoder.items.pop() else { return false };
        let key = if kind == ItemKind::Resource { item.uri.clone() } else { None };
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let approved = pinned.approve_item(&item);
        items.insert((kind, key.unwrap_or(item.name)), approved);
        approved
    }

    /// Why the prompt, resource or skill `name` may not be used. `None` if it may. A resource that was not listed may be one
    /// of a template.
    pub(super) fn item_refusal(&self, kind: ItemKind, name: &str) -> Option<&'static str> {
        self.pinned.as_ref().filter(|pinned| pinned.has_items())?;
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        match items.get(&(kind, name.to_owned())) {
            Some(true) => None,
            Some(false) => Some("the server defines it otherwise than it was approved"),
            None if kind == ItemKind::Resource => None,
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
        let message = match self.listed.lock().unwrap_or_else(PoisonError::into_inner).get(tool) {
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
        let definition = serde_json::from_str(json).map(|value| decode::tool(&value, 1).0);
        let is_first = self.seen.insert(name.to_owned());
        let approved = is_first && definition.is_ok_and(|tool| tool.name == name && pinned.approve(&tool));
        self.pins.listed.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), approved);
        approved
    }
}
