//! Matches regular expressions against a field of a resource, a resource template or an app.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::patterns::Patterns;
use crate::model::{Item, ItemKind};
use crate::text::clean;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the regular expressions in a field of a resource, a resource template or an app";

/// Longest name and longest value in a message, in characters.
const MAX_QUOTE: usize = 100;

/// Regular expressions with exceptions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemMatches {
    field: ItemField,
    /// The kinds of items that can have it; all if empty.
    #[serde(default)]
    kinds: Vec<ItemKind>,
    /// Completes the sentence about the item: "gives access to the whole disk".
    found: String,
    patterns: Patterns,
    /// Regular expressions of harmless forms. A match that contains one does not count.
    #[serde(default)]
    except: Patterns,
    /// What may stand before a match on its line so that it does not count: a warning.
    #[serde(default)]
    unless_after: Patterns,
    /// True if the value may be a secret, so that it is not quoted.
    #[serde(default)]
    hides_value: bool,
}

/// The field of an item that is matched.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ItemField {
    /// The URI or the template of URIs.
    Uri,
    /// A domain that an app can reach.
    Domain,
    /// A permission that an app asks for, or a tool that a skill allows.
    Permission,
    /// The content of a resource or skill, and the files of a skill.
    Content,
}

impl ItemMatches {
    pub(crate) fn find(&self, item: &Item) -> Option<String> {
        if !self.kinds.is_empty() && !self.kinds.contains(&item.kind) {
            return None;
        }
        // `%2e%73sh` is `.ssh` to whoever opens it.
        let decoded = item.uri.as_deref().map(|uri| percent_decode_str(uri).decode_utf8_lossy());
        let values: Vec<&str> = match self.field {
            ItemField::Uri => item.uri.as_deref().into_iter().chain(decoded.as_deref()).collect(),
            ItemField::Domain => item.domains.iter().map(|domain| domain.domain.as_str()).collect(),
            ItemField::Permission => item.permissions.iter().map(String::as_str).collect(),
            ItemField::Content => item.long_texts.iter().map(|long| &*long.text).collect(),
        };
        let mut found: Vec<&str> = Vec::new();
        for value in values.into_iter().filter_map(|value| self.find_in(value)) {
            if !found.contains(&value) {
                found.push(value);
            }
        }
        let value = match (self.field, found.as_slice()) {
            (_, []) => return None,
            (ItemField::Uri | ItemField::Content, [first, ..]) => clean::excerpt(first, MAX_QUOTE),
            // All domains and permissions count, and they are short.
            (ItemField::Domain | ItemField::Permission, all) => clean::excerpt(&all.join(", "), MAX_QUOTE),
        };
        let kind = if item.is_app() { "app" } else { item.kind.name() };
        let name = clean::excerpt(&item.name, MAX_QUOTE);
        let value = if self.hides_value { String::new() } else { format!(": {value}") };
        Some(format!("The {kind} {name} {}{value}.", self.found))
    }

    /// True if `value` has a match that no exception excuses.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let decoded = percent_decode_str(value).decode_utf8_lossy();
        let is_uri = matches!(self.field, ItemField::Uri);
        self.find_in(value).is_some() || is_uri && self.find_in(&decoded).is_some()
    }

    fn find_in<'v>(&self, value: &'v str) -> Option<&'v str> {
        self.patterns.find_unless_after(value, &self.except, &self.unless_after)
    }
}
