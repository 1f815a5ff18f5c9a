//! The index of the search page: tools, servers and other pages. In the browser MiniSearch does the matching and the ranking: among the well-kept
//! searches it is the one that forgives typing errors and needs no build step beside ours (Pagefind stems words, and
//! would write a file per tool). What it is given is cut here, so that a query loads a few parts and not the whole:
//! the words in order, a part for each stretch of them with the tools that have one of its words, and the words alone,
//! by their first and by their last two letters, to find what a misspelt one may mean.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::naming;
use super::related::Place;
use crate::model::{Category, Report, ServerReport, ToolReport};
use crate::rules::Ruleset;
use crate::text::clean;
use crate::text::words::Words;

/// Most tools found by one word: those that bear it in their names first, shorter names before longer ones, then the
/// gravest.
const MAX_TOOLS: usize = 80;
/// Most tools in one part.
const PART: usize = 100;
/// About how many words are in one part of the list of words, and how many at most, the commonest first.
const WORDS: usize = 600;
const MAX_WORDS: usize = 1_500;
/// Longest word, name and description that are searched, in characters.
const MAX_WORD: usize = 32;
const MAX_NAME: usize = 80;
const MAX_DESCRIPTION: usize = 140;

/// A page that is found by its title: kind, title, address below the folder of the site.
pub(crate) type FoundPage = (&'static str, String, String);

/// The words of all tools, cut into parts.
pub(crate) struct SearchIndex {
    /// By number.
    parts: Vec<Part>,
    /// The words alone, commonest first.
    words: Vec<Vec<String>>,
}

/// A stretch of neighbouring words, and the tools that have one of them.
struct Part {
    /// Sorts after the words of the part before, and not after any word of this one.
    start: String,
    words: Vec<String>,
    tools: BTreeSet<Place>,
}

/// What a tool has a word in, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Name,
    Server,
    Other,
}

/// A tool that has a word; those that sort first are kept. The number is that of the words in a name that has it.
type Posting = (Field, usize, Reverse<u8>, Place);

/// The tools of one word.
#[derive(Default)]
struct Postings {
    best: Vec<Posting>,
    count: usize,
}

impl Postings {
    fn add(&mut self, posting: Posting) {
        self.count += 1;
        if self.best.is_empty() {
            // Most words have one tool, and a list would begin with room for four.
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
    /// The index of `report`.
    pub(crate) fn of(report: &Report, ruleset: &Ruleset) -> Self {
        let mut by_word: HashMap<String, Postings> = HashMap::new();
        for (number, server) in report.servers.iter().enumerate() {
            let server_words = words(&format!("{} {}", naming::label(&server.server), package(server)));
            for word in server_words.iter().collect::<BTreeSet<_>>() {
                let posting = (Field::Name, server_words.len(), Reverse(u8::MAX), Place::of_server(number));
                add(&mut by_word, word.clone(), posting);
            }
            for (at, tool) in server.tools.iter().enumerate() {
                let place = Place::new(number, at);
                for (word, field) in words_of(tool, &server_words, ruleset) {
                    add(&mut by_word, word, posting(tool, field, place));
                }
            }
        }
        let words = bucketed(&by_word);
        add_pairs(&mut by_word, report);
        Self { parts: parted(by_word), words }
    }

    /// How many parts there are.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// How many parts the list of words has.
    pub(crate) fn word_parts(&self) -> usize {
        self.words.len()
    }

    /// What a query must know to find its parts, and the pages that are about neither a server nor a tool.
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

    /// Part `number` of the tools: its servers once each, and a row for each tool.
    pub(crate) fn part(&self, number: usize, report: &Report, ruleset: &Ruleset) -> String {
        let mut servers: Vec<Value> = Vec::new();
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let part = &self.parts[number];
        let rows: Vec<Value> = part
            .tools
            .iter()
            .map(|place| {
                let server = &report.servers[place.server()];
                let at = *numbers.entry(place.server()).or_insert_with(|| {
                    servers.push(json!([naming::label(&server.server), server.slug, package(server)]));
                    servers.len() - 1
                });
                if place.is_server() { server_row(at, server) } else { row(at, &server.tools[place.tool()], ruleset) }
            })
            .collect();
        said(&format!("tools-{number}"), &json!({ "words": part.words, "servers": servers, "tools": rows }))
    }

    /// Part `number` of the list of words.
    pub(crate) fn word_part(&self, number: usize) -> String {
        said(&format!("words-{number}"), &json!(self.words[number]))
    }
}

fn posting(tool: &ToolReport, field: Field, place: Place) -> Posting {
    let length = if field == Field::Name { name_words(tool).len() } else { 0 };
    (field, length, Reverse(tool.assessment.score.value), place)
}

fn add(by_word: &mut HashMap<String, Postings>, word: String, posting: Posting) {
    match by_word.get_mut(&word) {
        Some(postings) => postings.add(posting),
        None => by_word.entry(word).or_default().add(posting),
    }
}

/// Two neighbouring words of a name as one, where each alone has more tools than are kept: so that `create_issue` is
/// found among ten thousand tools that create and as many with issues.
fn add_pairs(by_word: &mut HashMap<String, Postings>, report: &Report) {
    let common: HashSet<String> =
        by_word.iter().filter(|(_, postings)| postings.count > MAX_TOOLS).map(|(word, _)| word.clone()).collect();
    for (number, server) in report.servers.iter().enumerate() {
        for (at, tool) in server.tools.iter().enumerate() {
            let names = name_words(tool);
            let pairs = names.windows(2).filter(|pair| pair.iter().all(|word| common.contains(word)));
            for pair in pairs.map(|pair| pair.concat()).collect::<BTreeSet<_>>() {
                add(by_word, pair, posting(tool, Field::Name, Place::new(number, at)));
            }
        }
    }
}

/// A part as a script: JSON is an expression of that language.
fn said(name: &str, value: &Value) -> String {
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

/// A server as a row: without a category.
fn server_row(at: usize, server: &ServerReport) -> Value {
    let grade = server.grade.as_ref().map(|grade| format!("Grade {grade}. ")).unwrap_or_default();
    let because = clean::excerpt_of_words(&server.verdict.because, MAX_DESCRIPTION);
    let told = format!("{grade}{}: {because}", server.verdict.answer.words());
    json!([at, naming::label(&server.server), "", null, 0, told, []])
}

fn description(tool: &ToolReport) -> String {
    naming::described(tool.tool.description.as_deref().unwrap_or(""), MAX_DESCRIPTION)
}

fn package(server: &ServerReport) -> String {
    naming::package(&server.server).map(|package| clean::excerpt(&package.name, MAX_NAME)).unwrap_or_default()
}

/// The words that a tool is found by, each once, with the best field that it stands in.
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

/// The words of `text` that can be searched for.
fn words(text: &str) -> Vec<String> {
    let words = Words::of(text);
    words.iter().filter(|word| word.chars().nth(MAX_WORD).is_none()).map(str::to_owned).collect()
}

/// Neighbouring words together, as long as their tools fill no more than a part.
fn parted(by_word: HashMap<String, Postings>) -> Vec<Part> {
    let mut words: Vec<(String, Postings)> = by_word.into_iter().collect();
    words.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut parts: Vec<Part> = Vec::new();
    for (word, mut postings) in words {
        postings.prune();
        let places = postings.best.into_iter().map(|(.., place)| place);
        match parts.last_mut().filter(|part| part.tools.len() + places.len() <= PART) {
            Some(part) => {
                part.words.push(word);
                part.tools.extend(places);
            }
            None => {
                let previous = parts.last().and_then(|part| part.words.last()).map_or("", String::as_str);
                parts.push(Part { start: apart(previous, &word), words: vec![word], tools: places.collect() });
            }
        }
    }
    parts
}

/// The shortest beginning of `word` that sorts after `previous`, which sorts before `word`.
fn apart(previous: &str, word: &str) -> String {
    let shared = previous.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
    word.chars().take(shared + 1).collect()
}

/// The words by their first two letters and by their last two. The page computes the same number from a misspelt word.
fn bucketed(words: &HashMap<String, Postings>) -> Vec<Vec<String>> {
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
            assert_eq!(apart(previous, word), start);
            assert!(previous < start && start <= word);
        }
    }
}
