//! The grade of a server, with its arithmetic.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::model::{Finding, Raise, Severity, ToolReport};
use crate::rules::{Grading, Ruleset};

/// A grade, A to F.
pub struct Grade {
    /// `A` (little care) to `F`.
    pub letter: String,
    /// How it came about: `100 - 23 (critical tools) = 77`.
    pub arithmetic: String,
    /// What would raise it to a better letter.
    pub raised_by: Vec<Raise>,
}

/// The grade of a server with these tools and findings; none when it lists no tools, for what was not seen is not good.
pub fn grade(tools: &[ToolReport], findings: &[Finding], ruleset: &Ruleset) -> Option<Grade> {
    if tools.is_empty() {
        return None;
    }
    let (tools, findings): (Vec<&ToolReport>, Vec<&Finding>) = (tools.iter().collect(), findings.iter().collect());
    let lost = losses(&tools, &findings, &ruleset.grading);
    let points = left(&lost);
    let shown: String =
        lost.iter().filter(|(loss, _)| *loss > 0).map(|(loss, why)| format!(" - {loss} ({why})")).collect();
    Some(Grade {
        letter: letter(points, &ruleset.grading).to_owned(),
        arithmetic: format!("100{shown} = {points}"),
        raised_by: raises(&tools, &findings, &lost, &ruleset.grading),
    })
}

/// What costs points, each with its name.
fn losses(tools: &[&ToolReport], findings: &[&Finding], grading: &Grading) -> Vec<(u32, String)> {
    let share = |points: u32, concerned: &dyn Fn(&ToolReport) -> bool| {
        part_of(points, tools.iter().filter(|tool| concerned(tool)).count(), tools.len())
    };
    let severity = |severity: Severity| {
        let points = grading.severity.get(&severity).copied().unwrap_or(0);
        (share(points, &|tool| tool.assessment.severity == severity), of_severity(severity))
    };
    vec![
        severity(Severity::Critical),
        severity(Severity::High),
        severity(Severity::Medium),
        severity(Severity::Low),
        (
            share(grading.aggravated, &|tool| tool.assessment.signals.iter().any(|s| s.aggravating)),
            "aggravating signals".into(),
        ),
        (share(grading.undescribed, &is_undescribed), "missing descriptions or schemas".into()),
        (for_findings(findings, grading), "findings".into()),
    ]
}

fn of_severity(severity: Severity) -> String {
    format!("{} tools", severity.name().to_lowercase())
}

/// The points that are left of 100.
fn left(lost: &[(u32, String)]) -> u32 {
    lost.iter().fold(100u32, |points, (loss, _)| points.saturating_sub(*loss))
}

fn letter(points: u32, grading: &Grading) -> &str {
    grading.letters.iter().find(|(_, least)| points >= **least).map_or("F", |(letter, _)| letter.as_str())
}

/// Each remedy that would by itself give a better letter, the greatest gain first.
fn raises(tools: &[&ToolReport], findings: &[&Finding], lost: &[(u32, String)], grading: &Grading) -> Vec<Raise> {
    let now = letter(left(lost), grading);
    let raise = |(at, (_, why)): (usize, &(u32, String))| {
        let points = match Severity::ALL.into_iter().find(|severity| of_severity(*severity) == *why) {
            Some(severity) => without(severity, tools, findings, grading)?,
            None => left(&[&lost[..at], &lost[at + 1..]].concat()),
        };
        let then = letter(points, grading);
        let condition = grading.remedies.get(why)?.clone();
        (then < now).then(|| Raise { condition, grade: then.to_owned(), points })
    };
    let mut raises: Vec<Raise> = lost.iter().enumerate().filter_map(raise).collect();
    raises.sort_by_key(|raise| Reverse(raise.points));
    raises
}

/// The points of the server without its tools of that severity; none when nothing would be left of it.
fn without(severity: Severity, tools: &[&ToolReport], findings: &[&Finding], grading: &Grading) -> Option<u32> {
    let (gone, kept): (Vec<&ToolReport>, Vec<&ToolReport>) =
        tools.iter().partition(|tool| tool.assessment.severity == severity);
    let gone: HashSet<&str> = gone.iter().map(|tool| tool.tool.name.as_str()).collect();
    let of_gone = |finding: &&&Finding| finding.tool.as_deref().is_some_and(|name| gone.contains(name));
    let findings: Vec<&Finding> = findings.iter().filter(|finding| !of_gone(finding)).copied().collect();
    (!kept.is_empty()).then(|| left(&losses(&kept, &findings, grading)))
}

/// `points` times `part` of `whole`, rounded half up.
fn part_of(points: u32, part: usize, whole: usize) -> u32 {
    let (part, whole) = (part as u64, whole as u64);
    u32::try_from((2 * u64::from(points) * part + whole) / (2 * whole)).unwrap_or(points)
}

fn is_undescribed(tool: &ToolReport) -> bool {
    tool.assessment.signals.iter().any(|s| s.id == "no-description" || s.id == "no-schema")
}

fn for_findings(findings: &[&Finding], grading: &Grading) -> u32 {
    let points = findings.iter().map(|f| grading.finding.get(&f.severity).copied().unwrap_or(0));
    points.fold(0u32, u32::saturating_add).min(grading.findings_at_most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Annotations, Tool};

    fn graded(tools: Vec<Tool>) -> Option<(String, String)> {
        let rules = Ruleset::builtin().unwrap();
        let tools: Vec<ToolReport> = tools.into_iter().map(|tool| crate::assess_tool(tool, &rules)).collect();
        let findings: Vec<Finding> = tools.iter().flat_map(|t| t.findings.clone()).collect();
        grade(&tools, &findings, &rules).map(|grade| (grade.letter, grade.arithmetic))
    }

    fn tool(name: &str) -> Tool {
        let input_schema = Some(serde_json::json!({"type": "object"}));
        Tool { name: name.into(), description: Some("x".into()), input_schema, ..Tool::default() }
    }

    #[test]
    fn letters_and_arithmetic() {
        let grade = |names: &[&str]| graded(names.iter().map(|name| tool(name)).collect());
        let shown = |letter: &str, arithmetic: &str| Some((letter.to_owned(), arithmetic.to_owned()));
        assert_eq!(grade(&[]), None);
        assert_eq!(grade(&["list_users"]), shown("A", "100 = 100"));
        assert_eq!(grade(&["list_users", "delete_user"]), shown("C", "100 - 23 (critical tools) = 77"));
        assert_eq!(grade(&["delete_user"]), shown("D", "100 - 45 (critical tools) = 55"));
    }

    #[test]
    fn what_would_raise_it_is_told_by_the_same_arithmetic() {
        let rules = Ruleset::builtin().unwrap();
        let raised = |names: &[&str]| {
            let tools: Vec<ToolReport> = names.iter().map(|name| crate::assess_tool(tool(name), &rules)).collect();
            grade(&tools, &[], &rules).unwrap().raised_by
        };
        let raise =
            |condition: &str, grade: &str, points| Raise { condition: condition.into(), grade: grade.into(), points };
        // With critical and medium tools the arithmetic is 100 - 23 - 5; without the critical one it is 100 - 10.
        assert_eq!(raised(&["delete_user", "create_user"]), [raise("its Critical tools were left out", "A", 90)]);
        assert_eq!(raised(&["delete_user"]), [], "nothing would be left of it");
        assert_eq!(raised(&["list_users"]), []);
    }

    #[test]
    fn missing_texts_and_findings_cost() {
        let lying = Annotations { read_only_hint: Some(true), ..Annotations::default() };
        let tools = vec![Tool { annotations: lying, description: None, ..tool("delete_user") }];
        let (letter, arithmetic) = graded(tools).unwrap();
        assert_eq!(arithmetic, "100 - 45 (critical tools) - 15 (missing descriptions or schemas) - 3 (findings) = 37");
        assert_eq!(letter, "E");
    }
}
