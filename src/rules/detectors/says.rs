//! Finds phrases in texts that the model reads.

use serde::{Deserialize, Serialize};

use super::patterns::PhraseList;
use crate::model::ModelText;
use crate::rules::Found;
use crate::text::clean;
use crate::text::words::Words;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the phrases in a text that the model reads; * stands for one or two words";

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 120;
/// Most words between a quotation and the word that introduces it as an example.
const MAX_INTRODUCTION: usize = 30;

/// Phrases with exceptions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Says {
    phrases: PhraseList,
    /// Longer phrases that contain them and mean something else.
    #[serde(default)]
    except: PhraseList,
    /// A phrase does not count if one of these words follows it.
    #[serde(default)]
    unless_next: Vec<String>,
    /// Words that introduce a quotation as an example. A phrase in such a quotation does not count.
    #[serde(default)]
    quoted_after: Vec<String>,
}

impl Says {
    pub(crate) fn find(&self, text: &ModelText<'_>) -> Option<String> {
        let words = &text.words;
        let continues = |to: usize| {
            let next = words.get(to + 1);
            words.gap_after(to) == " " && self.unless_next.iter().any(|word| word == next)
        };
        let found = self.phrases.find_unless(words, &self.except);
        let found = found.into_iter().find(|it| !continues(it.to) && !self.is_quoted_example(words, it))?;
        let quote = clean::excerpt(words.text(found.from, found.to), MAX_QUOTE);
        Some(format!("{} says \"{quote}\".", text.label_capitalised()))
    }

    /// True if the phrase is within a closed quotation that is introduced as an example.
    fn is_quoted_example(&self, words: &Words<'_>, found: &Found<()>) -> bool {
        const QUOTES: [char; 3] = ['"', '\'', '`'];
        let Some(quote) = words.gap_before(found.from).chars().last().filter(|c| QUOTES.contains(c)) else {
            return false;
        };
        let closed = (found.to..words.len()).find_map(|at| {
            let gap = words.gap_after(at);
            gap.find([quote, '\n'].as_slice()).map(|place| gap[place..].starts_with(quote))
        });
        let sentence = (1..=MAX_INTRODUCTION.min(found.from))
            .map(|back| found.from - back)
            .take_while(|at| !words.gap_after(*at).contains(['.', '!', '?', '\n']));
        let mut introduction = sentence.map(|at| words.get(at));
        closed == Some(true) && introduction.any(|word| self.quoted_after.iter().any(|by| by == word))
    }
}
