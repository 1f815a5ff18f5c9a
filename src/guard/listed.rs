//! What the client sees of the server's listings and of its handshake.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::message::{RequestId, refuse_resembling};
use super::raw_object::RawObject;
use super::remembered::ListedPage;
use super::session::Session;
use super::spelling::resembles;
use super::{item_listing, replies, tool_listing};
use crate::model::ItemKind;
use crate::text::{clean, prose};

/// The key of the instructions in a handshake.
const INSTRUCTIONS: &str = "instructions";

impl Session {
    /// The reply `object` to `tools/list`, sent as `line`, without the tools that are hidden or not approved.
    pub(super) fn listed_tools(&self, id: &RequestId, mut object: RawObject<'_>, line: &str) -> Vec<u8> {
        let Some(result) = object.get("result") else { return line.into() };
        if let Some(categories) = &self.gate.options.categories {
            let (categories, result) = (Arc::clone(categories), result.to_owned());
            tokio::task::spawn_blocking(move || categories.learn(&result));
        }
        let policy = self.gate.policy.current();
        let observes = self.gate.options.observe;
        let (mut page, mut listed) = (self.pins.page(), ListedPage::default());
        let (mut unapproved, mut strange) = (Vec::new(), 0);
        let filtered = tool_listing::filtered(result, |name, definition| {
            listed.add(name, definition);
            match policy.names(name) {
                Some(true) => self.lists_named_tools.store(true, Ordering::Relaxed),
                Some(false) => strange += 1,
                None => {}
            }
            let approved = page.approves(name, definition);
            if !approved {
                unapproved.push(clean::excerpt(name, 100));
            }
            approved && !policy.hides(name)
        });
        self.approvals.are_listed(listed);
        let is_last = RawObject::parse(result).is_ok_and(|page| page.get("nextCursor").is_none());
        if strange > 0 && is_last && !self.lists_named_tools.swap(true, Ordering::Relaxed) {
            self.gate.report("the policy names none of the server's tools; is it the policy of another server?");
        }
        if !unapproved.is_empty() {
            let tools = prose::list(&unapproved);
            self.gate.report(&format!("the server does not define as approved: {tools}"));
        }
        match filtered {
            _ if observes => line.into(),
            Ok(result) => {
                object.set("result", result);
                object.to_raw().get().into()
            }
            Err(error) => replies::failed(id, &error.to_string()),
        }
    }

    /// The reply to a listing of items without those that are not approved.
    pub(super) fn listed_items(
        &self,
        id: &RequestId,
        kind: ItemKind,
        mut object: RawObject<'_>,
        line: &str,
    ) -> Vec<u8> {
        let Some(result) = object.get("result") else { return line.into() };
        let (result, left_out) = match item_listing::filtered(result, kind, &self.pins) {
            Ok(filtered) => filtered,
            Err(_) if self.gate.options.observe => return line.into(),
            Err(error) => return replies::failed(id, &error.to_string()),
        };
        if left_out {
            self.gate.report(&format!("the server does not define each {} as approved", kind.name()));
        }
        if !left_out || self.gate.options.observe {
            return line.into();
        }
        object.set("result", result);
        object.to_raw().get().into()
    }

    /// The reply to a handshake without instructions that are not the approved ones.
    pub(super) fn handshake(&self, id: &RequestId, mut object: RawObject<'_>, line: &str) -> Vec<u8> {
        if !self.pins.are_there() || object.get("result").is_none() {
            return line.into();
        }
        let Some(mut result) = object.object("result") else {
            return replies::failed(id, "the result of the server names a key twice");
        };
        let is_clear = refuse_resembling(&result, &[INSTRUCTIONS]).is_ok();
        if is_clear && self.pins.approves_instructions(result.text(INSTRUCTIONS).as_deref()) {
            return line.into();
        }
        self.gate.report("the instructions of the server are not the approved ones");
        if self.gate.options.observe {
            return line.into();
        }
        result.retain(|key| key != INSTRUCTIONS && !resembles(key, INSTRUCTIONS));
        let result = result.to_raw();
        object.set("result", result);
        object.to_raw().get().into()
    }
}
