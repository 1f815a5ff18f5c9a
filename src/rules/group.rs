//! Rule groups, which can be left out one at a time to measure their effect.

use super::entries::GrammarEntry;
use super::{Grammar, Inputs, Lexicon, Ruleset, Wording, phrases};

/// A rule group: the entries of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What verbs mean, with their senses.
    Verbs,
    /// What verbs mean with particular objects.
    Senses,
    /// Function words and verb groups.
    Grammar,
    /// Sentences that state a limit or a consequence.
    Statements,
    /// Parameter roles.
    Inputs,
    /// Signals: they change scores, never categories.
    Signals,
    /// Weights learned from labelled tools and from labelled texts.
    SimilarWording,
}

impl Group {
    pub(crate) const ALL: [Self; 7] =
        [Self::Verbs, Self::Senses, Self::Grammar, Self::Statements, Self::Inputs, Self::Signals, Self::SimilarWording];

    /// Its name on the command line, and the stem of its file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Verbs => "verbs",
            Self::Senses => "senses",
            Self::Grammar => "grammar",
            Self::Statements => "statements",
            Self::Inputs => "inputs",
            Self::Signals => "signals",
            Self::SimilarWording => "similar-wording",
        }
    }
}

impl Ruleset {
    /// The ruleset without `group`. Senses belong to verbs and are dropped with them.
    pub fn without(mut self, group: Group) -> Self {
        match group {
            Group::Verbs => self.lexicon = Lexicon::default(),
            Group::Senses => self.lexicon.forget_senses(),
            Group::Grammar => self.grammar = Grammar::compile(GrammarEntry::default()),
            Group::Statements => self.statements.clear(),
            Group::Inputs => self.inputs = Inputs::default(),
            Group::Signals => self.signals.clear(),
            Group::SimilarWording => {
                self.wording = Wording::default();
                self.reader.forget_similar_wording();
            }
        }
        self.phrases = phrases(&self.statements, &self.signals);
        self
    }
}
