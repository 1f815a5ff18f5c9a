//! Approves only some of the changes since a lock: whole servers, or single tools of a locked server.

use std::collections::{BTreeMap, BTreeSet};

use super::likeness::renamed;
use super::pairs::pairs;
use super::{ALL, Lock, LockedServer, LockedTool, UnknownName};

impl Lock {
    /// The servers of `newer` as far as `names` approve them, for [`Lock::updated_by`]. A name is that of a server, with
    /// everything that it lists, or of a tool of a server in this lock; other tools of that server stay as they are here.
    pub(crate) fn approved(&self, newer: Self, names: &[String]) -> Result<Self, UnknownName> {
        if names.iter().any(|name| name == ALL) {
            return Ok(newer);
        }
        let mut used: BTreeSet<&String> = BTreeSet::new();
        let mut servers = Vec::new();
        let pairs = pairs(&self.servers, &newer.servers);
        for (now, place) in newer.servers.into_iter().zip(pairs) {
            if let Some(name) = names.iter().find(|name| **name == now.name) {
                used.insert(name);
                servers.push(now);
            } else if let Some(before) = place.and_then(|at| self.servers.get(at)) {
                let tools: Vec<&String> = names.iter().filter(|name| before.has(name) || now.has(name)).collect();
                if !tools.is_empty() {
                    servers.push(before.with_tools_of(&now, &tools));
                    used.extend(tools);
                }
            }
        }
        match names.iter().find(|name| !used.contains(name)) {
            Some(unknown) => Err(UnknownName(unknown.clone())),
            None => Ok(Self::sorted(servers)),
        }
    }
}

impl LockedServer {
    fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|locked| locked.name == tool)
    }

    /// This server with the tools `names` as `now` has them. The old name of a renamed tool goes with the new one.
    fn with_tools_of(&self, now: &Self, names: &[&String]) -> Self {
        let gone: Vec<&LockedTool> = self.tools.iter().filter(|tool| !now.has(&tool.name)).collect();
        let new: Vec<&LockedTool> = now.tools.iter().filter(|tool| !self.has(&tool.name)).collect();
        let successors: BTreeMap<&str, &str> =
            renamed(&gone, &new).into_iter().map(|(a, b)| (gone[a].name.as_str(), new[b].name.as_str())).collect();
        let is_named = |tool: &str| names.iter().any(|name| name.as_str() == tool);
        let is_replaced = |tool: &LockedTool| {
            is_named(&tool.name) || successors.get(tool.name.as_str()).is_some_and(|successor| is_named(successor))
        };
        let kept = self.tools.iter().filter(|tool| !is_replaced(tool));
        let mut tools: Vec<LockedTool> =
            kept.chain(now.tools.iter().filter(|tool| is_named(&tool.name))).cloned().collect();
        tools.sort();
        // The grade follows from the tools, and is no definition to approve.
        let mut approved = Self { tools, grade: now.grade.clone(), listed: now.listed, ..self.clone() };
        approved.seal = approved.expected_seal();
        approved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Listing, Tool};
    use crate::rules::Ruleset;

    fn lock(tools: &[(&str, &str)]) -> Lock {
        let tool = |(name, text): &(&str, &str)| Tool {
            name: (*name).into(),
            description: Some((*text).into()),
            ..Tool::default()
        };
        let mut listing = Listing { tools: tools.iter().map(tool).collect(), ..Listing::default() };
        listing.server.name = "shop".into();
        Lock::new(&crate::report(vec![listing], Vec::new(), &Ruleset::builtin().unwrap()))
    }

    /// What differs between the lock after `names` were approved and the listing.
    fn pending(before: &Lock, now: &Lock, names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let after = before.clone().updated_by(before.approved(now.clone(), &names).unwrap());
        assert_eq!(Lock::parse(&after.write()).unwrap(), Lock::parse(&after.write()).unwrap());
        let drift = after.drift(now);
        drift.servers.iter().flat_map(|server| &server.tools).map(|tool| tool.name.clone()).collect()
    }

    #[test]
    fn one_tool_is_approved_and_the_rest_stays_pending() {
        let before = lock(&[("get_a", "Gets a."), ("get_b", "Gets b."), ("old_name", "Counts the sheep in a field.")]);
        let now = lock(&[("get_a", "Gets a now."), ("get_c", "Gets c."), ("new_name", "Counts the sheep in a field.")]);
        assert_eq!(pending(&before, &now, &["get_a"]), ["get_b", "get_c", "new_name"]);
        assert!(!pending(&before, &now, &["new_name"]).contains(&"new_name".to_owned()), "with its old name");
        assert!(pending(&before, &now, &["get_a", "get_b", "get_c", "new_name"]).is_empty());
        assert!(pending(&before, &now, &["shop"]).is_empty() && pending(&before, &now, &["all"]).is_empty());
        let unknown = before.approved(now, &["get_z".to_owned()]).unwrap_err();
        assert_eq!(unknown.to_string(), "no server and no tool is called get_z");
    }
}
