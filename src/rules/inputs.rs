//! What a parameter is for, by its name, type and description.

use super::entries::InputEntry;
use super::phrases::{Sequence, sequences};
use crate::model::Parameter;
use crate::text::words::Words;

/// A compiled parameter role.
#[derive(Debug)]
pub struct Input {
    /// The entry as written in `inputs.yaml`.
    pub entry: InputEntry,
    names: Vec<Sequence>,
    whole: Vec<Sequence>,
    except: Vec<Sequence>,
    needs_mention: Vec<Sequence>,
    mentions: Vec<Sequence>,
    description_mentions: Vec<Sequence>,
    unless_mentions: Vec<Sequence>,
}

impl Input {
    pub(crate) fn compile(entry: InputEntry) -> Self {
        Self {
            names: sequences(&entry.names),
            whole: sequences(&entry.whole),
            except: sequences(&entry.except),
            needs_mention: sequences(&entry.needs_mention),
            mentions: sequences(&entry.mentions),
            description_mentions: sequences(&entry.description_mentions),
            unless_mentions: sequences(&entry.unless_mentions),
            entry,
        }
    }

    /// True if `parameter` has this role. `name` and `description` are its words, `tool` those of the tool's
    /// description.
    pub(crate) fn fits(
        &self,
        parameter: &Parameter,
        name: &Words<'_>,
        description: &Words<'_>,
        tool: &Words<'_>,
    ) -> bool {
        let typed =
            parameter.types.is_empty() || self.entry.types.is_empty() || parameter.types.share(self.entry.types);
        if !typed || any_in(&self.except, name) || any_in(&self.unless_mentions, description) {
            return false;
        }
        if any_in(&self.description_mentions, description) {
            return true;
        }
        let by_name = self.names.iter().any(|n| ends(name, n))
            || self.whole.iter().any(|n| name.len() == n.len() && ends(name, n));
        if !by_name {
            return false;
        }
        let must_mention = self.needs_mention.iter().any(|n| name.len() == n.len() && ends(name, n));
        !must_mention || any_in(&self.mentions, description) || any_in(&self.mentions, tool)
    }
}

fn ends(words: &Words<'_>, end: &[Box<str>]) -> bool {
    words.len() >= end.len() && words.iter().rev().zip(end.iter().rev()).all(|(w, e)| w == &**e)
}

/// True if `words` contains one of the sequences.
pub(crate) fn any_in(list: &[Sequence], words: &Words<'_>) -> bool {
    list.iter().any(|part| (0..words.len()).any(|at| part.iter().enumerate().all(|(i, p)| words.get(at + i) == &**p)))
}
