//! Prompts, resources, resource templates and skills in a lock: pinned by their digests.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::{MAX_PARAMETER, bounded, sorted};
use super::entries::LockedItem;
use crate::model::{ChangedPart, Item, ItemKind, ServerReport, Transport};

/// The items of a server, sorted. `None` for a saved listing or a package without any: these may give only the tools.
pub(crate) fn locked(report: &ServerReport) -> Option<Vec<LockedItem>> {
    let gives_only_tools = matches!(report.server.transport, Transport::Saved | Transport::Package);
    if report.items.is_empty() && gives_only_tools {
        return None;
    }
    let locked = |item: &Item| LockedItem {
        kind: item.kind,
        name: bounded(&item.name, MAX_PARAMETER),
        uri: item.uri.as_deref().map(|uri| bounded(uri, MAX_PARAMETER)),
        digest: item.digest.clone(),
        content: item.content_digest.clone(),
    };
    Some(sorted(report.items.iter().map(locked)))
}

/// A changed item, with its digest before and now.
type ItemChange = (ChangedPart, (Option<String>, Option<String>));

/// The items that were added, removed or changed. Nothing if the items of now are unknown.
pub(crate) fn changes(before: Option<&[LockedItem]>, now: Option<&[LockedItem]>) -> Vec<ItemChange> {
    let Some(now) = now else { return Vec::new() };
    let (old, new) = (by_name(before.unwrap_or_default()), by_name(now));
    let keys: BTreeSet<&Key<'_>> = old.keys().chain(new.keys()).collect();
    let change = |key: &Key<'_>| {
        let (kind, name) = (key.0, key.1.to_owned());
        let (before, after) = (old.get(key), new.get(key));
        let digest = |item: Option<&&LockedItem>| item.map(|item| item.digest.clone());
        if digest(before) != digest(after) {
            return Some((ChangedPart::Item { kind, name }, (digest(before), digest(after))));
        }
        // A content that was not read this time is not compared.
        let content = |item: Option<&&LockedItem>| item.and_then(|item| item.content.clone());
        let (before, after) = (content(before), content(after)?);
        (before.as_ref() != Some(&after)).then_some((ChangedPart::ItemContent { kind, name }, (before, Some(after))))
    };
    keys.into_iter().filter_map(change).collect()
}

/// Kind and name, and the index among the items of that name.
type Key<'a> = (ItemKind, &'a str, usize);

fn by_name(items: &[LockedItem]) -> BTreeMap<Key<'_>, &LockedItem> {
    let mut counts: BTreeMap<(ItemKind, &str), usize> = BTreeMap::new();
    let mut named = BTreeMap::new();
    for item in items {
        let count = counts.entry((item.kind, &item.name)).or_default();
        named.insert((item.kind, item.name.as_str(), *count), item);
        *count += 1;
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, digest: &str, content: Option<&str>) -> LockedItem {
        let content = content.map(str::to_owned);
        LockedItem { kind: ItemKind::Prompt, name: name.into(), uri: None, digest: digest.into(), content }
    }

    #[test]
    fn each_added_removed_or_changed_item_is_a_change() {
        let before = [item("a", "1", Some("x")), item("b", "1", None), item("c", "1", None)];
        let now = [item("a", "1", Some("y")), item("b", "2", None), item("d", "1", None)];
        let what: Vec<String> =
            changes(Some(&before), Some(&now)).into_iter().map(|(what, _)| what.to_string()).collect();
        assert_eq!(what, ["content of prompt a", "prompt b", "prompt c", "prompt d"]);
        assert_eq!(changes(Some(&before), Some(&before)), []);
        assert_eq!(changes(Some(&before), None), [], "nothing is known of now");
        assert_eq!(changes(None, Some(&now)).len(), 3, "nothing of them was approved");
    }
}
