//! `--format github`: workflow commands, which GitHub Actions shows beside the lines that they speak of.

use std::io::{self, Write};

use super::said;
use crate::model::{Counts, Finding, Locations, Report, Severity};
use crate::text::{clean, prose};

/// Writes a command for every finding and every target that could not be read, and one with the figures.
pub fn write(report: &Report, locations: &Locations, mut out: impl Write) -> io::Result<()> {
    for (at, server) in report.servers.iter().enumerate() {
        for finding in &server.findings {
            let place = locations.of(at, finding.tool.as_deref()).map_or_else(String::new, |(file, place)| {
                format!("file={},line={},col={},", property(file), place.line, place.column)
            });
            let subject = finding.tool.as_ref().map_or_else(
                || said::visible(&server.server.name),
                |tool| format!("{} of {}", said::visible(tool), said::visible(&server.server.name)),
            );
            let title = property(&format!("{} ({}): {subject}", finding.severity, finding.id));
            writeln!(
                out,
                "::{} {place}title={title}::{}",
                level(finding),
                data(&prose::sentence(&said::told(finding)))
            )?;
        }
    }
    for error in &report.errors {
        let title = property(&format!("{}: {}", error.what, error.target));
        writeln!(out, "::error title={title}::{}", data(&error.why))?;
    }
    writeln!(out, "::notice title=mcp-scan::{}", data(&said::total(&Counts::of(report))))
}

fn level(finding: &Finding) -> &'static str {
    match finding.severity {
        _ if finding.suppression().is_some() => "notice",
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    }
}

/// What stands behind `::`.
fn data(text: &str) -> String {
    clean::one_line(text).replace('%', "%25")
}

/// A value before it, where commas and colons divide.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DefinedIn, Position};
    use crate::report::sample;

    #[test]
    fn the_whole_text() {
        let tools = [("drop_table".to_owned(), Position { line: 3, column: 5 })].into();
        let locations =
            Locations(vec![Some(DefinedIn { file: "a,b.json".into(), server: Position::START, tools }), None]);
        let mut out = Vec::new();
        write(&sample::report(), &locations, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn nothing_starts_a_command_of_its_own() {
        let mut report = sample::report();
        let mut finding = report.servers[0].findings[0].clone();
        finding.text = "100%\r\n::stop-commands::x\n::set-env name=PATH::x".into();
        finding.tool = Some("a::warning file=x,line=1::b\n::error::c".into());
        report.servers[0].findings = vec![finding];
        let mut out = Vec::new();
        write(&report, &Locations::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(
            text.lines().all(|line| ["::notice title=", "::error title="].iter().any(|start| line.starts_with(start)))
        );
        let title = text.split("title=").nth(1).unwrap().split("::").next().unwrap();
        assert!(!title.contains([':', ',']) && title.contains("%3A%3Awarning file=x%2Cline=1"), "{title}");
        assert!(text.contains("100%25 ::stop-commands::x"));
    }
}
