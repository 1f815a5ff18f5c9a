//! Rules as text: the output of `mcp-scan rules list` and `mcp-scan rules show`.

use std::io::{self, Write};

use crate::rules::RuleDoc;
use crate::text::prose;

/// Width of a wrapped list of words, in columns.
const WIDTH: usize = 96;

/// Writes a line per rule, grouped by file.
pub(crate) fn list(docs: &[RuleDoc], mut out: impl Write) -> io::Result<()> {
    let widest = docs.iter().map(|doc| doc.id.len()).max().unwrap_or(0);
    let mut file = "";
    for doc in docs {
        if doc.file != file {
            writeln!(out, "{}{}", if file.is_empty() { "" } else { "\n" }, doc.file)?;
            file = doc.file;
        }
        writeln!(out, "  {:widest$}  {}; {}", doc.id, doc.title, doc.does)?;
    }
    Ok(())
}

/// Writes all fields of each of `docs`, separated by empty lines.
pub fn pages(docs: &[&RuleDoc], mut out: impl Write) -> io::Result<()> {
    for (at, doc) in docs.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        page(doc, &mut out)?;
    }
    Ok(())
}

fn page(doc: &RuleDoc, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{} ({}, since {})", doc.id, doc.file, doc.since)?;
    writeln!(out, "  {}; {}", doc.title, doc.does)?;
    writeln!(out, "  {}", prose::sentence(&doc.why))?;
    for (kind, words) in &doc.looks_for {
        writeln!(out, "  {kind}:")?;
        write_wrapped(words, &mut out)?;
    }
    for (title, examples) in [("applies to", &doc.applies_to), ("does not apply to", &doc.not_to)] {
        writeln!(out, "  {title}:")?;
        examples.iter().try_for_each(|example| writeln!(out, "    {example}"))?;
    }
    for (title, values) in [("values that pass", &doc.passes), ("values that do not pass", &doc.refuses)] {
        if !values.is_empty() {
            writeln!(out, "  {title}:")?;
            values.iter().try_for_each(|value| writeln!(out, "    {value}"))?;
        }
    }
    Ok(())
}

fn write_wrapped(words: &[String], out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    for (at, word) in words.iter().enumerate() {
        let piece = if at + 1 < words.len() { format!("{word}, ") } else { word.clone() };
        if !line.is_empty() && line.chars().count() + piece.chars().count() > WIDTH {
            writeln!(out, "    {}", line.trim_end())?;
            line.clear();
        }
        line.push_str(&piece);
    }
    writeln!(out, "    {}", line.trim_end())
}
