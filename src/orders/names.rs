//! The names of tools that a text may mention.

use std::collections::HashSet;

use rustc_hash::FxHashSet;

use super::classes::Classes;

/// The tools that are known while a definition is read.
#[derive(Debug, Default)]
pub struct ToolNames<'a> {
    own: String,
    parameters: HashSet<String>,
    takes_nothing: bool,
    siblings: Option<&'a Siblings>,
}

/// Fewest letters of a name that another one can all but repeat.
const MIN_NAME: usize = 6;

/// The tools of a server, by their names without case and separators.
#[derive(Debug, Default)]
pub struct Siblings {
    names: FxHashSet<String>,
}

impl Siblings {
    /// The tools called `names` of one server.
    pub fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self { names: names.map(letters).collect() }
    }
}

impl<'a> ToolNames<'a> {
    /// The tool called `own` with these parameters, alone or beside `siblings`.
    pub(crate) fn new<'p>(own: &str, parameters: impl Iterator<Item = &'p str>, siblings: &'a Siblings) -> Self {
        let parameters = parameters.map(letters).collect();
        Self { own: letters(own), parameters, takes_nothing: false, siblings: Some(siblings) }
    }

    /// The same, of a tool whose schema has no parameters if `takes_nothing`.
    pub(crate) fn taking_nothing(self, takes_nothing: bool) -> Self {
        Self { takes_nothing, ..self }
    }

    /// What is known of the definition beside its words.
    pub(crate) fn of_definition(&self) -> Classes {
        let no_parameters = if self.takes_nothing { Classes::NO_PARAMETERS } else { Classes::NONE };
        if self.is_near_copy() { no_parameters | Classes::NEAR_COPY } else { no_parameters }
    }

    /// True when the name holds that of another tool, or differs from it by one letter.
    fn is_near_copy(&self) -> bool {
        let Some(siblings) = self.siblings else { return false };
        siblings.names.iter().filter(|name| **name != self.own && name.len() >= MIN_NAME).any(|name| {
            self.own.contains(name.as_str())
                || self.own.len().abs_diff(name.len()) <= 1 && strsim::osa_distance(&self.own, name) == 1
        })
    }

    /// What a name is that has the form of an identifier or stands in quotes.
    pub(crate) fn class(&self, name: &str) -> Option<Classes> {
        let name = letters(name);
        if name.is_empty() {
            return None;
        }
        if name == self.own {
            return Some(Classes::OWN_TOOL);
        }
        if self.siblings.is_some_and(|siblings| siblings.names.contains(&name)) {
            return Some(Classes::OTHER_TOOL);
        }
        self.parameters.contains(&name).then_some(Classes::NONE)
    }

    /// True when the other tools of the server are known.
    pub(crate) fn knows_siblings(&self) -> bool {
        self.siblings.is_some_and(|siblings| !siblings.names.is_empty())
    }
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
