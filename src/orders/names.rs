//! Tool names that a text may mention.

use std::collections::HashSet;
use std::sync::OnceLock;

use rustc_hash::FxHashSet;

use super::classes::Classes;
use super::near_names::{MIN_NAME, NearNames, may_differ_by_one};

/// The tool names that are known while a definition is read.
#[derive(Debug, Default)]
pub struct ToolNames<'a> {
    own: String,
    parameters: HashSet<String>,
    takes_nothing: bool,
    siblings: Option<&'a Siblings<'a>>,
}

/// Most names that are compared one by one; more are looked up in an index.
const MAX_COMPARED: usize = 64;

/// The normalized tool names of a server, and those of the other servers in the scan.
#[derive(Debug, Default)]
pub struct Siblings<'s> {
    names: FxHashSet<String>,
    /// An index of many names, once it is needed.
    near: OnceLock<NearNames>,
    scan: Option<&'s ScanNames>,
}

impl<'s> Siblings<'s> {
    /// The tools of one server by their `names`.
    pub fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self { names: names.map(letters).collect(), ..Self::default() }
    }

    /// Adds the tools of all servers in the scan.
    pub fn in_scan(self, scan: &'s ScanNames) -> Self {
        Self { scan: Some(scan), ..self }
    }
}

/// The tools of all servers in a scan. Only names of several words, since a single word may be an ordinary one.
#[derive(Debug, Default)]
pub struct ScanNames(FxHashSet<String>);

impl ScanNames {
    /// Collects the `names` that have several words.
    pub fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.filter(|name| is_compound(name)).map(letters).collect())
    }
}

impl<'a> ToolNames<'a> {
    /// The names around the tool `own`: its parameters, and its siblings.
    pub(crate) fn new<'p>(own: &str, parameters: impl Iterator<Item = &'p str>, siblings: &'a Siblings<'a>) -> Self {
        let parameters = parameters.map(letters).collect();
        Self { own: letters(own), parameters, takes_nothing: false, siblings: Some(siblings) }
    }

    /// Sets whether the tool's schema has no parameters.
    pub(crate) fn taking_nothing(self, takes_nothing: bool) -> Self {
        Self { takes_nothing, ..self }
    }

    /// The classes of the definition itself, apart from its words.
    pub(crate) fn of_definition(&self) -> Classes {
        let no_parameters = if self.takes_nothing { Classes::NO_PARAMETERS } else { Classes::NONE };
        if self.is_near_copy() { no_parameters | Classes::NEAR_COPY } else { no_parameters }
    }

    /// True if the name contains another tool's name or differs from it by one letter.
    fn is_near_copy(&self) -> bool {
        let Some(siblings) = self.siblings else { return false };
        if siblings.names.len() > MAX_COMPARED {
            let near = siblings.near.get_or_init(|| NearNames::new(&siblings.names));
            return near.has_near_copy(&self.own, &siblings.names);
        }
        siblings.names.iter().filter(|name| **name != self.own && name.len() >= MIN_NAME).any(|name| {
            self.own.contains(name.as_str())
                || may_differ_by_one(&self.own, name) && strsim::osa_distance(&self.own, name) == 1
        })
    }

    /// The class of `name`, which has the form of an identifier or is quoted.
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
        if self.siblings.and_then(|siblings| siblings.scan).is_some_and(|scan| scan.0.contains(&name)) {
            return Some(Classes::OTHER_TOOL | Classes::OTHER_SERVERS_TOOL);
        }
        self.parameters.contains(&name).then_some(Classes::NONE)
    }

    /// True when the other tools of the server are known.
    pub(crate) fn knows_siblings(&self) -> bool {
        self.siblings.is_some_and(|siblings| !siblings.names.is_empty())
    }
}

/// True for a name of several words.
fn is_compound(name: &str) -> bool {
    let has_separator = || name.trim_matches(['_', '-', '.']).contains(['_', '-', '.']);
    let is_camel = || name.chars().skip(1).any(char::is_uppercase) && name.chars().any(char::is_lowercase);
    has_separator() || is_camel()
}

/// The letters and digits of `name`, in lower case.
fn letters(name: &str) -> String {
    if name.is_ascii() {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        return letters.map(|letter| char::from(letter.to_ascii_lowercase())).collect();
    }
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
