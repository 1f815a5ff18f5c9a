//! `--format table`: text output for a terminal. With several servers, it starts with a table of their answers. Each
//! server follows with answer, grade, findings, flows, tools (highest severity first) and protocol deviations.

use std::io::{self, Write};

use super::rows::{Column, Layout, Rows, write_paragraph};
use super::wording::{self, MAX_NAME, MAX_SENTENCE};
use crate::model::{
    BySeverity, Confidence, Counts, Deviation, Drift, Finding, Report, ServerReport, Severity, ToolReport,
};
use crate::text::{clean, prose};
use anstyle::{AnsiColor, Style};

/// Most lines per row.
const MAX_LINES: usize = 3;
/// Most findings, and most deviations, shown per server.
const MAX_NOTES: usize = 15;

const OVERVIEW: [Column; 6] = [
    Column::value("Server"),
    Column::value("Answer"),
    Column::value("Grade"),
    Column::prose("Worst fact"),
    Column::prose("Tools"),
    Column::value("Since the lock"),
];
const TOOLS: [Column; 5] = [
    Column::value("Severity"),
    Column::value("Score"),
    Column::value("Category"),
    Column::value("Tool"),
    Column::prose("Why"),
];
const ITEMS: [Column; 2] = [Column::value(""), Column::prose("")];
const NOTES: [Column; 3] = [Column::value(""), Column::value(""), Column::prose("")];

/// Writes `report` as tables, and the command `next`. Targets that could not be read are only counted here; their
/// errors go to standard error.
pub(crate) fn write(report: &Report, next: Option<&str>, layout: Layout, mut out: impl Write) -> io::Result<()> {
    let several = report.servers.len() + report.unread.len() > 1;
    if several {
        write_overview(report, layout, &mut out)?;
        writeln!(out)?;
        write_paragraph(&wording::total(&Counts::new(report)), 0, layout, &mut out)?;
        write_flows(report, layout, &mut out)?;
    }
    for server in &report.servers {
        if several {
            writeln!(out)?;
        }
        write_server(server, (!several).then_some(report), layout, &mut out)?;
    }
    for server in &report.unread {
        if several {
            writeln!(out)?;
        }
        write_answer(server, layout, &mut out)?;
        write_heading(server, layout, &mut out)?;
        writeln!(out, "{}", wording::why_unread(server))?;
        write_findings(server, layout, &mut out)?;
        write_deviations(server, layout, &mut out)?;
    }
    if report.servers.len() == 1 && !several && report.failures().next().is_some() {
        let unread = prose::count(report.failures().count(), "other target");
        write_paragraph(
            &format!("{unread} could not be read: nothing is known of what it does."),
            0,
            layout,
            &mut out,
        )?;
    }
    // Not wrapped, so that the command can be copied.
    next.map_or(Ok(()), |next| writeln!(out, "\nNext: {next}"))
}

/// A row for each server, those that need attention first.
fn write_overview(report: &Report, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let mut rows = Rows::new(if report.drift.is_some() { &OVERVIEW } else { &OVERVIEW[..5] }, 0);
    let mut servers: Vec<(usize, &ServerReport)> = report.all_servers().enumerate().collect();
    servers.sort_by_key(|(at, server)| (server.attention(), *at));
    for (at, server) in servers {
        let mut row = vec![
            wording::distinct_server_name(server, report),
            server.verdict.answer.words().to_owned(),
            server.grade.clone().unwrap_or_else(|| "-".into()),
            clean::excerpt(&server.verdict.because, MAX_SENTENCE),
            wording::by_category(server),
        ];
        row.extend(report.drift.as_ref().map(|drift| since_lock(drift, at).to_owned()));
        rows.push(row);
    }
    rows.write(layout, out)
}

/// The changes since the lock of the server at index `at` of the report.
fn since_lock(drift: &Drift, at: usize) -> &'static str {
    match drift.servers.iter().find(|server| server.listed == Some(at)) {
        Some(server) if !server.locked => "not in the lock",
        Some(server) if server.raises_risk => "changed, riskier",
        Some(server) if server.changed => "changed",
        Some(_) => "as approved",
        None => "-",
    }
}

/// Writes only the answers, with the names of the servers where there are several.
pub(crate) fn write_answers(report: &Report, layout: Layout, mut out: impl Write) -> io::Result<()> {
    let servers: Vec<&ServerReport> = report.all_servers().collect();
    servers.iter().try_for_each(|server| {
        let answer = wording::verdict_text(server);
        let name = wording::distinct_server_name(server, report);
        let text = if servers.len() > 1 { format!("{name}: {answer}") } else { answer };
        write_paragraph(&text, 0, layout, &mut out)
    })
}

/// The answer, on the first line.
fn write_answer(server: &ServerReport, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    write_paragraph(&wording::verdict_text(server), 0, layout, out)
}

/// Each flow with one path through it, and the smallest set of tools whose denial cuts all flows.
fn write_flows(report: &Report, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let found = &report.flows.found;
    if found.is_empty() {
        return Ok(());
    }
    let bold = layout.style(Style::new().bold());
    writeln!(out, "\n{bold}Flows between tools{bold:#}")?;
    for flow in found {
        let severity = painted(flow.severity.name(), flow.severity, layout);
        let title = wording::with_suppression(flow.suppression(), &flow.title);
        write_paragraph(&format!("{severity}  {title}"), 0, layout, out)?;
        for way in wording::shortest_paths(flow, report) {
            write_paragraph(&way, 4, layout, out)?;
        }
    }
    wording::smallest_cut(report, MAX_NOTES).map_or(Ok(()), |cut| write_paragraph(&cut, 0, layout, out))
}

fn write_heading(server: &ServerReport, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let (bold, dim) = (layout.style(Style::new().bold()), layout.style(Style::new().dimmed()));
    write_paragraph(&format!("{bold}{}{bold:#}", wording::heading(server)), 0, layout, out)?;
    write_paragraph(&format!("{dim}{}{dim:#}", wording::origin(server)), 0, layout, out)?;
    writeln!(out)
}

/// Writes one server. `alone` is the report if it contains only this server; then its flows are included.
fn write_server(server: &ServerReport, alone: Option<&Report>, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    write_answer(server, layout, out)?;
    write_heading(server, layout, out)?;
    if server.tools.is_empty() && server.items.is_empty() {
        writeln!(out, "This server lists no tools.")?;
    }
    write_grade(server, layout, out)?;
    write_findings(server, layout, out)?;
    alone.map_or(Ok(()), |report| write_flows(report, layout, out))?;
    if !server.tools.is_empty() {
        writeln!(out)?;
        tools(server, layout).write(layout, out)?;
        writeln!(out)?;
        write_paragraph(&summary(server, layout), 0, layout, out)?;
    }
    write_items(server, layout, out)?;
    write_listing_notes(server, out)?;
    write_deviations(server, layout, out)
}

fn write_grade(server: &ServerReport, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let (Some(grade), Some(arithmetic)) = (&server.grade, &server.grade_arithmetic) else { return Ok(()) };
    write_paragraph(&clean::one_line(&format!("Grade {grade}: {arithmetic}")), 0, layout, out)?;
    wording::exposure_text(server).map_or(Ok(()), |text| write_paragraph(&text, 0, layout, out))?;
    server.grade_raised_by.iter().try_for_each(|raise| {
        let text = format!("Would be {} ({}) if {}", raise.grade, raise.points, raise.condition);
        write_paragraph(&text, 0, layout, out)
    })
}

/// The tools, highest severity first.
fn tools(server: &ServerReport, layout: Layout) -> Rows<'static> {
    let mut rows = Rows::new(&TOOLS, 3).with_max_lines(MAX_LINES);
    let mut tools: Vec<&ToolReport> = server.tools.iter().collect();
    tools.sort_by(|a, b| a.attention().cmp(&b.attention()));
    for tool in tools {
        let a = &tool.assessment;
        rows.push([
            painted(a.severity.name(), a.severity, layout),
            format!("{}/5", a.score.value),
            wording::category_name(tool),
            wording::visible_name(&tool.tool.name),
            clean::excerpt(&wording::why(tool), MAX_SENTENCE),
        ]);
    }
    rows
}

/// `13 tools: 1 Critical, 2 High, 4 Medium, 6 Low; 2 at low confidence (marked ?).`
fn summary(server: &ServerReport, layout: Layout) -> String {
    let unsure = server.tools.iter().filter(|t| t.assessment.confidence == Confidence::Low).count();
    let unsure = if unsure > 0 { format!("; {unsure} at low confidence (marked ?)") } else { String::new() };
    format!("{}: {}{unsure}.", prose::count(server.tool_count, "tool"), severities(&server.severities, layout))
}

/// `1 Critical, 25 Low`: the severities that occur, highest first.
fn severities(counts: &BySeverity, layout: Layout) -> String {
    let parts =
        Severity::ALL.into_iter().rev().filter(|&s| counts.get(s) > 0).map(|severity| {
            painted(&format!("{} {severity}", prose::thousands(counts.get(severity))), severity, layout)
        });
    parts.collect::<Vec<_>>().join(", ")
}

/// What the server lists besides tools, one line per kind.
fn write_items(server: &ServerReport, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let items = wording::items(server);
    if items.is_empty() {
        return Ok(());
    }
    let bold = layout.style(Style::new().bold());
    writeln!(out, "\n{bold}Besides tools{bold:#}")?;
    let mut rows = Rows::new(&ITEMS, 1).with_max_lines(MAX_LINES);
    items.into_iter().for_each(|(count, names)| rows.push([count, names]));
    rows.write(layout, out)
}

/// Facts that the listing depends on: missing credentials, and differences in another environment.
fn write_listing_notes(server: &ServerReport, out: &mut impl Write) -> io::Result<()> {
    let missing = &server.server.missing_credentials;
    if !missing.is_empty() {
        let them = if missing.len() == 1 { "it" } else { "them" };
        writeln!(out, "It says that it lacks {}: with {them}, it may list more.", prose::list(missing))?;
    }
    let Some(compared) = &server.server.compared else { return Ok(()) };
    let with = clean::excerpt(&compared.with, MAX_NAME);
    if compared.is_same() {
        return writeln!(out, "With {with} it lists the same.");
    }
    for (what, names) in [
        ("lists also", &compared.added),
        ("does not list", &compared.removed),
        ("defines otherwise", &compared.changed),
    ] {
        if !names.is_empty() {
            let shown: Vec<String> = names.iter().take(MAX_NOTES).map(|name| wording::visible_name(name)).collect();
            let more = names.len() - shown.len();
            let more = if more > 0 { format!(" and {}", prose::count(more, "other")) } else { String::new() };
            writeln!(out, "With {with} it {what} {}{more}", shown.join(", "))?;
        }
    }
    Ok(())
}

/// The findings, highest severity first.
fn write_findings(server: &ServerReport, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let findings = server.gravest_findings();
    let notes = findings.iter().map(|f| (Some((f.severity, f.id.as_str())), &f.tool, wording::finding_text(f)));
    write_section(&findings_title(server), notes.collect(), layout, out)
}

fn write_deviations(server: &ServerReport, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let (of_protocol, of_files): (Vec<&Deviation>, Vec<&Deviation>) =
        server.deviations.iter().partition(|deviation| deviation.is_of_protocol());
    for (title, deviations) in [("Deviations from the protocol", of_protocol), ("Not read", of_files)] {
        let notes = deviations.iter().map(|d| (None, &d.tool, d.text.clone()));
        write_section(title, notes.collect(), layout, out)?;
    }
    Ok(())
}

/// `Findings: 1 High, 2 Low; 1 suppressed`.
fn findings_title(server: &ServerReport) -> String {
    let (suppressed, open): (Vec<&Finding>, Vec<&Finding>) =
        server.findings().partition(|finding| finding.suppression().is_some());
    let open = wording::severities(&open.iter().map(|finding| finding.severity).collect());
    let suppressed = match suppressed.len() {
        0 => String::new(),
        n => format!("{} suppressed", prose::thousands(n)),
    };
    let parts: Vec<String> = [open, suppressed].into_iter().filter(|part| !part.is_empty()).collect();
    format!("Findings: {}", parts.join("; "))
}

/// Severity and id of a finding, the tool that it is about, and its text.
type Note<'a> = (Option<(Severity, &'a str)>, &'a Option<String>, String);

fn write_section(title: &str, notes: Vec<Note<'_>>, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let bold = layout.style(Style::new().bold());
    writeln!(out, "\n{bold}{title}{bold:#}")?;
    let mut rows = Rows::new(&NOTES, 1);
    for (severity, tool, text) in notes.iter().take(MAX_NOTES) {
        let name = tool.as_ref().map(|t| format!("{}: ", clean::excerpt(t, MAX_NAME))).unwrap_or_default();
        let text = name + &prose::sentence(&clean::excerpt(text, MAX_SENTENCE));
        match severity {
            Some((severity, id)) => rows.push([painted(severity.name(), *severity, layout), (*id).to_owned(), text]),
            None => write_paragraph(&text, 0, layout, out)?,
        }
    }
    rows.write(layout, out)?;
    match notes.len().saturating_sub(MAX_NOTES) {
        0 => Ok(()),
        more => writeln!(out, "and {} more: see --format json.", prose::thousands(more)),
    }
}

/// `text` in the colour of `severity`.
fn painted(text: &str, severity: Severity, layout: Layout) -> String {
    let style = layout.style(match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => Style::new(),
    });
    format!("{style}{text}{style:#}")
}

impl Layout {
    /// `style` if colour is on, otherwise no style.
    fn style(self, style: Style) -> Style {
        if self.colour { style } else { Style::new() }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::report::sample;
    use crate::text::clean::is_unsafe;

    fn drawn(report: &Report, width: u16, colour: bool) -> String {
        let mut out = Vec::new();
        write(report, Some("mcp-scan lock shop.json"), Layout { width, colour, plain: false }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_whole_table() {
        insta::assert_snapshot!(drawn(&sample::report(), 80, false));
    }

    #[test]
    fn it_fits_and_nothing_hostile_comes_through() {
        for width in [40, 80, 100, 200] {
            for line in drawn(&sample::report(), width, false).lines() {
                assert!(!line.chars().any(is_unsafe), "{line:?}");
                assert!(line.width() <= usize::from(width) || !line.starts_with(['C', 'H', 'M', 'L', ' ']), "{line}");
            }
        }
    }

    #[test]
    fn colour_adds_styles_and_changes_no_word() {
        let coloured = drawn(&sample::report(), 80, true);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), drawn(&sample::report(), 80, false));
        assert!(!coloured.contains("\u{1b}]") && !coloured.contains("\u{202e}") && !coloured.contains("[2J"));
    }

    #[test]
    fn the_most_severe_comes_first_and_counts_agree_with_the_rows() {
        let text = drawn(&sample::report(), 120, false);
        let severities: Vec<&str> =
            text.lines().filter(|l| l.contains("/5 ")).filter_map(|l| l.split(' ').next()).collect();
        assert_eq!(severities, ["Critical", "Critical", "High", "Medium", "Medium", "Low"]);
        assert!(text.contains("6 tools: 2 Critical, 1 High, 2 Medium, 1 Low; 1 at low confidence (marked ?)."));
        assert!(text.contains("This server lists no tools."));
        assert!(text.replace('\n', " ").contains(
            "2 servers and 1 entry of a configuration, 6 tools (2 Critical, 1 High, 2 Medium, 1 Low), 1 finding (1 Medium), 1 suppressed, 1 flow (1 Medium); 1 \
             target could not be read."
        ));
    }

    #[test]
    fn the_answers_alone_name_each_server_and_no_tool() {
        let (report, mut out) = (sample::report(), Vec::new());
        write_answers(&report, Layout { width: 1_000, colour: false, plain: false }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), report.all_servers().count(), "{text}");
        assert!(text.lines().all(|line| line.contains(": ")) && !text.contains("Critical"), "{text}");
    }

    #[test]
    fn a_long_row_of_notes_is_cut_and_says_so() {
        let mut report = sample::report();
        let one = report.servers[0].findings().next().unwrap().clone();
        sample::replace_findings(&mut report.servers[0], vec![one; MAX_NOTES + 7]);
        assert!(drawn(&report, 80, false).contains("and 7 more: see --format json."));
    }
}
