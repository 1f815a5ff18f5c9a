//! What a parameter is for, told by its name, its type and its description.

use super::entries::InputEntry;
use crate::model::Parameter;
use crate::text::words::Words;

/// A parameter role, compiled.
#[derive(Debug)]
pub struct Input {
    /// As it is written in `inputs.yaml`.
    pub entry: InputEntry,
    names: Vec<Vec<Box<str>>>,
    whole: Vec<Vec<Box<str>>>,
    except: Vec<Vec<Box<str>>>,
    only_speaking: Vec<Vec<Box<str>>>,
    speaks: Vec<Vec<Box<str>>>,
    speaks_also: Vec<Vec<Box<str>>>,
    speaks_not: Vec<Vec<Box<str>>>,
}

impl Input {
    /// Compiles one entry.
    pub fn compile(entry: InputEntry) -> Self {
        let split = |list: &[String]| list.iter().map(|p| p.split_whitespace().map(Into::into).collect()).collect();
        Self {
            names: split(&entry.names),
            whole: split(&entry.whole),
            except: split(&entry.except),
            only_speaking: split(&entry.only_speaking),
            speaks: split(&entry.speaks),
            speaks_also: split(&entry.speaks_also),
            speaks_not: split(&entry.speaks_not),
            entry,
        }
    }

    /// True when `parameter` has this role. `name` and `description` are its words, `tool` those of the tool's
    /// description.
    pub fn fits(&self, parameter: &Parameter, name: &Words<'_>, description: &Words<'_>, tool: &Words<'_>) -> bool {
        let typed = parameter.types.is_empty()
            || self.entry.types.is_empty()
            || parameter.types.iter().any(|t| self.entry.types.contains(t));
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

fn any_in(list: &[Vec<Box<str>>], words: &Words<'_>) -> bool {
    list.iter().any(|part| (0..words.len()).any(|at| part.iter().enumerate().all(|(i, p)| words.get(at + i) == &**p)))
}
