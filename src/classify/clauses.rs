//! The clauses of a sentence, and what stands in front of their verbs.

use super::sentences::is_adverb;
use crate::rules::FurtherActs;
use crate::text::words::Words;

/// Words that begin a further part of a sentence.
const CONJUNCTIONS: [&str; 5] = ["and", "but", "plus", "while", "then"];
const MODALS: [&str; 6] = ["will", "can", "may", "does", "might", "could"];
/// Verbs in front of the participle of a passive.
pub(super) const AUXILIARIES: [&str; 5] = ["is", "are", "gets", "get", "be"];
pub(super) const ARTICLES: [&str; 12] =
    ["the", "a", "an", "this", "each", "every", "any", "such", "all", "your", "its", "their"];

/// The subject of a clause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// None is named.
    Nobody,
    /// "the server": acts for the tool if a sequel stands beside it.
    Actor,
    /// "it", "this".
    It,
    /// "this tool", "each call".
    Tool,
}

/// What stands in a clause in front of its verb.
#[derive(Clone, Copy)]
pub(super) struct Lead {
    pub(super) subject: Subject,
    /// "then", "also", "as a side effect".
    pub(super) sequel: bool,
    pub(super) modal: bool,
    pub(super) conjunction: bool,
    /// "proceeds to": the verb behind it says what is done.
    pub(super) chain: bool,
    /// "by", "while": a gerund follows.
    pub(super) manner: bool,
    pub(super) notice: bool,
    /// "which".
    pub(super) relative: bool,
    /// The first word of the subject, if one is named.
    pub(super) named_at: Option<usize>,
    /// The word behind it.
    pub(super) at: usize,
}

/// A clause: the words `from..to` of the sentence `start..end`.
#[derive(Clone, Copy)]
pub(super) struct Clause {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Nothing stands in front of it but words that lead to it.
    pub(super) first: bool,
    /// The sentence begins with a condition.
    pub(super) conditional: bool,
    /// It is the first of the description.
    pub(super) opens: bool,
    /// It stands in a text where nothing counts but what is said without doubt.
    pub(super) only_explicit: bool,
}

/// True if a clause begins at word `at`: behind a mark, or with a conjunction.
pub(super) fn begins_clause(words: &Words<'_>, at: usize) -> bool {
    let gap = words.gap_before(at);
    // "is then deleted" is one clause.
    let before = words.get(at - 1);
    let joins =
        CONJUNCTIONS.contains(&words.get(at)) && !CONJUNCTIONS.contains(&before) && !AUXILIARIES.contains(&before);
    joins
        || gap != " "
            && (gap.contains([',', ';', ':', '(', ')', '—', '–', '…', '!', '?', '\n', '&', '+', '/', '>', '|'])
                || gap.contains("..")
                || gap == " - "
                || gap.ends_with(". "))
}

/// What stands in front of the verb of the clause `from..to`.
pub(super) fn lead(words: &Words<'_>, rules: &FurtherActs, from: usize, to: usize) -> Lead {
    let entry = &rules.entry;
    let mut lead = Lead {
        subject: Subject::Nobody,
        sequel: false,
        modal: false,
        conjunction: false,
        chain: false,
        manner: false,
        notice: false,
        relative: false,
        named_at: None,
        at: from,
    };
    while lead.at < to {
        let (word, next) = (words.get(lead.at), words.get(lead.at + 1));
        let sequel = rules.sequel_len(words, lead.at).min(to - lead.at);
        let filler = rules.filler_len(words, lead.at).min(to - lead.at);
        let chain = rules.chain_len(words, lead.at);
        let named = |noun: &str| match () {
            () if entry.tools.contains(noun) => Some(Subject::Tool),
            () if entry.actors.contains(noun) => Some(Subject::Actor),
            () => None,
        };
        let with_article = (ARTICLES.contains(&word) || word == "one").then(|| named(next)).flatten();
        let length = if let Some(subject) = with_article {
            lead.subject = lead.subject.max(subject);
            2
        } else if sequel > 0 {
            lead.sequel = true;
            sequel
        } else if filler > 0 {
            filler
        } else if chain > 0 && lead.at + chain < to {
            lead.chain = true;
            chain
        } else if ["it", "this"].contains(&word) {
            lead.subject = lead.subject.max(Subject::It);
            1
        } else if ["it'll", "this'll", "we'll"].contains(&word) {
            lead.subject = lead.subject.max(Subject::It);
            lead.modal = true;
            1
        } else if ["tool", "function", "we", "i"].contains(&word) {
            lead.subject = lead.subject.max(named(word).unwrap_or(Subject::It));
            1
        } else if entry.calls.contains(word)
            && (["this", "it", "so"].contains(&next) || with_tool(entry.tools.contains(words.get(lead.at + 2)), next))
        {
            lead.subject = Subject::Tool;
            1 + usize::from(next == "so")
        } else if MODALS.contains(&word) {
            lead.modal = true;
            1
        } else if ["and", "but", "plus", "while"].contains(&word) {
            lead.conjunction = true;
            lead.manner |= word == "while";
            1
        } else if ["by", "thereby", "through"].contains(&word) {
            lead.manner = true;
            1
        } else if word == "which" && words.gap_before(lead.at).contains(',') {
            lead.relative = true;
            1
        } else if entry.notices.contains(word) || (lead.notice && word == "that") {
            lead.notice = true;
            1
        } else if is_adverb(word) || (word.len() > 4 && word.ends_with("ly")) {
            1
        } else {
            0
        };
        if length == 0 {
            break;
        }
        if lead.subject > Subject::Nobody {
            lead.named_at.get_or_insert(lead.at);
        }
        lead.at += length;
    }
    lead
}

/// "this tool", "the function" behind a gerund.
fn with_tool(is_tool: bool, article: &str) -> bool {
    is_tool && ARTICLES.contains(&article)
}
