//! The one value that every artefact is rendered from. Its serialised form is the contract of `--format json`.

use std::cmp::Reverse;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{
    Answer, Assessment, Care, Category, Decision, Deviation, Drift, Exposure, Finding, Flows, NotRead, RateLimit,
    ReportedError, Server, Severity, Tool, ToolRef, Verdict,
};

/// The version of the report's JSON form; raised when a field changes its meaning or goes.
pub const SCHEMA_VERSION: &str = "1.0";

/// The result of a scan.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The program's version.
    pub mcp_scan_version: String,
    /// The digest of the ruleset that judged: `sha256:` and 64 hex digits.
    pub ruleset: String,
    /// The profile by which policies were decided, an id of `policy.yaml`.
    pub profile: String,
    /// Limits of that profile on the calls of all tools together.
    #[serde(skip)]
    pub all_tools: Vec<RateLimit>,
    /// Every server that could be read, in the order of the targets.
    pub servers: Vec<ServerReport>,
    /// Servers of configurations that could not be read, with what is wrong with how they would be started or reached;
    /// those with which nothing is wrong are only among the errors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<ServerReport>,
    /// What the tools can do together, and which of them to deny so that they cannot.
    pub flows: Flows,
    /// Changes since the lock; `None` if no lock was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// Every target that could not.
    pub errors: Vec<ReportedError>,
    /// Entries of the configuration that nothing answers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Unmatched>,
}

impl Report {
    /// How many tools all servers have together.
    pub(crate) fn tool_count(&self) -> usize {
        self.servers.iter().map(|s| s.tools.len()).sum()
    }

    /// Every server that something can be wrong with: those that were read, then the others.
    pub(crate) fn judged(&self) -> impl Iterator<Item = &ServerReport> {
        self.servers.iter().chain(&self.unread)
    }

    /// Where in the listing of the server at that place a tool of that name stands, the first of those with the name.
    pub(crate) fn place_in(&self, server: usize, tool: &str) -> Option<usize> {
        self.servers.get(server)?.tools.iter().position(|report| report.tool.name == tool)
    }

    /// Where `tool` stands: the place of its server, and its own in the listing; the first of those with its name.
    pub(crate) fn place_of(&self, tool: &ToolRef) -> Option<(usize, usize)> {
        let server = self.servers.iter().position(|server| server.slug == tool.server)?;
        Some((server, self.place_in(server, &tool.tool)?))
    }
}

/// One server with the verdicts on its tools.
#[derive(Debug, Clone)]
pub struct ServerReport {
    /// Who it is.
    pub server: Server,
    /// Its name in addresses and file names; unique in the report.
    pub slug: String,
    /// Whether it can be added, and the worst fact.
    pub verdict: Verdict,
    /// The worst that it lets an agent do; none when it lists no tools.
    pub exposure: Option<Exposure>,
    /// How carefully it is defined; none when it lists no tools.
    pub care: Option<Care>,
    /// How many tools it lists.
    pub tool_count: usize,
    /// How many of each category.
    pub categories: ByCategory,
    /// How many of each severity.
    pub severities: BySeverity,
    /// What limits it and what it lacks, as a letter: `A` to `F`; none when it lists no tools.
    pub grade: Option<String>,
    /// How the grade came about: `62 (deletes what others may need: delete_repo) - 2 (findings) = 60`.
    pub grade_arithmetic: Option<String>,
    /// What would raise it to a better letter, the greatest gain first.
    pub grade_raised_by: Vec<Raise>,
    /// What is wrong with the server itself; what is wrong with a tool stands there.
    pub own_findings: Vec<Finding>,
    /// Where it left the protocol.
    pub deviations: Vec<Deviation>,
    /// Its tools, in the order it gave them.
    pub tools: Vec<ToolReport>,
}

impl ServerReport {
    /// What is wrong with the server, then with its tools in their order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.own_findings.iter().chain(self.tools.iter().flat_map(|tool| &tool.findings))
    }

    /// The same, to be changed.
    #[cfg(test)]
    pub(crate) fn findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.own_findings.iter_mut().chain(self.tools.iter_mut().flat_map(|tool| &mut tool.findings))
    }

    /// Sorts servers by what needs attention first: sure attacks, then the answer, then the grade.
    pub(crate) fn attention(&self) -> (Reverse<bool>, Answer, Reverse<Option<&str>>) {
        let attacks = self.findings().any(Finding::is_sure_attack);
        (Reverse(attacks), self.verdict.answer, Reverse(self.grade.as_deref()))
    }

    /// Why parts of the listing were not read.
    pub(crate) fn not_read(&self) -> impl Iterator<Item = &Deviation> {
        self.deviations.iter().filter(|deviation| deviation.not_read.is_some())
    }

    /// Why tools are missing from the listing.
    pub(crate) fn tools_not_read(&self) -> Option<&Deviation> {
        self.deviations.iter().find(|deviation| deviation.not_read == Some(NotRead::Tools))
    }
}

impl Serialize for ServerReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The fields of the contract, in their order.
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            server: &'a Server,
            slug: &'a str,
            verdict: &'a Verdict,
            exposure: &'a Option<Exposure>,
            care: &'a Option<Care>,
            tool_count: usize,
            categories: &'a ByCategory,
            severities: &'a BySeverity,
            grade: &'a Option<String>,
            grade_arithmetic: &'a Option<String>,
            grade_raised_by: &'a [Raise],
            findings: Vec<&'a Finding>,
            deviations: &'a [Deviation],
            tools: &'a [ToolReport],
        }
        let fields = Fields {
            server: &self.server,
            slug: &self.slug,
            verdict: &self.verdict,
            exposure: &self.exposure,
            care: &self.care,
            tool_count: self.tool_count,
            categories: &self.categories,
            severities: &self.severities,
            grade: &self.grade,
            grade_arithmetic: &self.grade_arithmetic,
            grade_raised_by: &self.grade_raised_by,
            findings: self.findings().collect(),
            deviations: &self.deviations,
            tools: &self.tools,
        };
        fields.serialize(serializer)
    }
}

/// One tool with its verdict.
#[derive(Debug, Clone)]
pub struct ToolReport {
    /// The definition.
    pub tool: Tool,
    /// The page name; unique within the server.
    pub slug: String,
    /// The verdict.
    pub assessment: Assessment,
    /// What is wrong with this definition.
    pub findings: Vec<Finding>,
    /// What the starter policy does with it.
    pub decision: Decision,
}

impl ToolReport {
    /// True when a finding on it is a sure attack, which no policy lets pass.
    pub fn has_sure_attack(&self) -> bool {
        self.findings.iter().any(Finding::is_sure_attack)
    }

    /// Sorts tools by what needs attention first: sure attacks, then severity and score, then the name.
    pub fn attention(&self) -> (Reverse<bool>, Reverse<Severity>, Reverse<u8>, &str) {
        let verdict = &self.assessment;
        let gravest = (Reverse(verdict.severity), Reverse(verdict.score.value));
        (Reverse(self.has_sure_attack()), gravest.0, gravest.1, &self.tool.name)
    }

    /// How many arguments the tool takes.
    pub(crate) fn parameter_count(&self) -> ParameterCount {
        ParameterCount {
            total: self.tool.parameters.len(),
            required: self.tool.parameters.iter().filter(|p| p.required).count(),
        }
    }

    /// Writes the fields of the contract into `map`; the streamed form puts the server's name before them.
    pub(crate) fn serialize_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let a = &self.assessment;
        map.serialize_entry("name", &self.tool.name)?;
        map.serialize_entry("title", &self.tool.title)?;
        map.serialize_entry("description", &self.tool.description)?;
        if let Some(error) = &self.tool.error {
            map.serialize_entry("error", error)?;
        }
        map.serialize_entry("category", &a.category)?;
        map.serialize_entry("severity", &a.severity)?;
        map.serialize_entry("score", &a.score.value)?;
        map.serialize_entry("score_arithmetic", &a.score.arithmetic)?;
        map.serialize_entry("confidence", &a.confidence)?;
        if let Some(own) = &a.overridden {
            map.serialize_entry("override", own)?;
        }
        map.serialize_entry("signals", &a.signals)?;
        map.serialize_entry("evidence", &a.evidence)?;
        map.serialize_entry("actions", &a.actions)?;
        map.serialize_entry("parameters", &self.parameter_count())?;
        map.serialize_entry("findings", &self.findings)?;
        map.serialize_entry("policy", &self.decision)?;
        if let Some(schema) = &self.tool.input_schema {
            map.serialize_entry("inputSchema", schema)?;
        }
        if let Some(schema) = &self.tool.output_schema {
            map.serialize_entry("outputSchema", schema)?;
        }
        if !self.tool.annotations.is_empty() {
            map.serialize_entry("annotations", &self.tool.annotations)?;
        }
        if !self.tool.other_fields.is_empty() {
            map.serialize_entry("other_fields", &self.tool.other_fields)?;
        }
        Ok(())
    }
}

impl Serialize for ToolReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_fields(&mut map)?;
        map.end()
    }
}

/// Arguments, nested ones counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ParameterCount {
    pub total: usize,
    /// Those that a call must give.
    pub required: usize,
}

/// Tools by category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ByCategory {
    /// Read tools.
    pub read: usize,
    /// Write tools.
    pub write: usize,
    /// Execute tools.
    pub execute: usize,
    /// Destructive tools.
    pub destructive: usize,
    /// Financial tools.
    pub financial: usize,
}

impl ByCategory {
    /// Counts `categories`.
    pub fn of(categories: impl Iterator<Item = Category>) -> Self {
        let mut counts = Self::default();
        for category in categories {
            let count = match category {
                Category::Read => &mut counts.read,
                Category::Write => &mut counts.write,
                Category::Execute => &mut counts.execute,
                Category::Destructive => &mut counts.destructive,
                Category::Financial => &mut counts.financial,
            };
            *count += 1;
        }
        counts
    }

    /// The count of one category.
    pub(crate) fn get(&self, category: Category) -> usize {
        match category {
            Category::Read => self.read,
            Category::Write => self.write,
            Category::Execute => self.execute,
            Category::Destructive => self.destructive,
            Category::Financial => self.financial,
        }
    }
}

/// Tools by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BySeverity {
    /// Read tools.
    pub low: usize,
    /// Write tools.
    pub medium: usize,
    /// Execute tools.
    pub high: usize,
    /// Destructive and Financial tools.
    pub critical: usize,
}

impl BySeverity {
    /// The severities that these categories have.
    pub fn of(counts: &ByCategory) -> Self {
        Self {
            low: counts.read,
            medium: counts.write,
            high: counts.execute,
            critical: counts.destructive + counts.financial,
        }
    }

    pub(crate) fn total(&self) -> usize {
        self.low + self.medium + self.high + self.critical
    }

    /// The count of one severity.
    pub(crate) fn get(&self, severity: Severity) -> usize {
        match severity {
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High => self.high,
            Severity::Critical => self.critical,
        }
    }
}

impl FromIterator<Severity> for BySeverity {
    fn from_iter<I: IntoIterator<Item = Severity>>(severities: I) -> Self {
        let mut counts = Self::default();
        for severity in severities {
            let count = match severity {
                Severity::Low => &mut counts.low,
                Severity::Medium => &mut counts.medium,
                Severity::High => &mut counts.high,
                Severity::Critical => &mut counts.critical,
            };
            *count += 1;
        }
        counts
    }
}

/// A change of a server under which its grade would be better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Raise {
    /// The condition: "its findings were put right".
    #[serde(rename = "if")]
    pub condition: String,
    /// The grade then.
    pub grade: String,
    /// Its points then, of 100.
    pub points: u32,
}

/// An entry of the user's configuration that matches nothing in the scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmatched {
    /// Where it stands: `overrides[0]`.
    pub entry: String,
    /// What it looks for, for people.
    pub text: String,
}
