//! The grade of a server, with its arithmetic.

use crate::model::{Finding, Severity, ToolReport};
use crate::rules::{Grading, Ruleset};

/// A grade, A to F.
pub struct Grade {
    /// `A` (little care) to `F`.
    pub letter: String,
    /// How it came about: `100 - 23 (critical tools) = 77`.
    pub arithmetic: String,
}

/// The grade of a server with these tools and findings; none when it lists no tools, for what was not seen is not good.
pub fn grade(tools: &[ToolReport], findings: &[Finding], ruleset: &Ruleset) -> Option<Grade> {
    if tools.is_empty() {
        return None;
    }
    let grading = &ruleset.grading;
    let share = |points: u32, concerned: &dyn Fn(&ToolReport) -> bool| {
        part_of(points, tools.iter().filter(|tool| concerned(tool)).count(), tools.len())
    };
    let severity = |severity: Severity| {
        let points = grading.severity.get(&severity).copied().unwrap_or(0);
        (
            share(points, &|tool| tool.assessment.severity == severity),
            format!("{} tools", severity.name().to_lowercase()),
        )
    };
    let lost = [
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
    ];
    let points = lost.iter().fold(100u32, |points, (loss, _)| points.saturating_sub(*loss));
    let losses: String =
        lost.iter().filter(|(loss, _)| *loss > 0).map(|(loss, why)| format!(" - {loss} ({why})")).collect();
    let letter = grading.letters.iter().find(|(_, least)| points >= **least).map_or("F", |(letter, _)| letter.as_str());
    Some(Grade { letter: letter.to_owned(), arithmetic: format!("100{losses} = {points}") })
}

/// `points` times `part` of `whole`, rounded half up.
fn part_of(points: u32, part: usize, whole: usize) -> u32 {
    let (part, whole) = (part as u64, whole as u64);
    u32::try_from((2 * u64::from(points) * part + whole) / (2 * whole)).unwrap_or(points)
}

fn is_undescribed(tool: &ToolReport) -> bool {
    tool.assessment.signals.iter().any(|s| s.id == "no-description" || s.id == "no-schema")
}

fn for_findings(findings: &[Finding], grading: &Grading) -> u32 {
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
    fn missing_texts_and_findings_cost() {
        let lying = Annotations { read_only_hint: Some(true), ..Annotations::default() };
        let tools = vec![Tool { annotations: lying, description: None, ..tool("delete_user") }];
        let (letter, arithmetic) = graded(tools).unwrap();
        assert_eq!(arithmetic, "100 - 45 (critical tools) - 15 (missing descriptions or schemas) - 10 (findings) = 30");
        assert_eq!(letter, "F");
    }
}
