//! The values that the conditions of a file compare with: which of them share one place, and which a person must set.

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

/// One condition of a file, in the order of the file.
struct Said {
    tool: String,
    /// The name of its rule.
    rule: String,
    path: String,
    op: String,
    value: Json,
    /// The bytes of the value; of an alias, those of the alias.
    span: Range<usize>,
    /// The anchor that stands before the value, or to which it refers.
    anchor: Option<String>,
    /// The byte at which the value begins, there or at the anchor to which it refers.
    home: usize,
    set_this: bool,
}

/// Where the value of a guard stands.
struct Home {
    /// Nothing where no other condition can refer to it.
    anchor: Option<String>,
    /// The byte at which it begins.
    at: usize,
    value: Json,
}

/// The guards that share one place: those of one id that a new file starts with one value.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    id: String,
    value: String,
    is_to_be_set: bool,
}

/// Text that takes the place of some bytes of a file.
type Edit = (Range<usize>, String);

/// `text`, whose tree is `root`, with `hidden` in its list of hidden tools where that is written in brackets, and with the
/// values of the tools `added` shared with those that are there. `fresh` is what a new file decides.
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

/// Gives the guards of the tools `added`, each of which has its value in full, the values that the file has for them: a
/// reference where the value has an anchor further up, else a place of their own that begins as the file's other one does.
fn share(text: &str, root: &Node, added: &[String], fresh: &Decisions) -> Vec<Edit> {
    let added: BTreeSet<&str> = added.iter().map(String::as_str).collect();
    let all = conditions(text, root);
    let keyed: Vec<(&Said, Key)> = all.iter().filter_map(|said| Some((said, key(said, fresh)?))).collect();
    let (new, old): (Vec<_>, Vec<_>) = keyed.into_iter().partition(|(said, _)| added.contains(said.tool.as_str()));
    let mut homes: HashMap<&Key, Vec<Home>> = HashMap::new();
    for (said, key) in &old {
        let homes = homes.entry(key).or_default();
        if homes.last().is_none_or(|last| last.at != said.home) {
            homes.push(Home { anchor: said.anchor.clone(), at: said.home, value: said.value.clone() });
        }
    }
    let mut left: HashMap<&Key, usize> = HashMap::new();
    new.iter().for_each(|(_, key)| *left.entry(key).or_default() += 1);
    let mut taken = anchors(text);
    let mut edits = Vec::new();
    for (said, key) in &new {
        let homes = homes.entry(key).or_default();
        let further = left.get_mut(key).map_or(0, |left| std::mem::replace(left, *left - 1) - 1);
        let at = said.span.start;
        let above = homes.iter().find(|home| home.anchor.is_some() && home.at < at);
        let value = if let Some(anchor) = above.and_then(|home| home.anchor.as_ref()) {
            format!("*{anchor}")
        } else {
            let value = homes.first().map_or(&said.value, |home| &home.value).clone();
            let anchor = (further > 0).then(|| free(&key.id, &mut taken));
            let mark = anchor.as_ref().map_or_else(String::new, |name| format!("&{name} "));
            let note = if key.is_to_be_set { format!("  {SET_THIS}") } else { String::new() };
            let written = format!("{mark}{}{note}", scalar(&value));
            homes.push(Home { anchor, at, value });
            written
        };
        edits.push((at..end_of_line(text, said.span.end), value));
    }
    edits
}

/// The places that `text`, whose tree is `root`, marks to be set: the rule and the tool of each.
pub(crate) fn to_set(text: &str, root: &Node) -> Vec<(String, String)> {
    conditions(text, root).into_iter().filter(|said| said.set_this).map(|said| (said.rule, said.tool)).collect()
}

/// True when the list of hidden tools is written in brackets.
pub(crate) fn hides_in_brackets(text: &str, root: &Node) -> bool {
    in_brackets(text, root).is_some()
}

/// Puts `names` into the list of hidden tools that is written in brackets; `None` when there is none, or nothing to hide.
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

/// A text in quotes, which may stand between brackets.
fn scalar_in_list(text: &str) -> String {
    quote::yaml_flow(&Json::from(text).to_string())
}

/// The place that the value of a condition shares with others.
fn key(said: &Said, fresh: &Decisions) -> Option<Key> {
    let is_it = |guard: &&Guard| match &guard.check {
        Check::Argument(asked) => {
            let path = said.path.strip_prefix("args.");
            guard.id == said.rule && path == Some(asked.parameter.as_str()) && asked.op.name() == said.op
        }
        Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_) => false,
    };
    let guard = fresh.tools.get(&said.tool)?.guards.iter().find(is_it)?;
    let is_scalar = !matches!(said.value, Json::Array(_) | Json::Object(_));
    let (id, value) = shared_value(guard).filter(|_| is_scalar)?;
    Some(Key { id: id.to_owned(), value: value.to_string(), is_to_be_set: guard.fill_in })
}

/// Whatever looks like the name of an anchor in `text`.
fn anchors(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
    text.split('&').skip(1).map(name).collect()
}

/// `id`, or `id_2` and so on where that is taken.
fn free(id: &str, taken: &mut BTreeSet<String>) -> String {
    let mut names = std::iter::once(id.to_owned()).chain((2_u32..).map(|n| format!("{id}_{n}")));
    let name = names.find(|name| !taken.contains(name)).unwrap_or_else(|| id.to_owned());
    taken.insert(name.clone());
    name
}

/// All conditions of the rules of `text`, whose tree is `root`, in the order of the file.
fn conditions(text: &str, root: &Node) -> Vec<Said> {
    let tools = root.child("tools").map_or(&[][..], Node::entries);
    let mut all = Vec::new();
    let mut anchors: HashMap<String, usize> = HashMap::new();
    for (tool, node) in tools {
        for rule in node.child("rules").map_or(&[][..], Node::items) {
            for condition in rule.child("conditions").map_or(&[][..], Node::items) {
                all.extend(said(text, &tool.text, rule, condition, &mut anchors));
            }
        }
    }
    all
}

/// The condition `condition` of the rule `rule`; `anchors` are those above it, each with the byte of its value.
fn said(text: &str, tool: &str, rule: &Node, condition: &Node, anchors: &mut HashMap<String, usize>) -> Option<Said> {
    let word = |node: &Node, key: &str| node.child(key).map(Node::json)?.as_str().map(str::to_owned);
    let (key, value) = condition.entries().iter().find(|(key, _)| key.text == "value")?;
    let referred = text.get(value.span.clone())?.strip_prefix('*').map(str::to_owned);
    // What stands between the colon and the value on the same line: a tag, an anchor, the sign of a block.
    let marks = text.get(key.span.end..value.span.start)?.lines().next().unwrap_or_default();
    let mut marks = marks.split_whitespace().take_while(|mark| !mark.starts_with('#'));
    let own = marks.find_map(|mark| mark.strip_prefix('&')).map(str::to_owned);
    if let Some(own) = &own {
        anchors.insert(own.clone(), value.span.start);
    }
    let above = referred.as_ref().and_then(|name| anchors.get(name).copied());
    Some(Said {
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

/// The byte behind the last one of the line in which byte `at` is, without the line's end.
fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.lines().next().map_or(0, str::len)
}
