//! Finds flows, that is, paths over several tools that together do harm, and the smallest set of tools whose denial
//! cuts all of them.
//!
//! A flow is cut if and only if one of its steps has no tool left. So the smallest cut is the smallest union of one
//! step per flow. It is found by trying all choices of steps: three flows of three steps have 27 choices.

use std::collections::{BTreeMap, BTreeSet};

use crate::classify::roles;
use crate::model::{Flow, FlowStep, ServerReport, ToolRef, ToolReport};
use crate::rules::{FlowEntry, FlowRole, Ruleset};

/// Most choices of steps tried. The built-in flows have 12; custom rules may have more.
const MAX_CHOICES: usize = 100_000;

pub(crate) fn flows(servers: &[ServerReport], ruleset: &Ruleset) -> Vec<Flow> {
    between(servers.iter().flat_map(|server| server.tools.iter().map(|tool| (server.slug.as_str(), tool))), ruleset)
}

pub(crate) fn own_flows<'a>(tools: impl Iterator<Item = &'a ToolReport>, ruleset: &Ruleset) -> Vec<Flow> {
    between(tools.map(|tool| ("", tool)), ruleset)
}

/// The flows between `tools`. Each tool comes with the slug of its server.
fn between<'a>(tools: impl Iterator<Item = (&'a str, &'a ToolReport)>, ruleset: &Ruleset) -> Vec<Flow> {
    let mut takers: BTreeMap<String, Vec<ToolRef>> = BTreeMap::new();
    for (server, tool) in tools {
        for taken in roles(&tool.tool, tool.assessment_without_hints(), ruleset) {
            let tool = ToolRef { server: server.to_owned(), tool: tool.tool.name.clone() };
            takers.entry(taken.role).or_default().push(tool);
        }
    }
    ruleset.flows.iter().filter_map(|rule| flow(rule, &takers, &ruleset.flow_roles)).collect()
}

/// The flow of `rule`, if every step has at least one tool.
fn flow(rule: &FlowEntry, takers: &BTreeMap<String, Vec<ToolRef>>, roles: &[FlowRole]) -> Option<Flow> {
    let step = |id: &String| {
        let role = roles.iter().find(|role| role.entry.id == *id)?;
        Some(FlowStep { role: id.clone(), title: role.entry.title.clone(), tools: takers.get(id)?.clone() })
    };
    let steps: Vec<FlowStep> = rule.steps.iter().map(step).collect::<Option<_>>()?;
    Some(Flow {
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: rule.severity,
        path: path(&steps),
        paths: steps.iter().fold(1, |ways: usize, step| ways.saturating_mul(step.tools.len())),
        steps,
        ignored: None,
        known: false,
    })
}

/// A tool for each step: the first one that is not yet on the path, if possible.
fn path(steps: &[FlowStep]) -> Vec<ToolRef> {
    let mut path: Vec<ToolRef> = Vec::new();
    for step in steps {
        let fresh = step.tools.iter().find(|tool| !path.contains(tool));
        path.extend(fresh.or(step.tools.first()).cloned());
    }
    path
}

/// The smallest set of tools whose denial cuts every flow that is not ignored, sorted by name. Of equally small sets,
/// the one that cuts the first flow at the latest step. If there are more than [`MAX_CHOICES`] choices, the best one
/// tried: it cuts all flows, but may not be the smallest.
pub(crate) fn smallest_cut(flows: &[Flow]) -> Vec<ToolRef> {
    let open = flows.iter().filter(|flow| flow.ignored.is_none());
    let mut search = Search { flows: open.collect(), best: None, left: MAX_CHOICES };
    search.choose(0, &BTreeSet::new());
    search.best.map(|cut| cut.into_iter().cloned().collect()).unwrap_or_default()
}

/// A search that chooses a step for each flow and stops when the choice is no smaller than the best one.
struct Search<'a> {
    flows: Vec<&'a Flow>,
    best: Option<BTreeSet<&'a ToolRef>>,
    left: usize,
}

impl<'a> Search<'a> {
    fn choose(&mut self, at: usize, denied: &BTreeSet<&'a ToolRef>) {
        if self.best.as_ref().is_some_and(|best| denied.len() >= best.len()) || self.left == 0 {
            return;
        }
        let Some(&flow) = self.flows.get(at) else {
            self.left -= 1;
            self.best = Some(denied.clone());
            return;
        };
        for step in flow.steps.iter().rev() {
            let mut denied = denied.clone();
            denied.extend(&step.tools);
            self.choose(at + 1, &denied);
        }
    }
}

/// The role examples whose result differs from what the role states.
pub(crate) fn example_failures(ruleset: &Ruleset) -> Vec<String> {
    let takes = |role: &FlowRole, example: &crate::rules::Example| {
        let tool = example.tool();
        let assessment = crate::classify::classify_alone(&tool, ruleset);
        roles(&tool, &assessment, ruleset).iter().any(|taken| taken.role == role.entry.id)
    };
    let failures = |role: &FlowRole| {
        let examples = &role.entry.examples;
        let listed = [(&examples.matches, true), (&examples.reject, false)];
        let wrong = listed.into_iter().flat_map(|(list, wanted)| {
            list.iter().filter(move |example| takes(role, example) != wanted).map(move |example| (example, wanted))
        });
        let line = |(example, wanted): (&crate::rules::Example, bool)| {
            let should = if wanted { "should" } else { "should not" };
            format!("{} {should} apply to {}: {}", role.entry.id, example.name, example.because)
        };
        wrong.map(line).collect::<Vec<_>>()
    };
    ruleset.flow_roles.iter().flat_map(failures).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Severity;

    #[test]
    fn every_role_keeps_its_word() {
        let failures = example_failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    fn named(at: usize) -> ToolRef {
        ToolRef { server: format!("s{}", at % 3), tool: format!("t{at}") }
    }

    fn made(steps: &[BTreeSet<usize>]) -> Flow {
        let step = |tools: &BTreeSet<usize>| FlowStep {
            role: "role".into(),
            title: "does".into(),
            tools: tools.iter().map(|at| named(*at)).collect(),
        };
        let steps: Vec<FlowStep> = steps.iter().map(step).collect();
        let (path, severity) = (path(&steps), Severity::High);
        Flow { id: "f".into(), title: "F".into(), severity, path, paths: 1, steps, ignored: None, known: false }
    }

    fn is_cut(flow: &Flow, denied: &[ToolRef]) -> bool {
        flow.steps.iter().any(|step| step.tools.iter().all(|tool| denied.contains(tool)))
    }

    proptest! {
        #[test]
        fn the_cut_cuts_and_none_is_smaller(
            steps in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::btree_set(0usize..8, 1..5), 1..4), 0..4)
        ) {
            let flows: Vec<Flow> = steps.iter().map(|steps| made(steps)).collect();
            let cut = smallest_cut(&flows);
            prop_assert!(flows.iter().all(|flow| is_cut(flow, &cut)));
            let smallest = (0u32..256)
                .filter(|set| {
                    let denied: Vec<ToolRef> = (0..8).filter(|at| set & (1 << at) != 0).map(named).collect();
                    flows.iter().all(|flow| is_cut(flow, &denied))
                })
                .map(u32::count_ones)
                .min();
            prop_assert_eq!(Some(cut.len()), smallest.map(|size| size as usize));
        }
    }
}
