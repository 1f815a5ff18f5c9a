//! Clients whose permissions are three lists of names in YAML.

use std::collections::BTreeMap;

use super::names::{BETWEEN_UNDERSCORES, KEYS, as_is, is_word};
use super::settings::{Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision};
use crate::model::ClientName;
use crate::text::quote;

pub(crate) const CONTINUE: Client = Client {
    name: ClientName::CONTINUE,
    file: "~/.continue/permissions.yaml",
    extension: "yaml",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Free,
    hides: true,
    checked: Evidence::Ran("1.5.47"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: Some("A name here means the tools of that name of every server, and --auto lets everything run."),
    servers: KEYS,
    can_name: is_word,
    spelled: as_is,
    write: |named| Ok(comment(named) + &lists(named, ["allow", "ask", "exclude"], "", "")),
    read: |text, _| read(&serde_saphyr::from_str::<Lists>(text)?, ["allow", "ask", "exclude"], ""),
};

pub(crate) const GOOSE: Client = Client {
    name: ClientName::GOOSE,
    file: "~/.config/goose/permission.yaml",
    extension: "yaml",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Ask,
    hides: false,
    checked: Evidence::Source,
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: Some("Goose reads this with GOOSE_MODE=approve only; its default mode lets everything run."),
    servers: BETWEEN_UNDERSCORES,
    can_name: is_word,
    spelled: as_is,
    write: |named| {
        let prefix = format!("{}__", named.server);
        Ok(comment(named) + "user:\n" + &lists(named, GOOSE_LISTS, &prefix, "  "))
    },
    read: |text, server| {
        let mut file = serde_saphyr::from_str::<BTreeMap<String, Lists>>(text)?;
        read(&file.remove("user").unwrap_or_default(), GOOSE_LISTS, &format!("{server}__"))
    },
};

type Lists = BTreeMap<String, Vec<String>>;

const GOOSE_LISTS: [&str; 3] = ["always_allow", "ask_before", "never_allow"];

fn comment(named: &ToolsByDecision<'_>) -> String {
    named.comment.iter().map(|line| format!("# {line}\n")).collect()
}

/// The lists of free, approval and denied tools, with `keys` as their keys. Empty lists are written as well.
fn lists(named: &ToolsByDecision<'_>, keys: [&str; 3], prefix: &str, indent: &str) -> String {
    let list = |(key, tools): (&str, &Vec<String>)| {
        let items: String =
            tools.iter().map(|tool| format!("{indent}  - {}\n", quote::yaml(&format!("{prefix}{tool}")))).collect();
        if items.is_empty() { format!("{indent}{key}: []\n") } else { format!("{indent}{key}:\n{items}") }
    };
    keys.into_iter().zip([&named.free, &named.ask, &named.refused]).map(list).collect()
}

fn read(lists: &Lists, keys: [&str; 3], prefix: &str) -> ReadTools {
    let permissions = [Permission::Free, Permission::Ask, Permission::Refused];
    let named = keys.into_iter().zip(permissions).flat_map(|(key, permission)| {
        let tools = lists.get(key).into_iter().flatten().filter_map(|tool| tool.strip_prefix(prefix));
        tools.map(move |tool| (tool.to_owned(), permission)).collect::<Vec<_>>()
    });
    Ok(named.collect())
}
