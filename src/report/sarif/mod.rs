//! SARIF 2.1.0 (OASIS), as GitHub code scanning accepts it. The structs are our own because SARIF crates have hundreds
//! of unused fields.

use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

mod answers;
mod scan;

pub(crate) use scan::write as write_scan;

use answers::ServerAnswer;

use super::json;
use crate::model::{Counts, ReportedError, ServerReport, Severity};
use crate::text::clean;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A rule that results refer to.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Kebab-case. An id is never reused for another rule.
    pub(crate) id: String,
    /// One line.
    pub(crate) title: String,
    /// The severity of a result that has none of its own.
    pub(crate) severity: Severity,
    /// Why it matters.
    pub(crate) why: String,
    /// What to do.
    pub(crate) remedy: String,
    /// Ids of OWASP MCP Top 10, SAFE-MCP and CWE.
    pub(crate) references: Vec<String>,
}

/// A finding, flow or change, as input for a SARIF result.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The id of its [`Rule`].
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    /// The description, one sentence.
    pub(crate) text: String,
    /// The file that contains it, as the user named it.
    pub(crate) file: Option<String>,
    /// Line and column in that file, from 1.
    pub(crate) position: Option<(u64, u64)>,
    /// The server and the tool, for display.
    pub(crate) subject: String,
    /// Identifies the same finding across runs.
    pub(crate) fingerprint: String,
    /// The suppression reason, if it is accepted or known.
    pub(crate) suppression: Option<String>,
    /// The path through the tools, for a flow.
    pub(crate) path: Vec<PathStep>,
}

/// A step on the path of a flow.
#[derive(Debug, Clone)]
pub(crate) struct PathStep {
    /// What happens at this step.
    pub(crate) text: String,
    /// The file that contains the tool, as the user named it.
    pub(crate) file: Option<String>,
    /// Line and column in that file, from 1.
    pub(crate) position: Option<(u64, u64)>,
    /// The server and the tool, for display.
    pub(crate) subject: String,
}

/// Facts about the run in addition to its findings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunFacts<'a> {
    pub(crate) counts: Option<Counts>,
    /// Targets that could not be read.
    pub(crate) errors: &'a [ReportedError],
    /// The servers, each with its answer.
    pub(crate) servers: &'a [ServerReport],
}

/// Writes a log with one run: `findings` and the `rules` that they refer to.
pub(crate) fn write(rules: &[Rule], findings: &[Finding], facts: RunFacts<'_>, out: impl Write) -> io::Result<()> {
    let driver = Driver {
        name: "mcp-scan",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: rules.iter().map(Descriptor::new).collect(),
    };
    let results = findings.iter().map(|finding| Outcome::new(finding, rules)).collect();
    let run = Run {
        tool: Tool { driver },
        invocations: [Invocation::new(facts.errors)],
        results,
        column_kind: "unicodeCodePoints",
        properties: facts
            .counts
            .map(|counts| RunProperties { counts, answers: facts.servers.iter().map(ServerAnswer::new).collect() }),
    };
    json::write(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, out)
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<Outcome>,
    column_kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<RunProperties>,
}

#[derive(Serialize)]
struct RunProperties {
    #[serde(flatten)]
    counts: Counts,
    answers: Vec<ServerAnswer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

impl Text {
    /// A message on one line. SARIF would read `[text](target)` as a link and `{0}` as a placeholder, so both are
    /// escaped.
    fn message(text: &str) -> Self {
        let line = clean::one_line(text);
        let mut escaped = String::with_capacity(line.len());
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' => escaped.push(c),
                '[' | ']' => escaped.push('\\'),
                '\\' if matches!(chars.peek(), Some('[' | ']' | '\\')) => escaped.push('\\'),
                _ => {}
            }
            escaped.push(c);
        }
        Self { text: escaped }
    }
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    /// From 0 to 10; GitHub derives the severity from it.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    tags: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<ThreadFlowLocation>,
}

#[derive(Serialize)]
struct ThreadFlowLocation {
    location: Location,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    logical_locations: [Logical; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    start_column: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "mcpScan/v1")]
    own: String,
}

impl Descriptor {
    fn new(rule: &Rule) -> Self {
        let text = |text: &str| Text { text: text.to_owned() };
        Self {
            id: rule.id.clone(),
            short_description: text(&rule.title),
            full_description: text(&rule.why),
            help: Text { text: format!("{} {}", rule.why, rule.remedy) },
            default_configuration: Configuration { level: level(rule.severity) },
            properties: Properties { security_severity: rank(rule.severity), tags: tags(&rule.references) },
        }
    }
}

impl Invocation {
    fn new(errors: &[ReportedError]) -> Self {
        let notification = |error: &ReportedError| Notification {
            level: if error.left_unread.is_some() { "note" } else { "error" },
            message: Text::message(&format!("{}: {}: {}", error.what, error.target, error.why)),
        };
        Self {
            execution_successful: errors.iter().all(|error| error.left_unread.is_some()),
            tool_execution_notifications: errors.iter().map(notification).collect(),
        }
    }
}

/// `external/cwe/cwe-451`, the form in which GitHub recognizes a weakness. Other references stay unchanged.
fn tags(references: &[String]) -> Vec<String> {
    let tag = |id: &String| match id.strip_prefix("CWE-") {
        Some(number) => format!("external/cwe/cwe-{number}"),
        None => id.clone(),
    };
    std::iter::once("security".to_owned()).chain(references.iter().map(tag)).collect()
}

impl Outcome {
    fn new(finding: &Finding, rules: &[Rule]) -> Self {
        Self {
            rule_id: finding.rule.clone(),
            rule_index: rules.iter().position(|rule| rule.id == finding.rule),
            level: level(finding.severity),
            message: Text::message(&finding.text),
            locations: [Location::new(finding.file.as_deref(), finding.position, &finding.subject)],
            partial_fingerprints: Fingerprints { own: finding.fingerprint.clone() },
            suppressions: finding
                .suppression
                .iter()
                .map(|why| Suppression { kind: "external", status: "accepted", justification: clean::one_line(why) })
                .collect(),
            code_flows: CodeFlow::new(&finding.path).into_iter().collect(),
        }
    }
}

impl Location {
    fn new(file: Option<&str>, position: Option<(u64, u64)>, subject: &str) -> Self {
        let region = position.map(|(start_line, start_column)| Region { start_line, start_column });
        let physical_location =
            file.map(|file| Physical { artifact_location: Artifact { uri: relative_uri(file) }, region });
        let logical = Logical { fully_qualified_name: clean::one_line(subject) };
        Self { physical_location, logical_locations: [logical], message: None }
    }
}

impl CodeFlow {
    fn new(path: &[PathStep]) -> Option<Self> {
        let location = |step: &PathStep| {
            let message = Some(Text::message(&step.text));
            ThreadFlowLocation {
                location: Location { message, ..Location::new(step.file.as_deref(), step.position, &step.subject) },
            }
        };
        let locations = path.iter().map(location).collect();
        (!path.is_empty()).then_some(Self { thread_flows: [ThreadFlow { locations }] })
    }
}

/// SARIF has three levels. GitHub also reads `security-severity`.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// GitHub's thresholds: over 9.0 is critical, from 7.0 high, from 4.0 medium.
fn rank(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
    }
}

/// The characters that a path segment may contain unescaped (RFC 3986). A colon is escaped because the part before it
/// would be read as a scheme.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// A path as a URI reference: with `/`, normalized and percent-encoded. A relative path stays relative so that it is
/// found in a checkout, and keeps leading `..` segments.
fn relative_uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(before)) if *before != ".." => drop(parts.pop()),
            ("..", None) if absolute => {}
            _ => parts.push(part),
        }
    }
    let parts: Vec<String> = parts.iter().map(|part| utf8_percent_encode(part, PLAIN).to_string()).collect();
    format!("{}{}", if absolute { "file:///" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests;
