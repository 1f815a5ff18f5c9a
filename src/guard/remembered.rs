//! What a person has allowed for the rest of a session: it holds while the server defines the tool as it did when the person was
//! asked.

use std::collections::HashMap;

use super::raw_object::unambiguous;
use crate::policy::Call;
use crate::text::digest;

/// Most tools whose definitions are known: a server may list new ones without an end.
const MAX_LISTED: usize = 100_000;

/// The digest of a tool's definition. `None` if the server has not listed the tool since its tools may have changed.
pub(super) type Definition = Option<String>;

/// What was allowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Allowed {
    /// Every call of a tool.
    Tool(String),
    /// A tool with the same arguments: their [`identity`].
    Call(String),
}

/// What was allowed, and how the server has defined its tools last.
#[derive(Default)]
pub(super) struct Remembered {
    definitions: HashMap<String, String>,
    allowed: HashMap<Allowed, Definition>,
}

/// One page of a listing.
#[derive(Default)]
pub(super) struct ListedPage(HashMap<String, String>);

impl ListedPage {
    /// Adds the definition `json` of the tool `name`. Of two on one page it is not known which one a client takes, so both count.
    pub(super) fn add(&mut self, name: &str, json: &str) {
        let defined = match unambiguous(json) {
            Ok(mut value) => {
                // It may differ from one listing to the next, and no model reads it.
                value.as_object_mut().map(|tool| tool.remove("_meta"));
                digest::of_json(&value)
            }
            Err(_) => digest::sha256([json]),
        };
        match self.0.get_mut(name) {
            Some(before) => *before = digest::sha256([before.as_str(), &defined]),
            None => drop(self.0.insert(name.to_owned(), defined)),
        }
    }
}

impl Remembered {
    /// How `tool` was defined last.
    pub(super) fn definition(&self, tool: &str) -> Definition {
        self.definitions.get(tool).cloned()
    }

    /// The server has listed these tools.
    pub(super) fn are_listed(&mut self, ListedPage(page): ListedPage) {
        for (name, definition) in page {
            if self.definitions.len() < MAX_LISTED || self.definitions.contains_key(&name) {
                self.definitions.insert(name, definition);
            }
        }
    }

    /// The server may define its tools otherwise from now on. What was allowed holds again once it has listed the tool as it was.
    pub(super) fn tools_may_have_changed(&mut self) {
        self.definitions.clear();
        self.allowed.retain(|_, definition| definition.is_some());
    }

    /// Remembers that a person has allowed calls of `tool`, which was defined so when the person was asked.
    pub(super) fn allow(&mut self, allowed: Allowed, definition: Definition) {
        self.allowed.insert(allowed, definition);
    }

    /// True if a person has allowed `call` before, with others.
    pub(super) fn allows(&self, call: &Call) -> bool {
        let known = [Allowed::Tool(call.tool.clone()), Allowed::Call(identity(call))];
        let defined = self.definitions.get(&call.tool);
        known.iter().any(|allowed| self.allowed.get(allowed).is_some_and(|then| then.as_ref() == defined))
    }
}

/// The digest of a tool with its arguments.
pub(super) fn identity(call: &Call) -> String {
    digest::sha256([call.tool.as_str(), &digest::canonical(&call.arguments)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed(definitions: &[&str]) -> ListedPage {
        let mut page = ListedPage::default();
        definitions.iter().for_each(|json| page.add("send", json));
        page
    }

    #[test]
    fn what_was_allowed_holds_while_the_tool_is_defined_as_it_was() {
        let call = Call { tool: "send".into(), arguments: json!({}), at: 0 };
        let (mails, pays) = (r#"{"description":"Mails.","_meta":{"at":1}}"#, r#"{"description":"Pays."}"#);
        let same = r#"{"_meta":{"at":2}, "description":"Mails\u002e"}"#;
        let mut remembered = Remembered::default();
        remembered.are_listed(listed(&[mails]));
        remembered.allow(Allowed::Tool("send".into()), remembered.definition("send"));
        for (page, holds) in [(&[same][..], true), (&[pays], false), (&[mails], true), (&[pays, mails], false)] {
            remembered.are_listed(listed(page));
            assert_eq!(remembered.allows(&call), holds, "{page:?}");
        }
        remembered.are_listed(listed(&[mails]));
        remembered.tools_may_have_changed();
        assert!(!remembered.allows(&call), "not listed since");
        remembered.are_listed(listed(&[mails]));
        assert!(remembered.allows(&call));
    }

    #[test]
    fn what_was_allowed_before_a_listing_does_not_outlive_it() {
        let call = Call { tool: "send".into(), arguments: json!({}), at: 0 };
        let mut remembered = Remembered::default();
        let allow = |remembered: &mut Remembered| remembered.allow(Allowed::Call(identity(&call)), None);
        allow(&mut remembered);
        assert!(remembered.allows(&call));
        remembered.are_listed(listed(&["{}"]));
        assert!(!remembered.allows(&call), "the person has not seen it");
        let mut remembered = Remembered::default();
        allow(&mut remembered);
        remembered.tools_may_have_changed();
        assert!(!remembered.allows(&call));
    }
}
