//! `--format junit`: test suites for each server (a test per tool without findings and per finding), for the flows, and
//! for the changes since the lock. Findings, flows and changes fail; suppressed ones are skipped. A target that could
//! not be read, or that nobody agreed to start, is an error.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::{drift, wording};
use crate::model::{Counts, Drift, Finding, Flow, Report, ReportedError, ServerReport, Severity, ToolReport};
use crate::text::{clean, prose};

pub(crate) fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let mut document = Document::new("mcp-scan");
    let mut figures = TestSuite::new("mcp-scan");
    for (name, figure) in Counts::new(report).by_name() {
        figures.add_property(Property::new(name, figure.to_string()));
    }
    figures.add_test_cases(report.failures().chain(report.not_seen()).map(unread));
    document.add_test_suite(figures);
    document.add_test_suites(report.all_servers().map(suite));
    if let Some(drift) = &report.drift {
        document.add_test_suite(since_approved(drift));
    }
    if !report.flows.found.is_empty() {
        let mut flows = TestSuite::new("Flows between tools");
        flows.add_test_cases(report.flows.found.iter().map(|flow| possible(flow, report)));
        document.add_test_suite(flows);
    }
    document.serialize(out).map_err(io::Error::other)
}

fn suite(server: &ServerReport) -> TestSuite {
    let name = wording::visible_name(&server.server.name);
    let mut suite = TestSuite::new(wording::heading(server));
    suite.add_property(Property::new("target", clean::one_line(&server.server.target)));
    suite.add_property(Property::new("answer", server.verdict.answer.words()));
    suite.add_property(Property::new("because", clean::one_line(&server.verdict.because)));
    suite.add_property(Property::new("verdict", wording::verdict_text(server)));
    server.grade.iter().for_each(|grade| {
        suite.add_property(Property::new("grade", grade));
    });
    suite.add_test_cases(server.findings().map(|finding| failed(finding, &name)));
    suite.add_test_cases(server.tools.iter().filter(|tool| tool.findings.is_empty()).map(|tool| passed(tool, &name)));
    suite
}

/// Each change fails, whether or not it raises the risk. If nothing has changed, the suite has one passing test.
fn since_approved(drift: &Drift) -> TestSuite {
    let mut suite = TestSuite::new("Changed since it was approved");
    let differences = drift::differences(drift);
    if differences.is_empty() {
        suite.add_test_case(TestCase::new("as it was approved", TestCaseStatus::success()));
    }
    suite.add_test_cases(differences.iter().map(|difference| {
        let status = status(None, "drift", difference.severity(), &difference.text);
        let subject = difference.tool.as_deref().map_or_else(|| "(server)".into(), wording::visible_name);
        let mut case = TestCase::new(format!("{subject}: drift"), status);
        case.set_classname(wording::visible_name(&difference.server));
        case
    }));
    suite
}

fn failed(finding: &Finding, server: &str) -> TestCase {
    let status = status(finding.suppression(), &finding.id, finding.severity, &finding.text);
    let subject = finding.tool.as_deref().map_or_else(|| "(server)".into(), wording::visible_name);
    let mut case = TestCase::new(format!("{subject}: {}", finding.id), status);
    case.set_classname(server);
    case
}

fn possible(flow: &Flow, report: &Report) -> TestCase {
    let status = status(flow.suppression(), &flow.id, flow.severity, &wording::flow_text(flow, report));
    let mut case = TestCase::new(&*flow.id, status);
    case.set_classname("flows");
    case
}

/// A failure; a skipped test if it is suppressed.
fn status(suppression: Option<String>, id: &str, severity: Severity, text: &str) -> TestCaseStatus {
    let text = prose::sentence(&clean::one_line(text));
    let mut status = match &suppression {
        Some(why) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(clean::one_line(why));
            skipped
        }
        None => {
            let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failure.set_message(clean::excerpt(&text, wording::MAX_SENTENCE));
            failure
        }
    };
    status.set_type(format!("{id} ({severity})"));
    status.set_description(text);
    status
}

fn passed(tool: &ToolReport, server: &str) -> TestCase {
    let mut case = TestCase::new(wording::visible_name(&tool.tool.name), TestCaseStatus::success());
    case.set_classname(server);
    case
}

fn unread(error: &ReportedError) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(clean::one_line(&error.what));
    status.set_description(clean::one_line(&error.why));
    TestCase::new(wording::visible_name(&error.target), status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_whole_document() {
        let mut out = Vec::new();
        write(&Report { drift: Some(sample::drift()), ..sample::report() }, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
