//! `--format github`: workflow commands, which GitHub Actions shows next to the lines that they refer to.

use std::io::{self, Write};

use super::{drift, wording};
use crate::model::{Answer, Counts, LeftUnread, Locations, Position, Report, Severity};
use crate::text::clean::{self, is_unsafe};
use crate::text::prose;

/// Writes a command for each server, finding, change since the lock, flow and target that could not be read, and one
/// with the totals.
pub(crate) fn write(report: &Report, locations: &Locations, mut out: impl Write) -> io::Result<()> {
    for (at, server) in report.all_servers().enumerate() {
        let place = shown(locations.position_of(at, None));
        let title = property(&format!(
            "{}: {}",
            server.verdict.answer.words(),
            wording::shown_server_name(&server.server.name)
        ));
        let weight = match server.verdict.answer {
            // Nothing speaks against an entry whose server was not read, and nothing for it.
            Answer::DoNotAdd
                if server.left_unread.is_none_or(LeftUnread::was_wanted)
                    && at >= report.servers.len()
                    && server.findings().next().is_none() =>
            {
                "notice"
            }
            Answer::DoNotAdd => "error",
            Answer::AddWithPolicy => "warning",
            Answer::Add => "notice",
        };
        writeln!(out, "::{weight} {place}title={title}::{}", data(&wording::verdict_text(server)))?;
        for finding in server.findings() {
            let place = shown(locations.position_of(at, finding.tool_index));
            let subject = finding.tool.as_ref().map_or_else(
                || wording::visible_name(&server.server.name),
                |tool| format!("{} of {}", wording::visible_name(tool), wording::visible_name(&server.server.name)),
            );
            let title = property(&format!("{} ({}): {subject}", finding.severity, finding.id));
            writeln!(
                out,
                "::{} {place}title={title}::{}",
                level(finding.severity, finding.suppression().is_some()),
                data(&prose::sentence(&wording::finding_text(finding)))
            )?;
        }
    }
    for difference in report.drift.iter().flat_map(drift::differences) {
        let at = difference.indices(report);
        let place = shown(at.and_then(|(server, tool)| locations.position_of(server, tool)));
        let server = wording::visible_name(&difference.server);
        let title = property(&format!("{} (drift): {server} is not as it was approved", difference.severity()));
        let text = prose::sentence(&format!("{server}: {}", difference.text));
        writeln!(out, "::{} {place}title={title}::{}", level(difference.severity(), false), data(&text))?;
    }
    for flow in &report.flows.found {
        let first = flow.path.first().and_then(|tool| report.indices_of(tool));
        let place = shown(first.and_then(|(server, tool)| locations.position_of(server, Some(tool))));
        let title = property(&format!("{} ({}): flow between tools", flow.severity, flow.id));
        let text = wording::with_suppression(flow.suppression(), &wording::flow_text(flow, report));
        let level = level(flow.severity, flow.suppression().is_some());
        writeln!(out, "::{level} {place}title={title}::{}", data(&prose::sentence(&text)))?;
    }
    for error in report.failures() {
        let title = property(&format!("{}: {}", error.what, error.target));
        writeln!(out, "::error title={title}::{}", data(&error.why))?;
    }
    writeln!(out, "::notice title=mcp-scan::{}", data(&wording::total(&Counts::new(report))))
}

/// `file=a.json,line=3,col=5,`.
fn shown(place: Option<(&str, Position)>) -> String {
    place.map_or_else(String::new, |(file, place)| {
        format!("file={},line={},col={},", escaped(file), place.line, place.column)
    })
}

fn level(severity: Severity, suppressed: bool) -> &'static str {
    match severity {
        _ if suppressed => "notice",
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    }
}

/// Escapes the message of a command, the part after `::`.
fn data(text: &str) -> String {
    clean::one_line(text).replace('%', "%25")
}

/// Escapes a property of a command, where commas and colons are separators.
fn property(text: &str) -> String {
    escaped(&clean::one_line(text))
}

/// Escapes a property that must stay exact, such as a file name. Invisible characters are shown as escapes.
fn escaped(name: &str) -> String {
    let name = if name.contains(is_unsafe) { clean::visible(name) } else { name.to_owned() };
    let escapes = [('%', "%25"), ('\r', "%0D"), ('\n', "%0A"), (':', "%3A"), (',', "%2C")];
    escapes.into_iter().fold(name, |name, (c, escape)| name.replace(c, escape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DefinedIn;
    use crate::report::sample;

    #[test]
    fn the_whole_text() {
        let tools = vec![None, None, Some(Position { line: 3, column: 5 })];
        let locations =
            Locations(vec![Some(DefinedIn { file: "a,  b%.json".into(), server: Position::START, tools }), None]);
        let mut out = Vec::new();
        write(&Report { drift: Some(sample::drift()), ..sample::report() }, &locations, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn nothing_starts_a_command_of_its_own() {
        let mut report = sample::report();
        let mut finding = report.servers[0].findings().next().unwrap().clone();
        finding.text = "100%\r\n::stop-commands::x\n::set-env name=PATH::x".into();
        finding.tool = Some("a::warning file=x,line=1::b\n::error::c".into());
        sample::replace_findings(&mut report.servers[0], vec![finding]);
        let mut out = Vec::new();
        write(&report, &Locations::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 8, "{text}");
        assert!(text.lines().all(|line| {
            ["::notice title=", "::warning title=", "::error title="].iter().any(|start| line.starts_with(start))
        }));
        let title = text.split("title=").nth(2).unwrap().split("::").next().unwrap();
        assert!(!title.contains([':', ',']) && title.contains("%3A\\%3Awarning file=x%2Cline=1"), "{title}");
        assert!(text.contains("100%25 :\\:stop-commands::x"));
    }

    #[test]
    fn the_name_of_a_file_cannot_act_on_the_terminal() {
        let (report, tools) = (sample::report(), Vec::new());
        let file = "a\u{1b}[2J\u{9b}b\n::error::c.json".into();
        let locations = Locations(vec![Some(DefinedIn { file, server: Position::START, tools }), None]);
        let mut out = Vec::new();
        write(&report, &locations, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(|c: char| c != '\n' && is_unsafe(c)) && text.lines().all(|line| line.starts_with("::")));
    }
}
