//! The results of the tools of `mcp-scan serve`: short enough for a model, with text from servers cut and escaped.

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::model::{Finding, Flow, Report, ReportedError, ServerReport, ToolRef, ToolReport};
use crate::policy::PolicyFile;
use crate::text::clean::excerpt;

/// Maximum numbers: of servers in a result, and of tools and findings of a server or tools of a flow. Servers that are
/// left out are counted.
const MAX_SERVERS: usize = 50;
const MAX_TOOLS: usize = 300;
const MAX_FINDINGS: usize = 50;
/// Maximum lengths in characters: of a name, of a sentence, and of a policy or trace.
const MAX_NAME: usize = 100;
const MAX_SENTENCE: usize = 300;
const MAX_TEXT: usize = 500_000;

/// The result of `check_mcp_server`.
pub(crate) fn server_check(report: &Report) -> Value {
    json!({
        "servers": report.servers.iter().take(MAX_SERVERS).map(server).collect::<Vec<_>>(),
        "servers_left_out": report.servers.len().saturating_sub(MAX_SERVERS),
        "flows": report.flows.found.iter().map(flow).collect::<Vec<_>>(),
        "cut_by_denying": tools_of(&report.flows.cut),
        "findings_on_not_read": unread_with_findings(report).map(unread).collect::<Vec<_>>(),
        "not_read": report.errors.iter().take(MAX_SERVERS).map(error).collect::<Vec<_>>(),
    })
}

fn unread_with_findings(report: &Report) -> impl Iterator<Item = &ServerReport> {
    report.unread.iter().filter(|server| server.findings().next().is_some()).take(MAX_SERVERS)
}

fn flow(flow: &Flow) -> Value {
    json!({
        "id": flow.id,
        "title": flow.title,
        "severity": flow.severity,
        "one_way": tools_of(&flow.path),
        "ways": flow.paths,
        "ignored": flow.ignored.is_some(),
    })
}

fn tools_of(tools: &[ToolRef]) -> Vec<Value> {
    let named =
        |tool: &ToolRef| json!({ "server": excerpt(&tool.server, MAX_NAME), "tool": excerpt(&tool.tool, MAX_NAME) });
    tools.iter().take(MAX_FINDINGS).map(named).collect()
}

fn server(report: &ServerReport) -> Value {
    let mut tools: Vec<&ToolReport> = report.tools.iter().collect();
    tools.sort_by_key(|tool| (Reverse(tool.assessment.severity), Reverse(tool.assessment.score.value)));
    json!({
        "name": excerpt(&report.server.name, MAX_NAME),
        "version": report.server.version.as_ref().map(|version| excerpt(version, MAX_NAME)),
        "target": excerpt(&report.server.target, MAX_SENTENCE),
        "verdict": {
            "answer": report.verdict.answer,
            "because": excerpt(&report.verdict.because, MAX_SENTENCE),
            "unless": report.verdict.unless.as_ref().map(|unless| excerpt(unless, MAX_SENTENCE)),
            "notes": report.verdict.notes,
        },
        "exposure": report.exposure.as_ref().map(|exposure| json!({
            "id": exposure.id,
            "title": exposure.title,
            "reach": exposure.reach,
            "points": exposure.points,
        })),
        "care": report.care.as_ref().map(|care| care.points),
        "grade": report.grade,
        "grade_arithmetic": report.grade_arithmetic,
        "tool_count": report.tool_count,
        "severities": report.severities,
        "findings": findings(report.findings()),
        "findings_left_out": report.findings().count().saturating_sub(MAX_FINDINGS),
        "tools": tools.iter().take(MAX_TOOLS).map(|report| tool(report)).collect::<Vec<_>>(),
        "tools_left_out": tools.len().saturating_sub(MAX_TOOLS),
        "missing_credentials": report.server.missing_credentials,
    })
}

/// The findings about the start command or URL of a server that was not read.
fn unread(report: &ServerReport) -> Value {
    json!({
        "name": excerpt(&report.server.name, MAX_NAME),
        "target": excerpt(&report.server.target, MAX_SENTENCE),
        "findings": findings(report.findings()),
    })
}

fn tool(report: &ToolReport) -> Value {
    let assessment = &report.assessment;
    json!({
        "name": excerpt(&report.tool.name, MAX_NAME),
        "category": assessment.category,
        "severity": assessment.severity,
        "score": assessment.score.value,
        "confidence": assessment.confidence,
        "policy": report.decision.action,
    })
}

fn findings<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Value> {
    let row = |finding: &Finding| {
        json!({
            "id": finding.id,
            "severity": finding.severity,
            "tool": finding.tool.as_ref().map(|name| excerpt(name, MAX_NAME)),
            "text": excerpt(&finding.text, MAX_SENTENCE),
            "ignored": finding.ignored.is_some(),
        })
    };
    findings.take(MAX_FINDINGS).map(row).collect()
}

/// The result of `check_tool`.
pub(crate) fn tool_check(report: &ToolReport) -> Value {
    let assessment = &report.assessment;
    let mut answer = tool(report);
    answer["score_arithmetic"] = assessment.score.arithmetic.clone().into();
    answer["signals"] = assessment.signals.iter().map(|signal| excerpt(&signal.text, MAX_SENTENCE)).collect();
    answer["findings"] = findings(report.findings.iter()).into();
    answer
}

/// The result of `explain`.
pub(crate) fn explanation(text: &str) -> Value {
    json!({ "trace": text.chars().take(MAX_TEXT).collect::<String>() })
}

/// The result of `make_policy`: one file per server. A policy that is too long is left out, because a truncated one
/// would allow what it omits.
pub(crate) fn policies(files: &[PolicyFile]) -> Value {
    let row = |file: &PolicyFile| {
        let name = file.path.display().to_string();
        match file.text.len() <= MAX_TEXT {
            true => json!({ "file": name, "text": file.text }),
            false => {
                json!({ "file": name, "error": "the policy is too long for an answer: mcp-scan --policy writes it" })
            }
        }
    };
    json!({ "policies": files.iter().take(MAX_SERVERS).map(row).collect::<Vec<_>>() })
}

/// An error in one paragraph: what failed, on what, why, what to try.
pub(crate) fn error(error: impl Into<ReportedError>) -> String {
    let error = error.into();
    let hint = error.hint.as_ref().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
    excerpt(&format!("{}: {}: {}{hint}", error.what, error.target, error.why), 4 * MAX_SENTENCE)
}
