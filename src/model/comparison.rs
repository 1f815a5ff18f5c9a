//! How the tools of one server differ between two ways of starting it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Tool;

/// What differs when a server is listed in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The other way, for people: the names of the variables that were set, or where its configuration names it.
    pub with: String,
    /// The tools that are listed only then, sorted.
    pub added: Vec<String>,
    /// Those that are not listed then.
    pub removed: Vec<String>,
    /// Those whose definitions are others then.
    pub changed: Vec<String>,
}

impl Comparison {
    /// Compares `before` with `after`, which were listed `with` something else.
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
        }
    }

    /// True when nothing differs.
    pub(crate) fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
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
