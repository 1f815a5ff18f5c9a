//! Pins the tools of a session to their approved definitions: a tool that the server defines otherwise is neither listed
//! nor called.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::lock::PinnedTools;
use crate::policy::{Outcome, Verdict};
use crate::source::decode;

/// The approved definitions, and how the server has defined its tools in this session.
pub(super) struct Pins {
    pinned: Option<Arc<PinnedTools>>,
    /// Whether the last definition of a tool was the approved one.
    listed: Mutex<HashMap<String, bool>>,
}

impl Pins {
    /// No pins if `pinned` is `None`.
    pub(super) fn new(pinned: Option<Arc<PinnedTools>>) -> Self {
        Self { pinned, listed: Mutex::default() }
    }

    /// A page of a listing, whose definitions are checked one by one.
    pub(super) fn page(&self) -> Page<'_> {
        Page { pins: self, seen: HashSet::new() }
    }

    /// The server may define its tools otherwise from now on, so that they must be listed again.
    pub(super) fn forget(&self) {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
