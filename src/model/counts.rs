//! The totals of a report, counted once for all formats.

use serde::Serialize;

use super::{ByCategory, BySeverity, Report, Severity};

/// The totals of a report. Suppressed findings and flows are counted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) servers: usize,
    /// Those of the servers that are skills. It is no figure of a scan, only said in its total.
    #[serde(skip)]
    pub(crate) skills: usize,
    pub(crate) tools: usize,
    pub(crate) categories: ByCategory,
    pub(crate) severities: BySeverity,
    /// Findings that are neither ignored nor in the baseline, by severity.
    pub(crate) findings: BySeverity,
    /// Findings that are ignored or in the baseline.
    pub(crate) suppressed: usize,
    /// Flows between tools that are neither ignored nor in the baseline, by severity.
    pub(crate) flows: BySeverity,
    /// Flows that are ignored or in the baseline.
    pub(crate) suppressed_flows: usize,
    /// Tools with an overridden verdict.
    pub(crate) overridden: usize,
    /// Entries of configurations whose server was not read. They are no figure of a scan, only said in its total.
    #[serde(skip)]
    pub(crate) entries: usize,
    /// Targets that could not be read.
    pub(crate) errors: usize,
}

impl Counts {
    pub(crate) fn new(report: &Report) -> Self {
        let tools = || report.servers.iter().flat_map(|server| &server.tools);
        let findings = || report.all_servers().flat_map(|server| server.findings());
        let flows = || report.flows.found.iter();
        let categories = ByCategory::count(tools().map(|tool| tool.assessment.category));
        Self {
            servers: report.servers.len(),
            skills: report.servers.iter().filter(|server| server.is_skill()).count(),
            tools: report.tool_count(),
            categories,
            severities: BySeverity::from_categories(&categories),
            findings: findings().filter(|f| f.suppression().is_none()).map(|f| f.severity).collect(),
            suppressed: findings().filter(|f| f.suppression().is_some()).count(),
            flows: flows().filter(|f| f.suppression().is_none()).map(|f| f.severity).collect(),
            suppressed_flows: flows().filter(|f| f.suppression().is_some()).count(),
            overridden: tools().filter(|tool| tool.assessment.overridden.is_some()).count(),
            entries: report.unread.len(),
            errors: report.failures().count(),
        }
    }

    /// The totals with their names: `tools`, `category.Read`, `findings.High`.
    pub(crate) fn by_name(&self) -> Vec<(String, usize)> {
        let by_severity = |what: &'static str, counts: BySeverity| {
            Severity::ALL.map(move |severity| (format!("{what}.{severity}"), counts.get(severity)))
        };
        let categories =
            super::Category::ALL.map(|category| (format!("category.{category}"), self.categories.get(category)));
        let first = [("servers".into(), self.servers), ("tools".into(), self.tools)];
        let last = [
            ("suppressed".into(), self.suppressed),
            ("suppressed_flows".into(), self.suppressed_flows),
            ("overridden".into(), self.overridden),
            ("errors".into(), self.errors),
        ];
        first
            .into_iter()
            .chain(categories)
            .chain(by_severity("severity", self.severities))
            .chain(by_severity("findings", self.findings))
            .chain(by_severity("flows", self.flows))
            .chain(last)
            .collect()
    }
}
