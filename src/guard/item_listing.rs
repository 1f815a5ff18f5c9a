//! The methods for prompts, resources and skills, and what is filtered in their results.

use serde_json::value::{RawValue, to_raw_value};

use super::message::refuse_resembling;
use super::methods::{GET_PROMPT, GET_SKILL, READ_RESOURCE};
use super::pins::Pins;
use super::raw_object::RawObject;
use super::tool_listing::ListingError;
use crate::model::ItemKind;
use crate::source::has_too_many_values;

/// The methods that list items, with the key of the list.
const LISTS: [(&str, ItemKind, &str); 4] = [
    ("prompts/list", ItemKind::Prompt, "prompts"),
    ("resources/list", ItemKind::Resource, "resources"),
    ("resources/templates/list", ItemKind::ResourceTemplate, "resourceTemplates"),
    ("skills/list", ItemKind::Skill, "skills"),
];
/// The methods that use an item, with the parameter that names it.
const USES: [(&str, ItemKind, &str); 3] = [
    (GET_PROMPT, ItemKind::Prompt, "name"),
    (READ_RESOURCE, ItemKind::Resource, "uri"),
    (GET_SKILL, ItemKind::Skill, "name"),
];
/// The notifications that the lists have changed.
const CHANGES: [(&str, ItemKind); 3] = [
    ("notifications/prompts/list_changed", ItemKind::Prompt),
    ("notifications/resources/list_changed", ItemKind::Resource),
    ("notifications/skills/list_changed", ItemKind::Skill),
];

/// The keys of definitions.
const ITEM_KEYS: [&str; 9] =
    ["name", "title", "description", "arguments", "uri", "uriTemplate", "mimeType", "annotations", "icons"];

/// Why a request is refused in which a server could read another item than the guard.
const AMBIGUOUS: &str = "the parameters are ambiguous";

/// All methods for items.
pub(super) fn methods() -> impl Iterator<Item = &'static str> {
    LISTS.into_iter().chain(USES).map(|(method, ..)| method)
}

/// The kind that `method` lists. `None` if it lists none.
pub(super) fn listed_by(method: &str) -> Option<ItemKind> {
    LISTS.iter().find(|(list, ..)| *list == method).map(|(_, kind, _)| *kind)
}

/// The kind whose list `notification` says has changed.
pub(super) fn changed_by(notification: &str) -> Option<ItemKind> {
    CHANGES.iter().find(|(change, _)| *change == notification).map(|(_, kind)| *kind)
}

/// Why a request is refused that uses an item. `None` if it is not.
pub(super) fn refusal(pins: &Pins, method: &str, message: &RawObject<'_>) -> Option<&'static str> {
    let (_, kind, parameter) = USES.iter().find(|(use_, ..)| *use_ == method)?;
    if !pins.are_there() {
        return None;
    }
    let params = message.object("params").filter(|params| refuse_resembling(params, &[*parameter]).is_ok());
    match params.as_ref().and_then(|params| params.text(parameter)) {
        Some(name) => pins.item_refusal(*kind, &name),
        None => Some(AMBIGUOUS),
    }
}

/// False for a definition with a key that some clients take for one that the guard reads.
fn is_plain(item: &RawValue) -> bool {
    RawObject::parse(item.get()).is_ok_and(|fields| refuse_resembling(&fields, &ITEM_KEYS).is_ok())
}

/// The result without the items that are not approved, and whether there were some.
pub(super) fn filtered(result: &str, kind: ItemKind, pins: &Pins) -> Result<(Box<RawValue>, bool), ListingError> {
    if has_too_many_values(result.as_bytes()) {
        return Err(ListingError::TooMany);
    }
    let mut object = RawObject::parse(result).map_err(|_| ListingError::Shape)?;
    let key = LISTS.iter().find(|(_, listed, _)| *listed == kind).map_or("items", |(_, _, key)| *key);
    refuse_resembling(&object, &[key]).map_err(|_| ListingError::Shape)?;
    let items: Vec<&RawValue> = match object.get(key) {
        Some(items) => serde_json::from_str(items).map_err(|_| ListingError::Shape)?,
        None => return Err(ListingError::Shape),
    };
    let all = items.len();
    let kept: Vec<&RawValue> =
        items.into_iter().filter(|item| is_plain(item) && pins.approves_item(kind, item.get())).collect();
    let left_out = kept.len() < all;
    let kept = to_raw_value(&kept).map_err(|_| ListingError::Shape)?;
    object.set(key, kept);
    Ok((object.to_raw(), left_out))
}
