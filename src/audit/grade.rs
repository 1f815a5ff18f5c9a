//! The grade of a server. It is limited by the worst exposure, the worst finding, the worst flow and by what was not
//! read; a careless definition costs additional points.
//!
//! Nothing in it is a ratio over the tools, so harmless tools cannot outweigh a dangerous one: adding a tool never
//! raises the grade, and removing one never lowers it. The exposure of a tool is classified without the author's hints,
//! so that a true hint costs nothing.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::flows::own_flows;
use crate::classify::exposure;
use crate::model::{
    Care, CareDeduction, Category, Deviation, Exposure, Finding, FindingKind, Flow, NotRead, Raise, Severity,
    ToolReport,
};
use crate::rules::{Cost, Grading, Ruleset};
use crate::text::prose;

/// A grade and its reasons.
pub(crate) struct Grade {
    /// From `A` (little risk) to `F`.
    pub(crate) letter: String,
    /// The calculation: `62 (deletes what others may need: delete_repo) - 2 (findings) = 60`.
    pub(crate) arithmetic: String,
    /// The changes that would give a better letter.
    pub(crate) raised_by: Vec<Raise>,
    /// The worst exposure.
    pub(crate) exposure: Exposure,
    /// How carefully the server is defined.
    pub(crate) care: Care,
    /// The exposure points of each tool, in tool order.
    pub(crate) points_by_tool: Vec<u32>,
}

/// The grade of a server with these tools, findings, flows and deviations. `None` if it lists no tools: a server that
/// was not seen gets no good grade.
pub(crate) fn grade(
    tools: &[ToolReport],
    findings: &[&Finding],
    flows: &[Flow],
    deviations: &[Deviation],
    ruleset: &Ruleset,
) -> Option<Grade> {
    let input = GradeInput {
        tools: tools.iter().map(|tool| (exposure_of(tool, ruleset), tool)).collect(),
        findings: findings.to_vec(),
        flows: Cow::Borrowed(flows),
        not_read: deviations.iter().filter_map(|deviation| deviation.not_read).collect(),
    };
    let worst = input.exposure(ruleset)?;
    let breakdown = input.points_breakdown(ruleset);
    let lost: String =
        breakdown.deductions.iter().map(|deduction| format!(" - {} ({})", deduction.points, deduction.text)).collect();
    let limit = &breakdown.limit;
    Some(Grade {
        letter: letter(breakdown.points, &ruleset.grading).to_owned(),
        arithmetic: format!("{} ({}){lost} = {}", limit.points, limit.why, breakdown.points),
        raised_by: raises(&input, &worst, &breakdown, ruleset),
        exposure: worst,
        points_by_tool: input.tools.iter().map(|(at, _)| points_of(*at, ruleset)).collect(),
        care: Care {
            points: 100_u32.saturating_sub(breakdown.deductions.iter().map(|deduction| deduction.points).sum()),
            missing: breakdown.deductions,
        },
    })
}

/// The index of the exposure of `report`; the last one if none matches.
fn exposure_of(report: &ToolReport, ruleset: &Ruleset) -> usize {
    let last = ruleset.exposures.entries.len().saturating_sub(1);
    exposure(&report.tool, report.assessment_without_hints(), ruleset).unwrap_or(last)
}

/// The points of the exposure at index `at`; 0 if there is none.
fn points_of(at: usize, ruleset: &Ruleset) -> u32 {
    ruleset.exposures.entries.get(at).map_or(0, |entry| entry.points)
}

/// The input of a grade.
struct GradeInput<'a> {
    /// The tools, each with the index of its exposure.
    tools: Vec<(usize, &'a ToolReport)>,
    findings: Vec<&'a Finding>,
    flows: Cow<'a, [Flow]>,
    /// What was not read.
    not_read: BTreeSet<NotRead>,
}

/// The points of a server and their parts.
struct PointsBreakdown {
    points: u32,
    limit: Limit,
    deductions: Vec<CareDeduction>,
}

/// An upper bound for the points, with the reason.
struct Limit {
    points: u32,
    why: String,
}

impl GradeInput<'_> {
    /// The exposure with the fewest points. Ties go to the first in the file.
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

    fn points_breakdown(&self, ruleset: &Ruleset) -> PointsBreakdown {
        let grading = &ruleset.grading;
        let limits = [
            self.exposure_limit(ruleset),
            self.finding_limit(grading),
            self.flow_limit(grading),
            self.not_read_limit(grading),
        ];
        let limit = limits.into_iter().flatten().min_by_key(|limit| limit.points);
        let limit = limit.unwrap_or(Limit { points: 0, why: "no tools".into() });
        let deductions = self.deductions(grading);
        let lost = deductions.iter().map(|deduction| deduction.points).sum();
        PointsBreakdown { points: limit.points.saturating_sub(lost), limit, deductions }
    }

    fn exposure_limit(&self, ruleset: &Ruleset) -> Option<Limit> {
        let exposure = self.exposure(ruleset)?;
        Some(Limit { points: exposure.points, why: exposure_text(&exposure) })
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

    fn not_read_limit(&self, grading: &Grading) -> Option<Limit> {
        let limits = self.not_read.iter().filter_map(|part| grading.not_read_limit.get(part));
        let lowest = limits.min_by_key(|limit| limit.points)?;
        Some(Limit { points: lowest.points, why: lowest.why.clone() })
    }

    /// What the definition lacks compared with a careful one.
    fn deductions(&self, grading: &Grading) -> Vec<CareDeduction> {
        let care = &grading.care;
        let changing = || self.tools.iter().map(|(_, tool)| *tool).filter(|tool| is_changing(tool));
        let has =
            |tool: &ToolReport, id: &str| tool.assessment_without_hints().signals.iter().any(|signal| signal.id == id);
        let undescribed =
            self.tools.iter().filter(|(_, tool)| has(tool, "no-description") || has(tool, "no-schema")).count();
        let unhinted = changing().filter(|tool| !is_hinted(tool)).count();
        let unbounded = changing().filter(|tool| has(tool, "unbounded-input")).count();
        let cost = |count: usize, cost: Cost| {
            cost.each.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX)).min(cost.most)
        };
        let found = self.findings.iter().map(|f| care.findings.each.get(&f.severity).copied().unwrap_or(0));
        let deductions = [
            (found.fold(0, u32::saturating_add).min(care.findings.most), "findings".to_owned()),
            (cost(undescribed, care.undescribed), count_of_tools(undescribed, "without a description or a schema")),
            (cost(unhinted, care.unhinted), count_of_tools(unhinted, "changing something without a hint")),
            (cost(unbounded, care.unbounded), count_of_tools(unbounded, "taking text without a limit")),
        ];
        deductions
            .into_iter()
            .filter(|(points, _)| *points > 0)
            .map(|(points, text)| CareDeduction { text, points })
            .collect()
    }

    /// The same server without the tools of the exposure `id`, their findings and their flows. `None` if no tools are
    /// left.
    fn without(&self, id: &str, ruleset: &Ruleset) -> Option<Self> {
        let is_removed = |at: usize| ruleset.exposures.entries.get(at).is_some_and(|entry| entry.id == id);
        let (removed, remaining): (Vec<_>, Vec<_>) = self.tools.iter().copied().partition(|(at, _)| is_removed(*at));
        if remaining.is_empty() {
            return None;
        }
        let removed: std::collections::HashSet<&str> =
            removed.iter().map(|(_, tool)| tool.tool.name.as_str()).collect();
        let is_about_removed = |finding: &&&Finding| finding.tool.as_deref().is_some_and(|name| removed.contains(name));
        Some(Self {
            findings: self.findings.iter().filter(|finding| !is_about_removed(finding)).copied().collect(),
            flows: Cow::Owned(own_flows(remaining.iter().map(|(_, tool)| *tool), ruleset)),
            tools: remaining,
            not_read: self.not_read.clone(),
        })
    }

    fn points(&self, ruleset: &Ruleset) -> u32 {
        self.points_breakdown(ruleset).points
    }
}

/// `3 tools without a hint`.
fn count_of_tools(count: usize, what: &str) -> String {
    format!("{} {what}", prose::count(count, "tool"))
}

/// `deletes what others may need: delete_repo and 2 more tools`.
fn exposure_text(exposure: &Exposure) -> String {
    match exposure.tools.as_slice() {
        [] => exposure.title.clone(),
        [one] => format!("{}: {one}", exposure.title),
        [first, more @ ..] => format!("{}: {first} and {}", exposure.title, prose::count(more.len(), "more tool")),
    }
}

/// True if the tool does more than read, independent of its hints.
fn is_changing(report: &ToolReport) -> bool {
    report.assessment_without_hints().severity > Severity::Low
}

/// True if the hints tell a client that the tool changes something, and none of them says less than the definition. A
/// false hint is worth no more than none.
fn is_hinted(report: &ToolReport) -> bool {
    let hints = &report.tool.annotations;
    let category = report.assessment_without_hints().category;
    let is_lie = hints.read_only_hint == Some(true)
        || hints.destructive_hint == Some(false) && category == Category::Destructive;
    let states_destruction = match hints.destructive_hint {
        Some(true) => category >= Category::Execute,
        Some(false) => category == Category::Write,
        None => false,
    };
    !is_lie && (hints.read_only_hint == Some(false) || states_destruction)
}

fn letter(points: u32, grading: &Grading) -> &str {
    grading.letters.iter().find(|(_, least)| points >= **least).map_or("F", |(letter, _)| letter.as_str())
}

/// Each remedy that alone would give a better letter, largest gain first.
fn raises(input: &GradeInput<'_>, worst: &Exposure, breakdown: &PointsBreakdown, ruleset: &Ruleset) -> Vec<Raise> {
    let (grading, remedies) = (&ruleset.grading, &ruleset.grading.remedies);
    let now = letter(breakdown.points, grading);
    let with = |findings: Vec<&Finding>, flows: &[Flow]| {
        let (tools, flows, not_read) = (input.tools.clone(), flows.to_vec(), input.not_read.clone());
        let findings = findings.into_iter().cloned().collect::<Vec<_>>();
        GradeInput { tools, findings: findings.iter().collect(), flows: Cow::Owned(flows), not_read }.points(ruleset)
    };
    let without_worst = input.without(&worst.id, ruleset).map(|rest| rest.points(ruleset));
    let candidates = [
        (remedies.exposure.replace("{exposure}", &worst.title), without_worst),
        (remedies.findings.clone(), Some(with(Vec::new(), &input.flows))),
        (remedies.flow.clone(), Some(with(input.findings.clone(), &[]))),
        (remedies.care.clone(), Some(breakdown.limit.points)),
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
