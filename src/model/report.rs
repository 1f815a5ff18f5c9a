//! The report: the result of a scan, from which every output is rendered. Its JSON form is the output of `--format
//! json`.

use std::cmp::Reverse;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{
    Answer, Assessment, Care, Category, Decision, Deviation, Drift, Exposure, Finding, FindingKind, Flows, Item,
    ItemKind, LeftUnread, NotRead, RateLimit, ReportedError, Server, Severity, Tool, ToolRef, Transport, Verdict,
};

/// The version of the report's JSON form. It is raised when a field is removed or its meaning changes.
pub const SCHEMA_VERSION: &str = "1.0";

/// The result of a scan.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The version of mcp-scan.
    pub mcp_scan_version: String,
    /// The digest of the ruleset that was used: `sha256:` and 64 hex digits.
    pub ruleset: String,
    /// The policy profile that was used, an id of `policy.yaml`.
    pub profile: String,
    /// Limits of that profile on the calls of all tools together.
    #[serde(skip)]
    pub all_tools: Vec<RateLimit>,
    /// The servers that were read, in the order of the targets.
    pub servers: Vec<ServerReport>,
    /// Configured servers that were not read, and settings of clients: their entries are judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<ServerReport>,
    /// The flows between tools, and the smallest set of tools whose denial cuts them.
    pub flows: Flows,
    /// Changes since the lock; `None` if no lock was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The targets that could not be read.
    pub errors: Vec<ReportedError>,
    /// Entries of the user's configuration that match nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Unmatched>,
}

impl Report {
    pub(crate) fn tool_count(&self) -> usize {
        self.servers.iter().map(|s| s.tools.len()).sum()
    }

    /// All servers that can have findings: those that were read, then those that were not.
    pub(crate) fn all_servers(&self) -> impl Iterator<Item = &ServerReport> {
        self.servers.iter().chain(&self.unread)
    }

    /// The targets that could not be read, without those that were left unread on purpose.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &ReportedError> {
        self.errors.iter().filter(|error| error.left_unread.is_none())
    }

    /// The targets that were left unread although the user did not ask for that.
    pub(crate) fn not_seen(&self) -> impl Iterator<Item = &ReportedError> {
        self.errors.iter().filter(|error| error.left_unread.is_some_and(|why| !why.was_wanted()))
    }

    /// The index of the first tool named `tool` in the listing of the server at index `server`.
    pub(crate) fn tool_index(&self, server: usize, tool: &str) -> Option<usize> {
        self.servers.get(server)?.tools.iter().position(|report| report.tool.name == tool)
    }

    /// The indices of the server and of the first tool with the name of `tool`.
    pub(crate) fn indices_of(&self, tool: &ToolRef) -> Option<(usize, usize)> {
        let server = self.servers.iter().position(|server| server.slug == tool.server)?;
        Some((server, self.tool_index(server, &tool.tool)?))
    }
}

/// A server with the verdicts on its tools.
#[derive(Debug, Clone)]
pub struct ServerReport {
    pub server: Server,
    /// Its name in URLs and file names; unique in the report.
    pub slug: String,
    /// The answer whether it can be added, with the reason.
    pub verdict: Verdict,
    /// The worst thing that it lets an agent do. `None` if it lists no tools.
    pub exposure: Option<Exposure>,
    /// How carefully it is defined. `None` if it lists no tools.
    pub care: Option<Care>,
    /// The number of tools.
    pub tool_count: usize,
    /// The number of tools of each category.
    pub categories: ByCategory,
    /// The number of tools of each severity.
    pub severities: BySeverity,
    /// The grade, from `A` to `F`. `None` if it lists no tools.
    pub grade: Option<String>,
    /// The calculation of the grade: `62 (deletes what others may need: delete_repo) - 2 (findings) = 60`.
    pub grade_arithmetic: Option<String>,
    /// The changes that would give a better grade, largest gain first.
    pub grade_raised_by: Vec<Raise>,
    /// Findings about the server itself. Findings about a tool are stored on the tool.
    pub own_findings: Vec<Finding>,
    /// Protocol deviations.
    pub deviations: Vec<Deviation>,
    /// The tools, in listing order.
    pub tools: Vec<ToolReport>,
    /// What it lists besides tools. Findings about it are findings on the server.
    pub items: Vec<Item>,
    /// Why it was not read although nothing failed. `None` if it was read, or if that failed.
    pub left_unread: Option<LeftUnread>,
}

impl ServerReport {
    /// The findings on the server itself, then those on its tools, in tool order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.own_findings.iter().chain(self.tools.iter().flat_map(|tool| &tool.findings))
    }

    /// The items of this kind, in listing order.
    pub(crate) fn items(&self, kind: ItemKind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }

    /// True for a skill of a folder: it is read from a file, and is all that the file holds.
    pub(crate) fn is_skill(&self) -> bool {
        self.tools.is_empty()
            && self.server.transport == Transport::Saved
            && !self.items.is_empty()
            && self.items.iter().all(|item| item.kind == ItemKind::Skill)
    }

    /// The findings in the order of their weight: open ones first, then attacks, then by severity.
    pub(crate) fn gravest_findings(&self) -> Vec<&Finding> {
        let mut findings: Vec<&Finding> = self.findings().collect();
        findings.sort_by_key(|f| (f.suppression().is_some(), f.kind != FindingKind::Attack, Reverse(f.severity)));
        findings
    }

    /// The same, mutable.
    #[cfg(test)]
    pub(crate) fn findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.own_findings.iter_mut().chain(self.tools.iter_mut().flat_map(|tool| &mut tool.findings))
    }

    /// The sort key for servers that need attention first: sure attacks, then the answer, then the grade.
    pub(crate) fn attention(&self) -> (Reverse<bool>, Answer, Reverse<Option<&str>>) {
        let attacks = self.findings().any(Finding::is_sure_attack);
        (Reverse(attacks), self.verdict.answer, Reverse(self.grade.as_deref()))
    }

    /// The deviations because of which a part of the listing was not read.
    pub(crate) fn not_read(&self) -> impl Iterator<Item = &Deviation> {
        self.deviations.iter().filter(|deviation| deviation.not_read.is_some())
    }

    /// The deviation because of which tools are missing from the listing, if any.
    pub(crate) fn tools_not_read(&self) -> Option<&Deviation> {
        self.deviations.iter().find(|deviation| deviation.not_read == Some(NotRead::Tools))
    }
}

impl Serialize for ServerReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The fields of the JSON form, in output order.
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            server: &'a Server,
            slug: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            left_unread: Option<LeftUnread>,
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
            #[serde(skip_serializing_if = "Vec::is_empty")]
            prompts: Vec<&'a Item>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            resources: Vec<&'a Item>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            resource_templates: Vec<&'a Item>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            skills: Vec<&'a Item>,
        }
        let fields = Fields {
            server: &self.server,
            slug: &self.slug,
            left_unread: self.left_unread,
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
            prompts: self.items(ItemKind::Prompt).collect(),
            resources: self.items(ItemKind::Resource).collect(),
            resource_templates: self.items(ItemKind::ResourceTemplate).collect(),
            skills: self.items(ItemKind::Skill).collect(),
        };
        fields.serialize(serializer)
    }
}

/// A tool with its verdict.
#[derive(Debug, Clone)]
pub struct ToolReport {
    pub tool: Tool,
    /// The name of its page; unique within the server.
    pub slug: String,
    pub assessment: Assessment,
    /// The verdict without the author's hints; `None` if the hints change nothing.
    pub without_hints: Option<Box<Assessment>>,
    /// Findings about this tool.
    pub findings: Vec<Finding>,
    /// The decision of the generated policy.
    pub decision: Decision,
}

impl ToolReport {
    /// The verdict without the author's hints. Grades and flows rest on it, so that no hint wins or costs points.
    pub(crate) fn assessment_without_hints(&self) -> &Assessment {
        self.without_hints.as_deref().unwrap_or(&self.assessment)
    }

    /// True if it has a sure attack. Every policy denies such a tool.
    pub fn has_sure_attack(&self) -> bool {
        self.findings.iter().any(Finding::is_sure_attack)
    }

    /// The sort key for tools that need attention first: sure attacks, then severity and score, then the name.
    pub fn attention(&self) -> (Reverse<bool>, Reverse<Severity>, Reverse<u8>, &str) {
        let verdict = &self.assessment;
        let gravest = (Reverse(verdict.severity), Reverse(verdict.score.value));
        (Reverse(self.has_sure_attack()), gravest.0, gravest.1, &self.tool.name)
    }

    /// The number of arguments, including nested ones.
    pub(crate) fn parameter_count(&self) -> ParameterCount {
        ParameterCount {
            total: self.tool.parameters.len(),
            required: self.tool.parameters.iter().filter(|p| p.required).count(),
        }
    }

    /// Writes the fields of the JSON form into `map`. The `jsonl` format writes the server's name before them.
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
        if let Some(app) = &self.tool.app {
            map.serialize_entry("_meta", &serde_json::json!({ "ui": app }))?;
        }
        if !self.tool.code.is_empty() {
            map.serialize_entry("code", &self.tool.code)?;
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

/// The number of arguments, including nested ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ParameterCount {
    pub total: usize,
    /// The number of required arguments.
    pub required: usize,
}

/// The number of tools of each category.
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
    /// Counts the tools by their categories.
    pub fn count(categories: impl Iterator<Item = Category>) -> Self {
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

/// The number of tools of each severity.
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
    /// Derives the severities from the categories.
    pub fn from_categories(counts: &ByCategory) -> Self {
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

/// A change of a server that would give it a better grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Raise {
    /// The condition, as an if-clause: "its findings were put right".
    #[serde(rename = "if")]
    pub condition: String,
    /// The grade after the change.
    pub grade: String,
    /// The points after the change, out of 100.
    pub points: u32,
}

/// An entry of the user's configuration that matches nothing in the scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmatched {
    /// The entry: `overrides[0]`.
    pub entry: String,
    /// What it looks for, in words.
    pub text: String,
}
