//! Finds texts that influence how another server's tool is used (tool shadowing).

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::name_of_another_server::{likeness, shown};
use super::patterns::PhraseList;
use super::views::AcrossServers;
use crate::model::{ModelText, ServerReport, Tool, texts_of_tool};
use crate::rules::Found;
use crate::text::clean;
use crate::text::words::Words;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the phrases close to the name of another server's tool";

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 120;
/// Most words between a tool's name and the phrase.
const NEAR: usize = 6;

/// Phrases that influence how a tool is used.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowsAnotherTool {
    phrases: PhraseList,
}

impl ShadowsAnotherTool {
    /// The tools with such a text.
    pub(crate) fn find(&self, servers: &[ServerReport]) -> Vec<AcrossServers> {
        if servers.len() < 2 {
            return Vec::new();
        }
        let all: Vec<(&ServerReport, &Tool)> =
            servers.iter().flat_map(|server| server.tools.iter().map(move |tool| (server, &tool.tool))).collect();
        let names = Names::new(all.iter().map(|(_, tool)| tool.name.as_str()));
        let mut found = Vec::new();
        for (server_index, server) in servers.iter().enumerate() {
            let own = OwnNames::new(server.tools.iter().map(|tool| tool.tool.name.as_str()));
            for (tool_index, tool) in server.tools.iter().enumerate() {
                let Some((quoted, index)) = self.steering(&tool.tool, &names, &own) else { continue };
                let (other, steered) = all[index];
                let text = format!("{quoted} {} is a tool of {}.", shown(&steered.name), shown(&other.server.name));
                found.push(AcrossServers { server: server_index, tool: tool_index, text });
            }
        }
        found
    }

    /// True if a text of `tool` influences the use of one of `others`, tools of another server.
    pub(crate) fn is_shadowing(&self, tool: &Tool, others: &[String]) -> bool {
        let names = Names::new(others.iter().map(String::as_str));
        self.steering(tool, &names, &OwnNames::new(std::iter::once(tool.name.as_str()))).is_some()
    }

    /// The first text of `tool` with one of `names` near a phrase, and the index of that name.
    fn steering(&self, tool: &Tool, names: &Names, own: &OwnNames) -> Option<(String, usize)> {
        texts_of_tool(tool).iter().find_map(|text: &ModelText<'_>| {
            let words = &text.words;
            let name = names.first(words, own)?;
            let is_near = |found: &Found<()>| found.from <= name.to + NEAR && name.from <= found.to + NEAR;
            let order = self.phrases.find(words).into_iter().find(is_near)?;
            let quote = clean::excerpt(words.text(order.from.min(name.from), order.to.max(name.to)), MAX_QUOTE);
            Some((format!("{} says \"{quote}\".", text.label_capitalised()), name.owner))
        })
    }
}

/// The tool names of a server itself, which its texts may mention.
struct OwnNames {
    exact: HashSet<String>,
    alike: HashSet<String>,
}

impl OwnNames {
    fn new<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        Self { exact: names.clone().map(str::to_lowercase).collect(), alike: names.map(likeness).collect() }
    }
}

/// Tool names, exact and by likeness, found in a text in one pass, since a hostile listing may have many names and
/// texts.
struct Names {
    exact: HashMap<String, usize>,
    alike: HashMap<String, usize>,
}

impl Names {
    /// `names` by index; of names with the same likeness, the first.
    fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let (mut exact, mut alike) = (HashMap::new(), HashMap::new());
        for (index, name) in names.enumerate() {
            exact.entry(name.to_lowercase()).or_insert(index);
            alike.entry(likeness(name)).or_insert(index);
        }
        Self { exact, alike }
    }

    /// The index of the tool `name` if it is none of `own`. An exact match counts even if one of `own` looks alike.
    fn another(&self, name: &str, own: &OwnNames) -> Option<usize> {
        let spelt = name.to_lowercase();
        if own.exact.contains(&spelt) {
            return None;
        }
        let alike = likeness(name);
        let by_likeness = || self.alike.get(&alike).filter(|_| !own.alike.contains(&alike));
        self.exact.get(&spelt).or_else(by_likeness).copied()
    }

    /// The first name in `words` that is none of `own` and has several words joined by `_` or `-`. A single word may be
    /// an ordinary one.
    fn first(&self, words: &Words<'_>, own: &OwnNames) -> Option<Found<usize>> {
        let continues = |at: usize| at + 1 < words.len() && words.gap_after(at).chars().all(|c| matches!(c, '_' | '-'));
        let mut from = 0;
        while from < words.len() {
            let to = (from..words.len()).find(|at| !continues(*at)).unwrap_or(from);
            if from < to
                && let Some(owner) = self.another(words.text(from, to), own)
            {
                return Some(Found { from, to, owner });
            }
            from = to + 1;
        }
        None
    }
}
