//! The values in the conditions of a file: which of them are shared by YAML anchors, and which a person must set.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use serde_json::Value as Json;

use crate::model::{Check, Guard};
use crate::policy::decisions::Decisions;
use crate::policy::dialect::tree::Node;
use crate::policy::dialect::{scalar, shared_value};
use crate::text::quote;

/// Marks a value that a person must set.
const SET_THIS: &str = "# SET THIS";

/// A condition in a file.
struct FileCondition {
    tool: String,
    /// The name of its rule.
    rule: String,
    path: String,
    op: String,
    value: Json,
    /// The bytes of the value; for an alias, those of the alias itself.
    span: Range<usize>,
    /// The anchor of the value, or the one that it refers to.
    anchor: Option<String>,
    /// The first byte of the value, here or at the anchor that it refers to.
    home: usize,
    set_this: bool,
}

/// The position of a guard's value.
struct Home {
    /// `None` if no other condition can refer to it.
    anchor: Option<String>,
    /// Its first byte.
    at: usize,
    value: Json,
}

/// Identifies guards that share a value: they have the same id and the same start value in a new file.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    id: String,
    value: String,
    is_to_be_set: bool,
}

/// A replacement of a byte range of a file.
type Edit = (Range<usize>, String);

/// Completes `text`, whose tree is `root`: adds `hidden` to the list of hidden tools if it is in brackets, and makes
/// the tools in `added` share existing values. `fresh` are the decisions of a new file.
pub(crate) fn complete(text: &str, root: &Node, hidden: &[&str], added: &[String], fresh: &Decisions) -> String {
    let mut edits = share(text, root, added, fresh);
    edits.extend(hide(text, root, hidden));
    edits.sort_by_key(|(span, _)| span.start);
    let mut completed = String::with_capacity(text.len());
    let mut done = 0;
    for (span, new) in edits {
        completed.push_str(&text[done..span.start]);
        completed.push_str(&new);
        done = span.end;
    }
    completed.push_str(&text[done..]);
    completed
}

/// Replaces the values in guards of the tools `added`, which are written in full, by those of the file: an alias if the
/// value has an anchor further up, else a copy of the existing value, with an anchor for later guards.
fn share(text: &str, root: &Node, added: &[String], fresh: &Decisions) -> Vec<Edit> {
    let added: BTreeSet<&str> = added.iter().map(String::as_str).collect();
    let all = conditions(text, root);
    let keyed: Vec<(&FileCondition, Key)> =
        all.iter().filter_map(|condition| Some((condition, key(condition, fresh)?))).collect();
    let (new, old): (Vec<_>, Vec<_>) =
        keyed.into_iter().partition(|(condition, _)| added.contains(condition.tool.as_str()));
    let mut homes: HashMap<&Key, Vec<Home>> = HashMap::new();
    for (condition, key) in &old {
        let homes = homes.entry(key).or_default();
        if homes.last().is_none_or(|last| last.at != condition.home) {
            homes.push(Home { anchor: condition.anchor.clone(), at: condition.home, value: condition.value.clone() });
        }
    }
    let mut left: HashMap<&Key, usize> = HashMap::new();
    new.iter().for_each(|(_, key)| *left.entry(key).or_default() += 1);
    let mut taken = anchors(text);
    let mut edits = Vec::new();
    for (condition, key) in &new {
        let homes = homes.entry(key).or_default();
        let further = left.get_mut(key).map_or(0, |left| std::mem::replace(left, *left - 1) - 1);
        let at = condition.span.start;
        let above = homes.iter().find(|home| home.anchor.is_some() && home.at < at);
        let value = if let Some(anchor) = above.and_then(|home| home.anchor.as_ref()) {
            format!("*{anchor}")
        } else {
            let value = homes.first().map_or(&condition.value, |home| &home.value).clone();
            let anchor = (further > 0).then(|| free(&key.id, &mut taken));
            let mark = anchor.as_ref().map_or_else(String::new, |name| format!("&{name} "));
            let note = if key.is_to_be_set { format!("  {SET_THIS}") } else { String::new() };
            let written = format!("{mark}{}{note}", scalar(&value));
            homes.push(Home { anchor, at, value });
            written
        };
        edits.push((at..end_of_line(text, condition.span.end), value));
    }
    edits
}

/// The values in `text`, whose tree is `root`, that are marked to be set: rule and tool of each.
pub(crate) fn to_set(text: &str, root: &Node) -> Vec<(String, String)> {
    conditions(text, root)
        .into_iter()
        .filter(|condition| condition.set_this)
        .map(|condition| (condition.rule, condition.tool))
        .collect()
}

/// True if the list of hidden tools is written in brackets.
pub(crate) fn hides_in_brackets(text: &str, root: &Node) -> bool {
    in_brackets(text, root).is_some()
}

/// Adds `names` to the list of hidden tools in brackets; `None` if there is no such list, or nothing to hide.
fn hide(text: &str, root: &Node, names: &[&str]) -> Option<Edit> {
    let list = in_brackets(text, root).filter(|_| !names.is_empty())?;
    let names = names.iter().map(|name| scalar_in_list(name)).collect::<Vec<_>>().join(", ");
    let (at, new) = match list.items().last() {
        Some(last) => (last.span.end, format!(", {names}")),
        None => (list.span.start + 1, names),
    };
    Some((at..at, new))
}

fn in_brackets<'n>(text: &str, root: &'n Node) -> Option<&'n Node> {
    root.child("hide").filter(|list| text.get(list.span.start..).is_some_and(|rest| rest.starts_with('[')))
}

/// A quoted text that is valid within brackets.
fn scalar_in_list(text: &str) -> String {
    quote::yaml_flow(&Json::from(text).to_string())
}

/// The key of the value that a condition can share.
fn key(condition: &FileCondition, fresh: &Decisions) -> Option<Key> {
    let is_it = |guard: &&Guard| match &guard.check {
        Check::Argument(asked) => {
            let path = condition.path.strip_prefix("args.");
            guard.id == condition.rule && path == Some(asked.parameter.as_str()) && asked.op.name() == condition.op
        }
        Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => false,
    };
    let guard = fresh.tools.get(&condition.tool)?.guards.iter().find(is_it)?;
    let is_scalar = !matches!(condition.value, Json::Array(_) | Json::Object(_));
    let (id, value) = shared_value(guard).filter(|_| is_scalar)?;
    Some(Key { id: id.to_owned(), value: value.to_string(), is_to_be_set: guard.fill_in })
}

/// Everything in `text` that looks like an anchor name.
fn anchors(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
    text.split('&').skip(1).map(name).collect()
}

/// `id`, or `id_2` and so on if it is taken.
fn free(id: &str, taken: &mut BTreeSet<String>) -> String {
    let mut names = std::iter::once(id.to_owned()).chain((2_u32..).map(|n| format!("{id}_{n}")));
    let name = names.find(|name| !taken.contains(name)).unwrap_or_else(|| id.to_owned());
    taken.insert(name.clone());
    name
}

/// All conditions in `text`, whose tree is `root`, in file order.
fn conditions(text: &str, root: &Node) -> Vec<FileCondition> {
    let tools = root.child("tools").map_or(&[][..], Node::entries);
    let mut all = Vec::new();
    let mut anchors: HashMap<String, usize> = HashMap::new();
    for (tool, node) in tools {
        for rule in node.child("rules").map_or(&[][..], Node::items) {
            for condition in rule.child("conditions").map_or(&[][..], Node::items) {
                all.extend(file_condition(text, &tool.text, rule, condition, &mut anchors));
            }
        }
    }
    all
}

/// Reads `condition` of `rule`. `anchors` are those above it, with the first byte of their values.
fn file_condition(
    text: &str,
    tool: &str,
    rule: &Node,
    condition: &Node,
    anchors: &mut HashMap<String, usize>,
) -> Option<FileCondition> {
    let word = |node: &Node, key: &str| node.child(key).map(Node::json)?.as_str().map(str::to_owned);
    let (key, value) = condition.entries().iter().find(|(key, _)| key.text == "value")?;
    let referred = text.get(value.span.clone())?.strip_prefix('*').map(str::to_owned);
    // Between colon and value, there may be a tag, an anchor or a block indicator.
    let marks = text.get(key.span.end..value.span.start)?.lines().next().unwrap_or_default();
    let mut marks = marks.split_whitespace().take_while(|mark| !mark.starts_with('#'));
    let own = marks.find_map(|mark| mark.strip_prefix('&')).map(str::to_owned);
    if let Some(own) = &own {
        anchors.insert(own.clone(), value.span.start);
    }
    let above = referred.as_ref().and_then(|name| anchors.get(name).copied());
    Some(FileCondition {
        tool: tool.to_owned(),
        rule: word(rule, "name")?,
        path: word(condition, "path")?,
        op: word(condition, "op")?,
        value: value.json(),
        span: value.span.clone(),
        anchor: own.or(referred),
        home: above.unwrap_or(value.span.start),
        set_this: text[key.span.start..end_of_line(text, value.span.end)].contains(SET_THIS),
    })
}

/// The byte after the line that contains byte `at`, without its line ending.
fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.lines().next().map_or(0, str::len)
}
