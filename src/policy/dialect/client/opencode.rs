//! OpenCode and Kilo: `permission` maps name patterns to allow, ask or deny; the last match wins. A tool's name is
//! `SERVER_TOOL`, with every character except ASCII letters, digits, `_` and `-` replaced by `_`.

use serde_json::{Map, Value, json};

use super::names::{WORDS, folded, is_some};
use super::settings::{
    Client, Evidence, Permission, ReadOnlyHint, ReadTools, ToolsByDecision, json as json_file, parse,
};
use crate::model::ClientName;
use crate::policy::dialect::error::WriteError;

pub(crate) const OPENCODE: Client = Client {
    name: ClientName::OPENCODE,
    file: "opencode.json",
    extension: "json",
    can: &[Permission::Free, Permission::Ask, Permission::Refused],
    unnamed: Permission::Refused,
    hides: true,
    checked: Evidence::Ran("1.18.33"),
    read_only_hint: ReadOnlyHint::Ignored,
    compares_values: false,
    warning: Some("The pattern with * must stand before the names of tools."),
    servers: WORDS,
    can_name: is_some,
    spelled: folded,
    write,
    read,
};

pub(crate) const KILO: Client =
    Client { name: ClientName::KILO, file: "kilo.json", checked: Evidence::Ran("7.7.7"), ..OPENCODE };

const WORDS_OF: [(&str, Permission); 3] =
    [("allow", Permission::Free), ("ask", Permission::Ask), ("deny", Permission::Refused)];

/// The keys of a JSON object are sorted, and `*` sorts before all characters of names, so that the pattern comes first.
fn write(named: &ToolsByDecision<'_>) -> Result<String, WriteError> {
    let lists = [&named.free, &named.ask, &named.refused];
    let mut permission: Map<String, Value> = [(format!("{}_*", named.server), json!("deny"))].into_iter().collect();
    for (list, (word, _)) in lists.into_iter().zip(WORDS_OF) {
        permission.extend(list.iter().map(|tool| (format!("{}_{tool}", named.server), json!(word))));
    }
    json_file(&json!({"permission": permission}))
}

fn read(text: &str, server: &str) -> ReadTools {
    let settings = parse(text)?;
    let prefix = format!("{server}_");
    let entries = settings["permission"].as_object().into_iter().flatten();
    let named = entries.filter_map(|(key, word)| {
        let (_, permission) = WORDS_OF.into_iter().find(|(name, _)| word == name)?;
        let tool = key.strip_prefix(&prefix).filter(|tool| *tool != "*")?;
        Some((tool.to_owned(), permission))
    });
    Ok(named.collect())
}
