//! The trace of verdicts as text: the output of `mcp-scan explain`.

use std::cmp::Reverse;
use std::io::{self, Write};

use serde::Serialize;

use super::wording::{self, MAX_SENTENCE};
use crate::classify::{Change, Considered, Explanation, SimilarWording};
use crate::model::{Category, Evidence, EvidenceField, Finding, FindingKind};
use crate::rules::Ruleset;
use crate::text::{clean, prose};

/// Longest text from a server shown, in characters.
const MAX_SHOWN: usize = 80;

/// A trace with the findings on its tool, so that a verdict without them does not read as an all-clear.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    #[serde(flatten)]
    explanation: Explanation,
    /// Open ones first, then attacks, then by severity.
    findings: Vec<Finding>,
}

impl Explained {
    pub(crate) fn new(explanation: Explanation, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|f| (f.suppression().is_some(), f.kind != FindingKind::Attack, Reverse(f.severity)));
        Self { explanation, findings }
    }
}

/// Writes the traces, separated by empty lines.
pub(crate) fn write(explanations: &[Explanation], out: impl Write) -> io::Result<()> {
    write_each(explanations.iter().map(|explanation| (explanation, Vec::new())), out)
}

/// Like [`write()`], with the findings on each tool and what to do about them.
pub(crate) fn write_with_findings(explained: &[Explained], ruleset: &Ruleset, out: impl Write) -> io::Result<()> {
    let findings = |of: &Explained| -> Vec<String> {
        of.findings.iter().flat_map(|finding| finding_lines(finding, ruleset)).collect()
    };
    write_each(explained.iter().map(|of| (&of.explanation, findings(of))), out)
}

/// Writes each trace with the lines of its findings.
fn write_each<'a>(
    explanations: impl Iterator<Item = (&'a Explanation, Vec<String>)>,
    mut out: impl Write,
) -> io::Result<()> {
    for (at, (explanation, findings)) in explanations.enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write_one(explanation, findings, &mut out)?;
    }
    Ok(())
}

/// The title of the finding, then what was found and what to do.
fn finding_lines(finding: &Finding, ruleset: &Ruleset) -> Vec<String> {
    let rule = ruleset.findings.iter().find(|rule| rule.id == finding.id);
    let title = rule.map_or(finding.id.as_str(), |rule| rule.title.as_str());
    let head = format!("{title} ({}, {} severity, {})", finding.kind.name(), finding.severity, finding.id);
    let text = format!("  {}", clean::excerpt(&wording::finding_text(finding), MAX_SENTENCE));
    let remedy = rule.map(|rule| format!("  {}", clean::one_line(&rule.remedy)));
    [head, text].into_iter().chain(remedy).collect()
}

fn write_one(explanation: &Explanation, findings: Vec<String>, out: &mut impl Write) -> io::Result<()> {
    let verdict = &explanation.assessment;
    writeln!(out, "{}", shown(&explanation.tool))?;
    writeln!(out, "  {}, {} severity, {} confidence", verdict.category, verdict.severity, verdict.confidence)?;
    writeln!(out, "  score {}/5: {}", verdict.score.value, verdict.score.arithmetic)?;
    let own = verdict.overridden.as_ref();
    if let Some(own) = own {
        writeln!(out, "  overridden: {}", shown(&own.reason))?;
        writeln!(
            out,
            "  by the rules {}, {} confidence, score {}",
            own.category, own.confidence, own.score.arithmetic
        )?;
    }
    section(out, "Findings", findings.into_iter())?;
    let words: Vec<String> = explanation.words.iter().map(|word| shown(word)).collect();
    writeln!(out, "  words of the name: {}", words.join(" "))?;
    section(
        out,
        if own.is_some() { "The rules rest on" } else { "It rests on" },
        verdict.evidence.iter().map(rests_on),
    )?;
    let passed_over =
        |c: &&Considered| !verdict.evidence.iter().any(|e| e.rule == c.rule && e.place == c.place && e.text == c.text);
    section(out, "Considered and passed over", explanation.considered.iter().filter(passed_over).map(considered))?;
    let stated = |s: &crate::classify::Stated| {
        format!("\"{}\" in the {}: {} ({})", shown(&s.text), place(s.place), s.title, s.rule)
    };
    section(out, "It states", explanation.statements.iter().map(stated))?;
    let actions =
        verdict.actions.iter().map(|a| format!("{} = {}: {}", shown(&a.parameter), shown(&a.value), a.category));
    section(out, "Operations", actions)?;
    let inputs = explanation.inputs.iter().map(|i| format!("{}: {} ({})", shown(&i.parameter), i.title, i.role));
    section(out, "Parameters", inputs)?;
    let raises = |aggravating: bool| if aggravating { ", raises the score" } else { "" };
    let signals =
        verdict.signals.iter().map(|s| format!("{}{} ({})", clean::one_line(&s.text), raises(s.aggravating), s.id));
    section(out, "Signals", signals)?;
    let roles = explanation
        .flow_roles
        .iter()
        .map(|taken| format!("{}: {} ({})", taken.title, shown(&taken.because), taken.role));
    section(out, "With other tools", roles)?;
    section(out, "Labelled tools", explanation.similar_wording.iter().map(similar_wording))?;
    let title = if own.is_some() { "What would change the rules' verdict" } else { "What would change it" };
    let now = own.map_or(verdict.category, |own| own.category);
    section(out, title, explanation.would_change.iter().map(|change| would_change(change, now)))
}

fn section(out: &mut impl Write, title: &str, lines: impl Iterator<Item = String>) -> io::Result<()> {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        writeln!(out, "  {title}")?;
    }
    lines.try_for_each(|line| writeln!(out, "    {line}"))
}

fn rests_on(evidence: &Evidence) -> String {
    if evidence.place == EvidenceField::Nothing {
        return format!("nothing: the definition says too little, so {} ({})", evidence.says, evidence.rule);
    }
    let [start, end] = evidence.span;
    let whose = evidence
        .parameter
        .as_deref()
        .map_or_else(|| place(evidence.place).to_owned(), |p| format!("parameter {}", shown(p)));
    format!("\"{}\" in the {whose} ({start}-{end}) says {} ({})", shown(&evidence.text), evidence.says, evidence.rule)
}

fn considered(word: &Considered) -> String {
    format!(
        "\"{}\" in the {}, weight {}, says {} ({})",
        shown(&word.text),
        place(word.place),
        word.weight,
        word.says,
        word.rule
    )
}

/// `similar wording is Read in 46 of 47 labelled tools: "lists" in the opening, "get" in the name`.
fn similar_wording(similar: &SimilarWording) -> String {
    let words: Vec<String> =
        similar.words.iter().map(|word| format!("\"{}\" in the {}", shown(&word.word), place(word.place))).collect();
    format!(
        "similar wording is {} in {} of {} labelled tools{}{}{}",
        similar.says,
        prose::thousands(similar.labelled_so as usize),
        prose::thousands(similar.labelled as usize),
        if words.is_empty() { "" } else { ": " },
        words.join(", "),
        if similar.decided { ", which decides" } else { "" },
    )
}

fn would_change(change: &Change, now: Category) -> String {
    if change.category == now {
        return format!("would score {}/5 if {}", change.score, change.condition);
    }
    format!("would be {} and score {}/5 if {}", change.category, change.score, change.condition)
}

fn place(place: EvidenceField) -> &'static str {
    match place {
        EvidenceField::Name => "name",
        EvidenceField::Title => "title",
        EvidenceField::Description => "description",
        EvidenceField::Parameter => "parameter",
        EvidenceField::Schema => "schema",
        EvidenceField::Annotations => "author's hints",
        EvidenceField::Nothing => "definition",
    }
}

fn shown(text: &str) -> String {
    clean::excerpt(text, MAX_SHOWN)
}
