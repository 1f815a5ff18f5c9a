//! `--format table`: what a person reads on a terminal. Per server a heading, its tools with the most severe first, a
//! line of counts, and notes on what is wrong with its definitions and where it left the protocol.

use std::cmp::Reverse;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, Width};
use unicode_width::UnicodeWidthStr;

use super::said::{self, MAX_NAME, MAX_SENTENCE};
use crate::model::{BySeverity, Confidence, Counts, Finding, Report, ServerReport, Severity, ToolReport};
use crate::text::{clean, prose};

/// Most lines a row may take.
const MAX_LINES: usize = 3;
/// Most notes of one kind shown per server.
const MAX_NOTES: usize = 15;

/// How the table is to look.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns to fit into.
    pub width: u16,
    /// True when severities are to be coloured.
    pub colour: bool,
}

/// Writes `report` as tables; targets that could not be read are counted, their causes are for standard error.
pub fn write(report: &Report, look: Look, mut out: impl Write) -> io::Result<()> {
    for (i, server) in report.servers.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        write_server(server, look, &mut out)?;
    }
    for server in &report.unread {
        write_heading(server, look, &mut out)?;
        writeln!(out, "This server was not read.")?;
        write_notes(server, look, &mut out)?;
    }
    if report.servers.len() + report.unread.len() > 1 {
        writeln!(out, "\n{}", said::total(&Counts::of(report)))?;
    }
    write_flows(report, look, &mut out)
}

/// What the tools can do together: each flow with one way through it, and the tools whose denial cuts all.
fn write_flows(report: &Report, look: Look, out: &mut impl Write) -> io::Result<()> {
    let found = &report.flows.found;
    if found.is_empty() {
        return Ok(());
    }
    let bold = look.style(Style::new().bold());
    writeln!(out, "\n{bold}Flows between tools{bold:#}")?;
    let mut table = grid(look);
    for flow in found {
        let told = said::with_suppression(flow.suppression(), &said::flow(flow, report));
        table.add_row([severity_cell(flow.severity, look), Cell::new(prose::sentence(&told))]);
    }
    if let Some(cut) = said::cut(report, MAX_NOTES) {
        table.add_row([Cell::new(""), Cell::new(cut)]);
    }
    tighten(&mut table, 2);
    write_table(&table, out)
}

fn write_heading(server: &ServerReport, look: Look, out: &mut impl Write) -> io::Result<()> {
    let (bold, dim) = (look.style(Style::new().bold()), look.style(Style::new().dimmed()));
    writeln!(out, "{bold}{}{bold:#}", said::heading(server))?;
    writeln!(out, "{dim}{}{dim:#}\n", said::origin(server))
}

fn write_server(server: &ServerReport, look: Look, out: &mut impl Write) -> io::Result<()> {
    write_heading(server, look, out)?;
    if server.tools.is_empty() {
        return writeln!(out, "This server lists no tools.").and_then(|()| write_notes(server, look, out));
    }
    write_table(&tools(server, look), out)?;
    writeln!(out, "\n{}", summary(server, look))?;
    write_listing_notes(server, out)?;
    if let (Some(grade), Some(arithmetic)) = (&server.grade, &server.grade_arithmetic) {
        writeln!(out, "Grade {grade}: {arithmetic}")?;
        for raise in &server.grade_raised_by {
            writeln!(out, "Would be {} ({}) if {}", raise.grade, raise.points, raise.condition)?;
        }
    }
    write_notes(server, look, out)
}

/// The tools, the most severe first. A name gets the room it needs, up to two fifths of the width.
fn tools(server: &ServerReport, look: Look) -> Table {
    let mut table = grid(look);
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(["Severity", "Score", "Category", "Tool", "Why"]);
    let mut tools: Vec<&ToolReport> = server.tools.iter().collect();
    tools.sort_by_key(|t| (Reverse(t.assessment.severity), Reverse(t.assessment.score.value), &t.tool.name));
    for tool in tools {
        let a = &tool.assessment;
        let mut row = Row::from(vec![
            severity_cell(a.severity, look),
            Cell::new(format!("{}/5", a.score.value)),
            Cell::new(said::category(tool)),
            Cell::new(said::visible(&tool.tool.name)),
            Cell::new(clean::excerpt(&said::why(tool), MAX_SENTENCE)),
        ]);
        row.max_height(MAX_LINES);
        table.add_row(row);
    }
    tighten(&mut table, 1);
    let longest = server.tools.iter().map(|t| said::visible(&t.tool.name).width() + 1).max().unwrap_or_default();
    if let Some(names) = table.column_mut(3) {
        let room = u16::try_from(longest).unwrap_or(u16::MAX).clamp(5, look.width * 2 / 5);
        names.set_constraint(ColumnConstraint::Absolute(Width::Fixed(room)));
    }
    table
}

/// `13 tools: 1 Critical, 2 High, 4 Medium, 6 Low; 2 at low confidence (marked ?).`
fn summary(server: &ServerReport, look: Look) -> String {
    let unsure = server.tools.iter().filter(|t| t.assessment.confidence == Confidence::Low).count();
    let unsure = if unsure > 0 { format!("; {unsure} at low confidence (marked ?)") } else { String::new() };
    format!("{}: {}{unsure}.", prose::count(server.tool_count, "tool"), severities(&server.severities, look))
}

/// `1 Critical, 25 Low`, those that occur.
fn severities(counts: &BySeverity, look: Look) -> String {
    let parts = Severity::ALL
        .into_iter()
        .rev()
        .filter(|&s| counts.get(s) > 0)
        .map(|severity| painted(&format!("{} {severity}", prose::thousands(counts.get(severity))), severity, look));
    parts.collect::<Vec<_>>().join(", ")
}

/// What the listing hangs on: credentials that were missing, and what another environment changes.
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
            let shown: Vec<String> = names.iter().take(MAX_NOTES).map(|name| said::visible(name)).collect();
            let more = names.len() - shown.len();
            let more = if more > 0 { format!(" and {}", prose::count(more, "other")) } else { String::new() };
            writeln!(out, "With {with} it {what} {}{more}", shown.join(", "))?;
        }
    }
    Ok(())
}

fn write_notes(server: &ServerReport, look: Look, out: &mut impl Write) -> io::Result<()> {
    let findings = server.findings.iter().map(|f: &Finding| (Some(f.severity), &f.tool, said::told(f)));
    write_section(&findings_title(server), findings.collect(), look, out)?;
    let deviations = server.deviations.iter().map(|d| (None, &d.tool, d.text.clone()));
    write_section("Deviations from the protocol", deviations.collect(), look, out)
}

/// `Findings: 1 High, 2 Low; 1 suppressed`.
fn findings_title(server: &ServerReport) -> String {
    let (suppressed, open): (Vec<&Finding>, Vec<&Finding>) =
        server.findings.iter().partition(|finding| finding.suppression().is_some());
    let open = said::severities(&open.iter().map(|finding| finding.severity).collect());
    let suppressed = match suppressed.len() {
        0 => String::new(),
        n => format!("{} suppressed", prose::thousands(n)),
    };
    let parts: Vec<String> = [open, suppressed].into_iter().filter(|part| !part.is_empty()).collect();
    format!("Findings: {}", parts.join("; "))
}

type Note<'a> = (Option<Severity>, &'a Option<String>, String);

fn write_section(title: &str, notes: Vec<Note<'_>>, look: Look, out: &mut impl Write) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let bold = look.style(Style::new().bold());
    writeln!(out, "\n{bold}{title}{bold:#}")?;
    let mut table = grid(look);
    for (severity, tool, text) in notes.iter().take(MAX_NOTES) {
        let name = tool.as_ref().map(|t| format!("{}: ", clean::excerpt(t, MAX_NAME))).unwrap_or_default();
        let text = Cell::new(name + &prose::sentence(&clean::excerpt(text, MAX_SENTENCE)));
        table.add_row(severity.map(|s| severity_cell(s, look)).into_iter().chain([text]).collect::<Vec<_>>());
    }
    tighten(&mut table, 2);
    write_table(&table, out)?;
    match notes.len().saturating_sub(MAX_NOTES) {
        0 => Ok(()),
        more => writeln!(out, "and {} more: see --format json.", prose::thousands(more)),
    }
}

/// A table without lines, as wide as `look`.
pub fn grid(look: Look) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(look.width);
    table
}

/// `gap` spaces after each column, none before the first.
pub fn tighten(table: &mut Table, gap: u16) {
    for column in table.column_iter_mut() {
        column.set_padding((0, gap));
    }
}

/// Writes the lines of `table` without the spaces at their ends.
pub fn write_table(table: &Table, out: &mut impl Write) -> io::Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn severity_cell(severity: Severity, look: Look) -> Cell {
    Cell::new(painted(severity.name(), severity, look))
}

/// `text` in the colour of `severity`.
fn painted(text: &str, severity: Severity, look: Look) -> String {
    let style = look.style(match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => Style::new(),
    });
    format!("{style}{text}{style:#}")
}

impl Look {
    /// `style` when colour is wanted, else none.
    fn style(self, style: Style) -> Style {
        if self.colour { style } else { Style::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::text::clean::is_unsafe;

    fn drawn(report: &Report, width: u16, colour: bool) -> String {
        let mut out = Vec::new();
        write(report, Look { width, colour }, &mut out).unwrap();
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
        assert!(text.contains(
            "2 servers, 6 tools (2 Critical, 1 High, 2 Medium, 1 Low), 1 finding (1 Medium), 1 suppressed, 1 flow (1 Medium); 1 \
             target could not be read.\n"
        ));
    }

    #[test]
    fn a_long_row_of_notes_is_cut_and_says_so() {
        let mut report = sample::report();
        let one = report.servers[0].findings[0].clone();
        report.servers[0].findings = vec![one; MAX_NOTES + 7];
        assert!(drawn(&report, 80, false).contains("and 7 more: see --format json."));
    }
}
