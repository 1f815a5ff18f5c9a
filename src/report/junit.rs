//! `--format junit`: a suite for each server, with a test for each tool without findings and for each finding. A finding
//! fails, what is accepted or known is skipped, a target that could not be read is an error.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::said;
use crate::model::{Counts, Finding, Report, ServerReport, TargetError, ToolReport};
use crate::text::{clean, prose};

/// Writes `report` as XML.
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let mut document = Document::new("mcp-scan");
    let mut figures = TestSuite::new("mcp-scan");
    for (name, figure) in Counts::of(report).named() {
        figures.add_property(Property::new(name, figure.to_string()));
    }
    figures.add_test_cases(report.errors.iter().map(unread));
    document.add_test_suite(figures);
    document.add_test_suites(report.servers.iter().map(suite));
    document.serialize(out).map_err(io::Error::other)
}

fn suite(server: &ServerReport) -> TestSuite {
    let name = said::visible(&server.server.name);
    let mut suite = TestSuite::new(said::heading(server));
    suite.add_property(Property::new("target", clean::one_line(&server.server.target)));
    server.grade.iter().for_each(|grade| {
        suite.add_property(Property::new("grade", grade));
    });
    suite.add_test_cases(server.findings.iter().map(|finding| failed(finding, &name)));
    suite.add_test_cases(server.tools.iter().filter(|tool| tool.findings.is_empty()).map(|tool| passed(tool, &name)));
    suite
}

fn failed(finding: &Finding, server: &str) -> TestCase {
    let suppression = finding.suppression();
    let mut status = match &suppression {
        Some(why) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(clean::one_line(why));
            skipped
        }
        None => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    let text = prose::sentence(&clean::one_line(&finding.text));
    if suppression.is_none() {
        status.set_message(clean::excerpt(&text, said::MAX_SENTENCE));
    }
    status.set_type(format!("{} ({})", finding.id, finding.severity));
    status.set_description(text);
    let subject = finding.tool.as_deref().map_or_else(|| "(server)".into(), said::visible);
    let mut case = TestCase::new(format!("{subject}: {}", finding.id), status);
    case.set_classname(server);
    case
}

fn passed(tool: &ToolReport, server: &str) -> TestCase {
    let mut case = TestCase::new(said::visible(&tool.tool.name), TestCaseStatus::success());
    case.set_classname(server);
    case
}

fn unread(error: &TargetError) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(clean::one_line(&error.what));
    status.set_description(clean::one_line(&error.why));
    TestCase::new(said::visible(&error.target), status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_whole_document() {
        let mut out = Vec::new();
        write(&sample::report(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
