//! Prompts, resources, resource templates and skills in a lock: pinned by their digests.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::{MAX_PARAMETER, MAX_TEXT, bounded, short, sorted};
use super::definition::collapse_spaces;
use super::entries::LockedItem;
use crate::model::{ChangedPart, Item, ItemKind, LongText, ServerReport, Transport};

/// The field of a text that is the content of an item, besides scripts.
const CONTENT: &str = "content";

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
        text: Some(text(item)),
        digest: item.digest.clone(),
        content: item.content_digest.clone(),
        content_text: item.content_digest.as_ref().and_then(|_| content(item)),
    };
    Some(sorted(report.items.iter().map(locked)))
}

/// The texts of the definition of `item`, in one line.
fn text(item: &Item) -> String {
    let list = |name: &str, values: &[String]| (!values.is_empty()).then(|| format!("{name} {}.", values.join(", ")));
    let arguments = item.arguments.iter().map(|argument| {
        let required = if argument.required { " (required)" } else { "" };
        let says = argument.description.as_deref().map(|says| format!(": {says}")).unwrap_or_default();
        format!("Argument {}{required}{says}", argument.name)
    });
    let domains: Vec<String> =
        item.domains.iter().map(|domain| format!("{} {}", domain.directive, domain.domain)).collect();
    let texts = [item.title.clone(), item.description.clone()].into_iter().flatten().chain(arguments);
    let facts = [
        item.mime_type.as_ref().map(|kind| format!("Type {kind}.")),
        list("Domains", &domains),
        list("Permissions", &item.permissions),
    ];
    let long = item.long_texts.iter().filter(|long| !is_content(long)).map(|long| long.text.to_string());
    joined(texts.chain(facts.into_iter().flatten()).chain(long))
}

/// The text of the content of `item`. `None` if it has none.
fn content(item: &Item) -> Option<String> {
    let contents = item.long_texts.iter().filter(|long| is_content(long)).map(|long| long.text.to_string());
    Some(joined(contents)).filter(|text| !text.is_empty())
}

fn is_content(long: &LongText) -> bool {
    long.field == CONTENT || long.field == LongText::SCRIPT
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.filter_map(|text| collapse_spaces(&text)).collect();
    bounded(&texts.join(" "), MAX_TEXT)
}

/// A changed item, with its text before and now. Digests where a text is not known, or is the same as far as it is kept.
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
            let text = |item: Option<&&LockedItem>| item.and_then(|item| item.text.clone());
            let content = |item: Option<&&LockedItem>| item.and_then(|item| item.content_text.clone());
            // The digest of a skill is that of all its files.
            let contents = (content(before), content(after));
            if text(before) == text(after) && contents.0.is_some() && contents.1.is_some() && contents.0 != contents.1 {
                return Some((ChangedPart::ItemContent { kind, name }, contents));
            }
            let shown = shown((text(before), text(after)), (digest(before), digest(after)));
            return Some((ChangedPart::Item { kind, name }, shown));
        }
        // A content that was not read this time is not compared.
        let content = |item: Option<&&LockedItem>| item.and_then(|item| item.content.clone());
        let digests = (content(before), Some(content(after)?));
        let text = |item: Option<&&LockedItem>| item.and_then(|item| item.content_text.clone());
        let shown = || shown((text(before), text(after)), digests.clone());
        (digests.0 != digests.1).then(|| (ChangedPart::ItemContent { kind, name }, shown()))
    };
    keys.into_iter().filter_map(change).collect()
}

/// What shows a change: the texts, if they show it, or else the digests. Of an item that is new or gone its text, if that
/// has one.
fn shown(
    texts: (Option<String>, Option<String>),
    digests: (Option<String>, Option<String>),
) -> (Option<String>, Option<String>) {
    let is_known = match (&digests.0, &digests.1) {
        (Some(_), Some(_)) => texts.0.is_some() && texts.1.is_some() && texts.0 != texts.1,
        (Some(_), None) => texts.0.as_ref().is_some_and(|text| !text.is_empty()),
        (None, _) => texts.1.as_ref().is_some_and(|text| !text.is_empty()),
    };
    if is_known { texts } else { (digests.0.map(short), digests.1.map(short)) }
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
        LockedItem {
            kind: ItemKind::Prompt,
            name: name.into(),
            uri: None,
            text: None,
            digest: digest.into(),
            content,
            content_text: None,
        }
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
