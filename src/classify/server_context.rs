//! What the tools of a server have in common: leading name words and repeated sentences. They say nothing about a
//! single tool.

use std::collections::{HashMap, HashSet};

use crate::model::{Category, Tool};
use crate::rules::{Form, Inflection, Object, Ruleset, Strength};
use crate::text::prefix::prefix;
use crate::text::words::Words;

/// Longest namespace, in words: `acme_load_test_list` has three words before its verb.
const MAX_NAMESPACE: usize = 3;
/// Fewest tools that must share a leading noun for it to be a namespace.
const MIN_SHARING_A_NOUN: usize = 3;
/// Most sentences that are compared per description.
const MAX_SENTENCES: usize = 40;
/// Most bytes that are compared per description.
const MAX_COMPARED: usize = 8_000;
/// Fewest tools that must contain a sentence for it to be boilerplate.
const MIN_REPEATED: usize = 3;

/// What the tools of a server share; empty by default, for a tool without siblings.
#[derive(Debug, Clone, Default)]
pub struct ServerContext {
    /// Leading name words that many tools share, joined by spaces.
    namespaces: HashSet<String>,
    /// Sentences that are in many descriptions.
    boilerplate: HashSet<Box<str>>,
}

impl ServerContext {
    /// How many tools of a server are compared. Later tools are classified in the same context, so that a
    /// classification does not depend on whether the whole listing is known.
    pub(crate) const MAX_TOOLS: usize = 256;

    /// Collects what the tools of a server share.
    pub fn from_tools<'t>(tools: impl IntoIterator<Item = &'t Tool>, ruleset: &Ruleset) -> Self {
        let tools: Vec<&Tool> = tools.into_iter().take(Self::MAX_TOOLS).collect();
        if tools.len() < 2 {
            return Self::default();
        }
        let names: Vec<Words<'_>> = tools.iter().map(|tool| Words::new(tool.name.as_str())).collect();
        let mut namespaces = HashSet::new();
        collect_namespaces(&names.iter().collect::<Vec<_>>(), 0, ruleset, &mut namespaces);
        Self { namespaces, boilerplate: repeated_sentences(&tools, ruleset) }
    }

    /// How many leading words of `name` are a namespace; at least one word remains.
    pub(crate) fn namespace_len(&self, name: &Words<'_>) -> usize {
        if self.namespaces.is_empty() {
            return 0;
        }
        let most = MAX_NAMESPACE.min(name.len().saturating_sub(1));
        (1..=most).rev().find(|&len| self.namespaces.contains(&leading(name, len))).unwrap_or(0)
    }

    /// True if many tools of the server contain `sentence`.
    pub(crate) fn is_boilerplate(&self, sentence: &str) -> bool {
        !self.boilerplate.is_empty() && self.boilerplate.contains(trimmed(sentence))
    }
}

fn leading(name: &Words<'_>, len: usize) -> String {
    name.iter().take(len).collect::<Vec<_>>().join(" ")
}

/// Adds namespaces that extend the `depth` leading words that all `names` share.
fn collect_namespaces(names: &[&Words<'_>], depth: usize, ruleset: &Ruleset, found: &mut HashSet<String>) {
    if depth == MAX_NAMESPACE {
        return;
    }
    let mut groups: HashMap<&str, Vec<&Words<'_>>> = HashMap::new();
    for name in names.iter().filter(|name| name.len() > depth + 1) {
        groups.entry(name.get(depth)).or_default().push(name);
    }
    for group in groups.values() {
        if is_namespace(group, depth, ruleset) {
            found.insert(leading(group[0], depth + 1));
            collect_namespaces(group, depth + 1, ruleset, found);
        }
    }
}

/// A noun is a namespace if several names begin with it. A verb is one if different certain verbs follow it:
/// `build_notes_get`, `build_notes_list`. A verb that runs, deletes or pays never is: names of harmless tools must not
/// take it away from a grave one.
fn is_namespace(group: &[&Words<'_>], depth: usize, ruleset: &Ruleset) -> bool {
    let word = group[0].get(depth);
    if ruleset.grammar.questions.contains(word) {
        return false;
    }
    let Some(form) = ruleset.lexicon.form(word) else { return group.len() >= MIN_SHARING_A_NOUN };
    if is_grave(form, ruleset) {
        return false;
    }
    let verbs: Vec<usize> = group.iter().filter_map(|name| plain_verb_after(name, depth + 1, ruleset)).collect();
    let distinct: HashSet<&usize> = verbs.iter().collect();
    group.len() >= 2 && distinct.len() >= 2 && 4 * verbs.len() >= 3 * group.len()
}

/// A word that can only be a verb, at `from` or at the end of the name.
fn plain_verb_after(name: &Words<'_>, from: usize, ruleset: &Ruleset) -> Option<usize> {
    let is_plain =
        |form: &Form| !form.noun && form.inflection == Inflection::Base && !ruleset.lexicon.is_vague(form.lemma);
    [from, name.len() - 1]
        .into_iter()
        .filter_map(|at| ruleset.lexicon.form(name.get(at)))
        .find(is_plain)
        .map(|form| form.lemma)
}

/// True for a verb that by itself does more than read or write.
fn is_grave(form: Form, ruleset: &Ruleset) -> bool {
    let meaning = ruleset.lexicon.meaning(form.lemma, &Object::default());
    meaning.strength == Strength::Strong && meaning.says > Category::Write
}

/// Sentences that are in at least half of the descriptions and mention nothing grave.
fn repeated_sentences(tools: &[&Tool], ruleset: &Ruleset) -> HashSet<Box<str>> {
    if tools.len() < MIN_REPEATED {
        return HashSet::new();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for tool in tools {
        let seen: HashSet<&str> = sentences(tool.description.as_deref().unwrap_or("")).collect();
        seen.into_iter().for_each(|sentence| *counts.entry(sentence).or_default() += 1);
    }
    let often = MIN_REPEATED.max(tools.len().div_ceil(2));
    let mentions_grave = |sentence: &str| {
        Words::new(sentence).iter().any(|word| ruleset.lexicon.form(word).is_some_and(|form| is_grave(form, ruleset)))
    };
    let repeated = counts.into_iter().filter(|(sentence, count)| *count >= often && !mentions_grave(sentence));
    repeated.map(|(sentence, _)| sentence.into()).collect()
}

/// The sentences of `text`, without surrounding punctuation.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    prefix(text, MAX_COMPARED)
        .split('\n')
        .flat_map(|line| line.split_inclusive(['.', '!', '?', ';', '。']))
        .map(trimmed)
        .filter(|sentence| !sentence.is_empty())
        .take(MAX_SENTENCES)
}

fn trimmed(sentence: &str) -> &str {
    sentence.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(tools: &[(&str, &str)]) -> ServerContext {
        let tools: Vec<Tool> = tools
            .iter()
            .map(|(name, text)| Tool { name: (*name).into(), description: Some((*text).into()), ..Tool::default() })
            .collect();
        ServerContext::from_tools(&tools, &Ruleset::builtin().unwrap())
    }

    fn namespace(names: &[&str], name: &str) -> usize {
        let tools: Vec<(&str, &str)> = names.iter().map(|name| (*name, "")).collect();
        context(&tools).namespace_len(&Words::new(name))
    }

    #[test]
    fn leading_words_before_different_verbs_are_a_namespace() {
        let builds = ["build_notes_get", "build_notes_list", "build_notes_remove", "ping"];
        assert_eq!(namespace(&builds, "build_notes_get"), 2);
        assert_eq!(namespace(&builds, "build"), 0);
        assert_eq!(namespace(&["acme_list_tags", "acme_search", "acme_delete_tag"], "acme_search"), 1);
    }

    #[test]
    fn a_verb_before_nouns_is_no_namespace() {
        assert_eq!(namespace(&["delete_tag", "delete_user", "delete_list", "get_tag"], "delete_tag"), 0);
        assert_eq!(namespace(&["start_server"], "start_server"), 0);
    }

    #[test]
    fn boilerplate_is_a_sentence_of_half_the_tools() {
        let tools = [
            ("a", "Deletes a tag. Create a token first."),
            ("b", "Lists tags. Create a token first!"),
            ("c", "Reads a tag. Create a token first."),
            ("d", "Reads a tag."),
            ("e", "Reads a user."),
        ];
        let context = context(&tools);
        assert!(context.is_boilerplate("Create a token first."));
        assert!(!context.is_boilerplate("Reads a tag"));
        assert!(!ServerContext::default().is_boilerplate("Create a token first."));
    }
}
