//! Writes rows as a table, as blocks where a table would break words, or as sentences for a screen reader.

use std::io::{self, Write};

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, Width};
use unicode_width::UnicodeWidthStr;

use crate::text::prose;

/// The layout of text output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Line width in terminal columns.
    pub(crate) width: u16,
    /// True if severities are coloured.
    pub(crate) colour: bool,
    /// True for sentences instead of tables.
    pub(crate) plain: bool,
}

/// Spaces between two columns.
const GAP: u16 = 2;
/// Spaces before the prose of a row, which is below its other cells.
const INDENT: u16 = 4;
/// Least width of a prose column; a narrower one is hard to read.
const LEAST_PROSE: u16 = 26;

/// A column of [`Rows`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    is_prose: bool,
}

impl Column {
    /// A column of short values that are never wrapped.
    pub(crate) const fn value(title: &'static str) -> Self {
        Self { title, is_prose: false }
    }

    /// A column of sentences that are wrapped between words.
    pub(crate) const fn prose(title: &'static str) -> Self {
        Self { title, is_prose: true }
    }
}

/// Rows with the same columns.
pub(crate) struct Rows<'a> {
    columns: &'a [Column],
    /// The index of the column that identifies the row.
    subject: usize,
    /// Most lines per table row; `None` for no limit.
    max_lines: Option<usize>,
    rows: Vec<Vec<String>>,
}

impl<'a> Rows<'a> {
    /// Creates an empty table. `subject` is the index of the column that identifies a row.
    pub(crate) fn new(columns: &'a [Column], subject: usize) -> Self {
        Self { columns, subject, max_lines: None, rows: Vec::new() }
    }

    /// Limits a table row to `lines` lines.
    pub(crate) fn with_max_lines(self, lines: usize) -> Self {
        Self { max_lines: Some(lines), ..self }
    }

    /// Adds a row with a cell per column. Cells may contain ANSI styles.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn write(&self, layout: Layout, out: &mut impl Write) -> io::Result<()> {
        if layout.plain {
            return self.rows.iter().try_for_each(|row| writeln!(out, "{}", self.spoken(row)));
        }
        let widths = self.widths();
        let gaps = GAP * u16::try_from(widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        if widths.iter().fold(gaps, |sum, width| sum.saturating_add(*width)) <= layout.width {
            return write_table(&self.table(&widths, layout), out);
        }
        self.rows.iter().try_for_each(|row| self.write_block(row, layout, out))
    }

    /// The least width of each column.
    fn widths(&self) -> Vec<u16> {
        let width = |(at, column): (usize, &Column)| {
            let cells = || self.rows.iter().filter_map(|row| row.get(at)).map(|cell| without_styles(cell));
            let longest = cells().map(|cell| cell.width()).max().unwrap_or_default();
            let word = cells().map(|cell| longest_word(&cell)).max().unwrap_or_default();
            let needed = if column.is_prose { word.max(longest.min(LEAST_PROSE.into())) } else { longest };
            u16::try_from(needed.max(column.title.width())).unwrap_or(u16::MAX)
        };
        self.columns.iter().enumerate().map(width).collect()
    }

    fn table(&self, widths: &[u16], layout: Layout) -> Table {
        let mut table = grid(layout);
        // The line below the titles already uses one space between columns.
        let mut gap_between = GAP;
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
            table.set_header(self.columns.iter().map(|column| column.title));
            gap_between = GAP - 1;
        }
        for row in &self.rows {
            let mut row = Row::from(row.clone());
            if let Some(lines) = self.max_lines {
                row.max_height(lines);
            }
            table.add_row(row);
        }
        let last = widths.len().saturating_sub(1);
        for (at, (width, column)) in widths.iter().zip(self.columns).enumerate() {
            let gap = if at == last { 0 } else { gap_between };
            let width = Width::Fixed(width.saturating_add(gap));
            if let Some(drawn) = table.column_mut(at) {
                drawn.set_padding((0, gap));
                drawn.set_constraint(match column.is_prose {
                    true => ColumnConstraint::LowerBoundary(width),
                    false => ColumnConstraint::Absolute(width),
                });
            }
        }
        table
    }

    /// Writes the values on one line and the prose below.
    fn write_block(&self, row: &[String], layout: Layout, out: &mut impl Write) -> io::Result<()> {
        let cells = || self.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let values: Vec<&str> = cells().filter(|(column, _)| !column.is_prose).map(|(_, cell)| cell.as_str()).collect();
        write_paragraph(&values.join("  "), 0, layout, out)?;
        cells()
            .filter(|(column, _)| column.is_prose)
            .try_for_each(|(_, cell)| write_paragraph(cell, INDENT, layout, out))
    }

    /// `delete_user: severity Critical, score 5/5. Why: "delete" in the name.`
    fn spoken(&self, row: &[String]) -> String {
        let cells = || self.columns.iter().zip(row).enumerate().filter(|(at, _)| *at != self.subject);
        let named = |column: &Column, cell: &str| match column.title {
            "" => cell.to_owned(),
            title => format!("{} {cell}", title.to_lowercase()),
        };
        let values: Vec<String> = cells()
            .filter(|(_, (column, cell))| !column.is_prose && !cell.is_empty())
            .map(|(_, (column, cell))| named(column, cell))
            .collect();
        let prose = cells().filter(|(_, (column, cell))| column.is_prose && !cell.is_empty());
        let prose: String = prose
            .map(|(_, (column, cell))| match column.title {
                "" => format!(" {}", prose::sentence(cell)),
                title => format!(" {title}: {}", prose::sentence(cell)),
            })
            .collect();
        let subject = row.get(self.subject).map_or("", String::as_str);
        match (subject, values.as_slice()) {
            ("", []) => prose.trim_start().to_owned(),
            ("", values) => format!("{}.{prose}", values.join(", ")),
            (subject, []) => format!("{subject}.{prose}"),
            (subject, values) => format!("{subject}: {}.{prose}", values.join(", ")),
        }
    }
}

/// Writes `text` wrapped between words, each line indented by `indent` spaces.
pub(crate) fn write_paragraph(text: &str, indent: u16, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    if layout.plain {
        return writeln!(out, "{text}");
    }
    let mut table = grid(layout);
    table.add_row([Cell::new(text)]);
    let word = u16::try_from(longest_word(&without_styles(text))).unwrap_or(u16::MAX);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((indent, 0));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(word.saturating_add(indent))));
    }
    write_table(&table, out)
}

/// An empty table without lines, with the width of `layout`.
pub(crate) fn grid(layout: Layout) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(layout.width);
    table
}

/// Writes `table` without trailing spaces.
fn write_table(table: &Table, out: &mut impl Write) -> io::Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn without_styles(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn longest_word(text: &str) -> usize {
    text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::value("Grade"), Column::value("Tool"), Column::prose("Why")];

    fn drawn(width: u16, plain: bool) -> String {
        let mut rows = Rows::new(&COLUMNS, 1);
        rows.push(
            ["E", "rotate_managed_application_secret", "it cannot be undone, by its own words"].map(str::to_owned),
        );
        rows.push(["A", "list_users", ""].map(str::to_owned));
        let mut out = Vec::new();
        rows.write(Layout { width, colour: false, plain }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_width_breaks_a_word() {
        for width in [20, 40, 60, 80, 100, 160] {
            let text = drawn(width, false);
            assert!(text.contains("rotate_managed_application_secret"), "{text}");
            assert!(text.split_whitespace().any(|word| word == "undone,"), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_into_columns_is_a_block() {
        assert_eq!(
            drawn(60, false),
            "E  rotate_managed_application_secret\n    it cannot be undone, by its own words\nA  list_users\n"
        );
        assert!(drawn(80, false).starts_with("Grade  Tool "));
    }

    #[test]
    fn plain_rows_are_sentences() {
        assert_eq!(
            drawn(60, true),
            "rotate_managed_application_secret: grade E. Why: it cannot be undone, by its own words.\nlist_users: grade A.\n"
        );
    }
}
