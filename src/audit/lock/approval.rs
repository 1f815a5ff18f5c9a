//! Approves only some of the changes since a lock: whole servers, or single tools of a locked server.

use std::collections::BTreeMap;

use super::likeness::renamed;
use super::pairs::pairs;
use super::{ALL, Lock, LockedServer, LockedTool, UnclearName};

impl Lock {
    /// The servers of `newer` as far as `names` approve them, for [`Lock::updated_by`]. A name is that of a server, with
    /// everything that it lists, or of a tool of a server in this lock; other tools of that server stay as they are here.
    /// `SERVER/` and `SERVER/TOOL` tell apart what has the same name. Servers and tools choose their names, so a name that
    /// fits several of them approves none.
    pub(crate) fn approved(&self, newer: Self, names: &[String]) -> Result<Self, UnclearName> {
        let pairs = pairs(&self.servers, &newer.servers);
        let before = |at: usize| pairs[at].and_then(|place| self.servers.get(place));
        let mut approved: BTreeMap<usize, ApprovedPart<'_>> = BTreeMap::new();
        for name in names {
            let mut fitting: Vec<(usize, Option<&str>, String)> = Vec::new();
            for (at, now) in newer.servers.iter().enumerate() {
                let (server, below) = name.split_once('/').map_or((None, name.as_str()), |(a, b)| (Some(a), b));
                let is_below = |tool: &str| now.has(tool) || before(at).is_some_and(|before| before.has(tool));
                if *name == now.name || (server == Some(&*now.name) && below.is_empty()) {
                    fitting.push((at, None, format!("{}/", now.name)));
                }
                let tool = if server == Some(&*now.name) && is_below(below) { below } else { name.as_str() };
                if before(at).is_some() && is_below(tool) {
                    fitting.push((at, Some(tool), format!("{}/{tool}", now.name)));
                }
            }
            match fitting.as_slice() {
                [] if name == ALL => return Ok(newer),
                [] => return Err(UnclearName::Unknown(name.clone())),
                [(at, None, _)] => drop(approved.insert(*at, ApprovedPart::Whole)),
                [(at, Some(tool), _)] => {
                    if let ApprovedPart::Tools(tools) = approved.entry(*at).or_insert(ApprovedPart::Tools(Vec::new())) {
                        tools.push(tool);
                    }
                }
                several => {
                    let choices = several.iter().map(|(_, _, choice)| choice.clone()).collect();
                    return Err(UnclearName::Ambiguous { name: name.clone(), choices });
                }
            }
        }
        let servers = approved.iter().filter_map(|(at, approval)| {
            let now = newer.servers.get(*at)?;
            Some(match approval {
                ApprovedPart::Whole => now.clone(),
                ApprovedPart::Tools(tools) => before(*at)?.with_tools_of(now, tools),
            })
        });
        Ok(Self::sorted(servers.collect()))
    }
}

/// What is approved of a server.
enum ApprovedPart<'n> {
    Whole,
    Tools(Vec<&'n str>),
}

impl LockedServer {
    fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|locked| locked.name == tool)
    }

    /// This server with the tools `names` as `now` has them. The old name of a renamed tool goes with the new one.
    fn with_tools_of(&self, now: &Self, names: &[&str]) -> Self {
        let removed: Vec<&LockedTool> = self.tools.iter().filter(|tool| !now.has(&tool.name)).collect();
        let new: Vec<&LockedTool> = now.tools.iter().filter(|tool| !self.has(&tool.name)).collect();
        let successors: BTreeMap<&str, &str> = renamed(&removed, &new)
            .into_iter()
            .map(|(a, b)| (removed[a].name.as_str(), new[b].name.as_str()))
            .collect();
        let is_named = |tool: &str| names.contains(&tool);
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

    #[test]
    fn a_name_that_fits_several_approves_none() {
        let before = lock(&[("all", "Gets all."), ("shop", "Opens the shop."), ("get_a", "Gets a.")]);
        let now = lock(&[("all", "Gets all now."), ("shop", "Opens it."), ("get_a", "Gets a now.")]);
        assert_eq!(pending(&before, &now, &["all"]), ["get_a", "shop"], "the tool, and not everything");
        let error = before.approved(now.clone(), &["shop".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "shop may be shop/ or shop/shop");
        assert_eq!(pending(&before, &now, &["shop/shop", "get_a"]), ["all"]);
        assert!(pending(&before, &now, &["shop/"]).is_empty());
    }
}
