//! Accuracy figures as text: the output of `mcp-scan eval`.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, TableStyle};

use crate::eval::{Accuracy, AtStratum, Figures, Hidden, Hints, Miss, Part, RuleGroupAccuracy, Share};
use crate::model::Category;
use crate::text::{clean, prose};

/// Longest name or evidence shown, in characters.
const MAX_NAME: usize = 80;

/// Writes the figures, the confusion matrix, the figures per server if `by_server`, and the misses.
pub(crate) fn write(accuracy: &Accuracy, by_server: bool, mut out: impl Write) -> io::Result<()> {
    let hints = match accuracy.annotations {
        Hints::Withhold => "annotations withheld",
        Hints::Use => "annotations used",
        Hints::Lie => "every annotation a lie",
    };
    let hidden: String = accuracy.hidden.iter().map(|part| format!(", without {}", part_name(*part))).collect();
    let part = match accuracy.part {
        Some(Part::Work) => ", work part",
        Some(Part::Sealed) => ", sealed part",
        None => "",
    };
    writeln!(out, "{}{part}, {hints}{hidden}\n", prose::count(accuracy.figures.tools, "tool"))?;
    write_table(figures(accuracy), &mut out)?;
    if !accuracy.by_stratum.is_empty() {
        writeln!(out, "\nBy stratum")?;
        write_table(strata(&accuracy.by_stratum), &mut out)?;
    }
    writeln!(out, "\nLabels down, verdicts across")?;
    write_table(confusion(accuracy), &mut out)?;
    if by_server {
        let servers = prose::count(accuracy.by_server.len(), "server");
        let mean = accuracy.macro_over_servers.map_or_else(|| "-".into(), percent);
        writeln!(out, "\n{servers}, the worst first; on average {mean} right")?;
        write_table(servers_of(accuracy), &mut out)?;
    }
    if accuracy.misses.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", prose::count(accuracy.misses.len(), "miss"))?;
    accuracy.misses.iter().try_for_each(|miss| writeln!(out, "{}", miss_line(miss)))
}

/// Writes the accuracy with all rules and without each rule group.
pub(crate) fn write_worth(worth: &RuleGroupAccuracy, mut out: impl Write) -> io::Result<()> {
    let mut table = plain();
    table.set_header(["", "Five-way", "Recall on mutating", "False alarms on Read", "Dangerous misses"]);
    table.add_row(worth_row("all rules".into(), &worth.all));
    for (group, figures) in &worth.without {
        table.add_row(worth_row(format!("without {group}"), figures));
    }
    align(&mut table);
    write_table(table, &mut out)
}

fn worth_row(name: String, figures: &Figures) -> [String; 5] {
    let [five_way, recall, alarms] = [figures.five_way, figures.mutating_recall, figures.false_alarms].map(share);
    [name, five_way, recall, alarms, figures.dangerous_misses.to_string()]
}

fn servers_of(accuracy: &Accuracy) -> Table {
    let mut table = plain();
    for at in &accuracy.by_server {
        let name = if at.server.is_empty() { "(no server)".into() } else { clean::excerpt(&at.server, MAX_NAME) };
        table.add_row(row(&name, at.right));
    }
    align(&mut table);
    table
}

fn part_name(part: Hidden) -> &'static str {
    match part {
        Hidden::Names => "names",
        Hidden::Descriptions => "descriptions",
        Hidden::Schemas => "schemas",
    }
}

/// `93.2 %`.
fn percent(ratio: f64) -> String {
    format!("{:.1} %", 100.0 * ratio)
}

fn figures(accuracy: &Accuracy) -> Table {
    let figures = &accuracy.figures;
    let mut table = plain();
    table.add_row(row("Five-way accuracy", figures.five_way));
    table.add_row(["Macro-F1".into(), macro_f1(figures), String::new()]);
    table.add_row(row("Recall on mutating tools", figures.mutating_recall));
    table.add_row(row("False alarms on Read", figures.false_alarms));
    table.add_row(["Dangerous misses".into(), figures.dangerous_misses.to_string(), String::new()]);
    for level in &figures.by_confidence {
        table.add_row(row(&format!("Right at {} confidence", level.confidence), level.right));
    }
    table.add_row(row("Right of the doubtful, not counted above", accuracy.doubtful));
    align(&mut table);
    table
}

/// A row per stratum, with the figures that have a target value.
fn strata(strata: &[AtStratum]) -> Table {
    let mut table = plain();
    let fixed = ["", "Tools", "Five-way", "Macro-F1", "Recall", "False alarms", "Dangerous"].map(str::to_owned);
    let levels = strata.first().map(|first| first.figures.by_confidence.as_slice()).unwrap_or_default();
    table.set_header(fixed.into_iter().chain(levels.iter().map(|level| format!("Right at {}", level.confidence))));
    for AtStratum { stratum, figures } in strata {
        let fixed = [
            clean::excerpt(stratum, MAX_NAME),
            prose::thousands(figures.tools),
            share(figures.five_way),
            macro_f1(figures),
            share(figures.mutating_recall),
            share(figures.false_alarms),
            figures.dangerous_misses.to_string(),
        ];
        table.add_row(fixed.into_iter().chain(figures.by_confidence.iter().map(|level| share(level.right))));
    }
    align(&mut table);
    table
}

fn macro_f1(figures: &Figures) -> String {
    figures.macro_f1.map_or_else(|| "-".into(), |f1| format!("{f1:.3}"))
}

pub(super) fn share(share: Share) -> String {
    share.ratio().map_or_else(|| "-".into(), percent)
}

/// `Five-way accuracy  93.2 %  610 of 654`.
fn row(name: &str, counted: Share) -> [String; 3] {
    let of = format!("{} of {}", prose::thousands(counted.part), prose::thousands(counted.whole));
    [name.into(), share(counted), of]
}

fn confusion(accuracy: &Accuracy) -> Table {
    let mut table = plain();
    table.set_header(std::iter::once("").chain(Category::ALL.map(Category::name)));
    let labels = Category::ALL.map(Category::name).into_iter().chain(["NonRead"]);
    for (label, counts) in labels.zip(&accuracy.confusion) {
        if counts.iter().any(|&n| n > 0) {
            table.add_row(std::iter::once(label.to_owned()).chain(counts.iter().map(usize::to_string)));
        }
    }
    align(&mut table);
    table
}

/// `shop · get_thing: Read, called Write (low; create-verb: create)`.
fn miss_line(miss: &Miss) -> String {
    let server = miss.server.as_deref().map(|server| format!("{} · ", clean::excerpt(server, MAX_NAME)));
    let doubtful = if miss.doubtful { ", doubtful" } else { "" };
    let because = if miss.because.is_empty() { String::new() } else { format!("; {}", miss.because) };
    let decided = clean::excerpt(&format!("{}{because}", miss.confidence), MAX_NAME);
    let tool = clean::excerpt(&miss.tool, MAX_NAME);
    format!("{}{tool}: {}{doubtful}, called {} ({decided})", server.unwrap_or_default(), miss.label, miss.verdict)
}

pub(super) fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    table
}

/// Right-aligns the number columns, with two spaces between columns.
pub(super) fn align(table: &mut Table) {
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
        if column.index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

pub(super) fn write_table(table: Table, out: &mut impl Write) -> io::Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{AtConfidence, AtServer};
    use crate::model::Confidence;

    #[test]
    fn the_whole_text() {
        let share = |part, whole| Share { part, whole };
        let mut figures = Figures::default();
        figures.tools = 1_005;
        figures.five_way = share(999, 1_004);
        figures.macro_f1 = Some(0.98765);
        figures.mutating_recall = share(500, 501);
        figures.false_alarms = share(3, 500);
        figures.dangerous_misses = 1;
        figures.by_confidence = vec![AtConfidence { confidence: Confidence::High, right: share(900, 900) }];
        let accuracy = Accuracy {
            annotations: Hints::Withhold,
            hidden: vec![Hidden::Descriptions, Hidden::Schemas],
            part: Some(Part::Work),
            by_stratum: vec![AtStratum { stratum: "ran\u{1b}dom".into(), figures: figures.clone() }],
            figures,
            doubtful: share(0, 0),
            confusion: [[500, 3, 0, 0, 0], [0, 400, 0, 0, 0], [1, 0, 60, 0, 0], [0; 5], [0; 5], [0, 1, 0, 0, 0]],
            macro_over_servers: Some(0.95),
            by_server: vec![AtServer { server: "sh\u{1b}[2Jop".into(), right: share(9, 10) }],
            misses: vec![Miss {
                server: Some("sh\u{1b}[2Jop".into()),
                tool: "run_it\u{202e}".into(),
                label: "Execute".into(),
                verdict: Category::Read,
                confidence: Confidence::Low,
                because: "read-verb: shows".into(),
                doubtful: true,
            }],
        };
        let mut out = Vec::new();
        write(&accuracy, true, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
