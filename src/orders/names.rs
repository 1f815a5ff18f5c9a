//! The names of tools that a text may mention.

use std::collections::HashSet;

use rustc_hash::FxHashSet;

use super::classes::Classes;

/// The tools that are known while a definition is read.
#[derive(Debug, Default)]
pub struct ToolNames<'a> {
    own: String,
    parameters: HashSet<String>,
    siblings: Option<&'a Siblings>,
}

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
    pub fn new<'p>(own: &str, parameters: impl Iterator<Item = &'p str>, siblings: &'a Siblings) -> Self {
        Self { own: letters(own), parameters: parameters.map(letters).collect(), siblings: Some(siblings) }
    }

    /// What a name is that has the form of an identifier or stands in quotes.
    pub fn class(&self, name: &str) -> Option<Classes> {
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
    pub fn knows_siblings(&self) -> bool {
        self.siblings.is_some_and(|siblings| !siblings.names.is_empty())
    }
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
