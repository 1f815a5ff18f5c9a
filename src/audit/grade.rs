//! The grade of a server: the worst that it lets an agent do, its worst finding and its worst flow limit it, and a careless
//! definition costs some points more.
//!
//! Nothing in it is a share of the tools, so that harmless tools do not make up for a grave one: a tool more never raises a
//! grade, and one less never lowers it. What a tool can do is judged without the author's hints, so that a true hint costs
//! nothing.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::flows::own_flows;
use crate::classify::{classify_alone, exposure};
use crate::model::{
    Annotations, Assessment, Care, Exposure, Finding, FindingKind, Flow, Lack, Place, Raise, Severity, Tool, ToolReport,
};
use crate::rules::{Cost, Grading, Ruleset};
use crate::text::prose;

/// A grade, with what it rests on.
pub(crate) struct Grade {
    /// `A` (little to look after) to `F`.
    pub(crate) letter: String,
    /// How it came about: `62 (deletes what others may need: delete_repo) - 2 (findings) = 60`.
    pub(crate) arithmetic: String,
    /// What would raise it to a better letter.
    pub(crate) raised_by: Vec<Raise>,
    /// The worst that the server lets an agent do.
    pub(crate) exposure: Exposure,
    /// How carefully it is defined.
    pub(crate) care: Care,
    /// The points of the exposure of each tool, in the order of the tools.
    pub(crate) points_by_tool: Vec<u32>,
}

/// The grade of a server with these tools, findings and flows; none when it lists no tools, for what was not seen is not
/// good.
pub(crate) fn grade(tools: &[ToolReport], findings: &[&Finding], flows: &[Flow], ruleset: &Ruleset) -> Option<Grade> {
    let subject = Subject {
        tools: tools.iter().map(|tool| (exposure_of(tool, ruleset), tool)).collect(),
        findings: findings.to_vec(),
        flows: Cow::Borrowed(flows),
    };
    let worst = subject.exposure(ruleset)?;
    let sum = subject.sum(ruleset);
    let lost: String = sum.lacks.iter().map(|lack| format!(" - {} ({})", lack.points, lack.text)).collect();
    let limit = &sum.limit;
    Some(Grade {
        letter: letter(sum.points, &ruleset.grading).to_owned(),
        arithmetic: format!("{} ({}){lost} = {}", limit.points, limit.why, sum.points),
        raised_by: raises(&subject, &worst, &sum, ruleset),
        exposure: worst,
        points_by_tool: subject.tools.iter().map(|(at, _)| points_of(*at, ruleset)).collect(),
        care: Care {
            points: 100_u32.saturating_sub(sum.lacks.iter().map(|lack| lack.points).sum()),
            missing: sum.lacks,
        },
    })
}

/// The place among the exposures of the one that `report` has; the last of them when none fits.
fn exposure_of(report: &ToolReport, ruleset: &Ruleset) -> usize {
    let assessment = without_hints(report, ruleset);
    let last = ruleset.exposures.entries.len().saturating_sub(1);
    exposure(&report.tool, &assessment, ruleset).unwrap_or(last)
}

/// The points of the exposure at that place; 0 when there is none.
fn points_of(at: usize, ruleset: &Ruleset) -> u32 {
    ruleset.exposures.entries.get(at).map_or(0, |entry| entry.points)
}

/// The verdict on a tool as if its author gave no hints; one that a person put in its place stays.
fn without_hints<'a>(report: &'a ToolReport, ruleset: &Ruleset) -> Cow<'a, Assessment> {
    let decided_by_hint = report.assessment.evidence.first().is_some_and(|first| first.place == Place::Annotations);
    if !decided_by_hint || report.assessment.overridden.is_some() {
        return Cow::Borrowed(&report.assessment);
    }
    let tool = Tool { annotations: Annotations::default(), ..report.tool.clone() };
    Cow::Owned(classify_alone(&tool, ruleset))
}

/// What is graded.
struct Subject<'a> {
    /// The tools, each with the place of its exposure.
    tools: Vec<(usize, &'a ToolReport)>,
    findings: Vec<&'a Finding>,
    flows: Cow<'a, [Flow]>,
}

/// The points of a server and where they come from.
struct Sum {
    points: u32,
    limit: Limit,
    lacks: Vec<Lack>,
}

/// The most points that something allows.
struct Limit {
    points: u32,
    why: String,
}

impl Subject<'_> {
    /// The exposure with the fewest points, the first in the file of several.
    fn exposure(&self, ruleset: &Ruleset) -> Option<Exposure> {
        let entries = &ruleset.exposures.entries;
        let worst = self.tools.iter().map(|(at, _)| *at).min_by_key(|at| (points_of(*at, ruleset), *at))?;
        let entry = entries.get(worst)?;
        let tools = self.tools.iter().filter(|(at, _)| *at == worst).map(|(_, tool)| tool.tool.name.clone());
        Some(Exposure {
            id: entry.id.clone(),
            title: entry.title.clone(),
            reach: entry.reach.clone(),
            tools: tools.collect(),
            points: entry.points,
        })
    }

    fn sum(&self, ruleset: &Ruleset) -> Sum {
        let grading = &ruleset.grading;
        let limits = [self.exposure_limit(ruleset), self.finding_limit(grading), self.flow_limit(grading)];
        let limit = limits.into_iter().flatten().min_by_key(|limit| limit.points);
        let limit = limit.unwrap_or(Limit { points: 0, why: "no tools".into() });
        let lacks = self.lacks(grading);
        let lost = lacks.iter().map(|lack| lack.points).sum();
        Sum { points: limit.points.saturating_sub(lost), limit, lacks }
    }

    fn exposure_limit(&self, ruleset: &Ruleset) -> Option<Limit> {
        let exposure = self.exposure(ruleset)?;
        Some(Limit { points: exposure.points, why: fact(&exposure) })
    }

    fn finding_limit(&self, grading: &Grading) -> Option<Limit> {
        let limit = |finding: &&Finding| {
            let limits =
                if finding.kind == FindingKind::Attack { &grading.attack_limit } else { &grading.finding_limit };
            limits.get(&finding.severity).copied().unwrap_or(100)
        };
        let worst = self.findings.iter().min_by_key(|finding| limit(finding))?;
        Some(Limit { points: limit(worst), why: format!("finding {}", worst.id) })
    }

    fn flow_limit(&self, grading: &Grading) -> Option<Limit> {
        let limit = |flow: &&Flow| grading.flow_limit.get(&flow.severity).copied().unwrap_or(100);
        let worst = self.flows.iter().min_by_key(limit)?;
        Some(Limit { points: limit(&worst), why: format!("flow {}", worst.id) })
    }

    /// What a careful definition would have and this one has not.
    fn lacks(&self, grading: &Grading) -> Vec<Lack> {
        let care = &grading.care;
        let changing = || self.tools.iter().map(|(_, tool)| *tool).filter(|tool| is_changing(tool));
        let has = |tool: &ToolReport, id: &str| tool.assessment.signals.iter().any(|signal| signal.id == id);
        let undescribed =
            self.tools.iter().filter(|(_, tool)| has(tool, "no-description") || has(tool, "no-schema")).count();
        let unhinted = changing().filter(|tool| !is_hinted(&tool.tool)).count();
        let unbounded = changing().filter(|tool| has(tool, "unbounded-input")).count();
        let cost = |count: usize, cost: Cost| {
            cost.each.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX)).min(cost.most)
        };
        let found = self.findings.iter().map(|f| care.findings.each.get(&f.severity).copied().unwrap_or(0));
        let lacks = [
            (found.fold(0, u32::saturating_add).min(care.findings.most), "findings".to_owned()),
            (cost(undescribed, care.undescribed), named(undescribed, "without a description or a schema")),
            (cost(unhinted, care.unhinted), named(unhinted, "changing something without a hint")),
            (cost(unbounded, care.unbounded), named(unbounded, "taking text without a limit")),
        ];
        lacks.into_iter().filter(|(points, _)| *points > 0).map(|(points, text)| Lack { text, points }).collect()
    }

    /// The same server without the tools of the exposure `id`, their findings and their flows; none when nothing is left.
    fn without(&self, id: &str, ruleset: &Ruleset) -> Option<Self> {
        let is_gone = |at: usize| ruleset.exposures.entries.get(at).is_some_and(|entry| entry.id == id);
        let (gone, kept): (Vec<_>, Vec<_>) = self.tools.iter().copied().partition(|(at, _)| is_gone(*at));
        if kept.is_empty() {
            return None;
        }
        let gone: std::collections::HashSet<&str> = gone.iter().map(|(_, tool)| tool.tool.name.as_str()).collect();
        let of_gone = |finding: &&&Finding| finding.tool.as_deref().is_some_and(|name| gone.contains(name));
        Some(Self {
            findings: self.findings.iter().filter(|finding| !of_gone(finding)).copied().collect(),
            flows: Cow::Owned(own_flows(kept.iter().map(|(_, tool)| *tool), ruleset)),
            tools: kept,
        })
    }

    fn points(&self, ruleset: &Ruleset) -> u32 {
        self.sum(ruleset).points
    }
}

/// `3 tools without a hint`.
fn named(count: usize, what: &str) -> String {
    format!("{} {what}", prose::count(count, "tool"))
}

/// `deletes what others may need: delete_repo and 2 more tools`.
fn fact(exposure: &Exposure) -> String {
    match exposure.tools.as_slice() {
        [] => exposure.title.clone(),
        [one] => format!("{}: {one}", exposure.title),
        [first, more @ ..] => format!("{}: {first} and {}", exposure.title, prose::count(more.len(), "more tool")),
    }
}

/// True for a tool that does more than read, whatever its author says.
fn is_changing(report: &ToolReport) -> bool {
    report.assessment.severity > Severity::Low
}

/// True when the author says whether the tool changes something.
fn is_hinted(tool: &Tool) -> bool {
    tool.annotations.read_only_hint.is_some() || tool.annotations.destructive_hint.is_some()
}

fn letter(points: u32, grading: &Grading) -> &str {
    grading.letters.iter().find(|(_, least)| points >= **least).map_or("F", |(letter, _)| letter.as_str())
}

/// Each remedy that would by itself give a better letter, the greatest gain first.
fn raises(subject: &Subject<'_>, worst: &Exposure, sum: &Sum, ruleset: &Ruleset) -> Vec<Raise> {
    let (grading, remedies) = (&ruleset.grading, &ruleset.grading.remedies);
    let now = letter(sum.points, grading);
    let with = |findings: Vec<&Finding>, flows: &[Flow]| {
        let (tools, flows) = (subject.tools.clone(), flows.to_vec());
        let findings = findings.into_iter().cloned().collect::<Vec<_>>();
        Subject { tools, findings: findings.iter().collect(), flows: Cow::Owned(flows) }.points(ruleset)
    };
    let exposed = subject.without(&worst.id, ruleset).map(|rest| rest.points(ruleset));
    let candidates = [
        (remedies.exposure.replace("{exposure}", &worst.title), exposed),
        (remedies.findings.clone(), Some(with(Vec::new(), &subject.flows))),
        (remedies.flow.clone(), Some(with(subject.findings.clone(), &[]))),
        (remedies.care.clone(), Some(sum.limit.points)),
    ];
    let raise = |(condition, points): (String, Option<u32>)| {
        let points = points?;
        let then = letter(points, grading);
        (then < now).then(|| Raise { condition, grade: then.to_owned(), points })
    };
    let mut raises: Vec<Raise> = candidates.into_iter().filter_map(raise).collect();
    raises.sort_by_key(|raise| Reverse(raise.points));
    raises
}

#[cfg(test)]
mod tests;
