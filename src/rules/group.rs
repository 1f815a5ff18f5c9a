//! Groups of rules, left out one at a time to see what each is worth.

use super::entries::GrammarEntry;
use super::{Grammar, Lexicon, Ruleset, Wording, phrases};

/// A group of rules that can be left out, to see what it is worth: the entries of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What verbs say; their senses go with them.
    Verbs,
    /// What verbs say with their objects.
    Senses,
    /// Words that carry a sentence.
    Grammar,
    /// Sentences that state a limit or a consequence.
    Statements,
    /// What parameters are for.
    Inputs,
    /// What a reviewer should know: it moves scores, never categories.
    Signals,
    /// What labelled tools teach about words.
    SimilarWording,
}

impl Group {
    pub(crate) const ALL: [Self; 7] =
        [Self::Verbs, Self::Senses, Self::Grammar, Self::Statements, Self::Inputs, Self::Signals, Self::SimilarWording];

    /// Its name, on the command line and as the stem of its file.
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
    /// The same rules without those of `group`. Senses are senses of verbs and go with them.
    pub fn without(mut self, group: Group) -> Self {
        match group {
            Group::Verbs => self.lexicon = Lexicon::default(),
            Group::Senses => self.lexicon.forget_senses(),
            Group::Grammar => self.grammar = Grammar::compile(GrammarEntry::default()),
            Group::Statements => self.statements.clear(),
            Group::Inputs => self.inputs.clear(),
            Group::Signals => self.signals.clear(),
            Group::SimilarWording => self.wording = Wording::default(),
        }
        self.phrases = phrases(&self.statements, &self.signals);
        self
    }
}
