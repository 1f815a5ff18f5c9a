//! The index of the search page: tools, servers and other pages. MiniSearch matches and ranks in the browser. It
//! tolerates typing errors and needs no build step (Pagefind stems words and would write a file per tool). The index is
//! split into files so that a query loads only a few: the sorted words are cut into ranges, each with the tools that
//! have a word of the range. The word lists alone are stored by first two and last two letters, to find corrections of
//! a misspelt word.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::naming;
use super::related::ToolIndex;
use crate::model::{Category, Report, ServerReport, ToolReport};
use crate::rules::Ruleset;
use crate::text::clean;
use crate::text::words::Words;

/// Most tools per word. Tools with the word in their name come first, then shorter names, then higher scores.
const MAX_TOOLS: usize = 80;
/// Most tools per part.
const PART: usize = 100;
/// Target number of words per part of the word list, and the limit. More common words come first.
const WORDS: usize = 600;
const MAX_WORDS: usize = 1_500;
/// Longest searchable word, name and description, in characters.
const MAX_WORD: usize = 32;
const MAX_NAME: usize = 80;
const MAX_DESCRIPTION: usize = 140;

/// A page that is found by its title: kind, title, path below the site folder.
pub(crate) type FoundPage = (&'static str, String, String);

/// The search index, split into parts.
pub(crate) struct SearchIndex {
    parts: Vec<Part>,
    /// The parts of the word list, most common words first.
    words: Vec<Vec<String>>,
}

/// A range of the sorted words, and the tools that have one of them.
struct Part {
    /// A string between the last word of the previous part and the first word of this one.
    start: String,
    words: Vec<String>,
    tools: BTreeSet<ToolIndex>,
}

/// The field that contains a word, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Name,
    Server,
    Other,
}

/// A tool that has a word. The smallest postings are kept. The number is the count of words in the name.
type Posting = (Field, usize, Reverse<u8>, ToolIndex);

#[derive(Default)]
struct Postings {
    best: Vec<Posting>,
    count: usize,
}

impl Postings {
    fn add(&mut self, posting: Posting) {
        self.count += 1;
        if self.best.is_empty() {
            // Most words have one tool; the default capacity is four.
            self.best.reserve_exact(1);
        }
        self.best.push(posting);
        if self.best.len() >= 2 * MAX_TOOLS {
            self.prune();
        }
    }

    fn prune(&mut self) {
        self.best.sort_unstable();
        self.best.truncate(MAX_TOOLS);
    }
}

impl SearchIndex {
    pub(crate) fn new(report: &Report, ruleset: &Ruleset) -> Self {
        let mut by_word: HashMap<String, Postings> = HashMap::new();
        for (number, server) in report.servers.iter().enumerate() {
            let server_words = words(&format!("{} {}", naming::label(&server.server), package(server)));
            for word in server_words.iter().collect::<BTreeSet<_>>() {
                let posting = (Field::Name, server_words.len(), Reverse(u8::MAX), ToolIndex::for_server(number));
                add(&mut by_word, word.clone(), posting);
            }
            for (at, tool) in server.tools.iter().enumerate() {
                let index = ToolIndex::new(number, at);
                for (word, field) in words_of(tool, &server_words, ruleset) {
                    add(&mut by_word, word, posting(tool, field, index));
                }
            }
        }
        let words = into_buckets(&by_word);
        add_pairs(&mut by_word, report);
        Self { parts: into_parts(by_word), words }
    }

    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The number of parts of the word list.
    pub(crate) fn word_parts(&self) -> usize {
        self.words.len()
    }

    /// The start file: what a query needs to choose the parts, and the pages that are not about a server or a tool.
    pub(crate) fn root(&self, pages: &[FoundPage], ruleset: &Ruleset) -> String {
        let starts: Vec<&str> = self.parts.iter().map(|part| part.start.as_str()).collect();
        let signals: Vec<&str> = ruleset.signals.iter().map(|signal| signal.text.as_str()).collect();
        let categories: Vec<&str> = Category::ALL.iter().map(|category| category.name()).collect();
        let root = json!({
            "starts": starts, "buckets": self.words.len(), "signals": signals, "categories": categories,
            "pages": pages,
        });
        format!("window.mcpScanSearch = {{ root: {root} }};\n")
    }

    /// Part `number` of the tools: each of its servers once, and a row per tool.
    pub(crate) fn part(&self, number: usize, report: &Report, ruleset: &Ruleset) -> String {
        let mut servers: Vec<Value> = Vec::new();
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let part = &self.parts[number];
        let rows: Vec<Value> = part
            .tools
            .iter()
            .map(|index| {
                let server = &report.servers[index.server()];
                let at = *numbers.entry(index.server()).or_insert_with(|| {
                    servers.push(json!([naming::label(&server.server), server.slug, package(server)]));
                    servers.len() - 1
                });
                if index.is_server() { server_row(at, server) } else { row(at, &server.tools[index.tool()], ruleset) }
            })
            .collect();
        assignment(&format!("tools-{number}"), &json!({ "words": part.words, "servers": servers, "tools": rows }))
    }

    /// Part `number` of the word list.
    pub(crate) fn word_part(&self, number: usize) -> String {
        assignment(&format!("words-{number}"), &json!(self.words[number]))
    }
}

fn posting(tool: &ToolReport, field: Field, index: ToolIndex) -> Posting {
    let length = if field == Field::Name { name_words(tool).len() } else { 0 };
    (field, length, Reverse(tool.assessment.score.value), index)
}

fn add(by_word: &mut HashMap<String, Postings>, word: String, posting: Posting) {
    match by_word.get_mut(&word) {
        Some(postings) => postings.add(posting),
        None => by_word.entry(word).or_default().add(posting),
    }
}

/// Indexes two neighbouring words of a name as one word if each alone has more tools than are kept. So `create_issue`
/// is found among ten thousand tools with "create" and ten thousand with "issue".
fn add_pairs(by_word: &mut HashMap<String, Postings>, report: &Report) {
    let common: HashSet<String> =
        by_word.iter().filter(|(_, postings)| postings.count > MAX_TOOLS).map(|(word, _)| word.clone()).collect();
    for (number, server) in report.servers.iter().enumerate() {
        for (at, tool) in server.tools.iter().enumerate() {
            let names = name_words(tool);
            let pairs = names.windows(2).filter(|pair| pair.iter().all(|word| common.contains(word)));
            for pair in pairs.map(|pair| pair.concat()).collect::<BTreeSet<_>>() {
                add(by_word, pair, posting(tool, Field::Name, ToolIndex::new(number, at)));
            }
        }
    }
}

/// A part as a script that stores its data: pages opened from a local folder cannot fetch JSON.
fn assignment(name: &str, value: &Value) -> String {
    format!("window.mcpScanSearch[\"{name}\"] = {value};\n")
}

fn row(server: usize, tool: &ToolReport, ruleset: &Ruleset) -> Value {
    let verdict = &tool.assessment;
    let number = |id: &str| ruleset.signals.iter().position(|signal| signal.id == id);
    let signals: BTreeSet<usize> = verdict.signals.iter().filter_map(|signal| number(&signal.id)).collect();
    json!([
        server,
        clean::excerpt(&tool.tool.name, MAX_NAME),
        tool.slug,
        verdict.category as usize,
        verdict.score.value,
        description(tool),
        signals
    ])
}

fn server_row(at: usize, server: &ServerReport) -> Value {
    let grade = server.grade.as_ref().map(|grade| format!("Grade {grade}. ")).unwrap_or_default();
    let because = clean::excerpt_of_words(&server.verdict.because, MAX_DESCRIPTION);
    let summary = format!("{grade}{}: {because}", server.verdict.answer.words());
    json!([at, naming::label(&server.server), "", null, 0, summary, []])
}

fn description(tool: &ToolReport) -> String {
    naming::described(tool.tool.description.as_deref().unwrap_or(""), MAX_DESCRIPTION)
}

fn package(server: &ServerReport) -> String {
    naming::package(&server.server).map(|package| clean::excerpt(&package.name, MAX_NAME)).unwrap_or_default()
}

/// The words that find a tool, each once, with the best field that contains it.
fn words_of(tool: &ToolReport, server: &[String], ruleset: &Ruleset) -> HashMap<String, Field> {
    let mut found: HashMap<String, Field> = HashMap::new();
    let mut other = words(&description(tool));
    other.push(tool.assessment.category.name().to_lowercase());
    for signal in &tool.assessment.signals {
        let entry = ruleset.signals.iter().find(|entry| entry.id == signal.id);
        other.extend(entry.into_iter().flat_map(|entry| words(&entry.text)));
    }
    found.extend(other.into_iter().map(|word| (word, Field::Other)));
    found.extend(server.iter().map(|word| (word.clone(), Field::Server)));
    found.extend(name_words(tool).into_iter().map(|word| (word, Field::Name)));
    found
}

fn name_words(tool: &ToolReport) -> Vec<String> {
    words(&clean::excerpt(&tool.tool.name, MAX_NAME))
}

/// The searchable words of `text`.
fn words(text: &str) -> Vec<String> {
    let words = Words::new(text);
    words.iter().filter(|word| word.chars().nth(MAX_WORD).is_none()).map(str::to_owned).collect()
}

/// Groups neighbouring words into parts, up to the limit of tools per part.
fn into_parts(by_word: HashMap<String, Postings>) -> Vec<Part> {
    let mut words: Vec<(String, Postings)> = by_word.into_iter().collect();
    words.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut parts: Vec<Part> = Vec::new();
    for (word, mut postings) in words {
        postings.prune();
        let indices = postings.best.into_iter().map(|(.., index)| index);
        match parts.last_mut().filter(|part| part.tools.len() + indices.len() <= PART) {
            Some(part) => {
                part.words.push(word);
                part.tools.extend(indices);
            }
            None => {
                let previous = parts.last().and_then(|part| part.words.last()).map_or("", String::as_str);
                parts.push(Part {
                    start: distinguishing_prefix(previous, &word),
                    words: vec![word],
                    tools: indices.collect(),
                });
            }
        }
    }
    parts
}

/// The shortest prefix of `word` that sorts after `previous`. `previous` sorts before `word`.
fn distinguishing_prefix(previous: &str, word: &str) -> String {
    let shared = previous.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
    word.chars().take(shared + 1).collect()
}

/// The words in buckets by their first two and by their last two letters. The page's script computes the same bucket.
fn into_buckets(words: &HashMap<String, Postings>) -> Vec<Vec<String>> {
    let count = (2 * words.len()).div_ceil(WORDS);
    let mut buckets: Vec<Vec<(usize, &str)>> = vec![Vec::new(); count];
    for (word, postings) in words {
        let letters: Vec<u32> = word.chars().map(u32::from).collect();
        let of = |pair: &[u32]| (31 * pair[0] as usize + pair[1] as usize) % count;
        if letters.len() > 2 {
            let (first, last) = (of(&letters), of(&letters[letters.len() - 2..]));
            buckets[first].push((postings.count, word));
            if last != first {
                buckets[last].push((postings.count, word));
            }
        }
    }
    let commonest = |mut bucket: Vec<(usize, &str)>| {
        bucket.sort_by_key(|(count, word)| (Reverse(*count), *word));
        bucket.into_iter().take(MAX_WORDS).map(|(_, word)| word.to_owned()).collect()
    };
    buckets.into_iter().map(commonest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_tells_a_word_from_the_one_before() {
        for (previous, word, start) in [("", "get", "g"), ("data", "delete", "de"), ("get", "getter", "gett")] {
            assert_eq!(distinguishing_prefix(previous, word), start);
            assert!(previous < start && start <= word);
        }
    }
}
