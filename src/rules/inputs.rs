//! What a parameter is for, told by its name, its type and its description.

use super::entries::InputEntry;
use super::phrases::{Sequence, sequences};
use crate::model::Parameter;
use crate::text::words::Words;

/// A parameter role, compiled.
#[derive(Debug)]
pub struct Input {
    /// As it is written in `inputs.yaml`.
    pub entry: InputEntry,
    names: Vec<Sequence>,
    whole: Vec<Sequence>,
    except: Vec<Sequence>,
    only_speaking: Vec<Sequence>,
    speaks: Vec<Sequence>,
    speaks_also: Vec<Sequence>,
    speaks_not: Vec<Sequence>,
}

impl Input {
    /// Compiles one entry.
    pub(crate) fn compile(entry: InputEntry) -> Self {
        Self {
            names: sequences(&entry.names),
            whole: sequences(&entry.whole),
            except: sequences(&entry.except),
            only_speaking: sequences(&entry.only_speaking),
            speaks: sequences(&entry.speaks),
            speaks_also: sequences(&entry.speaks_also),
            speaks_not: sequences(&entry.speaks_not),
            entry,
        }
    }

    /// True when `parameter` has this role. `name` and `description` are its words, `tool` those of the tool's
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
        if !typed || any_in(&self.except, name) || any_in(&self.speaks_not, description) {
            return false;
        }
        if any_in(&self.speaks_also, description) {
            return true;
        }
        let by_name = self.names.iter().any(|n| ends(name, n))
            || self.whole.iter().any(|n| name.len() == n.len() && ends(name, n));
        if !by_name {
            return false;
        }
        let must_speak = self.only_speaking.iter().any(|n| name.len() == n.len() && ends(name, n));
        !must_speak || any_in(&self.speaks, description) || any_in(&self.speaks, tool)
    }
}

fn ends(words: &Words<'_>, end: &[Box<str>]) -> bool {
    words.len() >= end.len() && words.iter().rev().zip(end.iter().rev()).all(|(w, e)| w == &**e)
}

/// True when `words` hold one of the sequences.
pub(crate) fn any_in(list: &[Sequence], words: &Words<'_>) -> bool {
    list.iter().any(|part| (0..words.len()).any(|at| part.iter().enumerate().all(|(i, p)| words.get(at + i) == &**p)))
}
