//! The reports of a run: one to standard output or a file, and any number of additional ones.

use std::io::{self, Write};
use std::path::PathBuf;

use anstream::AutoStream;

use super::args::{CommonArgs, Format, ScanArgs};
use super::error::OutputError;
use super::output::{self, Destination};
use crate::model::{Locations, Report};
use crate::report::rows::Layout;
use crate::report::{comment, cyclonedx, github, html, json, jsonl, junit, sarif, table, verdict_rule};
use crate::rules::Ruleset;
use crate::source;
use crate::source::secret::hide_in_report;

/// The width of a table that is not on a terminal, and the minimum on a terminal, in columns.
const PIPED_WIDTH: u16 = 100;
const LEAST_WIDTH: u16 = 40;

/// The requested reports, checked to be writable.
#[derive(Debug)]
pub(crate) struct Reports {
    format: Format,
    /// `None` for standard output.
    place: Option<Destination>,
    more: Vec<(Format, Destination)>,
    /// Whether a table on standard output is only the answers.
    brief: bool,
    /// Whether tables are written as sentences.
    plain: bool,
    /// Whether a table shows the rule behind each verdict.
    explains_verdicts: bool,
}

impl Reports {
    /// The reports that `args` request. Fails if one cannot be written.
    pub(crate) fn new(args: &ScanArgs, common: &CommonArgs) -> Result<Self, OutputError> {
        let place = |path: &PathBuf| Destination::new("the report", path);
        let more = args.report.iter().map(|(format, path)| Ok((*format, place(path)?)));
        Ok(Self {
            format: args.format,
            place: args.output.as_ref().map(place).transpose()?,
            more: more.collect::<Result<_, OutputError>>()?,
            brief: common.quiet,
            plain: common.plain,
            explains_verdicts: args.explain_verdict,
        })
    }

    /// All files to be written.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Destination> {
        self.place.iter().chain(self.more.iter().map(|(_, place)| place))
    }

    /// True if the only report is JSONL with one tool per line.
    pub(crate) fn stream(&self) -> bool {
        self.format == Format::Jsonl && self.more.is_empty()
    }

    /// Writes all reports. A table ends with the suggested command `next`.
    pub(crate) fn write(&self, report: &Report, ruleset: &Ruleset, next: Option<&str>) -> Result<(), OutputError> {
        // What a report shows may be published. A secret in a definition is found, and shown as `***`.
        let published = report.published(&hide_in_report);
        let report = &*published;
        let mut formats = std::iter::once(self.format).chain(self.more.iter().map(|(format, _)| *format));
        let located = formats.any(|format| matches!(format, Format::Sarif | Format::Github));
        let drawing = Drawing {
            report,
            ruleset,
            next,
            explains_verdicts: self.explains_verdicts,
            locations: if located { source::locate(report) } else { Locations::default() },
        };
        match self.format {
            Format::Table if self.brief && self.place.is_none() && !self.explains_verdicts => {
                self.write_main(|out, layout| table::write_answers(report, layout, out))?;
            }
            format => self.write_main(|out, layout| drawing.write(format, layout, out))?,
        }
        self.more
            .iter()
            .try_for_each(|(format, place)| place.write(|out| drawing.write(*format, for_file(self.plain), out)))
    }

    /// Writes the output of `fill` to the file, or to standard output.
    pub(crate) fn write_main(
        &self,
        fill: impl FnOnce(&mut dyn Write, Layout) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        write_result(self.place.as_ref(), self.plain, fill)
    }
}

/// Writes the output of `fill` to `place`, or to standard output with its width and colours.
pub(crate) fn write_result(
    place: Option<&Destination>,
    plain: bool,
    fill: impl FnOnce(&mut dyn Write, Layout) -> io::Result<()>,
) -> Result<(), OutputError> {
    match place {
        Some(place) => place.write(|out| fill(out, for_file(plain))),
        None => output::to_stdout(|out| {
            let colour = !plain && AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
            fill(out, Layout { width: width(), colour, plain })
        }),
    }
}

fn for_file(plain: bool) -> Layout {
    Layout { width: PIPED_WIDTH, colour: false, plain }
}

/// The width of the terminal, otherwise `COLUMNS`.
fn width() -> u16 {
    let named = || std::env::var("COLUMNS").ok()?.parse().ok();
    let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    terminal.or_else(named).map_or(PIPED_WIDTH, |width| width.max(LEAST_WIDTH))
}

/// The data for all formats.
struct Drawing<'a> {
    report: &'a Report,
    ruleset: &'a Ruleset,
    next: Option<&'a str>,
    explains_verdicts: bool,
    locations: Locations,
}

impl Drawing<'_> {
    fn write(&self, format: Format, layout: Layout, mut out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Table => {
                table::write(self.report, self.next, layout, &mut out)?;
                match self.explains_verdicts {
                    true => verdict_rule::write(self.report, self.ruleset, layout, &mut out),
                    false => Ok(()),
                }
            }
            Format::Json => json::write(self.report, out),
            Format::Jsonl => jsonl::write(self.report, out),
            Format::Markdown => comment::write(self.report, out),
            Format::Html => html::write(self.report, out),
            Format::Sarif => sarif::write_scan(self.report, self.ruleset, &self.locations, out),
            Format::Junit => junit::write(self.report, out),
            Format::Github => github::write(self.report, &self.locations, out),
            Format::Cyclonedx => cyclonedx::write(self.report, self.ruleset, out),
        }
    }
}
