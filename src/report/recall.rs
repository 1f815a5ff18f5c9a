//! Recall and false alarms of the findings as text: the output of `mcp-scan eval --findings`.

use std::io::{self, Write};

use super::accuracy::{align, plain, share, write_table};
use crate::eval::{AloneAndWithSiblings, Found, PoisonFigures, SetFigures, WrongRow};
use crate::text::{clean, prose};

/// Longest name and longest finding shown, in characters.
const MAX_NAME: usize = 80;
const MAX_FINDING: usize = 300;

/// Writes the figures by set, then the false alarms and the missed rows.
pub(crate) fn write(figures: &PoisonFigures, mut out: impl Write) -> io::Result<()> {
    let select = [
        ("Recall on poisoned rows", is_poisoned as fn(&SetFigures) -> AloneAndWithSiblings),
        ("False alarms on clean rows", is_clean),
    ];
    for (title, rows) in select {
        let mut table = plain();
        table.set_header([title, "Rows", "Alone", "High", "Beside siblings", "High"]);
        for (set, figures) in &figures.sets {
            let AloneAndWithSiblings { alone, with_siblings } = rows(figures);
            if alone.medium.whole == 0 {
                continue;
            }
            let [a, b] = [alone, with_siblings].map(|Found { medium, high }| [share(medium), share(high)]);
            let count = prose::thousands(alone.medium.whole);
            table.add_row([clean::excerpt(set, MAX_NAME), count].into_iter().chain(a).chain(b));
        }
        align(&mut table);
        write_table(table, &mut out)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", prose::count(figures.false_alarms.len(), "false alarm"))?;
    figures.false_alarms.iter().try_for_each(|row| writeln!(out, "{}", described(row)))?;
    writeln!(out, "\n{} missed", prose::count(figures.missed.len(), "poisoned row"))?;
    figures.missed.iter().try_for_each(|row| writeln!(out, "{}", described(row)))
}

fn is_poisoned(set: &SetFigures) -> AloneAndWithSiblings {
    set.poisoned
}

fn is_clean(set: &SetFigures) -> AloneAndWithSiblings {
    set.clean
}

/// `set · shop · get_thing: hidden-text: ...`.
fn described(row: &WrongRow) -> String {
    let server = row.server.as_deref().filter(|server| !server.is_empty());
    let place: Vec<String> = [Some(row.set.as_str()), server, Some(row.tool.as_str())]
        .into_iter()
        .flatten()
        .map(|part| clean::excerpt(part, MAX_NAME))
        .collect();
    let findings: Vec<String> = row.findings.iter().map(|text| clean::excerpt(text, MAX_FINDING)).collect();
    let why = if findings.is_empty() { String::new() } else { format!(": {}", findings.join(" ")) };
    format!("{}{why}", place.join(" · "))
}
