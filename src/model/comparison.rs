//! The difference between the tools that one server lists when it is started in two ways, or started at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Tool;

/// The difference between a server's default listing and another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The other way of starting it, in words: the names of the variables that were set, or the configuration entry.
    pub with: String,
    /// The tools that only the other listing contains, sorted.
    pub added: Vec<String>,
    /// The tools that the other listing lacks.
    pub removed: Vec<String>,
    /// The tools with a different definition in the other listing.
    pub changed: Vec<String>,
    /// How they differ, if the source of a package is compared with its server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveDifference>,
}

/// What a started server lists otherwise than the source of its package shows. Parts that the source does not show are no
/// difference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveDifference {
    /// Whether the instructions differ.
    pub instructions: bool,
    /// The tools whose title or description differs.
    pub texts: Vec<String>,
    /// The tools whose parameters differ, in name or in whether they are required.
    pub parameters: Vec<String>,
    /// The tools whose hints differ.
    pub annotations: Vec<String>,
    /// The tools of the server that the source does not show, or not so. Finding rules search them; they are not part of a
    /// report.
    #[serde(skip)]
    pub tools: Vec<Tool>,
}

impl LiveDifference {
    fn new(source: &[Tool], live: &[Tool], partly_known: &BTreeSet<&str>, instructions: bool) -> Self {
        let mut found = Self { instructions, ..Self::default() };
        for tool in live {
            let Some(before) = source.iter().find(|before| before.name == tool.name) else {
                found.tools.push(tool.clone());
                continue;
            };
            let parameters = |tool: &Tool| -> BTreeSet<(String, bool)> {
                tool.parameters.iter().map(|parameter| (parameter.path.clone(), parameter.required)).collect()
            };
            let differs = [
                (texts(before) != texts(tool), &mut found.texts),
                (parameters(before) != parameters(tool), &mut found.parameters),
                (before.annotations != tool.annotations, &mut found.annotations),
            ];
            let is_other = before.description != tool.description || before.parameters != tool.parameters;
            if !partly_known.contains(tool.name.as_str()) {
                for (_, names) in differs.into_iter().filter(|(differs, _)| *differs) {
                    names.push(tool.name.clone());
                }
            }
            if is_other {
                found.tools.push(tool.clone());
            }
        }
        found
    }
}

/// The texts of a tool about itself.
fn texts(tool: &Tool) -> (&str, &str) {
    (trimmed(tool.title.as_deref()), trimmed(tool.description.as_deref()))
}

/// A text without the blanks around it, which no reader sees. A missing text is empty.
fn trimmed(text: Option<&str>) -> &str {
    text.unwrap_or_default().trim()
}

impl Comparison {
    /// Compares `before` with `after`, the listing when the server is started `with` something else.
    pub(crate) fn new(with: String, before: &[Tool], after: &[Tool]) -> Self {
        let by_name =
            |tools| -> BTreeMap<_, _> { <[Tool]>::iter(tools).map(|tool| (tool.name.as_str(), tool)).collect() };
        let (before, after) = (by_name(before), by_name(after));
        let only = |these: &BTreeMap<&str, &Tool>, those: &BTreeMap<&str, &Tool>| {
            these.keys().filter(|name| !those.contains_key(*name)).map(|name| (*name).to_owned()).collect()
        };
        let is_other = |(name, tool): &(&&str, &&Tool)| after.get(*name).is_some_and(|other| other != *tool);
        Self {
            with,
            added: only(&after, &before),
            removed: only(&before, &after),
            changed: before.iter().filter(is_other).map(|(name, _)| (*name).to_owned()).collect(),
            live: None,
        }
    }

    /// Compares what the `source` of a package shows with its server, started `with` a command. Of the tools `partly_known`
    /// the source does not show all. `instructions` is set if those of the server differ.
    pub(crate) fn with_live(
        with: String,
        source: &[Tool],
        live: &[Tool],
        partly_known: &BTreeSet<&str>,
        instructions: bool,
    ) -> Self {
        let difference = LiveDifference::new(source, live, partly_known, instructions);
        let parts = [&difference.texts, &difference.parameters, &difference.annotations];
        let changed: BTreeSet<String> = parts.into_iter().flatten().cloned().collect();
        Self { changed: changed.into_iter().collect(), live: Some(difference), ..Self::new(with, source, live) }
    }

    /// True if the listings have the same tools.
    pub(crate) fn is_same(&self) -> bool {
        let same_instructions = self.live.as_ref().is_none_or(|live| !live.instructions);
        same_instructions && self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_by_name() {
        let tool = |name: &str, description: &str| Tool {
            name: name.into(),
            description: Some(description.into()),
            ..Tool::default()
        };
        let before = [tool("a", ""), tool("b", "old"), tool("c", "")];
        let after = [tool("c", ""), tool("b", "new"), tool("d", "")];
        let found = Comparison::new("MODE".into(), &before, &after);
        assert_eq!((found.added, found.removed, found.changed), (vec!["d".into()], vec!["a".into()], vec!["b".into()]));
        assert!(Comparison::new("MODE".into(), &before, &before).is_same());
    }
}
