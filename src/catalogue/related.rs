//! Finds the tools and attacks that are related to a tool. Bounded and deterministic; no comparison of all pairs.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Category, ToolReport};
use crate::rules::Attack;
use crate::text::words::Words;

/// The position of a tool or a server in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ToolIndex {
    server: u32,
    tool: u32,
}

impl ToolIndex {
    /// The tool with index `tool` of the server with index `server`. Stored as two `u32` because a large site keeps
    /// many; a report with four billion entries would not fit in memory.
    pub(crate) fn new(server: usize, tool: usize) -> Self {
        let number = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { server: number(server), tool: number(tool) }
    }

    /// The server with index `server` itself, stored as an impossible tool index.
    pub(crate) fn for_server(server: usize) -> Self {
        Self::new(server, usize::MAX)
    }

    /// True if this is a server and not a tool.
    pub(crate) fn is_server(self) -> bool {
        self.tool == u32::MAX
    }

    pub(crate) fn server(self) -> usize {
        self.server as usize
    }

    /// Index of the tool in its server.
    pub(crate) fn tool(self) -> usize {
        self.tool as usize
    }
}

/// Most tools kept per word. It bounds the work for a word that many tools share.
const MAX_PER_WORD: usize = 64;

/// Tools by category and by the words of their names.
#[derive(Debug, Default)]
pub(crate) struct RelatedTools {
    by_word: HashMap<(Category, String), Vec<ToolIndex>>,
}

impl RelatedTools {
    /// Adds a tool. If a word has too many tools, the first ones are kept.
    pub(crate) fn add(&mut self, tool: &ToolReport, index: ToolIndex) {
        for word in name_words(tool) {
            let indices = self.by_word.entry((tool.assessment.category, word)).or_default();
            if indices.is_empty() {
                // Most words have one tool; the default capacity is four.
                indices.reserve_exact(1);
            }
            if indices.len() < MAX_PER_WORD && indices.last() != Some(&index) {
                indices.push(index);
            }
        }
    }

    /// Drops words that only one tool has, which are most: they relate it to no other tool.
    pub(crate) fn settle(&mut self) {
        self.by_word.retain(|_, indices| indices.len() > 1);
        self.by_word.shrink_to_fit();
    }

    /// Tools of the same category, sorted by the number of words that their names share with `tool`, then by position.
    pub(crate) fn nearest(&self, tool: &ToolReport) -> Vec<ToolIndex> {
        let mut shared: BTreeMap<ToolIndex, usize> = BTreeMap::new();
        for word in name_words(tool) {
            for index in self.by_word.get(&(tool.assessment.category, word)).into_iter().flatten() {
                *shared.entry(*index).or_default() += 1;
            }
        }
        let mut found: Vec<(ToolIndex, usize)> = shared.into_iter().collect();
        found.sort_by_key(|(index, count)| (std::cmp::Reverse(*count), *index));
        found.into_iter().map(|(index, _)| index).collect()
    }
}

/// The distinct words of a tool's name, at most sixteen.
fn name_words(tool: &ToolReport) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in Words::new(tool.tool.name.as_str()).iter() {
        if out.len() < 16 && !out.iter().any(|w| w == word) {
            out.push(word.to_owned());
        }
    }
    out
}

/// The attacks that abuse tools like `tool`, best match first: attacks whose signals it has, then attacks that need no
/// signal, then the others of its category. Ties go to the attack with fewer categories.
pub(crate) fn attacks<'a>(tool: &ToolReport, attacks: &'a [Attack]) -> Vec<&'a Attack> {
    let mut found: Vec<&Attack> = attacks.iter().filter(|a| a.categories.contains(&tool.assessment.category)).collect();
    found.sort_by_key(|attack| {
        let matched = matched_signals(tool, attack);
        (std::cmp::Reverse(matched), matched == 0 && !attack.signals.is_empty(), attack.categories.len())
    });
    found
}

/// How many signals of `attack` the tool has.
pub(crate) fn matched_signals(tool: &ToolReport, attack: &Attack) -> usize {
    tool.assessment.signals.iter().filter(|s| attack.signals.contains(&s.id)).count()
}
