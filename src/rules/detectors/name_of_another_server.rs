//! Finds tools whose name is, or looks like, that of another server's tool.

use std::collections::BTreeMap;

use unicode_security::confusable_detection::skeleton;

use super::views::AcrossServers;
use crate::model::ServerReport;
use crate::text::clean;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a name that a tool of another server has, but for case, separators, look-alike letters or one \
                         doubled letter";

/// Longest name in a message, in characters.
const MAX_NAME: usize = 100;
/// Shortest name in which one changed letter goes unnoticed, in characters.
const LONG: usize = 8;

/// The tools whose name a tool of an earlier server has.
pub(crate) fn find(servers: &[ServerReport]) -> Vec<AcrossServers> {
    if servers.len() < 2 {
        return Vec::new();
    }
    let mut exact: BTreeMap<String, (&ServerReport, &str)> = BTreeMap::new();
    let mut blurred: BTreeMap<String, (&ServerReport, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for (server_index, server) in servers.iter().enumerate() {
        for (tool_index, tool) in server.tools.iter().enumerate() {
            let name = &tool.tool.name;
            let likeness = likeness(name);
            let near = *blurred.entry(blur(&likeness)).or_insert((server, name));
            let same = *exact.entry(likeness).or_insert((server, name));
            let is_other = |(other, _): &(&ServerReport, &str)| other.server.name != server.server.name;
            let mistaken_for = [same, near].into_iter().find(|it| is_other(it) && are_alike(it.1, name));
            if let Some((other, known)) = mistaken_for {
                let alike = if name == known { "is called the same as" } else { "is easily taken for" };
                let text = format!("The tool {alike} {} of {}.", shown(known), shown(&other.server.name));
                found.push(AcrossServers { server: server_index, tool: tool_index, text });
            }
        }
    }
    found
}

/// True if a person can mistake one name for the other.
pub(crate) fn are_alike(name: &str, other: &str) -> bool {
    let (name, other) = (likeness(name), likeness(other));
    name == other || is_slip(&name, &other)
}

/// True if the names differ in one look-alike letter or one doubled letter.
fn is_slip(name: &str, other: &str) -> bool {
    let (name, other): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
    let (short, long) = if name.len() <= other.len() { (&name, &other) } else { (&other, &name) };
    let Some(at) =
        short.iter().zip(long).position(|(a, b)| a != b).or((short.len() < long.len()).then_some(short.len()))
    else {
        return false;
    };
    let doubled = || at > 0 && long[at] == long[at - 1] && !long[at].is_ascii_digit() && long[at + 1..] == short[at..];
    short.len() >= LONG
        && match long.len() - short.len() {
            0 => look(long[at]) == look(short[at]) && long[at + 1..] == short[at + 1..],
            1 => doubled(),
            _ => false,
        }
}

/// A common form of likenesses that differ by a slip.
fn blur(likeness: &str) -> String {
    let mut blurred: Vec<char> = likeness.chars().map(look).collect();
    blurred.dedup();
    blurred.into_iter().collect()
}

/// The representative of the letters that look like `c`.
fn look(c: char) -> char {
    match c {
        'i' | '1' => 'l',
        '0' => 'o',
        '5' => 's',
        other => other,
    }
}

/// A common form of names that are easily confused: look-alike letters are unified, case and separators removed.
pub(crate) fn likeness(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    if letters.is_ascii() { letters } else { skeleton(&letters).collect() }
}

/// `name`, bounded for a message.
pub(crate) fn shown(name: &str) -> String {
    clean::excerpt(name, MAX_NAME)
}
